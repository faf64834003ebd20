// Everything a fresh machine lacks and the package registries can give: npm packages, wasm targets, wasm-bindgen, worker-build.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bringCrates } from './crates.mjs';
import { Told, digest, has, nodeBin, root, run, step, toolDir, versions, workerBuildBin } from './lib.mjs';

const targets = ['wasm32-unknown-unknown', 'wasm32v1-none'];

/** Resolves with whether this clone compiles what is worth keeping for the next (crates.mjs). */
export async function setup() {
  if (older(process.versions.node, '20.11')) throw new Told(`Node 20.11 or newer is needed; this is ${process.versions.node}. Install it from https://nodejs.org.`);
  prerequisite('git', 'git', 'sudo apt-get install git');
  prerequisite('cargo', 'Rust', "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh");
  prerequisite('rustup', 'rustup (it adds the WebAssembly targets)', "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh");
  const rust = spawnSync('rustc', ['--version'], { encoding: 'utf8', cwd: root }).stdout?.split(' ')[1] ?? '0';
  const wanted = /^rust-version = "(.*)"$/m.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))[1];
  if (older(rust, wanted)) throw new Told(`Rust ${wanted} or newer is needed; this is ${rust}.\n  rustup update stable`);
  prerequisite('cc', 'a C linker', 'sudo apt-get install build-essential   (macOS: xcode-select --install)');

  await npmPackages();
  nodeBin();
  await wasmTargets();
  await cargoTool('wasm-bindgen-cli', versions.wasmBindgen, 'wasm-bindgen', '3 to 7 minutes, once');
  await cargoTool('worker-build', versions.workerBuild, 'worker-build', 'about 7 minutes, once');
  if (!existsSync(workerBuildBin)) throw new Told(`worker-build is not where it was installed: ${workerBuildBin}`);
  return bringCrates();
}

/** Whether a version is older than another, by major and minor. */
function older(version, than) {
  const [a, b] = [version, than].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)));
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

function prerequisite(command, name, mend) {
  if (!has(command)) throw new Told(`${name} is missing: \`${command}\` was not found on PATH.\n  ${mend}`);
}

/** By `npm install`, not `npm ci`: the latter refuses a lock file without the optional packages of platforms that a registry does not serve. */
async function npmPackages() {
  const stamp = join(root, 'node_modules', '.shelfreel');
  const wanted = () => digest(['package.json', 'package-lock.json']);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted()) return;
  await step('npm packages', () => run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { env: process.env }));
  writeFileSync(stamp, wanted());
}

async function wasmTargets() {
  const installed = spawnSync('rustup', ['target', 'list', '--installed'], { encoding: 'utf8', cwd: root }).stdout.split('\n');
  const missing = targets.filter((target) => !installed.includes(target));
  if (missing.length) await step(`Rust targets ${missing.join(', ')}`, () => run('rustup', ['target', 'add', ...missing], { env: process.env }));
}

/** Installs without `--locked`: the tools' own lock files may want versions that a registry no longer serves. */
export async function cargoTool(crate, version, bin, time) {
  const dir = toolDir(crate, version);
  if (existsSync(join(dir, 'bin', bin))) return;
  await step(`${crate} ${version}, built from source (${time})`, () =>
    run('cargo', ['install', `${crate}@${version}`, '--root', dir], { env: { ...process.env, CARGO_TARGET_DIR: undefined } }),
  );
}
