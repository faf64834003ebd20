// The loader's second half, which only pages with a video need: starts one of the widget's modules, and stands between it and the page. It ships in one file with
// the button's glue.

// The kinds of messages, as in browser/src/state.rs.
const START = 0
const BROKEN = 1

/**
 * Starts a module and resolves with the function that tells it something.
 *
 * `page` is the loader's: `{window, edge, shop, part}`. `glue` is what joins the module to the browser; it comes with its `twin`, the module as JavaScript, where the
 * page forbids WebAssembly. `module` is the answer that brings the WebAssembly otherwise.
 */
export const start = async (glue, module, page) => {
  const exports = glue.twin || (await WebAssembly.instantiateStreaming(module, { a: glue })).instance.exports
  const stack = exports[glue.stack]
  const top = stack.value
  glue.set(exports)
  const tell = (kind, subject, detail) => {
    try {
      glue.tell(kind, subject, detail)
    } catch {
      // What the page has put in the place of something of the browser's threw, over the heads of all functions of the module that would have left the stack as they
      // found it. The module lets go of what it held.
      stack.value = top
      kind == BROKEN || tell(BROKEN)
    }
  }
  let mark = ''
  tell(START, {
    ...page,
    url: page.edge + 'playback/' + page.shop,
    engine: glue.twin ? 'js' : 'wasm',
    hook: (kind) => (subject) => tell(kind, subject),
    // By another address each time: a browser may hold on to a script that did not come, or that it still waits for.
    player: async () => start(...(await page.part('p', (mark += '?'))), page),
  })
  return tell
}
