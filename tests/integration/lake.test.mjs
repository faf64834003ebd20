// From beacons to a line of SQL: what was posted is compacted by the operator's tool and read by a real DuckDB, with the lines that docs/lake.md gives.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { root } from '../../scripts/lib.mjs';
import { breakableConfig, emptyBeacon, eventually, lakeRows, newId, sendBeacon, shelfreel, startStack } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({
  stack: () => startStack({
    'wrangler.toml': breakableConfig('wrangler.toml', 'tests/faults/edge.mjs'),
    'studio/wrangler.toml': breakableConfig('studio/wrangler.toml', 'tests/faults/studio.mjs'),
  }),
  copy: () => {
    const dir = mkdtempSync(join(tmpdir(), 'shelfreel-lake-'));
    return { dir, stop: () => rmSync(dir, { recursive: true, force: true }) };
  },
  catalogue: ({ stack }) => {
    const pairs = [['shop:shop_demo', { v: 1, origins: ['*'] }], ['video:film', { v: 1, brand: 'kenwick', series: 'kitchen', duration_ms: 8000 }]];
    return stack.ask('localhost', '/client/v4/accounts/local/storage/kv/namespaces/CATALOG/bulk', { method: 'PUT', body: JSON.stringify(pairs.map(([key, value]) => ({ key, value: JSON.stringify(value) }))) });
  },
});

const lake = async () => (await world.stack.env()).LAKE;
const hourOf = ({ received_at_ms }) => new Date(received_at_ms).toISOString().slice(0, 13);

/** The statements that docs/lake.md gives, in order. */
const statements = [...readFileSync(join(root, 'docs/lake.md'), 'utf8').matchAll(/```sql\n(.*?)\n```/gs)].map(([, sql]) => sql);

async function objects(prefix) {
  const bucket = await lake();
  const { objects } = await bucket.list({ prefix });
  return Promise.all(objects.map(async ({ key }) => ({ key, bytes: Buffer.from(await (await bucket.get(key)).arrayBuffer()) })));
}

/** Copies the bucket into the folder, as any tool that copies buckets does. */
async function copyHere() {
  for (const { key, bytes } of await objects('')) {
    mkdirSync(dirname(join(world.copy.dir, key)), { recursive: true });
    writeFileSync(join(world.copy.dir, key), bytes);
  }
}

async function duckdb() {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`SET file_search_path = '${world.copy.dir}'`);
  return async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

const session = (more) => ({ id: newId(), seq: 1, elapsed_ms: 3000, placement: newId(), video: 'film', code: 'gtin:09524710000125', language: 'nl', state: 'playing', reason: 'tap', position_ms: 2000, duration_ms: 8000, startup_ms: 100, started: 1, ended: 0, playing_ms: 2000, played_ms: 2000, rebuffering_ms: 0, rebuffers: 0, seeks: 0, pauses: 0, rate_changes: 0, errors: 0, played: [[0, 2000, 1]], ...more });
const later = (snapshot) => ({ ...snapshot, seq: 2, elapsed_ms: 5000, state: 'ended', started: 1, startup_ms: 100, ended: 1, position_ms: 2500, playing_ms: 3500, played_ms: 3500, played: [[0, 1000, 2], [1000, 2500, 1]] });

const placement = () => ({ id: newId(), seq: 1, elapsed_ms: 5500, code: 'gtin:09524710000125', videos: ['film'], layout: 'button', shown: 1, viewable: 1, opened: 1, cart: 1, carts_ms: [4000] });

/** Thirty viewings: of each the first snapshot, of every second one more, before it or after it; every third beacon twice; some in the spill. */
function viewings() {
  const beacons = [];
  for (let n = 0; n < 30; n++) {
    const page_view = newId();
    const first = session({ started: n % 5 ? 1 : 0, reason: n % 7 ? 'tap' : 'renewed', ...(n % 5 ? {} : { startup_ms: undefined, playing_ms: 0, played_ms: 0, played: [], state: 'starting', position_ms: 0 }) });
    const snapshots = n % 2 ? [first, later(first)] : [first];
    if (n % 4 === 1) snapshots.reverse();
    snapshots.forEach((snapshot, at) => beacons.push(emptyBeacon({ page_view, n: at + 1, elapsed_ms: 6000, sessions: [snapshot], placements: snapshot.seq === 1 ? [placement()] : [], events: [{ at_ms: 10, type: snapshot.seq === 1 ? 'play' : 'end' }] })));
  }
  return beacons;
}

const sum = (items, of) => items.reduce((sum, item) => sum + of(item), 0);

test('what was posted, some of it twice and some by way of the spill, is in the Parquet once, and DuckDB reads it by the lines of the docs', async (t) => {
  const beacons = viewings();
  const post = async (beacon) => assert.equal((await sendBeacon(world.stack, beacon)).status, 204);
  for (const [n, beacon] of beacons.entries()) {
    const refused = n % 10 === 0;
    if (refused) await world.stack.ask('edge', '/__faults', { method: 'PUT', body: JSON.stringify({ 'PLAYBACK.send': 'overloaded' }) });
    await post(beacon);
    if (refused) await world.stack.ask('edge', '/__faults', { method: 'PUT', body: '{}' });
    if (n % 3 === 0) await post(beacon);
  }
  await post(emptyBeacon({ v: 2 }));
  const twice = beacons.filter((_, n) => n % 3 === 0).length;
  const rows = await eventually('all of them in the lake', async () => {
    const bucket = await lake();
    const rows = [...(await lakeRows(bucket)), ...(await lakeRows(bucket, 'spill/'))].filter(({ bad }) => !bad);
    const isWhole = rows.length >= beacons.length + twice && new Set(rows.map(({ beacon_id }) => beacon_id)).size === beacons.length;
    return isWhole && (await lakeRows(bucket, 'lake/bad/')).length && rows;
  });

  const hours = [...new Set(rows.map(hourOf))];
  const compact = async () => {
    for (const hour of hours) t.diagnostic((await world.stack.shelfreel('lake', 'compact', '--hour', hour)).output.trim());
    return objects('lake/parquet/');
  };
  const made = await compact();
  assert.equal(made.length, 3 * hours.length);
  assert.deepEqual(await compact(), made, 'compacted again, the bytes are the same');

  await copyHere();
  const run = await duckdb();
  const [oneLine, view, figures, events, visitors] = statements;
  const best = beacons.map(({ sessions: [snapshot] }) => snapshot).filter((snapshot, _, all) => all.every((other) => other.id !== snapshot.id || other.seq <= snapshot.seq));
  assert.equal(best.length, 30);
  if (hours.length === 1) {
    assert.deepEqual(await run(oneLine), [{ video: 'film', shop: 'shop_demo', sessions: '30', starts: String(sum(best, ({ started }) => started)), played_ms: String(sum(best, ({ played_ms }) => played_ms)) }]);
  }
  await run(view);
  const found = await run(figures);
  const total = (name) => sum(found, (row) => Number(row[name]));
  const views = best.filter(({ reason }) => reason !== 'renewed');
  assert.deepEqual(['sessions', 'starts', 'reached_ms'].map(total), [views.length, sum(views, ({ started }) => started), sum(best, ({ played }) => sum(played, ([from, to]) => to - from))]);
  const ends = beacons.filter(({ sessions: [{ seq }] }) => seq === 2).length;
  assert.deepEqual(await run(events), [{ type: 'end', events: String(ends) }, { type: 'play', events: '30' }]);
  assert.deepEqual([...new Set((await run(visitors)).map((row) => row.visitors))], ['0'], 'nobody has agreed to be measured');
  assert.deepEqual(await run('SELECT DISTINCT brand, series, product, catalogue_duration_ms FROM sessions'), [{ brand: 'kenwick', series: 'kitchen', product: '', catalogue_duration_ms: '8000' }]);
  assert.deepEqual(await run("SELECT count(DISTINCT id) AS placements, any_value(videos) AS videos, any_value(carts_ms) AS carts_ms FROM 'lake/parquet/placements/*/*/*.parquet'"), [{ placements: '30', videos: ['film'], carts_ms: ['4000'] }]);
  const [{ rows: distinct, of }] = await run("SELECT count(DISTINCT beacon_id) AS rows, count(*) AS of FROM 'lake/parquet/rows/*/*/*.parquet'");
  assert.equal(Number(distinct), beacons.length);
  if (hours.length === 1) assert.equal(of, distinct);

  // In a copy of the bucket the same is made.
  rmSync(join(world.copy.dir, 'lake/parquet'), { recursive: true });
  for (const hour of hours) await shelfreel(['lake', 'compact', '--hour', hour, '--dir', world.copy.dir]);
  for (const { key, bytes } of made) assert.ok(readFileSync(join(world.copy.dir, key)).equals(bytes), key);

  const { output } = await world.stack.shelfreel('lake', 'list');
  assert.match(output, /^together {7}bad .* 1 rows: v 1$/m, output);
  assert.match(output, /^together {7}spill +[1-9]/m, output);
});

test('a token that the tool makes is known to the back office, and is nobody’s once it is revoked', async () => {
  const me = (token) => world.stack.ask('studio', '/api/v1/me', { headers: { authorization: `Bearer ${token}` } });
  const { stdout } = await world.stack.shelfreel('token', 'create', '--brand', 'kenwick');
  const token = stdout.trim();
  assert.deepEqual((await me(token)).json(), { brand: 'kenwick', operator: false });
  const listed = (await world.stack.shelfreel('token', 'list')).stdout;
  assert.match(listed, /^[0-9a-f]{64} {2}brand kenwick\n$/);
  assert.equal((await world.stack.shelfreel('token', 'revoke', listed.slice(0, 64))).code, 0);
  assert.equal((await me(token)).status, 401);
  assert.equal((await world.stack.shelfreel('token', 'revoke', token)).code, 1);
});

test('a replay by the tool rebuilds every ledger from the lake, spill and all, and a second changes no digit', async () => {
  const { stack } = world;
  const token = async (...holder) => (await stack.shelfreel('token', 'create', ...holder)).stdout.trim();
  const [operator, brand] = [await token('--operator'), await token('--brand', 'kenwick')];
  const hour = (more) => new Date(Date.now() + more * 3_600_000).toISOString().slice(0, 13);
  const figures = async () => {
    const day = (more) => hour(more).slice(0, 10);
    const answer = await stack.ask('studio', `/api/v1/brands/kenwick/figures?from=${day(-24)}&to=${day(48)}&by=hour,video`, { headers: { authorization: `Bearer ${brand}` } });
    assert.equal(answer.status, 200, answer.text());
    return answer.json();
  };
  const replay = () => shelfreel(['lake', 'replay', '--from', hour(-24), '--to', hour(24), '--local', String(stack.port), '--studio', `http://studio.localhost:${stack.port}`], { env: { SHELFREEL_TOKEN: operator } });
  const before = await figures();
  const { code, output } = await replay();
  assert.equal(code, 0, output);
  assert.match(output, /60 rows of \d hours, in 1 calls, rebuilt 16 ledgers\./);
  const rebuilt = await figures();
  // What lay in the spill was in no ledger: the replay brought it.
  assert.ok(before.quality.snapshots < rebuilt.quality.snapshots, `${before.quality.snapshots} < ${rebuilt.quality.snapshots}`);
  assert.deepEqual([rebuilt.quality.snapshots, rebuilt.total.sessions], [75, 25]);
  assert.equal((await replay()).code, 0);
  const again = await figures();
  assert.deepEqual([again.total, again.rows], [rebuilt.total, rebuilt.rows]);
});
