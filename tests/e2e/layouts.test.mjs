// How an element may look, and where it may stand: each layout, the shop's own words and its own trigger, and no layout shift where the room is reserved.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { button, close, dialog, open, outcomes, playing, visitProduct, visitThroughProxy } from '../support/shopper.mjs';
import { eventually, startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), page: () => startPage() });

const GTIN = '9524710000125';
const run = (script) => world.browser.executeScript(script);
const poster = (selector) => `${button(selector)}?.querySelector('img')`;
const film = (id, more = '') => `<shelf-reel id="${id}" gtin="${GTIN}" lang="nl" ${more}></shelf-reel>`;

/** The element's trigger, clicked where it stands. */
const tap = async (id) => (await world.browser.findElement({ id })).click();

test('each layout shows what it is named after, is told to the brand, and opens the player', async () => {
  await visitThroughProxy(world, `<div style="width: 600px">${film('b')}${film('t', 'layout="thumbnail"')}${film('i', 'layout="inline"')}${film('x', 'layout="carousel"')}</div>`, () => undefined);
  await until(world.browser, `[...document.querySelectorAll('shelf-reel')].every((element) => element.shadowRoot?.querySelector('button'))`);
  assert.deepEqual(await run(`return ['#b', '#t', '#i', '#x'].map((selector) => Boolean(document.querySelector(selector).shadowRoot.querySelector('img[part=poster]')))`), [false, true, true, false]);
  await until(world.browser, `${poster('#t')}.naturalWidth > 0`);
  const boxes = await run(`return ['#t', '#i'].map((selector) => { const { width, height } = document.querySelector(selector).shadowRoot.querySelector('button').getBoundingClientRect(); return [width, Math.round(width / height * 100) / 100]; })`);
  assert.deepEqual(boxes, [[160, 1.78], [600, 1.78]]);
  // A poster says nothing; the words on it do.
  assert.equal(await run(`return ${poster('#t')}.alt`), '');
  assert.equal(await run(`return ${button('#t')}.textContent.trim()`), await run(`return ${button('#b')}.textContent.trim()`));
  const told = () => Object.fromEntries(world.proxy.beacons.flatMap((body) => JSON.parse(body).placements).map(({ id, layout }) => [id, layout]));
  await eventually('all are shown', () => Object.keys(told()).length === 4);
  assert.deepEqual(Object.values(told()).sort(), ['button', 'button', 'inline', 'thumbnail']);
  await open(world.browser, '#t');
  await playing(world.browser, 0.1, '#t');
  await close(world.browser, '#t');
});

test('an element that changes its layout or its words shows them', async () => {
  await visitProduct(world, film('a'));
  await until(world.browser, button('#a'));
  await run(`document.querySelector('#a').setAttribute('layout', 'thumbnail')`);
  await until(world.browser, poster('#a'));
  await run(`document.querySelector('#a').setAttribute('label', 'Zo werkt hij')`);
  await until(world.browser, `${button('#a')}?.textContent === 'Zo werkt hij'`);
  await run(`document.querySelector('#a').removeAttribute('layout'); document.querySelector('#a').removeAttribute('label')`);
  await until(world.browser, `${button('#a')} && !${poster('#a')} && ${button('#a')}.textContent !== 'Zo werkt hij'`);
});

test('the shop’s own element opens the player, wherever it stands and whatever it is', async () => {
  for (const [what, trigger, read] of [
    ['a hidden button', '<button id="own" type="button" hidden>Film</button>', `document.querySelector('#own')`],
    ['a link', '<a id="own" href="/elsewhere">Film</a>', `document.querySelector('#own')`],
    ['a button in a form', '<form action="/elsewhere"><button id="own">Film</button></form>', `document.querySelector('#own')`],
  ]) {
    await visitProduct(world, `${trigger}${film('a', 'for="own" layout="inline"')}`);
    const { a } = await outcomes(world.browser, 1);
    assert.equal(a.name, 'match', what);
    assert.deepEqual(await run(`const own = ${read}; return [own.hidden, own.getAttribute('aria-haspopup'), own.textContent, ${button('#a')} ?? null]`), [false, 'dialog', 'Film', null], what);
    await tap('own');
    await until(world.browser, `${dialog('#a')}?.open`);
    await playing(world.browser, 0.1, '#a');
    await close(world.browser, '#a');
    assert.equal(await run(`return document.activeElement.id`), 'own', `${what} has the focus again`);
    await run(`document.querySelector('#a').setAttribute('gtin', '4006381333931')`);
    await until(world.browser, `!${read}.hasAttribute('aria-haspopup')`);
    await run(`document.querySelector('#a').remove()`);
    assert.deepEqual(await run(`return [faults, ${read}.hidden, ${read}.hasAttribute('aria-haspopup')]`), [[], what === 'a hidden button', false], what);
  }
});

test('without `for` no element is a trigger, not even one whose id is "null"', async () => {
  await visitProduct(world, `<button id="null">Ours</button>${film('a')}`);
  await until(world.browser, button('#a'));
  assert.equal(await run(`return document.getElementById('null').hasAttribute('aria-haspopup')`), false);
});

test('a trigger is looked for in the element’s own shadow root, and where there is none a button of ours comes', async () => {
  await visitProduct(world, `<button id="own">Not this one</button><div id="shop"></div>${film('a', 'for="nobody"')}`);
  await run(`
    const root = document.querySelector('#shop').attachShadow({ mode: 'open' });
    root.innerHTML = '<button id="own" hidden>This one</button>${film('inner', 'for="own"')}';`);
  await until(world.browser, `document.querySelector('#shop').shadowRoot.querySelector('#own').hidden === false`);
  assert.equal(await run(`return document.querySelector('#own').hasAttribute('aria-haspopup')`), false);
  await until(world.browser, button('#a'));
});

for (const [what, style, more] of [
  ['a button in a reserved slot', 'display: block; min-height: 44px', ''],
  ['a thumbnail in a reserved slot', 'display: block; height: 90px', 'layout="thumbnail"'],
  ['a film in a reserved slot', 'display: block; aspect-ratio: 16 / 9', 'layout="inline"'],
  ['a button laid over the gallery', 'position: absolute; top: 8px; left: 8px', ''],
  ['a thumbnail laid over the gallery', 'position: absolute; top: 8px; left: 8px', 'layout="thumbnail"'],
]) {
  test(`${what} moves nothing on the page, with a video or without`, async () => {
    for (const [gtin, outcome] of [[GTIN, 'match'], ['4006381333931', 'nomatch']]) {
      const html = `<style>shelf-reel { ${style} }</style><div style="position: relative; width: 480px">
        <shelf-reel id="a" gtin="${gtin}" lang="nl" ${more}></shelf-reel><p id="below" style="height: 300px; background: #eee">The gallery</p></div>`;
      await visitProduct(world, html, { head: '<script>addEventListener("DOMContentLoaded", () => { window.before = below.getBoundingClientRect().top })</script>' });
      const { a } = await outcomes(world.browser, 1);
      assert.equal(a.name, outcome);
      if (more && outcome === 'match') await until(world.browser, `${poster('#a')}.naturalWidth > 0`);
      assert.deepEqual(await run(`return [shift, below.getBoundingClientRect().top - before]`), [0, 0], outcome);
    }
  });
}
