// A small proxy in front of the edge, on an origin of its own: logs every beacon that was answered 204, and fails on command.
import { createServer, request } from 'node:http';

/**
 * @param {number} port where the stack's front door listens
 * `fault(req)` may return: 'refuse' (connection closed), 'html', '500', 'half' (half of the real answer, then closed), 'hang' (never
 * answered), { slow_ms }, { json: an answer of its own }, or nothing.
 */
export async function startProxy(port, host = 'edge') {
  const proxy = { beacons: [], requests: [], fault: () => undefined };
  const open = new Set();
  const server = createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const entry = { method: incoming.method, path: incoming.url, at_ms: Date.now(), body: body.toString('utf8'), bytes: body.length };
    proxy.requests.push(entry);
    const fault = proxy.fault(entry);
    const plain = (status, type, text) => outgoing.writeHead(status, { 'content-type': type, 'access-control-allow-origin': '*' }).end(text);
    if (fault === 'refuse') return incoming.socket.destroy();
    if (fault === 'hang') return undefined;
    if (fault === 'html') return plain(200, 'text/html', '<!doctype html><title>Captive portal</title><h1>Please sign in</h1>');
    if (fault === '500') return plain(500, 'text/plain', 'Internal Server Error');
    if (fault?.json) return plain(200, 'application/json', JSON.stringify(fault.json));
    if (fault?.slow_ms) await new Promise((done) => setTimeout(done, fault.slow_ms));
    const headers = { ...incoming.headers, host: `${host}.localhost:${port}` };
    const forward = request({ host: '127.0.0.1', port, path: incoming.url, method: incoming.method, headers }, (response) => {
      entry.status = response.statusCode;
      if (incoming.method === 'POST' && response.statusCode === 204) proxy.beacons.push(body.toString('utf8'));
      outgoing.writeHead(response.statusCode, response.headers);
      if (fault === 'half') return response.once('data', (chunk) => outgoing.write(chunk.subarray(0, chunk.length / 2), () => outgoing.destroy()));
      response.pipe(outgoing);
    });
    forward.on('error', () => outgoing.destroy());
    forward.end(body);
  });
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return Object.assign(proxy, {
    port: server.address().port,
    origin: `http://proxy.localhost:${server.address().port}`,
    stop: () => {
      for (const socket of open) socket.destroy();
      return new Promise((done) => server.close(done));
    },
  });
}

/** A shop's page on an origin of its own: `pages[path]` is HTML, or a function of the request that makes it; `headers` go with each. */
export async function startPages(pages, headers = {}) {
  const server = createServer((incoming, outgoing) => {
    const [path] = incoming.url.split('?');
    const page = pages[path];
    if (page === undefined) return outgoing.writeHead(404).end();
    outgoing.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(typeof page === 'function' ? page(incoming) : page);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { pages, origin: `http://page.localhost:${server.address().port}`, stop: () => new Promise((done) => { server.closeAllConnections(); server.close(done); }) };
}
