// A small proxy in front of the edge, on an origin of its own: logs every request with the `status` of its answer (`lost`: why none came), and every beacon that was
// answered 204; fails on command.
import { request } from 'node:http';
import { serve } from './server.mjs';

/**
 * @param {number} port where the stack's front door listens
 * `fault(req)` may return: 'refuse' (connection closed), 'html', '500', 'half' (half of the real answer, then closed), 'hang' (never
 * answered), { slow_ms }, { pace: bytes a second }, { when: a promise to wait for, refuse: whether the connection is closed then },
 * { json: an answer of its own }, or nothing.
 */
export async function startProxy(port, host = 'edge') {
  const proxy = { beacons: [], requests: [], fault: () => undefined };
  const server = await serve(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const entry = { method: incoming.method, path: incoming.url, headers: incoming.headers, at_ms: Date.now(), body: body.toString('utf8'), bytes: body.length };
    proxy.requests.push(entry);
    const fault = proxy.fault(entry);
    const plain = (status, type, text) => outgoing.writeHead(status, { 'content-type': type, 'access-control-allow-origin': '*' }).end(text);
    if (fault === 'refuse') return incoming.socket.destroy();
    if (fault === 'hang') return undefined;
    if (fault === 'html') return plain(200, 'text/html', '<!doctype html><title>Captive portal</title><h1>Please sign in</h1>');
    if (fault === '500') return plain(500, 'text/plain', 'Internal Server Error');
    if (fault?.json) return plain(200, 'application/json', JSON.stringify(fault.json));
    if (fault?.slow_ms) await new Promise((done) => setTimeout(done, fault.slow_ms));
    await fault?.when;
    if (fault?.refuse) return incoming.socket.destroy();
    const headers = { ...incoming.headers, host: `${host}.localhost:${port}` };
    // By a connection of its own: one that was kept may be closed from the other end in the moment that it is used again.
    const forward = request({ host: '127.0.0.1', port, path: incoming.url, method: incoming.method, headers, agent: false }, (response) => {
      entry.status = response.statusCode;
      if (incoming.method === 'POST' && response.statusCode === 204) proxy.beacons.push(body.toString('utf8'));
      outgoing.writeHead(response.statusCode, response.headers);
      if (fault === 'half') return response.once('data', (chunk) => outgoing.write(chunk.subarray(0, chunk.length / 2), () => outgoing.destroy()));
      if (fault?.pace) return paced(response, outgoing, fault.pace);
      response.pipe(outgoing);
    });
    forward.on('error', (error) => {
      entry.lost = error;
      outgoing.destroy();
    });
    forward.end(body);
  });
  return Object.assign(proxy, { port: server.port, origin: server.origin('proxy'), gone: server.gone, stop: server.stop });
}

/** Lets so many bytes a second through, a little at a time. */
async function paced(from, to, bytes_per_s) {
  for await (const chunk of from) {
    for (let at = 0; at < chunk.length; at += bytes_per_s / 20) {
      to.write(chunk.subarray(at, at + bytes_per_s / 20));
      await new Promise((done) => setTimeout(done, 50));
    }
  }
  to.end();
}
