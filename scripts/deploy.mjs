// `npm run deploy`: builds everything, puts the widget's modules where later loaders can find them, then deploys the studio, then the edge.
// docs/deploy.md says what must be there first.
import { build } from './build.mjs';
import { kept, pinnedTag } from './kept.mjs';
import { Told, main, nodeBin, run, step } from './lib.mjs';
import { setup } from './setup.mjs';

const wrangler = (...args) => run(nodeBin(), ['node_modules/wrangler/bin/wrangler.js', ...args]);

/** Before minutes of building are spent. Without `--json`, wrangler ends with 0 also when nobody is logged in. */
async function whoYouAre() {
  await run(nodeBin(), ['node_modules/wrangler/bin/wrangler.js', 'whoami', '--json'], { quiet: true }).catch((error) => {
    throw error.message.includes('"loggedIn":false') ? new Told('wrangler is not logged in:\n  npx wrangler login      (or set CLOUDFLARE_API_TOKEN)') : error;
  });
  await wrangler('whoami');
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

  // The consumer first: it must understand whatever the edge begins to send.
  await step('the studio', () => wrangler('deploy', '-c', 'studio/wrangler.toml'));
  await step('the edge', () => wrangler('deploy', '-c', 'wrangler.toml'));
  if (edge) await step('the pages', () => wrangler('deploy', '-c', 'www/wrangler.toml'));
  else process.stdout.write('The demo shop and the preview page were left out: set SHELFREEL_EDGE=https://your-edge-host to deploy them too.\n');
  process.stdout.write(`\nThe tag for shops that pin it:\n  ${pinnedTag(edge ?? 'https://YOUR-EDGE')}\n`);
});
