// A part of the player's glue: plays a stream by the engine (hls.js), which it fetches for the first one.

/** Plays the stream at `url` in `video`, from a second on; tells `failed` when that cannot go on. Returns what ends it. */
export const stream = (video, url, from_s, failed) => {
  let end
  // The engine of the same build, beside this file. The file that shops pin asks for no other, so there is none.
  const load = async () => import(import.meta.url.replace(/\w+(-\w+\.js\?*)$/, 'h$1'))
  load()
    .then((engine) => (end = end || engine.default(video, url, from_s, failed)))
    .catch(failed)
  return () => (end ? end() : (end = 1))
}
