// `npm run bench -- lake`: what it takes to compact a lake, and to ask it: its Parquet, and the raw rows beside, by DuckDB.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DuckDBInstance, version } from '@duckdb/node-api';
import { cliBin } from '../scripts/build.mjs';
import { Told, root } from '../scripts/lib.mjs';
import { figure } from './figures.mjs';
import { generate } from './lake/generate.mjs';
import { buildAll } from './page.mjs';

/** What DuckDB may take: about what a small machine has. */
const MEMORY = '4GB';

export async function bench({ rounds, rows, keep }, say) {
  await buildAll('', ['cli']);
  const dir = keep ?? mkdtempSync(join(tmpdir(), 'shelfreel-bench-lake-'));
  try {
    const figures = [];
    const add = (subject, metric, unit, ...values) => figures.push(figure(subject, metric, unit, values));
    if (!existsSync(join(dir, 'lake/raw'))) await generate(dir, rows, say);
    say('counting what there is');
    const raw = await duckdb(dir);
    const [there] = await raw(`SELECT count(*) AS rows, sum(len(beacon.events)) AS events, sum(len(beacon.sessions)) AS snapshots, count(DISTINCT beacon_id) AS beacons FROM ${RAW}`);
    for (const [name, count] of Object.entries(there)) add('raw', `lake.${name}`, 'count', Number(count));
    const size = bytes(join(dir, 'lake/raw'));
    add('raw', 'lake.bytes', 'MB', size.bytes / 1e6);
    add('raw', 'lake.objects', 'count', size.objects);

    // In a folder that was kept there may be nothing to do.
    if (!existsSync(join(dir, 'lake/compacted'))) {
      say('compacting');
      const compacted = await compact(dir);
      add('parquet', 'compact.time', 's', compacted.time_s);
      add('parquet', 'compact.cpu', 's', compacted.cpu_s);
      add('parquet', 'compact.memory', 'MB', compacted.memory_mb);
    }
    const made = bytes(join(dir, 'lake/parquet'));
    add('parquet', 'lake.bytes', 'MB', made.bytes / 1e6);
    add('parquet', 'lake.objects', 'count', made.objects);

    const parquet = await duckdb(dir);
    for (const { name, ours, theirs, prepare } of questions()) {
      if (prepare) await parquet(prepare);
      const took = { parquet: [], raw: [] };
      const used = { parquet: [], raw: [] };
      for (let round = 0; round < rounds; round += 1) {
        say(`${name}, round ${round + 1} of ${rounds}`);
        const answers = {};
        for (const [subject, ask, sql] of [['parquet', parquet, ours], ['raw', raw, theirs]]) {
          const [began, before] = [performance.now(), process.cpuUsage()];
          answers[subject] = await ask(sql);
          const { user, system } = process.cpuUsage(before);
          took[subject].push(performance.now() - began);
          used[subject].push((user + system) / 1000);
        }
        say(`  ${Object.entries(used).map(([subject, ms]) => `${subject} ${Math.round(ms.at(-1))} ms of processor time`).join(', ')}`);
        if (!isDeepStrictEqual(answers.parquet, answers.raw)) throw new Told(`${name}: the Parquet answers other than the raw rows:\n${JSON.stringify(answers, undefined, 1).slice(0, 2000)}`);
        if (!round) add('parquet', `${name}.rows`, 'count', answers.parquet.length);
      }
      for (const subject of ['parquet', 'raw']) {
        add(subject, `${name}.time`, 'ms', ...took[subject]);
        add(subject, `${name}.cpu`, 'ms', ...used[subject]);
      }
    }
    return { figures, versions: `DuckDB ${version()} with ${MEMORY} of memory` };
  } finally {
    if (!keep) rmSync(dir, { recursive: true, force: true });
  }
}

async function duckdb(dir) {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`SET file_search_path = '${dir}'; SET memory_limit = '${MEMORY}'; SET temp_directory = '${join(dir, 'duckdb')}'; SET preserve_insertion_order = false`);
  return async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

/** All objects of a folder. */
function bytes(folder) {
  const files = readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name))).filter((one) => one.isFile());
  return { bytes: files.reduce((sum, { size }) => sum + size, 0), objects: files.length };
}

/** Runs the operator's tool on the folder; the memory is the most that it had resident, as the kernel keeps it. */
async function compact(dir) {
  const began = performance.now();
  const child = spawn(cliBin(), ['lake', 'compact', '--pending', '--dir', dir], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, TMPDIR: dir } });
  const used = { memory_mb: 0, cpu_s: 0 };
  const watch = setInterval(() => {
    try {
      used.memory_mb = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1000 || used.memory_mb;
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
      used.cpu_s = (Number(fields[11]) + Number(fields[12])) / 100;
    } catch {
      // It has ended.
    }
  }, 50);
  const [code] = await once(child, 'close');
  clearInterval(watch);
  if (code !== 0) throw new Told('the lake could not be compacted; what the tool said stands above');
  return { ...used, time_s: (performance.now() - began) / 1000 };
}

/** The raw rows, with the fields of them that are asked for. */
const RAW = `read_ndjson('lake/raw/*/*.ndjson.gz', columns = {
  beacon_id: 'VARCHAR', received_at_ms: 'BIGINT', shop: 'VARCHAR', bot: 'VARCHAR',
  beacon: 'STRUCT(page_view VARCHAR, events STRUCT(type VARCHAR)[], sessions STRUCT(id VARCHAR, seq BIGINT, elapsed_ms BIGINT, video VARCHAR, reason VARCHAR, started BIGINT, played_ms BIGINT, played BIGINT[][])[])'
})`;
const RAW_SESSIONS = `SELECT beacon_id, received_at_ms, shop, bot, beacon.page_view, unnest(beacon.sessions, max_depth := 2) FROM ${RAW}`;

/** Those of docs/lake.md, as they stand there, and the same of the raw rows: of copies and snapshots the one that counts is taken here as there. */
function questions() {
  const [one_line, view, figures, events] = [...readFileSync(join(root, 'docs/lake.md'), 'utf8').matchAll(/```sql\n(.*?)\n```/gs)].map(([, sql]) => sql);
  const best = (hour) => `QUALIFY row_number() OVER (PARTITION BY ${hour} page_view, id ORDER BY seq DESC, received_at_ms, beacon_id) = 1`;
  return [
    { name: 'one_line', ours: one_line, theirs: `SELECT video, shop, count(*) AS sessions, sum(started) AS starts, sum(played_ms) AS played_ms FROM (SELECT * FROM (SELECT received_at_ms, beacon_id, shop, page_view, id, seq, video, started, played_ms FROM (${RAW_SESSIONS})) ${best('received_at_ms // 3600000,')}) GROUP BY ALL ORDER BY ALL` },
    {
      name: 'figures', prepare: view, ours: figures,
      theirs: `SELECT video, time_bucket(INTERVAL 1 hour, make_timestamp((received_at_ms - elapsed_ms) * 1000)) AS start_hour, count(*) FILTER (reason <> 'renewed') AS sessions, count(*) FILTER (started = 1 AND reason <> 'renewed') AS starts, sum(list_sum(list_transform(played, lambda p: p[2] - p[1])))::BIGINT AS reached_ms FROM (SELECT * FROM (${RAW_SESSIONS}) ${best('')}) WHERE bot IS NULL AND elapsed_ms <= 129600000 GROUP BY ALL ORDER BY ALL`,
    },
    { name: 'events', ours: events, theirs: `SELECT type, count(*) AS events FROM (SELECT unnest(events, max_depth := 2) FROM (SELECT beacon.events AS events FROM ${RAW} QUALIFY row_number() OVER (PARTITION BY beacon_id ORDER BY received_at_ms) = 1)) GROUP BY ALL ORDER BY ALL` },
  ];
}
