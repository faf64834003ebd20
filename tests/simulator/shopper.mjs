// One page view of one shopper: what the widget would send, and when. Knows the page's monotonic clock alone, as the wire does.
import { catalogue, languageOf, products, soldAs } from './market.mjs';
import { Viewing } from './viewing.mjs';

const HOUR_MS = 3_600_000;
const RENEW_MS = 12 * HOUR_MS;
/** While a film plays the widget speaks as often as this. */
const BEAT_MS = 10_000;
const CARTS_TOLD = 20;

/** Of page views, so many put something into the cart without having watched, and so many of those that have: 2.6 % of all. */
const CARTS = { unwatched: 0.01, watched: 0.07 };

class Page {
  constructor(random) {
    this.random = random;
    this.id = random.id();
    this.now_ms = 0;
    /** While a machine sleeps, some browsers' monotonic clock stands still: what has passed beside it. */
    this.slept_ms = 0;
    /** Widgets of before November 2026 say neither a session's code nor when carts were. */
    this.old = random.chance(0.05);
    this.placements = [];
    this.viewings = [];
    this.sent = [];
  }

  wait(ms) {
    this.now_ms += ms;
  }

  place({ code, videos }) {
    const said = { id: this.random.id(), code, videos, layout: this.random.pick(['button', 'thumbnail', 'inline']), shown: 0, viewable: 0, opened: 0, cart: 0 };
    this.placements.push({ said, since_ms: this.now_ms, carts_ms: [], seq: 0, changed: false });
  }

  change(placement, what) {
    placement.changed = true;
    placement.said[what] += 1;
  }

  cart(code) {
    for (const placement of this.placements.filter(({ said }) => said.code === code)) {
      // A placement that came later heard fewer, and one call in fifty is heard by one alone.
      if (this.random.chance(0.02)) continue;
      this.change(placement, 'cart');
      if (placement.carts_ms.length < CARTS_TOLD) placement.carts_ms.push(this.now_ms - placement.since_ms);
    }
    this.send();
  }

  /** A beacon with what changed; nothing when nothing did. */
  send() {
    const placements = this.placements.filter(({ changed }) => changed).map((placement) => {
      placement.changed = false;
      const carts_ms = placement.carts_ms.length && !this.old ? { carts_ms: [...placement.carts_ms] } : {};
      return { ...placement.said, ...carts_ms, seq: (placement.seq += 1), elapsed_ms: this.now_ms - placement.since_ms };
    });
    const sessions = this.viewings.filter(({ changed }) => changed).map((viewing) => viewing.snapshot(this.now_ms));
    if (!placements.length && !sessions.length) return;
    const beacon = { v: 1, id: this.random.id(), page_view: this.id, n: this.sent.length + 1, elapsed_ms: this.now_ms, widget: '0.1.0', engine: 'wasm', language: 'nl-BE,en', events: [], placements, sessions };
    this.sent.push({ after_ms: this.now_ms + this.slept_ms, beacon });
  }

  open(placement, video, reason) {
    const { id, code } = placement.said;
    const { random } = this;
    const known = catalogue[video]?.duration_ms ?? 20_000;
    // Files are a few frames longer or shorter than the film that they are of, and now and then of another cut.
    const duration_ms = known && random.of([0.78, known], [0.2, known + random.int(-80, 80)], [0.02, Math.round(known * 1.4)]);
    const viewing = new Viewing({ id: random.id(), placement: id, code: this.old ? undefined : code, video, language: languageOf(video), reason, duration_ms, open_ms: this.now_ms });
    this.viewings.push(viewing);
    return viewing;
  }

  tell(viewing) {
    viewing.changed = true;
    this.send();
  }

  /** Plays for so long at most, with a beacon every ten seconds. */
  play(viewing, ms) {
    for (let left_ms = ms; left_ms > 0 && viewing.said.state !== 'ended';) {
      const wall_ms = viewing.play(Math.min(left_ms, BEAT_MS));
      this.wait(wall_ms);
      left_ms -= Math.max(wall_ms, 1);
      this.tell(viewing);
    }
  }

  close(viewing) {
    viewing.said.state = 'quit';
    this.tell(viewing);
  }
}

/** One page view; returns what was sent, each with the time since it began. */
export function shop(random) {
  const page = new Page(random);
  const product = random.pick(products);
  page.place(product);
  page.wait(random.int(20, 1500));
  for (let more = random.of([0.7, 0], [0.2, 1], [0.1, 2]); more > 0; more -= 1) page.place(random.chance(0.4) ? product : random.pick(products));
  if (random.chance(0.05)) page.wait(random.int(1, 30) * 60_000);
  for (const placement of page.placements) {
    if (random.chance(0.85)) page.change(placement, 'shown');
    if (placement.said.shown && random.chance(0.6)) page.change(placement, 'viewable');
  }
  page.send();
  if (random.chance(CARTS.unwatched)) putIntoCart(page, product);
  for (const placement of page.placements) if (random.chance(0.22)) watch(page, placement);
  if (page.viewings.length && random.chance(CARTS.watched)) putIntoCart(page, product);
  if (random.chance(0.03)) comeBack(page);
  // What is told when the page is left: the last word of every placement.
  page.wait(random.int(0, 60_000));
  if (random.chance(0.3)) for (const placement of page.placements) if (placement.said.shown) placement.changed = true;
  page.send();
  return page;
}

function putIntoCart(page, product) {
  const { random } = page;
  const carts = random.of([0.8, 1], [0.15, 3], [0.05, 25]);
  for (let nth = 0; nth < carts; nth += 1) {
    page.wait(random.int(300, 8000));
    page.cart(product.code);
  }
}

/** A tab that is looked at again: after a night, after a sleep during which its clock stood still, or after more than the 36 hours that a ledger waits. */
function comeBack(page) {
  const { random } = page;
  random.of(
    [0.4, () => page.wait(random.int(10, 30) * HOUR_MS)],
    [0.3, () => { page.slept_ms += random.int(1, 20) * HOUR_MS; }],
    [0.3, () => page.wait(37 * HOUR_MS + random.about(HOUR_MS))],
  )();
  const placement = random.pick(page.placements);
  page.change(placement, 'shown');
  page.send();
  if (random.chance(0.5)) watch(page, placement);
}

/** The player is opened, and films are watched until it is closed. */
function watch(page, placement) {
  const { random } = page;
  page.wait(random.int(500, 20_000));
  page.change(placement, 'opened');
  const { videos } = placement.said;
  let at = random.int(0, videos.length - 1);
  let reason = placement.said.layout === 'inline' && random.chance(0.5) ? 'auto' : 'tap';
  for (let films = 0; films < 4 && reason; films += 1) {
    reason = watchFilm(page, placement, page.open(placement, videos[at], reason));
    if (reason === 'next') at = (at + 1) % videos.length;
    if (reason === 'previous') at = (at + videos.length - 1) % videos.length;
  }
}

/** One film; returns why another follows, or nothing. */
function watchFilm(page, placement, viewing) {
  const { random } = page;
  page.tell(viewing);
  const startup_ms = random.of([0.9, random.int(60, 900)], [0.1, random.int(900, 6000)]);
  if (random.chance(0.08)) {
    page.wait(random.int(50, startup_ms));
    if (random.chance(0.2)) viewing.count('errors', 'error');
    page.close(viewing);
    return random.chance(0.1) && 'next';
  }
  let asked_ms = page.now_ms;
  // The browser does not play by itself, and the product goes into the cart before the viewer asks for the film.
  if (random.chance(0.1)) {
    Object.assign(viewing.said, { state: 'paused' });
    page.tell(viewing);
    page.wait(random.int(100, 20_000));
    if (random.chance(0.3)) page.cart(placement.said.code);
    page.wait(random.int(100, 20_000));
    asked_ms = page.now_ms;
  }
  page.wait(startup_ms);
  viewing.start(page.now_ms, asked_ms);
  page.tell(viewing);
  const length_ms = viewing.said.duration_ms || 40_000;
  // Many leave early, some stay, and few go round and round.
  let patience = random.of([0.45, 1], [0.45, random.int(2, 6)], [0.09, random.int(7, 15)], [0.01, 260]);
  for (; patience > 0; patience -= 1) {
    page.play(viewing, random.of([0.4, random.about(2500)], [0.3, random.about(length_ms / 3)], [0.3, length_ms]) + 1);
    viewing = goOn(page, viewing, length_ms);
    if (!viewing) return undefined;
  }
  page.close(viewing);
  return random.of([0.85, undefined], [0.1, 'next'], [0.05, 'previous']);
}

/** What happens between two stretches of play; returns the viewing that goes on, if one does. */
function goOn(page, viewing, length_ms) {
  const { random } = page;
  const { said } = viewing;
  // Again from the start: in an open player that is the same session.
  if (said.state === 'ended') said.position_ms = 0;
  random.of(
    [0.3, () => viewing.seek(said.position_ms + random.about(length_ms / 4))],
    [0.2, () => viewing.seek(said.position_ms - random.about(length_ms / 4))],
    [0.15, () => { viewing.count('pauses', 'paused'); page.tell(viewing); page.wait(random.about(20_000)); }],
    [0.1, () => { viewing.rate = random.pick([0.5, 1, 1.25, 2]); viewing.count('rate_changes'); }],
    [0.15, () => { viewing.count('rebuffers', 'rebuffering'); const ms = random.about(1500); page.wait(ms); said.rebuffering_ms += ms; }],
    [0.05, () => { viewing.count('errors', 'error'); page.tell(viewing); page.wait(random.int(200, 3000)); }],
    [0.05, () => {}],
  )();
  if (random.chance(0.01)) page.wait(RENEW_MS);
  page.tell(viewing);
  // A page that is simply left says nothing more.
  if (random.chance(0.04)) return undefined;
  if (!viewing.isFull && page.now_ms - viewing.open_ms < RENEW_MS) return viewing;
  page.close(viewing);
  const next = new Viewing({ ...said, id: random.id(), reason: 'renewed', open_ms: page.now_ms });
  next.said.position_ms = said.position_ms;
  next.start(page.now_ms);
  page.viewings.push(next);
  return next;
}

/** What the pages say that thank for an order: each time that one is opened the same, in a page view of its own; one page in ten tells of another order too, or is an older one that says less. */
export function buy(random) {
  const order = () => {
    const value = random.chance(0.8);
    const lines = Array.from({ length: random.of([0.7, 1], [0.25, 2], [0.05, 5]) }, () => ({ code: random.pick(soldAs)[0], quantity: random.of([0.8, 1], [0.2, random.int(2, 9)]), ...(value && { value_minor: random.int(100, 99_999) }) }));
    return { order: `2026-${random.int(1, 99_999)}`, ...(value && { currency: random.of([0.8, 'EUR'], [0.2, 'JPY']) }), lines };
  };
  const orders = [order(), ...(random.chance(0.1) ? [order()] : [])];
  const reports = random.of([0.7, 1], [0.2, 2], [0.1, 5]);
  let after_ms = 0;
  return Array.from({ length: reports }, (_, nth) => {
    after_ms += nth && random.about(4 * HOUR_MS);
    const purchases = nth && random.chance(0.1) ? [{ ...orders[0], lines: orders[0].lines.slice(0, 1) }] : orders;
    return { after_ms, beacon: { v: 1, id: random.id(), page_view: random.id(), n: 1, elapsed_ms: random.int(20, 3000), widget: '0.1.0', engine: 'js', language: 'nl', purchases } };
  });
}
