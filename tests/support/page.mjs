// A shop's page on an origin of its own.
import { serve } from './server.mjs';

/**
 * Serves `html` with `headers`, which a test may change at any time, at `url`. What browsers report to `/reports` is kept in `reports`, each as JSON.
 */
export async function startPage() {
  const page = { html: '', headers: {}, reports: [] };
  const server = await serve(async (incoming, outgoing) => {
    if (incoming.url === '/reports') {
      const chunks = [];
      for await (const chunk of incoming) chunks.push(chunk);
      page.reports.push(...[JSON.parse(Buffer.concat(chunks).toString('utf8'))].flat());
      return outgoing.writeHead(204).end();
    }
    if (incoming.url.split('?')[0] !== '/product') return outgoing.writeHead(404).end();
    outgoing.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...page.headers }).end(page.html);
  });
  const origin = server.origin('page');
  return Object.assign(page, { origin, url: `${origin}/product`, stop: server.stop });
}
