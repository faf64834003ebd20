// What shops ask for is counted where it is asked, and told once a minute: a lower bound, and each brand sees its own codes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { breakableConfig, emptyBeacon, eventually, lakeRows, newId, startStack } from '../support/stack.mjs';
import { makeTokens } from '../support/watcher.mjs';
import { useWorld } from '../support/world.mjs';

const video = (id, brand, language) => ({ id, brand, kind: 'commercial', language, captions: [], markets: [], from_ms: 0, until_ms: 0, shops: [], not_shops: [], age: 0, show: { title: id, duration_ms: 8000, sources: [] } });

const world = useWorld({
  stack: () => startStack({ 'wrangler.toml': breakableConfig('wrangler.toml', 'tests/faults/edge.mjs') }),
  catalogue: ({ stack }) => stack.ask('localhost', '/client/v4/accounts/local/storage/kv/namespaces/CATALOG/bulk', { method: 'PUT', body: JSON.stringify(Object.entries({
    'shop:shop_demo': { v: 1, origins: ['*'], market: 'NL', languages: ['nl'] },
    'gtin:09524710000125': { v: 1, videos: [video('film', 'kenwick', 'nl')] },
    'gtin:09524710000293': { v: 1, videos: [video('other', 'solvane', 'ko')] },
    'gtin:09524710000859': { v: 1, videos: [video('film', 'kenwick', 'nl')] },
    'video:film': { v: 1, brand: 'kenwick', duration_ms: 8000 },
    'video:other': { v: 1, brand: 'solvane', duration_ms: 8000 },
  }).map(([key, value]) => ({ key, value: JSON.stringify(value) }))) }),
  tokens: ({ stack }) => makeTokens(stack, 'kenwick', 'solvane', 'operator'),
});

const faults = (what) => world.stack.ask('edge', '/__faults', { method: 'PUT', body: JSON.stringify(what) });

async function lookUp(query, shop = 'shop_demo', headers = {}) {
  const { status, json } = await world.stack.ask('edge', `/v1/match/${shop}?${query}`, { headers });
  assert.equal(status, 200);
  return json();
}

const hourAt = (ms) => new Date(ms).toISOString().slice(0, 13);

async function demand(address, token) {
  const span = `from=${hourAt(Date.now() - 3_600_000)}&to=${hourAt(Date.now() + 7_200_000)}`;
  return world.stack.ask('studio', `/api/v1/${address}?${span}`, { headers: { authorization: `Bearer ${token}` } });
}

test('what is asked for is told by code, language, shop and what came of it, once a minute', async () => {
  for (let times = 0; times < 3; times += 1) {
    assert.equal((await lookUp('lang=nl&p=gtin:9524710000125')).products[0].videos[0].id, 'film');
    assert.equal((await lookUp('lang=fr&p=gtin:9524710000293&p=gtin:4006381333931')).products[0].why, 'no_language');
  }
  // No demand: a page that is rendered before anybody goes there, a code that is none, a shop that is none, stores that do not answer.
  const prerendered = { 'sec-purpose': 'prefetch;prerender' };
  assert.equal((await lookUp('lang=nl&p=gtin:9524710000125', 'shop_demo', prerendered)).products[0].videos[0].id, 'film');
  assert.equal((await lookUp('lang=fr&p=gtin:9524790000145', 'shop_demo', prerendered)).products[0].why, 'no_video');
  await lookUp('lang=nl&p=gtin:9524710000124');
  await lookUp('lang=nl&p=gtin:9524710000125', 'shop_nobody');
  await faults({ 'CATALOG.get': 'out of reach' });
  assert.equal((await lookUp('lang=nl&p=gtin:9524710000996')).products[0].why, 'unavailable');
  const { LAKE } = await world.stack.env();
  assert.deepEqual(await lakeRows(LAKE, 'lake/demand/'), []);

  await faults({ clock_ms: 61_000 });
  await lookUp('lang=nl&p=gtin:9524710000125');
  const rows = await eventually('the rows', async () => {
    const rows = await lakeRows(LAKE, 'lake/demand/');
    return rows.length && rows;
  });
  // Who reads adds up: an answer that was written anew is counted by itself.
  const sums = new Map();
  for (const { from_ms, to_ms, count, ...row } of rows) sums.set(JSON.stringify(row), (sums.get(JSON.stringify(row)) ?? 0) + count);
  const told = [...sums].map(([row, count]) => ({ ...JSON.parse(row), count })).toSorted((a, b) => (a.code < b.code ? -1 : 1));
  assert.deepEqual(told, [
    { v: 1, shop: 'shop_demo', code: 'gtin:04006381333931', language: 'fr', why: 'no_video', count: 3 },
    { v: 1, shop: 'shop_demo', code: 'gtin:09524710000125', language: 'nl', brand: 'kenwick', count: 4, look_up: true },
    { v: 1, shop: 'shop_demo', code: 'gtin:09524710000293', language: 'fr', brand: 'solvane', why: 'no_language', count: 3 },
  ]);
  assert.ok(rows.every(({ from_ms, to_ms }) => to_ms - from_ms >= 60_000));
  // The edge's clock was a minute ahead.
  const hours = new Set([Date.now(), Date.now() + 61_000].map(hourAt));
  const said = await Promise.all([...hours].map(async (hour) => (await world.stack.shelfreel('lake', 'compact', '--hour', hour)).stdout));
  assert.match(said.join(''), / 3 of demand;/, 'the tool adds them up as they are added up here');
});

test('a brand sees its own codes, and the operator those that nothing is published for', async () => {
  const { kenwick, solvane, operator } = world.tokens;
  const own = (await demand('brands/kenwick/demand', kenwick)).json();
  assert.deepEqual([own.lower_bound, own.rows], [true, [{ code: 'gtin:09524710000125', language: 'nl', shop: 'shop_demo', found: true, count: 4 }]]);
  assert.deepEqual((await demand('brands/solvane/demand', operator)).json().rows, [{ code: 'gtin:09524710000293', language: 'fr', shop: 'shop_demo', found: false, why: 'no_language', count: 3 }]);
  assert.deepEqual((await demand('demand', operator)).json().rows, [{ code: 'gtin:04006381333931', language: 'fr', shop: 'shop_demo', found: false, why: 'no_video', count: 3 }]);
  assert.deepEqual([(await demand('brands/kenwick/demand', solvane)).status, (await demand('demand', kenwick)).status], [404, 403]);
  const wrong = await world.stack.ask('studio', '/api/v1/demand?from=2026-01-01T00&to=2026-02-01T00', { headers: { authorization: `Bearer ${operator}` } });
  assert.deepEqual([wrong.status, /ask for 1 to 72/.test(wrong.json().detail)], [400, true]);
});

test('coverage is page views with beacons against look-ups that found something, each of which is one whatever it found', async () => {
  const hours_ms = -3 * 3_600_000;
  await faults({ clock_ms: hours_ms });
  for (let times = 0; times < 3; times += 1) await lookUp('lang=nl&p=gtin:9524710000125&p=gtin:9524710000859&p=gtin:4006381333931');
  await lookUp('lang=ko&p=gtin:9524710000293&p=gtin:9524710000125');
  const placement = { id: newId(), seq: 1, elapsed_ms: 3000, code: 'gtin:09524710000125', videos: ['film'], layout: 'button', shown: 1, viewable: 1, opened: 0, cart: 0 };
  const beacon = emptyBeacon({ elapsed_ms: 4000, placements: [placement] });
  const row = { v: 1, beacon_id: beacon.id, shop: 'shop_demo', received_at_ms: Date.now() + hours_ms, origin: '', country: 'NL', device: 'phone', videos: { film: { v: 1, brand: 'kenwick', duration_ms: 8000 } }, beacon };
  await world.stack.ask('edge', '/__redeliver', { method: 'POST', body: JSON.stringify(row) });
  await faults({ clock_ms: hours_ms + 61_000 });
  await lookUp('lang=nl&p=gtin:9524710000125');
  const { LAKE } = await world.stack.env();
  await eventually('the rows', async () => (await lakeRows(LAKE, 'lake/demand/')).some(({ look_up, to_ms }) => look_up && to_ms < Date.now() - 3_600_000));

  const time = (ms) => `${hourAt(Date.now() + ms)}:00`;
  const quality = async (query = '') => {
    const answer = await world.stack.ask('studio', `/api/v1/brands/kenwick/figures?from=${time(-5 * 3_600_000)}&to=${time(3_600_000)}${query}`, { headers: { authorization: `Bearer ${world.tokens.kenwick}` } });
    assert.equal(answer.status, 200, answer.text());
    return answer.json().quality;
  };
  assert.match((await quality()).coverage.why, /^no whole hour of it is added up yet/);
  // The second run finds nothing that the first has not added.
  for (let runs = 0; runs < 2; runs += 1) await world.stack.harness.getWorker('shelfreel-studio').scheduled({ cron: '* * * * *', scheduledTime: new Date() });
  await eventually('the page view', async () => (await quality()).coverage.page_views === 1);
  const both = { look_ups: 5, page_views: 1, share: 0.2 };
  const { before, ...coverage } = (await quality()).coverage;
  assert.deepEqual(coverage, both);
  assert.ok(before <= hourAt(Date.now()) && before > hourAt(Date.now() + hours_ms), before);
  assert.deepEqual((await quality('&by=shop')).coverage.shops, [{ shop: 'shop_demo', ...both }]);
  assert.equal((await quality('&shop=shop_other')).coverage.look_ups, 0);
  assert.deepEqual((await quality('&video=film')).coverage, { share: null, why: 'look-ups are not told apart by video' });
});

test('a bucket that does not take it costs no look-up anything', async () => {
  await faults({ clock_ms: 70_000, 'LAKE.put': 'internal error' });
  await lookUp('lang=nl&p=gtin:9524710000125');
  await faults({ clock_ms: 140_000, 'LAKE.put': 'internal error' });
  for (let times = 0; times < 2; times += 1) assert.equal((await lookUp('lang=nl&p=gtin:9524710000125')).products[0].videos[0].id, 'film');
});
