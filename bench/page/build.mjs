// What is measured, installed and built; in a process of its own, since builds write to stdout, which is for figures.
import { build } from '../../scripts/build.mjs';
import { main } from '../../scripts/lib.mjs';
import { install } from './peers.mjs';

await main(async () => {
  await install();
  await build();
});
