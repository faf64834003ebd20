// Beside others, on pages that nobody here wrote: the tag wherever and however often it is put in, elements in shadow roots and frames, documents of every mode, style sheets
// that fight, scripts that have changed the browser, and other vendors who want the same place.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib.mjs';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { button, close, dialog, ENGINE, limits, open, outcomes, playing, productPage, visitProduct } from '../support/shopper.mjs';
import { startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), page: () => startPage(), frame: () => startPage() });

const BREEZE = '9524710000125';
const NONE = '9524790000145';
const film = `<shelf-reel gtin="${BREEZE}" lang="nl"></shelf-reel>`;
const run = (script, ...given) => world.browser.executeScript(script, ...given);
const edge = () => world.stack.at('edge');
const tag = (more = 'async') => `<script ${more} src="${edge()}/v1/shelfreel.js" data-shop="shop_demo" ${ENGINE === 'js' ? 'data-engine="js"' : ''}></script>`;

/** A page that is logged as a product page, with a tag of its own or none. */
const visit = (elements, options = {}) => visitProduct(world, elements, options);

/** The page without the tag at its end, that puts it where it likes. */
async function visitWithout(elements, { head = '', headers = {}, change = (html) => html } = {}) {
  const html = productPage(edge(), elements, { head });
  world.page.html = change(html.slice(0, html.lastIndexOf('<script async src=')) + '</body></html>');
  world.page.headers = headers;
  await world.browser.get(world.page.url);
}

/** What was told, by element and in order. */
const told = () => run(`return events.filter(({ name }) => /match/.test(name)).map(({ id, name, detail }) => [id, detail.why ?? name])`);

/** The player is above all else in the page, and within the screen; the button that closes it too. */
async function assertOnTop(selector) {
  const covered = await run(`
    const dialog = ${dialog(selector)}, root = dialog.getRootNode();
    const box = (element) => { const { left, right, top, bottom } = element.getBoundingClientRect(); return { left, right, top, bottom }; };
    const inside = ({ left, right, top, bottom }, outer) => left >= outer.left - 1 && right <= outer.right + 1 && top >= outer.top - 1 && bottom <= outer.bottom + 1;
    const screen = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    const cross = root.querySelector('[part=close]');
    const at = ({ left, right, top, bottom }) => root.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return JSON.stringify({
      screen: inside(box(dialog), screen), close: inside(box(cross), box(dialog)) && cross.contains(at(box(cross))), video: at(box(root.querySelector('video')))?.localName,
      title: inside(box(root.querySelector('[part=title]')), box(dialog)),
    });`);
  assert.deepEqual(JSON.parse(covered), { screen: true, close: true, video: 'video', title: true });
}

async function assertUnharmed() {
  assert.equal(await run('return faults.join()'), '');
  // Browsers frown upon `document.write`, whatever is written.
  assert.deepEqual((await world.browser.messages()).filter((message) => !message.includes('via document.write')), []);
}

/** The button is there, a real tap opens the player above all else, the film plays, and the page goes on. */
async function assertWorks(selector = 'shelf-reel') {
  await open(world.browser, selector);
  await assertOnTop(selector);
  await playing(world.browser, 0.1, selector);
  await close(world.browser, selector);
  await assertUnharmed();
}

// The one signal.

test('each element tells exactly once whether it has something, and says so later to scripts that come late', async () => {
  await visit(`<shelf-reel id="has" gtin="${BREEZE}"></shelf-reel><shelf-reel id="none" gtin="${NONE}"></shelf-reel><shelf-reel id="wrong" gtin="123"></shelf-reel><shelf-reel id="empty"></shelf-reel>`);
  await outcomes(world.browser, 3);
  const answers = () => run(`return [...document.querySelectorAll('shelf-reel')].map(({ answer }) => answer && (answer.videos[0]?.id ?? answer.why))`);
  assert.deepEqual(await answers(), ['kenwick-br7-nl', 'no_video', 'gtin_length', null]);
  // Another question has no answer yet, and then its own.
  const between = await run(`
    const has = document.getElementById('has');
    has.setAttribute('gtin', '${NONE}');
    return Promise.resolve().then(() => has.answer ?? 'not yet');`);
  assert.equal(between, 'not yet');
  await outcomes(world.browser, 4);
  assert.deepEqual(await answers(), ['no_video', 'no_video', 'gtin_length', null]);
  assert.deepEqual((await told()).sort(), [['has', 'no_video'], ['has', 'shelfreel:match'], ['none', 'no_video'], ['wrong', 'gtin_length']].map(([id, why]) => [id, why.replace('shelfreel:', '')]).sort());
  await assertUnharmed();
});

/** The recipe for several vendors, as docs/integrate.md prints it. */
const recipe = /### Beside other vendors[^]*?```html\n([^]*?)```/.exec(readFileSync(join(root, 'docs/integrate.md'), 'utf8'))[1];

for (const [what, change, shown] of [
  ['has a film, the other is not asked', (html) => html, ['button', []]],
  ['has none, the other is asked', (html) => html.replace("'gtin', '9524710000125'", `'gtin', '${NONE}'`), ['', [BREEZE]]],
  ['comes second, it is put in when the other has nothing', (html) => html.replace('[shelfreel, other]', '[other, shelfreel]'), ['button', [BREEZE]]],
  ['comes second, it is not there when the other has something', (html) => html.replace('[shelfreel, other]', '[other, shelfreel]').replaceAll(BREEZE, '614141003013'), ['', ['614141003013']]],
  ['is blocked, the other is asked when the patience has ended', (html) => html.replace(', 10000)', ', 100)').replace('shelf-reel', 'shelf-blocked'), ['', [BREEZE]]],
]) {
  test(`of two vendors, as the recipe says: where ours ${what}`, async () => {
    const other = `<script>
      window.asked = [];
      window.otherVendor = { async show(place, code) { asked.push(code); if (code === '614141003013') place.append('their film'); return code === '614141003013'; } };
    </script>`;
    assert.notEqual(change(recipe), '', 'the recipe is there');
    await visit(change(recipe), { head: other });
    await until(world.browser, shown[0] ? button() : 'asked.length');
    const seen = await run(`return [document.querySelector('shelf-reel')?.shadowRoot.querySelector('button')?.localName ?? '', asked]`);
    assert.deepEqual(seen, shown);
    await assertUnharmed();
  });
}

// The tag.

for (const [where, page] of [
  ['in the head, before the elements', { head: () => tag() }],
  ['in the head, blocking', { head: () => tag('') }],
  ['before the elements', { body: () => tag('') + film }],
  ['twice', { body: () => tag() + film + tag() }],
  ['for two shops, of which the first one counts', { body: () => tag('') + film + tag('').replace('shop_demo', 'shop_strict') }],
  ['from two edges', { body: () => tag('') + film + tag('').replace('edge.localhost', 'shop.localhost') }],
  ['by a tag manager', { head: () => `<script>addEventListener('load', () => document.head.append(document.createRange().createContextualFragment(${JSON.stringify(tag()).replaceAll('</', '<\\/')})))</script>` }],
  ['by document.write', { body: () => `${film}<script>document.write(${JSON.stringify(tag('')).replaceAll('</', '<\\/')})</script>` }],
]) {
  test(`the tag ${where}: one button, one look-up, told once`, async () => {
    const [head, body] = [page.head?.() ?? '', page.body?.() ?? film];
    await visitWithout(body, { head });
    await assertWorks();
    const asked = await run(`return performance.getEntriesByType('resource').filter(({ name }) => name.includes('/v1/match/')).map(({ name }) => name)`);
    assert.deepEqual([asked.length, await told()], [1, [['', 'match']]]);
  });
}

test('a tag that the browser does not run as a tag does nothing, and harms nothing', async () => {
  await visitWithout(film, { head: `<script type="module" src="${edge()}/v1/shelfreel.js" data-shop="shop_demo"></script><script type="module">import '${edge()}/v1/shelfreel.js?again'</script>` });
  await run(`document.body.insertAdjacentHTML('beforeend', arguments[0])`, tag());
  await until(world.browser, 'document.readyState === "complete"');
  assert.deepEqual([await told(), await run(`return ${button()} ?? null`)], [[], null]);
  await assertUnharmed();
});

// The place.

const inShadow = (mode) => `<div id="card" lang="nl"></div><script>
  const root = document.getElementById('card').attachShadow({ mode: '${mode}' });
  window.element = document.createElement('shelf-reel');
  element.setAttribute('gtin', '${BREEZE}');
  root.append(element);
</script>`;

test('inside a shadow root, open or closed, the button comes in the language around it, and nothing is made beside it', async () => {
  for (const mode of ['open', 'closed']) {
    // What the page says of its product is for pages without an element.
    const data = `<script type="application/ld+json">{"@type":"Product","gtin":"${BREEZE}"}</script>`;
    await visit(inShadow(mode) + data, { lang: 'en' });
    await until(world.browser, 'element.shadowRoot?.querySelector("button")');
    assert.equal(await run('return element.answer.videos[0].language'), 'nl');
    await run('element.shadowRoot.querySelector("button").click()');
    await until(world.browser, 'element.shadowRoot.querySelector("dialog video")');
    // Made later, if it is made.
    await until(world.browser, `performance.getEntriesByType('resource').some(({ name }) => name.includes('/widget/p'))`);
    assert.deepEqual([await run('return document.querySelectorAll("shelf-reel").length'), (await told()).map(([, name]) => name)], [0, ['match']], mode);
    await assertUnharmed();
  }
});

const inner = () => productPage(edge(), film).replaceAll('"', '&quot;');

for (const [what, attributes] of [
  ['of the same origin', () => `srcdoc="${inner()}"`],
  ['of another origin', () => `src="${world.frame.url}"`],
  ['in a sandbox without an origin, and without leave for full screen', () => `src="${world.frame.url}" sandbox="allow-scripts" allow="fullscreen 'none'; autoplay 'none'; picture-in-picture 'none'"`],
]) {
  test(`in a frame ${what} the film plays within the frame`, async () => {
    world.frame.html = productPage(edge(), film);
    await visitWithout(`<iframe width="700" height="600" ${attributes()}></iframe>`);
    await world.browser.switchTo().frame(0);
    try {
      await assertWorks();
    } finally {
      await world.browser.switchTo().defaultContent();
    }
  });
}

const xhtml = () => `<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="nl" lang="nl"><head><title>Product</title>
<script>window.events = []; window.faults = []; addEventListener('error', (event) => faults.push(String(event.message)));</script>
${tag('async="async"')}</head><body>${film}</body></html>`;

for (const [what, page] of [
  ['in quirks mode', { change: (html) => html.replace('<!doctype html>', '').replace('</body>', `${tag()}</body>`) }],
  ['of XML', { change: xhtml, headers: { 'content-type': 'application/xhtml+xml' } }],
  ['with another base', { head: '<base href="https://elsewhere.example/deep/" target="_blank">', change: (html) => html.replace('</body>', `${tag()}</body>`) }],
]) {
  test(`in a document ${what} all works`, async () => {
    await visitWithout(film, page);
    await assertWorks();
  });
}

test('in the shop’s own modal dialog the player opens above it, and closing it leaves that open', async () => {
  await visit(`<dialog id="quick">${film}</dialog><script>document.getElementById('quick').showModal()</script>`);
  await assertWorks();
  assert.equal(await run('return document.getElementById("quick").open'), true);
});

// Style sheets that fight.

const BANNER = 'position:fixed;inset:0 0 auto;height:100vh;z-index:2147483647;pointer-events:none;background:rgb(0 0 0/.2)';

for (const [what, css, around = (html) => html] of [
  ['unsets everything', '* { all: unset !important }'],
  ['resets buttons, dialogs and all that is inside of us', 'button, dialog, video, svg, shelf-reel * { display: none !important; opacity: 0 !important; visibility: hidden !important; position: static !important; z-index: -1 !important }'],
  ['has fixed banners above all', '', (html) => `<div style="${BANNER}"></div>${html}<div style="${BANNER}"></div>`],
  ['has a small root font, as themes do that count in tenths', 'html { font-size: 62.5% } body { font-size: 1.6rem }'],
  ['hides text and keeps lines whole around us', '.icon { white-space: nowrap; letter-spacing: 1em; text-transform: uppercase; word-spacing: 2em; line-height: 0; font-size: 0 }', (html) => `<div class="icon">${html}</div>`],
  ['transforms, filters, clips and contains what is around us', '.card { transform: rotate(1deg) scale(.9); filter: grayscale(1); perspective: 10px; will-change: transform; contain: strict; overflow: hidden; width: 300px; height: 120px; opacity: .5; clip-path: inset(0); isolation: isolate }', (html) => `<div class="card">${html}</div>`],
]) {
  test(`on a page that ${what} the button can be seen and tapped, and the player stands above all`, async () => {
    await visit(around(`<div style="padding: 20px">${film}</div>`), { head: `<style>${css}</style>` });
    await until(world.browser, button());
    const seen = await run(`
      const { width, height } = ${button()}.getBoundingClientRect(), { fontSize, visibility } = getComputedStyle(${button()});
      return { wide: width >= 44, high: height >= 38, font: parseFloat(fontSize) >= 14, visibility, text: ${button()}.innerText.trim().toLowerCase() }`);
    assert.deepEqual(seen, { wide: true, high: true, font: true, visibility: 'visible', text: 'bekijk 3 video\u2019s' });
    await assertWorks();
  });
}

// Scripts that have changed the browser.

const DRIVEN = limits({ webkit: 'WebKitGTK’s driver finds the page’s additions in its own answers, and sends none' });
for (const [what, script] of [
  ['froze the prototypes of all', 'for (const { prototype } of [Object, Array, Function, String, Promise, Map, Set, Element, HTMLElement, EventTarget]) Object.freeze(prototype)'],
  ['gave all objects and lists more than they had', 'Object.prototype.extend = Array.prototype.last = function () {}'],
  ['traces every fetch', `
    const real = window.fetch;
    window.fetch = async function (input, init) {
      const request = new Request(input, init);
      request.headers.set('traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
      const response = await real.call(this, request);
      await response.clone().arrayBuffer();
      return response;
    }`],
  ['puts everything that listens or waits into zones', `
    for (const name of ['addEventListener', 'removeEventListener']) {
      const real = EventTarget.prototype[name];
      EventTarget.prototype[name] = function (type, listener, options) {
        const zoned = typeof listener === 'function' ? (listener.zoned ||= function (...given) { return listener.apply(this, given) }) : listener;
        return real.call(this, type, zoned, typeof options === 'object' ? { ...options } : options);
      };
    }
    const Real = window.Promise;
    window.Promise = class ZoneAwarePromise extends Real {};
    const { fetch } = window;
    window.fetch = (...given) => new Promise((resolve, reject) => fetch(...given).then(resolve, reject));
    for (const name of ['setTimeout', 'requestAnimationFrame']) { const real = window[name]; window[name] = (work, ...more) => real((...given) => work(...given), ...more) }`],
  ['looks at every shadow root that is attached', `
    const real = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (init) { const root = real.call(this, { ...init }); new MutationObserver(() => {}).observe(root, { childList: true, subtree: true }); return root }`],
  ['stands between us and the custom elements', `
    const real = customElements, defined = new Map();
    Object.defineProperty(window, 'customElements', { value: {
      define(name, type, options) { defined.set(name, type); return real.define(name, class extends type {}, options) },
      get: (name) => defined.get(name), whenDefined: (name) => real.whenDefined(name), upgrade: (node) => real.upgrade(node),
    } })`],
]) {
  test(`on a page that ${what} all works`, what.startsWith('gave all objects') ? DRIVEN : {}, async () => {
    await visit(film, { head: `<script>${script}</script>` });
    await assertWorks();
  });
}

test('where somebody else has taken the name of our element, the page hears nothing', async () => {
  await visit(film, { head: '<script>customElements.define("shelf-reel", class extends HTMLElement {})</script>' });
  await until(world.browser, 'document.readyState === "complete"');
  await assertUnharmed();
});
