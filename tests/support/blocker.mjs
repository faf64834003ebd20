// A content blocker in Chromium or Firefox: a real engine decides of every request, by lists as people subscribe to them, and what it stops ends as browsers end it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FiltersEngine, Request } from '@ghostery/adblocker';
import { root } from '../../scripts/lib.mjs';
import { BROWSER } from './limits.mjs';

/** Where the lists are: an excerpt, or the folder that SHELFREEL_FILTERS names. */
const folder = process.env.SHELFREEL_FILTERS || join(root, 'tests/fixtures/filters');

/** The engine with all lists of the folder, and rules of the test's own. */
export function readFilters(...more) {
  const lists = readdirSync(folder).filter((name) => name.endsWith('.txt')).map((name) => readFileSync(join(folder, name), 'utf8'));
  return FiltersEngine.parse([...lists, ...more].join('\n'));
}

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
  /** Whether a request is stopped; `type` is as the engine calls it. */
  const judge = ({ url, type, ...more }) => {
    const by = type === 'document' ? undefined : stopper(blocker.engine, { url: as(url), type, source: 'https://shop.example/product' });
    blocker.requests.push({ url, path: new URL(url).pathname, type, ...more, by });
    return Boolean(by);
  };
  await { chromium: inChromium, firefox: inFirefox }[BROWSER](browser, judge);
  return blocker;
}

async function inChromium(browser, judge) {
  const types = { Script: 'script', Fetch: 'xhr', XHR: 'xhr', Ping: 'ping', Image: 'image', Media: 'media', Stylesheet: 'stylesheet', TextTrack: 'other', Document: 'document' };
  const devtools = await browser.createCDPConnection('page');
  devtools._wsConnection.on('message', (text) => {
    const { method, params } = JSON.parse(text);
    if (method !== 'Fetch.requestPaused') return;
    const { requestId, request, resourceType } = params;
    if (judge({ url: request.url, type: types[resourceType] ?? 'other', method: request.method, body: request.postData })) devtools.execute('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' });
    else devtools.execute('Fetch.continueRequest', { requestId });
  });
  await devtools.send('Fetch.enable', { patterns: [{ urlPattern: 'http*' }] });
}

/** Firefox asks by WebDriver BiDi, and ends what is stopped as it does for an extension that stops it. What `sendBeacon` sends has no name there. */
async function inFirefox(browser, judge) {
  const types = { script: 'script', fetch: 'xhr', xmlhttprequest: 'xhr', beacon: 'ping', img: 'image', image: 'image', video: 'media', audio: 'media', css: 'stylesheet', style: 'stylesheet', document: 'document', iframe: 'document' };
  const bidi = await browser.getBidi();
  await bidi.send({ method: 'network.addDataCollector', params: { dataTypes: ['request'], maxEncodedDataSize: 1_000_000 } });
  (await bidi.socket).on('message', async (data) => {
    const { method, params } = JSON.parse(data);
    if (method !== 'network.beforeRequestSent' || !params.isBlocked) return;
    const { request: id, url, method: verb, destination, initiatorType } = params.request;
    const { result } = verb === 'POST' ? await bidi.send({ method: 'network.getData', params: { dataType: 'request', request: id } }) : {};
    const isStopped = judge({ url, type: types[destination || initiatorType || 'beacon'] ?? 'other', method: verb, body: result?.bytes.value });
    await bidi.send({ method: isStopped ? 'network.failRequest' : 'network.continueRequest', params: { request: id } });
  });
  await bidi.subscribe('network.beforeRequestSent');
  await bidi.send({ method: 'network.addIntercept', params: { phases: ['beforeRequestSent'] } });
}
