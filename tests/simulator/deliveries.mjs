// Shoppers over three days, and what the network makes of their beacons: rows of the lake as a queue delivers them.
//
// Of the last beacons of page views 10 to 40 % are lost, of all others 2 %; 5 % come twice, half of them with another time of receipt, for a browser asks again; they come out of order, some a day late.
import { createHash } from 'node:crypto';
import { factsFor, matchedFor, shops } from './market.mjs';
import { seeded } from './random.mjs';
import { buy, shop } from './shopper.mjs';
import { Viewing } from './viewing.mjs';

const HOUR_MS = 3_600_000, MINUTE_MS = 60_000;

/** In the night to the third day clocks go forward in Europe. */
export const BEGIN_MS = Date.UTC(2026, 2, 27);
/** Nothing that is received in these hours is too old for a ledger, whatever came before. */
export const HOURS = 71;

/** Of page views, so many end in an order. */
const PURCHASES = 0.008;

/** So many shoppers agreed to be measured, look about for days and buy, some of them by a name that the shop gave them; and of all others so many agree, somewhere in the page view. */
const CUSTOMERS = 40;
const AGREE = 0.3;

/** Rows in the order of delivery, repetitions and all. */
export function deliveries({ seed, page_views }) {
  const random = seeded(seed);
  const all = [];
  for (let nth = 0; nth < page_views; nth += 1) {
    all.push(...delivered(random, visit(random, shop(random).sent)));
    if (random.chance(PURCHASES)) all.push(...delivered(random, visit(random, buy(random))));
  }
  for (let nth = 0; nth < CUSTOMERS; nth += 1) all.push(...customer(random, nth));
  for (const [beacons, shopOf] of [[crowded(random), shops[0]]]) all.push(...delivered(random, { begin_ms: BEGIN_MS + 5 * HOUR_MS, sent: beacons, shop: shopOf, country: 'NL', device: 'computer' }));
  all.push(...forged(random, all));
  return all.sort((one, other) => one.at_ms - other.at_ms).map(({ row }) => row);
}

/** Beacons that are sent now, by the shop whose they are: for an edge that stamps them itself. */
export function beaconsBy(random) {
  return { shop: random.pick(shops).id, beacons: shop(random).sent.map(({ beacon }) => beacon) };
}

/** One who comes again, to the same shop, and buys. */
function customer(random, nth) {
  const of = { shop: random.pick(shops), bot: undefined, shopper: { name: `customer-${nth}`, own: nth % 2 === 0, from: 1 } };
  const views = Array.from({ length: random.int(4, 8) }, () => visit(random, shop(random).sent));
  const orders = Array.from({ length: random.int(1, 3) }, () => visit(random, buy(random)));
  // Half of the time somebody else opens the page of an order too.
  const others = orders.filter(() => random.chance(0.5)).map((order) => ({ ...order, begin_ms: order.begin_ms + random.int(-6, 6) * HOUR_MS, ...of, shopper: { name: `friend-${nth}`, own: true, from: 1 } }));
  return [...views.map((view) => ({ ...view, ...of })), ...orders.map((order) => ({ ...order, ...of })), ...others].flatMap((visit) => delivered(random, visit));
}

function visit(random, sent) {
  const long_ms = sent.at(-1)?.after_ms ?? 0;
  const near_hour = random.chance(0.1) ? random.int(-2000, 2000) : random.int(-30 * MINUTE_MS, 30 * MINUTE_MS);
  const last = Math.max(1, Math.floor(HOURS - 2 - long_ms / HOUR_MS));
  return {
    begin_ms: BEGIN_MS + random.int(1, last) * HOUR_MS + near_hour,
    sent,
    shop: random.pick(shops),
    country: random.of([0.7, 'NL'], [0.2, 'BE'], [0.07, 'DE'], [0.03, '']),
    device: random.of([0.6, 'phone'], [0.3, 'computer'], [0.06, 'tablet'], [0.04, 'tv']),
    bot: random.of([0.96, undefined], [0.03, 'user_agent'], [0.01, 'network']),
    shopper: random.chance(AGREE) ? { name: `shopper-${random.int(1, 60)}`, own: random.chance(0.3), from: random.int(1, 4) } : undefined,
  };
}

function delivered(random, visit) {
  const { sent, shop } = visit;
  const tail = random.chance(shop.tails_lost) ? random.int(1, 2) : 0;
  const rows = [];
  for (const [place, { after_ms, beacon }] of sent.entries()) {
    if (place >= sent.length - tail || random.chance(0.02)) continue;
    const held_ms = random.chance(0.003) ? random.int(1, 10) * HOUR_MS : 0;
    const received_at_ms = visit.begin_ms + after_ms + held_ms + random.about(80) + 20;
    // What comes after the last hour has not come yet.
    if (received_at_ms >= BEGIN_MS + HOURS * HOUR_MS - MINUTE_MS) break;
    rows.push(delivery(random, visit, beacon, received_at_ms));
    if (random.chance(0.05)) rows.push(random.chance(0.5) ? { ...rows.at(-1), at_ms: rows.at(-1).at_ms + random.about(HOUR_MS) } : delivery(random, visit, beacon, received_at_ms + random.about(2000) + 1));
  }
  return rows;
}

/** What a shopper who agreed adds to a row: the hash of the day, and in the beacon the shop's own name for him. */
function named({ shop, shopper }, beacon, received_at_ms) {
  if (!shopper || beacon.n < shopper.from) return { beacon };
  const day = Math.floor(received_at_ms / (24 * HOUR_MS));
  const visitor = createHash('sha256').update(`${day} ${shop.id} ${shopper.name}`).digest('base64url').slice(0, 22);
  return { visitor, beacon: { ...beacon, consent: { measurement: true, ...(shopper.own && { visitor: shopper.name }) } } };
}

function delivery(random, { shop, country, device, bot, shopper }, told, received_at_ms) {
  const { beacon, ...by } = named({ shop, shopper }, told, received_at_ms);
  const known = !random.chance(0.03);
  const hours_in = (received_at_ms - BEGIN_MS) / HOUR_MS;
  const row = { v: 1, beacon_id: beacon.id, shop: shop.id, received_at_ms, origin: shop.origin, country, device: bot ? 'bot' : device, ...(bot && { bot }), ...(!known && { incomplete: true }), videos: factsFor(beacon, hours_in, known), ...matchedFor(beacon, known), ...by, beacon };
  const late_ms = random.of([0.85, random.about(3000)], [0.13, random.about(10 * MINUTE_MS)], [0.02, random.about(20 * HOUR_MS)]);
  return { at_ms: received_at_ms + late_ms, row };
}

/** A page that no shop has: more placements and sessions than count. */
function crowded(random) {
  const page_view = random.id();
  return Array.from({ length: 15 }, (_, nth) => {
    const sessions = Array.from({ length: 20 }, () => {
      const viewing = new Viewing({ id: random.id(), placement: random.id(), code: 'mpn:kenwick:br7', video: 'br7', language: 'nl', reason: 'tap', duration_ms: 8000, open_ms: nth * 1000 });
      viewing.start(nth * 1000 + 100);
      viewing.play(random.int(1, 800));
      return viewing.snapshot(nth * 1000 + 1000);
    });
    const placements = Array.from({ length: 20 }, () => ({ id: random.id(), seq: 1, elapsed_ms: 900, code: 'mpn:kenwick:br7', videos: ['br7'], layout: 'inline', shown: 1, viewable: 1, opened: 1, cart: random.int(0, 9) }));
    return { after_ms: nth * 1000 + 1000, beacon: { v: 1, id: random.id(), page_view, n: nth + 1, elapsed_ms: nth * 1000 + 1000, widget: '0.1.0', engine: 'js', language: '', events: [], placements, sessions } };
  });
}

/** Pages that say two things under one `seq`: which counts, the time of receipt decides, then the beacon's id. */
function forged(random, all) {
  return all.filter(({ row }) => row.beacon.sessions?.length && random.chance(0.01)).map(({ at_ms, row }) => {
    const sessions = row.beacon.sessions.map((session) => ({ ...session, pauses: session.pauses + 7, state: 'paused' }));
    const id = random.id();
    const earlier_ms = random.chance(0.5) ? 0 : random.int(-5, 5);
    return { at_ms: at_ms + random.int(-1000, 1000), row: { ...row, beacon_id: id, received_at_ms: row.received_at_ms + earlier_ms, beacon: { ...row.beacon, id, sessions } } };
  });
}
