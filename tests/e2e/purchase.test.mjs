// Orders: told once, by a page that has no product and no button, under what the shopper has agreed to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { startProxy } from '../support/proxy.mjs';
import { BROWSER, button, visitProduct } from '../support/shopper.mjs';
import { eventually, lakeRows, startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({
  stack: () => startDemo(),
  browser: () => startBrowser(),
  page: () => startPage(),
  proxy: ({ stack }) => startProxy(stack.port),
});

/** The line of docs/integrate.md that queues calls until the script is there. */
const QUEUE = `window.shelfreel=window.shelfreel||{q:[]};["cart","purchase","consent"].forEach(f=>shelfreel[f]=shelfreel[f]||((...a)=>shelfreel.q.push([f,a])))`;
const film = '<shelf-reel gtin="9524710000125" lang="nl"></shelf-reel>';

/** A page that says this before our script is there. */
async function visit(elements, says = '') {
  world.proxy.beacons.length = world.proxy.requests.length = 0;
  await visitProduct(world, elements, { edge: world.proxy.origin, head: `<script>${QUEUE};${says}</script>` });
}
const run = (script) => world.browser.executeScript(script);
const buy = (orderId, more = {}) => `shelfreel.purchase(${JSON.stringify({ orderId, currency: 'EUR', lines: [{ gtin: '9524710000125', value: 79.9 }], ...more })})`;
const reports = () => world.proxy.beacons.map((body) => JSON.parse(body)).filter(({ purchases }) => purchases);
const orders = () => reports().flatMap(({ purchases }) => purchases.map(({ order }) => order));
/** The same of all that came, also of what is not answered yet. */
const sent = () => world.proxy.requests.filter(({ method }) => method === 'POST').flatMap(({ body }) => JSON.parse(body).purchases ?? []).map(({ order }) => order);
/** What was told once this order was. */
const told = (order) => eventually(`order ${order}`, () => orders().includes(order) && reports());
const code = () => world.proxy.requests.map(({ path }) => path.match(/\/([\w.]+?)(-\w+)?\.(js|wasm)/)?.[1]).filter(Boolean);

test('a page that confirms an order tells of it, in one request and two small files, and the lake has it with whose films it matched', async () => {
  const lines = [
    { gtin: '9524710000125', quantity: 2, value: 159.8 },
    { brand: 'Kenwick', mpn: 'BR|7:x', sku: 12, quantity: '1', value: '0.29' },
    { gtin: 8710103937746n.toString() + '|8710103937747', value: 'free' },
  ];
  await visit('', buy('2026/000#1', { lines }));
  const [report] = await told('2026/000#1');
  const { id, page_view, elapsed_ms, ...rest } = report;
  assert.match(`${id} ${page_view}`, /^[\w-]{22} [\w-]{22}$/);
  assert.ok(elapsed_ms >= 0 && elapsed_ms < 60_000, `${elapsed_ms} ms`);
  assert.deepEqual(rest, {
    v: 1, n: 1, widget: rest.widget, engine: 'js', language: 'nl',
    purchases: [{
      order: '2026/000#1', currency: 'EUR',
      lines: [
        { code: 'gtin:9524710000125', quantity: 2, value_minor: 15_980 },
        { code: 'mpn:Kenwick:BR%7C7%3Ax|sku:12', quantity: 1, value_minor: 29 },
        { code: 'gtin:8710103937746|gtin:8710103937747', quantity: 1 },
      ],
    }],
  });
  assert.deepEqual(code().sort(), ['c', 'purchase', 'shelfreel'], 'and no look-up');
  assert.equal(world.proxy.requests.filter(({ path }) => path.includes('/match/')).length, 0);
  assert.deepEqual(await run('return faults'), []);
  // The row is the edge's, whatever the browser.
  if (BROWSER !== 'chromium') return;
  const { LAKE } = await world.stack.env();
  const row = await eventually('the row', async () => (await lakeRows(LAKE, undefined, world.page)).find(({ beacon_id }) => beacon_id === id));
  assert.deepEqual(Object.keys(row.matched), ['gtin:9524710000125']);
  const [{ code: canonical, brands, videos }] = Object.values(row.matched);
  assert.deepEqual([canonical, brands.length, videos.length > 0], ['gtin:09524710000125', 1, true]);
});

test('what cannot be told is left out, and the page does not notice', async () => {
  await visit('');
  const more = [
    'undefined', 'null', '7', '"order"', '{}', '{ orderId: "a" }', '{ orderId: "a", lines: [] }', '{ orderId: "a", lines: 5 }', '{ orderId: "a", lines: [null] }',
    '{ get orderId() { throw new Error("not here") }, lines: [{ sku: 1 }] }', '{ orderId: "jan@example.com", lines: [{ sku: 1 }] }', '{ orderId: "", lines: [{ sku: 1 }] }',
    '{ orderId: "a", lines: [{ quantity: 1 }, { brand: "Kenwick" }, { sku: "1", quantity: 0 }, { sku: 1, quantity: 1.5 }, { sku: 1, quantity: "two" }, { sku: 1, quantity: 1e5 }] }',
  ];
  await run(`for (const give of [${more.map((one) => `() => (${one})`)}]) shelfreel.purchase(give())`);
  // Amounts by the currency's own minor unit, or none.
  for (const [currency, value, minor] of [['jpy', 1200, 1200], ['KWD', 1.2345, 1235], ['CLF', 1, 10_000], ['EUR', -1, undefined], ['euro', 5, undefined], [null, 5, undefined], ['EUR', null, undefined]]) {
    const name = `${currency}${value}`;
    await run(buy(name, { currency, lines: [{ sku: 1, value }] }));
    const last = (await told(name)).at(-1).purchases[0];
    assert.deepEqual([last.currency, last.lines], [/^...$/.test(currency ?? '') ? currency.toUpperCase() : undefined, [minor === undefined ? { code: 'sku:1', quantity: 1 } : { code: 'sku:1', quantity: 1, value_minor: minor }]], name);
  }
  await run(`shelfreel.purchase({ orderId: 'large', lines: Array.from({ length: 150 }, (_, number) => ({ gtin: '1|2|3|4|5', sku: 'é'.repeat(40) + number })) })`);
  const { purchases: [{ lines }] } = (await told('large')).at(-1);
  assert.ok(lines.length === 100 && lines.every(({ code }) => code === 'gtin:1|gtin:2|gtin:3|gtin:4'), `${lines.length} lines`);
  await run(`shelfreel.purchase({ orderId: 'larger', lines: Array.from({ length: 100 }, () => ({ sku: 'é'.repeat(150) })) })`);
  await told('larger');
  assert.deepEqual(orders().filter((order) => order === 'a'), []);
  assert.deepEqual(await run('return faults'), []);
});

test('an order is told under what was agreed to, before it and on the same page, and not when measuring was refused', async () => {
  await visit('', `shelfreel.consent({ measurement: false }); ${buy('refused')}`);
  // Had it been told, it would have come before the one that is.
  await until(world.browser, `performance.getEntriesByType('resource').some(({ name }) => name.includes('/c-'))`);
  await run(`shelfreel.consent({ measurement: true, visitor: 'known' }); ${buy('granted')}`);
  await told('granted');
  assert.deepEqual(reports().map(({ consent, purchases: [{ order }] }) => [order, consent]), [['granted', { measurement: true, visitor: 'known' }]]);
});

test('Global Privacy Control takes the identifier from an order', async () => {
  await visit('', `Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }); shelfreel.consent({ measurement: true, visitor: 'known' }); ${buy('gpc')}`);
  assert.deepEqual((await told('gpc')).map(({ consent }) => consent), [undefined]);
});

test('an order waits for the consent manager, which may refuse', async () => {
  const tcf = `window.__tcfapi = (command, version, hear) => { window.answer = (consents) => hear({ gdprApplies: true, tcString: 'C', eventStatus: 'tcloaded', purpose: { consents, legitimateInterests: {} } }, true) };`;
  for (const [consents, expected] of [[{ 1: true, 8: true }, ['waits', 'after']], [{}, ['after']]]) {
    await visit('', `${tcf} ${buy('waits')}`);
    await until(world.browser, 'window.answer');
    assert.deepEqual(sent(), []);
    await run(`answer(${JSON.stringify(consents)}); shelfreel.consent({ measurement: true }); ${buy('after')}`);
    // Each is a request of its own, and the second may be answered first.
    for (const order of expected) await told(order);
    assert.deepEqual(sent().sort(), [...expected].sort());
  }
});

test('beside a button an order is told once, under the shop’s last word, and is no part of what was seen of the button', async () => {
  await visit(film, `shelfreel.consent({ measurement: true }); ${buy('before')}; const { purchase } = shelfreel;`);
  await until(world.browser, button());
  await told('before');
  await run(`shelfreel.consent({ measurement: false }); shelfreel.purchase({ get orderId() { window.asked = true; return 'refused'; }, lines: [{ sku: 1 }] })`);
  await until(world.browser, 'window.asked');
  await run('shelfreel.consent({ measurement: true })');
  // By what was taken hold of before our script came.
  await run(`window.taken = shelfreel.q; taken.push(['purchase', [{ orderId: 'after', lines: [{ sku: 1 }] }]])`);
  await told('after');
  assert.deepEqual(orders().sort(), ['after', 'before']);
  const views = world.proxy.beacons.map((body) => JSON.parse(body)).filter(({ placements = [] }) => placements.length).map(({ page_view }) => page_view);
  assert.ok(reports().every(({ page_view }) => !views.includes(page_view)));
  assert.deepEqual(await run('return faults'), []);
});

test('a page that tells of no order asks for nothing more', async () => {
  await visit(film, `shelfreel.cart({ gtin: '9524710000125' })`);
  await until(world.browser, button());
  assert.ok(!code().includes('purchase'), code().join());
});
