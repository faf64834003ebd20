// Builds what runs: widget, edge, studio, pages, the operator's tool. Each only when its inputs changed.
import { join } from 'node:path';
import { root, run, toolEnv, unlessDone, workerBuildBin } from './lib.mjs';

const shared = ['Cargo.toml', 'Cargo.lock', 'package-lock.json', 'scripts/lib.mjs'];

export async function build(parts = ['widget', 'edge', 'studio', 'www', 'cli']) {
  if (parts.includes('widget')) await run('node', ['scripts/build-widget.mjs']);
  for (const name of ['edge', 'studio']) if (parts.includes(name)) await worker(name);
  if (parts.includes('www')) await run('node', ['scripts/build-www.mjs']);
  if (parts.includes('cli')) await cli();
}

/** worker-build makes `{name}/build/index.js` and `index_bg.wasm`, which the wrangler configs name. */
async function worker(name) {
  await unlessDone({
    what: `the ${name} worker`,
    inputs: [...shared, name, 'matching', 'playback', ...(name === 'edge' ? ['build/widget/manifest.json'] : [])],
    output: `${name}/build/index.js`,
    work: async () => {
      await run(workerBuildBin, [name, '--release']);
      await optimise(join(root, name, 'build/index_bg.wasm'));
    },
  });
}

/** Once more without worker-build's name section, which is an eighth of the worker: an operator's log names the event, not the function. */
function optimise(wasm) {
  const features = ['mutable-globals', 'sign-ext', 'nontrapping-float-to-int', 'bulk-memory', 'multivalue', 'reference-types', 'exception-handling'];
  return run(toolEnv().WASM_OPT_BIN, ['-O3', ...features.map((name) => `--enable-${name}`), '--strip-debug', '--strip-producers', wasm, '-o', wasm]);
}

async function cli() {
  await unlessDone({
    what: 'the operator’s tool',
    inputs: [...shared, 'cli', 'matching', 'playback'],
    output: cliBin(),
    work: () => run('cargo', ['build', '--profile', 'native', '-p', 'shelfreel-cli', '--bin', 'shelfreel']),
  });
}

export const cliBin = () => join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'native', 'shelfreel');
