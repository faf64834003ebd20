// What a shopper does and a test reads, on any page with the tag.
import { Key } from 'selenium-webdriver';
import { until } from './browser.mjs';
import { BROWSER, ENGINE } from './limits.mjs';
import { startProxy } from './proxy.mjs';

export { BROWSER, ENGINE, limits } from './limits.mjs';

/** Where nobody tells what the console hears, the page keeps what scripts write there. */
const keepWritten = `window.written = []; for (const name of ['debug', 'error', 'info', 'log', 'trace', 'warn']) console[name] = (...args) => { written.push(args.map(String).join(' ')); };`;

/** A product page: `elements` is HTML; every event of the widget is logged in `window.events`, every error of the page in `window.faults`. */
export const productPage = (edge, elements, { lang = 'nl', shop = 'shop_demo', tag = '', head = '', nonce = '', engine = ENGINE } = {}) => `<!doctype html>
<html lang="${lang}"><head><meta charset="utf-8"><title>Product</title>
<script nonce="${nonce}">${BROWSER === 'webkit' ? keepWritten : ''}
  window.events = []; window.faults = []; window.shift = 0;
  if (PerformanceObserver.supportedEntryTypes.includes('layout-shift'))
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (shift += entry.value))).observe({ type: 'layout-shift', buffered: true });
  addEventListener('error', (event) => faults.push(String(event.message)));
  addEventListener('unhandledrejection', (event) => faults.push(String(event.reason)));
  for (const name of ['match', 'nomatch', 'open', 'play', 'progress', 'ended', 'close', 'error'])
    addEventListener('shelfreel:' + name, (event) => events.push({ name, detail: event.detail, id: event.target.id }));
</script>${head}</head>
<body><h1>Product</h1>${elements}
<script async src="${edge}/v1/shelfreel.js" data-shop="${shop}" nonce="${nonce}" ${tag} ${engine === 'js' ? 'data-engine="js"' : ''}></script></body></html>`;

/** Goes to a product page of the shop; `edge` is whom its tag asks, `headers` are the page's, `query` is its address's. */
export async function visitProduct({ browser, page, stack }, elements, { edge = stack.at('edge'), headers = {}, query = '', ...options } = {}) {
  page.html = productPage(edge, elements, options);
  page.headers = headers;
  await browser.get(page.url + query);
}

/** Goes there through a proxy of its own: a new origin, of which the browser's cache knows nothing. */
export async function visitThroughProxy(world, elements, fault, options) {
  await world.proxy?.stop();
  world.proxy = await startProxy(world.stack.port);
  world.proxy.fault = fault;
  await visitProduct(world, elements, { edge: world.proxy.origin, ...options });
}

const host = (selector) => `document.querySelector(${JSON.stringify(selector)})`;
const root = (selector) => `${host(selector)}.shadowRoot`;
export const button = (selector = 'shelf-reel') => `${root(selector)}?.querySelector('button')`;
export const dialog = (selector = 'shelf-reel') => `${root(selector)}?.querySelector('dialog[part=dialog]')`;
/** What is there in the dialog's place until the player has come. */
export const lobby = (selector = 'shelf-reel') => `${root(selector)}?.querySelector('dialog[aria-busy]')`;
export const video = (selector = 'shelf-reel') => `${root(selector)}?.querySelector('dialog video')`;

/** Waits for the button and clicks it as a shopper does: at its place on the screen. */
export async function open(browser, selector = 'shelf-reel') {
  await until(browser, button(selector));
  const element = await browser.findElement({ css: selector });
  const shadow = await element.getShadowRoot();
  await (await shadow.findElement({ css: 'button' })).click();
  await until(browser, `${dialog(selector)}?.open`);
}

/** Frames that a film must have shown to be taken for one that plays. WebKitGTK drops what it cannot draw in time, and without a graphics card that may be all of them. */
const FRAMES = BROWSER === 'webkit' ? -1 : 3;

/** Waits until the film really plays: frames decoded and the playhead past a point. */
export const playing = (browser, past_s = 0.3, selector = 'shelf-reel') =>
  until(browser, `${video(selector)} && ${video(selector)}.getVideoPlaybackQuality().totalVideoFrames > ${FRAMES} && ${video(selector)}.currentTime > ${past_s}`);

/** Closes the player with the Escape key, and waits until it is gone: the browser closes the dialog at once, and tells the widget a moment later. */
export const close = async (browser, selector = 'shelf-reel') => {
  await browser.actions().sendKeys(Key.ESCAPE).perform();
  await until(browser, `!${dialog(selector)}`);
};

/** Waits for one `match` or `nomatch` of each element and resolves with them by element id. */
export async function outcomes(browser, count) {
  const events = await until(browser, `events.filter((event) => /match/.test(event.name)).length >= ${count} && events.filter((event) => /match/.test(event.name))`);
  return Object.fromEntries(events.map((event) => [event.id, event]));
}

/**
 * Takes the network away, or gives it back (`is`). Where an engine cannot, the servers of the test that are named cut whoever asks them, and the page is told what browsers tell of it: that is all
 * that it would know.
 */
export async function network(browser, is, ...servers) {
  if (browser.online) return browser.online(is);
  for (const server of servers) server.gone(!is);
  await browser.executeScript(`Object.defineProperty(Navigator.prototype, 'onLine', { configurable: true, get: () => ${is} }); dispatchEvent(new Event('${is ? 'online' : 'offline'}'))`);
}
