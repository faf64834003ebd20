// The demo shop's pages, as a shop of flesh and blood would have them: each function returns one HTML document.
import { languages, words } from './words.mjs';
import { products } from './products.mjs';

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text) => String(text).replace(/[&<>"]/g, (letter) => escapes[letter]);
const attributes = (pairs) =>
  Object.entries(pairs)
    .map(([name, value]) => ` ${name}="${escape(value)}"`)
    .join('');

/** Where a page lives in a language: English at the root, the others under their tag. */
export const at = (language, path = '') => (language === 'en' ? `/${path}` : `/${language}/${path}`);
export const productPath = (id) => `products/${id}/`;

const money = (language, cents) => new Intl.NumberFormat(words[language].locale, { style: 'currency', currency: 'EUR' }).format(cents / 100);

const mark =
  '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M16 3a13 13 0 0 1 13 13v13H3V16A13 13 0 0 1 16 3Z" fill="currentColor"/><path d="M3 25c5-7 9-7 13-2s8 4 13-2v8H3Z" fill="#f2b27c"/><circle cx="20.5" cy="13" r="3.5" fill="#fbf9f5"/></svg>';
const star =
  '<svg class="star" viewBox="0 0 16 16" aria-hidden="true"><path d="m8 1.3 2 4.4 4.8.5-3.6 3.2 1 4.7L8 11.7l-4.2 2.4 1-4.7L1.2 6.2 6 5.7Z" fill="currentColor"/></svg>';
const bag =
  '<svg class="bag" viewBox="0 0 20 20" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round"><path d="M3.5 6.5h13l-1 11h-11Z"/><path d="M7 8.5V5a3 3 0 0 1 6 0v3.5"/></svg>';
const tick =
  '<svg class="tick" viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"><path d="m3 8.5 3.3 3.3L13 5"/></svg>';

/** The market of each storefront; where it says none, it is the shop's. */
const storefront = { en: {}, nl: { 'data-market': 'NL' }, de: { 'data-market': 'DE' }, fr: { 'data-market': 'FR' } };

/** The one tag that a shop pastes; `more` are its attributes beside the shop's id. */
const tag = (edge, language, more = {}) =>
  `<script async src="${escape(edge)}/v1/shelfreel.js" data-shop="shop_demo"${attributes({ ...storefront[language], ...more })}></script>`;

function head(language, { title, description, path, scripts }) {
  const alternates = languages.map((other) => `<link rel="alternate" hreflang="${other}" href="${at(other, path)}">`).join('\n');
  return `<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escape(title)}</title>
<meta name="description" content="${escape(description)}">
<link rel="icon" type="image/svg+xml" href="/favicon.svg">
<link rel="stylesheet" href="/site.css">
${alternates}
${scripts}`;
}

function header(language, path, current) {
  const w = words[language];
  const here = (name) => (name === current ? ' aria-current="page"' : '');
  const rooms = Object.entries(w.rooms)
    .map(([room, name]) => `<li><a href="${at(language)}#${room}">${name}</a></li>`)
    .join('');
  const tongues = languages
    .map(
      (other) =>
        `<li><a href="${at(other, path)}" lang="${other}" hreflang="${other}"${other === language ? ' aria-current="true"' : ''} title="${words[other].name}">${other.toUpperCase()}</a></li>`,
    )
    .join('');
  return `<a class="skip" href="#content">${w.skip}</a>
<header>
<div class="strip"><div class="wide"><p>${w.delivery}</p><nav aria-label="${w.language}"><ul>${tongues}</ul></nav></div></div>
<div class="top"><div class="wide">
<a class="logo" href="${at(language)}">${mark}<span>Ommeland</span></a>
<nav class="rooms" aria-label="${w.menu}"><ul>${rooms}<li><a href="${at(language, 'spa/')}"${here('spa')}>${w.quick}</a></li></ul></nav>
<p class="basket" role="status" aria-label="${w.basket}">${bag}<span class="basket-word">${w.basket}</span> <span class="count" data-count>0</span></p>
</div></div>
</header>`;
}

function footer(language) {
  const w = words[language];
  const promises = w.promises.map(([title, text]) => `<div><h2>${title}</h2><p>${text}</p></div>`).join('');
  return `<footer class="foot"><div class="wide">
<div class="promises">${promises}</div>
<div class="small"><p class="logo">${mark}<span>Ommeland</span></p><p class="demo-note">${w.demo}</p><p><a href="/preview/">${w.preview}</a></p></div>
</div></footer>`;
}

function page(language, { title, description, path, scripts, current, main, body = '' }) {
  return `<!doctype html>
<html lang="${language}">
<head>
${head(language, { title, description, path, scripts })}
</head>
<body${body}>
${header(language, path, current)}
<main id="content">
${main}
</main>
${footer(language)}
</body>
</html>
`;
}

const shopScript = '<script type="module" src="/shop.js"></script>';

const art = (product, size, alt, eager = false) =>
  `<img src="/art/${product.art}.svg" width="${size}" height="${size}" alt="${escape(alt)}"${eager ? ' fetchpriority="high"' : ' loading="lazy"'}>`;

/** One `<shelf-reel>` for a product that gives its codes by attributes, or by its GTIN where the product's own page leaves it to the data. */
function element(product, more = {}) {
  const codes = product.film.attributes ?? { gtin: product.gtin };
  return `<shelf-reel${attributes({ ...codes, ...more })}></shelf-reel>`;
}

/** What the shop tells Shelfreel of a product that is put into the basket: its codes, as its element has them. */
function inBasket(product) {
  const { gtin, mpn, sku } = product.film.attributes ?? product;
  return { gtin: gtin?.split('|')[0], mpn, sku, quantity: 1, price: product.price / 100, currency: 'EUR' };
}

function tile(language, product, { films = false, feature = false } = {}) {
  const [what] = product.text[language];
  const film = films ? `<div class="film">${element(product)}</div>` : '';
  return `<li class="tile${feature ? ' feature' : ''}" data-room="${product.room}">
<div class="panel tone-${product.tone}">${art(product, 400, '')}${film}</div>
<div class="about"><p class="brand">${escape(product.brand)}</p><h3><a href="${at(language, productPath(product.id))}">${escape(product.name)}</a></h3><p class="what">${escape(what)}</p><p class="price">${money(language, product.price)}</p></div>
</li>`;
}

/** The listing: every tile has its own element, and all of them share one look-up. */
export function listing(language, edge) {
  const w = words[language];
  const arches = ['gooseneck-gk2', 'lune', 'stapelvos']
    .map((id) => products.find((product) => product.id === id))
    .map((product) => `<div class="arch tone-${product.tone}">${art(product, 400, '', true)}</div>`)
    .join('');
  const chips = [['all', w.all], ...Object.entries(w.rooms)].map(([room, name]) => `<li><a href="#${room}" data-filter="${room}">${name}</a></li>`).join('');
  const tiles = products.map((product) => tile(language, product, { films: true, feature: ['breeze-br7', 'stapelvos'].includes(product.id) })).join('\n');
  const main = `<section class="hero wide">
<div><h1>${w.hero}</h1><p class="lead">${w.lead}</p><p><a class="button" href="#all">${w.browse}</a></p></div>
<div class="arches" aria-hidden="true">${arches}</div>
</section>
<section class="wide shelf" aria-labelledby="all">
<div class="shelf-head"><h2 id="all">${w.all}</h2><nav aria-label="${w.shop}"><ul class="chips">${chips}</ul></nav></div>
<ul class="grid">
${tiles}
</ul>
</section>`;
  return page(language, { title: w.title, description: w.lead, path: '', scripts: `${tag(edge, language)}\n${shopScript}`, current: 'home', main });
}

/** What search engines read about a product, and Shelfreel where there is no element. */
function structuredData(language, product) {
  const [what, description] = product.text[language];
  const gtin = product.gtin ? { [`gtin${product.gtin.length}`]: product.gtin } : {};
  const data = {
    '@context': 'https://schema.org',
    '@type': 'Product',
    name: `${product.brand} ${product.name}`,
    description: `${what}. ${description}`,
    brand: { '@type': 'Brand', name: product.brand },
    sku: product.sku ?? product.id.toUpperCase(),
    ...(product.mpn ? { mpn: product.mpn } : {}),
    ...gtin,
    offers: { '@type': 'Offer', priceCurrency: 'EUR', price: (product.price / 100).toFixed(2), availability: 'https://schema.org/InStock' },
  };
  return `<script type="application/ld+json">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>`;
}

function buy(language, product) {
  const w = words[language];
  const [what, description, points] = product.text[language];
  const number = product.gtin ?? product.mpn ?? product.sku;
  return `<p class="brand">${escape(product.brand)}</p>
<h1>${escape(product.name)}</h1>
<p class="what">${escape(what)}</p>
<p class="rating">${star}<span>${product.rating.toLocaleString(words[language].locale)} <span class="hidden">${w.rating}</span></span><span class="reviews">${product.reviews} ${w.reviews}</span></p>
<p class="price">${money(language, product.price)}</p>
<p class="description">${escape(description)}</p>
<button class="button add" type="button" data-add="${escape(JSON.stringify(inBasket(product)))}" data-added="${w.added}">${w.add}</button>
<ul class="assurances">${[w.delivery, w.returns, w.warranty].map((text) => `<li>${tick}${text}</li>`).join('')}</ul>
<section class="details" aria-labelledby="details"><h2 id="details">${w.details}</h2><ul>${points.map((point) => `<li>${escape(point)}</li>`).join('')}<li>${w.number} ${escape(number)}</li></ul></section>`;
}

/** A product's page. Its film floats over the picture, so that nothing moves, whether there is one or not. */
export function productPage(language, product, edge) {
  const w = words[language];
  const path = productPath(product.id);
  const fromData = Boolean(product.film.data);
  const related = products.filter((other) => other !== product && other.room === product.room);
  const others = [...related, ...products.filter((other) => other !== product && other.room !== product.room)].slice(0, 4);
  const film = fromData ? '<div class="film" id="film"></div>' : `<div class="film">${element(product)}</div>`;
  const main = `<div class="wide">
<nav class="crumbs" aria-label="${w.crumbs}"><ol><li><a href="${at(language)}">${w.home}</a></li><li><a href="${at(language)}#${product.room}">${w.rooms[product.room]}</a></li><li aria-current="page">${escape(product.name)}</li></ol></nav>
<div class="product">
<div class="gallery"><div class="panel tone-${product.tone}">${art(product, 640, `${product.brand} ${product.name}`, true)}${film}</div>
<div class="views" aria-hidden="true"><div class="panel tone-${product.tone} near">${art(product, 640, '')}</div><div class="panel tone-${product.tone} low">${art(product, 640, '')}</div></div></div>
<div class="buy">${buy(language, product)}</div>
</div>
<section class="more" aria-labelledby="more"><h2 id="more">${w.more}</h2><ul class="grid">${others.map((other) => tile(language, other)).join('\n')}</ul></section>
</div>`;
  const scripts = `${structuredData(language, product)}\n${tag(edge, language, fromData ? { 'data-into': '#film' } : {})}\n${shopScript}`;
  const [what, description] = product.text[language];
  return page(language, { title: `${product.brand} ${product.name}, ${what} · Ommeland`, description, path, scripts, current: 'product', main });
}

/** What `spa.js` needs to show a product without a reload. */
const spaProduct = (language, product) => ({
  id: product.id,
  art: `/art/${product.art}.svg`,
  tone: product.tone,
  brand: product.brand,
  name: product.name,
  text: product.text[language],
  price: money(language, product.price),
  basket: inBasket(product),
  film: product.film.attributes ?? { gtin: product.gtin },
});

/** The single-page shop: one page that changes product by `history.pushState`. */
export function singlePage(language, edge) {
  const w = words[language];
  const first = products[0];
  const [what, description] = first.text[language];
  const list = products
    .map(
      (product) =>
        `<li><a href="?p=${product.id}" data-product="${product.id}"><span class="thumb tone-${product.tone}">${art(product, 56, '')}</span><span>${escape(product.name)}<small>${escape(product.brand)}</small></span></a></li>`,
    )
    .join('');
  const main = `<div class="wide">
<div class="spa-head"><h1>${w.quick}</h1><p class="lead">${w.spaLead}</p></div>
<div class="spa">
<nav class="picker" aria-label="${w.shop}"><ul>${list}</ul></nav>
<article class="sheet">
<div class="panel tone-${first.tone}" data-part="panel"><img src="/art/${first.art}.svg" width="640" height="640" alt="${escape(`${first.brand} ${first.name}`)}" data-part="art"><div class="film" data-part="film">${element(first)}</div></div>
<div class="buy"><p class="brand" data-part="brand">${escape(first.brand)}</p><h2 data-part="name" aria-live="polite">${escape(first.name)}</h2><p class="what" data-part="what">${escape(what)}</p><p class="price" data-part="price">${money(language, first.price)}</p><p class="description" data-part="description">${escape(description)}</p>
<button class="button add" type="button" data-part="add" data-add="${escape(JSON.stringify(inBasket(first)))}" data-added="${w.added}">${w.add}</button></div>
</article>
</div>
<fieldset class="mode"><legend>${w.element}</legend><label><input type="radio" name="mode" value="keep" checked> ${w.keep}</label><label><input type="radio" name="mode" value="replace"> ${w.replace}</label></fieldset>
</div>
<script type="application/json" id="products">${JSON.stringify(products.map((product) => spaProduct(language, product))).replaceAll('<', '\\u003c')}</script>`;
  return page(language, {
    title: `${w.quick} · Ommeland`,
    description: w.spaLead,
    path: 'spa/',
    scripts: `${tag(edge, language)}\n${shopScript}\n<script type="module" src="/spa.js"></script>`,
    current: 'spa',
    main,
  });
}

/** What is shown where there is no page. */
export function lost() {
  const w = words.en;
  const main = `<div class="wide lost"><h1>${w.lost}</h1><p class="lead">${w.lostLead}</p><p><a class="button" href="/">${w.back}</a></p></div>`;
  return page('en', { title: `${w.lost} · Ommeland`, description: w.lostLead, path: '', scripts: shopScript, current: 'lost', main });
}

export const favicon = mark
  .replace('<svg class="mark"', '<svg xmlns="http://www.w3.org/2000/svg"')
  .replace(' aria-hidden="true"', '')
  .replace('currentColor', '#1f4d3f');
