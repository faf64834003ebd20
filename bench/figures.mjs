// From what was measured to figures, and from figures to a table.

/** One figure of one subject: the middle of its runs, and how far they lie apart. */
export function figure(subject, metric, unit, values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  return { subject, metric, unit, median: round(median), min: round(sorted[0]), max: round(sorted.at(-1)), runs: sorted.length };
}

/** Four digits say more than any run holds. */
const round = (value) => (value === 0 ? 0 : Number(value.toPrecision(4)));

/** A row per metric, a column per subject: the median, and the runs' smallest and largest. */
export function table(figures) {
  const subjects = [...new Set(figures.map(({ subject }) => subject))];
  const rows = rowsOf(figures);
  const lines = [['', 'unit', ...subjects]];
  for (const [metric, row] of rows) {
    lines.push([metric, row[0].unit, ...subjects.map((subject) => cell(row.find((one) => one.subject === subject)))]);
  }
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((text, column) => (column < 2 ? text.padEnd(widths[column]) : text.padStart(widths[column]))).join('  ').trimEnd()).join('\n');
}

function rowsOf(figures) {
  const rows = new Map();
  for (const one of figures) rows.set(one.metric, [...(rows.get(one.metric) ?? []), one]);
  return rows;
}

const cell = (one) => (one ? `${one.median} (${one.min}–${one.max})` : '');
