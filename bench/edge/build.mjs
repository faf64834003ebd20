// Builds what `npm run bench -- edge` measures: node build.mjs DIRECTORY
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { build } from '../../scripts/build.mjs';
import { main, root, run, unlessDone, workerBuildBin } from '../../scripts/lib.mjs';

const here = join(root, 'bench', 'edge');

await main(async () => {
  await build(['widget', 'edge']);
  await unlessDone({
    what: 'the empty worker in Rust',
    inputs: ['bench/edge/empty-rs', 'scripts/lib.mjs'],
    output: 'bench/edge/empty-rs/build/index.js',
    work: () => run(workerBuildBin, ['--release'], { cwd: join(here, 'empty-rs') }),
  });
  await bundle({
    entryPoints: [{ in: join(here, 'hono/index.ts'), out: 'hono' }, { in: join(here, 'kv.js'), out: 'kv' }],
    outdir: process.argv[2], bundle: true, format: 'esm', target: 'es2022', minify: true, logLevel: 'warning',
  });
});
