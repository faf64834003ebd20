// What this run is of, and what cannot be in it.

/** The browser that the tests of this run drive: `chromium`, `firefox` or `webkit`. */
export const BROWSER = process.env.SHELFREEL_BROWSER || 'chromium';

/** The engine that every product page asks for: `wasm` unless SHELFREEL_ENGINE says `js`, the same widget as JavaScript. */
export const ENGINE = process.env.SHELFREEL_ENGINE || 'wasm';

/** Options of a test that some browser, or one of the widget's engines, cannot pass: it is reported as skipped, with the reason. */
export const limits = (reasons) => ({ skip: reasons[BROWSER] ?? reasons[ENGINE] ?? false });
