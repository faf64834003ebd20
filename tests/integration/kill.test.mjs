// workerd killed in the middle, again and again: what was answered 204 is in the lake all the same.
//
// The local queue lives in memory and forgets at `kill -9` what production keeps, so the workers tell a recorder outside of what was accepted
// and what was acknowledged, and after a restart the test redelivers the difference, as Cloudflare Queues does.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { test } from 'node:test';
import { nodeBin, root, toolEnv } from '../../scripts/lib.mjs';
import { serve } from '../support/server.mjs';
import { ask, breakableConfig, configs, emptyBeacon, eventually } from '../support/stack.mjs';
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

test('every beacon that was answered 204 is in the lake, though workerd was killed in the middle of it three times', async (t) => {
  const answered = new Map();
  await start();
  await ask(port, 'localhost', '/client/v4/accounts/local/storage/kv/namespaces/CATALOG/bulk', { method: 'PUT', body: JSON.stringify([{ key: 'shop:shop_demo', value: JSON.stringify({ v: 1, origins: ['*'] }) }]) });
  for (let round = 0; round < 3; round++) {
    const send = async () => {
      const beacon = emptyBeacon();
      const answer = await ask(port, 'edge', '/v1/playback/shop_demo', { method: 'POST', body: JSON.stringify(beacon) }).catch(() => ({}));
      if (answer.status === 204) answered.set(beacon.id, beacon);
    };
    // Ten at a time for about two of the consumer's batches, and the kill while some are under way.
    const until = Date.now() + 2500;
    while (Date.now() < until) await Promise.all(Array.from({ length: 10 }, send));
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
  assert.ok(answered.size > 60, `${answered.size} beacons were answered 204`);
  const byId = new Map(rows.map((row) => [row.beacon_id, row]));
  for (const [id, beacon] of answered) assert.deepEqual(byId.get(id).beacon, beacon);
  for (const id of byId.keys()) assert.ok(accepted.has(id), `${id} was never accepted`);
});
