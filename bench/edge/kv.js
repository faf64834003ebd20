// Stands in for Workers KV in plain workerd: speaks the HTTP that a KV binding speaks, and makes every value up from its key.
// `/reads` tells how many keys were read, so that a run can show how much it asked the store.
import { value } from './catalogue.mjs';

let reads = 0;

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === '/reads') return Response.json(reads);
    if (request.method === 'POST' && url.pathname === '/bulk/get') {
      const { keys, type } = await request.json();
      reads += keys.length;
      return Response.json(Object.fromEntries(keys.map((key) => [key, typed(value(key, env.SIZE), type)])));
    }
    reads += 1;
    const text = value(decodeURIComponent(url.pathname.slice(1)), env.SIZE);
    return text === null ? new Response('Not Found', { status: 404 }) : new Response(text);
  },
};

const typed = (text, type) => (text !== null && type === 'json' ? JSON.parse(text) : text);
