// The demo shop as a shopper walks through it: listing, products in four languages, codes given in every way, the single-page shop.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { Key } from 'selenium-webdriver';
import { startBrowser, until, untilSeen } from '../support/browser.mjs';
import { button, close, dialog, limits, open, playing, video } from '../support/shopper.mjs';
import { startSite } from '../support/site.mjs';
import { eventually, lakeRows, startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), site: ({ stack }) => startSite(stack.at('edge')) });

const visit = (path) => world.browser.get(world.site.origin + path);
const screen = (width, height) => world.browser.resize(width, height);
const titleOfPlayer = `${dialog()}.textContent`;

test('each product page shows the film of its language, however the page gives its code', async () => {
  for (const [path, title] of [
    ['/nl/products/breeze-br7/', 'Goedemorgen, smoothie'],
    ['/products/breeze-br7/', 'Good morning, smoothie'],
    ['/products/gooseneck-gk2/', 'A better cup starts slowly'],
    ['/fr/products/lune/', 'La lune du bout du doigt'],
    ['/de/products/ridge-3/', 'Hundert Kilometer im Test'],
  ]) {
    await visit(path);
    await open(world.browser);
    await playing(world.browser);
    assert.ok((await world.browser.executeScript(`return ${titleOfPlayer}`)).includes(title), path);
  }
});

test('a product known only by its structured data gets an element, where the tag says', async () => {
  await visit('/fr/products/lune/');
  const place = await until(world.browser, `document.querySelector('shelf-reel')?.parentElement.id`);
  assert.equal(place, 'film');
  await until(world.browser, button());
});

test('a listing asks once for all its products and shows a button on each that has a film', async () => {
  await visit('/nl/');
  await until(world.browser, `[...document.querySelectorAll('shelf-reel')].filter((element) => element.shadowRoot?.querySelector('button')).length >= 5`);
  const lookUps = await world.browser.executeScript(`return performance.getEntriesByType('resource').filter(({ name }) => name.includes('/v1/match/')).map(({ name }) => new URL(name).searchParams.get('lang'))`);
  assert.equal(new Set(lookUps).size, lookUps.length, `one look-up for each language wished: ${lookUps}`);
});

test('no page is wider than its screen, on a phone and on a desk', async () => {
  for (const [width, height] of [[390, 844], [1440, 900]]) {
    await screen(width, height);
    for (const path of ['/', '/nl/products/breeze-br7/', '/fr/products/lune/', '/spa/', '/preview/']) {
      await visit(path);
      await until(world.browser, `document.readyState === 'complete'`);
      const { content, room } = await world.browser.executeScript('return { content: document.documentElement.scrollWidth, room: innerWidth }');
      assert.ok(content <= width && room <= width, `${path} at ${width}: ${content} px`);
    }
  }
});

test('the player fits a phone, keeps the page from scrolling, and gives it back', async () => {
  await screen(390, 844);
  await visit('/nl/products/breeze-br7/');
  await until(world.browser, button());
  await world.browser.executeScript('scrollTo({ top: 150, behavior: "instant" })');
  await world.browser.executeScript(`${button()}.click()`);
  await until(world.browser, `${dialog()}?.open`);
  const { box, locked } = await world.browser.executeScript(`const { left, right, top, bottom } = ${dialog()}.getBoundingClientRect(); return { box: { left, right, top, bottom }, locked: getComputedStyle(document.documentElement).overflow }`);
  assert.ok(box.left >= 0 && box.right <= 390 && box.top >= 0 && box.bottom <= 844, JSON.stringify(box));
  assert.match(locked, /hidden|clip/);
  await close(world.browser);
  assert.deepEqual(await world.browser.executeScript(`return [getComputedStyle(document.documentElement).overflow, Math.round(scrollY)]`), ['visible', 150]);
});

test('with the keyboard alone: to the button, into the player, out again, and the focus is back on the button', async () => {
  await screen(1280, 900);
  await visit('/nl/products/breeze-br7/');
  await until(world.browser, button());
  await world.browser.executeScript(`${button()}.focus()`);
  await world.browser.actions().sendKeys(Key.ENTER).perform();
  await until(world.browser, `${dialog()}?.open`);
  assert.ok(await world.browser.executeScript(`return ${dialog()}.contains(document.querySelector('shelf-reel').shadowRoot.activeElement) || document.querySelector('shelf-reel').shadowRoot.activeElement === ${dialog()}`));
  await close(world.browser);
  assert.ok(await world.browser.executeScript(`return document.querySelector('shelf-reel').shadowRoot.activeElement === ${button()}`));
});

/** Every beacon of a page view that is in the lake, once one of them is as wanted, and all of them together are the whole of what is looked at: beacons overtake each other. */
async function viewInLake(what, isWanted, isWhole = () => true) {
  const { LAKE } = await world.stack.env();
  return eventually(what, async () => {
    const beacons = (await lakeRows(LAKE, undefined, world.site)).map(({ beacon }) => beacon);
    const wanted = beacons.find(isWanted);
    const view = wanted && beacons.filter(({ page_view }) => page_view === wanted.page_view);
    return view && isWhole(view) && view;
  });
}

test('a product in the cart is counted for its own element, another is not', async () => {
  await visit('/nl/products/breeze-br7/');
  await until(world.browser, button());
  await untilSeen(world.browser);
  await world.browser.executeScript(`
    const gtin = document.querySelector('shelf-reel').getAttribute('gtin');
    for (const item of [{ gtin: '9524799999999' }, { gtin }, { gtin: 'no code' }, { gtin, sku: null }, { gtin: Number(gtin) }, { brand: 'Kenwick', sku: gtin }]) shelfreel.cart(item);`);
  await visit('/nl/');
  // Where a beacon is due at the first of them, another has the others.
  const view = await viewInLake('the cart', ({ events, placements }) => events.some(({ type }) => type === 'cart') && placements.some(({ cart }) => cart >= 3));
  const { cart, carts_ms, elapsed_ms } = view.flatMap(({ placements }) => placements).sort((one, other) => other.seq - one.seq)[0];
  assert.equal(cart, 3);
  assert.ok(carts_ms.length === 3 && carts_ms[0] <= carts_ms[1] && carts_ms[1] <= carts_ms[2] && carts_ms[2] <= elapsed_ms, `at ${carts_ms} of ${elapsed_ms}`);
});

test('whatever a shop says of its cart, the open player goes on', async () => {
  await screen(1280, 900);
  await visit('/nl/products/breeze-br7/');
  await open(world.browser);
  await playing(world.browser);
  const at = await world.browser.executeScript(`
    for (const item of [undefined, null, 5, 'text', [], { gtin: ['9524710000125'], sku: null, quantity: NaN }, { gtin: Symbol() }, { gtin: {} }, { gtin: 9524710000125 }, { gtin: '9524710000125' }]) shelfreel.cart(item);
    return ${video()}.currentTime`);
  await until(world.browser, `${video()}.currentTime > ${at} + 0.5`);
  await close(world.browser);
  assert.equal(await world.browser.executeScript('return getComputedStyle(document.documentElement).overflow'), 'visible');
});

test('next and previous go through the films that matched, one session each', async () => {
  const turn = (name) => world.browser.executeScript(`[...${dialog()}.querySelectorAll('button')].find((one) => one.ariaLabel?.startsWith('${name}')).click()`);
  await visit('/nl/products/breeze-br7/');
  await open(world.browser);
  for (const [name, place] of [[undefined, '1 van'], ['Volgende', '2 van'], ['Vorige', '1 van']]) {
    if (name) await turn(name);
    await playing(world.browser);
    assert.ok((await world.browser.executeScript(`return ${titleOfPlayer}`)).includes(place));
  }
  await close(world.browser);
  const isOver = ({ sessions }) => sessions.some(({ reason, state }) => reason === 'previous' && state === 'quit');
  const hasAll = (view) => new Set(view.flatMap(({ sessions }) => sessions).map(({ id }) => id)).size >= 3 && view.some(({ placements }) => placements.length);
  const view = await viewInLake('the last session’s end, and what was told before it', isOver, hasAll);
  const sessions = new Map(view.flatMap(({ sessions }) => sessions).map(({ id, reason, video }) => [id, { reason, video }]));
  const films = Object.fromEntries([...sessions.values()].map(({ reason, video }) => [reason, video]));
  assert.deepEqual([sessions.size, Object.keys(films).sort()], [3, ['next', 'previous', 'tap']]);
  assert.ok(films.tap === films.previous && films.tap !== films.next, JSON.stringify(films));
  const codes = (list) => [...new Set(view.flatMap((beacon) => beacon[list]).map(({ code }) => code))];
  assert.deepEqual(codes('sessions'), codes('placements'));
});

/** What the page holds after rubbish is collected, once it is the same twice. */
async function held() {
  let last;
  return eventually('a steady count of nodes', async () => {
    for (let i = 0; i < 3; i++) await world.browser.sendDevToolsCommand('HeapProfiler.collectGarbage');
    const { metrics } = await world.browser.sendAndGetDevToolsCommand('Performance.getMetrics');
    const { Nodes, JSEventListeners } = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    const before = last;
    last = { Nodes, JSEventListeners };
    return isDeepStrictEqual(last, before) && last;
  });
}

const COUNTED = limits({ firefox: 'only Chromium tells how many nodes and listeners there are', webkit: 'only Chromium tells how many nodes and listeners there are' });
for (const mode of ['keep', 'replace']) {
  test(`the single-page shop that ${mode}s its element changes products without a reload and leaves nothing behind`, COUNTED, async () => {
    await visit(`/nl/spa/?mode=${mode}`);
    await until(world.browser, `document.querySelectorAll('[data-product]').length > 3 && ${button()}`);
    await world.browser.executeScript(`
      window.told = 0;
      for (const name of ['match', 'nomatch']) addEventListener('shelfreel:' + name, () => { told += 1; });`);
    // WebDriver's own asynchronous scripts leave nodes behind, synchronous ones do not.
    const round = async () => {
      const products = await world.browser.executeScript(`return [...document.querySelectorAll('[data-product]')].map((link) => link.dataset.product)`);
      for (const product of [...products.slice(1), products[0]]) {
        const told = await world.browser.executeScript(`const before = told; document.querySelector('[data-product="${product}"]').click(); return before`);
        await eventually(`an answer for ${product}`, async () => (await world.browser.executeScript('return told')) > told);
      }
    };
    await world.browser.sendDevToolsCommand('Performance.enable');
    for (let i = 0; i < 2; i++) await round();
    const before = await held();
    for (let i = 0; i < 3; i++) await round();
    assert.deepEqual(await held(), before);
    assert.equal(typeof (await world.browser.executeScript('return window.told')), 'number', 'the page is still the same document');
  });
}

test('walking through the whole shop left no message of ours in the console', async () => {
  assert.deepEqual(await world.browser.messages(), []);
});
