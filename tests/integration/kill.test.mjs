// workerd killed in the middle, again and again: what was answered 204 is in the lake all the same, and the figures are those of an oracle that counts the lake.
//
// The local queue lives in memory and forgets at `kill -9` what production keeps, so the workers tell a recorder outside of what was accepted
// and what was acknowledged, and after a restart the test redelivers the difference, as Cloudflare Queues does.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { test } from 'node:test';
import { nodeBin, root, toolEnv } from '../../scripts/lib.mjs';
import { beaconsBy } from '../simulator/deliveries.mjs';
import { catalogue, shops } from '../simulator/market.mjs';
import { seeded } from '../simulator/random.mjs';
import { judge } from '../support/oracle.mjs';
import { serve } from '../support/server.mjs';
import { ask, breakableConfig, configs, eventually } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const accepted = new Map(), acknowledged = new Set();
const idOf = (row) => JSON.parse(row).beacon_id;
let port, wrangler;

const world = useWorld({
  stores: () => {
    const dir = mkdtempSync(join(tmpdir(), 'shelfreel-kill-'));
    return { dir, stop: () => rmSync(dir, { recursive: true, force: true }) };
  },
  recorder: () => serve(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.url === '/accepted') accepted.set(idOf(body), body);
    else acknowledged.add(idOf(body));
    response.writeHead(204).end();
  }),
  workers: () => ({ stop: kill }),
});

/** A port that was free a moment ago. */
async function freePort() {
  const { port, stop } = await serve(() => {});
  await stop();
  return port;
}

async function start() {
  port = await freePort();
  const vars = { RECORDER: `http://127.0.0.1:${world.recorder.port}` };
  const broken = { 'wrangler.toml': 'tests/faults/edge.mjs', 'studio/wrangler.toml': 'tests/faults/studio.mjs' };
  const paths = configs.map((path) => (broken[path] ? breakableConfig(path, broken[path], vars).configPath : path));
  const args = ['node_modules/wrangler/bin/wrangler.js', 'dev', ...paths.flatMap((path) => ['-c', path]), '--ip', '127.0.0.1', '--port', String(port), '--persist-to', world.stores.dir, '--log-level', 'error', '--show-interactive-dev-session=false'];
  wrangler = spawn(nodeBin(), args, { cwd: root, env: toolEnv(), stdio: 'ignore', detached: true });
  await eventually('the edge', async () => (await ask(port, 'edge', '/v1/health').catch(() => ({}))).status === 200);
}

/** Wrangler and its workerd at once, without a last word: the whole process group. */
function kill() {
  if (wrangler) process.kill(-wrangler.pid, 'SIGKILL');
  wrangler = undefined;
}

async function rowsInLake() {
  const api = '/client/v4/accounts/local/r2/buckets/shelfreel-lake/objects';
  const { result } = (await ask(port, 'localhost', `${api}?prefix=lake/raw/`)).json();
  const files = await Promise.all(result.map(({ key }) => ask(port, 'localhost', `${api}/${encodeURIComponent(key)}`)));
  return files.flatMap(({ bytes }) => gunzipSync(bytes).toString('utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)));
}

const TOKEN = 'sfr_operator';
const day = (more) => new Date(Date.now() + more * 86_400_000).toISOString().slice(0, 10);
/** A tab may have been open for long. */
const SPAN = { from: day(-9), to: day(2), by: ['video', 'code', 'shop', 'language'] };

async function figuresOf(brand) {
  const answer = await ask(port, 'studio', `/api/v1/brands/${brand}/figures?from=${SPAN.from}&to=${SPAN.to}&by=${SPAN.by}`, { headers: { authorization: `Bearer ${TOKEN}` } });
  assert.equal(answer.status, 200, answer.text());
  const { of, total, rows } = answer.json();
  return { of, total, rows };
}

/** Shoppers without end: what they send, one beacon after the other. */
function* shopping(random) {
  for (;;) {
    const { shop, beacons } = beaconsBy(random);
    for (const beacon of beacons) yield { shop, beacon };
  }
}

test('every beacon that was answered 204 is in the lake and counted, though workerd was killed in the middle of it three times', async (t) => {
  const answered = new Map();
  const shoppers = shopping(seeded(2026));
  await start();
  const pairs = [...shops.map(({ id }) => [`shop:${id}`, { v: 1, origins: ['*'] }]), ...Object.entries(catalogue).map(([video, facts]) => [`video:${video}`, facts]), [`token:${createHash('sha256').update(TOKEN).digest('hex')}`, { v: 1, operator: true }]];
  await ask(port, 'localhost', '/client/v4/accounts/local/storage/kv/namespaces/CATALOG/bulk', { method: 'PUT', body: JSON.stringify(pairs.map(([key, value]) => ({ key, value: JSON.stringify(value) }))) });
  for (let round = 0; round < 3; round++) {
    const send = async () => {
      const { shop, beacon } = shoppers.next().value;
      const answer = await ask(port, 'edge', `/v1/playback/${shop}`, { method: 'POST', body: JSON.stringify(beacon) }).catch(() => ({}));
      if (answer.status === 204) answered.set(beacon.id, beacon);
    };
    // Ten at a time for some three of the consumer's batches, however long that takes, and the kill while some are under way.
    for (let sent = 0; sent < 300; sent += 10) await Promise.all(Array.from({ length: 10 }, send));
    const last = Array.from({ length: 10 }, send);
    kill();
    await Promise.all(last);
    await start();
    const forgotten = [...accepted].filter(([id]) => !acknowledged.has(id));
    t.diagnostic(`round ${round + 1}: ${answered.size} answered 204, ${acknowledged.size} acknowledged, ${forgotten.length} redelivered`);
    for (const [, row] of forgotten) assert.equal((await ask(port, 'edge', '/__redeliver', { method: 'POST', body: row })).status, 204);
  }
  const rows = await eventually('all of them in the lake', async () => {
    const rows = await rowsInLake();
    const ids = new Set(rows.map(({ beacon_id }) => beacon_id));
    return [...answered.keys()].every((id) => ids.has(id)) && rows;
  });
  assert.ok(answered.size >= 600, `${answered.size} beacons were answered 204`);
  const byId = new Map(rows.map((row) => [row.beacon_id, row]));
  for (const [id, beacon] of answered) assert.deepEqual(byId.get(id).beacon, beacon);
  for (const id of byId.keys()) assert.ok(accepted.has(id), `${id} was never accepted`);
  // A row was in the lake before it was counted, and counted before it was acknowledged.
  await eventually('all of them acknowledged', () => [...accepted.keys()].every((id) => acknowledged.has(id)));
  const brands = ['kenwick', 'solvane'];
  const { figures } = await judge({ catalogue, figures: brands.map((brand) => ({ ...SPAN, brand })), attention: [] }, [await rowsInLake()]);
  for (const [nth, brand] of brands.entries()) {
    const { of, total, rows } = figures[nth];
    assert.ok(total.snapshots > 20, brand);
    assert.deepEqual(await figuresOf(brand), { of, total, rows });
  }
});
