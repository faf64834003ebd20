//! How it looks. Every value a shop may want otherwise is a custom property, every element a part.

/// The style sheet of each shadow root, adopted, as pages with a strict policy allow no other.
pub(crate) const CSS: &str = "\
:host{color-scheme:light}\
*{box-sizing:border-box}\
button{\
display:inline-flex;align-items:center;justify-content:center;gap:.5em;min-height:44px;min-width:44px;padding:.6em 1em;margin:0;\
border:var(--shelfreel-border,1px solid transparent);border-radius:var(--shelfreel-radius,.5em);cursor:pointer;\
font:var(--shelfreel-font,600 1rem/1.25 system-ui,sans-serif);\
color:var(--shelfreel-color,#fff);background:var(--shelfreel-background,#14213d)}\
button:hover{filter:brightness(1.2)}\
button:focus-visible{outline:3px solid var(--shelfreel-focus,#3b82f6);outline-offset:2px}\
svg{width:1.25em;height:1.25em;flex:none;fill:currentColor}\
button[aria-busy]{cursor:progress;opacity:.7}";
