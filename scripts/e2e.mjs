// The end-to-end tests, a file at a time in each browser, on one stack that they share; as many files at once as there are cores.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { nodeBin, root, toolEnv } from './lib.mjs';

/** Longer than any file takes on a machine that has much else to do. */
const MOST_MS = 420_000;

/** These go first, that no core waits for the last one. */
const LONGEST = ['spa', 'accessibility', 'player', 'policies'];

/** What goes through product pages of the tests' own, and so runs a second time with the widget as JavaScript. */
const twin = ['faults', 'golden', 'hostile', 'matching', 'player', 'road', 'spa', 'viewing'];

/** Files that a browser cannot go through, and why; of single tests their own `limits` say it. */
const chromiumAlone = {
  live: 'the studio’s page is for who runs the place, and one browser is enough to see that it works',
};
const cannot = {
  firefox: chromiumAlone,
  webkit: {
    ...chromiumAlone,
    blockers: 'WebKitGTK lets no test stand between the page and the network as a blocker does',
    viewing: 'without a graphics card WebKitGTK shows too few frames to measure a viewing by',
  },
};

/**
 * What WebKitGTK's driver said where it lost a page, and with it every test that followed: such a file is gone through once more, in another browser, for nothing was seen of the widget. Nothing where a
 * single test failed for any other reason, as by an assertion, a wait that was in vain, or an error of a script.
 */
function lostPage({ browser }, { code, output }) {
  if (browser !== 'webkit' || code === 0) return undefined;
  const failures = [...(output.split('✖ failing tests:')[1] ?? '').matchAll(/^✖ .*\n +(.*)$/gm)].map(([, error]) => error);
  // Of a session that has gone, it may say no more than that.
  const isLoss = (error) => /^(WebDriverError|NoSuchWindowError|NoSuchSessionError)(: |$)|ECONNREFUSED|ECONNRESET|socket hang up/.test(error);
  return failures.length && failures.every(isLoss) ? failures[0] : undefined;
}

/** What asks nothing of a browser is run once. */
const needsBrowser = (file) => readFileSync(join(root, 'tests', 'e2e', `${file}.test.mjs`), 'utf8').includes('startBrowser(');

/** Every file in every browser, and a second time in Chromium with the widget as JavaScript. `only` leaves the runs of one browser or one engine, `named` those of some files. */
function jobs(browsers, named, only = { browser: process.env.SHELFREEL_BROWSER, engine: process.env.SHELFREEL_ENGINE }) {
  const all = readdirSync(join(root, 'tests', 'e2e')).filter((name) => name.endsWith('.test.mjs')).map((name) => name.replace('.test.mjs', ''));
  const files = all.filter((file) => !named.length || named.includes(file));
  const runs = [...browsers.map((browser) => ({ browser, engine: 'wasm', files: files.filter((file) => browser === browsers[0] || needsBrowser(file)) })), { browser: 'chromium', engine: 'js', files: files.filter((file) => twin.includes(file)) }];
  return runs
    .filter(({ browser, engine }) => browser === (only.browser || browser) && engine === (only.engine || engine))
    .flatMap(({ browser, engine, files }) => files.map((file) => ({ browser, engine, file, skip: cannot[browser]?.[file] })))
    .sort((one, other) => LONGEST.includes(other.file) - LONGEST.includes(one.file));
}

/** Runs them all, or those `named`; `tell(what, { code, output })` hears of each that has ended, and `skip(what, why)` of each that cannot be. */
export async function endToEnd(browsers, { named, tell, skip }) {
  const name = ({ file, browser, engine }) => `${file} in ${browser}${engine === 'js' ? ' as JavaScript' : ''}`;
  const waiting = jobs(browsers, named).filter((job) => !job.skip || skip(name(job), job.skip));
  const stack = await sharedStack();
  const worker = async () => {
    for (let job; (job = waiting.shift()); ) {
      const what = name(job);
      const gone = async () => {
        const began = Date.now();
        const ended = await testFile(job, stack.env);
        process.stdout.write(`\n· ${what}, ${((Date.now() - began) / 1000).toFixed(0)} s\n${ended.output}`);
        return ended;
      };
      let ended = await gone();
      const lost = lostPage(job, ended);
      if (lost) {
        process.stdout.write(`\n· ${what}: its driver lost the page (${lost}), so once more\n`);
        ended = await gone();
      }
      tell(what, ended);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
  } finally {
    stack.stop();
  }
}

function testFile({ browser, engine, file }, env) {
  return new Promise((done) => {
    const child = spawn(nodeBin(), ['--test-reporter=spec', join('tests', 'e2e', `${file}.test.mjs`)], {
      cwd: root, env: { ...toolEnv(), ...env, SHELFREEL_BROWSER: browser, SHELFREEL_ENGINE: engine }, stdio: ['ignore', 'pipe', 'pipe'], timeout: MOST_MS,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => done({ code, output }));
  });
}

/** The stack with the demo catalogue that the files share, as a process of its own. */
function sharedStack() {
  return new Promise((done, fail) => {
    const child = spawn(nodeBin(), [join('tests', 'support', 'shared.mjs')], { cwd: root, env: toolEnv(), stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const address = /^SHELFREEL_STACK=(.*)\n/m.exec(said)?.[1];
      if (address) done({ env: { SHELFREEL_STACK: address }, stop: () => child.stdin.end() });
    });
    child.on('close', (code) => fail(new Error(`the stack ended with exit code ${code}`)));
  });
}
