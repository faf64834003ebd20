// How many different shoppers, on real workerd: counted beside by the test itself, for so few are exact. Neither order nor repetition nor a replay changes a number, and nobody else's are told.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { breakableConfig, emptyBeacon, eventually, newId, sendBeacon, startStack } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const DAY_MS = 86_400_000;
const BRANDS = { film: 'kenwick', guide: 'kenwick', rival: 'solvane' };
const catalogue = [
  { key: 'shop:shop_demo', value: JSON.stringify({ v: 1, origins: ['*'] }) },
  ...Object.entries(BRANDS).map(([video, brand]) => ({ key: `video:${video}`, value: JSON.stringify({ v: 1, brand, duration_ms: 8000 }) })),
  ...['kenwick', 'solvane', 'operator'].map((name) => ({ key: `token:${createHash('sha256').update(`sfr_${name}`).digest('hex')}`, value: JSON.stringify(name === 'operator' ? { v: 1, operator: true } : { v: 1, brand: name }) })),
];

const world = useWorld({
  // Its double of the studio says which messages were acknowledged.
  stack: () => startStack({ 'studio/wrangler.toml': breakableConfig('studio/wrangler.toml', 'tests/faults/studio.mjs') }),
  catalogue: ({ stack }) => stack.ask('localhost', '/client/v4/accounts/local/storage/kv/namespaces/CATALOG/bulk', { method: 'PUT', body: JSON.stringify(catalogue) }),
});

const call = (path, { as = 'kenwick', method = 'GET', body } = {}) => world.stack.ask('studio', `/api/v1${path}`, { method, body, headers: as ? { authorization: `Bearer sfr_${as}` } : {} });
const dayOf = (ms) => new Date(ms).toISOString().slice(0, 10);
const today_ms = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const [threeAgo, yesterday, today, tomorrow] = [-3, -1, 0, 1].map((days) => dayOf(today_ms + days * DAY_MS));

async function visitors(query, { as = 'kenwick', from = threeAgo, to = today } = {}) {
  const answer = await call(`/brands/${as}/visitors?from=${from}&to=${to}${query}`, { as });
  assert.equal(answer.status, 200, answer.text());
  return answer.json();
}

/** A row as the edge writes it: of a placement, and of a session where something was watched. */
function row({ visitor, own, shop = 'shop_demo', received_at_ms, shown = ['film', 'rival'], watched, bot, consent = true }) {
  const placement = { id: newId(), seq: 1, elapsed_ms: 2000, code: 'gtin:08710103937746', videos: shown, layout: 'button', shown: 1, viewable: 1, opened: 1, cart: 0 };
  const session = { id: newId(), seq: 1, elapsed_ms: 1500, placement: placement.id, video: watched, language: 'nl', state: 'playing', reason: 'tap', position_ms: 0, duration_ms: 8000, startup_ms: 100, started_ms: 100, started: 1, ended: 0, playing_ms: 0, played_ms: 0, rebuffering_ms: 0, rebuffers: 0, seeks: 0, pauses: 0, rate_changes: 0, errors: 0, played: [] };
  const beacon = emptyBeacon({ elapsed_ms: 2500, placements: [placement], sessions: watched ? [session] : [], ...(consent && { consent: { measurement: true, ...(own && { visitor: own }) } }) });
  const videos = Object.fromEntries(Object.entries(BRANDS).map(([video, brand]) => [video, { v: 1, brand, duration_ms: 8000 }]));
  return { v: 1, beacon_id: beacon.id, shop, received_at_ms, origin: '', country: 'NL', device: 'phone', ...(bot && { bot }), ...(visitor && { visitor }), videos, beacon };
}

/** Sixty rows of twenty shoppers, seven of whom the shop calls by names of its own, on three days in two shops; and what must not count. */
const rows = Array.from({ length: 60 }, (_, nth) => {
  const [who, days, shop] = [(nth * 7) % 20, 1 + (nth % 3), ['shop_demo', 'shop_zuid'][nth % 2]];
  const hash = createHash('sha256').update(`${who} ${days} ${shop}`).digest('base64url').slice(0, 22);
  return row({ visitor: hash, own: who < 7 ? `customer-${who}` : undefined, shop, received_at_ms: today_ms - days * DAY_MS + DAY_MS / 2 + nth, shown: nth % 4 ? ['film', 'rival'] : ['film', 'guide'], watched: [undefined, 'film', 'guide', 'rival'][nth % 4] });
});
const noon_ms = today_ms - DAY_MS / 2;
const nobody = [row({ visitor: newId(), own: 'crawler', received_at_ms: noon_ms, bot: 'user_agent', watched: 'film' }), row({ visitor: newId(), received_at_ms: noon_ms, consent: false, watched: 'film' }), row({ received_at_ms: noon_ms, watched: 'film' })];

/** What these rows should be answered with, in sets. */
function count(brand, { identity, by = [], shop, video }) {
  const groups = new Map();
  for (const { shop: at, received_at_ms, visitor, beacon } of rows) {
    const name = identity === 'day' ? visitor : beacon.consent.visitor && `${at} ${beacon.consent.visitor}`;
    const films = [...beacon.placements[0].videos.map((film) => ['shown', film]), ...beacon.sessions.map((session) => ['watched', session.video])];
    for (const [what, film] of name ? films : []) {
      if (BRANDS[film] !== brand || (shop && at !== shop) || (video && film !== video)) continue;
      const of = { day: dayOf(received_at_ms), shop: at, video: film };
      const key = by.map((name) => of[name]).join();
      if (!groups.has(key)) groups.set(key, { ...Object.fromEntries(by.map((name) => [name, of[name]])), shown: new Set(), watched: new Set() });
      groups.get(key)[what].add(name);
    }
  }
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, { shown, watched, ...of }]) => ({ ...of, ...exactly('shown', shown.size), ...exactly('watched', watched.size) }));
}

const exactly = (what, count) => ({ [what]: count, [`${what}_low`]: count, [`${what}_high`]: count });

const QUESTIONS = ['day', 'shop'].flatMap((identity) => [{}, { by: ['day'] }, { by: ['shop', 'day'] }, { by: ['video'] }, { by: ['day', 'shop', 'video'] }, { shop: 'shop_zuid' }, { by: ['shop'], video: 'film' }, { by: ['day'], shop: 'shop_demo', video: 'guide' }].map((question) => ({ identity, ...question })));

async function answersAreTrue(question, brand) {
  const { by = [], ...more } = question;
  const answer = await visitors(Object.entries({ ...more, ...(by.length && { by: by.join() }) }).map(([name, value]) => `&${name}=${value}`).join(''), { as: brand });
  const [total] = count(brand, { ...question, by: [] });
  const nothing = { ...exactly('shown', 0), ...exactly('watched', 0) };
  assert.deepEqual(answer, { v: 1, brand, from: threeAgo, to: today, identity: question.identity, by, estimate: true, total: total ?? nothing, ...(by.length && { rows: count(brand, question) }) });
}

async function allAreTrue() {
  for (const brand of ['kenwick', 'solvane']) for (const question of QUESTIONS) await answersAreTrue(question, brand);
}

/** How many messages there were. */
let sent = 0;

/** Waits until all have been acknowledged, and so are counted by every object that they concern. */
const settled = () => eventually('an acknowledgement of each', async () => (await world.stack.ask('studio', '/__faults')).json().reduce((sum, { acknowledged }) => sum + acknowledged, 0) >= sent);

async function deliverAll(...batches) {
  const { PLAYBACK } = await world.stack.env('shelfreel-edge');
  for (const batch of batches) {
    await PLAYBACK.sendBatch(batch.map((row) => ({ body: JSON.stringify(row), contentType: 'text' })));
    sent += batch.length;
  }
  await settled();
}

/** A hash of somebody whom a certain one of the sixteen objects knows. */
function visitorIn(shard) {
  const name = (id) => createHash('sha256').update(`day\nshop_demo\n${id}`).digest();
  for (;;) {
    const id = newId();
    if (name(id)[0] % 16 === shard) return id;
  }
}

test('shoppers are counted once each, by day, shop and film, as the test counts them', async () => {
  await deliverAll([...rows, ...nobody]);
  await allAreTrue();
});

test('a second delivery, in another order and with repetitions, changes nothing', async () => {
  await deliverAll(rows.toReversed(), [...rows.slice(20), ...rows.slice(0, 5)]);
  await allAreTrue();
});

test('at midnight a shopper is counted once by the hashes of the two days, and on both days by the shop’s id', async () => {
  const before = await visitors('&by=day&identity=shop', { from: yesterday, to: tomorrow });
  const own = 'night-owl', of = (answer, day) => answer.rows.find((row) => row.day === day) ?? { shown: 0 };
  // Shown half a second before, watched from a tenth of a second after.
  const late = row({ visitor: newId(), own, shop: 'shop_night', received_at_ms: today_ms + 1500, watched: 'film' });
  await deliverAll([late]);
  const after = await visitors('&by=day&identity=shop', { from: yesterday, to: tomorrow });
  assert.equal(of(after, today).watched, 1);
  assert.equal(of(after, yesterday).shown, of(before, yesterday).shown + 1);
  const { total, rows: [night] } = await visitors('&by=day&shop=shop_night', { from: yesterday, to: tomorrow });
  assert.deepEqual([night.day, total.shown, total.watched], [today, 0, 1]);
});

test('a shopper who agreed is known by the edge’s hash, and who did not is not', async () => {
  await world.stack.harness.getWorker('shelfreel-studio').scheduled({ cron: '* * * * *', scheduledTime: new Date() });
  const now = new Date();
  const send = (agent, consent) => {
    const { beacon } = row({ received_at_ms: now.getTime(), shown: ['guide'], consent });
    return sendBeacon(world.stack, beacon, 'shop_demo', { 'user-agent': `Mozilla/5.0 (iPhone) Mobile ${agent}` });
  };
  const guide = (more = '') => visitors(`&video=guide&shop=shop_demo${more}`, { from: today, to: dayOf(today_ms + 2 * DAY_MS) });
  for (const agent of [1, 2, 1, 3, 1]) assert.equal((await send(agent, true)).status, 204);
  assert.equal((await send(4, false)).status, 204);
  sent += 6;
  await settled();
  assert.equal((await guide()).total.shown, 3);
  assert.equal((await guide('&identity=shop')).total.shown, 0);
});

test('what was too old to be taken is brought in by a replay, and stays when what was met is forgotten', async () => {
  const long_ago_ms = today_ms - 60 * DAY_MS;
  const span = { from: dayOf(long_ago_ms), to: dayOf(long_ago_ms + DAY_MS) };
  const inBoth = (more) => [3, 11].map((shard) => row({ visitor: visitorIn(shard), watched: 'film', ...more }));
  const old = inBoth({ received_at_ms: long_ago_ms + DAY_MS / 2 });
  // Both objects have seen today: what is 60 days old is too old.
  await deliverAll(inBoth({ received_at_ms: today_ms + 5000 }));
  await deliverAll(old);
  assert.equal((await visitors('', span)).total.shown, 0);
  const begun = await call('/replays', { as: 'operator', method: 'POST', body: JSON.stringify({ from: `${span.from}T00`, to: `${span.to}T00` }) });
  assert.equal(begun.status, 201, begun.text());
  const { id } = begun.json();
  for (const some of [old, old.slice(1)]) assert.equal((await call(`/replays/${id}/rows`, { as: 'operator', method: 'POST', body: some.map((row) => JSON.stringify(row)).join('\n') })).status, 200);
  assert.equal((await call(`/replays/${id}`, { as: 'operator', method: 'DELETE' })).status, 204);
  const { total } = await visitors('', span);
  assert.deepEqual([total.shown, total.watched], [2, 2]);

  const { VISITORS } = await world.stack.env('shelfreel-studio');
  const object = VISITORS.getByName('kenwick/apart');
  const ask = async (path, body) => (await object.fetch(`http://object/${path}`, body && { method: 'POST', body: JSON.stringify(body) })).json();
  const tell = (day) => ask('tell', { visits: [{ visitor: newId(), day, what: { met: { identity: 'day', shop: 'shop_demo', touches: [{ video: 'film', day, shown_ms: day * DAY_MS, watched_ms: null, facts: { brand: 'kenwick' } }] } } }], keeps: false });
  const [then, now] = [long_ago_ms / DAY_MS, today_ms / DAY_MS];
  for (const day of [then, now]) assert.deepEqual((await tell(day)).not_taken, []);
  assert.equal((await ask('state')).touches, 1);
  const days = async () => (await ask('count', { from_day: 0, to_day: now + 9999, identity: 'day', by: ['day'], only: [] })).map(({ values: [day] }) => day);
  assert.deepEqual(await days(), [span.from, today]);
});

test('how many there were is kept for three years and a day, and a wrong clock makes nobody forget', async () => {
  const { VISITORS } = await world.stack.env('shelfreel-studio');
  const object = VISITORS.getByName('kenwick/apart too');
  const ask = async (path, body) => (await object.fetch(`http://object/${path}`, { method: 'POST', body: JSON.stringify(body) })).json();
  const tell = async (day) => assert.deepEqual((await ask('tell', { visits: [{ visitor: newId(), day, what: { met: { identity: 'day', shop: 'shop_demo', touches: [{ video: 'film', day, shown_ms: day * DAY_MS, watched_ms: null, facts: { brand: 'kenwick' } }] } } }], keeps: false })).not_taken, []);
  const now = today_ms / DAY_MS;
  const days = async () => (await ask('count', { from_day: 0, to_day: now + 9999, identity: 'day', by: ['day'], only: [] })).map(({ values: [day] }) => Date.parse(day) / DAY_MS - now);
  // The longest span that can be asked for.
  const kept = 3 * 366 + 1;
  for (const day of [now - kept - 1, now - kept, now - 1]) await tell(day);
  assert.deepEqual(await days(), [-kept - 1, -kept, -1]);
  await tell(now);
  assert.deepEqual(await days(), [-kept, -1, 0]);
  await tell(now + 5000);
  assert.deepEqual((await days()).slice(-3), [-1, 0, 5000]);
});

test('nobody sees another’s, and what cannot be meant is told with what would be right', async () => {
  const path = `/brands/kenwick/visitors?from=${threeAgo}&to=${today}`;
  const status = async (as) => (await call(path, { as })).status;
  assert.deepEqual([await status('kenwick'), await status('operator'), await status('solvane'), await status(null)], [200, 200, 404, 401]);
  for (const [more, detail] of [['&tz=Europe/Amsterdam', /^tz: visitors are of UTC days/], ['&by=country', /^by: "country" is nothing that visitors are told apart by: there are day, shop, video/], ['&identity=person', /^identity: "person" should be day/], [`&to=${tomorrow}`, /^to stands more than once/]]) {
    const wrong = await call(path + more);
    assert.deepEqual([wrong.status, wrong.headers['content-type']], [400, 'application/problem+json']);
    assert.match(wrong.json().detail, detail);
  }
});
