// Watches what plays now: one WebSocket a shard, each message a whole state, so that the last of each shard is all there is to know.

/** What is counted, and its name. */
const FIGURES = { impressions: 'Impressions', sessions: 'Films opened', starts: 'Content starts', completions: 'Completions', carts: 'Put into the cart' };

const LISTS = { video: 'Film', product: 'Product', category: 'Category', series: 'Series', language: 'Language', shop: 'Shop' };

/** A socket that is silent for so long is asked; one that does not answer within as long again is taken for dead. */
const SILENT_MS = 20_000;

const $ = (id) => document.getElementById(id);
const element = (name, text, attributes = {}) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};

let watching;

$('who').addEventListener('submit', (event) => {
  event.preventDefault();
  enter($('brand').value.trim(), $('token').value.trim());
});
$('leave').addEventListener('click', () => {
  sessionStorage.clear();
  leave('');
  $('brand').focus();
});

// `#brand/token` is what `npm start` prints: a fragment goes to no server, and does not stay in the address.
const [, ...named] = /^#([^/]+)\/(sfr_[\w-]+)$/.exec(location.hash) ?? [];
if (named.length) history.replaceState(null, '', location.pathname);
// In this tab alone: nobody wants to type a token again for having loaded the page anew.
const [brand, token] = named.length ? named : [sessionStorage.getItem('brand'), sessionStorage.getItem('token')];
if (brand && token) enter(brand, token);

/** Asks once over HTTP, which says what is wrong where a WebSocket does not, and how many shards there are. */
async function enter(brand, token) {
  $('refused').textContent = '';
  let first;
  try {
    const answer = await fetch(`/api/v1/brands/${encodeURIComponent(brand)}/live`, { headers: { authorization: `Bearer ${token}` } });
    first = await answer.json();
    if (!answer.ok) return leave(first.detail);
  } catch {
    return leave('The studio did not answer. Try again.');
  }
  sessionStorage.setItem('brand', brand);
  sessionStorage.setItem('token', token);
  watching?.stop();
  $('who').hidden = true;
  $('live').hidden = false;
  $('of').textContent = brand;
  lay();
  show(first);
  watching = watch(brand, token, first.shards);
}

function leave(why) {
  watching?.stop();
  watching = undefined;
  $('who').hidden = false;
  $('live').hidden = true;
  $('connection').textContent = '';
  $('refused').textContent = why;
}

/** One socket for each shard; what they say together is shown once a frame at most. */
function watch(brand, token, shards) {
  const states = Array(shards).fill(undefined);
  const open = Array(shards).fill(false);
  let asked = 0;
  const changed = () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      if (states.every(Boolean)) show(states.reduce(together));
      const count = open.filter(Boolean).length;
      $('connection').textContent = count === shards ? 'Live' : `Connecting again: ${count} of ${shards} connections stand, what the others said last is shown`;
    });
  };
  const sockets = states.map((_, shard) => connect(brand, token, shard, {
    state: (state) => { states[shard] = state; changed(); },
    open: (is) => { open[shard] = is; changed(); },
  }));
  return {
    stop() {
      cancelAnimationFrame(asked);
      for (const socket of sockets) socket.stop();
    },
  };
}

/** Connects for as long as it is wanted: again after half a second, then twice as long each time, up to half a minute, each by chance a little sooner. */
function connect(brand, token, shard, tell) {
  let socket, timer, silence, tries = 0, stopped = false;
  const begin = () => {
    const address = new URL(`/api/v1/brands/${encodeURIComponent(brand)}/live?shard=${shard}`, location);
    address.protocol = address.protocol.replace('http', 'ws');
    socket = new WebSocket(address, ['shelfreel.v1', `shelfreel.token.${token}`]);
    const heard = (once) => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        if (once) return socket.close();
        socket.send('ping');
        heard(true);
      }, SILENT_MS);
    };
    socket.onopen = () => heard();
    socket.onmessage = ({ data }) => {
      heard();
      if (data === 'pong') return;
      tries = 0;
      tell.open(true);
      tell.state(JSON.parse(data));
    };
    socket.onclose = () => {
      clearTimeout(silence);
      if (stopped) return;
      tell.open(false);
      timer = setTimeout(begin, Math.min(30_000, 500 * 2 ** tries++) * (0.5 + Math.random() / 2));
    };
  };
  begin();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      clearTimeout(silence);
      socket.close();
    },
  };
}

/** Two shards' states as one: counts add up, second by second as of the later. */
function together(one, other) {
  const at_ms = Math.max(one.at_ms, other.at_ms);
  const sum = (of) => Object.fromEntries(Object.keys(FIGURES).map((figure) => [figure, of(one, figure) + of(other, figure)]));
  const seconds = (state, figure) => {
    const gone = Math.min(60, Math.floor(at_ms / 1000) - Math.floor(state.at_ms / 1000));
    return [...state.seconds[figure].slice(gone), ...Array(gone).fill(0)];
  };
  const list = (by) => {
    const counted = new Map(one.playing[by].named);
    for (const [name, count] of other.playing[by].named) counted.set(name, (counted.get(name) ?? 0) + count);
    return { named: [...counted], others: one.playing[by].others + other.playing[by].others };
  };
  return {
    at_ms,
    playing: { sessions: one.playing.sessions + other.playing.sessions, ...Object.fromEntries(Object.keys(LISTS).map((by) => [by, list(by)])) },
    minute: sum((state, figure) => state.minute[figure]),
    hour: sum((state, figure) => state.hour[figure]),
    seconds: Object.fromEntries(Object.keys(FIGURES).map((figure) => [figure, seconds(one, figure).map((count, at) => count + seconds(other, figure)[at])])),
  };
}

/** The tables' frames: rows come and go, tables stay. */
function lay() {
  $('counts').tBodies[0].replaceChildren(...Object.entries(FIGURES).map(([figure, name]) => row(name, [0, 0], figure)));
  $('lists').replaceChildren(...Object.entries(LISTS).map(([by, name]) => {
    const section = element('section');
    const table = element('table', undefined, { 'data-by': by });
    const head = element('thead');
    head.append(element('tr'));
    head.rows[0].append(element('th', name, { scope: 'col' }), element('th', 'playing', { scope: 'col' }));
    table.append(element('caption', `By ${name.toLowerCase()}`), head, element('tbody'));
    section.append(table);
    return section;
  }));
}

function row(name, counts, figure) {
  const made = element('tr', undefined, figure ? { 'data-figure': figure } : {});
  made.append(element('th', name, { scope: 'row' }), ...counts.map((count) => element('td', number(count))));
  return made;
}

/** As wide as the others, so that the line above it is. */
function nothing() {
  const made = row('nothing plays', []);
  made.cells[0].colSpan = 2;
  return made;
}

const number = (count) => count.toLocaleString('en');

function show(state) {
  $('now').textContent = number(state.playing.sessions);
  for (const tr of $('counts').tBodies[0].rows) {
    const { figure } = tr.dataset;
    [state.minute, state.hour].forEach((counts, at) => { tr.cells[at + 1].textContent = number(counts[figure]); });
  }
  for (const table of $('lists').querySelectorAll('table')) {
    const { named, others } = state.playing[table.dataset.by];
    const sorted = named.toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1)).slice(0, 10);
    const rest = others + named.reduce((sum, [, count]) => sum + count, 0) - sorted.reduce((sum, [, count]) => sum + count, 0);
    const rows = sorted.map(([name, count]) => row(name || 'not said', [count]));
    if (rest) rows.push(row('others', [rest]));
    if (!rows.length) rows.push(nothing());
    table.tBodies[0].replaceChildren(...rows);
  }
  draw(state.seconds.starts);
  say(state.playing.sessions);
}

/** A bar a second; the tallest fills the height, but one start alone does not. */
function draw(counts) {
  const most = Math.max(4, ...counts);
  $('spark').replaceChildren(...counts.flatMap((count, at) => {
    if (!count) return [];
    const bar = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    const height = (count / most) * 20;
    for (const [name, value] of Object.entries({ x: at + 0.1, y: 20 - height, width: 0.8, height })) bar.setAttribute(name, value);
    return [bar];
  }));
}

let spoke_ms = 0;

/** For who does not see it: the number, at most every ten seconds, and only when it is another. */
function say(playing) {
  const text = `${number(playing)} playing now`;
  if ($('said').textContent === text || Date.now() - spoke_ms < 10_000) return;
  spoke_ms = Date.now();
  $('said').textContent = text;
}
