// The engine of streams: hls.js, fetched only where a film is streamed and the browser has no good player of its own for it.
import Hls from 'hls.js/dist/hls.light.mjs'

// A request is made again six times, and for as long as the network is away. What is not there is not asked for again: another rendition or another source may have it.
const retry = {
  maxNumRetry: 6,
  retryDelayMs: 500,
  maxRetryDelayMs: 4000,
  shouldRetry: (policy, count, isTimeout, answer, should) =>
    should || (answer?.code === 0 && (count < policy.maxNumRetry || !navigator.onLine)),
}
const policy = { default: { maxTimeToFirstByteMs: 8000, maxLoadTimeMs: 60_000, timeoutRetry: retry, errorRetry: retry } }

/** Plays the stream at `url` in `video`, from a second on; tells `failed` when that cannot go on. Returns what ends it. */
export default (video, url, from_s, failed) => {
  const hls = new Hls({
    // A worker comes from a `blob:`, which strict pages forbid, and fMP4 leaves it little to do.
    enableWorker: false,
    // Where the browser manages its memory for streams it plays them itself, or cannot.
    preferManagedMediaSource: false,
    startPosition: from_s,
    capLevelToPlayerSize: true,
    maxBufferLength: 20,
    maxMaxBufferLength: 60,
    manifestLoadPolicy: policy,
    playlistLoadPolicy: policy,
    fragLoadPolicy: policy,
  })
  // The smallest rendition.
  if (navigator.connection?.saveData) hls.autoLevelCapping = 0
  const missing = {}
  hls.on(Hls.Events.ERROR, (_, { fatal, frag, response }) => {
    const renditions = response?.code >= 400 && frag && (missing[frag.sn] ||= new Set()).add(frag.level)
    // What no rendition has the engine would look for a quarter of a minute longer.
    if (fatal || renditions?.size === hls.levels.length) failed()
  })
  const again = () => hls.startLoad()
  addEventListener('online', again)
  hls.loadSource(url)
  const { paused } = video
  hls.attachMedia(video)
  // A new source may pause it.
  paused || video.play().catch(() => {})
  return () => {
    removeEventListener('online', again)
    hls.destroy()
  }
}
