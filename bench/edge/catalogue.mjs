// The catalogue that is measured with: any number of records, each made from its number, so that a million need no disk.
// The stand-in for KV answers with them, and the addresses that are asked for are made of the same numbers.

/** The shop that asks, with its pages' origin: a registered one, as in life, so that every subject has to read the request's. */
export const SHOP = 'shop_bench';
export const ORIGIN = 'https://www.shop.example';
const shop = { v: 1, name: 'Shop', origins: ['https://shop.example', ORIGIN], market: 'NL', languages: ['nl', 'en'], age: 12 };

/** The GTIN-13 of record `i`: a company prefix, the number, the check digit. */
export function gtin(i) {
  const payload = `871${String(i).padStart(9, '0')}`;
  let sum = 0;
  for (let at = 0; at < 12; at += 1) sum += (payload.charCodeAt(at) - 48) * (at % 2 ? 3 : 1);
  return payload + ((10 - (sum % 10)) % 10);
}

/** The value under a key, as text, of a catalogue of `size` records; `null` when nothing is published there. */
export function value(key, size) {
  if (key === `shop:${SHOP}`) return JSON.stringify(shop);
  const digits = /^gtin:0(871\d{10})$/.exec(key)?.[1];
  if (!digits) return null;
  const i = Number(digits.slice(3, 12));
  return i < size && gtin(i) === digits ? JSON.stringify(record(i)) : null;
}

const KINDS = ['commercial', 'guide', 'review', 'unboxing', 'howto'];

/** One to three films: mostly a Dutch and an English one; some without speech, some in French only, some for certain markets, times or shops. */
function record(i) {
  const languages = [['nl', 'en'], ['nl', 'en'], ['nl'], ['nl', 'en', 'zxx'], ['zxx'], ['nl', 'en'], ['en', 'fr'], ['fr']][i % 8];
  return { v: 1, videos: languages.map((language, n) => video(i, n, language)) };
}

function video(i, n, language) {
  const captions = language === 'zxx' ? [] : i % 3 ? ['nl', 'en'] : [language];
  return {
    id: `brand${i % 97}-${i}-${language}-${n}`,
    brand: `brand${i % 97}`,
    kind: KINDS[(i + n) % KINDS.length],
    language,
    ...(captions.length && { captions }),
    ...(i % 5 === 0 && { markets: ['NL', 'BE', 'DE'] }),
    ...(i % 7 === 0 && { from_ms: 1_600_000_000_000, until_ms: 4_000_000_000_000 }),
    ...(i % 11 === 0 && { not_shops: ['shop_elsewhere'] }),
    ...(i % 29 === 0 && { age: 6 }),
    show: {
      title: `Product ${i}: what it does, and how (${n + 1})`,
      duration_ms: 8_000 + (i % 50) * 1_000,
      width: 1280,
      height: 720,
      poster: media(i, n, 0, 'jpg'),
      sources: [1, 2].map((size) => ({
        url: media(i, n, size, 'mp4'), type: 'video/mp4', width: 1280 / size, height: 720 / size, bytes: Math.round(312_345 / size),
      })),
      captions: captions.map((caption, at) => ({ url: media(i, n, 3 + at, 'vtt'), language: caption })),
    },
  };
}

const media = (i, n, part, ending) => `/v1/media/${((i * 31 + n) * 8 + part).toString(16).padStart(8, '0').repeat(4)}.${ending}`;

/** The address of a look-up, exactly as the loader writes it. */
export function address(codes, { lang = 'nl-BE,en', ...rest } = {}) {
  const query = new URLSearchParams([...codes.map((code) => ['p', code]), ['lang', lang], ...Object.entries(rest)]);
  return `/v1/match/${SHOP}?${query}`;
}
