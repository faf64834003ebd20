// Pages without an element of ours: what their structured data says, as shop systems and their plug-ins print it, and what element the tag makes of it. The forms are those of
// the named systems' templates; names and codes are invented.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { root } from '../../scripts/lib.mjs';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { button, outcomes, visitProduct } from '../support/shopper.mjs';
import { startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), page: () => startPage() });

// Valid: of the kettle, of its other colour, of a lamp, a UPC, an EAN-8, an ISBN.
const [KETTLE, RED, LAMP, UPC, EAN8, BOOK] = ['9524710000125', '9524710000132', '9524740000195', '614141003013', '95273013', '9789999952101'];
const HERE = 'https://shop.example/nl/waterkoker-br7.html';

const ld = (data, attributes = '') => `<script type="application/ld+json"${attributes}>${typeof data === 'string' ? data : JSON.stringify(data)}</script>`;
const product = (more = {}) => ({ '@context': 'https://schema.org/', '@type': 'Product', name: 'Kenwick BR-7', ...more });
const related = ['BR-8', 'BR-9'].map((name, place) => product({ name, sku: name, gtin13: [RED, LAMP][place], url: `/nl/${name}.html` }));

/** What a page is, its HTML, and the element's attributes or why there is none; `here` is the page's address. */
const jsonLd = [
  ['WooCommerce: a graph of breadcrumbs and product', ld({ '@context': 'https://schema.org/', '@graph': [
    { '@type': 'BreadcrumbList', itemListElement: [{ '@type': 'ListItem', position: 1, item: { name: 'Keuken', '@id': 'https://shop.example/keuken' } }] },
    { ...product({ sku: 512, gtin: KETTLE }), '@id': HERE + '#product', url: HERE, offers: [{ '@type': 'Offer', priceSpecification: [{ '@type': 'UnitPriceSpecification', price: '39.00' }], seller: { '@type': 'Organization', name: 'Winkel' } }] },
  ] }, ' class="yoast-schema-graph"'), { gtin: KETTLE, sku: '512' }],
  ['Yoast: pieces that mean one another by @id, and the seller’s name apart', ld({ '@context': 'https://schema.org', '@graph': [
    { '@type': ['WebPage', 'ItemPage'], '@id': HERE, mainEntity: { '@id': HERE + '#product' }, isPartOf: { '@id': 'https://shop.example/#website' } },
    { '@type': 'Product', '@id': HERE + '#product', name: 'Kenwick BR-7', sku: 'BR7', mpn: 'BR-7/NL', brand: { '@id': '#kenwick' }, mainEntityOfPage: { '@id': HERE }, isRelatedTo: related },
    { '@type': 'Brand', '@id': '#kenwick', name: 'Kenwick' },
  ] }), { brand: 'Kenwick', mpn: 'BR-7/NL', sku: 'BR7' }],
  ['Shopify: a group with variants, of which the address shows one', ld({ '@context': 'http://schema.org/', '@id': '/products/br7#product', '@type': 'ProductGroup', name: 'BR-7', productGroupID: '8812', brand: { '@type': 'Brand', name: 'Kenwick' }, url: 'https://shop.example/products/br7', hasVariant: [
    { '@id': '/products/br7?variant=41#variant', '@type': 'Product', name: 'BR-7 - Wit', sku: 'BR7-W', gtin: KETTLE, offers: { '@type': 'Offer', url: 'https://shop.example/products/br7?variant=41' } },
    { '@id': '/products/br7?variant=42#variant', '@type': 'Product', name: 'BR-7 - Rood', sku: 'BR7-R', gtin: RED, offers: { '@type': 'Offer', url: 'https://shop.example/products/br7?variant=42' } },
  ] }), { gtin: RED, sku: 'BR7-R' }, 'https://shop.example/products/br7?variant=42&utm_source=x'],
  ['Shopify: the same without a choice, so all variants', ld({ '@context': 'http://schema.org/', '@type': 'ProductGroup', name: 'BR-7', hasVariant: [
    { '@type': 'Product', sku: 'BR7-W', gtin: KETTLE, offers: { '@type': 'Offer', url: '/products/br7?variant=41' } }, { '@type': 'Product', sku: 'BR7-R', gtin: RED, offers: { '@type': 'Offer', url: '/products/br7?variant=42' } },
  ] }), { gtin: `${KETTLE}|${RED}` }],
  ['an older Shopify theme: codes with the offers', ld(product({ brand: { '@type': 'Thing', name: 'Kenwick' }, offers: [{ '@type': 'Offer', sku: 'BR7-W', gtin13: KETTLE }] })), { gtin: KETTLE, sku: 'BR7-W' }],
  ['offers within an aggregate', ld(product({ sku: 'BR7', offers: { '@type': 'AggregateOffer', lowPrice: 35, offers: [{ '@type': 'Offer', gtin13: KETTLE }, { '@type': 'Offer', gtin13: RED }] } })), { gtin: `${KETTLE}|${RED}`, sku: 'BR7' }],
  ['PrestaShop: a UPC as gtin13, the shop’s name as brand, its reference as part number', ld(product({ sku: 'demo_12', mpn: 'demo_12', gtin13: UPC, brand: { '@type': 'Brand', name: 'Mijn winkel' }, offers: { '@type': 'Offer', sku: 'demo_12', mpn: 'demo_12', gtin13: '0' + UPC, url: HERE } })), { gtin: `${UPC}|0${UPC}`, brand: 'Mijn winkel', mpn: 'demo_12', sku: 'demo_12' }],
  ['BigCommerce: the length of the code in the name of its field, and values escaped for HTML', ld(`{"@type": "Product", "name": "BR-7", "sku": "BR&amp;7", "mpn": "BR&#x2F;7", "gtin8": "${EAN8}", "brand": {"@type": "Brand", "url": "https://shop.example/k", "name": "Ken &#39;Wick"}}`), { gtin: EAN8, brand: "Ken 'Wick", mpn: 'BR/7', sku: 'BR&7' }],
  ['VTEX: a list of one, the brand as a text, the number as a number', ld([product({ brand: 'Kenwick', mpn: 2041, sku: 99, gtin: Number(KETTLE) })]), { gtin: KETTLE, brand: 'Kenwick', mpn: '2041', sku: '99' }],
  ['variants beside their group', ld([
    { '@type': 'ProductGroup', '@id': '#br7', productGroupID: 'BR7', name: 'BR-7' },
    product({ name: 'BR-7 wit', gtin13: KETTLE, inProductGroupWithID: 'BR7' }), product({ name: 'BR-7 rood', gtin13: RED, isVariantOf: { '@id': '#br7' } }),
  ]), { gtin: `${KETTLE}|${RED}` }],
  ['types and names with their vocabulary in front', ld({ '@context': { schema: 'http://schema.org/' }, '@type': ['schema:Product', 'https://example.com/Ketel'], 'schema:gtin13': KETTLE, 'http://schema.org/brand': { '@value': 'Kenwick' }, 'schema:mpn': 'BR-7' }), { gtin: KETTLE, brand: 'Kenwick', mpn: 'BR-7' }],
  ['a page whose main entity it is, in a graph within a graph', ld({ '@graph': [{ '@graph': [{ '@type': 'ItemPage', mainEntity: product({ gtin14: '0' + KETTLE }) }] }] }), { gtin: '0' + KETTLE }],
  ['an offer of an item', ld({ '@type': 'Offer', price: 3, itemOffered: product({ gtin: KETTLE }) }), { gtin: KETTLE }],
  ['a book', ld({ '@type': ['Book', 'Product'], name: 'Stille golven', isbn: '978-99999-52-10-1', author: { '@type': 'Person', name: 'A. Noniem' } }), { gtin: BOOK }],
  ['codes as identifiers, extra properties, and with what they are in front', ld(product({ identifier: { '@type': 'PropertyValue', propertyID: 'EAN', value: KETTLE }, productID: `gtin13:${KETTLE}`, additionalProperty: [{ '@type': 'PropertyValue', name: 'Kleur', value: '12345670' }, { '@type': 'PropertyValue', name: 'UPC', value: UPC }] })), { gtin: `${KETTLE}|${UPC}` }],
  ['a GS1 Digital Link', ld(product({ gtin: `https://id.gs1.org/01/0${KETTLE}/10/ABC` })), { gtin: '0' + KETTLE }],
  ['several in one field, spaces and hyphens', ld(product({ gtin13: ` 952 4710-000125|${RED}` })), { gtin: `${KETTLE}|${RED}` }],
  ['the same product printed by two plug-ins', ld(product({ sku: 'BR7' })) + ld(product({ name: 'BR-7 kopen?', sku: 'BR7', gtin13: KETTLE, brand: 'Kenwick', mpn: 'BR-7' })), { gtin: KETTLE, brand: 'Kenwick', mpn: 'BR-7', sku: 'BR7' }],
  ['stars of a review plug-in beside it', ld(product({ gtin13: KETTLE })) + ld(product({ aggregateRating: { '@type': 'AggregateRating', ratingValue: '4.5' } })), { gtin: KETTLE }],
  ['what stands for nothing', ld(product({ gtin13: 'N/A', mpn: 'null', brand: 'Kenwick', sku: '-' })), 'no_code'],
  ['a listing', ld(related), 'several_products'],
  ['a listing as a list', ld({ '@type': 'ItemList', itemListElement: related.map((item, place) => ({ '@type': 'ListItem', position: place + 1, item })) }), 'no_product'],
  ['a listing that happens to have one product', ld({ '@graph': [{ '@type': 'CollectionPage', '@id': HERE }, related[0]] }), 'several_products'],
  ['products that are only related to the page’s', ld([product({ sku: 'BR7', isRelatedTo: related, isSimilarTo: { gtin13: LAMP } })]), { sku: 'BR7' }],
  ['related products in scripts of their own, with addresses of their own', ld(related[0]) + ld(product({ gtin13: KETTLE, url: HERE })) + ld(related[1]), { gtin: KETTLE }],
  ['the same, the page’s address being the canonical one', `<link rel="canonical" href="${HERE}">` + ld(product({ gtin13: KETTLE, url: 'http://shop.example/nl/waterkoker-br7.html/' })) + ld(related), { gtin: KETTLE }, 'https://shop.example/p?id=7'],
  ['the same, where the page’s own has none', ld(related) + ld(product({ gtin13: KETTLE })), { gtin: KETTLE }],
  ['an article that mentions a product', ld({ '@type': 'Article', mentions: product({ gtin13: KETTLE }), about: [product({ gtin13: RED })] }), 'no_product'],
  ['no data at all', '<p>Kenwick BR-7</p>', 'no_product'],
];

const broken = [
  ['a comment around it', ld(`<!-- ${JSON.stringify(product({ gtin13: KETTLE }))} -->`), { gtin: KETTLE }],
  ['CDATA around it, as scripts have it', ld(`//<![CDATA[\n${JSON.stringify(product({ gtin13: KETTLE }))}\n//]]>`) , { gtin: KETTLE }],
  ['CDATA around it, as style sheets have it', ld(`/*<![CDATA[*/${JSON.stringify(product({ gtin13: KETTLE }))}/*]]>*/`), { gtin: KETTLE }],
  ['a byte order mark', ld(`\uFEFF${JSON.stringify(product({ gtin13: KETTLE }))}`), { gtin: KETTLE }],
  ['commas too many', ld(`{"@type":"Product","offers":[{"@type":"Offer",},],"gtin13":"${KETTLE}",}`), { gtin: KETTLE }],
  ['a field without a value', ld(`{"@type":"Product","sku":,"gtin13":"${KETTLE}","mpn": }`), { gtin: KETTLE }],
  ['line breaks and tabs in a text', ld(`{"@type":"Product","description":"Kookt\nwater,\t}snel","gtin13":"${KETTLE}"}`), { gtin: KETTLE }],
  ['an apostrophe that was escaped for another language', ld(`{"@type":"Product","name":"Zo\\'n ketel","gtin13":"${KETTLE}"}`), { gtin: KETTLE }],
  ['a code that is a number with zeros in front', ld(`{"@type":"Product","gtin13":0${UPC}}`), { gtin: '0' + UPC }],
  ['a semicolon behind it', ld(`${JSON.stringify(product({ gtin13: KETTLE }))};`), { gtin: KETTLE }],
  ['escaped for HTML as a whole', ld(JSON.stringify(product({ gtin13: KETTLE })).replaceAll('"', '&quot;')), { gtin: KETTLE }],
  ['one script of three that nobody can read', ld('{"@type":"Product","gtin13":') + ld(product({ gtin13: KETTLE })) + ld(''), { gtin: KETTLE }],
  ['a type with a character set, in capitals', `<script type="application/LD+JSON; charset=utf-8">${JSON.stringify(product({ gtin13: KETTLE }))}</script>`, { gtin: KETTLE }],
  ['null, numbers and texts where things should be', ld([null, 7, 'Product', { '@type': null }, { '@graph': 'x' }, product({ offers: 'none', brand: null, hasVariant: [null], identifier: 7, url: 'http://[', gtin13: KETTLE })]), { gtin: KETTLE }],
  ['only data that nobody can read', ld('{{ product | json }}'), 'no_product'],
];

const wrong = [
  ['the shop’s own number as the only code', ld(product({ gtin13: '1048576' })), { gtin: '1048576' }],
  ['a number of the right length whose check digit is wrong', ld(product({ gtin13: KETTLE.slice(0, 12) + '6' })), { gtin: KETTLE.slice(0, 12) + '6' }],
  ['a wrong number beside a part number', ld(product({ gtin13: '1048576', brand: 'Kenwick', mpn: 'BR-7' })), { gtin: '1048576', brand: 'Kenwick', mpn: 'BR-7' }],
  ['a wrong number beside a right one', ld(product({ gtin: '1048576', gtin13: KETTLE })), { gtin: KETTLE }],
  ['letters', ld(product({ gtin13: '21191-WWT-NUD' })), { gtin: '21191-WWT-NUD' }],
  ['a wrong number, and the right one in another format', ld(product({ gtin13: '1048576' })) + `<meta property="product:ean" content="${KETTLE}">`, { gtin: KETTLE }],
];

const microdata = [
  ['Magento: meta and text, without a code that others know', `<body itemtype="http://schema.org/Product" itemscope="itemscope"><h1><span itemprop="name">BR-7</span></h1><div class="product attribute sku"><strong>SKU</strong><div class="value" itemprop="sku">BR7-W</div></div>
    <div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><meta itemprop="price" content="39"></div></body>`, { sku: 'BR7-W' }],
  ['Shopware 6: brand as a thing, codes as meta', `<div itemscope itemtype="https://schema.org/Product"><div itemprop="brand" itemtype="https://schema.org/Brand" itemscope><meta itemprop="name" content="Kenwick"></div>
    <meta itemprop="gtin13" content="${KETTLE}"><meta itemprop="mpn" content="BR-7"><span itemprop="sku"> SW10001 </span>
    <div class="cross-selling"><div class="product-box" itemscope itemtype="https://schema.org/Product"><meta itemprop="gtin13" content="${RED}"><span itemprop="sku">SW10002</span></div></div></div>`, { gtin: KETTLE, brand: 'Kenwick', mpn: 'BR-7', sku: 'SW10001' }],
  ['Shopware 5: the brand as a text, codes with the offer', `<div itemscope itemtype="http://schema.org/Product"><meta itemprop="brand" content="Kenwick"><div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><meta itemprop="gtin13" content="${KETTLE}"></div></div>`, { gtin: KETTLE }],
  ['properties elsewhere in the page, by itemref', `<div itemscope itemtype="https://schema.org/WebPage"><div itemscope itemtype="https://schema.org/Product/" itemref="specs part nowhere"><h1 itemprop="name">BR-7</h1></div>
    <table id="specs"><tr><th>EAN<td itemprop="gtin13">${KETTLE}</table><div id="part" itemprop="brand" itemscope itemtype="https://schema.org/Brand"><b itemprop="name">Kenwick</b></div><i itemprop="mpn">other</i></div>`, { gtin: KETTLE }],
  ['values of every kind of element', `<div itemscope itemtype="https://schema.org/Product"><data itemprop="gtin13" value="${KETTLE}">zie doos</data><a itemprop="url" href="${HERE}">hier</a><span itemprop="sku" content="BR7">Artikel BR7</span><b itemprop="mpn name">BR-7</b><link itemprop="brand" href="Kenwick"></div>`, { gtin: KETTLE, brand: 'Kenwick', mpn: 'BR-7', sku: 'BR7' }],
  ['the main entity of a page', `<main itemscope itemtype="https://schema.org/ItemPage"><div itemprop="mainEntity" itemscope itemtype="https://schema.org/Product"><meta itemprop="gtin" content="${KETTLE}"></div></main>`, { gtin: KETTLE }],
  ['a listing of boxes', ['BR-8', 'BR-9'].map((sku) => `<li itemscope itemtype="http://schema.org/Product"><a itemprop="url" href="/${sku}">x</a><span itemprop="sku">${sku}</span></li>`).join(''), 'several_products'],
  ['a carousel beside a product, by its address', `<div itemscope itemtype="http://schema.org/Product"><meta itemprop="gtin13" content="${KETTLE}"><link itemprop="url" href="${HERE}"></div>
    <ul><li itemscope itemtype="http://schema.org/Product"><a itemprop="url" href="/nl/br8.html">x</a><meta itemprop="gtin13" content="${RED}"></li></ul>`, { gtin: KETTLE }],
  ['a carousel of related products alone, as parts of a list', `<ul itemscope itemtype="http://schema.org/ItemList"><li itemprop="itemListElement" itemscope itemtype="http://schema.org/Product"><meta itemprop="gtin13" content="${RED}"></li></ul>`, 'no_product'],
];

const rdfa = [
  ['RDFa Lite', `<div vocab="https://schema.org/" typeof="Product"><h1 property="name">BR-7</h1><span property="brand" typeof="Brand"><b property="name">Kenwick</b></span><span property="mpn">BR-7</span><meta property="gtin13" content="${KETTLE}"></div>`, { gtin: KETTLE, brand: 'Kenwick', mpn: 'BR-7' }],
  ['RDFa with prefixes, and the rest of the product elsewhere', `<div prefix="schema: http://schema.org/" typeof="schema:Product gr:ProductOrServiceModel" resource="#br7"><span property="schema:name">BR-7</span><div property="schema:isRelatedTo" typeof="schema:Product"><span property="schema:gtin13">${RED}</span></div></div>
    <dl resource="#br7"><dd property="schema:gtin13">${KETTLE}</dd></dl><dl resource="#br8"><dd property="schema:sku">BR8</dd></dl>`, { gtin: KETTLE }],
];

const openGraph = [
  ['Open Graph alone', `<meta property="og:type" content="og:product"><meta property="og:title" content="BR-7"><meta property="product:brand" content="Kenwick"><meta property="product:mfr_part_no" content="BR-7"><meta property="product:retailer_item_id" content="BR7"><meta property="product:gtin" content="${KETTLE}">`, { gtin: KETTLE, brand: 'Kenwick', mpn: 'BR-7', sku: 'BR7' }],
  ['its codes without its type, by name instead of property', `<meta name="product:upc" content="${UPC}"><meta property="og:brand" content="Kenwick"><meta property="product:mfr_part_no" content="N/A">`, { gtin: UPC }],
  ['a book', `<meta property="og:type" content="product.item"><meta property="product:isbn" content="978-99999-52-10-1">`, { gtin: BOOK }],
  ['a page that is no product', '<meta property="og:type" content="website"><meta property="og:title" content="Winkel"><meta property="product:retailer_item_id" content="BR7">', 'no_product'],
  ['it fills in what JSON-LD leaves out', ld(product({ sku: 'BR7' })) + `<meta property="og:type" content="product"><meta property="product:ean" content="${KETTLE}"><meta property="product:retailer_item_id" content="gla_7">`, { gtin: KETTLE, sku: 'BR7' }],
  ['it says which, where JSON-LD cannot', ld([product({ sku: 'BR7', name: 'a' }), product({ sku: 'BR8', name: 'b' })]) + `<meta property="og:type" content="product"><meta property="product:ean" content="${KETTLE}">`, { gtin: KETTLE }],
];

const disagreeing = [
  ['JSON-LD before microdata before Open Graph', ld(product({ gtin13: KETTLE })) + `<div itemscope itemtype="http://schema.org/Product"><span itemprop="name">Kenwick BR-7</span><meta itemprop="gtin13" content="${RED}"><meta itemprop="sku" content="BR7"></div><meta property="product:ean" content="${LAMP}">`, { gtin: KETTLE, sku: 'BR7' }],
  ['microdata of another product than JSON-LD’s fills nothing in', ld(product({ sku: 'BR7' })) + `<div itemscope itemtype="http://schema.org/Product"><span itemprop="name">Een lamp</span><meta itemprop="gtin13" content="${LAMP}"></div>`, { sku: 'BR7' }],
  ['a listing in JSON-LD is not made one product by microdata', ld(related) + `<div itemscope itemtype="http://schema.org/Product"><meta itemprop="gtin13" content="${KETTLE}"></div>`, 'several_products'],
];

test('each page makes the element that its data names, or none and says why', async () => {
  const { files } = JSON.parse(readFileSync(join(root, 'build/widget/manifest.json'), 'utf8'));
  const { name } = files.find(({ name }) => name.startsWith('d-'));
  const cases = [...jsonLd, ...broken, ...wrong, ...microdata, ...rdfa, ...openGraph, ...disagreeing];
  world.page.html = '<!doctype html><title>Parser</title>';
  await world.browser.get(world.page.url);
  const results = await world.browser.executeAsyncScript(
    `const [address, cases, done] = arguments;
     import(address).then(({ find }) => cases.map(([html, here]) => {
       try { return find(new DOMParser().parseFromString(html, 'text/html'), here) } catch (error) { return { threw: String(error.stack) } }
     })).then(done, (error) => done(String(error)))`,
    world.stack.at('edge', `/v1/widget/${name}`),
    cases.map(([, html, , here = HERE]) => [html, here]),
  );
  const wanted = cases.map(([what, , expected]) => [what, typeof expected === 'string' ? { why: expected } : { attributes: expected }]);
  const isWrong = (_, place) => !isDeepStrictEqual(results[place], wanted[place][1]);
  assert.deepEqual(wanted.map(([what], place) => [what, results[place]]).filter(isWrong), wanted.filter(isWrong));
});

const demo = (more) => ld({ '@context': 'https://schema.org', '@type': 'Product', name: 'BR-7', ...more });
const made = `[...document.querySelectorAll('shelf-reel')].map((element) => [Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value])), element.parentElement.id])`;

test('the tag makes the element where it should be, with what the tag says of it, and the film is there', async () => {
  await visitProduct(world, '<div id="gallery"><img alt=""></div>', { head: demo({ gtin13: KETTLE }), tag: 'data-into="#gallery" data-layout="button" data-label="Kijk hoe hij kookt" data-kind="guide,commercial"' });
  await until(world.browser, button());
  assert.deepEqual(await world.browser.executeScript(`return [${made}, faults]`), [[[{ gtin: KETTLE, layout: 'button', label: 'Kijk hoe hij kookt' }, 'gallery']], []]);
});

test('the tag finds data of every format', async () => {
  const pages = [
    [`<div itemscope itemtype="http://schema.org/Product"><b itemprop="sku">DRIFT-24-MOUSSE</b></div>`, '', { sku: 'DRIFT-24-MOUSSE' }],
    [`<div vocab="https://schema.org/" typeof="Product"><b property="gtin13">${KETTLE}</b></div>`, '', { gtin: KETTLE }],
    ['', `<meta property="product:ean" content="${KETTLE}">`, { gtin: KETTLE }],
  ];
  for (const [body, head, attributes] of pages) {
    await visitProduct(world, body, { head, lang: attributes.sku ? 'fr' : 'nl' });
    await until(world.browser, button());
    assert.deepEqual(await world.browser.executeScript(`return [${made}, faults]`), [[[attributes, '']], []]);
  }
});

test('a shop that writes its own number as a GTIN is told so', async () => {
  await visitProduct(world, '', { head: demo({ gtin13: '1048576', sku: 'no-such-number' }) });
  const { '': outcome } = await outcomes(world.browser, 1);
  const [{ code, why, say }] = outcome.detail.codes;
  assert.deepEqual([outcome.name, code, why], ['nomatch', '1048576', 'gtin_length']);
  assert.match(say, /1048576/);
});

test('a page with data that names no one product makes no element and asks nothing', async () => {
  await visitProduct(world, '', { head: ld(related) });
  await until(world.browser, `performance.getEntriesByType('resource').some(({ name }) => /\\/d-/.test(name)) && document.readyState === 'complete'`);
  // Whatever the module does it has done by now: another import of it comes after.
  await world.browser.executeAsyncScript(`const done = arguments[0]; import(performance.getEntriesByType('resource').find(({ name }) => /\\/d-/.test(name)).name).then(done, done)`);
  assert.deepEqual(await world.browser.executeScript(`return [${made}, faults, performance.getEntriesByType('resource').filter(({ name }) => /\\/v1\\/match\\//.test(name)).length]`), [[], [], 0]);
});
