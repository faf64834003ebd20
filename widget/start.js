// The loader's second half, which only pages with a video need: starts one of the widget's modules, and stands between it and the page. It ships in one file with
// the button's glue.

// The kinds of messages, as in browser/src/state.rs.
const START = 0
const BROKEN = 1

/**
 * Starts a module and resolves with the function that tells it something.
 *
 * `glue` is what joins the module to the browser; it comes with its `twin`, the module as JavaScript, where the page forbids WebAssembly.
 * `module` is the answer that brings the WebAssembly otherwise. `page` is the loader's: `{window, edge, shop, part}`.
 */
export const start = async (glue, module, page) => {
  glue.set(glue.twin || (await WebAssembly.instantiateStreaming(module, { a: glue })).instance.exports)
  const tell = (kind, subject, detail) => {
    try {
      glue.tell(kind, subject, detail)
    } catch {
      // What the page has put in the place of something of the browser's threw: the module lets go of what it held.
      kind == BROKEN || tell(BROKEN)
    }
  }
  tell(START, {
    ...page,
    url: page.edge + 'playback/' + page.shop,
    engine: glue.twin ? 'js' : 'wasm',
    hook: (kind) => (subject) => tell(kind, subject),
    player: async () => start(...(await page.part('p')), page),
  })
  return tell
}
