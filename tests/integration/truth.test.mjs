// The figures are true: simulated shoppers, whose beacons are lost, doubled, mixed up and late, are counted on real workerd as an oracle counts them that shares no code with it, and no fault changes a digit.
//
// SHELFREEL_SHOPPERS is how many page views there are, SHELFREEL_SEED the seed of all chance.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { root } from '../../scripts/lib.mjs';
import { BEGIN_MS, beaconsBy, deliveries } from '../simulator/deliveries.mjs';
import { catalogue, shops } from '../simulator/market.mjs';
import { seeded } from '../simulator/random.mjs';
import { judge } from '../support/oracle.mjs';
import { breakableConfig, eventually, lakeRows, sendBeacon, startStack } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const PAGE_VIEWS = Number(process.env.SHELFREEL_SHOPPERS ?? 500);
const SEED = Number(process.env.SHELFREEL_SEED ?? 2026);
const BRANDS = ['kenwick', 'solvane'];
const SHARDS = Array.from({ length: 16 }, (_, nth) => nth);
const TOKEN = 'sfr_operator';
const HOUR_MS = 3_600_000;

const world = useWorld({
  stack: () => startStack({
    'wrangler.toml': breakableConfig('wrangler.toml', 'tests/faults/edge.mjs'),
    'studio/wrangler.toml': breakableConfig('studio/wrangler.toml', 'tests/faults/studio.mjs'),
  }),
  stores: async ({ stack }) => {
    const pairs = [
      ...shops.map(({ id, origin }) => ({ key: `shop:${id}`, value: JSON.stringify({ v: 1, origins: [origin || '*'] }) })),
      ...Object.entries(catalogue).map(([video, facts]) => ({ key: `video:${video}`, value: JSON.stringify(facts) })),
      { key: `token:${createHash('sha256').update(TOKEN).digest('hex')}`, value: JSON.stringify({ v: 1, operator: true }) },
    ];
    await stack.ask('localhost', '/client/v4/accounts/local/storage/kv/namespaces/CATALOG/bulk', { method: 'PUT', body: JSON.stringify(pairs) });
    return { lake: (await stack.env()).LAKE, queue: (await stack.env('shelfreel-edge')).PLAYBACK, ledgers: (await stack.env('shelfreel-studio')).LEDGER };
  },
});

afterEach(async () => {
  await faults('edge', {});
  await faults('studio', {});
});

const call = (path, { method = 'GET', body } = {}) => world.stack.ask('studio', `/api/v1${path}`, { method, body, headers: { authorization: `Bearer ${TOKEN}` } });
const faults = (worker, what) => world.stack.ask(worker, '/__faults', { method: 'PUT', body: JSON.stringify(what) });
const batchesSoFar = async () => (await world.stack.ask('studio', '/__faults')).json();
const counts = async () => (await world.stack.ask('studio', '/__counts')).json();

/** What is asked, of both brands: every figure, by every dimension that is a brand's own business, and both curves. */
const SPAN = { from: '2026-03-26', to: new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10) };
const QUESTIONS = [
  { by: ['hour', 'video', 'code', 'language', 'shop'], bots: 'include' },
  { by: ['hour', 'code', 'shop', 'bot'], bots: 'include' },
  { by: ['day', 'product', 'series', 'category'], time_zone: 'Europe/Amsterdam' },
  { by: ['hour', 'language'], time_zone: 'Europe/Amsterdam', bots: 'only' },
  { by: ['month', 'shop'], where: { series: ['kitchen', 'garden'], language: ['nl'] }, from: '2026-03-27T13:00', to: '2026-03-29T05:00' },
  { where: { shop: ['shop_zuid'], code: ['gtin:09524710000125'] } },
  { by: ['week', 'shop', 'currency'] },
  { where: { currency: ['JPY'] } },
  { by: ['video', 'code', 'currency'] },
  {},
].flatMap((question) => BRANDS.map((brand) => ({ ...SPAN, ...question, brand })));
const CURVES = Object.entries(catalogue).flatMap(([video, { brand }]) => ['exclude', 'include'].map((bots) => ({ ...SPAN, brand, video, bots })));

/** How many different shoppers: of everything, of a part, and of the smallest groups there are. */
const VISITORS = ['day', 'shop'].flatMap((identity) => [{}, { by: ['day'] }, { by: ['video'] }, { by: ['day', 'shop', 'video'] }, { by: ['shop'], where: { video: ['br7'] } }].flatMap((question) => BRANDS.map((brand) => ({ ...SPAN, ...question, identity, brand }))));
/** So many a sketch knows exactly; of more it is off by 1.6 %, of which this is three times. */
const EXACTLY = 384, OFF = 0.05;

/** All dimensions: of films, and of placements as a whole. */
const CELLS = [['hour', 'video', 'code', 'product', 'series', 'category', 'language', 'shop', 'country', 'device', 'bot', 'currency'], ['hour', 'code', 'language', 'shop', 'country', 'device', 'bot', 'currency']];
/** In the order in which a ledger keeps its sums. */
const FIGURES = /FIGURES: \[.*?\] = \[(.*?)\]/s.exec(readFileSync(join(root, 'studio/src/ledger/cell.rs'), 'utf8'))[1].match(/\w+/g);

async function askVisitors({ brand, from, to, identity, by = [], where = {} }) {
  const query = new URLSearchParams({ from, to, identity, ...(by.length && { by: by.join(',') }) });
  for (const [name, values] of Object.entries(where)) for (const value of values) query.append(name, value);
  const answer = await call(`/brands/${brand}/visitors?${query}`);
  assert.equal(answer.status, 200, answer.text());
  const { total, rows = [] } = answer.json();
  return { total, rows };
}

/** An answer with the exact numbers where its own are as near as they have to be, and without its bounds. */
function corrected(is, should) {
  const near = ({ shown_low, shown_high, watched_low, watched_high, ...row }, of = {}) => {
    for (const what of ['shown', 'watched']) if (of[what] > EXACTLY && Math.abs(row[what] - of[what]) <= of[what] * OFF) row[what] = of[what];
    return row;
  };
  return { total: near(is.total, should.total), rows: is.rows.map((row, nth) => near(row, should.rows[nth])) };
}

async function ask({ brand, video, from, to, by = [], time_zone = 'UTC', bots = 'exclude', where = {} }) {
  const query = new URLSearchParams({ from, to, bots, tz: time_zone, ...(by.length && { by: by.join(',') }) });
  for (const [name, values] of Object.entries(where)) for (const value of values) query.append(name, value);
  const answer = await call(`/brands/${brand}/${video ? `attention/${video}` : 'figures'}?${query}`);
  assert.equal(answer.status, 200, answer.text());
  const { of, total, rows = [], quality, plays, reach } = answer.json();
  if (video) return { plays, reach };
  const { replaying, coverage, ...known } = quality;
  assert.equal(replaying, false);
  return { of, total, rows, quality: known };
}

/** Where two answers are not the same, as `path: what is / what should be`. */
function differences(is, should, path) {
  if (Object.is(is, should)) return [];
  if (typeof is !== 'object' || typeof should !== 'object' || !is || !should) return [`${path}: ${JSON.stringify(is)} / ${JSON.stringify(should)}`];
  return [...new Set([...Object.keys(is), ...Object.keys(should)])].flatMap((name) => differences(is[name], should[name], `${path}.${name}`));
}

/** Everything that was delivered, in phases: each was settled before the next began. */
const log = [];

/** What a brand is told is the oracle's answer, whatever it asks. */
async function answersAreTrue({ replayed = false } = {}) {
  const judged = judge({ catalogue, replayed, figures: QUESTIONS, attention: CURVES }, log);
  const figures = await inTurn(QUESTIONS, ask), attention = await inTurn(CURVES, ask);
  const should = await judged;
  // How often it refused, a ledger remembers; to the oracle a replay is as if it never had.
  if (replayed) for (const [nth, { quality }] of figures.entries()) quality.after_watermark = should.figures[nth].quality.after_watermark;
  same({ figures, attention }, { figures: should.figures, attention: should.attention });
  return should;
}

/** Every cell and every curve of every ledger, as the objects themselves hold them: those of countries and devices too, which brands are told of crowds alone; and how many visitors there were. */
async function cellsAreTrue({ replayed = false } = {}) {
  const figures = CELLS.map((by) => ({ ...SPAN, brand: undefined, by, bots: 'include' })).flatMap((question) => BRANDS.map((brand) => ({ ...question, brand })));
  const attention = CURVES.filter(({ bots }) => bots === 'include');
  const judged = judge({ catalogue, replayed, figures, attention, visitors: VISITORS }, log);
  const is = { figures: await inTurn(figures, cells), attention: await inTurn(attention, curve), visitors: await inTurn(VISITORS, askVisitors) };
  const should = await judged;
  is.visitors = is.visitors.map((answer, nth) => corrected(answer, should.visitors[nth]));
  same(is, { ...should, figures: should.figures.map(({ rows }) => byCell(rows)) });
}

/** Some at a time: there are two cores. */
async function inTurn(questions, answer) {
  const answers = [];
  for (let nth = 0; nth < questions.length; nth += 4) answers.push(...(await Promise.all(questions.slice(nth, nth + 4).map(answer))));
  return answers;
}

function same(is, should) {
  const wrong = differences(is, should, '');
  assert.deepEqual(wrong.slice(0, 30), [], `${wrong.length} differences: what is / what should be`);
}

const ALWAYS = { from_hour: 0, to_hour: 2 ** 31 };

/** Each ledger's answer to one call. */
const ledgers = (brand, path, question) => Promise.all(SHARDS.map(async (nth) => {
  const answer = await world.stores.ledgers.getByName(`${brand}/${nth}`).fetch(`http://object/${path}`, { method: 'POST', body: JSON.stringify(question) });
  return answer.json();
}));

async function cells({ brand, by: [, ...by] }) {
  const sums = new Map();
  for (const { hour, values, sums: more } of (await ledgers(brand, 'figures', { questions: [{ ...ALWAYS, by_hour: true, by, only: [] }] })).flatMap(({ answers }) => answers[0])) {
    const name = [`${new Date(hour * 3_600_000).toISOString().slice(0, 16)}+00:00`, ...values].join('|');
    const sum = sums.get(name) ?? {};
    for (const [place, number] of more) sum[FIGURES[place]] = (sum[FIGURES[place]] ?? 0) + number;
    sums.set(name, sum);
  }
  return Object.fromEntries(sums);
}

/** The oracle's rows alike, without what is 0 and what is made of others. */
const byCell = (rows) => Object.fromEntries(rows.map((row) => [
  (row.video === undefined ? CELLS[1] : CELLS[0]).map((name) => row[name]).join('|'),
  Object.fromEntries(FIGURES.filter((name) => row[name]).map((name) => [name, row[name]])),
]));

async function curve({ brand, video }) {
  const all = await ledgers(brand, 'attention', { ...ALWAYS, video, bots: null });
  const sum = all.reduce((sum, one) => sum.map((number, nth) => number + one[nth]), Array(200).fill(0));
  return { plays: sum.slice(0, 100), reach: sum.slice(100) };
}

let sent = 0;

/** Rows as the edge writes them, put into the queue; a batch of the platform's holds 100 messages and 256 KB. */
async function deliver(rows) {
  log.push(rows);
  for (const batch of batches(rows.map((row) => JSON.stringify(row)))) {
    await world.stores.queue.sendBatch(batch.map((body) => ({ body, contentType: 'text' })));
    sent += batch.length;
  }
}

function batches(lines, { most = 100, bytes = 200_000 } = {}) {
  const all = [];
  let left = 0, room = 0;
  for (const line of lines) {
    if (left === 0 || room < line.length) [left, room] = [most, bytes, all.push([])];
    all.at(-1).push(line);
    [left, room] = [left - 1, room - line.length];
  }
  return all;
}

const settled = () => eventually(`${sent} acknowledged messages`, async () => (await counts()).acknowledged >= sent);

const all = deliveries({ seed: SEED, page_views: PAGE_VIEWS });
/** So much of what is not delivered yet. */
const next = (share) => all.splice(0, Math.ceil(all.length * share));

test('what thousands of shoppers did is counted as the oracle counts it', async (t) => {
  t.diagnostic(`seed ${SEED}, ${PAGE_VIEWS} page views, ${all.length} deliveries`);
  await deliver(next(0.5));
  await settled();
  await cellsAreTrue();
  await answersAreTrue();
});

test('consumers that fail after writing and before acknowledging change no figure', async () => {
  await faults('studio', { ack: 30 });
  await deliver(next(0.2));
  await eventually('three failures', async () => (await batchesSoFar()).filter(({ crashed }) => crashed).length >= 3);
  await faults('studio', {});
  await settled();
  await cellsAreTrue();
});

test('storage that fails between any two statements changes no figure', async () => {
  await faults('studio', { statement: 3 });
  await deliver(next(0.33));
  await settled();
  assert.ok((await counts()).failed_statements > 10);
  await cellsAreTrue();
});

test('ledgers that are evicted in the middle change no figure', async () => {
  const studio = world.stack.harness.getWorker('shelfreel-studio');
  await deliver(all.splice(0, all.length - 150));
  await eventually('the first of them', async () => (await counts()).acknowledged > sent - 300);
  const evictions = await Promise.allSettled(['LEDGER', 'VISITORS'].flatMap((objects) => SHARDS.flatMap((shard) => BRANDS.map((brand) => studio.evictDurableObject(objects, { name: `${brand}/${shard}` })))));
  assert.ok(evictions.some(({ status }) => status === 'fulfilled'));
  await settled();
  await cellsAreTrue();
});

test('what comes through the real edge counts alike, also what the queue refuses', async () => {
  const random = seeded(SEED + 1);
  const visits = Array.from({ length: 60 }, () => beaconsBy(random));
  const beacons = new Map(visits.flatMap(({ beacons }) => beacons.map((beacon) => [beacon.id, beacon])));
  const send = async (some) => {
    await Promise.all(some.map(async ({ shop, beacons }) => {
      for (const beacon of beacons) assert.equal((await sendBeacon(world.stack, beacon, shop, { 'user-agent': 'Mozilla/5.0 (iPhone) Mobile' })).status, 204);
    }));
    return some.flatMap(({ beacons }) => beacons).length;
  };
  const hours = [thisHour()];
  await faults('edge', { 'PLAYBACK.send': 'Too Many Requests' });
  const refused = await send(visits.slice(0, 20));
  await faults('edge', {});
  sent += await send(visits.slice(20));
  await settled();
  const spilt = async () => (await world.stores.lake.list({ prefix: 'spill/' })).objects.length;
  assert.equal(await spilt(), refused);
  await eventually('an empty spill', async () => {
    await world.stack.harness.getWorker('shelfreel-studio').scheduled({ cron: '* * * * *', scheduledTime: new Date() });
    return (await spilt()) === 0;
  });
  hours.push(thisHour());
  // When they came, the edge alone knows, and the lake.
  const rows = (await Promise.all([...new Set(hours)].map((hour) => lakeRows(world.stores.lake, `lake/raw/${hour}/`)))).flat();
  for (const { beacon_id, beacon } of rows) assert.deepEqual(beacon, beacons.get(beacon_id));
  assert.equal(new Set(rows.map(({ beacon_id }) => beacon_id)).size, beacons.size);
  log.push(rows);
  await cellsAreTrue();
});

const thisHour = () => new Date().toISOString().slice(0, 13);

test('what began more than three days before is refused, be it new or counted already', async () => {
  await deliver([...log[0].slice(0, 150), ...all.splice(0)]);
  await settled();
  await cellsAreTrue();
  const { figures } = await answersAreTrue();
  assert.ok(figures[0].quality.after_watermark > 50);
  const sum = (name) => figures.slice(-BRANDS.length).reduce((sum, { total }) => sum + total[name], 0);
  for (const figure of ['purchases_direct', 'purchases_assisted']) assert.ok(sum(figure) > 4, `${sum(figure)} ${figure} of ${sum('purchases')}: too few to be a test`);
});

test('a replay of the lake brings in what was refused; one more, of a part of it in another order and with repetitions, changes nothing', async () => {
  const rows = await lakeRows(world.stores.lake);
  await replay({ from: '2026-03-26T00', to: `${SPAN.to}T00` }, rows);
  await cellsAreTrue({ replayed: true });
  const [from, to] = ['2026-03-27T21', '2026-03-28T11'];
  const received = ({ received_at_ms }) => received_at_ms >= Date.parse(`${from}:00Z`) - 37 * HOUR_MS && received_at_ms < Date.parse(`${to}:00Z`) + 37 * HOUR_MS;
  const wanted = rows.filter(received).toReversed();
  await replay({ from, to }, [...wanted, ...wanted.slice(0, 300)]);
  await cellsAreTrue({ replayed: true });
});

test('a replay that ends in small steps, while more comes, ledgers are evicted and statements fail, is the same again', async () => {
  const [from, to] = ['2026-03-26T00', `${SPAN.to}T00`];
  const rows = await lakeRows(world.stores.lake);
  const id = await begin({ from, to }, rows);
  const step = { id, from_hour: Date.parse(`${from}:00Z`) / HOUR_MS, to_hour: Date.parse(`${to}:00Z`) / HOUR_MS, most: 40 };
  const left = new Set(BRANDS.flatMap((brand) => SHARDS.map((shard) => `${brand}/${shard}`)));
  const finish = async (name) => {
    const answer = await world.stores.ledgers.getByName(name).fetch('http://object/replay/finish', { method: 'POST', body: JSON.stringify(step) }).catch((error) => error);
    if (answer.ok && (await answer.json())) left.delete(name);
  };
  // Of these days, for the ledgers know what is too old by now.
  const later_ms = Date.now() - 60 * HOUR_MS - BEGIN_MS;
  const more = deliveries({ seed: SEED + 2, page_views: 40 }).map((row) => ({ ...row, received_at_ms: row.received_at_ms + later_ms }));
  for (let round = 0; round < 3; round += 1) {
    await Promise.all([...left].map(finish));
    if (round === 0) await faults('studio', { statement: 5 });
    await deliver([...more.splice(0, round === 2 ? more.length : 60), ...rows.slice(-50)]);
    await settled();
    const studio = world.stack.harness.getWorker('shelfreel-studio');
    await Promise.allSettled([...left].slice(0, 6).map((name) => studio.evictDurableObject('LEDGER', { name })));
  }
  assert.ok(left.size > 0, 'some are not at their end');
  await faults('studio', {});
  // As an operator ends it, whatever was done before.
  await end(id);
  await cellsAreTrue({ replayed: true });
});

async function replay(span, rows) {
  await end(await begin(span, rows));
}

async function begin(span, rows) {
  const begun = await call('/replays', { method: 'POST', body: JSON.stringify(span) });
  assert.equal(begun.status, 201, begun.text());
  const { id } = begun.json();
  for (const batch of batches(rows.map((row) => JSON.stringify(row)), { most: 500, bytes: 8_000_000 })) {
    const taken = await call(`/replays/${id}/rows`, { method: 'POST', body: batch.join('\n') });
    assert.deepEqual([taken.status, taken.json().not_rows], [200, []], taken.text());
  }
  return id;
}

async function end(id) {
  for (let left = 1; left > 0;) {
    const finished = await call(`/replays/${id}/finish`, { method: 'POST' });
    assert.equal(finished.status, 200, finished.text());
    ({ left } = finished.json());
  }
}
