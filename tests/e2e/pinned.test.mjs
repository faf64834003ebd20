// The pinned tag: one script, by the hash of its bytes, that asks for no other. For shops that let nothing run on their pages that they have not seen
// (Subresource Integrity; the Integrity-Policy header, https://w3c.github.io/webappsec-subresource-integrity/).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { kept, pinnedTag } from '../../scripts/kept.mjs';
import { root } from '../../scripts/lib.mjs';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { button, close, open, outcomes, playing, productPage } from '../support/shopper.mjs';
import { eventually, lakeRows, startWhole } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({
  stack: () => startWhole(),
  browser: () => startBrowser(),
  page: () => startPage(),
});

const STRICT = { 'integrity-policy': 'blocked-destinations=(script)' };
const film = '<shelf-reel gtin="9524710000125" lang="nl"></shelf-reel>';

/** What the edge says of the file to pin: its address and its hash. */
const pinned = async () => (await unpacked('/v1/widget/pinned.json')).json();
const unpacked = (path) => world.stack.ask('edge', path, { headers: { 'accept-encoding': 'identity' } });

/** Goes to a product page whose tag is the pinned one, with `more` attributes. */
async function visit(elements, { src, integrity, more = '', headers = {}, ...options } = {}) {
  const edge = world.stack.at('edge');
  const now = await pinned();
  world.page.headers = headers;
  world.page.html = productPage(edge, elements, { engine: 'wasm', ...options })
    .replace(`src="${edge}/v1/shelfreel.js"`, `src="${edge}${src ?? now.src}" integrity="${integrity ?? now.integrity}" crossorigin="anonymous" ${more}`);
  await world.browser.get(world.page.url);
}

const run = (script) => world.browser.executeScript(script);
const read = (expression) => run(`return ${expression}`);

/** Addresses of the edge's that the page has asked for as code, by any road. */
const code = `performance.getEntriesByType('resource').map(({ name }) => new URL(name)).filter(({ pathname }) => /\\.(js|wasm)$/.test(pathname)).map(({ pathname }) => pathname)`;

test('what the edge names is what was built, compressed, for every page, for ever', async () => {
  const { src, integrity } = await pinned();
  assert.equal(pinnedTag('https://e', 'shop_x'), `<script async src="https://e${src}" integrity="${integrity}" crossorigin="anonymous" data-shop="shop_x"></script>`);
  const { status, headers, bytes } = await world.stack.ask('edge', src, { headers: { 'accept-encoding': 'br' } });
  assert.deepEqual([status, headers['content-encoding'], headers['access-control-allow-origin']], [200, 'br', '*']);
  assert.match(headers['cache-control'], /immutable/);
  assert.ok(bytes.length < 34_500, `${bytes.length} bytes`);
  const plain = await unpacked(src);
  assert.equal(`sha384-${createHash('sha384').update(plain.bytes).digest('base64')}`, integrity);
  assert.ok(plain.bytes.equals(readFileSync(join(root, 'build/widget', src.split('/').pop()))));
});

test('a deploy leaves every hash-named file in the bucket, as built and in brotli', () => {
  const objects = kept();
  for (const { key, file } of objects) assert.ok(existsSync(file), key);
  const names = objects.map(({ key }) => key.replace(/-[0-9a-f]{8}\./, '-HASH.'));
  for (const name of ['b-HASH.js', 'b-HASH.wasm', 'bt-HASH.js', 'p-HASH.js', 'p-HASH.wasm', 'pt-HASH.js', 'd-HASH.js', 'c-HASH.js', 'purchase-HASH.js', 'shelfreel-HASH.js']) {
    for (const ending of ['', '.br']) assert.equal(names.filter((one) => one === `widget/${name}${ending}`).length, 1, name + ending);
  }
  assert.ok(!names.some((name) => /shelfreel\.js|pinned\.json/.test(name)), 'what is not immutable is not kept');
});

test('where every script must have its hash, the button comes, the film plays and is counted, by one script alone', async () => {
  const { LAKE } = await world.stack.env('shelfreel-studio');
  const viewings = async () => (await lakeRows(LAKE, undefined, world.page)).filter(({ beacon }) => beacon.sessions?.some(({ started, state }) => started === 1 && state === 'quit')).length;
  const before = await viewings();
  // A page with a consent manager: nothing is counted unless the gate is there, which the ordinary tag imports.
  await visit(film, { headers: STRICT, head: '<script>window.dataLayer = []</script>' });
  await open(world.browser);
  await playing(world.browser);
  await close(world.browser);
  await open(world.browser);
  await close(world.browser);
  assert.deepEqual(await read(`[faults, ${code}]`), [[], [(await pinned()).src]]);
  assert.deepEqual(await world.browser.messages(), []);
  await eventually('the viewing', async () => (await viewings()) > before);
});

test('where every script must have its hash, an order is told, by one script alone', async () => {
  await visit('', { headers: STRICT, head: `<script>window.told = []; { const { fetch } = window; window.fetch = (...given) => (told.push(given[1].body), fetch(...given)) }</script>` });
  await run(`shelfreel.purchase({ orderId: 'pinned', lines: [{ gtin: '9524710000125' }] })`);
  const [body] = await until(world.browser, 'told[0] && told');
  assert.deepEqual(JSON.parse(body).purchases, [{ order: 'pinned', lines: [{ code: 'gtin:9524710000125', quantity: 1 }] }]);
  assert.deepEqual(await read(`[faults, ${code}]`), [[], [(await pinned()).src]]);
});

test('where every script must have its hash, the ordinary tag does not run, and the page is as it was', async () => {
  world.page.headers = STRICT;
  world.page.html = productPage(world.stack.at('edge'), film);
  await world.browser.get(world.page.url);
  await until(world.browser, `document.readyState === 'complete'`);
  assert.deepEqual(await read(`[faults, events, typeof shelfreel, ${button()} ?? null, document.querySelector('shelf-reel').getBoundingClientRect().height]`), [[], [], 'undefined', null, 0]);
  // Without the header it would: what was seen is the header's work.
  world.page.headers = {};
  await world.browser.get(world.page.url);
  await until(world.browser, button());
  await world.browser.messages();
});

test('other bytes than those that were pinned do not run, and the page is as it was', async () => {
  await visit(film, { integrity: `sha384-${createHash('sha384').update('other bytes').digest('base64')}` });
  await until(world.browser, `document.readyState === 'complete'`);
  assert.deepEqual(await read(`[faults, events, typeof shelfreel, ${button()} ?? null]`), [[], [], 'undefined', null]);
  const messages = await world.browser.messages();
  assert.ok(messages.every((message) => /integrity|digest|hash/i.test(message)), `only what the browser says: ${messages}`);
});

test('a file that was pinned before later deploys still comes', async () => {
  const { src, integrity } = await pinned();
  const old = src.replace(/-\w+/, '-00000000').slice('/v1/'.length);
  for (const ending of ['', '.br']) {
    const body = readFileSync(join(root, 'build/widget', src.split('/').pop() + ending));
    await world.stack.ask('localhost', `/client/v4/accounts/local/r2/buckets/shelfreel-media/objects/${encodeURIComponent(old + ending)}`, { method: 'PUT', body });
  }
  await visit(film, { src: `/v1/${old}`, integrity, headers: STRICT });
  await until(world.browser, button());
  assert.deepEqual(await read(`[faults, ${code}]`), [[], [`/v1/${old}`]]);
});

test('it makes an element too, and beside the ordinary tag everything happens once', async () => {
  await visit('', { more: 'data-gtin="9524710000125"' });
  await until(world.browser, button());
  assert.deepEqual(await read(`[faults, ${code}]`), [[], [(await pinned()).src]]);
  const twice = `<script async src="${world.stack.at('edge')}/v1/shelfreel.js" data-shop="shop_demo"></script>`;
  await visit(`<shelf-reel id="one" gtin="9524710000125"></shelf-reel><shelf-reel id="two" gtin="9524710000132"></shelf-reel>${twice}`);
  await outcomes(world.browser, 2);
  await until(world.browser, `document.readyState === 'complete'`);
  assert.deepEqual(await read(`[faults, events.map(({ id }) => id).sort(), performance.getEntriesByType('resource').filter(({ name }) => name.includes('/v1/match/')).length]`), [[], ['one', 'two'], 1]);
});
