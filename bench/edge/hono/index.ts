// The contract of docs/wire.md, "Look-up", written by hand with Hono and KV: what a shop's own engineer would put on Workers.
// It keeps what the contract asks of most pages: GTIN, MPN and SKU, languages without CLDR's near ones, kinds, markets, dates, shops, ages.
import { Hono } from 'hono';
import { answer } from './answer';
import { readProduct } from './codes';
import { wishesOf } from './languages';
import { Memory } from './memory';

interface Bindings {
  CATALOG: { get(keys: string[]): Promise<Map<string, string | null>> };
}

const HEADERS = {
  'access-control-allow-origin': '*',
  'x-content-type-options': 'nosniff',
  'cache-control': 'public, max-age=30',
  vary: 'origin',
};

const memory = new Memory(32 * 1024 * 1024);
const app = new Hono<{ Bindings: Bindings }>();

app.get('/v1/match/:shop', async (c) => {
  const shopId = c.req.param('shop');
  const asked = c.req.queries('p') ?? [];
  if (asked.length === 0) return problem(400, 'no product is asked for: add p=gtin:… once per product');
  if (asked.length > 24) return problem(400, `${asked.length} products are asked for: at most 24 in one look-up`);

  const products = asked.map((product) => readProduct(product, shopId));
  const shopKey = `shop:${shopId}`;
  const now = Date.now();
  const keys = products.flatMap((codes) => codes.flatMap((code) => code.key ?? []));
  const missing = [shopKey, ...keys].filter((key) => !memory.isFresh(key, now));
  if (missing.length > 0) {
    const values = await c.env.CATALOG.get([...new Set(missing)]);
    for (const [key, value] of values) memory.keep(key, value, now);
  }

  const shop = memory.shop(shopKey);
  if (!shop) return c.json(refused(products.length, 'unknown_shop'), 200, HEADERS);
  const origin = c.req.header('origin');
  if (origin && !shop.origins.includes('*') && !shop.origins.includes(origin)) {
    return c.json(refused(products.length, 'origin_not_registered'), 200, HEADERS);
  }

  const country = (c.req.raw as { cf?: { country?: string } }).cf?.country;
  const ask = {
    wishes: wishesOf(c.req.query('lang') ?? ''),
    kinds: c.req.query('kind')?.split(',').filter(Boolean) ?? [],
    market: c.req.query('market')?.toUpperCase() ?? shop.market ?? country,
    shopId,
    shop,
    now,
  };
  return c.json(answer(products, ask, (key) => memory.record(key)), 200, HEADERS);
});

function refused(count: number, why: string) {
  return { v: 1, why, products: Array.from({ length: count }, () => ({ videos: [], why })) };
}

function problem(status: number, detail: string) {
  const body = JSON.stringify({ title: 'no look-up', status, detail });
  return new Response(body, { status, headers: { ...HEADERS, 'content-type': 'application/problem+json', 'cache-control': 'no-store' } });
}

export default app;
