//! How the player looks. Every value a shop may want otherwise is a custom property, every element a part. The button's sheet is there already.

/// The dialog's style sheet, adopted by the shadow root in which it first opens.
pub(crate) const CSS: &str = "\
[hidden]{display:none!important}\
[aria-disabled=true]{opacity:.4;cursor:default}\
[part=dialog]{\
overscroll-behavior:contain;box-sizing:border-box;overflow-wrap:anywhere;\
font:var(--shelfreel-font,max(1rem,16px)/1.4 system-ui,sans-serif);color:var(--shelfreel-dialog-color,#fff)}\
[part=dialog] :focus-visible{outline:3px solid var(--shelfreel-focus,#3b82f6);outline-offset:-3px}\
[part=dialog] button{color:inherit;background:0 0;border:1px solid transparent;min-width:44px;padding:.5em}\
[part=header],[part=navigation]{display:flex;align-items:center;justify-content:center;gap:.5em;padding:.25em}\
[part=header]{padding-inline:1em .5em}\
[dir=rtl] [part=navigation] svg{scale:-1 1}\
h2{flex:1;margin:0;font:inherit;font-weight:600;text-align:left}\
[dir=rtl] h2{text-align:right}\
video{display:block;margin:auto;background:#000;\
width:min(100vw,960px,max(9rem,100dvh - 8.5rem)*var(--ratio));max-width:100%;height:auto;aspect-ratio:var(--ratio)}\
p{margin:0;padding:1em;text-align:center}\
[part=error] button{border-color:currentColor;margin:0 .5em}\
section{position:relative;display:flex;flex-direction:column;aspect-ratio:var(--ratio)}\
section>*{z-index:1;background:inherit;border-radius:inherit}\
section>p{order:1;margin-top:auto}\
section>[part=screen]{position:absolute;inset:0;z-index:0;overflow:clip}\
section>[part=navigation]{align-self:start}\
section video{width:100%;height:100%}\
section:not(:hover,:focus-within)>:not(p,[part=screen]){opacity:0}";
