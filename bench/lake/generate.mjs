// A lake as it is after three days of many shoppers: simulated rows (tests/simulator), gzipped a hundred to an object as the consumer of the queue does.
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { deliveries } from '../../tests/simulator/deliveries.mjs';
import { seeded } from '../../tests/simulator/random.mjs';

const zip = promisify(gzip);
/** A bench's own seed: the same shoppers every time. */
const SEED = 4;
/** Simulating is what takes long: so many page views are simulated, and those beyond are the same shoppers with identifiers of their own. */
const MOST_PAGE_VIEWS = 20_000;
const ROWS_A_PAGE_VIEW = 5.4;
/** As a batch of the queue brings them. */
const ROWS_AN_OBJECT = 100;
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Writes about so many rows into `dir`; how many there are, and what is in them. */
export async function generate(dir, rows, say) {
  const base = deliveries({ seed: SEED, page_views: Math.min(MOST_PAGE_VIEWS, Math.ceil(rows / ROWS_A_PAGE_VIEW)) }).map(told).map((row) => ({ row, hour: new Date(row.received_at_ms).toISOString().slice(0, 13) }));
  const copies = Math.max(1, Math.round(rows / base.length));
  const made = { rows: 0, events: 0, sessions: 0, bytes: 0, gzipped: 0, objects: 0 };
  const hours = [...new Set(base.map(hourOf))].sort();
  for (const hour of hours) {
    const group = base.filter((row) => hourOf(row) === hour);
    const lines = group.map(({ row }) => JSON.stringify(row));
    made.events += copies * count(group, 'events');
    made.sessions += copies * count(group, 'sessions');
    mkdirSync(join(dir, 'lake/raw', hour), { recursive: true });
    for (let copy = 0; copy < copies; copy += 1) {
      const written = renamed(lines, copy);
      await Promise.all(batches(written).map((batch) => write(dir, hour, batch, made)));
      made.rows += written.length;
    }
    say(`lake/raw/${hour}: ${made.rows} rows so far`);
  }
  return made;
}

/** As the lake names hours. */
const hourOf = ({ hour }) => hour;
const count = (rows, what) => rows.reduce((sum, { row }) => sum + row.beacon[what].length, 0);
const batches = (lines) => Array.from({ length: Math.ceil(lines.length / ROWS_AN_OBJECT) }, (_, nth) => lines.slice(nth * ROWS_AN_OBJECT, (nth + 1) * ROWS_AN_OBJECT));

/** The simulator tells snapshots alone; widgets tell what happened too: about what led to each snapshot. */
function told(row) {
  const events = [];
  const happen = (type, more) => events.push({ at_ms: Math.max(0, row.beacon.elapsed_ms - 5), type, ...more });
  for (const { id, seq, viewable, opened } of row.beacon.placements ?? []) {
    if (seq === 1) happen('impression', { placement: id });
    if (seq === 1 && viewable) happen('viewable', { placement: id });
    if (opened) happen('open', { placement: id });
  }
  for (const { id, seq, placement, state, position_ms } of row.beacon.sessions ?? []) {
    const type = seq === 1 ? 'play' : { playing: 'percent_progress', paused: 'pause', ended: 'end', seeking: 'seek_start', rebuffering: 'buffer_start', error: 'error', quit: 'close' }[state];
    if (type) happen(type, { placement, session: id, position_ms });
  }
  return { ...row, beacon: { ...row.beacon, placements: row.beacon.placements ?? [], sessions: row.beacon.sessions ?? [], events } };
}

/** The same with other identifiers (22 of base64url's characters, of which the last has four values); the first is as it is. */
function renamed(lines, copy) {
  if (!copy) return lines;
  const random = seeded(copy);
  const keys = Array.from({ length: 21 }, () => random.int(0, 63));
  const other = (id) => {
    let text = '';
    for (let at = 0; at < 21; at += 1) text += BASE64[(BASE64.indexOf(id[at]) + keys[at]) % 64];
    return text + id[21];
  };
  return lines.map((line) => line.replace(/"([\w-]{21}[AQgw])"/g, (_, id) => `"${other(id)}"`));
}

async function write(dir, hour, lines, made) {
  const text = `${lines.join('\n')}\n`;
  const bytes = await zip(text);
  await writeFile(join(dir, 'lake/raw', hour, `${createHash('sha256').update(text).digest('hex').slice(0, 32)}.ndjson.gz`), bytes);
  made.bytes += Buffer.byteLength(text);
  made.gzipped += bytes.length;
  made.objects += 1;
}
