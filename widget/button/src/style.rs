//! How it looks. Every value a shop may want otherwise is a custom property, every element a part.

/// The style sheet of each shadow root, adopted, as pages with a strict policy allow no other.
pub(crate) const CSS: &str = "\
button{\
display:inline-flex;align-items:center;justify-content:center;border-radius:var(--shelfreel-radius,.5em);gap:.3em;min-height:44px;padding:.6em .9em;margin:0;\
border:var(--shelfreel-border,1px solid transparent);cursor:pointer;overflow-wrap:anywhere;\
font:var(--shelfreel-font,600 medium/1.25 system-ui,sans-serif);\
color:var(--shelfreel-color,#fff);background:var(--shelfreel-background,#14213d)}\
button:hover{box-shadow:inset 0 0 0 1px}\
button:focus-visible{outline:3px solid var(--shelfreel-focus,#3b82f6);outline-offset:2px}\
.thumbnail,.inline{display:flex;position:relative;overflow:hidden;width:min(10rem,100%);max-height:100%;aspect-ratio:16/9}\
.inline{width:100%;aspect-ratio:var(--ratio)}\
img,img~*{position:absolute;background:inherit}\
img{width:100%;height:100%;object-fit:cover}\
img~svg{width:2.4em;margin-bottom:2em;border-radius:50%;forced-color-adjust:auto}\
img~span{inset:auto 0 0;padding:.4em}\
svg{width:1.25em;flex:none;fill:currentColor}\
dialog,section{\
padding:0;border:1px solid transparent;border-radius:var(--shelfreel-dialog-radius,.75em);background:var(--shelfreel-dialog-background,#111)}\
dialog{max-width:100vw;max-height:100dvh;pointer-events:auto}\
dialog::backdrop{background:var(--shelfreel-backdrop,#000000bf)}\
[aria-busy]{cursor:progress}[aria-busy] svg{opacity:.5}\
[part~=lobby]{padding-top:52px;height:auto;aspect-ratio:var(--ratio);width:min(100vw - 2px,960px,max(9rem,100dvh - 8.5rem)*var(--ratio))}\
dialog:not(:modal){display:none}\
dialog>img{bottom:0;height:auto;aspect-ratio:var(--ratio)}";
