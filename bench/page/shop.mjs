// One server for all: the shop's page, the peers' files and the film on a host of their own, and the edge's front. Every answer comes by the same road, so that none has an advantage.
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { root } from '../../scripts/lib.mjs';
import { serve } from '../../tests/support/server.mjs';
import { get } from '../workerd.mjs';
import { edgeFront } from './front.mjs';
import { peerFiles } from './peers.mjs';
import { FILM, LANGUAGE, MARKET, POSTER, WITH, page, subjects } from './subjects.mjs';

const types = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.jpg': 'image/jpeg', '.mp4': 'video/mp4', '.json': 'application/json' };
const FOR_EVER = 'public, max-age=31536000, immutable';

const brotli = (bytes, quality) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
const media = (name) => readFileSync(join(root, 'demo', 'media', name));

/** @param {number} port where the stack's front door listens */
export async function startShop(port) {
  const picture = media('kenwick-br7-en.jpg');
  const files = new Map();
  const put = (name, bytes) => {
    const type = types[extname(name)];
    files.set(`/${name}`, { type, bytes, packed: /jpeg|mp4/.test(type) ? undefined : brotli(bytes, 11) });
  };
  for (const [name, bytes] of Object.entries(peerFiles())) put(name, bytes);
  put('film.mp4', media(FILM));
  put('poster.jpg', media(POSTER));

  const cdn = (incoming, outgoing) => {
    const file = files.get(incoming.url);
    if (!file) return outgoing.writeHead(404, { 'access-control-allow-origin': '*' }).end();
    const headers = { 'content-type': file.type, 'cache-control': FOR_EVER, 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin', vary: 'accept-encoding' };
    if (file.packed) return outgoing.writeHead(200, { ...headers, 'content-encoding': 'br', 'content-length': file.packed.length }).end(file.packed);
    return sendRange(incoming, outgoing, file.bytes, headers);
  };

  const shop = (incoming, outgoing) => {
    if (incoming.url === '/picture.jpg') return outgoing.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': picture.length }).end(picture);
    const [name, query] = incoming.url.slice(1).split('?');
    if (!subjects[name]) return outgoing.writeHead(404).end();
    return outgoing.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-encoding': 'br' }).end(brotli(Buffer.from(page(name, at, query === 'lazy')), 5));
  };

  const hosts = { shop, cdn, edge: edgeFront(port) };
  const server = await serve((incoming, outgoing) => hosts[incoming.headers.host.split('.')[0]](incoming, outgoing));
  const at = Object.fromEntries(Object.keys(hosts).map((name) => [name, server.origin(name)]));
  // The floor's answer is the edge's own, as a file.
  const { body } = await get(port, `/v1/match/shop_demo?lang=${LANGUAGE}&market=${MARKET}&p=${WITH}`, { host: `edge.localhost:${port}` });
  if (!body.includes('"sources"')) throw new Error(`the edge has no film for ${WITH}: ${body}`);
  put(`answer/${WITH}.json`, Buffer.from(body));
  return { at, stop: server.stop };
}

/** As the edge does: a part where a part is asked for. */
function sendRange(incoming, outgoing, bytes, headers) {
  const range = /^bytes=(\d+)-(\d*)$/.exec(incoming.headers.range ?? '');
  if (!range) return outgoing.writeHead(200, { ...headers, 'accept-ranges': 'bytes', 'content-length': bytes.length }).end(bytes);
  const first = Number(range[1]);
  const last = range[2] ? Math.min(Number(range[2]), bytes.length - 1) : bytes.length - 1;
  outgoing.writeHead(206, { ...headers, 'accept-ranges': 'bytes', 'content-length': last - first + 1, 'content-range': `bytes ${first}-${last}/${bytes.length}` });
  return outgoing.end(bytes.subarray(first, last + 1));
}
