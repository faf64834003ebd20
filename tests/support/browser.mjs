// One browser through WebDriver, with what tests read from it: Chromium, Firefox or WebKitGTK, as SHELFREEL_BROWSER says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Builder, Capabilities, logging } from 'selenium-webdriver';
import { Options as ChromiumOptions, ServiceBuilder as Chromedriver } from 'selenium-webdriver/chrome.js';
import { Context, Options as FirefoxOptions, ServiceBuilder as Geckodriver } from 'selenium-webdriver/firefox.js';
import { findFreePort } from 'selenium-webdriver/net/portprober.js';
import { DriverService } from 'selenium-webdriver/remote/index.js';
import { findBrowser, howToGet } from '../../scripts/browsers.mjs';
import { BROWSER } from './limits.mjs';

/**
 * The browser without a window on this machine's screen; `args` are Chromium's. What it can do besides WebDriver:
 * `messages()` resolves with the console's messages since last asked, the browser's own network lines left out;
 * `resize(width, height)` gives the page that much room; `stop()` closes it. And where the engine can, which `limits` says of a test that needs it:
 * `media(features)` plays what a shopper has asked for, as `{ 'forced-colors': 'active' }`, and all else not; `online(is)` takes the network away, and gives it back;
 * `clearCache()` empties the browser's; `prefer(values)` sets Firefox's preferences by name, or takes them back (null);
 * `tree()` is what a screen reader is told: each thing of the page with `role`, `name`, `disabled`, `busy`, `modal`, `popup`, `live`, and how many `children` it has.
 */
export async function startBrowser({ width = 1280, height = 900, args = [], lessMotion = false } = {}) {
  const found = findBrowser(BROWSER);
  if (!found) throw new Error(`no ${BROWSER}: \`npm test\` installs one where it can (${howToGet(BROWSER)})`);
  const begin = () => ({ chromium, firefox, webkit })[BROWSER](found, { width, height, args, lessMotion });
  // Two drivers that begin at once may choose the same port, and then one of them ends.
  const driver = await begin().catch((error) => (/^Server terminated early/.test(error.message) ? begin() : Promise.reject(error)));
  await driver.manage().setTimeouts({ script: 150_000, pageLoad: 120_000 });
  return driver;
}

async function chromium(found, { width, height, args }) {
  const profile = mkdtempSync(join(tmpdir(), 'shelfreel-chromium-'));
  const options = new ChromiumOptions()
    .setChromeBinaryPath(found.browser)
    .addArguments(
      '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run', '--mute-audio',
      '--disable-background-networking', '--disable-component-update', '--disable-sync', `--user-data-dir=${profile}`, `--window-size=${width},${height}`, ...args,
    );
  const logs = new logging.Preferences();
  logs.setLevel(logging.Type.BROWSER, logging.Level.ALL);
  options.setLoggingPrefs(logs);
  const driver = await new Builder().forBrowser('chrome').setChromeOptions(options).setChromeService(new Chromedriver(found.driver)).build();
  return Object.assign(driver, {
    messages: async () => (await driver.manage().logs().get(logging.Type.BROWSER)).filter((entry) => !/Failed to load (resource|module script)|net::ERR_/.test(entry.message)).map((entry) => entry.message),
    resize: (width, height, { mobile = width < 500 } = {}) => driver.sendDevToolsCommand('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile }),
    media: (features) => driver.sendDevToolsCommand('Emulation.setEmulatedMedia', { features: Object.entries(features).map(([name, value]) => ({ name, value })) }),
    clearCache: () => driver.sendDevToolsCommand('Network.clearBrowserCache', {}),
    online: (is) => driver.sendDevToolsCommand('Network.emulateNetworkConditions', { offline: !is, latency: 0, downloadThroughput: -1, uploadThroughput: -1 }),
    tree: async () => {
      const { nodes } = await driver.sendAndGetDevToolsCommand('Accessibility.getFullAXTree', {});
      return nodes.filter(({ ignored }) => !ignored).map(({ role, name, properties = [], childIds = [] }) => {
        const { disabled, busy, modal, hasPopup, live } = Object.fromEntries(properties.map(({ name, value }) => [name, value.value]));
        return { role: role?.value, name: name?.value, disabled: Boolean(disabled), busy: Boolean(busy), modal: Boolean(modal), popup: hasPopup, live, children: childIds.length };
      });
    },
    stop: async () => {
      await driver.quit();
      rmSync(profile, { recursive: true, force: true });
    },
  });
}

/** By which of its preferences Firefox plays what a shopper has asked for. */
const PREFERENCES = {
  'forced-colors': { name: 'browser.display.document_color_use', values: { active: 2 } },
  'prefers-reduced-motion': { name: 'ui.prefersReducedMotion', values: { reduce: 1 } },
};

/** What Firefox tells a screen reader, in Chromium's words: read in its own process, which is where screen readers ask. */
const TREE = `
  const [done] = arguments;
  const service = Cc['@mozilla.org/accessibilityService;1'].getService(Ci.nsIAccessibilityService);
  const all = [];
  const read = (one) => {
    const [state, more, attributes] = [{}, {}, {}];
    one.getState(state, more);
    for (const { key, value } of one.attributes.enumerate()) attributes[key] = value;
    const states = [...service.getStringStates(state.value, more.value)], role = service.getStringRole(one.role);
    all.push({
      role: { pushbutton: 'button' }[role] ?? role, name: one.name ?? '', disabled: states.includes('unavailable'), busy: states.includes('busy'), modal: states.includes('modal'),
      popup: attributes.haspopup, live: attributes.live, children: one.childCount,
    });
    for (let child = one.firstChild; child; child = child.nextSibling) read(child);
  };
  // It begins to tell when it is asked for the first time, and then takes a moment.
  (function look() {
    const page = service.getAccessibleFor(gBrowser.selectedBrowser)?.firstChild;
    if (!page?.childCount) return setTimeout(look, 25);
    read(page);
    done(all);
  })();`;

/** Firefox tells its console's messages by WebDriver BiDi alone, and gives a page less room than a window's least by it; its preferences are asked for in a context of their own. */
async function firefox(found, { width, height }) {
  const options = new FirefoxOptions().setBinary(found.browser).addArguments('-headless', '-width', String(width), '-height', String(height)).enableBidi();
  const driver = await new Builder().forBrowser('firefox').setFirefoxOptions(options).setFirefoxService(new Geckodriver(found.driver).addArguments('--allow-system-access')).build();
  const inside = async (script, ...given) => {
    await driver.setContext(Context.CHROME);
    return driver.executeAsyncScript(script, ...given).finally(() => driver.setContext(Context.CONTENT));
  };
  const prefer = (values) => inside(
    `for (const [name, value] of Object.entries(arguments[0])) value === null ? Services.prefs.clearUserPref(name) : Services.prefs[typeof value === 'boolean' ? 'setBoolPref' : 'setIntPref'](name, value);
     arguments[1]();`, values,
  );
  const bidi = await driver.getBidi();
  const heard = [];
  (await bidi.socket).on('message', (data) => {
    const { method, params } = JSON.parse(data);
    if (method === 'log.entryAdded' && !/Loading (failed|module)|Cross-Origin Request Blocked|blocked a MIME type|disallowed MIME type/.test(params.text)) heard.push(params.text);
  });
  await bidi.subscribe('log.entryAdded');
  return Object.assign(driver, {
    messages: async () => {
      // Whatever was said before this question was heard before its answer.
      await bidi.send({ method: 'session.status', params: {} });
      return heard.splice(0);
    },
    resize: async (width, height) => bidi.send({ method: 'browsingContext.setViewport', params: { context: await driver.getWindowHandle(), viewport: { width, height } } }),
    prefer,
    media: (features) => prefer(Object.fromEntries(Object.entries(PREFERENCES).map(([feature, { name, values }]) => [name, values[features[feature]] ?? null]))),
    clearCache: () => inside('Services.cache2.clear(); arguments[0]();'),
    online: async (is) => bidi.send({ method: 'emulation.setNetworkConditions', params: { networkConditions: is ? null : { type: 'offline' }, contexts: [await driver.getWindowHandle()] } }),
    tree: () => inside(TREE),
    stop: () => driver.quit(),
  });
}

/** WebKitGTK needs a screen, is as narrow as a phone only when its bars take no room beside what they hold, hears from GTK’s settings alone that less motion is wished for, and tells nobody what its console hears: a product page keeps what scripts write there in `window.written`. */
async function webkit(found, { width, height, lessMotion }) {
  const config = mkdtempSync(join(tmpdir(), 'shelfreel-gtk-'));
  mkdirSync(join(config, 'gtk-3.0'));
  writeFileSync(join(config, 'gtk-3.0', 'gtk.css'), '* { padding: 0; margin: 0; border: 0; min-width: 0; min-height: 0 }');
  writeFileSync(join(config, 'gtk-3.0', 'settings.ini'), `[Settings]\ngtk-enable-animations=${lessMotion ? 0 : 1}\n`);
  const screen = spawn(found.display, ['-displayfd', '1', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [display] = await once(screen.stdout, 'data');
  const port = await findFreePort();
  const service = new DriverService(found.driver, { loopback: true, port, args: [`--port=${port}`], env: { ...process.env, DISPLAY: `:${String(display).trim()}`, NO_AT_BRIDGE: '1', LANG: 'C.UTF-8', XDG_CONFIG_HOME: config } });
  const options = { binary: found.browser, args: ['--automation'] };
  const driver = await new Builder().usingServer(await service.start()).withCapabilities(new Capabilities({ browserName: 'MiniBrowser', 'webkitgtk:browserOptions': options })).build();
  // The window has a frame around the page, and is as large as it was told to be a moment later.
  const resize = async (width, height) => {
    const window = driver.manage().window();
    let wide = width, high = height;
    for (let time = 0; time < 20; time++) {
      await window.setRect({ x: 0, y: 0, width: wide, height: high });
      await new Promise((done) => setTimeout(done, 50));
      const [missing, lower] = await driver.executeScript(`return [${width} - innerWidth, ${height} - innerHeight]`);
      if (!missing && !lower) return;
      [wide, high] = [wide + missing, high + lower];
    }
    throw new Error(`WebKitGTK’s window gives a page no ${width} by ${height}`);
  };
  await resize(width, height);
  return Object.assign(driver, {
    messages: () => driver.executeScript('return window.written?.splice(0) ?? []'),
    resize,
    stop: async () => {
      await driver.quit().catch(() => undefined);
      await service.kill();
      screen.kill();
      rmSync(config, { recursive: true, force: true });
    },
  });
}

/** Waits until the page has been painted as it is now. Whoever leaves it before has seen nothing, and is not counted. */
export const untilSeen = (driver) => driver.executeAsyncScript('const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))');

/** Waits in the page until an expression is truthy and resolves with its value. The patience is for a machine that has much else to do. */
export async function until(driver, expression, { within_ms = 90_000 } = {}) {
  return driver.executeAsyncScript(
    `const done = arguments[arguments.length - 1], end = performance.now() + ${within_ms};
     (function look() {
       let value; try { value = (${expression}); } catch (error) { value = undefined; }
       if (value) return done(value);
       if (performance.now() > end) return done(null);
       setTimeout(look, 25);
     })();`,
  ).then((value) => {
    if (value === null) throw new Error(`did not become true within ${within_ms} ms: ${expression}`);
    return value;
  });
}
