//! How it looks. Every value a shop may want otherwise is a custom property, every element a part.

/// The style sheet of each shadow root, adopted, as pages with a strict policy allow no other.
pub(crate) const CSS: &str = "\
:host{color-scheme:light}\
*{box-sizing:border-box}\
[hidden]{display:none!important}\
button{\
display:inline-flex;align-items:center;justify-content:center;gap:.5em;min-height:44px;min-width:44px;padding:.6em 1em;margin:0;\
border:var(--shelfreel-border,1px solid transparent);border-radius:var(--shelfreel-radius,.5em);cursor:pointer;\
font:var(--shelfreel-font,600 1rem/1.25 system-ui,sans-serif);\
color:var(--shelfreel-color,#fff);background:var(--shelfreel-background,#14213d)}\
button:hover{filter:brightness(1.2)}\
button:focus-visible{outline:3px solid var(--shelfreel-focus,#3b82f6);outline-offset:2px}\
button:disabled{opacity:.4;cursor:default}\
svg{width:1.25em;height:1.25em;flex:none;fill:currentColor}\
dialog{\
position:fixed;inset:0;margin:auto;padding:0;border:0;width:fit-content;height:fit-content;max-width:100vw;max-height:100dvh;overflow:hidden;\
border-radius:var(--shelfreel-dialog-radius,.75em);font:var(--shelfreel-font,1rem/1.4 system-ui,sans-serif);\
color:var(--shelfreel-dialog-color,#fff);background:var(--shelfreel-dialog-background,#111)}\
dialog::backdrop{background:var(--shelfreel-backdrop,rgb(0 0 0/.75))}\
dialog button{color:inherit;background:0 0;padding:.5em}\
header,nav{display:flex;align-items:center;gap:.5em;padding:.25em .5em .25em 1em}\
nav{justify-content:center;padding:.25em}\
h2{flex:1;margin:0;font:inherit;font-weight:600;overflow-wrap:anywhere;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}\
video{display:block;background:#000;\
width:min(100vw,960px,(100dvh - 8.5rem)*var(--width)/var(--height));max-width:100%;height:auto;aspect-ratio:var(--width)/var(--height)}\
p{margin:0;padding:1em;text-align:center}\
p button{border-color:currentColor;margin:0 .5em}";
