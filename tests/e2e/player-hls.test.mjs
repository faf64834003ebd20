// A long film as a stream (HLS): by an engine that comes only then and leaves nothing behind, and by the file when anything is wrong with the stream.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBrowser, until } from '../support/browser.mjs';
import { serveFiles } from '../support/files.mjs';
import { hasFfmpeg, makeStream } from '../support/film.mjs';
import { startPage } from '../support/page.mjs';
import { startProxy } from '../support/proxy.mjs';
import { close, dialog, limits, network, open, video, visitProduct } from '../support/shopper.mjs';
import { eventually, startWhole } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const skip = !(await hasFfmpeg()) && 'needs ffmpeg';

const world = skip
  ? {}
  : useWorld({
      stack: () => startWhole(),
      folder: async () => {
        const path = await mkdtemp(join(tmpdir(), 'shelfreel-stream-'));
        await makeStream(path);
        return { path, stop: () => rm(path, { recursive: true }) };
      },
      films: ({ folder }) => serveFiles(folder.path),
      browser: () => startBrowser(),
      page: () => startPage(),
    });

const run = (script) => world.browser.executeScript(script);
const set = (fields) => run(`Object.assign(${video()}, ${JSON.stringify(fields)})`);
const STREAM = { type: 'application/vnd.apple.mpegurl', width: 640, height: 360, file: 'film.m3u8' };
const FILE = { type: 'video/mp4', width: 640, height: 360, file: 'film.mp4' };
const LONG_MS = 64_000;

/** What the page has made and not given back: counted from before the tag. WebKitGTK’s driver sets a timer in the page too, for as long as a script of ours may take. */
const COUNTING = `<script>
  window.held = { urls: new Set(), timers: new Set() };
  for (const [make, end, set] of [['setTimeout', 'clearTimeout', held.timers], ['setInterval', 'clearInterval', held.timers]]) {
    const [was, wasEnd] = [window[make], window[end]];
    window[make] = (work, ...more) => { const id = was((...given) => { make === 'setTimeout' && set.delete(id); work(...given); }, ...more); if (more[0] !== 150_000) set.add(id); return id; };
    window[end] = (id) => { set.delete(id); wasEnd(id); };
  }
  const [made, revoked] = [URL.createObjectURL, URL.revokeObjectURL];
  URL.createObjectURL = (of) => { const url = made.call(URL, of); held.urls.add(url); return url; };
  URL.revokeObjectURL = (url) => { held.urls.delete(url); revoked.call(URL, url); };
</script>`;

/** Goes to a page whose film has these sources, and opens it. */
async function openFilm(sources, { duration_ms = LONG_MS, fault = () => undefined, onEdge = () => undefined, policy } = {}) {
  const { browser, films, stack } = world;
  const answer = (await stack.ask('edge', '/v1/match/shop_demo?lang=nl&p=gtin:9524710000125')).json();
  const [product] = answer.products;
  product.videos = [{ ...product.videos[0], duration_ms, sources: sources.map(({ file, ...source }) => ({ ...source, url: `${films.origin}/${file}` })) }];
  await browser.get('about:blank');
  await world.proxy?.stop();
  world.proxy = Object.assign(await startProxy(stack.port), { told: new Set() });
  world.proxy.fault = (request) => (request.path.startsWith('/v1/match/') ? { json: answer } : onEdge(request));
  Object.assign(films, { asked: [], fault });
  const { origin } = world.proxy;
  const headers = policy ? { 'content-security-policy': policy(origin) } : {};
  await visitProduct(world, '<shelf-reel gtin="9524710000125" lang="nl"></shelf-reel>', { edge: origin, headers, head: policy ? '' : COUNTING });
  await open(browser);
}

const at = (past_s, more = 'true') => until(world.browser, `${video()}?.currentTime > ${past_s} && ${video()}.readyState > 2 && ${more}`);
const source = () => run(`return ${video()}.currentSrc`);
const engines = () => world.proxy.requests.filter(({ path }) => path.includes('/widget/h-'));

/**
 * From now on the page counts in `waits` how often the film that is open stopped for want of something to play, by the browser's own events, for a busy machine may make a film wait; and keeps in
 * `still_ms` for how long at most the page got no frame.
 */
const countWaits = () => run(`
  const video = ${video()};
  let plays = !video.paused && !video.seeking && video.readyState > 2, last = performance.now();
  window.waits = window.still_ms = 0;
  window.went = [];
  for (const name of ['seeking', 'seeked', 'waiting', 'playing', 'stalled']) video.addEventListener(name, () => went.push(name + ' ' + video.currentTime));
  video.addEventListener('playing', () => (plays = !video.seeking));
  for (const name of ['seeking', 'pause']) video.addEventListener(name, () => (plays = false));
  video.addEventListener('waiting', () => {
    if (!plays || video.ended || video.readyState > 2 || video.currentTime < 0.001) return;
    window.waits += 1;
    plays = false;
  });
  (function look() {
    window.still_ms = Math.max(still_ms, -last + (last = performance.now()));
    if (video.isConnected) requestAnimationFrame(look);
  })();`);

/** Closes the player and resolves with the session's last word and all events that were told. */
async function told() {
  await close(world.browser);
  const all = () => world.proxy.beacons.map((body) => JSON.parse(body));
  const session = await eventually('the session’s end', () => all().flatMap(({ sessions }) => sessions).find(({ id, state }) => state === 'quit' && !world.proxy.told.has(id)));
  world.proxy.told.add(session.id);
  // Its end may be answered before what was told of it earlier.
  await eventually('an answer to each beacon', () => world.proxy.requests.every(({ method, status }) => method !== 'POST' || status));
  const events = all().flatMap((beacon) => beacon.events.filter((event) => event.session === session.id)).map(({ type }) => type);
  return { session, events };
}

async function assertUnharmed() {
  assert.deepEqual(await run('return faults'), []);
  assert.deepEqual(await world.browser.messages(), []);
}

test('a long film is streamed by the engine, which comes with the tap and not before, is counted, goes on where it was left, and leaves nothing behind', { skip }, async () => {
  await openFilm([FILE, STREAM]);
  await countWaits();
  await at(1);
  assert.match(await source(), /^blob:/);
  assert.equal(engines().length, 1);
  const tapped = await run(`const of = (part) => performance.getEntriesByType('resource').find(({ name }) => name.includes(part)).startTime; return [of('/widget/b'), of('/widget/p'), of('/widget/h-')]`);
  assert.deepEqual(tapped, [...tapped].sort((a, b) => a - b), 'the button, then the player, then the engine');
  assert.ok(!world.films.asked.includes('film.mp4'), world.films.asked.join());
  await set({ currentTime: 41 });
  await at(42, `!${video()}.seeking`);
  const first = await told();
  const { started, seeks, errors, rebuffers, duration_ms, position_ms } = first.session;
  const [waits, still_ms, went] = await run('return [waits, still_ms, went.join()]');
  assert.deepEqual({ started, seeks, errors, rebuffers }, { started: 1, seeks: 1, errors: 0, rebuffers: waits }, `${went} of ${JSON.stringify(first)}`);
  assert.ok(waits === 0 || still_ms > 200, `it waited ${waits} times on a machine that was never still for more than ${still_ms} ms`);
  assert.ok(Math.abs(duration_ms - LONG_MS) < 200, `${duration_ms}`);
  assert.deepEqual(await run('return [held.urls.size, held.timers.size]'), [0, 0], 'nothing of the engine is left');

  await open(world.browser);
  await at(42.5);
  const [from_s] = await run(`return [${video()}.played.start(0)]`);
  assert.ok(Math.abs(from_s * 1000 - position_ms) < 300, `goes on at ${from_s}, was left at ${position_ms}`);
  const again = await told();
  assert.deepEqual([again.session.reason, again.session.started, again.session.seeks, again.events.includes('seek_start')], ['tap', 1, 0, false], 'going there is no seek of the viewer’s');
  assert.ok(again.session.played[0][0] >= position_ms - 300, JSON.stringify(again.session.played));
  assert.equal(engines().length, 1, 'the engine is there already');

  // At its end it is over, and begins anew.
  await open(world.browser);
  await at(42.5);
  await set({ currentTime: 63.5 });
  // At its end it is a moment before the player hears of it.
  await until(world.browser, `${video()}.ended && events.some(({ name }) => name === 'ended')`);
  assert.equal((await told()).session.ended, 1);
  await open(world.browser);
  await at(0.2, `${video()}.currentTime < 20`);
  await close(world.browser);
  await assertUnharmed();
});

test('a film of less than a minute is played from its file, and no engine is asked for', { skip }, async () => {
  await openFilm([STREAM, FILE], { duration_ms: 59_000 });
  await at(0.5);
  assert.match(await source(), /film\.mp4$/);
  assert.equal(engines().length, 0);
  await close(world.browser);
});

test('waiting for a part of the stream is told as rebuffering, and then it goes on', { skip }, async () => {
  let comes;
  const coming = new Promise((done) => (comes = done));
  // After twelve seconds there is nothing more of either rendition, for now.
  await openFilm([STREAM], { fault: (name) => (/_([3-9]|1\d)\.m4s$/.test(name) ? coming : undefined) });
  await at(0.5);
  await set({ playbackRate: 4 });
  await until(world.browser, `${video()}.currentTime > 11 && ${video()}.readyState < 3`);
  assert.equal(await run(`return Boolean(${dialog()}.querySelector('[part=error]').offsetHeight)`), false);
  comes();
  await at(14);
  const { session, events } = await told();
  // A busy machine may wait more often.
  const times = (type) => events.filter((one) => one === type).length;
  assert.ok(session.rebuffers > 0 && session.rebuffering_ms > 0);
  assert.deepEqual([times('buffer_start'), times('buffer_end'), session.errors], [session.rebuffers, session.rebuffers, 0]);
  await assertUnharmed();
});

for (const [what, options, past_s] of [
  ['is not there', { fault: (name) => (name === 'film.m3u8' ? 404 : undefined) }, 0.5],
  ['is no playlist', { file: 'v0_0.m4s' }, 0.5],
  ['lacks a part of every rendition', { fault: (name) => (/_1\.m4s$/.test(name) ? 404 : undefined) }, 4.5],
  ['has no engine', { onEdge: ({ path }) => (path.includes('/widget/h-') ? '500' : undefined) }, 0.5],
]) {
  test(`when the stream ${what}, the file plays from the same place, and that is one error`, { skip }, async () => {
    await openFilm([{ ...STREAM, file: options.file ?? STREAM.file }, FILE], options);
    // Where it is to begin stands behind its name.
    await at(past_s, `new URL(${video()}.currentSrc).pathname.endsWith('film.mp4')`);
    const { session } = await told();
    assert.deepEqual([session.errors, session.started, session.seeks], [1, 1, 0]);
    assert.ok(session.played[0][0] === 0 && session.played.length === 1, JSON.stringify(session.played));
    assert.deepEqual(await run('return [faults, held.urls.size]'), [[], 0]);
  });
}

const POLICY = (edge) => `media-src ${world.films.origin}; connect-src ${edge} ${world.films.origin}`;
const BLOB = limits({ firefox: 'Firefox plays an engine’s `blob:` whatever a policy says of media' });
const OWN = limits({ firefox: 'Firefox plays no stream itself', webkit: 'WebKitGTK plays no stream itself' });

test('under a policy that allows no `blob:` the file plays', { skip: skip || BLOB.skip }, async () => {
  await openFilm([STREAM, FILE], { policy: POLICY });
  await at(0.5, `${video()}.currentSrc.endsWith('film.mp4')`);
  await close(world.browser);
  assert.deepEqual(await run('return faults'), []);
});

test('under a policy that allows no `blob:` and without a file, what the browser has for streams itself plays', { skip: skip || OWN.skip }, async () => {
  await openFilm([STREAM], { policy: POLICY });
  await at(0.5, `${video()}.currentSrc.endsWith('film.m3u8')`);
  await close(world.browser);
  assert.deepEqual(await run('return faults'), []);
});

test('without a network the stream waits and says nothing, and goes on by itself', { skip }, async () => {
  let comes;
  const coming = new Promise((done) => (comes = done));
  await openFilm([STREAM], { fault: (name) => (/_([2-9]|1\d)\.m4s$/.test(name) ? coming : undefined) });
  // With all of the eight seconds that there are, or it could not come as far as it is waited for below.
  await at(0.5, `${video()}.buffered.end(0) > 7.5`);
  await network(world.browser, false, world.proxy, world.films);
  comes('cut');
  await set({ playbackRate: 4 });
  await until(world.browser, `!navigator.onLine && ${video()}.currentTime > 7 && ${video()}.readyState < 3`);
  assert.equal(await run(`return ${dialog()}.querySelector('[part=error]').offsetHeight`), 0);
  world.films.fault = () => undefined;
  await network(world.browser, true, world.proxy, world.films);
  await at(9);
  const { session } = await told();
  assert.deepEqual([session.errors, session.rebuffers > 0], [0, true]);
});
