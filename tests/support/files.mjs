// Another host, as a brand's own for films: serves a folder, with ranges, and fails on command.
import { readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { serve } from './server.mjs';

const TYPES = { '.m3u8': 'application/vnd.apple.mpegurl', '.m4s': 'video/mp4', '.mp4': 'video/mp4', '.webm': 'video/webm' };

/** `fault(name)` may return a status, 'cut' (connection closed), nothing, or a promise of one of these. `asked` are the names of the files that were asked for. */
export async function serveFiles(folder) {
  const files = { asked: [], fault: () => undefined };
  const server = await serve(async (incoming, outgoing) => {
    const name = basename(incoming.url.split('?')[0]);
    files.asked.push(name);
    const fault = await files.fault(name);
    const headers = { 'content-type': TYPES[extname(name)] ?? 'text/plain', 'access-control-allow-origin': '*', 'cache-control': 'no-store', 'accept-ranges': 'bytes' };
    if (fault === 'cut') return outgoing.destroy();
    if (typeof fault === 'number') return outgoing.writeHead(fault, headers).end();
    const bytes = await readFile(join(folder, name));
    const range = /^bytes=(\d+)-(\d*)$/.exec(incoming.headers.range ?? '');
    if (!range) return outgoing.writeHead(200, { ...headers, 'content-length': bytes.length }).end(bytes);
    const [from, to] = [Number(range[1]), Math.min(Number(range[2] || bytes.length - 1), bytes.length - 1)];
    if (from >= bytes.length) return outgoing.writeHead(416, headers).end();
    return outgoing.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${to}/${bytes.length}`, 'content-length': to - from + 1 }).end(bytes.subarray(from, to + 1));
  });
  return Object.assign(files, { origin: server.origin('films'), gone: server.gone, stop: server.stop });
}
