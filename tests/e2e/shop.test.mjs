// The demo shop as a shopper walks through it: listing, products in four languages, codes given in every way, the single-page shop.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Key } from 'selenium-webdriver';
import { startChromium, until } from '../support/browser.mjs';
import { button, close, dialog, open, playing, video } from '../support/shopper.mjs';
import { startSite } from '../support/site.mjs';
import { startDemo } from '../support/stack.mjs';

let stack, browser, site;
before(async () => {
  stack = await startDemo();
  browser = await startChromium();
  site = await startSite(stack.at('edge'));
});
after(async () => {
  await browser?.done();
  await site?.stop();
  await stack?.stop();
});

const visit = (path) => browser.get(site.origin + path);
const screen = (width, height) => browser.sendDevToolsCommand('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 500 });
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
    await open(browser);
    await playing(browser);
    assert.ok((await browser.executeScript(`return ${titleOfPlayer}`)).includes(title), path);
  }
});

test('a product known only by its structured data gets an element, where the tag says', async () => {
  await visit('/fr/products/lune/');
  const place = await until(browser, `document.querySelector('shelf-reel')?.parentElement.id`);
  assert.equal(place, 'film');
  await until(browser, button());
});

test('a listing asks once for all its products and shows a button on each that has a film', async () => {
  await visit('/nl/');
  await until(browser, `[...document.querySelectorAll('shelf-reel')].filter((element) => element.shadowRoot?.querySelector('button')).length >= 5`);
  const lookUps = await browser.executeScript(`return performance.getEntriesByType('resource').filter(({ name }) => name.includes('/v1/match/')).map(({ name }) => new URL(name).searchParams.get('lang'))`);
  assert.equal(new Set(lookUps).size, lookUps.length, `one look-up for each language wished: ${lookUps}`);
});

test('no page is wider than its screen, on a phone and on a desk', async () => {
  for (const [width, height] of [[390, 844], [1440, 900]]) {
    await screen(width, height);
    for (const path of ['/', '/nl/products/breeze-br7/', '/fr/products/lune/', '/spa/', '/preview/']) {
      await visit(path);
      await until(browser, `document.readyState === 'complete'`);
      const { content, room } = await browser.executeScript('return { content: document.documentElement.scrollWidth, room: innerWidth }');
      assert.ok(content <= width && room <= width, `${path} at ${width}: ${content} px`);
    }
  }
});

test('the player fits a phone, keeps the page from scrolling, and gives it back', async () => {
  await screen(390, 844);
  await visit('/nl/products/breeze-br7/');
  await until(browser, button());
  await browser.executeScript('scrollTo({ top: 150, behavior: "instant" })');
  await browser.executeScript(`${button()}.click()`);
  await until(browser, `${dialog()}?.open`);
  const { box, locked } = await browser.executeScript(`const { left, right, top, bottom } = ${dialog()}.getBoundingClientRect(); return { box: { left, right, top, bottom }, locked: getComputedStyle(document.documentElement).overflow }`);
  assert.ok(box.left >= 0 && box.right <= 390 && box.top >= 0 && box.bottom <= 844, JSON.stringify(box));
  assert.match(locked, /hidden|clip/);
  await close(browser);
  assert.deepEqual(await browser.executeScript(`return [getComputedStyle(document.documentElement).overflow, Math.round(scrollY)]`), ['visible', 150]);
});

test('with the keyboard alone: to the button, into the player, out again, and the focus is back on the button', async () => {
  await screen(1280, 900);
  await visit('/nl/products/breeze-br7/');
  await until(browser, button());
  await browser.executeScript(`${button()}.focus()`);
  await browser.actions().sendKeys(Key.ENTER).perform();
  await until(browser, `${dialog()}?.open`);
  assert.ok(await browser.executeScript(`return ${dialog()}.contains(document.querySelector('shelf-reel').shadowRoot.activeElement) || document.querySelector('shelf-reel').shadowRoot.activeElement === ${dialog()}`));
  await close(browser);
  assert.ok(await browser.executeScript(`return document.querySelector('shelf-reel').shadowRoot.activeElement === ${button()}`));
});

test('whatever a shop says of its cart, the open player goes on, and what is right is counted', async () => {
  await screen(1280, 900);
  await visit('/nl/products/breeze-br7/');
  await open(browser);
  await playing(browser);
  await browser.executeScript(`for (const item of [undefined, null, 5, 'text', [], { gtin: ['9524710000125'], sku: null, quantity: NaN }, { gtin: Symbol() }, { gtin: {} }, { gtin: 9524710000125 }, { gtin: '9524710000125' }]) shelfreel.cart(item)`);
  const before = await browser.executeScript(`return ${video()}.currentTime`);
  await until(browser, `${video()}.currentTime > ${before} + 0.5`);
  await close(browser);
  assert.equal(await browser.executeScript('return getComputedStyle(document.documentElement).overflow'), 'visible');
});

test('next and previous go through the films that matched, one session each', async () => {
  await visit('/nl/products/breeze-br7/');
  await open(browser);
  await playing(browser);
  const first = await browser.executeScript(`return ${video()}.currentSrc`);
  await browser.executeScript(`[...${dialog()}.querySelectorAll('button')].find((one) => /Volgende/.test(one.getAttribute('aria-label') ?? one.textContent)).click()`);
  await until(browser, `${video()}.currentSrc !== ${JSON.stringify(first)}`);
  await playing(browser);
  assert.match(await browser.executeScript(`return ${titleOfPlayer}`), /2 van \d/);
});

for (const mode of ['keep', 'replace']) {
  test(`the single-page shop that ${mode}s its element changes products without a reload and leaves nothing behind`, async () => {
    await visit(`/nl/spa/?mode=${mode}`);
    await until(browser, `document.querySelectorAll('[data-product]').length > 3`);
    await browser.executeScript('window.sameDocument = true');
    const count = async () => {
      for (let i = 0; i < 3; i++) await browser.sendDevToolsCommand('HeapProfiler.collectGarbage');
      const { metrics } = await browser.sendAndGetDevToolsCommand('Performance.getMetrics');
      return Object.fromEntries(metrics.filter(({ name }) => ['Nodes', 'JSEventListeners'].includes(name)).map(({ name, value }) => [name, value]));
    };
    const round = async () => {
      const products = await browser.executeScript(`return [...document.querySelectorAll('[data-product]')].map((link) => link.dataset.product)`);
      for (const product of [...products.slice(1), products[0]]) {
        await browser.executeScript(`document.querySelector('[data-product="${product}"]').click()`);
        await new Promise((done) => setTimeout(done, 120));
      }
    };
    await browser.sendDevToolsCommand('Performance.enable');
    await round();
    // Only now: WebDriver's own asynchronous scripts leave nodes behind, synchronous ones do not.
    await until(browser, button());
    await round();
    const before = await count();
    for (let i = 0; i < 3; i++) await round();
    const after = await count();
    assert.equal(await browser.executeScript('return sameDocument'), true);
    assert.deepEqual(after, before);
  });
}

test('walking through the whole shop left no message of ours in the console', async () => {
  assert.deepEqual(await browser.messages(), []);
});
