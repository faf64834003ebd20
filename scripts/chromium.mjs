// Where Chromium and its driver are; installs Debian's when there is none and it can.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Told, has, run, step } from './lib.mjs';

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const macBrowser = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
const packages = ['chromium', 'chromium-driver', 'ffmpeg', 'espeak-ng'];

const onPath = (name) => (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, name)).find((path) => existsSync(path));

export function findChromium() {
  const browser = process.env.CHROME_BIN ?? browsers.map(onPath).find(Boolean) ?? (existsSync(macBrowser) ? macBrowser : undefined);
  const driver = process.env.CHROMEDRIVER_BIN ?? onPath('chromedriver');
  return browser && driver ? { browser, driver } : undefined;
}

/** Chromium for the browser tests; with it come ffmpeg and espeak-ng, with which a test makes a film of its own. */
export async function needChromium() {
  if (!findChromium() || !onPath('ffmpeg')) {
    const asRoot = process.getuid?.() === 0 ? [] : has('sudo', ['-n', 'true']) ? ['sudo', '-n'] : undefined;
    if (onPath('apt-get') && asRoot) {
      const apt = (...args) => run([...asRoot, 'apt-get'][0], [...[...asRoot, 'apt-get'].slice(1), ...args], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, quiet: true });
      // Without a network there may be a browser all the same; a missing ffmpeg only skips the test that makes a film.
      await step(`Debian packages ${packages.join(', ')}`, async () => {
        await apt('update');
        await apt('install', '-y', '--no-install-recommends', ...packages);
      }).catch((error) => process.stdout.write(`  could not be installed: ${error.message.split('\n')[0]}\n`));
    }
  }
  const found = findChromium();
  if (found) return found;
  throw new Told(
    'the browser tests need Chromium and its driver:\n' +
      `  Debian:     sudo apt-get install ${packages.join(' ')}\n` +
      '  elsewhere:  install Chrome and chromedriver of the same version, or say where they are: CHROME_BIN=… CHROMEDRIVER_BIN=… npm test',
  );
}
