// What is watched is seen as it happens: from a beacon at the edge to a message on a dashboard's socket.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, test } from 'node:test';
import { breakableConfig, emptyBeacon, eventually, lakeRows, newId, sendBeacon, startStack } from '../support/stack.mjs';
import { makeTokens, watch } from '../support/watcher.mjs';
import { useWorld } from '../support/world.mjs';

const SHARDS = 4;

const world = useWorld({
  stack: () => startStack({ 'wrangler.toml': breakableConfig('wrangler.toml', 'tests/faults/edge.mjs'), 'studio/wrangler.toml': breakableConfig('studio/wrangler.toml', 'tests/faults/studio.mjs') }),
  catalogue: ({ stack }) => {
    const facts = (brand, more) => JSON.stringify({ v: 1, brand, duration_ms: 8000, ...more });
    return stack.ask('localhost', '/client/v4/accounts/local/storage/kv/namespaces/CATALOG/bulk', { method: 'PUT', body: JSON.stringify([
      { key: 'shop:shop_demo', value: JSON.stringify({ v: 1, origins: ['*'] }) },
      { key: 'video:film', value: facts('kenwick', { product: 'Breeze BR7', series: 'Breeze', category: 'Blenders' }) },
      { key: 'video:other', value: facts('solvane') },
      ...Array.from({ length: 9 }, (_, n) => ({ key: `video:film-${n}`, value: facts(`brand-${n}`) })),
    ]) });
  },
  tokens: ({ stack }) => makeTokens(stack, 'kenwick', 'solvane', 'operator'),
});
const sockets = [];
afterEach(async () => {
  await world.stack.ask('edge', '/__faults', { method: 'PUT', body: '{}' });
  await Promise.all(sockets.splice(0).map((socket) => socket.close()));
});
after(() => sockets.length = 0);

/** Every test has a brand's shards to itself, so that none sees another's figures: the films are of as many brands. */
let brands = 0;
const nextBrand = () => ({ brand: `brand-${brands}`, film: `film-${brands++}` });

async function watching(brand, shard, token = world.tokens.operator) {
  const socket = await watch(world.stack, brand, token, shard);
  sockets.push(socket);
  return socket;
}

/** A page view that one shard hears of. */
const pageView = (shard) => Buffer.concat([Buffer.from([shard]), randomBytes(15)]).toString('base64url');

const session = (video, more = {}) => ({ id: newId(), seq: 1, elapsed_ms: 3000, placement: newId(), video, language: 'nl', state: 'playing', reason: 'tap', position_ms: 2000, duration_ms: 8000, startup_ms: 100, started: 1, ended: 0, playing_ms: 2000, played_ms: 2000, rebuffering_ms: 0, rebuffers: 0, seeks: 0, pauses: 0, rate_changes: 0, errors: 0, played: [[0, 2000, 1]], ...more });
const placement = (videos, more = {}) => ({ id: newId(), seq: 1, elapsed_ms: 4000, code: 'gtin:08710103937746', videos, layout: 'button', shown: 1, viewable: 0, opened: 0, cart: 0, ...more });

async function send(page_view, more) {
  const beacon = emptyBeacon({ page_view, elapsed_ms: 10_000, ...more });
  assert.equal((await sendBeacon(world.stack, beacon)).status, 204);
  return beacon;
}

const none = { impressions: 0, sessions: 0, starts: 0, completions: 0, carts: 0 };

test('a snapshot comes first, and a viewing appears while it happens', async () => {
  const dashboard = await watching('kenwick', 1, world.tokens.kenwick);
  assert.equal(dashboard.protocol, 'shelfreel.v1');
  const { playing, minute, hour, seconds } = await dashboard.until('a snapshot', () => true);
  assert.deepEqual([playing.sessions, playing.video, minute, hour], [0, { named: [], others: 0 }, none, none]);
  assert.ok(Object.values(seconds).every((row) => row.length === 60 && row.every((count) => count === 0)));

  const view = pageView(1);
  await send(view, { placements: [placement(['film'])] });
  await dashboard.until('an impression', (state) => state.minute.impressions === 1);
  const viewing = session('film');
  await send(view, { sessions: [viewing] });
  const seen = await dashboard.until('a start', (state) => state.playing.sessions === 1);
  assert.deepEqual(seen.minute, { ...none, impressions: 1, sessions: 1, starts: 1 });
  assert.deepEqual(seen.hour, seen.minute);
  const { sessions, ...by } = seen.playing;
  const names = Object.fromEntries(Object.entries(by).map(([name, { named }]) => [name, named]));
  assert.deepEqual(names, { video: [['film', 1]], product: [['Breeze BR7', 1]], category: [['Blenders', 1]], series: [['Breeze', 1]], language: [['nl', 1]], shop: [['shop_demo', 1]] });

  await send(view, { sessions: [{ ...viewing, seq: 2, state: 'ended', position_ms: 8000, elapsed_ms: 9000, ended: 1, playing_ms: 8000, played_ms: 8000, played: [[0, 8000, 1]] }] });
  const ended = await dashboard.until('its end', (state) => state.playing.sessions === 0 && state.minute.completions === 1);
  assert.deepEqual(ended.minute, { ...none, impressions: 1, sessions: 1, starts: 1, completions: 1 });

  // The same, of all shards together, over HTTP.
  const answer = await world.stack.ask('studio', '/api/v1/brands/kenwick/live', { headers: { authorization: `Bearer ${world.tokens.kenwick}` } });
  assert.deepEqual([answer.status, answer.json().shards, answer.json().hour], [200, SHARDS, ended.hour]);
});

test('copies and stragglers count once, and each brand sees its own films alone', async () => {
  const { brand, film } = nextBrand();
  const dashboard = await watching(brand, 2);
  const view = pageView(2);
  const first = session(film, { state: 'paused' });
  const second = { ...first, seq: 2, elapsed_ms: 9000, position_ms: 8000, playing_ms: 8000, played_ms: 8000, played: [[0, 8000, 1]] };
  for (const sessions of [[second], [first], [second], [first, session('other')]]) await send(view, { sessions });
  await send(view, { placements: [placement([film, 'other'], { cart: 1 }), placement([film], { cart: 1 })] });
  // Nobody waits for what is told live: one beacon's may come after the next one's.
  const seen = await dashboard.until('all of it', ({ hour }) => hour.impressions === 2 && hour.completions === 1 && hour.carts === 1);
  assert.deepEqual(seen.hour, { impressions: 2, sessions: 1, starts: 1, completions: 1, carts: 1 });
  assert.equal(seen.playing.sessions, 0);
});

test('at most ten messages a second are sent, and the last has everything', async () => {
  const { brand, film } = nextBrand();
  const dashboard = await watching(brand, 0);
  const changes = 100;
  for (let sent = 0; sent < changes; sent += 10) await Promise.all(Array.from({ length: 10 }, () => send(pageView(0), { sessions: [session(film)] })));
  await dashboard.until('every start', (state) => state.minute.starts === changes);
  const [, ...told] = dashboard.messages;
  const starts = told.map(({ minute }) => minute.starts);
  assert.deepEqual(starts, starts.toSorted((a, b) => a - b));
  // By the sender's own clock.
  const gaps = told.slice(1).map(({ at_ms }, n) => at_ms - told[n].at_ms);
  assert.ok(gaps.every((gap) => gap >= 100), `${gaps}`);
});

test('who comes back sees the same, also when the object was evicted meanwhile', async () => {
  const { brand, film } = nextBrand();
  const view = pageView(3);
  const viewing = session(film, { state: 'paused' });
  const before = await watching(brand, 3);
  await send(view, { placements: [placement([film])], sessions: [viewing] });
  const seen = await before.until('a start', (state) => state.hour.starts === 1);
  const again = await watching(brand, 3);
  assert.deepEqual((await again.until('a snapshot', () => true)).hour, seen.hour);

  const studio = world.stack.harness.getWorker('shelfreel-studio');
  await studio.evictDurableObject('LIVE', { name: `${brand}/3`, webSockets: 'hibernate' });
  const third = await watching(brand, 3);
  assert.deepEqual((await third.until('a snapshot', () => true)).hour, seen.hour);
  // What was counted is not counted again, what is new is, and those who watched all the while hear of it.
  await send(view, { placements: [placement([film], { cart: 1 })], sessions: [{ ...viewing, seq: 2 }] });
  for (const socket of [before, again, third]) {
    const { hour } = await socket.until('the cart', (state) => state.hour.carts === 1);
    assert.deepEqual(hour, { impressions: 2, sessions: 1, starts: 1, completions: 0, carts: 1 });
  }
});

test('the object wakes by itself only while somebody watches', async () => {
  const { brand, film } = nextBrand();
  const { LIVE } = await world.stack.env('shelfreel-studio');
  const alarm = async () => (await LIVE.getByName(`${brand}/0`).fetch('https://live/alarm')).json();
  await send(pageView(0), { sessions: [session(film)] });
  const unwatched = await eventually('the start', async () => {
    const state = await (await LIVE.getByName(`${brand}/0`).fetch('https://live/state')).json();
    return state.minute.starts === 1 && state;
  });
  assert.equal(unwatched.playing.sessions, 1);
  assert.equal(await alarm(), null);
  const dashboard = await watching(brand, 0);
  const first = await dashboard.until('a snapshot', () => true);
  assert.equal(first.minute.starts, 1);
  // While one goes off there is none for a moment.
  assert.ok((await eventually('an alarm', alarm)) > first.at_ms);
  // Nothing is sent to it, and yet it is told as the seconds go by.
  await dashboard.until('a second later', (state) => state.at_ms >= first.at_ms + 1000);
  await dashboard.close();
  sockets.length = 0;
  await eventually('no alarm', async () => (await alarm()) === null);
});

test('a token opens its own brand alone, and a shard that there is', async () => {
  const { kenwick, solvane } = world.tokens;
  const status = (brand, token, shard) => watch(world.stack, brand, token, shard).then((socket) => socket.close().then(() => 101), (error) => error.status);
  assert.deepEqual(await Promise.all([status('kenwick', solvane, 0), status('kenwick', `sfr_${'A'.repeat(43)}`, 0), status('kenwick', kenwick, 4), status('kenwick', kenwick, 'x'), status('kenwick', kenwick, 3)]), [404, 401, 400, 400, 101]);
  const ask = (headers) => world.stack.ask('studio', '/api/v1/brands/kenwick/live', { headers });
  assert.equal((await ask({ authorization: `Bearer ${solvane}` })).status, 404);
  assert.equal((await ask({})).status, 401);
});

test('live objects that fail or hang cost the beacon nothing', async () => {
  for (const why of ['overloaded', 'hang']) {
    await world.stack.ask('edge', '/__faults', { method: 'PUT', body: JSON.stringify({ 'LIVE.fetch': why }) });
    const beacon = await send(pageView(0), { sessions: [session('film')] });
    const { LAKE } = await world.stack.env();
    await eventually('its row', async () => (await lakeRows(LAKE)).some((row) => row.beacon_id === beacon.id));
  }
});
