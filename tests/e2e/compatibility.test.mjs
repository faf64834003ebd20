// What works in this browser under each policy in each layout, beside what docs/compatibility.md says of it. The document is written by this test: SHELFREEL_WRITE=1.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib.mjs';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { NONCE, letters } from '../support/policies.mjs';
import { startProxy } from '../support/proxy.mjs';
import { BROWSER, outcomes, visitProduct } from '../support/shopper.mjs';
import { eventually, startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), page: () => startPage(), proxy: ({ stack }) => startProxy(stack.port) });

const LAYOUTS = ['button', 'thumbnail', 'inline'];
const elements = LAYOUTS.map((layout) => `<shelf-reel id="${layout}" layout="${layout}" gtin="9524710000125" lang="nl" kind="commercial"></shelf-reel>`).join('\n');

const read = (expression) => world.browser.executeScript(`return ${expression}`);
const shadow = (layout) => `document.querySelector('#${layout}').shadowRoot`;
const player = (layout) => `${shadow(layout)}?.querySelector('[part=dialog]')`;
const plays = (layout) => `(${player(layout)}?.querySelector('video')?.currentTime > 0.1 && 'film')`;
const isRefused = (layout) => `([...${player(layout)}?.querySelectorAll('[role=alert]') ?? []].some((alert) => !alert.hidden && alert.textContent) && 'refused')`;

/** Viewings that began and were closed, of which the edge was told and said so. */
const counted = () => new Set(world.proxy.beacons.flatMap((body) => JSON.parse(body).sessions).filter(({ started, state }) => started === 1 && state === 'quit').map(({ id }) => id)).size;

/** Whether an element's picture has come, or else was refused; it may be one that waits until it is seen. */
async function hasPicture(layout) {
  const picture = `${shadow(layout)}.querySelector('[part=poster]')`;
  await world.browser.executeScript(`${picture}.scrollIntoView()`);
  await until(world.browser, `${picture}.complete`);
  return read(`${picture}.naturalWidth > 0`);
}

/** Taps an element's button, closes the player again, and resolves with what came of it. */
async function tap(layout) {
  const before = counted();
  const element = await (await world.browser.findElement({ css: `#${layout}` })).getShadowRoot();
  await (await element.findElement({ css: 'button' })).click();
  const came = await until(world.browser, `${plays(layout)} || ${isRefused(layout)}`);
  await world.browser.executeScript(`${player(layout)}.querySelector('[part=close]').click()`);
  await until(world.browser, `!${player(layout)}`);
  if (came === 'refused') return 'button; the film is refused';
  await eventually(`the viewing of ${layout}`, () => counted() > before);
  return 'plays, counted';
}

/** Goes to a page under that policy, and resolves with a row of the document. */
async function row(letter, { policy }, engine) {
  await visitProduct(world, elements, { edge: world.proxy.origin, nonce: NONCE, engine, headers: policy ? { 'content-security-policy': policy } : {} });
  const told = await outcomes(world.browser, LAYOUTS.length);
  const cells = [];
  for (const layout of LAYOUTS) {
    const { name, detail } = told[layout];
    if (name === 'nomatch') cells.push(`nothing; the page is told \`${detail.why}\``);
    else {
      await until(world.browser, `${shadow(layout)}?.querySelector('button')`);
      const picture = layout !== 'button' && (await hasPicture(layout));
      const came = await tap(layout);
      cells.push(layout === 'button' || picture ? came : `without its picture; ${came}`);
    }
  }
  assert.deepEqual(await read('faults'), [], letter);
  const [wasm, js] = await read(`['.wasm', '/bt-'].map((part) => performance.getEntriesByType('resource').some(({ name }) => name.includes(part)))`);
  return `| ${letter}${engine === 'js' ? ', `data-engine="js"`' : ''} | ${wasm ? 'WebAssembly' : js ? 'JavaScript' : '–'} | ${cells.join(' | ')} |`;
}

const path = join(root, 'docs/compatibility.md');
const NAMES = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKitGTK' };
const section = new RegExp(`(?<=^## ${NAMES[BROWSER]}\\n\\n)(\\|.*\\n)*`, 'm');

test('what works under each policy in each layout is what the document says', async () => {
  const rows = [];
  for (const [letter, how] of Object.entries(letters(world.proxy.origin))) rows.push(await row(letter, how, 'wasm'));
  rows.splice(1, 0, await row('none', letters(world.proxy.origin).none, 'js'));
  const table = ['| policy | runs as | `button` | `thumbnail` | `inline` |', '|---|---|---|---|---|', ...rows, ''].join('\n');
  if (process.env.SHELFREEL_WRITE) writeFileSync(path, readFileSync(path, 'utf8').replace(section, () => table));
  assert.equal(section.exec(readFileSync(path, 'utf8'))[0], table, `docs/compatibility.md says something else: SHELFREEL_WRITE=1 npm test -- compatibility writes what is seen`);
});

test('the policies that the document names are those of the tests', () => {
  const named = Object.fromEntries([...readFileSync(path, 'utf8').matchAll(/^\| ([A-G]) \| `(.*)` \|$/gm)].map(([, letter, policy]) => [letter, policy]));
  const { none, ...tested } = letters('https://YOUR-EDGE');
  assert.deepEqual(named, Object.fromEntries(Object.entries(tested).map(([letter, { policy }]) => [letter, policy.replaceAll(NONCE, 'RANDOM')])));
});
