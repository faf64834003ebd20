// Content blockers, with the rules that people have: what shows the film passes, what measures it may be stopped and is then missed by nobody, and a page on which all of ours is
// stopped looks as if we were not there. Nothing here is named to get past a rule: what measures is called what it is (`/v1/playback`).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib.mjs';
import { readFilters, startBlocker, stopper } from '../support/blocker.mjs';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { BROWSER, ENGINE, button, close, dialog, open, outcomes, playing, video, visitProduct } from '../support/shopper.mjs';
import { eventually, startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const lists = readFilters();
const EDGE = 'https://edge.example';

const world = useWorld({
  stack: () => startDemo(),
  browser: () => startBrowser(),
  page: () => startPage(),
  // Lists know hosts: ours are taken for what they are in life, another site's than the shop's.
  blocker: ({ stack, browser }) => startBlocker(browser, { engine: lists, as: (url) => url.replace(stack.at('edge'), EDGE) }),
});

const film = '<shelf-reel gtin="9524710000125" lang="nl" kind="commercial"></shelf-reel>';
const MEDIA = '0123456789abcdef0123456789abcdef';
const { files, pinned } = JSON.parse(readFileSync(join(root, 'build/widget/manifest.json'), 'utf8'));
const widgetFiles = [...files, pinned].map(({ name }) => name);

/** Goes to a product page with these rules applied, in a browser whose cache knows nothing of it. */
async function visit(engine, elements = film, options = {}) {
  await world.browser.get('about:blank');
  await world.browser.clearCache();
  await world.browser.messages();
  Object.assign(world.blocker, { engine, requests: [] });
  await visitProduct(world, elements, options);
}

const run = (script) => world.browser.executeScript(script);
const measuring = () => world.blocker.requests.filter(({ path, method }) => path.startsWith('/v1/playback/') && method === 'POST');
const stopped = () => world.blocker.requests.filter(({ by }) => by);

/** Leaves the page. Firefox tells nobody of what a page asks for that is gone, so there it hears that it goes, and stays. */
async function leave() {
  if (BROWSER === 'firefox') await run(`dispatchEvent(new PageTransitionEvent('pagehide'))`);
  else await world.browser.get('about:blank');
}

/** The page heard of nothing, and the console is silent. */
async function assertUnharmed() {
  assert.deepEqual(await run('return faults'), []);
  assert.deepEqual(await world.browser.messages(), []);
}

test('the rules are applied: they stop what counts, and a page that sends on leaving', () => {
  for (const [type, path] of [['xhr', '/collect?v=2'], ['script', '/v1/tracker.js'], ['xhr', '/beacon/media?id=1'], ['ping', '/anything']])
    assert.ok(stopper(lists, { url: EDGE + path, type, source: 'https://shop.example/product' }), `${type} ${path}`);
});

test('script, look-up, modules, poster, film, playlist and captions pass, whatever the edge is called', () => {
  const product = 'p=gtin%3A9524710000125%7Csku%3A12345&p=mpn%3AKenwick%3ABR7%2FGR&lang=nl-BE%2Cen&kind=guide&market=NL';
  const requests = [
    ['script', '/v1/shelfreel.js'],
    ['xhr', `/v1/match/shop_demo?${product}`],
    ...widgetFiles.map((name) => [name.endsWith('.wasm') ? 'xhr' : 'script', `/v1/widget/${name}`]),
    ['script', '/v1/widget/p-01234567.js??'],
    ...['jpg', 'png', 'webp'].map((ending) => ['image', `/v1/media/${MEDIA}.${ending}`]),
    ...['mp4', 'webm'].map((ending) => ['media', `/v1/media/${MEDIA}.${ending}`]),
    ...['m3u8', 'm4s', 'mp4'].map((ending) => ['xhr', `/v1/media/${MEDIA}.${ending}`]),
    ['other', `/v1/media/${MEDIA}.vtt`],
  ];
  for (const edge of [EDGE, 'https://shelfreel.brand.example', 'https://video.shop.example', 'https://shelfreel.operator.workers.dev'])
    for (const [type, path] of requests) assert.equal(stopper(lists, { url: edge + path, type, source: 'https://www.shop.example/product/123' }), undefined, `${type} ${edge}${path}`);
});

test('with the lists applied the film plays with its captions; what they stop is measurement, and nobody notices', async (t) => {
  await visit(lists);
  await open(world.browser);
  await playing(world.browser, 1);
  await run(`const video = ${video()}; video.textTracks[0].mode = 'showing'`);
  await until(world.browser, `${video()}.textTracks[0].cues?.length`);
  await close(world.browser);
  await assertUnharmed();
  // Whoever leaves in the middle of the film has no time left for an answer, so that is told by `sendBeacon`, which EasyPrivacy stops for all but the page's own host.
  await open(world.browser);
  await playing(world.browser);
  await leave();
  await eventually('the last beacon is stopped', () => stopped().length > 0);
  const { requests } = world.blocker;
  const passed = requests.filter(({ by, url }) => !by && url.startsWith(world.stack.at('edge'))).map(({ path }) => path.replace(/[^/]+\./, '*.').replace(/shop_.*/, ''));
  for (const kind of ['/v1/*.js', '/v1/match/', '/v1/widget/*.js', '/v1/media/*.mp4', '/v1/media/*.jpg', '/v1/media/*.vtt']) assert.ok(passed.includes(kind), `${kind} in ${[...new Set(passed)]}`);
  for (const { path, type, by } of stopped()) assert.deepEqual([path, type], ['/v1/playback/shop_demo', 'ping'], by);
  t.diagnostic(`${stopped().length} of ${measuring().length} beacons stopped, by ${[...new Set(stopped().map(({ by }) => by))]}`);
});

test('what hides elements by their names hides neither the button nor the player', async () => {
  await visit(lists, `<div id="video-ad" class="ad-button">An advertisement</div>${film}`);
  await open(world.browser);
  const names = await run(`
    const all = [...document.querySelectorAll('*'), ...${dialog()}.getRootNode().querySelectorAll('*')];
    return { ids: all.map(({ id }) => id).filter(Boolean), classes: all.flatMap((one) => [...one.classList, ...one.part]), hrefs: all.map(({ href }) => href).filter(Boolean) }`);
  const { styles } = lists.getCosmeticsFilters({ url: 'https://shop.example/product', hostname: 'shop.example', domain: 'shop.example', ...names, getBaseRules: true, getRulesFromDOM: true, getRulesFromHostname: true });
  // A blocker's rules do not reach into a shadow root. Here they do, so that no name of ours depends on that.
  const { rules, advertisement, ...seen } = await run(`
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(${JSON.stringify(styles)});
    const shadow = document.querySelector('shelf-reel').shadowRoot;
    const visible = () => [shadow.host, ...shadow.querySelectorAll('*')].filter((one) => one.checkVisibility()).map((one) => one.localName + '.' + one.part);
    const before = visible();
    document.adoptedStyleSheets.push(sheet);
    shadow.adoptedStyleSheets.push(sheet);
    return { rules: sheet.cssRules.length, before, after: visible(), advertisement: document.querySelector('#video-ad').checkVisibility() }`);
  assert.deepEqual([rules > 0, advertisement], [true, false], 'the rules hide what they are for');
  assert.ok(seen.before.length > 5, `${seen.before}`);
  assert.deepEqual(seen.after, seen.before);
  await close(world.browser);
});

test('where all measurement is stopped the film plays to its end; nothing is sent twice, and nothing is sent because something was stopped', async () => {
  await visit(readFilters('/v1/playback/$xhr,ping'));
  await open(world.browser);
  await playing(world.browser, 0.5);
  await run(`const video = ${video()}; video.currentTime = video.duration - 1`);
  await until(world.browser, `events.some(({ name }) => name === 'ended')`);
  await close(world.browser);
  const elapsed_ms = await run('return performance.now()');
  const tried = measuring();
  assert.ok(tried.length > 0 && tried.every(({ by }) => by), 'measurement was tried, and stopped');
  const ids = tried.map(({ body }) => JSON.parse(body).id);
  assert.equal(new Set(ids).size, ids.length, 'no beacon is sent again');
  // Once a second while something changes, and at once what must not wait: shown, viewable, start, end, close.
  assert.ok(tried.length <= elapsed_ms / 1000 + 5, `${tried.length} tries in ${Math.round(elapsed_ms)} ms`);
  await assertUnharmed();
});

/** The page as it looks, and what stands in our element. */
const looks = async () => ({ picture: await world.browser.takeScreenshot(), within: await run(`return document.querySelector('shelf-reel')?.shadowRoot?.innerHTML ?? ''`) });

test('where our host, the look-up or the modules are stopped, the page looks as if we were not there', async () => {
  const elements = `<p>before</p>${film}<p>after</p>`;
  await visit(lists, '<p>before</p><p>after</p>');
  // The tag finds nothing to ask for, on a page that has no element.
  await until(world.browser, `document.readyState === 'complete'`);
  const without = await looks();
  for (const [rule, why] of [
    ['||edge.example^', undefined],
    ['||edge.example/v1/shelfreel.js', undefined],
    ['||edge.example/v1/match/', 'unavailable'],
    ['||edge.example/v1/widget/', 'unavailable'],
    ...(ENGINE === 'wasm' ? [['||edge.example/v1/widget/*.wasm', 'unavailable']] : []),
  ]) {
    await visit(readFilters(rule), elements);
    await until(world.browser, `document.readyState === 'complete'`);
    if (why) assert.equal((await outcomes(world.browser, 1))[''].detail.why, why, rule);
    assert.ok(stopped().some(({ by }) => by.includes('edge.example')), `${rule} stopped something`);
    assert.deepEqual(await looks(), without, rule);
    assert.equal(await run('return shift'), 0, rule);
    assert.deepEqual(await run('return customElements.get("shelf-reel") ? typeof shelfreel.cart : typeof shelfreel'), why ? 'function' : 'undefined', rule);
    await assertUnharmed();
    assert.ok(stopped().length <= 3, `${rule}: ${stopped().length} tries`);
  }
});

test('where the player is stopped, the button says that it can be tried again, and the page scrolls', async () => {
  await visit(readFilters('/v1/widget/p'));
  await until(world.browser, button());
  await run(`${button()}.click()`);
  await until(world.browser, `${button()}.textContent.includes('Opnieuw')`);
  assert.ok(stopped().length <= 4, `${stopped().length} tries`);
  assert.equal(await run('return getComputedStyle(document.documentElement).overflow'), 'visible');
  await assertUnharmed();
});
