// `npm run bench -- playback`: beacons in on plain workerd, beside a peer; look-ups meanwhile; ledgers, replay and the way to the screen on the local stack.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { build as bundle } from 'esbuild';
import { Told, root, run } from '../scripts/lib.mjs';
import { beaconsBy, deliveries } from '../tests/simulator/deliveries.mjs';
import { catalogue, shops } from '../tests/simulator/market.mjs';
import { seeded } from '../tests/simulator/random.mjs';
import { judge } from '../tests/support/oracle.mjs';
import { emptyBeacon, eventually, newId, sendBeacon, startStack } from '../tests/support/stack.mjs';
import { watch } from '../tests/support/watcher.mjs';
import { ORIGIN, address, gtin } from './edge/catalogue.mjs';
import { figure } from './figures.mjs';
import { get, start, workerdBin } from './workerd.mjs';
import { load, needWrk } from './wrk.mjs';

const here = join(root, 'bench', 'playback');
const work = join(root, 'build', 'bench-playback');
const WORKER_CORE = 0;
const LOAD_CORE = 1;
const SUBJECTS = ['shelfreel', 'hono'];
/** A bench's own seed: the same shoppers every time. */
const SEED = 4;
const SHARDS = { ledgers: 16, live: 4 };
const BRANDS = ['kenwick', 'solvane'];
const TOKEN = 'sfr_bench';
/** The simulated days. */
const SPAN = { from: '2026-03-26', to: '2026-04-01' };

export async function bench(options, say) {
  needWrk();
  if (cpus().length < 2) throw new Told('two cores are needed: one for the worker, one for the load');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const figures = [...(await measureEdge(options, say)), ...(await measureStudio(options, say))];
  const workerd = (await run(workerdBin(), ['--version'], { quiet: true })).trim();
  const hono = JSON.parse(readFileSync(join(root, 'node_modules/hono/package.json'), 'utf8')).version;
  return { figures, versions: `${workerd}, Hono ${hono}` };
}

// Beacons in.

async function measureEdge({ rounds, seconds, connections }, say) {
  await bundle({ entryPoints: ['stores', 'hono'].map((name) => join(here, `${name}.js`)), outdir: work, bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning' });
  const edge = join(root, 'edge');
  const modules = {
    shelfreel: { 'entry.js': join(edge, 'entry.js'), 'build/index.js': join(edge, 'build/index.js'), 'build/index_bg.wasm': join(edge, 'build/index_bg.wasm') },
    hono: { 'hono.js': join(work, 'hono.js') },
  };
  const paths = { beacons: join(work, 'beacons.txt'), lookUps: join(work, 'look-ups.txt') };
  writeFileSync(paths.beacons, [...someBeacons(5000)].map(({ shop, beacon }) => `/v1/playback/${shop}\t${JSON.stringify(beacon)}`).join('\n'));
  writeFileSync(paths.lookUps, Array.from({ length: 240 }, (_, i) => address([`gtin:${gtin(i)}`])).join('\n'));
  const compatibilityDate = /compatibility_date = "(.+)"/.exec(readFileSync(join(root, 'wrangler.toml'), 'utf8'))[1];
  const running = [];
  const begin = async (name, more) => {
    running.push(await start({ name, dir: join(work, name), compatibilityDate, core: WORKER_CORE, ready: '/v1/health', ...more }));
    return running.at(-1);
  };
  try {
    const processes = {};
    for (const name of SUBJECTS) {
      const stores = await begin(`stores-${name}`, { modules: { 'stores.js': join(work, 'stores.js') }, core: LOAD_CORE, ready: '/taken' });
      processes[name] = { stores, worker: await begin(name, { modules: modules[name], kv: stores.port, queue: stores.port }) };
    }
    const post = (name, more) => load({ port: processes[name].worker.port, script: join(here, 'post.lua'), paths: paths.beacons, seconds, connections, core: LOAD_CORE, ...more });
    const runs = [];
    for (let round = 0; round < rounds; round += 1) {
      say(`beacons, round ${round + 1} of ${rounds}`);
      for (const name of round % 2 ? SUBJECTS.toReversed() : SUBJECTS) runs.push({ name, round, ...(await sustained(processes[name], () => post(name))) });
      const { port } = processes.shelfreel.worker;
      runs.push({ name: 'shelfreel', look_up: 'alone', ...(await lookUps(port, seconds)) });
      const flood = post('shelfreel', { connections: connections * 10, seconds: seconds + 1 });
      runs.push({ name: 'shelfreel', look_up: 'flooded', ...(await lookUps(port, seconds)) });
      await flood;
    }
    return edgeFigures(runs);
  } finally {
    await Promise.all(running.map((process) => process.stop()));
  }
}

function* someBeacons(count) {
  const random = seeded(SEED);
  for (let sent = 0; sent < count;) {
    const { shop, beacons } = beaconsBy(random);
    for (const beacon of beacons) yield { shop, beacon };
    sent += beacons.length;
  }
}

const takenBy = async (stores) => Number((await stores.get('/taken')).body);

/** As many as it takes, each connection the next as soon as the last is answered. What was answered 204 must be in the queue. */
async function sustained({ worker, stores }, post) {
  await post();
  const [cpu, before] = [worker.cpuMs(), await takenBy(stores)];
  const { requests, duration_us, p99_us, failed } = await post();
  const taken = (await takenBy(stores)) - before;
  if (failed) throw new Told(`${worker.name}: ${failed} of ${requests} beacons were not answered 204`);
  return { requests: requests / (duration_us / 1e6), cpu: ((worker.cpuMs() - cpu) * 1_000) / requests, p99: p99_us / 1_000, lost: Math.max(0, requests - taken) };
}

/** One shopper after the other asks, over one connection. */
async function lookUps(port, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const took = [];
  const end = performance.now() + seconds * 1000;
  for (let nth = 0; performance.now() < end; nth += 1) {
    const began = performance.now();
    const { status } = await get(port, address([`gtin:${gtin(nth % 240)}`]), { origin: ORIGIN }, agent);
    if (status !== 200) throw new Told(`a look-up was answered ${status}`);
    took.push(performance.now() - began);
  }
  agent.destroy();
  return quantiles(took);
}

function quantiles(took) {
  const sorted = took.toSorted((one, other) => one - other);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function edgeFigures(runs) {
  const all = [];
  const add = (name, metric, unit, what, of) => all.push(figure(name, metric, unit, of.map((run) => run[what])));
  for (const name of SUBJECTS) {
    const of = runs.filter((run) => run.name === name && !run.look_up);
    for (const [what, unit] of [['requests', '1/s'], ['cpu', 'us'], ['p99', 'ms'], ['lost', 'count']]) add(name, `beacons.${what}`, unit, what, of);
  }
  const [ours, theirs] = SUBJECTS.map((name) => runs.filter((run) => run.name === name && !run.look_up));
  all.push(figure('shelfreel', 'beacons.times_hono', 'times', ours.map((run) => run.requests / theirs.find(({ round }) => round === run.round).requests)));
  for (const look_up of ['alone', 'flooded']) for (const what of ['p50', 'p99']) add('shelfreel', `look_up_${look_up}.${what}`, 'ms', what, runs.filter((run) => run.look_up === look_up));
  return all;
}

// Ledgers, replay, and the way to the screen.

async function measureStudio({ page_views, samples }, say) {
  say('starting the local stack');
  const stack = await startStack();
  try {
    const pairs = [
      ...shops.map(({ id }) => [`shop:${id}`, { v: 1, origins: ['*'] }]),
      ...Object.entries({ ...catalogue, probe: catalogue.br7 }).map(([video, facts]) => [`video:${video}`, facts]),
      [`token:${createHash('sha256').update(TOKEN).digest('hex')}`, { v: 1, operator: true }],
    ];
    await stack.ask('localhost', '/client/v4/accounts/local/storage/kv/namespaces/CATALOG/bulk', { method: 'PUT', body: JSON.stringify(pairs.map(([key, value]) => ({ key, value: JSON.stringify(value) }))) });
    // In this order: the shoppers of the ledgers were here in March, and a ledger that has heard of today takes nothing of that any more.
    return [...(await ledgersAndReplay(stack, page_views, say)), ...(await toScreen(stack, samples, say))];
  } finally {
    await stack.stop();
  }
}

/** From sending a beacon to the message on a dashboard's socket that shows it: with nothing else to do, and while ten senders send as fast as they are answered. */
async function toScreen(stack, samples, say) {
  const sockets = await Promise.all(Array.from({ length: SHARDS.live }, (_, shard) => watch(stack, 'kenwick', TOKEN, shard)));
  const plays = ({ playing }) => playing.video.named.find(([video]) => video === 'probe')?.[1] ?? 0;
  const sample = async (nth) => {
    const socket = sockets[nth % SHARDS.live];
    const page_view = Buffer.concat([Buffer.from([nth % SHARDS.live]), Buffer.from(newId(), 'base64url').subarray(1)]).toString('base64url');
    const session = { id: newId(), seq: 1, elapsed_ms: 3000, placement: newId(), video: 'probe', language: 'nl', state: 'playing', reason: 'tap', position_ms: 2000, duration_ms: 8000, startup_ms: 100, started: 1, ended: 0, playing_ms: 2000, played_ms: 2000, rebuffering_ms: 0, rebuffers: 0, seeks: 0, pauses: 0, rate_changes: 0, errors: 0, played: [[0, 2000, 1]] };
    const began = performance.now();
    const answered = sendBeacon(stack, emptyBeacon({ page_view, elapsed_ms: 5000, sessions: [session] }), shops[0].id);
    await socket.until('the film', (state) => plays(state) === 1);
    const took = performance.now() - began;
    await answered;
    await sendBeacon(stack, emptyBeacon({ page_view, n: 2, elapsed_ms: 6000, sessions: [{ ...session, seq: 2, elapsed_ms: 4000, state: 'quit' }] }), shops[0].id);
    await socket.until('nothing', (state) => plays(state) === 0);
    return took;
  };
  const all = async () => {
    const took = [];
    for (let nth = 0; nth < samples; nth += 1) took.push(await sample(nth));
    return quantiles(took);
  };
  say(`from event to screen, ${samples} times alone`);
  const alone = await all();
  say(`and ${samples} times under load`);
  const beacons = [...someBeacons(4000)];
  let going = true, sent = 0;
  const began = performance.now();
  const senders = Array.from({ length: 10 }, async () => {
    while (going) {
      const { shop, beacon } = beacons[(sent += 1) % beacons.length];
      await sendBeacon(stack, { ...beacon, id: newId() }, shop);
    }
  });
  const loaded = await all();
  going = false;
  await Promise.all(senders);
  const rate = sent / ((performance.now() - began) / 1000);
  await Promise.all(sockets.map((socket) => socket.close()));
  const of = (name, took) => Object.entries(took).map(([what, ms]) => figure('shelfreel', `to_screen_${name}.${what}`, 'ms', [ms]));
  return [...of('alone', alone), ...of('loaded', loaded), figure('shelfreel', 'to_screen_loaded.beacons', '1/s', [rate])];
}

/** Rows of simulated shoppers, replayed into ledgers twice: what the second half adds is what rows cost. */
async function ledgersAndReplay(stack, page_views, say) {
  const rows = deliveries({ seed: SEED, page_views });
  const ledgers = (await stack.env('shelfreel-studio')).LEDGER;
  const states = async () => {
    const all = await Promise.all(BRANDS.flatMap((brand) => Array.from({ length: SHARDS.ledgers }, (_, shard) => ledgers.getByName(`${brand}/${shard}`).fetch('http://object/state').then((answer) => answer.json()))));
    return { bytes: all.reduce((sum, { bytes }) => sum + bytes, 0), rows: all.reduce((sum, { views, cells, curves, orders }) => sum + views + cells + curves + orders, 0) };
  };
  const call = async (path, options = {}) => {
    const answer = await stack.ask('studio', `/api/v1${path}`, { ...options, headers: { authorization: `Bearer ${TOKEN}` } });
    if (answer.status >= 300) throw new Told(`${path} was answered ${answer.status}: ${answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  const totals = async () => {
    const all = await Promise.all(BRANDS.map((brand) => call(`/brands/${brand}/figures?from=${SPAN.from}&to=${SPAN.to}&bots=include`)));
    return all.map(({ total }) => total);
  };
  const films = (totals) => totals.reduce((sum, { sessions }) => sum + sessions, 0);
  const half = rows.length >> 1;
  const queue = (await stack.env('shelfreel-edge')).PLAYBACK;
  /** Until the ledgers have what the oracle has: what is measured is true. */
  const deliver = async (from, to) => {
    for (let at = from; at < to; at += 50) await queue.sendBatch(rows.slice(at, Math.min(at + 50, to)).map((row) => ({ body: JSON.stringify(row), contentType: 'text' })));
    const { figures } = await judge({ catalogue, figures: BRANDS.map((brand) => ({ ...SPAN, brand, bots: 'include' })), attention: [] }, [rows.slice(0, to)]);
    await eventually('every row in its ledger', async () => isDeepStrictEqual(await totals(), figures.map(({ total }) => total)), { within_ms: 600_000 });
  };
  say(`counting ${rows.length} rows of ${page_views} page views`);
  await deliver(0, half);
  const [before, filmsBefore] = [await states(), films(await totals())];
  const began = performance.now();
  await deliver(half, rows.length);
  const counted_ms = performance.now() - began;
  const [after, filmsAfter] = [await states(), films(await totals())];
  const millions = (filmsAfter - filmsBefore) / 1e6;
  say('replaying them');
  const { id } = await call('/replays', { method: 'POST', body: JSON.stringify({ from: `${SPAN.from}T00`, to: `${SPAN.to}T00` }) });
  const lines = rows.map((row) => JSON.stringify(row));
  const replayed = performance.now();
  for (let at = 0; at < lines.length; at += 500) await call(`/replays/${id}/rows`, { method: 'POST', body: lines.slice(at, at + 500).join('\n') });
  const taken = performance.now();
  for (let left = 1; left > 0;) ({ left } = await call(`/replays/${id}/finish`, { method: 'POST' }));
  const ended = performance.now();
  return [
    figure('shelfreel', 'ledger.rows', 'per million sessions', [(after.rows - before.rows) / millions]),
    figure('shelfreel', 'ledger.bytes', 'MB per million sessions', [(after.bytes - before.bytes) / 1e6 / millions]),
    figure('shelfreel', 'ledger.counted', '1/s', [(rows.length - half) / (counted_ms / 1000)]),
    figure('shelfreel', 'replay.rows', '1/s', [lines.length / ((taken - replayed) / 1000)]),
    figure('shelfreel', 'replay.finish', 'ms', [ended - taken]),
  ];
}
