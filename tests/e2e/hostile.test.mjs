// Pages that have changed what the browser gives: the loader and the widget keep to themselves, and what they held is given back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Key } from 'selenium-webdriver';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { button, close, dialog, open, outcomes, playing, video, visitProduct } from '../support/shopper.mjs';
import { eventually, startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), page: () => startPage() });

const film = '<shelf-reel gtin="9524710000125" lang="nl"></shelf-reel>';
const run = (script) => world.browser.executeScript(script);
const tap = (text) => run(`[...${dialog()}.querySelectorAll('button')].find((one) => one.getAttribute('aria-label') === '${text}').click()`);

/** The page scrolls, heard of no error, and the console is silent. */
async function assertUnharmed() {
  assert.deepEqual(await run(`return { faults, overflow: getComputedStyle(document.documentElement).overflow }`), { faults: [], overflow: 'visible' });
  assert.deepEqual(await world.browser.messages(), []);
}

for (const [what, script] of [
  ['froze window.shelfreel', 'window.shelfreel = Object.freeze({ q: [] })'],
  ['has a text of that name', 'window.shelfreel = "ours"'],
  ['throws when asked for that name', 'Object.defineProperty(window, "shelfreel", { get() { throw new Error("hands off") } })'],
  ['took URLSearchParams away', 'delete window.URLSearchParams'],
  ['took CustomEvent away', 'delete window.CustomEvent'],
  ['took queueMicrotask away', 'delete window.queueMicrotask'],
  ['took fetch away', 'delete window.fetch'],
  ['took customElements away', 'Object.defineProperty(window, "customElements", { value: undefined })'],
  ['froze Object.prototype', 'Object.freeze(Object.prototype)'],
  ['took AbortSignal.timeout away', 'delete AbortSignal.timeout'],
]) {
  test(`a page that ${what} hears no error of us`, async () => {
    await visitProduct(world, film, { head: `<script>${script}</script>` });
    await until(world.browser, `document.readyState === 'complete' && performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/v1/shelfreel.js'))`);
    // Time for what follows the script, where anything follows.
    await world.browser.sleep(300);
    await assertUnharmed();
  });
}

test('a page that froze window.shelfreel has its button, also with a consent manager', async () => {
  await visitProduct(world, film, { head: '<script>window.shelfreel = Object.freeze({ q: [] }); window.dataLayer = []</script>' });
  await open(world.browser);
  await playing(world.browser);
  await close(world.browser);
  await assertUnharmed();
});

test('a tag whose text was copied into the page does nothing, and says nothing', async () => {
  const script = (await world.stack.ask('edge', '/v1/shelfreel.js', { headers: { 'accept-encoding': 'identity' } })).text();
  await visitProduct(world, film, { head: `<script>${script}</script>`, edge: 'http://nowhere.localhost:1' });
  await until(world.browser, `document.readyState === 'complete'`);
  await assertUnharmed();
});

test('a tag without a shop is told so', async () => {
  await visitProduct(world, film, { shop: '" data-none="' });
  const { '': outcome } = await outcomes(world.browser, 1);
  assert.deepEqual([outcome.name, outcome.detail.why], ['nomatch', 'unknown_shop']);
  await assertUnharmed();
});

for (const [what, script, then = ''] of [
  ['replaces play() by something that throws', 'HTMLMediaElement.prototype.play = () => { throw new Error("not here") }', 'Volgende video'],
  ['replaces pause() by something that throws', 'HTMLMediaElement.prototype.pause = () => { throw new Error("not here") }', 'Volgende video'],
  ['replaces pause() by something that throws', 'HTMLMediaElement.prototype.pause = () => { throw new Error("not here") }'],
  ['replaces fetch by something that throws', 'window.fetch = () => { throw new Error("not here") }'],
  ['takes sendBeacon away', 'Object.defineProperty(navigator, "sendBeacon", { value: undefined })'],
  ['gives a cart that throws when it is read', 'shelfreel.cart({ get gtin() { throw new Error("not here") } })'],
  ['clears our shadow root', 'document.querySelector("shelf-reel").shadowRoot.replaceChildren()'],
  ['takes the element out', 'document.querySelector("shelf-reel").remove()'],
  ['moves the element into another document', 'document.implementation.createHTMLDocument().body.append(document.querySelector("shelf-reel"))'],
]) {
  test(`a page that, while the player is open, ${what} scrolls again when it closes, and hears no error`, async () => {
    await visitProduct(world, film);
    await open(world.browser);
    await playing(world.browser);
    await run(script);
    if (then) await tap(then);
    await world.browser.actions().sendKeys(Key.ESCAPE).perform();
    await until(world.browser, `getComputedStyle(document.documentElement).overflow === 'visible'`);
    await assertUnharmed();
  });
}

test('a page that makes us fail a thousand times is harmed by none of them, and the player opens and closes after the last', async () => {
  await visitProduct(world, film);
  await open(world.browser);
  await playing(world.browser);
  await run(`
    for (let time = 0; time < 1000; time += 1) shelfreel.cart({ get gtin() { throw new Error('not here') } });
    Object.defineProperty(${video()}, 'currentTime', { get() { throw new Error('not here') } });
    for (let time = 0; time < 1000; time += 1) ${video()}?.dispatchEvent(new Event('timeupdate'));`);
  await until(world.browser, `!${dialog()}`);
  await open(world.browser);
  await playing(world.browser);
  await close(world.browser);
  await assertUnharmed();
});

test('after a failure of the page’s making the player opens again', async () => {
  await visitProduct(world, film);
  await open(world.browser);
  await playing(world.browser);
  await run('window.plays = HTMLMediaElement.prototype.play; HTMLMediaElement.prototype.play = () => { throw new Error("not here") }');
  await tap('Volgende video');
  await until(world.browser, `!${dialog()}`);
  await run('HTMLMediaElement.prototype.play = plays');
  await open(world.browser);
  await playing(world.browser);
  await close(world.browser);
  await assertUnharmed();
});

for (const [what, script] of [
  ['checkVisibility throws', 'Element.prototype.checkVisibility = () => { throw new Error("not here") }'],
  ['requestAnimationFrame throws', 'window.requestAnimationFrame = () => { throw new Error("not here") }'],
]) {
  test(`on a page whose ${what} the film plays, and no dialog is left when it closes`, async () => {
    await visitProduct(world, film, { head: `<script>${script}</script>` });
    await open(world.browser);
    await playing(world.browser);
    await close(world.browser);
    assert.equal(await run(`return document.querySelector('shelf-reel').shadowRoot.querySelectorAll('dialog').length`), 0);
    await assertUnharmed();
  });
}

test('a page that took ResizeObserver away goes on as it was after a tap', async () => {
  await visitProduct(world, film, { head: '<script>delete window.ResizeObserver</script>' });
  await until(world.browser, button());
  const shown = await (await (await world.browser.findElement({ css: 'shelf-reel' })).getShadowRoot()).findElement({ css: 'button' });
  for (let time = 0; time < 2; time += 1) {
    await shown.click();
    await until(world.browser, `${button()}.ariaBusy === null`);
    assert.deepEqual(await run(`return [...document.querySelector('shelf-reel').shadowRoot.querySelectorAll('dialog')].filter((one) => one.offsetWidth).length`), 0);
  }
  await assertUnharmed();
});

for (const [when, before] of [
  ['has not come yet', () => undefined],
  ['is there', async () => {
    await open(world.browser);
    await playing(world.browser);
    await close(world.browser);
  }],
]) {
  test(`a page whose timers throw at a tap while the player ${when} hears no error, and the film plays`, async () => {
    await visitProduct(world, film);
    await until(world.browser, button());
    await before();
    const element = await world.browser.findElement({ css: 'shelf-reel' });
    const shown = await (await element.getShadowRoot()).findElement({ css: 'button' });
    // The page itself gives its timers back, after longer than a tap takes: until then WebKitGTK's driver, which sets a timer of the page's for each script, can run none.
    await run(`
      const timer = window.setTimeout;
      addEventListener('click', () => timer(() => { window.setTimeout = timer; window.gaveBack = true; }, 1000), { capture: true, once: true });
      window.setTimeout = () => { throw new Error('not here') };`);
    await shown.click();
    await eventually('the page’s own timers again', () => run('return window.gaveBack').catch(() => false), { within_ms: 10_000 });
    await playing(world.browser);
    await close(world.browser);
    await assertUnharmed();
  });
}

test('when sending throws, the video goes on', async () => {
  await visitProduct(world, film);
  await open(world.browser);
  await run('window.fetch = () => { throw new Error("not here") }');
  await playing(world.browser, 1.5);
  assert.equal(await run(`return ${video()}.paused`), false);
  await close(world.browser);
  await assertUnharmed();
});
