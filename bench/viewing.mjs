// `npm run bench -- viewing`: the same viewings of one film in Chromium, as this widget tells them and as Snowplow's media plugin does, beside what happened.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { findBrowser } from '../scripts/browsers.mjs';
import { Told, root } from '../scripts/lib.mjs';
import { startBrowser, until } from '../tests/support/browser.mjs';
import { serve } from '../tests/support/server.mjs';
import { startProxy } from '../tests/support/proxy.mjs';
import { close, productPage } from '../tests/support/shopper.mjs';
import { eventually } from '../tests/support/stack.mjs';
import { logFilm, openFilm, perform, readLog, stretches, union } from '../tests/support/viewing.mjs';
import { figure } from './figures.mjs';
import { buildAll, startStack } from './page.mjs';
import { startCollector } from './viewing/collector.mjs';

const here = join(root, 'bench', 'viewing');

/** Of a film of 12 s: when to act and how, in the page; `between` is what happens to the page meanwhile. */
const SCENARIOS = {
  autoplay: { steps: [['video.ended', '']] },
  seek_forward: { steps: [['video.currentTime > 1.6', 'video.currentTime = 5'], [seeked(6.4), '']], seeks: 1 },
  seek_back: { steps: [['video.currentTime > 4.2', 'video.currentTime = 1'], [seeked(2.6), '']], seeks: 1 },
  loop: { steps: [['video.currentTime > 0.5', 'video.loop = true; video.currentTime = video.duration - 1.4'], ['turns > 0 && video.currentTime > 1.5', 'video.currentTime = video.duration - 1.4'], ['turns > 1 && video.currentTime > 1', '']], seeks: 2 },
  double_speed: { steps: [['video.currentTime > 1', 'video.playbackRate = 2'], ['video.currentTime > 6', '']] },
  paused: { steps: [['video.currentTime > 2', 'video.pause()'], ['performance.now() > since + 1500', 'video.play()'], ['video.currentTime > 4', '']], pauses: 1 },
  buffering: { pace: 30_000, steps: [['video.currentTime > 6', '']] },
  hidden: { steps: [['video.currentTime > 1.5', '']], between: hide, then: [['video.currentTime > 6', '']] },
  busy: { steps: [['video.currentTime > 0.5', 'window.busy = setInterval(() => { for (const until = performance.now() + 330; performance.now() < until; ); }, 400)'], ['video.currentTime > 5', 'clearInterval(busy)']] },
};

function seeked(past_s) {
  return `!video.seeking && video.currentTime > ${past_s}`;
}

/** Another tab in front of the page, for three seconds. */
async function hide(browser) {
  const page = await browser.getWindowHandle();
  await browser.switchTo().newWindow('tab');
  await new Promise((done) => setTimeout(done, 3000));
  await browser.close();
  await browser.switchTo().window(page);
  await until(browser, '!document.hidden');
}

export async function bench({ rounds, only }, say) {
  const found = findBrowser('chromium');
  if (!found) throw new Told('what is measured runs in Chromium, which is missing.\n  sudo apt-get install chromium chromium-driver');
  const names = only ?? Object.keys(SCENARIOS);
  const strangers = names.filter((name) => !SCENARIOS[name]);
  if (strangers.length) throw new Told(`there is no viewing ${strangers.join(', ')}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  say('building');
  await buildAll('viewing', ['widget', 'edge', 'studio', 'cli']);
  const running = [];
  const begin = async (starting) => {
    running.push(await starting);
    return running.at(-1);
  };
  try {
    const stack = await begin(startStack());
    const collector = await begin(startCollector());
    const browser = await begin(startBrowser());
    const runs = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const name of names) {
        say(`round ${round + 1} of ${rounds}: ${name}`);
        runs.push({ name, ...(await view({ stack, collector, browser }, SCENARIOS[name])) });
      }
    }
    const version = execFileSync(found.browser, ['--version'], { encoding: 'utf8' }).trim().split('\n').at(-1);
    const { dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
    return { figures: figures(names, runs), versions: [version, ...Object.entries(dependencies).map((one) => one.join(' '))].join(', ') };
  } finally {
    for (const one of running.reverse()) await one.stop();
  }
}

/** One viewing, in a page and behind a proxy of its own: a new origin, of which the browser's cache knows nothing. */
async function view({ stack, collector, browser }, { steps, between, then = [], pace, seeks = 0, pauses = 0 }) {
  const edge = await startProxy(stack.port);
  const shop = await startShop(edge, collector);
  const from = collector.requests.length;
  if (pace) edge.fault = ({ path }) => (/\.mp4/.test(path) ? { pace } : undefined);
  try {
    await browser.get(shop.origin);
    await logFilm(browser);
    await openFilm(browser);
    await perform(browser, steps);
    await between?.(browser);
    await perform(browser, [...then, ['true', 'window.played_out = video.ended; video.pause()']]);
    const log = await readLog(browser);
    // Snowplow hears of the last pause as others do: by an event.
    await until(browser, 'video.paused');
    const posts = () => edge.requests.filter(({ method, path }) => method === 'POST' && path.startsWith('/v1/playback/'));
    const theirs = () => collector.requests.slice(from);
    const last = () => theirs().flatMap(({ events }) => events).some(({ type }) => /^(pause|end)$/.test(type));
    await eventually('the pause at Snowplow’s collector', last);
    await close(browser);
    const session = await eventually('the widget’s last word', () => posts().flatMap(({ body }) => JSON.parse(body).sessions).find(({ state }) => state === 'quit'));
    await browser.get('about:blank');
    await quiet(() => theirs().length + posts().length);
    return { truth: truth(log, { seeks, pauses: pauses + (steps[0][0] === 'video.ended' ? 0 : 1) }), frames: between ? undefined : byFrames(log), shelfreel: byWidget(session, posts()), snowplow: bySnowplow(theirs()) };
  } finally {
    await edge.stop();
    await shop.stop();
  }
}

/** Waits until nobody has sent anything for a second. */
async function quiet(count) {
  for (let before = -1; before !== count(); ) {
    before = count();
    await new Promise((done) => setTimeout(done, 1000));
  }
}

/** The shop's page, with Snowplow's tracker before the widget's tag. */
async function startShop(edge, collector) {
  const { outputFiles: [script] } = await bundle({ entryPoints: [join(here, 'snowplow.js')], bundle: true, write: false, minify: true, format: 'iife', logLevel: 'error' });
  const html = productPage(edge.origin, '<shelf-reel gtin="9524710000125" lang="nl" kind="commercial"></shelf-reel>', { head: `<script src="/snowplow.js" data-collector="${collector.origin}"></script>` });
  const server = await serve((incoming, outgoing) => {
    if (incoming.url === '/snowplow.js') return outgoing.writeHead(200, { 'content-type': 'text/javascript' }).end(script.text);
    return outgoing.writeHead(incoming.url === '/' ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  });
  return { origin: server.origin('shop'), stop: server.stop };
}

const seconds = (ms) => ms / 1000;
const length = (parts) => parts.reduce((sum, [from, to]) => sum + to - from, 0);

/** By where the playhead was before and after each step of the script, and how often it had gone round; what was watched at all by `video.played`. */
function truth({ marks, played, duration_ms, still_ms }, counts) {
  // It began at 0, at the speed of the first mark.
  const places = [{ at_ms: 0, rate: marks[0].rate, turns: 0 }, ...marks];
  let played_ms = 0, playing_ms = 0;
  for (let nth = 0; nth < places.length; nth += 2) {
    const [from, to] = [places[nth], places[nth + 1]];
    if (!to) break;
    const moved_ms = to.at_ms - from.at_ms + (to.turns - from.turns) * duration_ms;
    played_ms += moved_ms;
    playing_ms += moved_ms / from.rate;
  }
  return { watched: seconds(length(played)), played: seconds(played_ms), playing: seconds(playing_ms), buffering: seconds(still_ms), ...counts };
}

/** By the frames that the browser presented: it skips some on a busy machine, and presents none where nobody sees them. */
function byFrames({ frames }) {
  const parts = stretches(frames);
  return { watched: seconds(length(union(parts))), played: seconds(length(parts)) };
}

function byWidget({ played, played_ms, playing_ms, rebuffering_ms, seeks, pauses }, posts) {
  const sizes = { requests: posts.length, bytes: posts.reduce((sum, { bytes }) => sum + bytes, 0) };
  return { watched: seconds(length(played)), played: seconds(played_ms), playing: seconds(playing_ms), buffering: seconds(rebuffering_ms), seeks, pauses, ...sizes };
}

function bySnowplow(requests) {
  const events = requests.flatMap(({ events }) => events).toSorted((one, other) => one.at_ms - other.at_ms);
  const { contentWatched = 0, timePlayed = 0, timeBuffering = 0, avgPlaybackRate = 1 } = events.findLast(({ session }) => session).session;
  const count = (type) => events.filter((event) => event.type === type).length;
  const sizes = { requests: requests.length, bytes: requests.reduce((sum, { bytes }) => sum + bytes, 0) };
  return { watched: contentWatched, played: timePlayed * avgPlaybackRate, playing: timePlayed, buffering: timeBuffering, seeks: count('seek_end'), pauses: count('pause'), ...sizes };
}

const METRICS = [['watched', 's'], ['played', 's'], ['playing', 's'], ['buffering', 's'], ['seeks', 'count'], ['pauses', 'count'], ['requests', 'count'], ['bytes', 'B']];

function figures(names, runs) {
  return names.flatMap((name) => METRICS.flatMap(([metric, unit]) =>
    ['truth', 'frames', 'shelfreel', 'snowplow'].flatMap((subject) => {
      const values = runs.filter((run) => run.name === name && run[subject]?.[metric] !== undefined).map((run) => run[subject][metric]);
      return values.length ? [figure(subject, `${name}.${metric}`, unit, values)] : [];
    })));
}
