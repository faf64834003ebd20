// The look-up over HTTP on real workerd, with the demo catalogue: headers, sizes, limits, unknown shops, origins, freshness.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { eventually, startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo() });

const lookUp = (query, { shop = 'shop_demo', ...options } = {}) => world.stack.ask('edge', `/v1/match/${shop}?${query}`, options);

test('an answer for one product is at most 800 bytes compressed, and any page may read it', async () => {
  const answer = await lookUp('lang=nl&kind=guide&p=mpn:Kenwick:GK-2%2FB');
  assert.equal(answer.status, 200);
  const bytes = brotliCompressSync(answer.bytes).length;
  assert.ok(bytes <= 800, `${bytes} bytes`);
  const { headers } = answer;
  assert.deepEqual([headers['content-type'], headers['access-control-allow-origin'], headers['cache-control'], headers.vary], ['application/json', '*', 'public, max-age=30', 'origin']);
  assert.equal(headers['set-cookie'], undefined);
});

test('an answer from memory is the same as the one from the store', async () => {
  const query = 'lang=nl-BE,en&p=gtin:9524710000125&p=sku:DRIFT-24-MOUSSE&p=gtin:1';
  const answers = [await lookUp(query), await lookUp(query), await lookUp(query)];
  for (const { status, bytes, headers } of answers) {
    assert.equal(status, 200);
    assert.ok(bytes.equals(answers[0].bytes));
    assert.deepEqual({ ...headers, date: 0 }, { ...answers[0].headers, date: 0 });
  }
});

test('24 products are answered in order, 25 are refused with the limit', async () => {
  const codes = Array.from({ length: 24 }, (_, i) => (i % 2 ? 'p=gtin:9524710000125' : 'p=gtin:9524790000145'));
  const answer = await lookUp(codes.join('&'));
  assert.deepEqual(answer.json().products.map(({ videos }) => videos.length > 0), codes.map((_, i) => i % 2 === 1));
  const refused = await lookUp([...codes, 'p=1'].join('&'));
  assert.deepEqual([refused.status, refused.headers['content-type']], [400, 'application/problem+json']);
  assert.match(refused.json().detail, /25 products.*at most 24/);
});

test('a fifth code of a product is told apart, and the first four count', async () => {
  const [product] = (await lookUp('p=gtin:9524790000145|1|2|3|9524710000125')).json().products;
  assert.deepEqual(product.videos, []);
  assert.ok(product.codes.some(({ why }) => why === 'too_many_codes'), JSON.stringify(product));
});

test('what a shop writes wrong is answered with what would be right, never with an error', async () => {
  for (const [code, why, say] of [
    ['gtin:9524710000126', 'gtin_check_digit', /should be 5/],
    ['gtin:123', 'gtin_length', /123/],
    ['gtin:00000000000000', 'gtin_zero', /./],
    ['gtin:2012345678903', 'restricted_code', /./],
    ['gtin:abcdefghijklm', 'gtin_characters', /./],
    ['serial:9524710000125', 'code_type', /serial/],
    ['mpn::GK2', 'mpn_brand', /brand/],
    ['gtin:', 'code_empty', /./],
  ]) {
    const answer = await lookUp(`lang=nl&p=${encodeURIComponent(code)}`);
    const [product] = answer.json().products;
    assert.deepEqual([answer.status, product.why], [200, why], code);
    assert.match(product.codes[0].say, say, code);
  }
});

test('garbage of every kind never makes a 500', async () => {
  for (const query of ['p=%ff', 'p=%', 'p=' + 'x'.repeat(7000), 'p=gtin:%00%00', 'lang=' + 'nl,'.repeat(900) + '&p=1', 'p=mpn:' + '%F0%9F%98%80'.repeat(200) + ':x', 'p=|||||', 'p==&==&&p', 'lang=%F0%9F%98%80&kind=%00&market=%F0%9F&p=1']) {
    const { status } = await lookUp(query);
    assert.ok(status === 200 || status === 400 || status === 414, `${status} for ${query.slice(0, 60)}`);
  }
});

test('a shop that registered its origins is served only on its own pages', async () => {
  const why = async (origin) => (await lookUp('lang=nl&p=gtin:9524710000125', { shop: 'shop_strict', headers: origin ? { origin } : {} })).json().why;
  assert.equal(await why('https://registered.example'), undefined);
  assert.equal(await why('https://registered.example.evil.example'), 'origin_not_registered');
  assert.equal(await why('null'), 'origin_not_registered');
});

test('a country given as a language is told so', async () => {
  const [wrong] = (await lookUp('lang=MX,nl&p=gtin:9524710000125')).json().ignored_languages;
  assert.deepEqual([wrong.tag, /country/.test(wrong.say)], ['MX', true]);
});

test('a publish is seen once what is held is half a minute old, and until then the old answer whole', async () => {
  const query = 'lang=nl&p=gtin:9524790000145';
  assert.equal((await lookUp(query)).json().products[0].why, 'no_video');
  const { CATALOG } = await world.stack.env();
  const record = await CATALOG.get('gtin:09789999952101');
  await CATALOG.put('gtin:09524790000145', record);
  const seen = await eventually('the new video', async () => {
    const [{ videos, why }] = (await lookUp(query)).json().products;
    assert.equal(why, videos.length ? undefined : 'no_video');
    return videos[0];
  });
  assert.equal(seen.id, 'zandbank-haven-nl');
});

test('script and modules come compressed, named by hash, and as the loader says', async () => {
  const script = await world.stack.ask('edge', '/v1/shelfreel.js', { headers: { 'accept-encoding': 'br' } });
  assert.deepEqual([script.status, script.headers['content-encoding'], script.headers['content-type']], [200, 'br', 'text/javascript; charset=utf-8']);
  const plain = await world.stack.ask('edge', '/v1/shelfreel.js', { headers: { 'accept-encoding': 'identity' } });
  const [, build] = /"(-[0-9a-f]{8}\.)"/.exec(plain.text()) ?? assert.fail(plain.text());
  // Button and player, both as JavaScript too, and discovery.
  const names = ['b.js', 'b.wasm', 'bt.js', 'd.js', 'p.js', 'p.wasm', 'pt.js'].map((name) => name.replace('.', build));
  for (const name of names) {
    const file = await world.stack.ask('edge', `/v1/widget/${name}`, { headers: { 'accept-encoding': 'br' } });
    assert.equal(file.status, 200, name);
    assert.match(file.headers['cache-control'], /immutable/);
    assert.equal(file.headers['content-type'], name.endsWith('.wasm') ? 'application/wasm' : 'text/javascript; charset=utf-8');
    assert.equal(file.headers['cross-origin-resource-policy'], 'cross-origin');
  }
  const again = await world.stack.ask('edge', '/v1/shelfreel.js', { headers: { 'if-none-match': script.headers.etag } });
  assert.equal(again.status, 304);
});

test('a module of an earlier deploy comes from the bucket, in brotli where that was kept and is accepted', async () => {
  const keep = (name, type, body) =>
    world.stack.ask('localhost', `/client/v4/accounts/local/r2/buckets/shelfreel-media/objects/widget%2F${name}`, { method: 'PUT', headers: { 'content-type': type }, body });
  const get = (name, headers = {}, method = 'GET') => world.stack.ask('edge', `/v1/widget/${name}`, { headers, method });
  const old = 'export const old = 1';
  for (const name of ['w-0123456789.js', 'shelfreel-01234567.js']) await keep(name, 'text/javascript', old);
  const packed = brotliCompressSync(old);
  await keep('shelfreel-01234567.js.br', 'application/octet-stream', packed);
  // From the bucket, then from the CDN's cache.
  for (let time = 0; time < 2; time++) {
    for (const name of ['w-0123456789.js', 'shelfreel-01234567.js']) {
      const plain = await get(name, { 'accept-encoding': 'identity' });
      assert.deepEqual([plain.status, plain.text(), plain.headers['content-type'], plain.headers['content-encoding']], [200, old, 'text/javascript; charset=utf-8', undefined], name);
    }
    const { status, bytes, headers } = await get('shelfreel-01234567.js', { 'accept-encoding': 'br' });
    assert.deepEqual([status, headers['content-encoding'], headers.vary, headers['access-control-allow-origin']], [200, 'br', 'accept-encoding', '*']);
    assert.ok(bytes.equals(packed));
    assert.match(headers['cache-control'], /immutable/);
    // What was kept as built is compressed on the way, by the CDN or what stands for it here.
    assert.equal(brotliDecompressSync((await get('w-0123456789.js', { 'accept-encoding': 'br' })).bytes).toString(), old);
    const again = await get('shelfreel-01234567.js', { 'accept-encoding': 'br', 'if-none-match': headers.etag });
    assert.deepEqual([again.status, again.bytes.length], [304, 0]);
    const head = await get('shelfreel-01234567.js', { 'accept-encoding': 'br' }, 'HEAD');
    assert.deepEqual([head.status, head.bytes.length, head.headers['content-encoding']], [200, 0, 'br']);
  }
  for (const name of ['w-9999999999.js', 'shelfreel-01234567.js.br']) assert.equal((await get(name, { 'accept-encoding': 'br' })).status, 404, name);
});
