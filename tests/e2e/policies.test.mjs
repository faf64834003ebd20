// Pages with a strict content security policy: what each allows is shown and plays, and what none allows costs nothing. First those that shops were found to have, by letter;
// then those that docs/integrate.md gives to paste, as they are printed there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CspEvaluator } from 'csp_evaluator/dist/evaluator.js';
import { Severity } from 'csp_evaluator/dist/finding.js';
import { CspParser } from 'csp_evaluator/dist/parser.js';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { NONCE, letters, printed } from '../support/policies.mjs';
import { BROWSER, button, close, dialog, open, outcomes, playing, visitProduct } from '../support/shopper.mjs';
import { eventually, lakeRows, startWhole } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({
  stack: () => startWhole(),
  browser: () => startBrowser(),
  page: () => startPage(),
});

const film = '<shelf-reel gtin="9524710000125" lang="nl"></shelf-reel>';

/** What the page blocked, by the directive that did it. */
const blocked = `<script nonce="${NONCE}">window.blocked = []; addEventListener('securitypolicyviolation', (event) => blocked.push([event.effectiveDirective, event.blockedURI]))</script>`;
/** What asking for WebAssembly is told as, where it is forbidden: the one question that cannot be asked otherwise. WebKit answers it without telling the page's owner. */
const ASKED = BROWSER === 'webkit' ? [] : [['script-src', 'wasm-eval']];

const policy = (letter) => letters(world.stack.at('edge'))[letter];
const visit = (letter, options = {}) =>
  visitProduct(world, film, { nonce: NONCE, engine: 'wasm', head: blocked, headers: policy(letter).policy ? { 'content-security-policy': policy(letter).policy } : {}, ...options });

/**
 * The film, as a shopper sees it, from the button to the end, and until that has been told: each viewing is to be counted, and Firefox and WebKitGTK now and then lose a request that was begun in
 * the moment before the page was left, `keepalive` or not.
 */
const watch = async () => {
  await open(world.browser);
  await playing(world.browser);
  const watched_ms = await read('performance.now()');
  await close(world.browser);
  await until(world.browser, `performance.getEntriesByType('resource').some(({ name, startTime }) => name.includes('/v1/playback/') && startTime >= ${watched_ms})`);
};
const read = (expression) => world.browser.executeScript(`return ${expression}`);
const wasWebAssembly = () => read(`performance.getEntriesByType('resource').some(({ name }) => name.endsWith('.wasm'))`);

/** Viewings that were watched and closed, of this file's page, as JavaScript or WebAssembly. */
const viewings = async (engine) => {
  const { LAKE } = await world.stack.env('shelfreel-studio');
  const beacons = (await lakeRows(LAKE, undefined, world.page)).map(({ beacon }) => beacon).filter((beacon) => beacon.engine === engine);
  return new Set(beacons.flatMap(({ sessions }) => sessions).filter(({ started, state }) => started === 1 && state === 'quit').map(({ id }) => id)).size;
};

/** How often this file has watched the film to its end, by engine: what the last test finds counted. */
const watched = { js: 0, wasm: 0 };

for (const letter of ['none', 'A', 'B', 'C', 'E', 'G']) {
  test(`under policy ${letter} the button comes and the film plays`, async () => {
    const { engine } = policy(letter);
    await visit(letter);
    await watch();
    assert.deepEqual(await read('[faults, blocked]'), [[], engine === 'js' ? ASKED : []]);
    assert.equal(await wasWebAssembly(), engine === 'wasm', 'only what can run is fetched');
    watched[engine] += 1;
  });
}

test('a tag that says so runs as JavaScript without asking, and the page blocks nothing', async () => {
  for (const letter of ['A', 'C', 'E', 'G']) {
    await world.browser.messages();
    await visit(letter, { engine: 'js' });
    await watch();
    watched.js += 1;
    assert.deepEqual(await read('[faults, blocked]'), [[], []], letter);
    assert.deepEqual(await world.browser.messages(), [], letter);
  }
});

test('under policy D, which allows no media of ours, the button comes, and the player says that the film cannot be played', async () => {
  await visit('D', { engine: 'js' });
  await open(world.browser);
  await until(world.browser, `[...${dialog()}.querySelectorAll('[role=alert]')].some((alert) => !alert.hidden && alert.textContent.includes('kan niet worden afgespeeld'))`);
  await close(world.browser);
  assert.deepEqual(await read('faults'), []);
});

test('under policy F, which lets nobody be asked, nothing is shown, and the page is told that the edge is unavailable', async () => {
  await visit('F', { engine: 'js' });
  const { '': outcome } = await outcomes(world.browser, 1);
  assert.deepEqual([outcome.name, outcome.detail.why], ['nomatch', 'unavailable']);
  assert.deepEqual(await read(`[faults, ${button()} ?? null]`), [[], null]);
});

// The policies to paste. Their pages have the tag as it is printed and no script of the tests', so what is blocked is heard from the browser's reports.

const pinned = async () => (await world.stack.ask('edge', '/v1/widget/pinned.json', { headers: { 'accept-encoding': 'identity' } })).json();
const toPaste = async (edge = world.stack.at('edge')) => printed({ edge, pinned: await pinned() });

/** A report as both kinds of reporting write it. */
const report = (entry) => {
  const body = entry['csp-report'] ?? entry.body;
  return [body['effective-directive'] ?? body.effectiveDirective, body['blocked-uri'] ?? body.blockedURL];
};

/** Goes to a page with these headers and this tag. */
const visitPasted = async (headers, tag) => {
  world.page.reports.length = 0;
  world.page.headers = headers;
  world.page.html = `<!doctype html><html lang="nl"><meta charset="utf-8"><title>Product</title><h1>Product</h1>${film}${tag}</html>`;
  await world.browser.get(world.page.url);
};

/** Everything that was reported, but for one thing that the page is made to report last, and that shows that it could. */
const reported = async () => {
  await world.browser.executeScript(`document.head.append(Object.assign(document.createElement('base'), { href: 'https://last.example' }))`);
  const isLast = (entry) => report(entry)[0] === 'base-uri';
  await eventually('the report of what was made up', () => world.page.reports.some(isLast), { within_ms: 30_000 });
  return world.page.reports.filter((entry) => !isLast(entry)).map(report);
};

test('under each policy to paste, as it is printed, the film plays, and nothing is blocked', async () => {
  const policies = await toPaste();
  assert.deepEqual(policies.map(({ name }) => name), ['By nonce', 'By nonce, without WebAssembly', 'For scripts only', 'With Trusted Types', 'By host', 'By host, without WebAssembly', 'By hash']);
  for (const { name, headers, tag } of policies) {
    await world.browser.messages();
    // As it is printed, and told to report.
    await visitPasted({ ...headers, 'Content-Security-Policy': `${headers['Content-Security-Policy']}; report-uri /reports` }, tag);
    await watch();
    const engine = (await wasWebAssembly()) ? 'wasm' : 'js';
    assert.equal(engine, /wasm-unsafe-eval/.test(headers['Content-Security-Policy']) ? 'wasm' : 'js', name);
    watched[engine] += 1;
    assert.deepEqual(await world.browser.messages(), [], name);
    assert.deepEqual(await reported(), [], name);
  }
});

test('csp_evaluator finds nothing to say of them but that it does not know the edge, and the edge serves no page a script that is not its own', async () => {
  const edge = 'https://video.example.com';
  const findings = (await toPaste(edge)).flatMap(({ name, headers }) =>
    new CspEvaluator(new CspParser(headers['Content-Security-Policy']).csp).evaluate().map(({ severity, directive, value }) => [name, Severity[severity], directive, value]));
  assert.deepEqual(findings, ['By host', 'By host, without WebAssembly'].map((name) => [name, 'MEDIUM_MAYBE', 'script-src', edge]));
  for (const path of ['/v1/match/shop_demo?p=gtin:9524710000125&callback=alert&jsonp=alert', '/v1/health?callback=alert', '/v1/alert(1)', '/v1/media/alert(1).js', '/v1/widget/pinned.json?callback=alert']) {
    const { headers } = await world.stack.ask('edge', path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.doesNotMatch(headers['content-type'], /script/, path);
  }
});

test('as report-only policies they report nothing; without WebAssembly they report only that, and nothing when the tag says so', async () => {
  for (const { name, headers, tag } of await toPaste()) {
    const policy = `${headers['Content-Security-Policy']}; report-uri /reports`;
    await visitPasted({ 'Content-Security-Policy-Report-Only': policy }, tag);
    await watch();
    watched[(await wasWebAssembly()) ? 'wasm' : 'js'] += 1;
    assert.deepEqual(await reported(), [], name);
    if (name !== 'By nonce, without WebAssembly') continue;
    await visitPasted({ 'Content-Security-Policy-Report-Only': policy }, tag.replace('data-engine="js"', ''));
    await watch();
    watched.wasm += 1;
    const wasm = await reported();
    assert.deepEqual([...new Set(wasm.map(String))], ASKED.map(String));
  }
});

test('where reports go by report-to there are none either, but of WebAssembly', async (context) => {
  const observer = `<script nonce="${NONCE}">window.seen = []; window.ReportingObserver && new ReportingObserver((reports) => seen.push(...reports.map(({ body }) => [body.effectiveDirective, body.blockedURL])), { types: ['csp-violation'], buffered: true }).observe()</script>`;
  const headers = (letter) => ({ 'reporting-endpoints': `csp="${world.page.origin}/reports"`, 'content-security-policy': `${policy(letter).policy}; report-to csp` });
  for (const [letter, seen] of [['B', []], ['G', ASKED]]) {
    await visit(letter, { head: observer, headers: headers(letter) });
    if (!(await read('window.ReportingObserver'))) return context.skip('this browser has no ReportingObserver');
    await watch();
    watched[policy(letter).engine] += 1;
    assert.deepEqual(await read('seen'), seen, letter);
  }
});

test('whatever the policy, what was watched was counted', async () => {
  assert.ok(watched.js > 5 && watched.wasm > 4, JSON.stringify(watched));
  for (const engine of ['js', 'wasm']) await eventually(`${watched[engine]} viewings by ${engine}`, async () => (await viewings(engine)) >= watched[engine]);
  assert.deepEqual({ js: await viewings('js'), wasm: await viewings('wasm') }, watched);
});
