// Nothing accepted is lost: what the edge answers 204 is in the lake, the spill, the bad rows or the dead letters.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { breakableConfig, emptyBeacon, eventually, lakeRows, newId, sendBeacon, startStack } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({
  stack: () => startStack({
    'wrangler.toml': breakableConfig('wrangler.toml', 'tests/faults/edge.mjs'),
    'studio/wrangler.toml': breakableConfig('studio/wrangler.toml', 'tests/faults/studio.mjs'),
  }),
  catalogue: ({ stack }) => {
    const shops = ['shop_demo', 'shop_other'].map((shop) => ({ key: `shop:${shop}`, value: JSON.stringify({ v: 1, origins: ['https://shop.example'], languages: ['nl'] }) }));
    const videos = [{ key: 'video:film', value: JSON.stringify({ v: 1, brand: 'kenwick', series: 'kitchen', duration_ms: 8000 }) }];
    return stack.ask('localhost', '/client/v4/accounts/local/storage/kv/namespaces/CATALOG/bulk', { method: 'PUT', body: JSON.stringify([...shops, ...videos]) });
  },
});
afterEach(async () => {
  await faults('edge', {});
  await faults('studio', {});
});

const faults = (worker, what) => world.stack.ask(worker, '/__faults', { method: 'PUT', body: JSON.stringify(what) });
/** The consumer's batches since its faults were last set. */
const deliveries = async () => (await world.stack.ask('studio', '/__faults')).json();
const send = (beacon, ...more) => sendBeacon(world.stack, beacon, ...more);
const lake = async () => (await world.stack.env()).LAKE;
const rowsBelow = async (prefix) => lakeRows(await lake(), prefix);
const rowOf = (id, prefix) => eventually(`${id} below ${prefix}`, async () => (await rowsBelow(prefix)).find((row) => row.beacon_id === id));

test('a beacon is in the lake with what the edge knows of it', async () => {
  const session = { id: newId(), seq: 1, elapsed_ms: 3000, placement: newId(), video: 'film', language: 'nl', state: 'playing', reason: 'tap', position_ms: 2000, duration_ms: 8000, startup_ms: 100, started: 1, ended: 0, playing_ms: 2000, played_ms: 2000, rebuffering_ms: 0, rebuffers: 0, seeks: 0, pauses: 0, rate_changes: 0, errors: 0, played: [[0, 2000, 1]] };
  const beacon = emptyBeacon({ elapsed_ms: 4000, sessions: [session] });
  const before_ms = Date.now();
  const answer = await send(beacon, 'shop_demo', { origin: 'https://shop.example', 'user-agent': 'Mozilla/5.0 (iPhone) Mobile' });
  assert.deepEqual([answer.status, answer.headers['access-control-allow-origin']], [204, '*']);
  const row = await rowOf(beacon.id, 'lake/raw/');
  assert.deepEqual(row.beacon, beacon);
  assert.deepEqual(row.videos, { film: { v: 1, brand: 'kenwick', series: 'kitchen', duration_ms: 8000 } });
  assert.deepEqual([row.v, row.shop, row.origin, row.device], [1, 'shop_demo', 'https://shop.example', 'phone']);
  assert.ok(row.received_at_ms >= before_ms && row.received_at_ms <= Date.now());
});

test('a machine is flagged with the reason, and what a browser refuses for its user is not kept', async () => {
  const consent = { measurement: true, visitor: 'someone' };
  const kept = async (headers) => {
    const beacon = emptyBeacon({ consent });
    await send(beacon, 'shop_demo', headers);
    const row = await rowOf(beacon.id, 'lake/raw/');
    return [row.bot, row.device, row.gpc, row.beacon.consent];
  };
  const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1';
  const rows = await Promise.all([{ 'user-agent': phone }, { 'user-agent': phone, 'sec-gpc': '1' }, { 'user-agent': 'Mozilla/5.0 (compatible; AhrefsSiteAudit/6.1)' }, { 'user-agent': 'python-requests/2.32' }].map(kept));
  assert.deepEqual(rows, [[undefined, 'phone', undefined, consent], [undefined, 'phone', true, undefined], ['user_agent', 'unknown', undefined, consent], ['user_agent', 'unknown', undefined, consent]]);
});

test('who agreed to be measured is the same to one shop for a day, by a salt that the studio makes, and nobody else is recognised', async () => {
  const kept = async ({ consent = { measurement: true }, address = '192.0.2.7', gpc, shop = 'shop_demo' } = {}) => {
    const beacon = emptyBeacon(consent && { consent });
    const phone = { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1' };
    assert.equal((await send(beacon, shop, { ...phone, 'cf-connecting-ip': address, ...gpc })).status, 204);
    return rowOf(beacon.id, 'lake/raw/');
  };
  const salts = async () => {
    const { CATALOG } = await world.stack.env();
    const { keys } = await CATALOG.list({ prefix: 'salt:' });
    return Promise.all(keys.map(async ({ name, expiration }) => ({ name, expiration, value: await CATALOG.get(name) })));
  };
  const cron = async () => assert.equal((await world.stack.harness.getWorker('shelfreel-studio').scheduled({ cron: '* * * * *', scheduledTime: new Date() })).outcome, 'ok');
  // Before there is a salt a beacon is kept all the same.
  assert.ok(!('visitor' in await kept()));
  await cron();
  const made = await salts();
  const day = (name) => Date.parse(`${name.slice('salt:'.length)}T00:00:00Z`);
  assert.deepEqual(made.map(({ name }) => day(name) - day(made[0].name)), [0, 86_400_000]);
  for (const { name, value, expiration } of made) {
    assert.match(value, /^[\w-]{43}$/);
    assert.equal(expiration * 1000, day(name) + 86_400_000 + 600_000);
  }
  assert.notEqual(made[0].value, made[1].value);
  await cron();
  assert.deepEqual(await salts(), made, 'a salt that is there stays');
  // The edge asks again half a minute after it found none.
  await faults('edge', { clock_ms: 31_000 });
  const [{ visitor, ...row }, again, refused, denied, elsewhere, other] = await Promise.all([kept(), kept(), kept({ gpc: { 'sec-gpc': '1' } }), kept({ consent: null }), kept({ address: '192.0.2.8' }), kept({ shop: 'shop_other' })]);
  assert.match(visitor, /^[\w-]{22}$/);
  assert.equal(again.visitor, visitor);
  for (const nobody of [refused, denied]) assert.ok(!('visitor' in nobody));
  assert.equal(new Set([visitor, elsewhere.visitor, other.visitor, undefined]).size, 4);
  for (const kept of ['192.0.2.7', 'iPhone']) assert.ok(!JSON.stringify(row).includes(kept), kept);
  await faults('edge', { clock_ms: 86_400_000 });
  const tomorrow = await kept();
  assert.match(tomorrow.visitor, /^[\w-]{22}$/);
  assert.notEqual(tomorrow.visitor, visitor);
});

test('what fails the check is answered 204 and kept as it came, with the reason', async () => {
  const wrong = emptyBeacon({ id: 'too-short' });
  for (const [body, reason] of [['no JSON at all \u0000 é\n', /^json: /], ['{"v":1', /^json: /], [JSON.stringify(wrong), /^id: "too-short"/], [JSON.stringify(emptyBeacon({ v: 2 })), /^v: this is version 2/]]) {
    assert.equal((await send(body)).status, 204);
    const row = await eventually(`the bad row of ${body}`, async () => (await rowsBelow('lake/bad/')).find((row) => row.bad.raw === body));
    assert.match(row.bad.reason, reason);
    assert.equal(row.beacon, undefined);
  }
});

test('a beacon of an unknown shop or a foreign page is kept apart', async () => {
  const unknown = emptyBeacon(), foreign = emptyBeacon();
  assert.equal((await send(unknown, 'shop_nowhere')).status, 204);
  assert.equal((await send(foreign, 'shop_demo', { origin: 'https://elsewhere.example' })).status, 204);
  assert.match((await rowOf(unknown.id, 'lake/bad/')).bad.reason, /^unknown_shop: there is no shop shop_nowhere/);
  assert.match((await rowOf(foreign.id, 'lake/bad/')).bad.reason, /^origin_not_registered: https:\/\/elsewhere.example/);
});

test('a body over 16 KB is refused with the limit, one of exactly 16 KB is not', async () => {
  const over = await send('x'.repeat(16_385));
  assert.equal(over.status, 413);
  assert.match(over.json().detail, /16384 bytes/);
  assert.equal((await send('x'.repeat(16_384))).status, 204);
});

test('when the queue refuses, the row is in the spill and the answer is 204 all the same', async () => {
  await faults('edge', { 'PLAYBACK.send': 'Queue send failed: Too Many Requests' });
  const beacons = Array.from({ length: 5 }, () => emptyBeacon());
  for (const beacon of beacons) assert.equal((await send(beacon)).status, 204);
  for (const beacon of beacons) assert.deepEqual((await rowOf(beacon.id, 'spill/')).beacon, beacon);
});

test('when neither queue nor bucket takes the row, the answer is 503 and says to come again', async () => {
  await faults('edge', { 'PLAYBACK.send': 'overloaded', 'LAKE.put': 'internal error' });
  const answer = await send(emptyBeacon());
  assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '10']);
});

test('when the catalogue is out of reach, playback is kept without its facts', async () => {
  await faults('edge', { 'CATALOG.get': 'KV GET failed: 503' });
  const beacon = emptyBeacon();
  assert.equal((await send(beacon, 'shop_never0read')).status, 204);
  assert.deepEqual((await rowOf(beacon.id, 'lake/raw/')).videos, {});
});

test('when the catalogue hangs, playback is kept within seconds, and a look-up says that it is unavailable', async () => {
  await faults('edge', { 'CATALOG.get': 'hang' });
  const beacon = emptyBeacon();
  assert.equal((await send(beacon, 'shop_hanging')).status, 204);
  const answer = await world.stack.ask('edge', '/v1/match/shop_hanging?p=gtin:9524710000125');
  assert.deepEqual([answer.json().why, answer.headers['cache-control']], ['unavailable', 'no-store']);
  await rowOf(beacon.id, 'lake/raw/');
});

test('a shop’s id of another form is told so and asks no store', async () => {
  await faults('edge', { 'CATALOG.get': 'hang' });
  for (const shop of ['x'.repeat(600), '..%2f..', 'shop_', '%00']) {
    const beacon = emptyBeacon();
    assert.equal((await send(beacon, shop)).status, 204, shop);
    assert.match((await rowOf(beacon.id, 'lake/bad/')).bad.reason, /^unknown_shop: /);
  }
});

test('a message that is no row goes to the dead letters, alone, and its neighbours to the lake', async () => {
  const producer = (await world.stack.env('shelfreel-edge')).PLAYBACK;
  const neighbour = emptyBeacon();
  await producer.send('poison: no row at all', { contentType: 'text' });
  assert.equal((await send(neighbour)).status, 204);
  await rowOf(neighbour.id, 'lake/raw/');
  const dead = await eventually('the dead letter', async () => {
    const bucket = await lake();
    for (const { key } of (await bucket.list({ prefix: 'dead/' })).objects) if ((await (await bucket.get(key)).text()) === 'poison: no row at all') return key;
  });
  assert.match(dead, /^dead\/\d{4}-\d{2}-\d{2}T\d{2}\/[^/]+\.json$/);
});

test('a consumer that crashes after writing, at each message of a batch, loses nothing and invents nothing', async () => {
  const pattern = emptyBeacon();
  await send(pattern);
  const row = await rowOf(pattern.id, 'lake/raw/');
  // It is in the lake a moment before it is acknowledged: until then it might come again, among those that follow.
  await eventually('its acknowledgement', async () => (await deliveries()).some(({ acknowledged }) => acknowledged > 0));
  const producer = (await world.stack.env('shelfreel-edge')).PLAYBACK;
  const size = 4;
  for (let crash = 0; crash < size; crash++) {
    await faults('studio', { ack: crash });
    const beacons = Array.from({ length: size }, () => emptyBeacon());
    // Rows as the edge writes them, put into the queue at once: sent through a busy edge they may come in two batches.
    await producer.sendBatch(beacons.map((beacon) => ({ body: JSON.stringify({ ...row, beacon_id: beacon.id, beacon }), contentType: 'text' })));
    const crashed = await eventually('the crash', async () => (await deliveries()).find(({ crashed }) => crashed));
    assert.deepEqual(crashed, { messages: size, acknowledged: crash, crashed: true });
    await faults('studio', {});
    await eventually('the redelivery of all of them', async () => (await deliveries()).reduce((sum, { acknowledged }) => sum + acknowledged, 0) >= size);
    for (const beacon of beacons) assert.deepEqual((await rowOf(beacon.id, 'lake/raw/')).beacon, beacon);
  }
  // What was written before a crash was written again: readers count each beacon once, and each copy says the same.
  const copies = new Map();
  for (const row of await rowsBelow('lake/raw/')) {
    const line = JSON.stringify(row);
    assert.equal(copies.get(row.beacon_id) ?? line, line);
    copies.set(row.beacon_id, line);
  }
});

test('a bucket that fails for a while delays rows and loses none', async () => {
  await faults('studio', { 'LAKE.put': 'internal error' });
  const beacons = Array.from({ length: 3 }, () => emptyBeacon());
  for (const beacon of beacons) assert.equal((await send(beacon)).status, 204);
  await eventually('one of them a second time', async () => (await deliveries()).reduce((sum, { messages }) => sum + messages, 0) > beacons.length);
  await faults('studio', {});
  for (const beacon of beacons) assert.deepEqual((await rowOf(beacon.id, 'lake/raw/')).beacon, beacon);
});
