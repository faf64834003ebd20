// What a bench measures: `node build.mjs PEERS [PART…]` installs the peers of a bench (none for '') and builds ours, all or these parts. In a process of its own, since builds write to stdout, which is for figures.
import { build } from '../scripts/build.mjs';
import { main } from '../scripts/lib.mjs';
import { install } from './install.mjs';

await main(async () => {
  const [peers, ...parts] = process.argv.slice(2);
  if (peers) await install(peers);
  await build(parts.length ? parts : undefined);
});
