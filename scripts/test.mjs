// `npm test`: every check there is, in one run, from a clean clone. `npm test -- PART…` runs only these parts, `npm test -- FILE…` only these end-to-end tests;
// SHELFREEL_BROWSER and SHELFREEL_ENGINE leave one browser's, or one engine's.
// Goes on after a failure, so that one run tells everything, and ends with a line that counts.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { howToGet, needBrowsers } from './browsers.mjs';
import { keepCrates } from './crates.mjs';
import { endToEnd } from './e2e.mjs';
import { Told, main, nodeBin, root, run, step, toolEnv } from './lib.mjs';
import { setup } from './setup.mjs';

/** The widget's modules by themselves: they have no std on WebAssembly, and a crate beside it would switch that on in what they share. */
const wasmCrates = [['shelfreel-edge', 'shelfreel-studio', 'shelfreel-preview'], ['shelfreel-button', 'shelfreel-player']];
const workers = ['wrangler.toml', 'studio/wrangler.toml', 'www/wrangler.toml'];

const counts = { passed: 0, failed: 0, skipped: 0 };
const failures = [];

const parts = {
  format: () => check('the code is formatted', 'cargo', ['fmt', '--all', '--check']),
  lint: async () => {
    await check('the lint table holds on the host', 'cargo', ['clippy', '--workspace', '--all-targets', '--', '-D', 'warnings']);
    for (const crates of wasmCrates) {
      const packages = crates.flatMap((name) => ['-p', name]);
      await check(`the lint table holds on WebAssembly for ${crates.join(', ')}`, 'cargo', ['clippy', ...packages, '--target', 'wasm32-unknown-unknown', '--', '-D', 'warnings']);
    }
  },
  // The same cases in each run, so that a change is judged by what it changes; other cases with PROPTEST_RNG_SEED=…
  host: () => tests('host tests', 'cargo', ['test', '--workspace', '--no-fail-fast'], { PROPTEST_RNG_SEED: '20261122' }),
  build: async () => {
    await attempt('everything builds', () => build());
    await check('the budgets of bytes hold', 'node', ['scripts/build-widget.mjs', '--check']);
    for (const config of workers) {
      await check(`wrangler would deploy ${config}`, nodeBin(), ['node_modules/wrangler/bin/wrangler.js', 'deploy', '--dry-run', '-c', config], { quiet: true });
    }
  },
  integration: () => {
    const files = readdirSync(join(root, 'tests', 'integration')).filter((name) => name.endsWith('.test.mjs')).map((name) => join('tests', 'integration', name));
    // Two files at a time: each has a workerd of its own, and much of a test is waiting for a queue's next batch.
    return tests('integration tests', nodeBin(), ['--test', '--test-concurrency=2', '--test-reporter=spec', ...files]);
  },
  e2e: async (files) => {
    const here = await needBrowsers();
    for (const browser of ['firefox', 'webkit'].filter((name) => !here.includes(name))) skip(`the end-to-end tests in ${browser}`, `it is not here (${howToGet(browser)})`);
    await step('end-to-end tests', () => endToEnd(here, { named: files, tell: add, skip }));
  },
};

await main(async () => {
  const given = process.argv.slice(2);
  const wanted = given.filter((name) => parts[name]);
  const files = given.filter((name) => !parts[name]);
  for (const name of files) if (!existsSync(join(root, 'tests', 'e2e', `${name}.test.mjs`))) throw new Told(`no part ${name}: there are ${Object.keys(parts).join(', ')}, and for e2e the files below tests/e2e`);
  if (files.length && !wanted.length) wanted.push('e2e');
  const compilesAll = (await setup()) && !wanted.length;
  const took = [];
  for (const [name, part] of Object.entries(parts)) {
    if (wanted.length && !wanted.includes(name)) continue;
    const began = Date.now();
    await part(files);
    took.push(`${name} ${((Date.now() - began) / 1000).toFixed(0)} s`);
    if (name === 'build' && compilesAll && !failures.length) await keepCrates();
  }
  if (failures.length) process.stdout.write(`\nFailed:\n${failures.map((what) => `  ✗ ${what}\n`).join('')}`);
  process.stdout.write(`\n${took.join(', ')}\n${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}\n`);
  return counts.failed ? 1 : 0;
});

/** A check that passes or fails as a whole counts as one test. */
async function check(what, command, args, options) {
  await attempt(what, () => run(command, args, options));
}

async function attempt(what, work) {
  try {
    await step(what, work);
    counts.passed += 1;
  } catch (error) {
    fail(what, error);
  }
}

function fail(what, error) {
  counts.failed += 1;
  failures.push(what);
  process.stdout.write(`  ✗ ${what}: ${error.message}\n`);
}

function skip(what, why) {
  counts.skipped += 1;
  process.stdout.write(`  ﹣ ${what}: skipped, ${why}\n`);
}

/** Runs a test runner with its output shown, and adds up what it says it ran. */
async function tests(what, command, args, env = {}) {
  await step(what, async () => add(what, await shown(command, args, { ...env, ...toolEnv() })));
}

function add(what, { code, output }) {
  const before = counts.failed;
  const ran = counted(output);
  for (const key of Object.keys(counts)) counts[key] += ran[key];
  if (ran.passed + ran.failed + ran.skipped === 0) fail(what, new Error('no test ran'));
  else if (code !== 0 && counts.failed === before) fail(what, new Error(`the runner ended with exit code ${code}`));
  else if (counts.failed > before) failures.push(what);
}

function shown(command, args, env) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.on('close', (code) => done({ code, output }));
  });
}

/** The summaries of cargo's runner (one a binary) and of Node's. */
function counted(output) {
  const ran = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm)) {
    ran.passed += Number(passed);
    ran.failed += Number(failed);
    ran.skipped += Number(ignored);
  }
  for (const [, key, count] of output.matchAll(/^. (pass|fail|skipped) (\d+)$/gmu)) ran[{ pass: 'passed', fail: 'failed', skipped: 'skipped' }[key]] += Number(count);
  return ran;
}
