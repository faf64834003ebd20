// The built pages of the demo shop, served from an origin of their own, with the edge's address of this run in their tags.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { root } from '../../scripts/lib.mjs';
import { serve } from './server.mjs';

const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml', '.wasm': 'application/wasm' };
const built = join(root, 'build/www');

/** @param {string} edge the origin that replaces the one the pages were built with */
export async function startSite(edge) {
  const was = /https?:\/\/[^"'/]+(?=\/v1\/shelfreel\.js)/.exec(readFileSync(join(built, 'index.html'), 'utf8'))[0];
  const server = await serve((incoming, outgoing) => {
    let path = join(built, normalize(decodeURIComponent(incoming.url.split('?')[0])));
    if (existsSync(path) && statSync(path).isDirectory()) path = join(path, 'index.html');
    if (!existsSync(path)) return outgoing.writeHead(404).end();
    const type = types[extname(path)] ?? 'application/octet-stream';
    const bytes = readFileSync(path);
    outgoing.writeHead(200, { 'content-type': type }).end(type.startsWith('text/html') ? bytes.toString('utf8').replaceAll(was, edge) : bytes);
  });
  return { origin: server.origin('shop'), stop: server.stop };
}
