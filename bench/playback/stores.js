// Stands in for KV and a queue in plain workerd: speaks the HTTP that their bindings speak. `/taken` tells how many messages the queue took.
import { value } from '../edge/catalogue.mjs';
import { catalogue, shops } from '../../tests/simulator/market.mjs';

let taken = 0;

const shopNames = new Set(shops.map(({ id }) => `shop:${id}`));

function known(key) {
  if (shopNames.has(key)) return JSON.stringify({ v: 1, origins: ['*'] });
  if (key.startsWith('video:')) return JSON.stringify(catalogue[key.slice(6)] ?? null);
  return value(key, 1000);
}

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/taken') return Response.json(taken);
    if (pathname === '/message') {
      await request.arrayBuffer();
      taken += 1;
      return Response.json({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0, oldestMessageTimestamp: 0 } } });
    }
    if (pathname === '/bulk/get') {
      const { keys } = await request.json();
      return Response.json(Object.fromEntries(keys.map((key) => [key, known(key)])));
    }
    const text = known(decodeURIComponent(pathname.slice(1)));
    return text === null ? new Response('Not Found', { status: 404 }) : new Response(text);
  },
};
