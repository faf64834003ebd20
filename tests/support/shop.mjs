// Single-page shops made with the real frameworks, on an origin of their own: tests/pages has their sources, which are bundled here.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { root } from '../../scripts/lib.mjs';
import { languages, place, products } from '../pages/products.js';
import { serve } from './server.mjs';
import { ENGINE } from './shopper.mjs';

const pages = join(dirname(fileURLToPath(import.meta.url)), '../pages');

/** As in a developer's browser, where React mounts everything twice. */
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: ['ledger.js', 'react.jsx', 'vue.js', 'turbo.js'].map((name) => join(pages, name)),
    outdir: pages, bundle: true, write: false, format: 'iife', jsx: 'automatic', logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"development"', __VUE_OPTIONS_API__: 'true', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
    // The build with the compiler of templates.
    alias: { vue: join(root, 'node_modules/vue/dist/vue.esm-bundler.js') },
  });
  return new Map(outputFiles.map(({ path, text }) => [path.slice(pages.length), text]));
}

/** A page that the server writes whole, for Turbo. */
function written(path) {
  const { shop, language, slug, product } = place(path);
  const link = (to, text) => `<a href="/${shop}/${to}">${text}</a>`;
  const listing = Object.entries(products).map(([id, { name, gtin }]) => `<li>${name} <shelf-reel id="${id}" gtin="${gtin}"></shelf-reel></li>`);
  return `<nav>${[
    ...languages.map((one) => link(`${one}/${slug}`, one)), link(`${language}/`, 'all'), ...Object.keys(products).map((one) => link(`${language}/${one}`, one)),
  ].join(' ')}</nav>
  <main data-path="${path}">${product ? `<h1>${product.name}</h1>
    <shelf-reel id="kept" gtin="${product.gtin}"></shelf-reel><shelf-reel id="replaced" gtin="${product.gtin}" lang="${language}"></shelf-reel>` : `<ul>${listing.join('')}</ul>`}</main>`;
}

/** Serves `/react/…`, `/vue/…`, and `/turbo/…`, with `edge` asked by their tags; `head` goes into each page, and may be changed at any time; `requests` are the paths asked for. */
export async function startShop(edge) {
  const scripts = await bundle();
  const shop = { head: '', requests: [] };
  const page = (path) => `<!doctype html>
<html lang="${place(path).language}"><head><meta charset="utf-8"><title>${path}</title>${shop.head}
<script src="/ledger.js"></script>
<script async src="${edge}/v1/shelfreel.js" data-shop="shop_demo" ${ENGINE === 'js' ? 'data-engine="js"' : ''}></script>
<script defer src="/${place(path).shop}.js"></script></head>
<body>${place(path).shop === 'turbo' ? written(path) : '<div id="app"></div>'}</body></html>`;
  const server = await serve((incoming, outgoing) => {
    const path = incoming.url.split('?')[0];
    shop.requests.push(path);
    const script = scripts.get(path);
    if (script) return outgoing.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(script);
    if (!/^\/\w+\/(nl|en)\/\w*$/.test(path)) return outgoing.writeHead(404).end();
    outgoing.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(path));
  });
  return Object.assign(shop, { origin: server.origin('shop'), stop: server.stop });
}
