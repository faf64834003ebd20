// Peers that one bench alone needs: its folder's package.json names them, and they are installed there when it is first asked for.
import { join } from 'node:path';
import { root, run, unlessDone } from '../scripts/lib.mjs';

/** Installs what is in the package.json of bench/{name}, unless it is there. */
export async function install(name) {
  const here = `bench/${name}`;
  await unlessDone({
    what: `the peers of the ${name} bench`,
    inputs: [`${here}/package.json`, `${here}/package-lock.json`],
    output: `${here}/node_modules/.package-lock.json`,
    work: () => run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: join(root, here), quiet: true }),
  });
}
