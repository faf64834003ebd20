// What the scripts share: where things are, how a command is run and shown, how a person is told what is missing.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** The versions that belong together; Cargo.toml holds the crates' side of the same pairs. */
export const versions = { wasmBindgen: '0.2.130', workerBuild: '0.8.7', nodeMajor: 22, nodeMinor: 12 };

/** Tools built from source live outside the clone, by version, so that a second clone starts fast. */
export const cacheDir = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'shelfreel');
export const toolDir = (name, version) => join(cacheDir, 'tools', `${name}-${version}`);

const wasmBindgenBin = join(toolDir('wasm-bindgen-cli', versions.wasmBindgen), 'bin', 'wasm-bindgen');
export const workerBuildBin = join(toolDir('worker-build', versions.workerBuild), 'bin', 'worker-build');

/** An error whose message is for the person at the terminal: shown without a stack. */
export class Told extends Error {}

/** The Node binary that wrangler can run on: this one when it is new enough, else the one that npm brought. */
export function nodeBin() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > versions.nodeMajor || (major === versions.nodeMajor && minor >= versions.nodeMinor)) return process.execPath;
  const brought = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(brought)) return brought;
  throw new Told(
    `wrangler needs Node ${versions.nodeMajor}.${versions.nodeMinor} or newer; this is ${process.versions.node}, and npm brings none for ${process.platform}-${process.arch}.\n` +
      `  Install Node ${versions.nodeMajor} (https://nodejs.org) and try again.`,
  );
}

/** The environment for every tool: Node that is new enough first on PATH, and the tools that worker-build would otherwise download. */
export function toolEnv() {
  const bin = join(root, 'node_modules', '.bin');
  return {
    ...process.env,
    PATH: [dirname(nodeBin()), bin, process.env.PATH].join(delimiter),
    WASM_BINDGEN_BIN: process.env.WASM_BINDGEN_BIN || wasmBindgenBin,
    WASM_OPT_BIN: process.env.WASM_OPT_BIN || join(bin, 'wasm-opt'),
    WASM2JS_BIN: process.env.WASM2JS_BIN || join(bin, 'wasm2js'),
    ESBUILD_BIN: process.env.ESBUILD_BIN || join(bin, 'esbuild'),
    WRANGLER_SEND_METRICS: 'false',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    NO_UPDATE_NOTIFIER: '1',
  };
}

/** Runs a command with its output shown; rejects with the command line when it fails. */
export function run(command, args, { env = toolEnv(), cwd = root, quiet = false } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd, env, stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'] });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => fail(new Told(`${command} could not be started: ${error.message}`)));
    child.on('close', (code) => {
      if (code === 0) return done(output);
      fail(new Told(`${[command, ...args].join(' ')} failed with exit code ${code}${output ? `:\n${output}` : ''}`));
    });
  });
}

/** Whether a command can be started at all. */
export const has = (command, args = ['--version']) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Says what is being done, and how long it took when that was noticeable. */
export async function step(what, work) {
  process.stdout.write(`· ${what}\n`);
  const began = Date.now();
  const result = await work();
  const seconds = (Date.now() - began) / 1000;
  if (seconds >= 2) process.stdout.write(`  ${seconds.toFixed(0)} s\n`);
  return result;
}

/** Every file below a path (or the path itself), in a stable order, without what builds leave behind. */
export function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !['node_modules', 'target', 'build', '.git', '.wrangler'].includes(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => filesBelow(join(path, entry.name)));
}

/** A digest of files' names and bytes: what a build is remembered by. */
export function digest(paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap((path) => filesBelow(resolve(root, path)))) {
    hash.update(`${relative(root, file)}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** Does `work` unless it was done before for the same inputs and its output is still there. */
export async function unlessDone({ what, inputs, output, work }) {
  const stamp = join(root, 'build', `.${what.replace(/\W+/g, '-')}.stamp`);
  const now = digest(inputs);
  if (existsSync(resolve(root, output)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return false;
  await step(what, work);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, now);
  return true;
}

/** Runs a script's main and ends the process as a person would expect: a told error without a stack, anything else with it. */
export async function main(body) {
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    process.stderr.write(error instanceof Told ? `\n✗ ${error.message}\n` : `\n✗ ${error.stack}\n`);
    process.exitCode = 1;
  }
}
