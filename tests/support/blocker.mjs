// A content blocker in Chromium: a real engine decides of every request, by lists as people subscribe to them, and what it stops ends as browsers end it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FiltersEngine, Request } from '@ghostery/adblocker';
import { root } from '../../scripts/lib.mjs';

/** Where the lists are: an excerpt, or the folder that SHELFREEL_FILTERS names. */
const folder = process.env.SHELFREEL_FILTERS || join(root, 'tests/fixtures/filters');

/** The engine with all lists of the folder, and rules of the test's own. */
export function readFilters(...more) {
  const lists = readdirSync(folder).filter((name) => name.endsWith('.txt')).map((name) => readFileSync(join(folder, name), 'utf8'));
  return FiltersEngine.parse([...lists, ...more].join('\n'));
}

/** What Chromium calls a request, and what the engine does. */
const types = { Script: 'script', Fetch: 'xhr', XHR: 'xhr', Ping: 'ping', Image: 'image', Media: 'media', Stylesheet: 'stylesheet', TextTrack: 'other', Document: 'document' };

/** The rule that stops a request, if one does. */
export function stopper(engine, { url, type, source }) {
  const { match, filter } = engine.match(Request.fromRawDetails({ url, type, sourceUrl: source }));
  return match ? `${filter}` : undefined;
}

/**
 * Puts an engine between the browser's page and the network. `requests` are those that it was asked about, each with the rule that stopped it, if one did.
 * `as(url)` says what an address is taken for.
 */
export async function startBlocker(browser, { engine, as = (url) => url }) {
  const blocker = { engine, requests: [] };
  const devtools = await browser.createCDPConnection('page');
  devtools._wsConnection.on('message', (text) => {
    const { method, params } = JSON.parse(text);
    if (method !== 'Fetch.requestPaused') return;
    const { requestId, request, resourceType } = params;
    const type = types[resourceType] ?? 'other';
    const by = type === 'document' ? undefined : stopper(blocker.engine, { url: as(request.url), type, source: 'https://shop.example/product' });
    blocker.requests.push({ url: request.url, path: new URL(request.url).pathname, type, method: request.method, body: request.postData, by });
    if (by) devtools.execute('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' });
    else devtools.execute('Fetch.continueRequest', { requestId });
  });
  await devtools.send('Fetch.enable', { patterns: [{ urlPattern: 'http*' }] });
  return blocker;
}
