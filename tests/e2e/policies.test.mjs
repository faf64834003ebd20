// Pages with a strict content security policy: what each allows is shown and plays, and what none allows costs nothing. The letters are those of the policies that shops were
// found to have.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startChromium, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { button, close, dialog, open, outcomes, playing, visitProduct } from '../support/shopper.mjs';
import { eventually, lakeRows, startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo(), browser: () => startChromium(), page: () => startPage() });

const NONCE = 'dGVzdA';
const film = '<shelf-reel gtin="9524710000125" lang="nl"></shelf-reel>';

/** The policies by letter, and the engine that runs under each; the page's own script goes by its nonce. */
const policies = (edge) => ({
  none: ['', 'wasm'],
  A: [`script-src ${edge} 'nonce-${NONCE}'`, 'js'],
  B: [`script-src ${edge} 'nonce-${NONCE}' 'wasm-unsafe-eval'`, 'wasm'],
  C: [`script-src 'nonce-${NONCE}' 'strict-dynamic'`, 'js'],
  E: [`default-src 'self'; script-src ${edge} 'nonce-${NONCE}'; connect-src ${edge}; img-src 'self' ${edge}; media-src ${edge}`, 'js'],
  G: [`script-src ${edge} 'nonce-${NONCE}'; require-trusted-types-for 'script'`, 'js'],
});

const visit = (policy, options = {}) =>
  visitProduct(world, film, { nonce: NONCE, engine: 'wasm', headers: policy ? { 'content-security-policy': policy } : {}, ...options });

/** What the page blocked, by the directive that did it. */
const blocked = `<script nonce="${NONCE}">window.blocked = []; addEventListener('securitypolicyviolation', (event) => blocked.push([event.effectiveDirective, event.blockedURI]))</script>`;

for (const letter of ['none', 'A', 'B', 'C', 'E', 'G']) {
  test(`under policy ${letter} the button comes, the film plays, and is counted`, async () => {
    const { LAKE } = await world.stack.env('shelfreel-studio');
    const viewings = async () => (await lakeRows(LAKE)).filter(({ beacon }) => beacon.engine === engine && beacon.sessions.some(({ started, state }) => started === 1 && state === 'quit')).length;
    const [policy, engine] = policies(world.stack.at('edge'))[letter];
    const before = await viewings();
    await visit(policy, { head: blocked });
    await open(world.browser);
    await playing(world.browser);
    await close(world.browser);
    const { faults, violations } = await world.browser.executeScript('return { faults, violations: blocked }');
    assert.deepEqual(faults, []);
    // The one question that cannot be asked otherwise.
    assert.deepEqual(violations, engine === 'js' ? [['script-src', 'wasm-eval']] : []);
    const resources = await world.browser.executeScript(`return performance.getEntriesByType('resource').map(({ name }) => name)`);
    assert.equal(resources.some((name) => name.endsWith('.wasm')), engine === 'wasm', 'only what can run is fetched');
    await eventually('the viewing', async () => (await viewings()) > before);
  });
}

test('a tag that says so runs as JavaScript without asking, and the page blocks nothing', async () => {
  for (const letter of ['A', 'C', 'E', 'G']) {
    const [policy] = policies(world.stack.at('edge'))[letter];
    await world.browser.messages();
    await visit(policy, { head: blocked, engine: 'js' });
    await open(world.browser);
    await playing(world.browser);
    assert.deepEqual(await world.browser.executeScript('return [faults, blocked]'), [[], []], letter);
    assert.deepEqual(await world.browser.messages(), [], letter);
  }
});

test('a page that allows no media of ours shows the button, and the player says that the film cannot be played', async () => {
  const edge = world.stack.at('edge');
  await visit(`default-src 'self'; script-src ${edge} 'nonce-${NONCE}'; connect-src ${edge}`, { engine: 'js' });
  await open(world.browser);
  await until(world.browser, `[...${dialog()}.querySelectorAll('[role=alert]')].some((alert) => !alert.hidden && alert.textContent.includes('kan niet worden afgespeeld'))`);
  await close(world.browser);
  assert.deepEqual(await world.browser.executeScript('return faults'), []);
});

test('a page that lets nobody be asked shows nothing, and is told that the edge is unavailable', async () => {
  const edge = world.stack.at('edge');
  await visit(`default-src 'self'; script-src ${edge} 'nonce-${NONCE}'`, { engine: 'js' });
  const { '': outcome } = await outcomes(world.browser, 1);
  assert.deepEqual([outcome.name, outcome.detail.why], ['nomatch', 'unavailable']);
  assert.deepEqual(await world.browser.executeScript(`return [faults, ${button()} ?? null]`), [[], null]);
});
