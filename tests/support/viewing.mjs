// A viewing that follows a script, and what the browser itself says of it: its frames, `video.played`, and where the playhead was at each step.
import { until } from './browser.mjs';
import { open, playing, video } from './shopper.mjs';

/** From the next film that is opened, every frame that the browser presents is in `frames` (ms of the film), every turn of a loop in `turns`, and how long the playhead stood still that should have moved in `still_ms`. */
export const logFilm = (browser) =>
  browser.executeScript(`
    window.frames = []; window.marks = []; window.turns = 0; window.still_ms = 0;
    addEventListener('shelfreel:open', () => {
      const video = window.video = ${video()};
      // Firefox goes on counting where a film begins again by itself.
      const log = (now, { mediaTime }) => { frames.push((mediaTime % video.duration) * 1000); video.requestVideoFrameCallback(log); };
      video.requestVideoFrameCallback(log);
      let at = 0, seen = performance.now(), still = 0;
      setInterval(() => {
        const now = performance.now();
        if (video.loop && at - video.currentTime > video.duration / 2) turns += 1;
        if (at > 0 && video.currentTime === at && !video.paused && !video.seeking && !video.ended) still += now - seen;
        else {
          // Between two frames it stands still too.
          if (still > 200) still_ms += still;
          still = 0;
        }
        at = video.currentTime;
        seen = now;
      }, 10);
    }, { once: true });`);

/** Opens the film of the page and waits until it plays. */
export async function openFilm(browser) {
  await open(browser);
  await playing(browser);
}

/**
 * Plays a script in the page: each step waits for its moment and then acts, without the way to the driver in between. Where the playhead was before each step and where after it, how fast it
 * went and how often it had gone round by then, are in `marks`.
 */
export async function perform(browser, steps) {
  await browser.executeScript(`
    window.since = 0;
    window.mark = () => marks.push({ at_ms: video.currentTime * 1000, rate: video.playbackRate, turns });
    window.steps = [${steps.map(([when, act]) => `[() => ${when}, () => { ${act}; }]`)}];`);
  await until(browser, `(() => {
    while (steps.length && steps[0][0]()) {
      since = performance.now();
      mark();
      steps.shift()[1]();
      mark();
    }
    return !steps.length;
  })()`);
}

/** What the browser said. */
export const readLog = (browser) =>
  browser.executeScript(`return {
    frames, marks, still_ms, duration_ms: video.duration * 1000,
    played: Array.from({ length: video.played.length }, (_, i) => [video.played.start(i) * 1000, video.played.end(i) * 1000]),
  }`);

/** What the frames say was played: stretches in which the media time runs on. */
export function stretches(frames) {
  const found = [];
  for (const at of frames) {
    const open = found.at(-1);
    if (open && at >= open[1] && at - open[1] < 450) open[1] = at;
    else found.push([at, at]);
  }
  return found.filter(([from, to]) => to > from);
}

/** Parts in order of their beginning, joined where they touch. */
export const union = (parts) => parts.toSorted(([one], [other]) => one - other).reduce((joined, [from, to]) => {
  const last = joined.at(-1);
  if (last && from <= last[1]) last[1] = Math.max(last[1], to);
  else joined.push([from, to]);
  return joined;
}, []);
