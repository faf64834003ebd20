// `npm run bench -- lighthouse`: Lighthouse's scores of a product page of the demo shop, with the tag and without.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import { findBrowser } from '../scripts/browsers.mjs';
import { Told, nodeBin, root } from '../scripts/lib.mjs';
import { serve } from '../tests/support/server.mjs';
import { figure } from './figures.mjs';
import { buildAll, startStack } from './page.mjs';
import { edgeFront } from './page/front.mjs';

const built = join(root, 'build/www');
const cli = join(root, 'bench/page/node_modules/lighthouse/cli/index.js');
const PAGES = { film: '/nl/products/breeze-br7/', no_film: '/nl/products/linnen/' };
const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'];
const TIMES = { largest: 'largest-contentful-paint', first: 'first-contentful-paint', speed_index: 'speed-index', blocked: 'total-blocking-time' };

export async function bench({ rounds }, say) {
  const browser = findBrowser('chromium')?.browser;
  if (!browser) throw new Told('Lighthouse runs in Chromium, which is missing.\n  sudo apt-get install chromium chromium-driver');
  say('building');
  await buildAll();
  const stack = await startStack();
  const server = await startSites(stack.port);
  try {
    const runs = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const [page, path] of Object.entries(PAGES)) {
        for (const subject of round % 2 ? ['nothing', 'shelfreel'] : ['shelfreel', 'nothing']) {
          say(`round ${round + 1} of ${rounds}: ${page}, ${subject}`);
          runs.push({ page, subject, ...(await audit(server.origin(subject) + path, browser)) });
        }
      }
    }
    tellDifferences(runs, say);
    return { figures: figures(runs), versions: `Lighthouse ${runs[0].lighthouseVersion}, ${runs[0].environment.hostUserAgent.match(/Chrome\/\S+/)[0]}` };
  } finally {
    await server.stop();
    await stack.stop();
  }
}

/** The demo shop's pages under two names: as they are, and without anything of ours in them. */
function startSites(port) {
  const front = edgeFront(port);
  let edge = '';
  const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };
  return serve((incoming, outgoing) => {
    const [name] = incoming.headers.host.split('.');
    edge = `http://edge.${incoming.headers.host.split('.').slice(1).join('.')}`;
    if (name === 'edge') return front(incoming, outgoing);
    let path = join(built, normalize(decodeURIComponent(incoming.url.split('?')[0])));
    if (existsSync(path) && statSync(path).isDirectory()) path = join(path, 'index.html');
    if (!existsSync(path)) return outgoing.writeHead(404).end();
    const text = readFileSync(path, 'utf8').replace(/https?:\/\/[^"'/]+(?=\/v1\/shelfreel\.js)/g, edge);
    const sent = name === 'nothing' ? text.replace(/<script[^>]*\/v1\/shelfreel\.js[^>]*><\/script>|<shelf-reel[^>]*><\/shelf-reel>/g, '') : text;
    return outgoing.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream', 'content-encoding': 'br', 'cache-control': 'public, max-age=31536000' }).end(brotliCompressSync(sent));
  });
}

/** One run of Lighthouse, as it is set: a phone, simulated. */
async function audit(url, browser) {
  const { stdout } = await promisify(execFile)(
    nodeBin(),
    [cli, url, '--output=json', '--quiet', `--only-categories=${CATEGORIES}`, '--no-enable-error-reporting', '--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage'],
    { maxBuffer: 1 << 28, env: { ...process.env, CHROME_PATH: browser } },
  );
  const report = JSON.parse(stdout);
  if (report.runtimeError) throw new Told(`Lighthouse could not measure ${url}: ${report.runtimeError.message}`);
  return report;
}

function figures(runs) {
  const metrics = [
    ...CATEGORIES.map((name) => [`score.${name}`, 'of 100', ({ categories }) => categories[name].score * 100]),
    ...Object.entries(TIMES).map(([name, audit]) => [name, 'ms', ({ audits }) => audits[audit].numericValue]),
    ['shift', 'score', ({ audits }) => audits['cumulative-layout-shift'].numericValue],
    ['bytes', 'B', ({ audits }) => audits['total-byte-weight'].numericValue],
  ];
  return Object.keys(PAGES).flatMap((page) =>
    metrics.flatMap(([metric, unit, read]) =>
      ['nothing', 'shelfreel'].map((subject) => figure(subject, `${page}.${metric}`, unit, runs.filter((run) => run.page === page && run.subject === subject).map(read))),
    ),
  );
}

/** Names each audit that came out otherwise with the tag than without, in more than half of the rounds. */
function tellDifferences(runs, say) {
  const score = (run, id) => run.audits[id]?.score ?? null;
  for (const page of Object.keys(PAGES)) {
    const [ours, nothing] = ['shelfreel', 'nothing'].map((subject) => runs.filter((run) => run.page === page && run.subject === subject));
    for (const id of Object.keys(ours[0].audits)) {
      const worse = ours.filter((run, round) => score(run, id) !== null && score(run, id) < (score(nothing[round], id) ?? 1) - 0.005).length;
      if (worse * 2 > ours.length) say(`${page}: with the tag, “${ours[0].audits[id].title}” (${id}) is ${ours.map((run) => score(run, id))}, without ${nothing.map((run) => score(run, id))}`);
    }
  }
}
