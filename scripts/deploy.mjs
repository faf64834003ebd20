// `npm run deploy`: builds everything, puts the widget's modules where later loaders can find them, then deploys the studio, then the edge.
// docs/deploy.md says what must be there first.
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from './build.mjs';
import { TITLE, namespaceId, withNamespace } from './catalogue.mjs';
import { kept, pinnedTag } from './kept.mjs';
import { Told, main, nodeBin, root, run, step, toolEnv } from './lib.mjs';
import { setup } from './setup.mjs';

const wrangler = (...args) => run(nodeBin(), ['node_modules/wrangler/bin/wrangler.js', ...args]);

/** Before minutes of building are spent. Without `--json`, wrangler ends with 0 also when nobody is logged in. */
async function whoYouAre() {
  await run(nodeBin(), ['node_modules/wrangler/bin/wrangler.js', 'whoami', '--json'], { quiet: true }).catch((error) => {
    throw error.message.includes('"loggedIn":false') ? new Told('wrangler is not logged in:\n  npx wrangler login      (or set CLOUDFLARE_API_TOKEN)') : error;
  });
  await wrangler('whoami');
}

/** The id of the one namespace that edge and studio share: made at the first deploy. */
const catalogue = () =>
  namespaceId({
    // Standard output alone: warnings go elsewhere.
    list: async () => (await promisify(execFile)(nodeBin(), ['node_modules/wrangler/bin/wrangler.js', 'kv', 'namespace', 'list'], { cwd: root, env: toolEnv() })).stdout,
    create: () => wrangler('kv', 'namespace', 'create', TITLE),
  });

/** Deploys a worker by its config with the namespace's id in it, which stands beside the real one for as long as that takes: paths in it hold. */
async function deploy(config, id) {
  const bound = join(root, dirname(config), 'wrangler.deployed.toml');
  writeFileSync(bound, withNamespace(config, id));
  try {
    await wrangler('deploy', '-c', bound);
  } finally {
    rmSync(bound, { force: true });
  }
}

await main(async () => {
  const edge = process.env.SHELFREEL_EDGE;
  if (edge && !/^https:\/\/[^/]+$/.test(edge)) throw new Told(`SHELFREEL_EDGE is ${edge}: it must be the edge's origin, such as https://video.example.com`);
  await setup();
  await step('who you are', whoYouAre);
  await build(['widget', 'edge', 'studio', ...(edge ? ['www'] : [])]);

  // Before the worker that names them: a script that a cache still holds names the modules of its own deploy.
  for (const { key, file, content_type } of kept()) {
    await step(`${key} into the media bucket`, () =>
      wrangler('r2', 'object', 'put', `shelfreel-media/${key}`, '--file', file, '--content-type', content_type, '--remote'));
  }

  let id;
  await step(`the catalogue, ${TITLE}`, async () => {
    id = await catalogue();
  });
  // The consumer first: it must understand whatever the edge begins to send.
  await step('the studio', () => deploy('studio/wrangler.toml', id));
  await step('the edge', () => deploy('wrangler.toml', id));
  if (edge) await step('the pages', () => wrangler('deploy', '-c', 'www/wrangler.toml'));
  else process.stdout.write('The demo shop and the preview page were left out: set SHELFREEL_EDGE=https://your-edge-host to deploy them too.\n');
  process.stdout.write(`\nThe tag for shops that pin it:\n  ${pinnedTag(edge ?? 'https://YOUR-EDGE')}\n`);
});
