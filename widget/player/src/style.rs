//! How the player looks. Every value a shop may want otherwise is a custom property, every element a part. The button's sheet is there already.

/// The dialog's style sheet, adopted by the shadow root in which it first opens.
pub(crate) const CSS: &str = "\
[hidden]{display:none!important}\
button:disabled{opacity:.4;cursor:default}\
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
