// Whatever the edge does, the shopper's page looks as if we were not there: no exception, no message of ours, no shift, no leftover.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { BROWSER, button, dialog, ENGINE, open, outcomes, playing, video, visitThroughProxy } from '../support/shopper.mjs';
import { startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), page: () => startPage() });

const film = '<shelf-reel gtin="9524710000125" lang="nl"></shelf-reel><p id="after">What follows</p>';

const visit = (fault, elements = film) => visitThroughProxy(world, elements, fault);

/** WebKit runs a portal's HTML as the script it was asked for, and tells the page what comes of it; the others look first. Nothing of ours is there to help it. */
const portalsOwn = BROWSER === 'webkit' ? ['Script error.'] : [];

/** The page as a shopper would find it without us. */
async function assertUnharmed(faults = []) {
  const page = await world.browser.executeScript(`return {
    faults, cookies: document.cookie, storage: localStorage.length + sessionStorage.length,
    shift,
    globals: Object.keys(window).filter((name) => /shelf/i.test(name) && name !== 'shelfreel'),
    height: document.querySelector('shelf-reel').offsetHeight, buttons: document.querySelectorAll('button').length,
    shadow: Boolean(document.querySelector('shelf-reel').shadowRoot?.querySelector('button')),
  }`);
  assert.deepEqual(page, { faults, cookies: '', storage: 0, shift: 0, globals: [], height: 0, buttons: 0, shadow: false });
  assert.deepEqual(await world.browser.messages(), []);
}

const only = (part, fault) => ({ path }) => (path.includes(part) ? fault : undefined);

for (const [what, fault] of [['down', 'refuse'], ['answering a captive portal’s HTML', 'html'], ['answering 500', '500'], ['answering half', 'half']]) {
  test(`the whole edge ${what}: nothing of us is there`, async () => {
    await visit(() => fault);
    assert.equal(await world.browser.executeScript(`return customElements.get('shelf-reel') ?? window.shelfreel ?? null`), null, 'nothing of us has run, so nothing can follow');
    await assertUnharmed(fault === 'html' ? portalsOwn : []);
  });

  test(`only the look-up ${what}: the element is told that it is unavailable, and nothing else happens`, async () => {
    await visit(only('/v1/match/', fault));
    const { '': outcome } = await outcomes(world.browser, 1);
    assert.deepEqual([outcome.name, outcome.detail.why], ['nomatch', 'unavailable']);
    await assertUnharmed();
    assert.ok(!world.proxy.requests.some(({ path }) => path.includes('/v1/widget/')), 'the widget is not loaded for nothing');
  });

  test(`only the player ${what}: the button says to try again, and then plays`, async () => {
    await visit(only('/widget/p', fault));
    await until(world.browser, button());
    await world.browser.executeScript(`${button()}.click()`);
    await until(world.browser, `${button()}.textContent.includes('Opnieuw')`);
    assert.deepEqual(await world.browser.executeScript(`return [faults, getComputedStyle(document.documentElement).overflow, ${button()}.ariaBusy]`), [[], 'visible', null]);
    world.proxy.fault = () => undefined;
    await open(world.browser);
    await playing(world.browser);
    assert.deepEqual(await world.browser.messages(), []);
  });

  test(`only the widget’s module ${what}: there is no button, and the page is told`, async () => {
    await visit(only(ENGINE === 'js' ? '/widget/b' : '.wasm', fault));
    const { '': outcome } = await outcomes(world.browser, 1);
    assert.equal(outcome.name, 'nomatch');
    await assertUnharmed();
  });
}

test('an edge that takes five seconds shows its button then, and the page never waited', async () => {
  await visit(only('/v1/match/', { slow_ms: 5000 }));
  await until(world.browser, button());
  const { loaded_ms, answered_ms } = await world.browser.executeScript(`return {
    loaded_ms: performance.getEntriesByType('navigation')[0].loadEventEnd,
    answered_ms: performance.getEntriesByType('resource').find(({ name }) => name.includes('/v1/match/')).responseEnd,
  }`);
  assert.ok(loaded_ms > 0 && loaded_ms < answered_ms, `loaded after ${loaded_ms} ms, answered after ${answered_ms} ms`);
  assert.deepEqual(await world.browser.messages(), []);
});

test('an edge that never answers is given up on', { skip: ENGINE === 'js' && 'the loader, which is the same, gives up on it' }, async () => {
  await visit(only('/v1/match/', 'hang'));
  const { '': outcome } = await outcomes(world.browser, 1);
  assert.equal(outcome.detail.why, 'unavailable');
  await assertUnharmed();
});

test('a film that fails says so in the player, in the shopper’s language, and tries again when asked', async () => {
  await visit(only('.mp4', '500'));
  await open(world.browser);
  const trouble = `${dialog()}.querySelector('[part=error]')`;
  await until(world.browser, `${trouble}.getClientRects().length`);
  assert.match(await world.browser.executeScript(`return ${trouble}.textContent`), /kan niet worden afgespeeld/);
  assert.deepEqual(await world.browser.executeScript('return faults'), []);
  world.proxy.fault = () => undefined;
  await world.browser.executeScript(`[...${dialog()}.querySelectorAll('button')].find((one) => one.textContent.includes('Opnieuw')).click()`);
  await playing(world.browser);
});

test('when the first source fails the next is played', async () => {
  let broken;
  await visit(({ path }) => {
    if (!path.endsWith('.mp4')) return undefined;
    broken ??= path;
    return path === broken ? '500' : undefined;
  });
  await open(world.browser);
  await playing(world.browser);
  assert.notEqual(await world.browser.executeScript(`return new URL(${video()}.currentSrc).pathname`), broken);
});
