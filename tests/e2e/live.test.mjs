// The studio's page: who watches it sees what is watched, and nothing goes wrong in it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { audit } from '../support/audit.mjs';
import { startBrowser, until } from '../support/browser.mjs';
import { emptyBeacon, newId, sendBeacon, startDemo } from '../support/stack.mjs';
import { makeTokens } from '../support/watcher.mjs';
import { useWorld } from '../support/world.mjs';

/** A brand of its own: the stack may be shared. */
const brand = `live-${Date.now()}`;

const world = useWorld({
  stack: () => startDemo(),
  browser: () => startBrowser(),
  film: ({ stack }) => stack.ask('localhost', '/client/v4/accounts/local/storage/kv/namespaces/CATALOG/bulk', { method: 'PUT', body: JSON.stringify([
    { key: `video:${brand}`, value: JSON.stringify({ v: 1, brand, product: 'Breeze BR7', duration_ms: 8000 }) },
  ]) }),
  tokens: ({ stack }) => makeTokens(stack, brand),
});
after(() => world.browser?.executeScript('sessionStorage.clear()').catch(() => undefined));

const text = (selector) => `document.querySelector(${JSON.stringify(selector)})?.textContent`;
const cell = (figure, column) => text(`[data-figure=${figure}] td:nth-of-type(${column})`);

async function enter(token) {
  for (const [name, value] of [['brand', brand], ['token', token]]) {
    const field = await world.browser.findElement({ id: name });
    await field.clear();
    await field.sendKeys(value);
  }
  await (await world.browser.findElement({ css: '#who button' })).click();
}

async function send(more, page_view = newId()) {
  const { status } = await sendBeacon(world.stack, emptyBeacon({ page_view, elapsed_ms: 10_000, ...more }));
  assert.equal(status, 204);
}

const viewing = (more = {}) => ({ id: newId(), seq: 1, elapsed_ms: 3000, placement: newId(), video: brand, language: 'nl', state: 'playing', reason: 'tap', position_ms: 2000, duration_ms: 8000, startup_ms: 100, started: 1, ended: 0, playing_ms: 2000, played_ms: 2000, rebuffering_ms: 0, rebuffers: 0, seeks: 0, pauses: 0, rate_changes: 0, errors: 0, played: [[0, 2000, 1]], ...more });

test('a token that is nobody’s is refused in words', async () => {
  await world.browser.get(world.stack.at('studio', '/'));
  await enter(`sfr_${'A'.repeat(43)}`);
  assert.match(await until(world.browser, text('#refused')), /nobody’s|nobody's/);
  assert.deepEqual((await audit(world.browser)).faults, []);
});

test('what is watched appears, in numbers and by name, and goes', async () => {
  await enter(world.tokens[brand]);
  await until(world.browser, `${text('#connection')} === 'Live'`);
  const views = Array.from({ length: 8 }, newId);
  const watched = views.map(() => viewing());
  await Promise.all(views.map((view, n) => send({ sessions: [watched[n]] }, view)));
  // All from the same moment: who says no more plays for fifteen seconds.
  const lists = `['video', 'product', 'language', 'shop'].map((by) => [...document.querySelectorAll('[data-by=' + by + '] tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent)))`;
  const seen = await until(world.browser, `${text('#now')} === '8' && ${cell('starts', 1)} === '8' && ${cell('starts', 2)} === '8' && ${lists}`);
  assert.deepEqual(seen, [[[brand, '8']], [['Breeze BR7', '8']], [['nl', '8']], [['shop_demo', '8']]]);
  assert.ok(await world.browser.executeScript(`return document.querySelectorAll('#spark rect').length`) > 0);
  assert.deepEqual((await audit(world.browser)).faults, []);
  for (const [width, height] of [[390, 844], [1440, 900]]) {
    await world.browser.resize(width, height);
    assert.ok(await world.browser.executeScript('return document.documentElement.scrollWidth <= document.documentElement.clientWidth'), `it fits at ${width}`);
  }
  await Promise.all(views.map((view, n) => send({ sessions: [{ ...watched[n], seq: 2, state: 'paused' }] }, view)));
  await until(world.browser, `${text('#now')} === '0' && ${text('[data-by=video] tbody')} === 'nothing plays'`);
});

test('who loads it anew is not asked again, and sees the same', async () => {
  await world.browser.navigate().refresh();
  await until(world.browser, `${text('#connection')} === 'Live' && ${cell('starts', 2)} === '8'`);
  assert.deepEqual(await world.browser.messages(), []);
});
