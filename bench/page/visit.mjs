// One visit to the product page: a phone six times slower than this machine, on Lighthouse's slow 4G.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../../scripts/lib.mjs';
import { subjects } from './subjects.mjs';
import { CATEGORIES, threadOf, workOf } from './trace.mjs';

const CPU_TIMES = 6;
/** 150 ms from asking to the first byte, 1.6 Mbit/s down, 750 kbit/s up. Each request waits for the first, also on an open connection; opening one costs nothing more. */
const NETWORK = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8, connectionType: 'cellular4g' };
const SCREEN = { width: 412, height: 823, deviceScaleFactor: 1.75, mobile: true };
const PHONE = 'Mozilla/5.0 (Linux; Android 11; moto g power (2022)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36';

/** How long a finger stays down, and how long a pointer has been there before it presses. */
const FINGER_MS = 80;
const POINTER_MS = 1_500;
/** How long the page is watched after the button is there: reports and late work are in. */
const AFTER_MS = 3_000;
/** After this nothing comes any more. */
const PATIENCE_MS = 30_000;

const probe = readFileSync(join(root, 'bench/page/probe.js'), 'utf8');

/**
 * What the page cost until it was at rest, `loaded`, and from the tap to the film's first frame, `tapped`, where the subject shows a film.
 *
 * @param {'finger' | 'pointer'} by what the shopper taps with: a pointer is there a while before
 * @param {string} query what the page's address ends in
 */
export async function visit(browser, name, at, by, query = '') {
  const { look = {} } = subjects[name];
  const { browserContextId } = await browser.send('Target.createBrowserContext');
  const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank', browserContextId });
  const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
  const send = (method, params) => browser.send(method, params, sessionId);
  const told = {};
  const waiting = {};
  const requests = new Map();
  let trace = [];
  const comes = (what, within_ms = PATIENCE_MS) =>
    told[what] ? Promise.resolve(told[what]) : Promise.race([new Promise((done) => (waiting[what] = done)), sleep(within_ms, undefined, { ref: false })]);
  const hear = {
    'Runtime.bindingCalled': ({ payload }) => tell(JSON.parse(payload)),
    'Network.requestWillBeSent': ({ requestId, request, redirectResponse }) => redirectResponse || requests.set(requestId, { url: request.url, method: request.method, bytes: 0, counted: 0 }),
    'Network.dataReceived': ({ requestId, encodedDataLength }) => requests.has(requestId) && (requests.get(requestId).counted += encodedDataLength),
    'Network.responseReceived': ({ requestId, response }) => requests.has(requestId) && (requests.get(requestId).headers = response.encodedDataLength),
    'Network.loadingFinished': ({ requestId, encodedDataLength }) => requests.has(requestId) && (requests.get(requestId).bytes = encodedDataLength),
    'Tracing.dataCollected': ({ value }) => trace.push(...value),
    'Tracing.tracingComplete': () => tell({ what: 'traced' }),
    'Page.loadEventFired': () => tell({ what: 'load' }),
  };
  const tell = (message) => {
    told[message.what] = message;
    waiting[message.what]?.(message);
  };
  browser.on(sessionId, (method, params) => hear[method]?.(params));
  try {
    const finger = by === 'finger';
    await Promise.all([
      send('Page.enable'), send('Runtime.enable'), send('Network.enable'),
      send('Runtime.addBinding', { name: 'benchTold' }),
      send('Emulation.setDeviceMetricsOverride', SCREEN),
      ...(finger ? [send('Emulation.setTouchEmulationEnabled', { enabled: true }), send('Emulation.setUserAgentOverride', { userAgent: PHONE, platform: 'Android' })] : []),
      send('Network.emulateNetworkConditions', NETWORK),
      send('Emulation.setCPUThrottlingRate', { rate: CPU_TIMES }),
      send('Page.addScriptToEvaluateOnNewDocument', { source: look.button ? `${probe}\nbench.button(() => ${look.button})` : probe }),
    ]);
    const url = `${at.shop}/${name}${query}`;
    const evaluate = async (expression) => (await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })).result.value;
    const traced = async (work) => {
      trace = [];
      delete told.traced;
      await send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: CATEGORIES, excludedCategories: ['*'] } });
      const result = await work();
      await send('Tracing.end');
      await comes('traced');
      return result;
    };
    const button = await traced(async () => {
      await send('Page.navigate', { url });
      await comes('load');
      const button = look.button && (await comes('button'));
      await sleep(AFTER_MS);
      return button;
    });
    const noted = await evaluate('bench.noted()');
    const thread = threadOf(trace, url);
    const work = workOf(trace, thread, noted.largest_ms);
    const loaded = { ...weigh([...requests.values()], at), ...noted, ...work, button_ms: button?.at_ms };
    if (!look.dialog || !button) return { loaded, requests };
    const times = await traced(() => tap({ send, evaluate, look, finger, comes }));
    return { loaded, tapped: { ...times, ...workOf(trace, thread), ...weigh([...requests.values()], at) }, requests };
  } finally {
    browser.off(sessionId);
    await browser.send('Target.disposeBrowserContext', { browserContextId });
  }
}

/** Taps the button, and says how long until what a shopper waits for. */
async function tap({ send, evaluate, look, finger, comes }) {
  await evaluate(`bench.tap({ dialog: () => ${look.dialog}, video: () => ${look.video} })`);
  const press = async (expression) => {
    const { x, y } = await evaluate(`bench.place(() => ${expression})`);
    if (finger) {
      await send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] });
      await sleep(FINGER_MS);
      await send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    } else {
      await send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
      await sleep(POINTER_MS);
      await send('Input.dispatchMouseEvent', { type: 'mousePressed', x, y, button: 'left', clickCount: 1 });
      await send('Input.dispatchMouseEvent', { type: 'mouseReleased', x, y, button: 'left', clickCount: 1 });
    }
  };
  await press(look.button);
  if (finger && look.again) {
    await evaluate(`new Promise((done) => { const look = () => { const found = ${look.again}; found?.getBoundingClientRect().width > 0 ? done() : requestAnimationFrame(look) }; look() })`);
    await press(look.again);
  }
  const [response, dialog, frame] = [await comes('response', 5_000), await comes('dialog', 15_000), await comes('frame', 15_000)];
  return { response_ms: response?.at_ms, dialog_ms: dialog?.at_ms, frame_ms: frame?.at_ms };
}

/** What the subject brought: without the shop's own, and with poster and film, which are no player's own, apart. */
function weigh(requests, at) {
  const theirs = requests.filter(({ url }) => !url.startsWith(at.shop) && /^https?:/.test(url));
  const bytes = (list) => list.reduce((sum, { bytes, headers = 0, counted }) => sum + (bytes || headers + counted), 0);
  const isMedia = ({ url }) => /\.(mp4|jpg)$/.test(url);
  return { requests: theirs.length, bytes: bytes(theirs.filter((one) => !isMedia(one))), media_bytes: bytes(theirs.filter(isMedia)) };
}
