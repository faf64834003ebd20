// What the figures should be: tests/oracles/figures.py over the log of deliveries.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../scripts/lib.mjs';

/** Answers questions as docs/api.md has them; `phases` are lists of rows, each delivered before the next began. */
export async function judge(questions, phases) {
  const dir = mkdtempSync(join(tmpdir(), 'shelfreel-oracle-'));
  try {
    const files = phases.map((rows, nth) => join(dir, `${nth}.ndjson`));
    for (const [nth, rows] of phases.entries()) writeFileSync(files[nth], rows.map((row) => JSON.stringify(row)).join('\n'));
    const asked = join(dir, 'questions.json');
    writeFileSync(asked, JSON.stringify(questions));
    const { stdout } = await promisify(execFile)('python3', ['-B', join(root, 'tests/oracles/figures.py'), asked, ...files], { maxBuffer: 2 ** 30 });
    return JSON.parse(stdout);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
