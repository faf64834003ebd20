// Figures on real workerd: what a brand sees of what was sent, who may see it, and that neither order nor repetition nor a replay of the lake changes a digit.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { breakableConfig, emptyBeacon, eventually, lakeRows, newId, sendBeacon, startStack } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const TOKENS = { kenwick: 'sfr_kenwick', solvane: 'sfr_solvane', operator: 'sfr_operator' };
const token = (name) => ({ key: `token:${createHash('sha256').update(TOKENS[name]).digest('hex')}`, value: JSON.stringify(name === 'operator' ? { v: 1, operator: true } : { v: 1, brand: name }) });
const video = (id, brand, more = {}) => ({ key: `video:${id}`, value: JSON.stringify({ v: 1, brand, product: 'Mixer', series: 'kitchen', category: 'appliances', duration_ms: 8000, ...more }) });

const CODE = 'gtin:08710103937746';
const record = (key, ...videos) => ({ key, value: JSON.stringify({ v: 1, videos: videos.map(([id, brand]) => ({ id, brand, kind: 'commercial', language: 'nl', show: { title: id } })) }) });

const world = useWorld({
  stack: () => startStack({ 'wrangler.toml': breakableConfig('wrangler.toml', 'tests/faults/edge.mjs'), 'studio/wrangler.toml': breakableConfig('studio/wrangler.toml', 'tests/faults/studio.mjs') }),
  catalogue: ({ stack }) => put(stack, [{ key: 'shop:shop_demo', value: JSON.stringify({ v: 1, origins: ['*'] }) }, token('kenwick'), token('solvane'), token('operator'), record(CODE, ['film', 'kenwick'], ['other', 'kenwick'], ['rival', 'solvane']), video('film', 'kenwick'), video('other', 'kenwick', { series: 'garden' }), video('rival', 'solvane')]),
});

const put = (stack, pairs) => stack.ask('localhost', '/client/v4/accounts/local/storage/kv/namespaces/CATALOG/bulk', { method: 'PUT', body: JSON.stringify(pairs) });
const call = (path, { as = 'kenwick', method = 'GET', body } = {}) => world.stack.ask('studio', `/api/v1${path}`, { method, body, headers: as ? { authorization: `Bearer ${TOKENS[as]}` } : {} });
const hourNow = () => new Date().toISOString().slice(0, 13);
const firstHour = hourNow();
const today = new Date().toISOString().slice(0, 10);
const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const figures = async (query = '', as = 'kenwick', brand = 'kenwick') => {
  const answer = await call(`/brands/${brand}/figures?from=${yesterday}&to=${tomorrow}${query}`, { as });
  assert.equal(answer.status, 200, answer.text());
  return answer.json();
};

const placement = (more = {}) => ({ id: newId(), seq: 1, elapsed_ms: 3000, code: CODE, videos: ['film', 'other', 'rival', 'nobodys'], layout: 'button', shown: 1, viewable: 1, opened: 1, cart: 0, ...more });
const session = (more = {}) => ({ id: newId(), seq: 1, elapsed_ms: 3000, placement: newId(), video: 'film', code: CODE, language: 'nl', state: 'playing', reason: 'tap', position_ms: 2000, duration_ms: 8000, startup_ms: 100, started: 1, ended: 0, playing_ms: 2000, played_ms: 2000, rebuffering_ms: 0, rebuffers: 0, seeks: 0, pauses: 0, rate_changes: 0, errors: 0, played: [[0, 2000, 1]], ...more });

async function send(beacon) {
  assert.equal((await sendBeacon(world.stack, beacon)).status, 204);
  return beacon;
}

/** Until the figures have come to so many of a kind. */
const until = (name, count, query = '', as = 'kenwick', brand = 'kenwick') => eventually(`${count} ${name}`, async () => {
  const answer = await figures(query, as, brand);
  return answer.total[name] === count && answer;
});

test('what was watched stands in the figures of its brand alone, however often and in whatever order it came', async () => {
  const view = newId(), watched = session(), placed = placement({ id: watched.placement });
  const first = emptyBeacon({ page_view: view, elapsed_ms: 4000, placements: [placed], sessions: [watched] });
  const later = emptyBeacon({ page_view: view, n: 2, elapsed_ms: 12_000, placements: [{ ...placed, seq: 2, elapsed_ms: 11_000, cart: 1, carts_ms: [10_000] }], sessions: [{ ...watched, seq: 3, elapsed_ms: 11_000, state: 'ended', ended: 1, position_ms: 8000, playing_ms: 8000, played_ms: 8000, played: [[0, 8000, 1]] }] });
  for (const beacon of [later, first, later, first]) await send(beacon);
  const { total, quality } = await until('snapshots', 4);
  assert.deepEqual(
    [total.page_views, total.impressions, total.viewable_impressions, total.opens, total.carts, total.carts_direct, total.sessions, total.starts, total.starts_tap, total.valid_plays, total.completions, total.ends, total.played_ms, total.startup_mean_ms, total.watched_share],
    [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 8000, 100, 1],
  );
  assert.deepEqual([quality.snapshots, quality.snapshots_lost, quality.loss], [4, 1, 0.2]);
  const rival = await until('impressions', 1, '', 'solvane', 'solvane');
  assert.deepEqual([rival.total.sessions, rival.total.carts, rival.total.carts_assisted], [0, 1, 1]);
});

test('rows are told apart by film, and a placement counts once for each of them', async () => {
  const { rows, of, by } = await figures('&by=day,video,series,language');
  assert.deepEqual([of, by], ['films', ['day', 'video', 'series', 'language']]);
  assert.deepEqual(rows.map(({ day, video, series, language, impressions, starts, carts_direct, carts_assisted }) => [day >= yesterday, video, series, language, impressions, starts, carts_direct, carts_assisted]), [
    [true, 'film', 'kitchen', '', 1, 0, 1, 0],
    [true, 'film', 'kitchen', 'nl', 0, 1, 0, 0],
    [true, 'other', 'garden', '', 1, 0, 0, 1],
  ]);
  const curve = (await call(`/brands/kenwick/attention/film?from=${yesterday}&to=${tomorrow}`)).json();
  assert.deepEqual([curve.reach, curve.plays], [Array(100).fill(1), Array(100).fill(1)]);
});

test('a brand sees its own, the operator all, and nobody without a token anything', async () => {
  const status = async (path, as) => (await call(path, { as })).status;
  const path = `/brands/kenwick/figures?from=${today}&to=${tomorrow}`;
  assert.deepEqual([await status(path, 'kenwick'), await status(path, 'operator'), await status(path, 'solvane'), await status(path, null)], [200, 200, 404, 401]);
  assert.equal(await status('/replays', 'kenwick'), 404);
  assert.equal((await call('/replays', { as: 'kenwick', method: 'POST', body: '{}' })).status, 403);
  const wrong = await call('/brands/kenwick/figures?from=yesterday&to=today');
  assert.deepEqual([wrong.status, wrong.headers['content-type']], [400, 'application/problem+json']);
  assert.match(wrong.json().detail, /^from: "yesterday" should be a day/);
});

test('machines are left out unless they are asked for', async () => {
  const { total } = await figures();
  const crawler = emptyBeacon({ elapsed_ms: 5000, sessions: [session()] });
  await sendBeacon(world.stack, crawler, 'shop_demo', { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' });
  const only = await until('sessions', 1, '&bots=only');
  assert.deepEqual([only.total.starts, only.quality.bot_page_views], [1, { user_agent: 1 }]);
  assert.equal((await figures('&bots=include')).total.sessions, total.sessions + 1);
  assert.equal((await figures()).total.sessions, total.sessions);
  assert.deepEqual((await figures('&bots=only&by=bot')).rows.map(({ bot, sessions }) => [bot, sessions]), [['user_agent', 1]]);
});

test('an order counts once, by its first report, for each brand with its own lines', async () => {
  const received_at_ms = Date.now();
  const told = (quantity, later_ms) => {
    const beacon = emptyBeacon({ purchases: [{ order: 'A-1', currency: 'EUR', lines: [{ code: '8710103937746', quantity, value_minor: 1999 }, { code: 'sku:1', quantity: 1 }] }] });
    const matched = { 8710103937746: { code: CODE, brands: ['kenwick', 'solvane'], videos: ['film', 'rival'] } };
    return { v: 1, beacon_id: beacon.id, shop: 'shop_demo', received_at_ms: received_at_ms + later_ms, origin: '', country: 'NL', device: 'phone', videos: {}, matched, beacon };
  };
  for (const row of [told(3, 60_000), told(2, 0), told(4, 90_000)]) await world.stack.ask('edge', '/__redeliver', { method: 'POST', body: JSON.stringify(row) });
  const { total, rows } = await until('purchase_units', 2, '&by=code,currency');
  assert.deepEqual([total.purchases, total.purchase_lines], [1, 1]);
  assert.deepEqual(rows.filter(({ purchase_units }) => purchase_units).map(({ code, currency, value_minor }) => [code, currency, value_minor]), [[CODE, 'EUR', 1999]]);
  assert.equal((await figures()).total.value_minor, null);
  // By the first report too, which need not be in its ledger as soon as it is in the other brand's.
  assert.equal((await until('purchase_units', 2, '', 'solvane', 'solvane')).total.purchases, 1);
});

test('what is bought after it was watched is attributed to it where the shopper agreed, by the edge’s hash of the day, and nothing else is', async () => {
  // Makes the salt of the day.
  await world.stack.harness.getWorker('shelfreel-studio').scheduled({ cron: '* * * * *', scheduledTime: new Date() });
  const { total } = await figures();
  const consent = { measurement: true };
  await send(emptyBeacon({ elapsed_ms: 5000, consent, placements: [placement()], sessions: [session()] }));
  const order = (order, more) => send(emptyBeacon({ ...more, purchases: [{ order, currency: 'EUR', lines: [{ code: '8710103937746', quantity: 2, value_minor: 1999 }] }] }));
  await order('B-1', { consent });
  await order('B-2');
  const whole = (await until('purchases', total.purchases + 2, '&by=currency')).total;
  assert.deepEqual([whole.purchases_direct - total.purchases_direct, whole.purchases_assisted - total.purchases_assisted], [1, 0]);
  const { rows } = await figures('&by=video,currency&currency=EUR');
  const of = (film) => rows.filter(({ video }) => video === film).map((row) => [row.purchase_units_direct, row.value_direct_minor, row.purchase_units_assisted, row.value_assisted_minor]);
  assert.deepEqual([of('film'), of('other')], [[[2, 1999, 0, 0]], [[0, 0, 2, 1999]]]);
});

test('a code that somebody made up is no row of its own', async () => {
  const { total } = await figures();
  for (const code of ['gtin:09524710000125', 'sku:shop_demo:made-up']) await send(emptyBeacon({ elapsed_ms: 5000, sessions: [session({ code, language: 'made-up' })] }));
  await until('sessions', total.sessions + 2);
  const { rows } = await figures('&by=code,language');
  assert.deepEqual(rows.filter(({ sessions }) => sessions).map(({ code, language }) => [code, language]).sort(), [['', 'made-up'], [CODE, 'nl']].sort());
});

test('a country in which fewer than ten watched is shown together with others', async () => {
  const { rows, suppressed } = await figures('&by=country');
  assert.deepEqual([suppressed > 0, rows.map(({ country }) => country)], [true, ['other']]);
});

test('a brand gets its own rows, without what is another’s', async () => {
  const received = hourNow();
  const rows = async (as, brand) => {
    const lines = [];
    // Another hour may have begun since they were received.
    for (const hour of new Set([firstHour, received])) {
      const answer = await call(`/brands/${brand}/rows?hour=${hour}`, { as });
      assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'application/x-ndjson'], answer.text());
      lines.push(...answer.text().split('\n').filter(Boolean));
    }
    return lines.map((line) => JSON.parse(line));
  };
  const [ours, theirs] = [await rows('kenwick', 'kenwick'), await rows('solvane', 'solvane')];
  assert.deepEqual([ours.length > 0, theirs.length > 0, JSON.stringify(ours).includes('rival'), JSON.stringify(theirs).includes('film')], [true, true, false, false]);
  assert.equal((await call(`/brands/kenwick/rows?hour=${received}`, { as: 'solvane' })).status, 404);
  assert.equal((await call('/brands/kenwick/rows?hour=now')).status, 400);
});

const hour = (from_now) => new Date(Date.now() + from_now * 3_600_000).toISOString().slice(0, 13);
const asOperator = (path, body, method = 'POST') => call(path, { as: 'operator', method, body });
/** Everything that a brand can see, of both. */
const everything = async () => [await figures('&by=hour,video,code,language,shop'), await figures('&by=shop', 'solvane', 'solvane'), (await call(`/brands/kenwick/attention/film?from=${yesterday}&to=${tomorrow}`)).json()];
const lake = async () => (await lakeRows((await world.stack.env()).LAKE)).map((row) => JSON.stringify(row));

async function begin() {
  const begun = await asOperator('/replays', JSON.stringify({ from: hour(-30), to: hour(2) }));
  assert.equal(begun.status, 201, begun.text());
  return begun.json().id;
}

async function give(id, lines) {
  const taken = await asOperator(`/replays/${id}/rows`, lines.join('\n'));
  assert.equal(taken.status, 200, taken.text());
  return taken.json();
}

async function replay(...batches) {
  const id = await begin();
  for (const lines of batches) await give(id, lines);
  // Asked twice at once, as by a client that lost patience: whichever comes second finds nothing left to swap, and wipes nothing.
  const ends = await Promise.all([1, 2].map(() => asOperator(`/replays/${id}/finish`)));
  assert.ok(ends.some(({ status }) => status === 200) && ends.every(({ status }) => [200, 404].includes(status)), ends.map(({ status }) => status).join());
  assert.deepEqual(ends.find(({ status }) => status === 200).json(), { v: 1, ledgers: 32, left: 0 });
}

test('a replay of the lake gives the same figures to the last digit, also in a ledger that had lost half of them', async () => {
  const [{ total }, { total: rival }] = [await figures(), await figures('', 'solvane', 'solvane')];
  for (let views = 0; views < 20; views += 1) {
    const watched = session({ state: 'quit' });
    await send(emptyBeacon({ elapsed_ms: 5000, placements: [placement({ id: watched.placement })], sessions: [watched] }));
  }
  await until('sessions', total.sessions + 20);
  // The ledgers of one brand take a batch before those of another.
  await until('impressions', rival.impressions + 20, '', 'solvane', 'solvane');
  const before = await everything();
  const lines = await lake();
  await replay(lines, lines.slice(0, 5).toReversed());
  assert.deepEqual(await everything(), before);
  await replay(lines.slice(12));
  assert.ok((await figures()).total.sessions < before[0].total.sessions);
  await replay(lines.toReversed());
  assert.deepEqual(await everything(), before);
});

test('while the lake is replayed the figures are what they were, what comes meanwhile is in both, and only one replay is made at a time', async () => {
  const id = await begin();
  const second = await asOperator('/replays', JSON.stringify({ from: hour(-1), to: hour(0) }));
  assert.deepEqual([second.status, second.json().detail.includes(id)], [409, true]);
  const { taken, not_rows } = await give(id, [...(await lake()), 'no row']);
  assert.deepEqual([taken > 20, not_rows.map(({ line }) => line)], [true, [taken + 1]]);
  const { total } = await figures();
  await send(emptyBeacon({ elapsed_ms: 5000, sessions: [session()] }));
  await until('sessions', total.sessions + 1);
  assert.equal((await asOperator(`/replays/${id}/finish`)).status, 200);
  assert.equal((await figures()).total.sessions, total.sessions + 1);
  for (const over of [`/replays/${id}/finish`, `/replays/${id}/rows`]) assert.equal((await asOperator(over)).status, 404);
});

test('who still speaks of a replay that was given up takes nothing from the next', async () => {
  const before = await everything();
  const over = await begin();
  await give(over, (await lake()).slice(0, 3));
  assert.equal((await asOperator(`/replays/${over}`, undefined, 'DELETE')).status, 204);
  const id = await begin();
  await give(id, await lake());
  const { LEDGER } = await world.stack.env('shelfreel-studio');
  for (const brand of ['kenwick', 'solvane']) {
    for (let shard = 0; shard < 16; shard += 1) await LEDGER.getByName(`${brand}/${shard}`).fetch('http://object/take', { method: 'POST', body: JSON.stringify({ parts: [], replay: over }) });
  }
  assert.equal((await asOperator(`/replays/${id}/finish`)).status, 200);
  assert.deepEqual(await everything(), before);
});

test('what a replay brings of long ago is not forgotten while it goes on, also where all had been lost', async () => {
  const { VISITORS } = await world.stack.env('shelfreel-studio');
  const object = VISITORS.getByName('kenwick/lost');
  const today = Math.floor(Date.now() / 86_400_000);
  const tell = (day, keeps) => {
    const touches = [{ video: 'film', day, shown_ms: day * 86_400_000, watched_ms: null, facts: { brand: 'kenwick' } }];
    return object.fetch('http://object/tell', { method: 'POST', body: JSON.stringify({ visits: [{ visitor: newId(), day, what: { met: { identity: 'day', shop: 'shop_demo', touches } } }], keeps }) });
  };
  await tell(today - 60, true);
  await tell(today, false);
  assert.equal((await (await object.fetch('http://object/state')).json()).touches, 2);
});

test('a replay that is given up has changed nothing', async () => {
  const before = await everything();
  const id = await begin();
  await give(id, (await lake()).slice(0, 3));
  assert.equal((await asOperator(`/replays/${id}`, undefined, 'DELETE')).status, 204);
  assert.deepEqual(await everything(), before);
});

test('a ledger that does not answer loses nothing: the messages come again', async () => {
  const faults = (what) => world.stack.ask('studio', '/__faults', { method: 'PUT', body: JSON.stringify(what) });
  const { total } = await figures();
  await faults({ 'LEDGER.fetch': 'overloaded' });
  await send(emptyBeacon({ elapsed_ms: 5000, sessions: [session()] }));
  // One that has only begun has acknowledged nothing either: when it comes again it has failed.
  await eventually('a delivery that failed', async () => (await world.stack.ask('studio', '/__faults')).json().filter(({ messages, acknowledged }) => messages > 0 && acknowledged === 0).length > 1);
  await faults({});
  await until('sessions', total.sessions + 1);
});

test('a beacon that a ledger cannot take stands in no other’s way, in one batch and one call with it', async () => {
  const faults = (what) => world.stack.ask('studio', '/__faults', { method: 'PUT', body: JSON.stringify(what) });
  const { total } = await figures();
  // One ledger: the same first byte.
  const views = Array.from({ length: 6 }, () => `AA${newId().slice(2)}`);
  await faults({ poison: views[2] });
  const { PLAYBACK } = await world.stack.env('shelfreel-edge');
  const row = (page_view) => {
    const beacon = emptyBeacon({ page_view, elapsed_ms: 4000, sessions: [session()] });
    return { v: 1, beacon_id: beacon.id, shop: 'shop_demo', received_at_ms: Date.now(), origin: '', country: 'NL', device: 'phone', videos: { film: { v: 1, brand: 'kenwick', duration_ms: 8000 } }, beacon };
  };
  await PLAYBACK.sendBatch(views.map((view) => ({ body: JSON.stringify(row(view)), contentType: 'text' })));
  await until('sessions', total.sessions + 5);
  // What is counted is acknowledged a moment later, and how often it has come again by then is as the machine is.
  const [first, ...others] = await eventually('that it comes again', async () => {
    const deliveries = (await world.stack.ask('studio', '/__faults')).json().filter(({ messages }) => messages > 0);
    return deliveries.length > 1 && deliveries.map(({ messages, acknowledged }) => [messages, acknowledged]);
  });
  assert.deepEqual(first, [6, 5]);
  for (const other of others) assert.deepEqual(other, [1, 0], 'it alone comes again');
  await faults({});
  await until('sessions', total.sessions + 6);
});
