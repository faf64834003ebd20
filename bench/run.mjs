// `npm run bench -- NAME`: measures side by side with peers and prints a table, with `--json` one line per figure.
// bench/README.md says what each figure means. Figures go to stdout, everything else to stderr.
import { existsSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Told, main } from '../scripts/lib.mjs';
import { table } from './figures.mjs';

const benches = ['edge', 'playback', 'viewing', 'lake', 'page', 'lighthouse'];

const usage = `npm run bench -- NAME [--json] [--rounds N] [--only SUBJECTS] [--seconds S] [--connections N] [--page-views N] [--samples N] [--rows N] [--keep DIR]
  NAME           one of: ${benches.join(', ')}
  --json         one line per figure instead of a table
  --rounds       how often each figure is taken (5)
  --only         page: only these subjects, viewing: only these viewings, by name, with commas between them
  --seconds      edge, playback: how long each is taken for (4)
  --connections  edge, playback: how many are kept open while it is (16)
  --page-views   playback: of how many the ledgers are measured with (4000)
  --samples      playback: how often the way to the screen is (100)
  --rows         lake: how many it has (100000)
  --keep         lake: a folder that stays; what is there already is not made again
bench/README.md says what is measured.`;

await main(async () => {
  const { name, options } = read(process.argv.slice(2));
  const say = (text) => process.stderr.write(`${text}\n`);
  const { bench } = await import(`./${name}.mjs`);
  const { figures, versions } = await bench(options, say);
  if (options.json) {
    for (const figure of figures) process.stdout.write(`${JSON.stringify({ bench: name, ...figure })}\n`);
    say(machine(versions));
  } else {
    process.stdout.write(`\n${machine(versions)}\n${table(figures)}\n`);
  }
});

function read(argv) {
  let parsed;
  try {
    parsed = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '5' },
        only: { type: 'string' },
        seconds: { type: 'string', default: '4' },
        connections: { type: 'string', default: '16' },
        'page-views': { type: 'string', default: '4000' },
        samples: { type: 'string', default: '100' },
        rows: { type: 'string', default: '100000' },
        keep: { type: 'string' },
      },
    });
  } catch (error) {
    throw new Told(`${error.message}\n\n${usage}`);
  }
  const [name, ...others] = parsed.positionals;
  if (!benches.includes(name) || others.length) throw new Told(usage);
  const { json, only, keep, ...numbers } = parsed.values;
  const options = { json, only: only?.split(','), keep: keep && resolve(keep) };
  for (const [key, text] of Object.entries(numbers)) {
    const number = Number(text);
    if (!Number.isInteger(number) || number < 1) throw new Told(`--${key} is a whole number of at least 1, not ${text}`);
    options[key.replace('-', '_')] = number;
  }
  return { name, options };
}

function machine(versions) {
  const [{ model }] = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  const container = existsSync('/.dockerenv') || existsSync('/run/.containerenv') ? ', in a container' : '';
  return `${model.trim()}, ${cpus().length} cores, ${gib} GiB, Linux ${release()}${container}; ${versions}`;
}
