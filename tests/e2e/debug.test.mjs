// `?shelfreel=debug`: the console says what was found, asked, answered and sent, and what to change; without it, nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { button, close, open, outcomes, playing, visitProduct } from '../support/shopper.mjs';
import { eventually, startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), page: () => startPage() });

const FILM = '9524710000125';

/** Visits with the question in the address, and waits until the console has said all of `wanted`. */
async function told(elements, wanted, options = {}) {
  await world.browser.messages();
  await visitProduct(world, elements, { query: '?shelfreel=debug', ...options });
  return hears(wanted);
}

async function hears(wanted) {
  const said = [];
  await eventually(`the console says ${wanted.join(' and ')}`, async () => {
    said.push(...(await world.browser.messages()));
    return wanted.every((one) => said.some((line) => one.test(line)));
  });
  return said;
}

test('of a product with a video it says what was found, asked and answered, and then what is sent', async () => {
  const said = await told(`<shelf-reel gtin="${FILM}" lang="nl-BE"></shelf-reel>`, [
    /shop shop_demo at http:\/\/edge/, /asked for 9524710000125, language nl-BE/, /→ “.+” \(\w+, nl\), by gtin:09524710000125; language: broader for nl-BE/, /runs as (WebAssembly|JavaScript)/,
  ]);
  await open(world.browser);
  await playing(world.browser);
  await close(world.browser);
  said.push(...await hears([/beacon \d+, without any identifier: .*open/, /beacon \d+, .*session of [\w-]+: quit/, /shelfreel: close/]));
  assert.equal(said.filter((line) => /runs as/.test(line)).length, 1, 'what the widget runs as is said once');
  assert.deepEqual(await world.browser.executeScript('return faults'), []);
});

test('of products without one it says why, and what would be right', async () => {
  await told('<shelf-reel gtin="9524710000124" lang="nl"></shelf-reel><shelf-reel gtin="4006381333931" lang="MX"></shelf-reel><shelf-reel lang="nl"></shelf-reel>', [
    /no video: gtin_check_digit/, /the check digit of 9524710000124 should be 5, not 4/, /4006381333931 → no video: no_video\. No brand has published/, /the language MX was not understood/, /it names no code/,
  ]);
});

test('of a page without elements it says what is missing', async () => {
  await told('<p>Contact</p>', [/no structured data names a product: add/]);
  await told('<script type="application/ld+json">{"@type":"Product","gtin13":"9524710000125"}</script>', [/made one of the page’s data/, /→ “/], { lang: 'nl' });
  await told('<p>Contact</p>', [/selects nothing on this page/], { tag: `data-gtin="${FILM}" data-into="#nowhere"` });
});

test('of names that are misspelt, and elements that are not there, it says what was meant', async () => {
  await told(`<shelf-reel gtin="${FILM}" layuot="inline" lang="nl" class="film" data-x="1" aria-label="x"></shelf-reel><shelf-reel gtin="${FILM}" layout="thumbnial" for="nobody" lang="nl"></shelf-reel><shelfreel gtin="${FILM}"></shelfreel>`, [
    /its attribute layuot means nothing here; did you mean layout\?/, /layout=\\?"thumbnial\\?" is none, so it is a button: there are button, thumbnail, inline/, /for=\\?"nobody\\?" names no element of this page/, /which is called shelf-reel/, /the tag’s data-markt means nothing here; did you mean market\?/,
  ], { tag: 'data-markt="NL"' }).then((said) => assert.equal(said.filter((line) => /means nothing/.test(line)).length, 2));
});

test('of what the shop calls it says what was understood otherwise, or not at all', async () => {
  const call = (script) => world.browser.executeScript(script);
  await told(`<script>window.shelfreel = { q: [['consent', [true]]] }</script><shelf-reel gtin="${FILM}" lang="nl"></shelf-reel>`, [/consent: true says nothing: write shelfreel\.consent/]);
  await until(world.browser, button());
  await call(`shelfreel.cart({ ean: '${FILM}' }); shelfreel.cart({ gtin: '4006381333931' }); shelfreel.cart({ gtin: ${FILM} }); shelfreel.cart({ brand: 'Kenwick' }); shelfreel.consent({ visitor: 'a' }); shelfreel.consent({ measurement: 'granted', visitor: 'a@b' })`);
  await hears([/cart: ean means nothing here/, /cart: no element of this page has that code/, /cart: brand means nothing here/, /consent: it says nothing of measurement, so what was said before holds/, /consent: measurement is \\?"granted\\?", which counts as a refusal/, /consent: visitor is left out/]);
  await call(`shelfreel.purchase({ order_id: '1', lines: [{ gtin: '${FILM}', quantity: 1.5 }, { ean: '1' }] })`);
  await hears([/purchase: order_id means nothing here: there are orderId, currency, lines/, /purchase: orderId is undefined/, /line 1: its quantity is 1\.5/, /line 2: it names no code/]);
  assert.deepEqual(await call('return faults'), []);
});

test('of an edge that is not asked, and a shop that is none, it says whose fault that is', async () => {
  await told(`<shelf-reel gtin="${FILM}"></shelf-reel>`, [/No shop has this id/], { shop: 'shop_nobody' });
});

test('of a policy that blocks us it says what to add, also of what was blocked before it could listen', async () => {
  await told(`<shelf-reel gtin="${FILM}" lang="nl"></shelf-reel>`, [/shelfreel: the page’s policy blocks http:\/\/edge\S+: add http:\/\/edge\S+ to connect-src/], { headers: { 'content-security-policy': `connect-src 'none'` } });
  world.page.headers = {};
});

test('without the question nothing of it is loaded, and nothing is said', async () => {
  await world.browser.messages();
  await visitProduct(world, `<shelf-reel gtin="${FILM}" lang="nl"></shelf-reel>`);
  await outcomes(world.browser, 1);
  await until(world.browser, button());
  assert.deepEqual(await world.browser.messages(), []);
  assert.equal(await world.browser.executeScript(`return performance.getEntriesByType('resource').some(({ name }) => /widget\\/x-/.test(name))`), false);
});
