// Plain workerd: one process per subject, on a core of its own, without any proxy of a development server in front.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Told } from '../scripts/lib.mjs';

/** The binary that npm brought. */
export function workerdBin() {
  const { default: path } = createRequire(import.meta.url)('workerd');
  return path;
}

/**
 * Starts a worker and waits until it answers.
 *
 * `modules` are files by the names that they import each other by, the main one first; `bindings` are lines of workerd's configuration; `kv` is the port of a KV stand-in, `queue` that of a queue's.
 */
export async function start({ name, dir, modules, compatibilityDate, bindings = [], kv, queue, core, ready }) {
  mkdirSync(dir, { recursive: true });
  for (const [name, file] of Object.entries(modules)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    copyFileSync(file, join(dir, name));
  }
  const port = await freePort();
  const config = join(dir, 'config.capnp');
  writeFileSync(config, configuration({ port, modules: Object.keys(modules), compatibilityDate, bindings, kv, queue }));
  const began = performance.now();
  const child = spawn('taskset', ['-c', String(core), workerdBin(), 'serve', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output = (output + chunk).slice(-4_000)));
  const died = new Promise((_, fail) => child.on('close', (code) => fail(new Told(`workerd with ${name} ended with exit code ${code}:\n${output}`))));
  died.catch(() => {});
  await Promise.race([died, answers(port, ready)]);
  return {
    name,
    port,
    startMs: performance.now() - began,
    cpuMs: () => cpuMs(child.pid),
    waitedMs: () => waitedMs(child.pid),
    get: (path, headers) => get(port, path, headers),
    stop: () => new Promise((done) => child.exitCode !== null ? done() : (child.once('close', done), child.kill())),
  };
}

function configuration({ port, modules, compatibilityDate, bindings, kv, queue }) {
  const module = (file) => `(name = "${file}", ${file.endsWith('.wasm') ? 'wasm' : 'esModule'} = embed "${file}")`;
  const external = (name, port) => (port ? [`(name = "${name}", external = (address = "127.0.0.1:${port}", http = ()))`] : []);
  const store = [...external('kv', kv), ...external('queue', queue)];
  const bound = [...(kv ? ['(name = "CATALOG", kvNamespace = "kv")'] : []), ...(queue ? ['(name = "PLAYBACK", queue = "queue")'] : []), ...bindings];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${['(name = "main", worker = .worker)', ...store].join(', ')}],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${modules.map(module).join(', ')}],
  compatibilityDate = "${compatibilityDate}",
  bindings = [${bound.join(', ')}],
);
`;
}

/** User and system time that a process has used, with all its threads. */
function cpuMs(pid) {
  // After the name, which may hold spaces, in brackets: state is field 3, utime 14, stime 15 (proc_pid_stat(5)), in ticks of 10 ms.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** How long the thread that answers could have run and was not let: others had its core. Nanoseconds, in the second field. */
function waitedMs(pid) {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
}

async function answers(port, ready, within = 20_000) {
  const until = Date.now() + within;
  for (;;) {
    try {
      return await get(port, ready);
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((done) => setTimeout(done, 2));
    }
  }
}

/** One request; the body as text. */
export function get(port, path, headers = {}, agent) {
  return new Promise((done, fail) => {
    const call = request({ host: '127.0.0.1', port, path, headers, agent, method: 'GET' }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => (body += chunk)).on('end', () => done({ status: response.statusCode, headers: response.headers, body })).on('error', fail);
    });
    call.on('error', fail).end();
  });
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().on('error', fail).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
