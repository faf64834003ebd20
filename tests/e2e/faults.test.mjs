// Whatever the edge does, the shopper's page looks as if we were not there: no exception, no message of ours, no shift, no leftover.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startChromium, until } from '../support/browser.mjs';
import { startPages, startProxy } from '../support/proxy.mjs';
import { button, dialog, open, outcomes, playing, productPage, video } from '../support/shopper.mjs';
import { startDemo } from '../support/stack.mjs';

let stack, browser, pages, proxy;
before(async () => {
  stack = await startDemo();
  browser = await startChromium();
  pages = await startPages({});
});
after(async () => {
  await browser?.done();
  await proxy?.stop();
  await pages?.stop();
  await stack?.stop();
});

const film = '<shelf-reel gtin="9524710000125" lang="nl"></shelf-reel><p id="after">What follows</p>';

/** Each visit goes through a proxy of its own: a new origin, of which the browser's cache knows nothing. */
async function visit(fault, elements = film) {
  await proxy?.stop();
  proxy = await startProxy(stack.port);
  proxy.fault = fault;
  pages.pages['/product'] = productPage(proxy.origin, elements);
  await browser.get(`${pages.origin}/product`);
}

/** The page as a shopper would find it without us. */
async function assertUnharmed() {
  const page = await browser.executeScript(`return {
    faults, cookies: document.cookie, storage: localStorage.length + sessionStorage.length,
    shift,
    globals: Object.keys(window).filter((name) => /shelf/i.test(name) && name !== 'shelfreel'),
    height: document.querySelector('shelf-reel').offsetHeight, buttons: document.querySelectorAll('button').length,
    shadow: Boolean(document.querySelector('shelf-reel').shadowRoot?.querySelector('button')),
  }`);
  assert.deepEqual(page, { faults: [], cookies: '', storage: 0, shift: 0, globals: [], height: 0, buttons: 0, shadow: false });
  assert.deepEqual(await browser.messages(), []);
}

const only = (part, fault) => ({ path }) => (path.includes(part) ? fault : undefined);

for (const [what, fault] of [['down', 'refuse'], ['answering a captive portal’s HTML', 'html'], ['answering 500', '500'], ['answering half', 'half']]) {
  test(`the whole edge ${what}: nothing of us is there`, async () => {
    await visit(() => fault);
    await until(browser, `document.readyState === 'complete'`);
    await new Promise((done) => setTimeout(done, 300));
    await assertUnharmed();
  });

  test(`only the look-up ${what}: the element is told that it is unavailable, and nothing else happens`, async () => {
    await visit(only('/v1/match/', fault));
    const { '': outcome } = await outcomes(browser, 1);
    assert.deepEqual([outcome.name, outcome.detail.why], ['nomatch', 'unavailable']);
    await assertUnharmed();
    assert.ok(!proxy.requests.some(({ path }) => path.includes('/v1/widget/')), 'the widget is not loaded for nothing');
  });

  test(`only the widget’s module ${what}: there is no button, and the page is told`, async () => {
    await visit(only('.wasm', fault));
    const { '': outcome } = await outcomes(browser, 1);
    assert.equal(outcome.name, 'nomatch');
    await assertUnharmed();
  });
}

test('an edge that takes five seconds shows its button then, and the page never waited', async () => {
  await visit(only('/v1/match/', { slow_ms: 5000 }));
  await until(browser, `document.readyState === 'complete'`, { within_ms: 3000 });
  assert.equal(await browser.executeScript(`return Boolean(${button()})`), false);
  await until(browser, button());
  assert.deepEqual(await browser.messages(), []);
});

test('an edge that never answers is given up on', async () => {
  await visit(only('/v1/match/', 'hang'));
  const { '': outcome } = await outcomes(browser, 1);
  assert.equal(outcome.detail.why, 'unavailable');
  await assertUnharmed();
});

test('a film that fails says so in the player, in the shopper’s language, and tries again when asked', async () => {
  await visit(only('.mp4', '500'));
  await open(browser);
  await until(browser, `${dialog()}.textContent.includes('kan niet worden afgespeeld') || [...${dialog()}.querySelectorAll('*')].some((part) => part.textContent.includes('kan niet worden afgespeeld') && part.getClientRects().length)`);
  assert.deepEqual(await browser.executeScript('return faults'), []);
  proxy.fault = () => undefined;
  await browser.executeScript(`[...${dialog()}.querySelectorAll('button')].find((one) => one.textContent.includes('Opnieuw')).click()`);
  await playing(browser);
});

test('when the first source fails the next is played', async () => {
  let broken;
  await visit(({ path }) => {
    if (!path.endsWith('.mp4')) return undefined;
    broken ??= path;
    return path === broken ? '500' : undefined;
  });
  await open(browser);
  await playing(browser);
  assert.notEqual(await browser.executeScript(`return new URL(${video()}.currentSrc).pathname`), broken);
});
