// What stands before the edge in these measurements, so that its answers come by the same road as its peers'.
import { Agent, request } from 'node:http';

/** To the edge on workerd, at this port. Its development server packs with what is named first; Cloudflare with brotli. */
export function edgeFront(port) {
  const agent = new Agent({ keepAlive: true });
  return (incoming, outgoing) => {
    const packing = /\bbr\b/.test(incoming.headers['accept-encoding']) ? { 'accept-encoding': 'br' } : {};
    const forward = request({ agent, host: '127.0.0.1', port, path: incoming.url, method: incoming.method, headers: { ...incoming.headers, ...packing } }, (answer) => {
      const { connection, ...headers } = answer.headers;
      outgoing.writeHead(answer.statusCode, headers);
      answer.pipe(outgoing);
    });
    forward.on('error', () => outgoing.destroy());
    incoming.pipe(forward);
  };
}
