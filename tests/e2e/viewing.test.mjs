// A scripted viewing, measured by the widget and, independently, by the browser's own frame callbacks and `video.played`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startChromium, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { startProxy } from '../support/proxy.mjs';
import { close, open, playing, video, visitProduct } from '../support/shopper.mjs';
import { eventually, lakeRows, startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

/** How far an edge may be off (issue: within 100 ms). */
const EDGE_MS = 100;

const world = useWorld({ stack: () => startDemo(), browser: () => startChromium(), page: () => startPage(), proxy: ({ stack }) => startProxy(stack.port) });

const snapshots = () => world.proxy.beacons.flatMap((text) => JSON.parse(text).sessions);
const lastSnapshot = () => snapshots().reduce((best, one) => (!best || one.seq > best.seq ? one : best), undefined);

/** Every beacon of this run that was answered 204. */
const answered = [];

/** Opens the film on a fresh page and logs every frame that the browser presents. */
async function watch() {
  answered.push(...world.proxy.beacons.splice(0));
  await visitProduct(world, '<shelf-reel gtin="9524710000125" lang="nl" kind="commercial"></shelf-reel>', { edge: world.proxy.origin });
  await open(world.browser);
  await world.browser.executeScript(`
    const video = ${video()};
    window.video = video; window.frames = [];
    const log = (now, { mediaTime }) => { frames.push([now, mediaTime * 1000]); video.requestVideoFrameCallback(log); };
    video.requestVideoFrameCallback(log);`);
  await playing(world.browser, 0.2);
}

/** Runs in the page: does something with the video and waits until a condition holds. */
const act = (script, condition) => world.browser.executeScript(script).then(() => (condition ? until(world.browser, condition) : undefined));

/** What the frames say was played: stretches in which the media time runs on. */
function stretches(frames) {
  const found = [];
  for (const [, at] of frames) {
    const open = found.at(-1);
    if (open && at >= open[1] && at - open[1] < 450) open[1] = at;
    else found.push([at, at]);
  }
  return found.filter(([from, to]) => to > from);
}

/** How often a moment was played, by stretches or by the wire's parts. */
const timesByStretches = (parts, at) => parts.filter(([from, to]) => from <= at && at < to).length;
const timesByParts = (parts, at) => parts.filter(([from, to]) => from <= at && at < to).reduce((sum, [, , times]) => sum + times, 0);

/** Every moment that is farther than the tolerance from an edge of the truth must be counted as often as it was played. */
function assertSamePlayed(played, truth, duration_ms) {
  const edges = truth.flat();
  const wrong = [];
  for (let at = 0; at < duration_ms; at += 5) {
    if (edges.some((edge) => Math.abs(edge - at) <= EDGE_MS)) continue;
    if (timesByParts(played, at) !== timesByStretches(truth, at)) wrong.push(at);
  }
  assert.deepEqual(wrong, [], `widget ${JSON.stringify(played)}\ntruth ${JSON.stringify(truth.map((edge) => edge.map(Math.round)))}`);
}

const union = (parts) => parts.reduce((joined, [from, to]) => {
  const last = joined.at(-1);
  if (last && from <= last[1]) last[1] = Math.max(last[1], to);
  else joined.push([from, to]);
  return joined;
}, []);

/** Closes the player and resolves with the widget's last word, the frames and the browser's own ranges. */
async function measured() {
  const truth = await world.browser.executeScript(`
    video.pause();
    return { frames, played: Array.from({ length: video.played.length }, (_, i) => [video.played.start(i) * 1000, video.played.end(i) * 1000]), duration_ms: video.duration * 1000 };`);
  await close(world.browser);
  const session = await eventually('the closing snapshot', () => { const last = lastSnapshot(); return last?.state === 'quit' && last; });
  return { ...truth, session };
}

function assertUnion(session, played) {
  const ours = union(session.played.map(([from, to]) => [from, to]));
  const theirs = union(played.map((range) => [...range]).filter(([from, to]) => to - from > EDGE_MS));
  const mine = ours.filter(([from, to]) => to - from > EDGE_MS);
  assert.equal(mine.length, theirs.length, `ranges ${JSON.stringify(ours)} against ${JSON.stringify(theirs)}`);
  mine.forEach(([from, to], i) => {
    assert.ok(Math.abs(from - theirs[i][0]) <= EDGE_MS && Math.abs(to - theirs[i][1]) <= EDGE_MS, `${from}–${to} against ${theirs[i].map(Math.round).join('–')}`);
  });
}

test('seeks forward and back, a rate change and a pause are counted as they were, and what was played to a tenth of a second', async (t) => {
  await watch();
  await until(world.browser, 'video.currentTime > 1.5');
  await act('video.currentTime = 5', '!video.seeking && video.currentTime > 6');
  await act('video.currentTime = 0.5', '!video.seeking && video.currentTime > 2.2 && video.currentTime < 4');
  await act('video.playbackRate = 2', 'video.currentTime > 4');
  await act('video.pause()', 'video.paused');
  await new Promise((done) => setTimeout(done, 400));
  await act('video.playbackRate = 1; video.play()', 'video.currentTime > 4.6');
  const { frames, played, duration_ms, session } = await measured();
  t.diagnostic(`widget ${JSON.stringify(session.played)}; frames ${JSON.stringify(stretches(frames).map((edge) => edge.map(Math.round)))}`);
  assert.deepEqual({ started: session.started, seeks: session.seeks, rate_changes: session.rate_changes, pauses: session.pauses, ended: session.ended, errors: session.errors }, { started: 1, seeks: 2, rate_changes: 2, pauses: 2, ended: 0, errors: 0 });
  assertSamePlayed(session.played, stretches(frames), duration_ms);
  assertUnion(session, played);
  assert.equal(session.played_ms, session.played.reduce((sum, [from, to, times]) => sum + (to - from) * times, 0));
});

test('a loop counts each time what it plays, and no seek', async (t) => {
  await watch();
  await act('video.loop = true; video.currentTime = video.duration - 1.2', '!video.seeking && video.currentTime > 0.6 && video.currentTime < 3');
  await act('video.currentTime = video.duration - 1', '!video.seeking && video.currentTime > 0.4 && video.currentTime < 3');
  const { frames, played, duration_ms, session } = await measured();
  t.diagnostic(`widget ${JSON.stringify(session.played)}; frames ${JSON.stringify(stretches(frames).map((edge) => edge.map(Math.round)))}`);
  assert.deepEqual([session.started, session.seeks], [1, 2]);
  assertSamePlayed(session.played, stretches(frames), duration_ms);
  assertUnion(session, played);
});

test('played to the end, the session says so, and playing again is the same session', async () => {
  await watch();
  await act('video.currentTime = video.duration - 0.8', 'video.ended');
  await until(world.browser, "events.some((event) => event.name === 'ended')");
  await act('video.currentTime = 0; video.play()', '!video.ended && video.currentTime > 0.6');
  const { frames, duration_ms, session } = await measured();
  assert.deepEqual([session.ended, session.started], [1, 1]);
  assert.equal(new Set(snapshots().map(({ id }) => id)).size, 1);
  assertSamePlayed(session.played, stretches(frames), duration_ms);
});

test('snapshots are cumulative and in order, and what is in the lake is what was answered 204, no more and no less', async () => {
  answered.push(...world.proxy.beacons);
  // Beacons overtake each other, and a page that is left says so when the next is there already: `n` tells the order.
  const all = world.proxy.beacons.map((text) => JSON.parse(text));
  const sent = all.filter(({ page_view }) => page_view === all.at(-1).page_view).sort((a, b) => a.n - b.n);
  assert.ok(sent.length >= 3, `start, end and close: ${sent.length} beacons`);
  assert.deepEqual(sent.map(({ n }) => n), sent.map((_, i) => i + 1));
  const sessions = sent.flatMap(({ sessions }) => sessions);
  assert.deepEqual(sessions.map(({ seq }) => seq), sessions.map((_, i) => i + 1));
  for (const total of ['elapsed_ms', 'playing_ms', 'played_ms', 'rebuffering_ms', 'started', 'ended', 'seeks', 'pauses']) {
    const values = sessions.map((session) => session[total]);
    assert.deepEqual(values, [...values].sort((a, b) => a - b), `${total} never falls`);
  }
  const { LAKE } = await world.stack.env();
  const everSent = new Map(answered.map((text) => JSON.parse(text)).map((beacon) => [beacon.id, beacon]));
  const kept = await eventually('all of them in the lake', async () => {
    const rows = new Map((await lakeRows(LAKE)).map((row) => [row.beacon_id, row.beacon]));
    return [...everSent.keys()].every((id) => rows.has(id)) && rows;
  });
  assert.deepEqual([...kept.keys()].sort(), [...everSent.keys()].sort());
  for (const [id, beacon] of everSent) assert.deepEqual(kept.get(id), beacon);
  assert.deepEqual(await lakeRows(LAKE, 'lake/bad/'), [], 'the edge finds nothing wrong with what the widget sends');
});

test('the video plays while measurement is blocked, and the page hears nothing of it', async () => {
  world.proxy.fault = ({ path }) => (path.startsWith('/v1/playback/') ? 'refuse' : undefined);
  await watch();
  await until(world.browser, 'video.currentTime > 2');
  assert.deepEqual(await world.browser.executeScript('return faults'), []);
  assert.deepEqual(await world.browser.messages(), []);
  assert.ok(world.proxy.requests.some(({ path }) => path.startsWith('/v1/playback/')), 'measurement was tried');
  world.proxy.fault = () => undefined;
});
