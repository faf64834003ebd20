// The whole stack on workerd, as `npm start` runs it, from the real configs and the built workers, with empty stores of its own.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { cliBin } from '../../scripts/build.mjs';
import { keepHere } from '../../scripts/kept.mjs';
import { root } from '../../scripts/lib.mjs';

export const configs = ['dev/wrangler.toml', 'wrangler.toml', 'studio/wrangler.toml', 'www/wrangler.toml'];

/** Starts the stack; `overrides` replaces whole worker inputs by config path. */
export async function startStack(overrides = {}) {
  // Only here: loading it takes a second, and files that share a stack do without.
  const { createTestHarness } = await import('wrangler');
  const harness = createTestHarness({ root, workers: configs.map((configPath) => overrides[configPath] ?? { configPath }) });
  const { url } = await harness.listen();
  return {
    ...doors(Number(url.port)),
    harness,
    env: (worker = 'shelfreel-dev') => harness.getWorker(worker).getEnv(),
    stop: () => harness.close(),
  };
}

/** The stack with the demo catalogue in it: the one that `npm test` shares among the files, where there is one and this test changes nothing of it. */
export async function startDemo(overrides) {
  if (process.env.SHELFREEL_STACK && !overrides) return sharedStack(process.env.SHELFREEL_STACK);
  const stack = await startStack({ ...quick(), ...overrides });
  try {
    await stack.importFeed(join(root, 'demo/catalogue.csv'), '--shops', join(root, 'demo/shops.jsonl'), '--feed', 'demo');
  } catch (error) {
    await stack.stop();
    throw error;
  }
  return stack;
}

/** The same, with the files of the widget in its bucket that the worker does not hold. */
export async function startWhole() {
  const stack = await startDemo();
  await keepHere(stack.port);
  return stack;
}

/** A stack that another process runs (shared.mjs): `address` has the port of its front door, and that of its lake. */
function sharedStack(address) {
  const [port, lake] = address.split('/').map(Number);
  const rows = async (prefix, origin = '') => (await ask(lake, 'lake', `/rows?${new URLSearchParams({ prefix, origin })}`)).json();
  return { ...doors(port), env: async () => ({ LAKE: { rows } }), stop: () => undefined };
}

/** What one asks of a stack by its front door alone. */
const doors = (port) => ({
  port,
  at: (name, path = '') => `http://${name}.localhost:${port}${path}`,
  /** A request by host name: Node's resolver may not know *.localhost, so the address is the loopback. */
  ask: (name, path, options) => ask(port, name, path, options),
  importFeed: (...args) => shelfreel(['import', ...args, '--local', String(port)]),
  shelfreel: (...args) => shelfreel([...args, '--local', String(port)]),
});

/** Runs the operator's tool; resolves with what it printed, whatever its exit code. */
export async function shelfreel(args, { env } = {}) {
  try {
    const { stdout, stderr } = await promisify(execFile)(cliBin(), args, { cwd: root, env: { ...process.env, ...env } });
    return { code: 0, stdout, output: stdout + stderr };
  } catch (error) {
    if (typeof error.code !== 'number' || error.code > 1) throw new Error(`shelfreel ${args[0]} failed: ${error.stdout}${error.stderr}${error.message}`);
    return { code: error.code, stdout: error.stdout, output: error.stdout + error.stderr };
  }
}

/** One request; resolves with status, headers, the raw bytes and ways to read them. */
export function ask(port, name, path, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((done, fail) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers: { host: `${name}.localhost:${port}`, ...headers } }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        done({ status: response.statusCode, headers: response.headers, bytes, text: () => bytes.toString('utf8'), json: () => JSON.parse(bytes.toString('utf8')) });
      });
    });
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}

/** Every row below a prefix of the lake; with `origin` only those of pages from there, for files may share a lake. */
export async function lakeRows(bucket, prefix = 'lake/raw/', { origin } = {}) {
  const rows = bucket.rows ? await bucket.rows(prefix, origin) : await readRows(bucket, prefix);
  return origin ? rows.filter((row) => row.origin === origin) : rows;
}

/** An object of the lake that was `read` before is not read again. */
export async function readRows(bucket, prefix, read = new Map()) {
  const rows = [];
  for await (const key of keys(bucket, prefix)) {
    if (!read.has(key)) read.set(key, await rowsOf(bucket, key));
    rows.push(...read.get(key));
  }
  return rows;
}

async function* keys(bucket, prefix) {
  for (let cursor; ; ) {
    const page = await bucket.list({ prefix, cursor });
    for (const { key } of page.objects) yield key;
    if (!page.truncated) return;
    ({ cursor } = page);
  }
}

async function rowsOf(bucket, key) {
  const bytes = Buffer.from(await (await bucket.get(key)).arrayBuffer());
  const text = (key.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

/** Asks again until the answer is there; fails when it does not come, with what was waited for (or what a function says of it then). The patience is for a machine that has much else to do. */
export async function eventually(what, read, { within_ms = 120_000 } = {}) {
  const end = Date.now() + within_ms;
  for (;;) {
    const answer = await read();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${typeof what === 'function' ? what() : what}: not within ${within_ms} ms`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Where this process keeps the configs that it changed: another's tests may run at the same time. */
const changedConfigs = join(root, 'build', 'test', String(process.pid));
process.on('exit', () => rmSync(changedConfigs, { recursive: true, force: true }));

/** A real config, changed: its text through `edit`, its paths made absolute. */
export function changedConfig(configPath, edit) {
  mkdirSync(changedConfigs, { recursive: true });
  const path = join(changedConfigs, configPath.replaceAll('/', '-'));
  const absolute = (text) => text.replace(/^main = "(.*)"$/m, (_, main) => `main = ${JSON.stringify(join(root, dirname(configPath), main))}`);
  writeFileSync(path, edit(absolute(readFileSync(join(root, configPath), 'utf8'))));
  return { configPath: path };
}

/** A queue that does not make a test wait: as deployed, a batch that is not full is five seconds in coming. */
const impatient = (text) => text.replace(/^(max_batch_timeout|retry_delay) = .*$/gm, '$1 = 1');
export const quick = () => ({ 'studio/wrangler.toml': changedConfig('studio/wrangler.toml', impatient) });

/** A real config with another main: the same bindings around a worker that fails on command. */
export const breakableConfig = (configPath, main, vars = {}) =>
  changedConfig(configPath, (text) => impatient(text.replace(/^main = .*$/m, `main = ${JSON.stringify(join(root, main))}`)) + toml(vars));

const toml = (vars) => `\n[vars]\n${Object.entries(vars).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`).join('')}`;

/** Identifiers as the widget makes them. */
export const newId = () => randomBytes(16).toString('base64url');

/** A beacon that is right in every field and carries nothing. */
export const emptyBeacon = (more = {}) => ({ v: 1, id: newId(), page_view: newId(), n: 1, elapsed_ms: 5, widget: '0.1.0', engine: 'wasm', language: 'nl', events: [], placements: [], sessions: [], ...more });

/** Sends a beacon as the widget does. */
export const sendBeacon = (stack, beacon, shop = 'shop_demo', headers = {}) =>
  stack.ask('edge', `/v1/playback/${shop}`, { method: 'POST', headers: { 'content-type': 'text/plain', ...headers }, body: typeof beacon === 'string' ? beacon : JSON.stringify(beacon) });
