// Makes the static pages in build/www: the demo shop from www/site, and the preview page with its WebAssembly from www/preview.
// SHELFREEL_EDGE is the edge's origin in every tag; without it the one that `npm start` serves.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as art from '../demo/art.mjs';
import { at, favicon, listing, lost, productPage, productPath, singlePage } from '../www/site/pages.mjs';
import { products } from '../www/site/products.mjs';
import { languages } from '../www/site/words.mjs';
import { Told, main, root } from './lib.mjs';

const out = join(root, 'build/www');

/** The edge's origin, checked: an address with a path or a typing error would make every tag dead, without a word. */
function edgeOrigin() {
  const given = process.env.SHELFREEL_EDGE ?? `http://edge.localhost:${process.env.PORT ?? 8787}`;
  if (URL.canParse(given) && /^https?:\/\/[^/?#]+\/?$/.test(given)) return new URL(given).origin;
  throw new Told(`SHELFREEL_EDGE is ${given}: it must be the edge's origin, such as https://video.example`);
}

function write(path, text) {
  const file = join(out, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** The pages of the shop, in every language. */
function shop(edge) {
  for (const language of languages) {
    const page = (path, html) => write(join(at(language, path), 'index.html'), html);
    page('', listing(language, edge));
    page('spa/', singlePage(language, edge));
    for (const product of products) page(productPath(product.id), productPage(language, product, edge));
  }
  write('404.html', lost());
  write('favicon.svg', favicon);
  for (const name of new Set(products.map((product) => product.art))) write(`art/${name}.svg`, art.picture(art[name]()));
  for (const name of ['site.css', 'shop.js', 'spa.js']) cpSync(join(root, 'www/site', name), join(out, name));
}

await main(async () => {
  const edge = edgeOrigin();
  rmSync(out, { recursive: true, force: true });
  shop(edge);
});
