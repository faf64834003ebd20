// Where the browsers and their drivers are, by engine; installs Debian's when they are missing and it can.
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Told, has, run, step, toolDir } from './lib.mjs';
import { cargoTool } from './setup.mjs';

/** Firefox's driver is in no package of Debian's, but on crates.io. */
const GECKODRIVER = '0.37.1';
const geckodriver = join(toolDir('geckodriver', GECKODRIVER), 'bin', 'geckodriver');

/** With the browsers come ffmpeg and espeak-ng, with which a test makes a film of its own; GStreamer's libav lets WebKitGTK play H.264; WebKitGTK knows no headless mode. */
const packages = {
  chromium: ['chromium', 'chromium-driver', 'ffmpeg', 'espeak-ng'],
  firefox: ['firefox-esr'],
  webkit: ['webkit2gtk-driver', 'libwebkit2gtk-4.1-0', 'gstreamer1.0-plugins-good', 'gstreamer1.0-libav', 'xvfb'],
};

const onPath = (...names) => names.flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, name))).find((path) => existsSync(path));
const present = (...paths) => paths.find((path) => path && existsSync(path));
const app = (name) => `/Applications/${name}.app/Contents/MacOS/${name}`;

/** Debian's folder of libraries; WebKitGTK keeps its own small browser there, which its driver drives. */
const libraries = `/usr/lib/${{ x64: 'x86_64', arm64: 'aarch64' }[process.arch]}-linux-gnu`;
const miniBrowser = () => (existsSync(libraries) ? present(...readdirSync(libraries).filter((name) => name.startsWith('webkit2gtk-4.')).map((name) => join(libraries, name, 'MiniBrowser'))) : undefined);

const engines = {
  chromium: () => ({
    browser: process.env.CHROME_BIN ?? onPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable') ?? present(app('Google Chrome')),
    driver: process.env.CHROMEDRIVER_BIN ?? onPath('chromedriver'),
  }),
  firefox: () => ({
    browser: process.env.FIREFOX_BIN ?? onPath('firefox-esr', 'firefox') ?? present(app('Firefox')),
    driver: process.env.GECKODRIVER_BIN ?? present(geckodriver) ?? onPath('geckodriver'),
  }),
  webkit: () => ({ browser: miniBrowser(), driver: onPath('WebKitWebDriver'), display: onPath('Xvfb'), codecs: present(join(libraries, 'gstreamer-1.0', 'libgstlibav.so')) }),
};

/** An engine's browser, driver and whatever else it needs, by path; nothing when one of them is not there. */
export function findBrowser(engine) {
  const found = engines[engine]();
  return Object.values(found).every(Boolean) ? found : undefined;
}

/** Sees to all three engines, and resolves with those that are here; without Chromium there is nothing to test in. */
export async function needBrowsers() {
  const here = { chromium: findBrowser('chromium') && onPath('ffmpeg'), firefox: engines.firefox().browser, webkit: findBrowser('webkit') };
  await debianPackages(Object.keys(engines).filter((engine) => !here[engine]).map((engine) => packages[engine]));
  if (engines.firefox().browser && !engines.firefox().driver) await cargoTool('geckodriver', GECKODRIVER, 'geckodriver', 'about 4 minutes, once');
  if (!findBrowser('chromium')) {
    throw new Told(
      'the browser tests need Chromium and its driver:\n' +
        `  Debian:     sudo apt-get install ${packages.chromium.join(' ')}\n` +
        '  elsewhere:  install Chrome and chromedriver of the same version, or say where they are: CHROME_BIN=… CHROMEDRIVER_BIN=… npm test',
    );
  }
  return Object.keys(engines).filter(findBrowser);
}

/** What to install for an engine that is not here. */
export const howToGet = (engine) => `Debian: sudo apt-get install ${packages[engine].join(' ')}`;

/** Without a network, or the right to install, there may be browsers enough all the same. */
async function debianPackages(lists) {
  const asRoot = process.getuid?.() === 0 ? [] : has('sudo', ['-n', 'true']) ? ['sudo', '-n'] : undefined;
  if (!lists.length || !onPath('apt-get') || !asRoot) return;
  const [command, ...first] = [...asRoot, 'apt-get'];
  const apt = (...args) => run(command, [...first, ...args], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, quiet: true });
  const tried = (error) => process.stdout.write(`  could not be installed: ${error.message.split('\n')[0]}\n`);
  await step('Debian’s list of packages', () => apt('update')).catch(tried);
  for (const names of lists) await step(`Debian packages ${names.join(', ')}`, () => apt('install', '-y', '--no-install-recommends', ...names)).catch(tried);
}
