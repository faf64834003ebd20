// One browser through WebDriver, with what tests read from it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Builder, logging } from 'selenium-webdriver';
import { Options, ServiceBuilder } from 'selenium-webdriver/chrome.js';
import { findChromium } from '../../scripts/chromium.mjs';

/** Headless Chromium of a desktop's or a phone's size; `stop` closes it. */
export async function startChromium({ width = 1280, height = 900, args = [] } = {}) {
  const found = findChromium();
  if (!found) throw new Error('no Chromium: `npm test` installs one');
  const profile = mkdtempSync(join(tmpdir(), 'shelfreel-chromium-'));
  const options = new Options()
    .setChromeBinaryPath(found.browser)
    .addArguments(
      '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run', '--mute-audio',
      '--disable-background-networking', '--disable-component-update', '--disable-sync', `--user-data-dir=${profile}`, `--window-size=${width},${height}`, ...args,
    );
  const logs = new logging.Preferences();
  logs.setLevel(logging.Type.BROWSER, logging.Level.ALL);
  options.setLoggingPrefs(logs);
  const driver = await new Builder().forBrowser('chrome').setChromeOptions(options).setChromeService(new ServiceBuilder(found.driver)).build();
  await driver.manage().setTimeouts({ script: 150_000, pageLoad: 120_000 });
  return Object.assign(driver, {
    /** Console messages since last asked, the browser's own network lines left out. */
    messages: async () => (await driver.manage().logs().get(logging.Type.BROWSER)).filter((entry) => !/Failed to load (resource|module script)|net::ERR_/.test(entry.message)).map((entry) => entry.message),
    stop: async () => {
      await driver.quit();
      rmSync(profile, { recursive: true, force: true });
    },
  });
}

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
