// Makes the static pages in build/www: the demo shop from www/site, and the preview page with its WebAssembly from www/preview.
// SHELFREEL_EDGE is the edge's origin in every tag; without it the one that `npm start` serves.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as art from '../demo/art.mjs';
import { at, favicon, listing, lost, productPage, productPath, singlePage } from '../www/site/pages.mjs';
import { products } from '../www/site/products.mjs';
import { languages } from '../www/site/words.mjs';
import { Told, main, root, run, toolEnv, unlessDone } from './lib.mjs';

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

const preview = join(root, 'www/preview');
const previewModule = join(root, 'build/preview');

/** The preview's Rust as WebAssembly, in build/preview, made anew only when it changed. */
async function compilePreview() {
  const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
  await unlessDone({
    what: 'the preview page',
    inputs: ['Cargo.toml', 'Cargo.lock', 'www/preview/Cargo.toml', 'www/preview/src'],
    output: 'build/preview/shelfreel_preview.js',
    work: async () => {
      await run('cargo', ['build', '-p', 'shelfreel-preview', '--release', '--target', 'wasm32-unknown-unknown']);
      const module = join(target, 'wasm32-unknown-unknown/release/shelfreel_preview.wasm');
      await run(toolEnv().WASM_BINDGEN_BIN, [module, '--target', 'web', '--no-typescript', '--out-dir', previewModule]);
    },
  });
}

function previewPage(edge) {
  cpSync(join(preview, 'page'), join(out, 'preview'), { recursive: true });
  write('preview/index.html', readFileSync(join(preview, 'page/index.html'), 'utf8').replace('__EDGE__', edge));
  cpSync(previewModule, join(out, 'preview'), { recursive: true });
}

await main(async () => {
  const edge = edgeOrigin();
  await compilePreview();
  rmSync(out, { recursive: true, force: true });
  shop(edge);
  previewPage(edge);
});
