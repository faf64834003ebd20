// `npm start`: sets up, builds, starts front door, edge, studio and pages on workerd in one process, loads the demo catalogue, and says
// where to look. State is kept in .state between starts.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build, cliBin } from './build.mjs';
import { keepHere, pinnedTag } from './kept.mjs';
import { Told, main, nodeBin, root, run, step, toolEnv } from './lib.mjs';
import { setup } from './setup.mjs';
import { giveTokens, keptTokens } from './tokens.mjs';

const port = Number(process.env.PORT ?? 8787);

/** What began this process: of npm, its shell. */
const shell = process.ppid;

/** Which process runs Shelfreel from this clone, and where; there while it runs. */
const running = join(root, '.state/running.json');

/** The studio's tokens for the demo's brands and for the operator. */
const tokensFile = join(root, '.state/tokens.json');

/** The configs of one `wrangler dev`: only the first worker is exposed. In separate processes messages sent before the consumer is ready vanish. */
const configs = ['dev/wrangler.toml', 'wrangler.toml', 'studio/wrangler.toml', 'www/wrangler.toml'];

await main(async () => {
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new Told(`PORT is ${process.env.PORT}: it must be a number from 1 to 65535`);
  await alone();
  await free(port);
  await setup();
  await build();
  const tokens = keptTokens(tokensFile, ['operator', ...demoBrands()]);
  const wrangler = startWrangler();
  endTogether(wrangler);
  try {
    await step('workerd', () => ready(wrangler));
    await keepHere(port);
    await step('the demo catalogue', () => run(cliBin(), ['import', 'demo/catalogue.csv', '--shops', 'demo/shops.jsonl', '--feed', 'demo', '--replace', '--local', String(port)], { quiet: true }));
    await giveTokens(port, tokens);
    await step('the first minute’s chores', () => chores());
  } catch (error) {
    wrangler.kill();
    throw error;
  }
  mkdirSync(dirname(running), { recursive: true });
  writeFileSync(running, JSON.stringify({ pid: process.pid, port }));
  wrangler.on('exit', () => rmSync(running, { force: true }));
  everyMinute(wrangler);
  const at = (name, path = '') => `http://${name}.localhost:${port}/${path}`;
  process.stdout.write(`
Shelfreel is running:

  demo shop      ${at('shop')}
  preview page   ${at('shop', 'preview/')}
  edge           ${at('edge', 'v1/health')}
  studio         ${at('studio', `#kenwick/${tokens.kenwick}`)}
                 what is watched now of the brand kenwick; tokens of the other brands and the operator's are in .state/tokens.json

  a look-up      curl '${at('edge', 'v1/match/shop_demo?lang=nl&p=gtin:9524710000125')}'
  pinned tag     ${pinnedTag(`http://edge.localhost:${port}`, 'shop_demo')}

Ctrl+C stops it.
`);
  return new Promise((done) => wrangler.on('exit', (code, signal) => done(signal ? 0 : code)));
});

function demoBrands() {
  const [, ...lines] = readFileSync(join(root, 'demo/catalogue.csv'), 'utf8').trim().split('\n');
  return [...new Set(lines.map((line) => line.split(',')[1]))];
}

/** Whether no other start runs from this clone, on whatever port: its pages would be built anew, with this one's addresses in them. */
async function alone() {
  let other;
  try {
    other = JSON.parse(readFileSync(running, 'utf8'));
    process.kill(other.pid, 0);
  } catch {
    return;
  }
  if ((await health(other.port).catch(() => 0)) === 0) return;
  throw new Told(`Shelfreel is running from this clone already: http://shop.localhost:${other.port}/\n  Stop that one first (process ${other.pid}), or start from another clone.`);
}

/** Whether the port can be listened on, said before minutes of building are spent. */
function free(port) {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', (error) =>
      fail(new Told(error.code === 'EADDRINUSE' ? `port ${port} is taken: stop what listens there, or choose another:\n  PORT=${port + 1} npm start` : `port ${port} cannot be used: ${error.message}`)),
    );
    probe.listen(port, '127.0.0.1', () => probe.close(done));
  });
}

function startWrangler() {
  const args = ['node_modules/wrangler/bin/wrangler.js', 'dev', ...configs.flatMap((config) => ['-c', config])];
  args.push('--ip', '127.0.0.1', '--port', String(port), '--persist-to', '.state', '--log-level', process.env.SHELFREEL_LOG ?? 'warn', '--show-interactive-dev-session=false', '--test-scheduled');
  // A registry of its own: in the one that all of a machine's wranglers share, another clone's workers have the same names, and its studio would do this one's chores.
  const env = { ...toolEnv(), WRANGLER_REGISTRY_PATH: join(root, '.state/registry') };
  return spawn(nodeBin(), args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Ends wrangler when this process is told to end. npm tells only the shell that it began this with, which passes nothing on: then that shell is gone. */
function endTogether(wrangler) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => wrangler.kill(signal));
  const timer = setInterval(() => process.env.npm_lifecycle_event && process.ppid !== shell && wrangler.kill(), 1_000);
  wrangler.on('exit', () => clearInterval(timer));
}

/** What the studio's `crons` do in production, which wrangler leaves to whoever develops: its scheduled work, once. */
async function chores() {
  const answer = await fetch(`http://127.0.0.1:${port}/cdn-cgi/local/explorer/api/local/scheduled?worker=shelfreel-studio`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ cron: '* * * * *' }) });
  const said = await answer.text();
  if (!answer.ok || JSON.parse(said).result.outcome !== 'ok') throw new Told(`the studio’s scheduled work was answered ${answer.status}: ${said}`);
}

/** Again each minute, until wrangler ends. One that fails is made up for by the next, as in production. */
function everyMinute(wrangler) {
  const timer = setInterval(() => chores().catch((error) => process.stderr.write(`${error.message}\n`)), 60_000);
  wrangler.on('exit', () => clearInterval(timer));
}

async function ready(wrangler) {
  for (let tries = 0; tries < 240; tries++) {
    if (wrangler.exitCode !== null || wrangler.signalCode) throw new Told(`wrangler ended with ${wrangler.signalCode ?? `exit code ${wrangler.exitCode}`}; what it said stands above`);
    // Node's resolver may not know *.localhost: the address is the loopback, the name goes into the header.
    const status = await health(port).catch(() => 0);
    if (status === 200) return;
    if (status === 503) throw new Told(`the edge says it is not whole: see http://edge.localhost:${port}/v1/health`);
    await sleep(250);
  }
  throw new Told('workerd did not answer within a minute');
}

async function health(port) {
  const { request } = await import('node:http');
  return new Promise((done, fail) => {
    request({ host: '127.0.0.1', port, path: '/v1/health', headers: { host: `edge.localhost:${port}` } }, (response) => {
      response.resume();
      done(response.statusCode);
    })
      .on('error', fail)
      .end();
  });
}
