// Consent: what is measured follows the shopper's decision, whoever asked for it, and nothing is kept in the browser. The consent managers are real ones from npm, wired as docs/privacy.md
// prints it; the IAB's `__tcfapi` is the IAB's own, with TC strings made by its library. Shopify's interface cannot be had outside of Shopify: what stands in for it answers as documented.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { GVL, TCModel, TCString } from '@iabtcf/core';
import { buildSync } from 'esbuild';
import { root } from '../../scripts/lib.mjs';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { close, limits, open, playing, video, visitThroughProxy } from '../support/shopper.mjs';
import { emptyBeacon, eventually, lakeRows, sendBeacon, startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), page: () => startPage() });

const privacy = readFileSync(join(root, 'docs/privacy.md'), 'utf8');
const film = '<shelf-reel gtin="9524710000125" lang="nl" kind="commercial"></shelf-reel>';

const inline = (script) => `<script>${script.replaceAll('</script', '<\\/script')}</script>`;
const installed = (path) => readFileSync(join(root, 'node_modules', path), 'utf8');
/** A script that docs/privacy.md prints, by something that stands in it. */
const printed = (mark) => [...privacy.matchAll(/```js\n(.*?)```/gs)].map(([, script]) => script).find((script) => script.includes(mark));

/** Notes every report when it is sent, so that what is counted is exact at any moment, in the page. */
const noting = inline(`
  window.sent = [];
  {
    const { fetch } = window, { sendBeacon } = Navigator.prototype;
    window.fetch = (address, init) => (init?.method === 'POST' && sent.push(init.body), fetch(address, init));
    Navigator.prototype.sendBeacon = function (address, body) { return sent.push(body), sendBeacon.call(this, address, body); };
  }`);

/** Goes to a product page with these parts before the tag. */
async function visit(...parts) {
  await world.browser.messages();
  await visitThroughProxy(world, [noting, ...parts, film].join('\n'), () => undefined);
}

const run = (script) => world.browser.executeScript(script);
/** What the page has sent so far. */
const sent = async () => (await run('return sent')).map((text) => JSON.parse(text));
/** Does something in the page, and tells how much had been sent when it was done. */
const after = (script) => run(`${script}; return sent.length`);
/** Waits for a report beyond the first so many for which this holds, and gives all beyond them. */
const next = async (count, condition) => {
  await until(world.browser, `sent.slice(${count}).map((text) => JSON.parse(text)).some((report) => ${condition})`);
  return (await sent()).slice(count);
};

/** Plays the film on for so long, and does what is told at once: pauses, goes on, seeks. */
async function watchOn(seconds = 1.5) {
  const at = await run(`return ${video()}.currentTime`);
  await playing(world.browser, at + seconds);
  await run(`const video = ${video()}; video.pause(); video.currentTime = 1`);
  await until(world.browser, `!${video()}.seeking`);
  // Closing the player may end this wish to play before it is granted.
  await run(`${video()}.play().catch(() => {})`);
  await playing(world.browser, 1.3);
}

/** Closes the player, which tells nothing of a viewing in which measurement was denied, and watches a little anew. */
async function watchAnew() {
  await close(world.browser);
  await open(world.browser);
  await playing(world.browser);
  await close(world.browser);
}

async function assertUnharmed() {
  assert.deepEqual(await run('return faults'), []);
  assert.deepEqual(await world.browser.messages(), []);
}

/** What the browser holds for the page's origin and for the edge's, beside files. */
async function stored() {
  const here = async () => ({
    cookies: await world.browser.manage().getCookies(),
    ...(await world.browser.executeAsyncScript(`
      const done = arguments[arguments.length - 1];
      Promise.all([indexedDB.databases(), caches.keys(), navigator.serviceWorker.getRegistrations()]).then(([databases, caches, workers]) =>
        done({ local: { ...localStorage }, session: { ...sessionStorage }, databases, caches, workers: workers.length }));`)),
  });
  const page = await here();
  await world.browser.get(`${world.proxy.origin}/v1/shelfreel.js`);
  return { page, edge: await here() };
}
const NOTHING = { cookies: [], local: {}, session: {}, databases: [], caches: [], workers: 0 };

/** Every name of a field, and every text that could be an identifier. */
const names = (value) => (value && typeof value === 'object' ? Object.entries(value).flatMap(([name, inner]) => [...(Array.isArray(value) ? [] : [name]), ...names(inner)]) : []);
const texts = (value) => (value && typeof value === 'object' ? Object.values(value).flatMap(texts) : [String(value)]);

test('without a decision nothing is stored, two page views have no identifier in common, and no field travels that is not documented', async () => {
  await world.browser.manage().deleteAllCookies();
  const views = [];
  for (let view = 0; view < 2; view += 1) {
    await visit();
    await open(world.browser);
    await playing(world.browser, 0.5);
    await close(world.browser);
    views.push(await next(0, `report.sessions.some(({ state }) => state === 'quit')`));
    await assertUnharmed();
  }
  const [first, second] = views;
  // What both say is what the shop, the catalogue and the wire call things.
  const words = ['code', 'videos', 'video', 'language', 'layout', 'widget', 'engine', 'type', 'state', 'reason'];
  const marks = (view) => texts(JSON.parse(JSON.stringify(view, (name, value) => (words.includes(name) ? undefined : value)))).filter((text) => text.length > 6);
  assert.ok(marks(first).length > 5);
  assert.deepEqual(marks(first).filter((mark) => marks(second).includes(mark)), []);
  for (const field of ['page_view', 'id']) for (const report of first) assert.ok(second.every((other) => other[field] !== report[field]), field);
  const documented = /## What travels(.*?)## /s.exec(privacy)[1].split('\n').filter((line) => line.startsWith('| `')).flatMap((line) => [...line.split('|')[1].matchAll(/`(\w+)`/g)].map(([, name]) => name));
  assert.deepEqual([...new Set(names(views))].filter((name) => !documented.includes(name)), []);
  for (const report of views.flat()) assert.ok(!('consent' in report));
  assert.deepEqual(await stored(), { page: NOTHING, edge: NOTHING });
});

test('with vanilla-cookieconsent: accepted, refused and accepted again while the film runs, and refused from the first on the next page', async () => {
  // It hides from browsers that are driven, unless told otherwise.
  const parts = [`<style>${installed('vanilla-cookieconsent/dist/cookieconsent.css')}</style>`, inline(installed('vanilla-cookieconsent/dist/cookieconsent.umd.js')), inline(printed('CookieConsent.run(').replace('CookieConsent.run({', '$& hideFromBots: false,'))];
  await visit(...parts);
  const undecided = await next(0, 'report.n === 1');
  assert.ok(undecided.every((report) => !report.consent));
  await until(world.browser, `document.querySelector('#cc-main [data-role=all]')?.checkVisibility()`);
  await world.browser.findElement({ css: '#cc-main [data-role=all]' }).click();
  const accepted = await after('');
  await open(world.browser);
  await playing(world.browser);
  const granted = await next(accepted, 'report.sessions[0]?.started');
  assert.ok(granted.every(({ consent }) => consent?.measurement === true && Object.keys(consent).length === 1), JSON.stringify(granted.map(({ consent }) => consent)));

  const refused = await after('CookieConsent.acceptCategory([])');
  await watchOn();
  assert.deepEqual((await sent()).slice(refused), []);

  await run(`CookieConsent.acceptCategory('all')`);
  await watchOn(0.3);
  await watchAnew();
  const again = await next(refused, `report.sessions.some(({ state }) => state === 'quit')`);
  const before = new Set([...undecided, ...granted].map(({ page_view }) => page_view));
  for (const { page_view, consent } of again) assert.deepEqual([before.has(page_view), consent], [false, { measurement: true }]);
  await assertUnharmed();

  await run('CookieConsent.acceptCategory([])');
  await visit(...parts);
  await open(world.browser);
  await playing(world.browser, 1);
  await close(world.browser);
  assert.deepEqual(await sent(), []);
  await world.browser.get('about:blank');
  assert.deepEqual(world.proxy.requests.filter(({ method }) => method === 'POST'), []);
});

test('with Orejime: refused while nothing plays, accepted while the film runs', async () => {
  await world.browser.manage().deleteAllCookies();
  const parts = [`<style>${installed('orejime/dist/orejime-standard.css')}</style>`, inline(printed('orejime.loaded')), inline(installed('orejime/dist/orejime-standard-en.js'))];
  await visit(...parts);
  await next(0, 'report.n === 1 && !report.consent');
  await until(world.browser, `document.querySelector('.orejime-Banner-declineButton')?.checkVisibility()`);
  await world.browser.findElement({ css: '.orejime-Banner-declineButton' }).click();
  const refused = await after('');
  await open(world.browser);
  await playing(world.browser);
  await watchOn(0.5);
  assert.deepEqual((await sent()).slice(refused), []);
  await run('orejime.manager.acceptAll()');
  await watchAnew();
  const granted = await next(refused, `report.sessions.some(({ state }) => state === 'quit')`);
  assert.ok(granted.every(({ consent }) => consent?.measurement === true));
  await assertUnharmed();
  await visit(...parts);
  assert.ok((await next(0, 'report.n === 1')).every(({ consent }) => consent?.measurement === true), 'what was accepted holds on the next page');
});

/** TC strings as consent managers make them: consent to these purposes, legitimate interests in those. */
function tcString(consents, interests = []) {
  const purposes = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [i + 1, { id: i + 1, name: `Purpose ${i + 1}`, description: '', illustrations: [] }]));
  const lists = { specialPurposes: {}, features: {}, specialFeatures: {}, stacks: {}, vendors: {}, dataCategories: {} };
  const model = new TCModel(new GVL({ gvlSpecificationVersion: 3, vendorListVersion: 1, tcfPolicyVersion: 5, lastUpdated: '2026-11-01T00:00:00Z', purposes, ...lists }));
  Object.assign(model, { cmpId: 10, cmpVersion: 1, consentScreen: 1, isServiceSpecific: true, publisherCountryCode: 'NL' });
  model.purposeConsents.set(consents);
  model.purposeLegitimateInterests.set(interests);
  return TCString.encode(model);
}

/** The IAB's own library, as a script. */
const { outputFiles: [{ text: cmp }] } = buildSync({ stdin: { contents: `export { CmpApi } from '@iabtcf/cmpapi'`, resolveDir: root }, bundle: true, format: 'iife', globalName: 'iab', write: false });

test('with the IAB’s interface, which comes late: undecided, granted, refused and less, while the film runs', async () => {
  await world.browser.manage().deleteAllCookies();
  // The stub that the framework demands, as far as it is asked here: it keeps the calls, and hands them over when it is called with nothing.
  await visit(inline('const calls = []; window.__tcfapi = (...call) => (call.length ? calls.push(call) : calls)'));
  await next(0, 'report.n === 1 && !report.consent');
  await run(`${cmp}; window.iab = iab; window.cmp = new iab.CmpApi(10, 1, true); cmp.update('', true)`);
  await open(world.browser);
  await playing(world.browser);
  assert.ok((await sent()).every(({ consent }) => !consent));
  const granted = await after(`cmp.update('${tcString([1, 8])}', false)`);
  await watchOn(0.3);
  assert.ok((await next(granted, 'report.consent')).every(({ consent }) => consent?.measurement === true));
  const refused = await after(`cmp.update('${tcString([])}', false)`);
  await watchOn(0.3);
  assert.deepEqual((await sent()).slice(refused), []);
  await run(`cmp.update('${tcString([], [8])}', false)`);
  await watchAnew();
  assert.ok((await next(refused, `report.sessions.some(({ state }) => state === 'quit')`)).every(({ consent }) => !consent), 'a legitimate interest is no consent');
  await assertUnharmed();
});

test('a consent manager that comes after the first report, with no stub before it, is asked before the next one leaves', async () => {
  await visit();
  await next(0, 'report.placements[0]?.viewable');
  const late = await after(`${cmp}; new iab.CmpApi(10, 1, true).update('${tcString([])}', false)`);
  await open(world.browser);
  await playing(world.browser);
  await watchOn(0.3);
  await close(world.browser);
  assert.deepEqual((await sent()).slice(late), []);
  await assertUnharmed();
});

const QUEUE = /<script>(window\.shelfreel=.*?)<\/script>/.exec(readFileSync(join(root, 'docs/integrate.md'), 'utf8'))[1];
const google = inline('window.dataLayer = []; function gtag() { dataLayer.push(arguments) } gtag("consent", "update", { analytics_storage: "granted" })');

test('the shop’s own call wins over its consent manager, before our script has come and after, and its visitor reaches the lake', async () => {
  await visit(google, inline(`${QUEUE}; shelfreel.consent({ measurement: false })`));
  await open(world.browser);
  await playing(world.browser, 0.5);
  assert.deepEqual(await sent(), []);
  await run(`shelfreel.consent({ measurement: true, visitor: 'Qm9/a-7_.:=' })`);
  await run(`gtag('consent', 'update', { analytics_storage: 'denied' })`);
  await watchAnew();
  const reports = await next(0, `report.sessions.some(({ state }) => state === 'quit')`);
  for (const { consent } of reports) assert.deepEqual(consent, { measurement: true, visitor: 'Qm9/a-7_.:=' });
  await assertUnharmed();
  const { LAKE } = await world.stack.env();
  const { id } = reports.at(-1);
  const row = await eventually('the row', async () => (await lakeRows(LAKE)).find(({ beacon_id }) => beacon_id === id));
  assert.deepEqual(row.beacon.consent, { measurement: true, visitor: 'Qm9/a-7_.:=' });
});

/** On a page that has granted all, by its consent manager and by itself, the grant is none, and a refusal is one. */
async function assertNoGrant(...before) {
  await visit(...before, google, inline(`${QUEUE}; shelfreel.consent({ measurement: true, visitor: 'known' })`));
  assert.equal(await run('return navigator.globalPrivacyControl'), true);
  await open(world.browser);
  await playing(world.browser, 0.5);
  assert.ok((await next(0, 'report.sessions[0]?.started')).every((report) => !('consent' in report)));
  const refused = await after('shelfreel.consent({ measurement: false })');
  await watchOn(0.3);
  await close(world.browser);
  assert.deepEqual((await sent()).slice(refused), []);
  await assertUnharmed();
}

for (const [what, parts, said] of [
  ['refuses, on a page with a consent manager', ['window.dataLayer = []'], [{ measurement: false }]],
  ['refuses, and then says nothing of measurement', [], [{ measurement: false }, {}, { visitor: 'shopper-7' }, true, undefined]],
  ['grants and then refuses', [], [{ measurement: true, visitor: 'shopper-7' }, { measurement: false }]],
]) {
  test(`of a shop that ${what}, before the file that says what may leave has come, nothing leaves`, async () => {
    let comes;
    const coming = new Promise((done) => (comes = done));
    await world.browser.messages();
    const buys = { orderId: 'refused', lines: [{ sku: '1' }] };
    const calls = JSON.stringify([...said.map((one) => ['consent', [one]]), ['purchase', [buys]]]);
    await visitThroughProxy(world, [noting, ...parts.map(inline), inline(`window.shelfreel = { q: ${calls} }`), film].join('\n'), ({ path }) => (path.includes('/widget/c-') ? { when: coming } : undefined));
    await open(world.browser);
    await playing(world.browser, 0.5);
    await close(world.browser);
    comes();
    await until(world.browser, `performance.getEntriesByType('resource').some(({ name, responseEnd }) => name.includes('/widget/c-') && responseEnd)`);
    // What was kept back would leave at once, or when patience with a consent manager is over.
    await world.browser.sleep(3500);
    assert.deepEqual(await sent(), []);
    await assertUnharmed();
  });
}

test('in a frame, whose page around it has the consent manager, nothing leaves before that has answered', async () => {
  const manager = inline(`
    const answer = { tcString: 'x', gdprApplies: true, eventStatus: 'tcloaded', purpose: { consents: {}, legitimateInterests: {} } };
    addEventListener('message', ({ data, source }) => {
      const call = data?.__tcfapiCall;
      if (call) setTimeout(() => source.postMessage({ __tcfapiReturn: { callId: call.callId, success: true, returnValue: answer } }, '*'), 2000);
    });
    const locator = document.createElement('iframe');
    locator.name = '__tcfapiLocator';
    document.body.append(locator);`);
  await visit();
  const inner = await run('return document.documentElement.outerHTML');
  world.page.html = `<!doctype html><title>Around</title><body>${manager}<iframe id="shop" width="800" height="600"></iframe>${inline(`document.querySelector('#shop').srcdoc = ${JSON.stringify(inner)}`)}`;
  world.proxy.requests.length = 0;
  await world.browser.get(world.page.url);
  await world.browser.switchTo().frame(await world.browser.findElement({ id: 'shop' }));
  await until(world.browser, `document.querySelector('shelf-reel')?.shadowRoot?.querySelector('button')`);
  await world.browser.sleep(4000);
  assert.deepEqual(await sent(), []);
  await world.browser.switchTo().defaultContent();
});

test('Global Privacy Control wins over every grant, and over no refusal', () => assertNoGrant(inline('Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true })')));

const PREFERENCE = limits({ chromium: 'only Firefox has a Global Privacy Control of its own', webkit: 'only Firefox has a Global Privacy Control of its own' });
test('so does the one that a shopper has switched on in the browser', PREFERENCE, async () => {
  await world.browser.prefer({ 'privacy.globalprivacycontrol.enabled': true });
  await assertNoGrant();
  await world.browser.prefer({ 'privacy.globalprivacycontrol.enabled': null });
});

test('the edge answers a browser that sends Global Privacy Control as it answers every other', async () => {
  const gpc = { 'sec-gpc': '1' };
  const ask = (headers) => world.stack.ask('edge', '/v1/match/shop_demo?p=9524710000125&lang=nl', { headers });
  const [plain, controlled] = [await ask({}), await ask(gpc)];
  assert.deepEqual([controlled.status, controlled.text()], [plain.status, plain.text()]);
  const beacon = emptyBeacon();
  assert.equal((await sendBeacon(world.stack, beacon, 'shop_demo', gpc)).status, 204);
  const { LAKE } = await world.stack.env();
  await eventually('the row', async () => (await lakeRows(LAKE)).find(({ beacon_id }) => beacon_id === beacon.id));
});
