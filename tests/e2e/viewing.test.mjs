// A scripted viewing, measured by the widget and, independently, by the browser's own frame callbacks and `video.played`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBrowser } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { startProxy } from '../support/proxy.mjs';
import { close, playing, visitProduct } from '../support/shopper.mjs';
import { eventually, lakeRows, startDemo } from '../support/stack.mjs';
import { logFilm, openFilm as openAndPlay, perform, readLog, stretches, union } from '../support/viewing.mjs';
import { useWorld } from '../support/world.mjs';

/** How far an edge may be off (issue: within 100 ms). */
const EDGE_MS = 100;

/** How far the browser's own log may be off where the script knows the edge: twice the time between two frames. */
const LOG_MS = 80;

/** How often a viewing is played again when that log was late: each time is worth it on a machine that has much else to do, and none on another. */
const MOST_VIEWINGS = 12;

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), page: () => startPage(), proxy: ({ stack }) => startProxy(stack.port) });

/** Every beacon that was answered 204. */
const beacons = () => world.proxy.beacons.map((text) => JSON.parse(text));

/** Goes to a fresh page, and opens the film there. */
async function openFilm() {
  await visitProduct(world, '<shelf-reel gtin="9524710000125" lang="nl" kind="commercial"></shelf-reel>', { edge: world.proxy.origin });
  await logFilm(world.browser);
  await openAndPlay(world.browser);
}

/** One viewing: what the frames and the browser's own ranges say, and the widget's last word. */
async function watchOnce(steps) {
  const before = new Set(beacons().map(({ page_view }) => page_view));
  await openFilm();
  await perform(world.browser, [...steps, ['true', 'video.pause()']]);
  const { frames, marks, played, duration_ms } = await readLog(world.browser);
  await close(world.browser);
  // A page that was left may say so when the next is there already.
  const snapshots = () => beacons().filter(({ page_view }) => !before.has(page_view)).flatMap(({ sessions }) => sessions);
  const session = await eventually('the closing snapshot', () => snapshots().find(({ state }) => state === 'quit'));
  return { truth: stretches(frames), known: [0, duration_ms, ...marks.map(({ at_ms }) => at_ms)], played, duration_ms, session, sessions: new Set(snapshots().map(({ id }) => id)).size };
}

/** Where the log of frames is not to be believed: no edge of the script's or the film's is near. A busy machine shows frames late, or not at all. */
const doubtful = ({ truth, known }) => truth.flat().filter((edge) => !known.some((at) => Math.abs(at - edge) <= LOG_MS));

/** Watches by a script, again when the log of frames was late. What the widget says plays no part in that. */
async function watch(t, steps) {
  for (let time = 1; time <= MOST_VIEWINGS; time++) {
    const viewing = await watchOnce(steps);
    const late = doubtful(viewing);
    t.diagnostic(`widget ${JSON.stringify(viewing.session.played)}; frames ${rounded(viewing.truth)}${late.length ? `, late at ${rounded([late])}` : ''}`);
    if (!late.length) return viewing;
  }
  throw new Error(`the browser's own log of frames was late in each of ${MOST_VIEWINGS} viewings`);
}

const rounded = (parts) => JSON.stringify(parts.map((part) => part.map(Math.round)));

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
  assert.deepEqual(wrong, [], `widget ${JSON.stringify(played)}\ntruth ${rounded(truth)}`);
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
  const { truth, played, duration_ms, session } = await watch(t, [
    ['video.currentTime > 1.5', 'video.currentTime = 5'],
    ['!video.seeking && video.currentTime > 6', 'video.currentTime = 0.5'],
    ['!video.seeking && video.currentTime > 2.2', 'video.playbackRate = 2'],
    ['video.currentTime > 4', 'video.pause()'],
    ['performance.now() > since + 400', 'video.playbackRate = 1; video.play()'],
    ['video.currentTime > 4.6', ''],
  ]);
  assert.deepEqual({ started: session.started, seeks: session.seeks, rate_changes: session.rate_changes, pauses: session.pauses, ended: session.ended, errors: session.errors }, { started: 1, seeks: 2, rate_changes: 2, pauses: 2, ended: 0, errors: 0 });
  assertSamePlayed(session.played, truth, duration_ms);
  assertUnion(session, played);
  assert.equal(session.played_ms, session.played.reduce((sum, [from, to, times]) => sum + (to - from) * times, 0));
});

test('a loop counts each time what it plays, and no seek', async (t) => {
  const looped = (past_s) => `!video.seeking && video.currentTime > ${past_s} && video.currentTime < 5`;
  const { truth, played, duration_ms, session } = await watch(t, [
    ['true', 'video.loop = true; video.currentTime = video.duration - 1.2'],
    [looped(0.6), 'video.currentTime = video.duration - 1'],
    [looped(0.4), ''],
  ]);
  assert.deepEqual([session.started, session.seeks], [1, 2]);
  assertSamePlayed(session.played, truth, duration_ms);
  assertUnion(session, played);
});

test('played to the end, the session says so, and playing again is the same session', async (t) => {
  const { truth, duration_ms, session, sessions } = await watch(t, [
    ['true', 'video.currentTime = video.duration - 0.8'],
    ["video.ended && events.some((event) => event.name === 'ended')", 'video.currentTime = 0; video.play()'],
    ['!video.ended && !video.seeking && video.currentTime > 0.6', ''],
  ]);
  assert.deepEqual([session.ended, session.started, sessions], [1, 1, 1]);
  assertSamePlayed(session.played, truth, duration_ms);
});

test('a page whose scripts take a third of a second at a time makes no seeks of it, and all that is played is counted', async () => {
  const before = new Set(beacons().map(({ page_view }) => page_view));
  await openFilm();
  // From 1 s to 6 s, and then from 1 s to 3 s once more.
  await world.browser.executeScript(`window.busy = setInterval(() => { for (const until = performance.now() + 330; performance.now() < until; ); }, 400)`);
  await perform(world.browser, [['video.currentTime > 6', 'video.currentTime = 1'], ['!video.seeking && video.currentTime > 3', 'clearInterval(busy); video.pause()']]);
  const { marks, played } = await readLog(world.browser);
  await close(world.browser);
  const session = await eventually('the closing snapshot', () => beacons().filter(({ page_view }) => !before.has(page_view)).flatMap(({ sessions }) => sessions).find(({ state }) => state === 'quit'));
  assert.deepEqual([session.seeks, session.errors], [1, 0]);
  // On a busy machine a film may truly wait: then the playhead stood still.
  const still_ms = await world.browser.executeScript('return still_ms');
  assert.ok(session.rebuffers === 0 || still_ms > 200, `${session.rebuffers} waits, ${still_ms} ms`);
  assertUnion(session, played);
  const [departure, target, , end] = marks.map(({ at_ms }) => at_ms);
  assertSamePlayed(session.played, [[0, departure], [target, end]], session.duration_ms);
});

test('snapshots are cumulative and in order, and what is in the lake is what was answered 204, no more and no less', async () => {
  await world.browser.get('about:blank');
  const { LAKE } = await world.stack.env();
  const posts = () => world.proxy.requests.filter(({ method }) => method === 'POST');
  const ids = (all) => all.map(({ id }) => id).sort();
  let state;
  const { kept, answered } = await eventually(() => `in the lake what was answered, and nothing else: ${JSON.stringify(state)}`, async () => {
    const rows = await lakeRows(LAKE, undefined, world.page);
    const kept = new Map(rows.map(({ beacon }) => [beacon.id, beacon]));
    const answered = beacons();
    // Whose connection broke between proxy and edge may have come, or not; the page has been told that it did not.
    const lost = new Set(posts().filter(({ lost }) => lost).map(({ body }) => JSON.parse(body).id));
    state = {
      unanswered: posts().filter(({ status, lost }) => !status && !lost).length,
      missing: ids(answered).filter((id) => !kept.has(id)),
      strange: [...kept.values()].filter(({ id }) => !lost.has(id) && !ids(answered).includes(id)),
    };
    return !state.unanswered && !state.missing.length && !state.strange.length && { kept, answered };
  });
  for (const beacon of answered) assert.deepEqual(kept.get(beacon.id), beacon);
  assert.deepEqual(await lakeRows(LAKE, 'lake/bad/'), [], 'the edge finds nothing wrong with what the widget sends');

  // Beacons overtake each other: `n` tells the order.
  const sent = Object.values(Object.groupBy(answered, ({ page_view }) => page_view)).map((view) => view.sort((a, b) => a.n - b.n));
  for (const view of sent) {
    assert.ok(view.length >= 3, `start, end and close: ${view.length} beacons`);
    assert.deepEqual(view.map(({ n }) => n), view.map((_, i) => i + 1));
    const sessions = view.flatMap(({ sessions }) => sessions);
    assert.deepEqual(sessions.map(({ seq }) => seq), sessions.map((_, i) => i + 1));
    for (const total of ['elapsed_ms', 'playing_ms', 'played_ms', 'rebuffering_ms', 'started', 'ended', 'seeks', 'pauses']) {
      const values = sessions.map((session) => session[total]);
      assert.deepEqual(values, [...values].sort((a, b) => a - b), `${total} never falls`);
    }
  }
});

test('the video plays while measurement is blocked, and the page hears nothing of it', async () => {
  const tried = [];
  world.proxy.fault = ({ path }) => (path.startsWith('/v1/playback/') ? tried.push(path) && 'refuse' : undefined);
  await openFilm();
  await playing(world.browser, 2);
  assert.deepEqual(await world.browser.executeScript('return faults'), []);
  assert.deepEqual(await world.browser.messages(), []);
  assert.ok(tried.length > 0, 'measurement was tried');
});
