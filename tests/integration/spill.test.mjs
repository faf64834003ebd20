// What the queue refused is taken from the spill, once, whatever fails between the steps: into the lake, into the ledgers, out of the spill.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, test } from 'node:test';
import { breakableConfig, emptyBeacon, lakeRows, newId, sendBeacon, startStack } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const TOKEN = 'sfr_kenwick';
const world = useWorld({
  stack: () => startStack({
    'wrangler.toml': breakableConfig('wrangler.toml', 'tests/faults/edge.mjs'),
    'studio/wrangler.toml': breakableConfig('studio/wrangler.toml', 'tests/faults/studio.mjs'),
  }),
  catalogue: async ({ stack }) => {
    const token = `token:${createHash('sha256').update(TOKEN).digest('hex')}`;
    const pairs = [['shop:shop_demo', { v: 1, origins: ['*'] }], ['video:film', { v: 1, brand: 'kenwick', duration_ms: 8000 }], [token, { v: 1, brand: 'kenwick' }]];
    await stack.ask('localhost', '/client/v4/accounts/local/storage/kv/namespaces/CATALOG/bulk', { method: 'PUT', body: JSON.stringify(pairs.map(([key, value]) => ({ key, value: JSON.stringify(value) }))) });
    await faults('edge', { 'PLAYBACK.send': 'Queue send failed: Too Many Requests' });
  },
});
afterEach(() => faults('studio', {}));

const faults = (worker, what) => world.stack.ask(worker, '/__faults', { method: 'PUT', body: JSON.stringify(what) });
const sweep = async () => assert.equal((await world.stack.harness.getWorker('shelfreel-studio').scheduled({ cron: '* * * * *', scheduledTime: new Date() })).outcome, 'ok');
const lake = async () => (await world.stack.env()).LAKE;
const keys = async (prefix) => (await (await lake()).list({ prefix })).objects.map(({ key }) => key);
const rows = async (prefix) => lakeRows(await lake(), prefix);
const ids = async (prefix) => (await rows(prefix)).map(({ beacon_id }) => beacon_id);

const day = (more) => new Date(Date.now() + more * 86_400_000).toISOString().slice(0, 10);
async function sessions() {
  const answer = await world.stack.ask('studio', `/api/v1/brands/kenwick/figures?from=${day(-1)}&to=${day(1)}`, { headers: { authorization: `Bearer ${TOKEN}` } });
  assert.equal(answer.status, 200, answer.text());
  return answer.json().total.sessions;
}

const session = () => ({ id: newId(), seq: 1, elapsed_ms: 3000, placement: newId(), video: 'film', language: 'nl', state: 'playing', reason: 'tap', position_ms: 2000, duration_ms: 8000, startup_ms: 100, started: 1, ended: 0, playing_ms: 2000, played_ms: 2000, rebuffering_ms: 0, rebuffers: 0, seeks: 0, pauses: 0, rate_changes: 0, errors: 0, played: [[0, 2000, 1]] });

/** Sends beacons while the queue refuses: each is in the spill when it is answered. */
async function spill(count) {
  const beacons = Array.from({ length: count }, () => emptyBeacon({ elapsed_ms: 4000, sessions: [session()] }));
  for (const beacon of beacons) assert.equal((await sendBeacon(world.stack, beacon)).status, 204);
  return beacons.map(({ id }) => id);
}

let counted = 0;

test('what lies in the spill comes into the lake and into the figures, bad rows to the bad ones, and what is no row to the dead letters', async () => {
  const good = await spill(5);
  await sendBeacon(world.stack, emptyBeacon({ v: 2 }));
  await (await lake()).put('spill/2026-11-22T05/garbage.json', 'no row at all');
  assert.equal((await keys('spill/')).length, 7);
  await sweep();
  assert.deepEqual(await keys('spill/'), []);
  assert.deepEqual((await ids('lake/raw/')).sort(), good.sort());
  assert.match((await rows('lake/bad/'))[0].bad.reason, /^v: this is version 2/);
  assert.deepEqual(await keys('dead/'), ['dead/2026-11-22T05/garbage.json']);
  assert.equal(await sessions(), (counted += 5));
});

for (const [fault, where] of Object.entries({
  'LAKE.list': 'before anything was read',
  'LAKE.get': 'while it was read',
  'LAKE.put': 'before it was in the lake',
  'LEDGER.fetch': 'between the lake and the ledgers',
  'LAKE.delete': 'between the ledgers and the spill',
})) {
  test(`a run that fails ${where} loses nothing, and the next counts nothing twice`, async () => {
    const spilt = await spill(3);
    await faults('studio', { [fault]: 'internal error' });
    await sweep();
    assert.equal((await keys('spill/')).length, 3, 'the rows stay in the spill');
    await faults('studio', {});
    await sweep();
    assert.deepEqual(await keys('spill/'), []);
    const there = new Set(await ids('lake/raw/'));
    for (const id of spilt) assert.ok(there.has(id));
    assert.equal(await sessions(), (counted += 3));
  });
}

test('a run is bounded, and the next goes on where it ended', async () => {
  const bucket = await lake();
  const { v, ...row } = (await rows('lake/raw/'))[0];
  const beacons = Array.from({ length: 410 }, () => emptyBeacon());
  await Promise.all(beacons.map((beacon) => bucket.put(`spill/2026-11-22T05/${beacon.id}.json`, JSON.stringify({ v, ...row, beacon_id: beacon.id, beacon }))));
  await sweep();
  assert.equal((await keys('spill/')).length, 10);
  await sweep();
  assert.deepEqual(await keys('spill/'), []);
  const there = new Set(await ids('lake/raw/'));
  for (const { id } of beacons) assert.ok(there.has(id));
});

test('rows that a ledger does not take stand in no other’s way', async () => {
  const bucket = await lake();
  const { v, ...row } = (await rows('lake/raw/')).find(({ beacon }) => beacon.sessions.length > 0);
  const stuck = newId();
  const beacons = Array.from({ length: 405 }, () => ({ ...row.beacon, id: newId(), page_view: stuck }));
  await Promise.all(beacons.map((beacon) => bucket.put(`spill/2026-11-22T05/${beacon.id}.json`, JSON.stringify({ v, ...row, beacon_id: beacon.id, beacon }))));
  const good = await spill(5);
  await faults('studio', { poison: stuck });
  await sweep();
  assert.equal((await keys('spill/')).length, 410, 'a run meets none but those');
  await sweep();
  assert.deepEqual([(await keys('spill/')).length, await sessions()], [405, (counted += 5)], 'the next goes on behind them');
  const there = new Set(await ids('lake/raw/'));
  for (const id of good) assert.ok(there.has(id));
  await faults('studio', {});
  for (let runs = 0; runs < 2; runs += 1) await sweep();
  // They all tell the same session.
  assert.deepEqual([await keys('spill/'), await keys('sweep/'), await sessions()], [[], [], (counted += 1)]);
});
