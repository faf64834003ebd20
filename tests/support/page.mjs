// A shop's page on an origin of its own.
import { serve } from './server.mjs';

/** Serves `html` with `headers`, which a test may change at any time, at `url`. */
export async function startPage() {
  const page = { html: '', headers: {} };
  const server = await serve((incoming, outgoing) => {
    if (incoming.url !== '/product') return outgoing.writeHead(404).end();
    outgoing.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...page.headers }).end(page.html);
  });
  const origin = server.origin('page');
  return Object.assign(page, { origin, url: `${origin}/product`, stop: server.stop });
}
