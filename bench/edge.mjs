// `npm run bench -- edge`: the look-up on plain workerd, beside its peers.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Told, root, run } from '../scripts/lib.mjs';
import { ORIGIN, address, gtin } from './edge/catalogue.mjs';
import { figure } from './figures.mjs';
import { get, start, workerdBin } from './workerd.mjs';
import { load, needWrk } from './wrk.mjs';

const here = join(root, 'bench', 'edge');
const work = join(root, 'build', 'bench-edge');

/** How many records are behind the look-up. */
const SIZES = { '1k': 1_000, '1m': 1_000_000 };
/** The codes that shoppers ask for: few, so that reading them anew every 30 s is not what is measured. */
const HOT = 240;
const PER_PAGE = 24;
/** The worker's core and the load's, with the store on the load's. */
const WORKER_CORE = 0;
const LOAD_CORE = 1;

/** What is asked for. A code of a number above every catalogue's size is valid and published nowhere. */
const HIT = range(HOT).map((i) => address([`gtin:${gtin(i)}`]));
const PRODUCTS24 = range(HOT).map((i) => address(range(PER_PAGE).map((n) => `gtin:${gtin((i + n * 41) % HOT)}`)));
/** With a number of its own (`ask.lua` counts) that means nothing: a question that nobody asked before, about the same products. */
const neverAsked = (path) => `${path}&n={n}`;
const CASES = {
  hit: HIT,
  miss: range(HOT).map((i) => address([`gtin:${gtin(500_000_000 + i)}`])),
  products24: PRODUCTS24,
  hit_new: HIT.map(neverAsked),
  products24_new: PRODUCTS24.map(neverAsked),
};

/** Beside the measured addresses: what a peer that only looks alike would get wrong. */
const ODD = [
  address(['gtin:8710103937747']),
  address(['gtin:123', 'gtin:8710103937abc', '0000000000000']),
  address([`gtin:${gtin(500_000_000)}|gtin:${gtin(3)}`]),
  address([`gtin:0${gtin(2)}`, `gtin: ${gtin(2).slice(0, 6)}-${gtin(2).slice(6)}`]),
  address([`gtin:${gtin(0)}`], { lang: 'fr' }),
  address([`gtin:${gtin(7)}`], { lang: 'nl' }),
  address([`gtin:${gtin(6)}`, `gtin:${gtin(0)}`], { lang: 'fr-CA,en', kind: 'howto,review' }),
  address([`gtin:${gtin(5)}`], { market: 'FR' }),
  address([`gtin:${gtin(29)}`, 'mpn:Brand:RX-78/2', 'sku:12345', 'mpn:alone'], { lang: '' }),
];

export async function bench(options, say) {
  needWrk();
  if (cpus().length < 2) throw new Told('two cores are needed: one for the worker, one for the load');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const files = await buildAll();
  const lists = writeLists();
  const running = [];
  try {
    const subjects = await startAll(files, running, say);
    for (const [size, records] of Object.entries(SIZES)) await fill(subjects, size, records, say);
    const runs = [];
    for (let round = 0; round < options.rounds; round += 1) {
      say(`round ${round + 1} of ${options.rounds}`);
      runs.push(...(await measureRound({ subjects, lists, round, options })));
      runs.push(...(await measureStart(files, round, running[0].port)));
    }
    return { figures: figures(runs), versions: await versionsOf() };
  } finally {
    await Promise.all(running.map((process) => process.stop()));
  }
}

function range(count) {
  return Array.from({ length: count }, (_, i) => i);
}

/** What each subject is made of: its modules, the main one first. */
async function buildAll() {
  // In a process of its own, since builds write to stdout, which is for figures.
  const builder = spawn(process.execPath, [join(here, 'build.mjs'), work], { stdio: ['ignore', process.stderr, process.stderr] });
  const [code] = await once(builder, 'close');
  if (code !== 0) throw new Told('what is measured could not be built');
  const rust = (dir) => ({ 'build/index.js': join(dir, 'build/index.js'), 'build/index_bg.wasm': join(dir, 'build/index_bg.wasm') });
  return {
    shelfreel: { 'entry.js': join(root, 'edge/entry.js'), ...rust(join(root, 'edge')) },
    hono: { 'hono.js': join(work, 'hono.js') },
    'empty-workers-rs': rust(join(here, 'empty-rs')),
    'empty-js': { 'empty.js': join(here, 'empty.js') },
    kv: { 'kv.js': join(work, 'kv.js') },
  };
}

const LOOK_UPS = ['shelfreel', 'hono'];
const EMPTY = ['empty-workers-rs', 'empty-js'];

function writeLists() {
  const lists = {};
  for (const [name, paths] of Object.entries(CASES)) {
    lists[name] = join(work, `${name}.txt`);
    writeFileSync(lists[name], paths.join('\n'));
  }
  return lists;
}

const compatibilityDate = /compatibility_date = "(.+)"/.exec(readFileSync(join(root, 'wrangler.toml'), 'utf8'))[1];

/** A process per subject and size, and one per store: `{ 'shelfreel 1k': process, …, 'empty-js': process }`. */
async function startAll(files, running, say) {
  say('starting the subjects');
  const subjects = {};
  const begin = async (name, options) => {
    const process = await start({ name, dir: join(work, name), compatibilityDate, core: WORKER_CORE, ready: CASES.hit[0], ...options });
    running.push(process);
    return process;
  };
  for (const [size, records] of Object.entries(SIZES)) {
    const bindings = [`(name = "SIZE", json = "${records}")`];
    const store = await begin(`kv-${size}`, { modules: files.kv, bindings, core: LOAD_CORE, ready: '/reads' });
    for (const name of LOOK_UPS) {
      subjects[`${name} ${size}`] = { ...(await begin(`${name}-${size}`, { modules: files[name], kv: store.port })), store };
    }
  }
  for (const name of EMPTY) subjects[name] = await begin(name, { modules: files[name] });
  return subjects;
}

/** Asks for every record once, so that memory has seen them all and is as full as it gets. */
async function fill(subjects, size, records, say) {
  for (const name of LOOK_UPS) {
    say(`asking ${name} for ${records.toLocaleString('en')} records`);
    const { port } = subjects[`${name} ${size}`];
    const agent = new Agent({ keepAlive: true });
    let next = 0;
    const ask = async () => {
      while (next < records) {
        const first = next;
        next += PER_PAGE;
        const codes = range(Math.min(PER_PAGE, records - first)).map((n) => `gtin:${gtin(first + n)}`);
        const { status } = await get(port, address(codes), { origin: ORIGIN }, agent);
        if (status !== 200) throw new Told(`${name} answered ${status} while it was filled`);
      }
    };
    await Promise.all(range(16).map(ask));
    agent.destroy();
  }
}

/** Every case, subject by subject, in turn forwards and backwards, so that what drifts does so for all. */
async function measureRound({ subjects, lists, round, options }) {
  const plan = [];
  for (const name of Object.keys(CASES)) {
    for (const size of Object.keys(SIZES)) {
      await verify(subjects, size, CASES[name]);
      for (const subject of LOOK_UPS) plan.push({ metric: `${name}_${size}`, subject, process: subjects[`${subject} ${size}`], paths: lists[name] });
    }
  }
  for (const subject of EMPTY) plan.push({ metric: 'empty', subject, process: subjects[subject], paths: lists.hit });
  if (round % 2) plan.reverse();
  const runs = [];
  for (const { metric, subject, process, paths } of plan) runs.push({ metric, subject, round, ...(await measure(process, paths, options)) });
  return runs;
}

async function measure(process, paths, { seconds, connections }) {
  const ask = (seconds) => load({ port: process.port, script: join(here, 'ask.lua'), paths, seconds, connections, core: LOAD_CORE });
  // What was read more than 30 s ago is read again now, and not while it counts.
  await ask(1);
  const [cpu, waited, reads] = [process.cpuMs(), process.waitedMs(), await readsOf(process)];
  const { requests, duration_us, p99_us, failed } = await ask(seconds);
  if (failed) throw new Told(`${process.name}: ${failed} of ${requests} requests failed under load`);
  return {
    requests: requests / (duration_us / 1e6),
    cpu: ((process.cpuMs() - cpu) * 1_000) / requests,
    waited: ((process.waitedMs() - waited) * 100_000) / duration_us,
    p99: p99_us / 1_000,
    reads: ((await readsOf(process)) - reads) / (requests / 1_000),
  };
}

const readsOf = async ({ store }) => (store ? Number((await store.get('/reads')).body) : 0);

/** Both look-ups must answer the same, or the faster one may only be wrong faster. */
async function verify(subjects, size, paths) {
  const sample = [0, 1, 2, 3, 5, 6, 7, 29, 77].map((at) => paths[at]);
  for (const path of [...sample, ...ODD]) {
    const [ours, theirs] = await Promise.all(LOOK_UPS.map((name) => subjects[`${name} ${size}`].get(path, { origin: ORIGIN })));
    for (const header of ['content-type', 'access-control-allow-origin', 'cache-control']) {
      assert.equal(theirs.headers[header]?.toLowerCase(), ours.headers[header]?.toLowerCase(), `${header} of ${path}`);
    }
    assert.deepEqual([theirs.status, essence(theirs.body)], [ours.status, essence(ours.body)], path);
  }
}

/** An answer without the words that explain it, which are each subject's own. */
const essence = (body) => JSON.parse(body, (key, value) => (['say', 'mended'].includes(key) ? undefined : value));

/** From nothing to the first answer: a process, the worker's code, one look-up through the store. */
async function measureStart(files, round, kv) {
  const runs = [];
  const names = [...LOOK_UPS, ...EMPTY];
  for (const subject of round % 2 ? names.reverse() : names) {
    const process = await start({
      name: subject, dir: join(work, 'start', subject), modules: files[subject], compatibilityDate, core: WORKER_CORE, ready: CASES.hit[0],
      kv: LOOK_UPS.includes(subject) ? kv : undefined,
    });
    await process.stop();
    runs.push({ metric: 'start', subject, round, start: process.startMs });
  }
  return runs;
}

const UNITS = { requests: '1/s', cpu: 'us', p99: 'ms', waited: '%', reads: 'per 1000', start: 'ms' };

function figures(runs) {
  const all = [];
  for (const [what, unit] of Object.entries(UNITS)) {
    for (const metric of new Set(runs.map((run) => run.metric))) {
      for (const subject of [...LOOK_UPS, ...EMPTY]) {
        const values = runs.filter((run) => run.metric === metric && run.subject === subject && run[what] !== undefined).map((run) => run[what]);
        if (!values.length || (what === 'reads' && EMPTY.includes(subject))) continue;
        all.push(figure(subject, what === metric ? metric : `${metric}.${what}`, unit, values));
      }
    }
  }
  return [...all, ...ratios(runs)];
}

/** How many times a peer's requests per second, round by round: what disturbs a whole round falls out. */
function ratios(runs) {
  const of = (subject, metric, round) => runs.find((run) => run.subject === subject && run.metric === metric && run.round === round).requests;
  const rounds = [...new Set(runs.map((run) => run.round))];
  const ratio = (metric, than, other, otherMetric) =>
    figure('shelfreel', `${metric}.times_${than}`, 'times', rounds.map((round) => of('shelfreel', metric, round) / of(other, otherMetric, round)));
  return Object.keys(CASES).flatMap((name) => [
    ...Object.keys(SIZES).flatMap((size) => {
      const metric = `${name}_${size}`;
      return [ratio(metric, 'hono', 'hono', metric), ...(name.startsWith('products24') ? [] : EMPTY.map((empty) => ratio(metric, empty.replaceAll('-', '_'), empty, 'empty')))];
    }),
    ratio(`${name}_1m`, '1k', 'shelfreel', `${name}_1k`),
  ]);
}

async function versionsOf() {
  const workerd = (await run(workerdBin(), ['--version'], { quiet: true })).trim();
  const hono = JSON.parse(readFileSync(join(root, 'node_modules/hono/package.json'), 'utf8')).version;
  return `${workerd}, Hono ${hono}`;
}
