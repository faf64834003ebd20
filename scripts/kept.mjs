// What of the built widget stands in the media bucket: the hash-named files, which outlive the worker that they were built with, and what is too large for it; and the tag that pins one of them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib.mjs';

const built = (name) => join(root, 'build', 'widget', name);
const manifest = () => JSON.parse(readFileSync(built('manifest.json'), 'utf8'));

/** As objects of the bucket, each file as built and in brotli: `[{key, file, content_type}]`. */
const objects = (files) =>
  files.flatMap(({ name, content_type }) => [
    { key: `widget/${name}`, file: built(name), content_type },
    { key: `widget/${name}.br`, file: built(`${name}.br`), content_type: 'application/octet-stream' },
  ]);

/** All that a deploy leaves: what this build's worker holds itself is what the next one's does not. */
export const kept = () => objects([...manifest().files.filter(({ immutable }) => immutable), manifest().pinned, manifest().engine]);

/** What the worker of this build does not hold either goes into the bucket on this machine, by the front door. */
export async function keepHere(port) {
  for (const { key, file, content_type } of objects([manifest().pinned, manifest().engine])) {
    const address = `http://127.0.0.1:${port}/client/v4/accounts/local/r2/buckets/shelfreel-media/objects/${encodeURIComponent(key)}`;
    const { status } = await fetch(address, { method: 'PUT', headers: { 'content-type': content_type }, body: readFileSync(file) });
    if (status !== 200) throw new Error(`${key} was not taken into the bucket: ${status}`);
  }
}

/** The tag that runs these bytes and no others. */
export function pinnedTag(edge, shop = 'shop_yours') {
  const { name, integrity } = manifest().pinned;
  return `<script async src="${edge}/v1/widget/${name}" integrity="${integrity}" crossorigin="anonymous" data-shop="${shop}"></script>`;
}
