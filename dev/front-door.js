// Routes `edge.localhost`, `studio.localhost` and `shop.localhost` to their workers, and speaks the few calls of Cloudflare's REST API
// that `shelfreel import` makes, so that the operator's tool runs the same code against this machine and against the real thing.
import { cloudflareApi } from './cloudflare-api.js';

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname.startsWith('/client/v4/')) return cloudflareApi(request, url, env);
    const [door] = url.hostname.split('.');
    const worker = { edge: env.EDGE, studio: env.STUDIO, shop: env.SHOP }[door];
    if (worker) return worker.fetch(request);
    const at = (name) => `http://${name}.localhost:${url.port}/`;
    return new Response(`Shelfreel runs here under three host names:\n\n  ${at('shop')}\n  ${at('edge')}v1/health\n  ${at('studio')}\n`, {
      status: url.pathname === '/' ? 200 : 404,
    });
  },
};
