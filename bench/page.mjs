// `npm run bench -- page`: what a product video costs a shopper's page, beside players that shops use.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { findBrowser } from '../scripts/browsers.mjs';
import { Told, nodeBin, root, run, toolEnv } from '../scripts/lib.mjs';
import { figure } from './figures.mjs';
import { startBrowser } from './page/cdp.mjs';

export async function bench({ rounds, only }, say) {
  const browserBin = findBrowser('chromium')?.browser;
  if (!browserBin) throw new Told('what is measured runs in Chromium, which is missing.\n  sudo apt-get install chromium chromium-driver');
  say('building');
  await buildAll();
  // Only now are the peers there to be read.
  const [{ startShop }, { subjects }, { visit }, { peerVersions }] = await Promise.all(['shop', 'subjects', 'visit', 'peers'].map((name) => import(`./page/${name}.mjs`)));
  const names = only ?? Object.keys(subjects);
  const strangers = names.filter((name) => !subjects[name]);
  if (strangers.length) throw new Told(`there is no subject ${strangers.join(', ')}; there are ${Object.keys(subjects).join(', ')}`);

  const running = [];
  try {
    const stack = await startStack();
    running.push(stack);
    const shop = await startShop(stack.port);
    running.push(shop);
    const runs = [];
    for (let round = 0; round < rounds; round += 1) {
      // In turn forwards and backwards, so that what drifts does so for all; and each in a browser that has not grown old.
      for (const name of round % 2 ? [...names].reverse() : names) {
        say(`round ${round + 1} of ${rounds}: ${name}`);
        const browser = await startBrowser(browserBin);
        try {
          for (const [by, query] of visits(subjects[name])) runs.push({ name, by, query, ahead: subjects[name].look?.ahead, ...(await visit(browser, name, shop.at, by, query)) });
        } finally {
          await browser.stop();
        }
      }
    }
    return { figures: figures(names, runs), versions: `${(await run(browserBin, ['--version'], { quiet: true })).trim().split('\n').at(-1)}; ${peerVersions()}` };
  } finally {
    for (const one of running.reverse()) await one.stop();
  }
}

/** How each is visited: by a finger, by a pointer, and where a player loads of the film ahead, by a pointer without that. */
const visits = ({ look }) => [['finger', ''], ['pointer', ''], ...(look?.ahead ? [['pointer', '?lazy']] : [])];

/** What is measured: the peers of a bench from npm, and ours, all or these parts. */
export async function buildAll(peers = 'page', parts = []) {
  const builder = spawn(process.execPath, [join(root, 'bench/build.mjs'), peers, ...parts], { stdio: ['ignore', process.stderr, process.stderr] });
  const [code] = await once(builder, 'close');
  if (code !== 0) throw new Told('what is measured could not be built');
}

/** The edge and all behind it, in a process of its own: wrangler may need a newer Node than this. */
export async function startStack() {
  const child = fork(join(root, 'bench/page/stack.mjs'), { execPath: nodeBin(), env: toolEnv(), stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [{ port }] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => Promise.reject(new Told('the edge could not be started; what it said stands above')))]);
  return {
    port,
    stop: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** A row of the table each: its name, its unit, and what of a visit it is. */
const METRICS = [
  ['load.requests', 'count', ({ loaded }) => loaded.requests],
  ['load.bytes', 'B', ({ loaded }) => loaded.bytes],
  ['load.media_bytes', 'B', ({ loaded }) => loaded.media_bytes],
  ['load.script', 'ms', ({ loaded }) => loaded.script_ms],
  ['load.script_before_largest', 'ms', ({ loaded }) => loaded.before_ms],
  ['load.long_tasks', 'count', ({ loaded }) => loaded.long],
  ['load.long_tasks_ms', 'ms', ({ loaded }) => loaded.long_ms],
  ['load.long_tasks_script', 'count', ({ loaded }) => loaded.long_script],
  ['load.shift', 'score', ({ loaded }) => loaded.shift],
  ['load.largest', 'ms', ({ loaded }) => loaded.largest_ms],
  ['load.button', 'ms', ({ loaded }) => loaded.button_ms],
  ['play.requests', 'count', of('finger', 'requests')],
  ['play.bytes', 'B', of('finger', 'bytes')],
  ['play.script', 'ms', of('finger', 'script_ms')],
  ['play.long_tasks', 'count', of('finger', 'long')],
  ['play.long_tasks_ms', 'ms', of('finger', 'long_ms')],
  ['finger.response', 'ms', of('finger', 'response_ms')],
  ['finger.dialog', 'ms', of('finger', 'dialog_ms')],
  ['finger.frame', 'ms', of('finger', 'frame_ms')],
  ['pointer.dialog', 'ms', of('pointer', 'dialog_ms')],
  ['pointer.frame', 'ms', of('pointer', 'frame_ms')],
  ['pointer.frame_lazy', 'ms', (one) => of('pointer', 'frame_ms', one.ahead ? '?lazy' : '')(one)],
];

function of(by, what, query = '') {
  return (one) => (one.by === by && one.query === query ? one.tapped?.[what] : undefined);
}

function figures(names, runs) {
  return METRICS.flatMap(([metric, unit, read]) =>
    names.flatMap((name) => {
      const values = runs.filter((one) => one.name === name && (one.query === '' || metric.endsWith('lazy'))).map(read).filter((value) => value !== undefined);
      return values.length ? [figure(name, metric, unit, values)] : [];
    }),
  );
}
