// What there is to be watched, and where: two brands that share shops and product pages.

/** From when on the rows say another series of a film: the catalogue was changed while people watched. */
const MOVED = { video: 'br7', after_hours: 30, series: 'garden' };

const film = (brand, duration_ms, more = {}) => ({ v: 1, brand, product: 'Blender', series: 'kitchen', category: 'appliances', duration_ms, ...more });

/** Facts as the edge has them. `nobodys` is in none. */
export const catalogue = {
  br7: film('kenwick', 8000),
  'br7-guide': film('kenwick', 31_033, { series: 'guides' }),
  'br7-review': film('kenwick', 123_457, { product: 'Mixer' }),
  mood: film('kenwick', 60_500, { product: '', series: '', category: 'brand' }),
  live: film('kenwick', 0),
  sun: film('solvane', 15_007, { series: 'garden', category: 'outdoor' }),
  'sun-guide': film('solvane', 45_000, { series: 'guides', category: 'outdoor' }),
};

const LANGUAGES = { br7: 'nl', 'br7-guide': 'de', 'br7-review': 'en', mood: 'zxx', live: 'nl', sun: 'nl', 'sun-guide': 'fr', nobodys: 'nl' };
export const languageOf = (video) => LANGUAGES[video];

export const products = [
  { code: 'gtin:08710103937746', videos: ['br7', 'br7-guide', 'mood'] },
  { code: 'gtin:09524710000125', videos: ['br7-review', 'sun', 'nobodys'] },
  { code: 'mpn:kenwick:br7', videos: ['br7'] },
  { code: 'sku:shop_noord:12345', videos: ['sun-guide', 'sun', 'br7-guide', 'live'] },
  { code: 'sku:shop_zuid:é/7', videos: ['mood', 'mood', 'sun-guide'] },
];

/** Each loses another share of the last beacons. */
export const shops = [
  { id: 'shop_noord', origin: 'https://noord.example', tails_lost: 0.1 },
  { id: 'shop_zuid', origin: 'https://zuid.example', tails_lost: 0.4 },
  { id: 'shop_oost', origin: '', tails_lost: 0.25 },
];

/** What stands in the lines of orders, as shops write it, and what the catalogue has for it; the last has nobody. */
export const soldAs = [
  ['gtin:8710103937746|sku:BR7-RED', { code: 'gtin:08710103937746', brands: ['kenwick'], videos: ['br7', 'br7-guide', 'mood'] }],
  ['9524710000125', { code: 'gtin:09524710000125', brands: ['kenwick', 'solvane'], videos: ['br7-review', 'sun'] }],
  ['sku:12345', { code: 'sku:shop_noord:12345', brands: ['kenwick', 'solvane'], videos: ['sun-guide', 'sun', 'br7-guide', 'live'] }],
  ['sku:é/7', { code: 'sku:shop_zuid:é/7', brands: ['kenwick', 'solvane'], videos: ['mood', 'sun-guide'] }],
  ['sku:unheard-of', undefined],
];

/** What a row says of a beacon's films; where the edge's own store was out of reach, nothing. */
export function factsFor(beacon, hours_in, known) {
  if (!known) return {};
  const { sessions = [], placements = [] } = beacon;
  const named = [...sessions.map(({ video }) => video), ...placements.flatMap(({ videos }) => videos)];
  const facts = (video) => (video === MOVED.video && hours_in >= MOVED.after_hours ? { ...catalogue[video], series: MOVED.series } : catalogue[video]);
  return Object.fromEntries(named.filter((video) => catalogue[video]).map((video) => [video, facts(video)]));
}

/** The same of what was bought; nothing where nothing was. */
export function matchedFor({ purchases }, known) {
  if (!purchases || !known) return {};
  const codes = new Set(purchases.flatMap(({ lines }) => lines.map(({ code }) => code)));
  return { matched: Object.fromEntries(soldAs.filter(([code, matched]) => matched && codes.has(code))) };
}
