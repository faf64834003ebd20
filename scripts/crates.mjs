// The registry's crates as they were compiled, kept outside the clone as the tools are, so that a fresh clone compiles only what is in it. Copied, not shared: clones with one
// target folder wait for each other, and fill it with the crates of all. What of it still holds is cargo's to judge, by its fingerprints: they name no clone.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDir, root, run, step } from './lib.mjs';

const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
const folder = join(cacheDir, 'crates');

/** One set for a compiler and a lock file; of other sets none stays. */
function kept() {
  const { stdout } = spawnSync('rustc', ['-vV'], { cwd: root });
  return join(folder, createHash('sha256').update(stdout).update(readFileSync(join(root, 'Cargo.lock'))).digest('hex').slice(0, 16));
}

/** Of what cargo leaves of a profile, what was made of the registry's crates alone: the workspace's own are named shelfreel, and its tests have no `lib` before their names. */
const THEIRS = {
  '.fingerprint': (name) => !name.startsWith('shelfreel-'),
  build: (name) => !name.startsWith('shelfreel-'),
  deps: (name) => name.startsWith('lib') && !name.startsWith('libshelfreel'),
};

/** Puts the kept crates into a clone that has compiled nothing yet; resolves with whether there were none to put there, so that what it compiles is worth keeping. */
export async function bringCrates() {
  if (existsSync(target)) return false;
  const from = kept();
  if (!existsSync(from)) return true;
  // By `cp`, since cargo compares times to the nanosecond, which Node's own copying does not keep. Whatever it could not bring is compiled.
  await step('compiled crates, as they were kept', () => run('cp', ['-a', from, target]).catch(() => undefined));
  return false;
}

/** Keeps what this clone has compiled. Where it cannot (a full disk), the next clone compiles as this one did, and nothing else is wrong. */
export async function keepCrates() {
  const to = kept();
  const half = `${to}.${process.pid}`;
  rmSync(folder, { recursive: true, force: true });
  try {
    await step('compiled crates, for the next clone', () => copyCrates(half));
    renameSync(half, to);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    process.stdout.write(`  not kept: ${error.message}\n`);
  }
}

async function copyCrates(to) {
  for (const profile of profiles()) {
    for (const [part, theirs] of Object.entries(THEIRS)) {
      const names = readdirSync(join(target, profile, part)).filter(theirs);
      const into = join(to, profile, part);
      mkdirSync(into, { recursive: true });
      if (names.length) await run('cp', ['-a', ...names, into], { cwd: join(target, profile, part), quiet: true });
    }
  }
}

/** The folders of profiles below `target`: `debug`, `wasm32-unknown-unknown/release`, … */
const profiles = () => readdirSync(target, { recursive: true }).filter((path) => path.endsWith('.fingerprint')).map(dirname);
