// A stack with the demo catalogue that several test files share: run by `npm test`, which gives them its address (SHELFREEL_STACK). Ends when its input does.
import { serve } from './server.mjs';
import { readRows, startDemo } from './stack.mjs';

const stack = await startDemo();
const { LAKE } = await stack.env();
const read = new Map();

const lake = await serve(async (incoming, outgoing) => {
  const { searchParams } = new URL(incoming.url, 'http://lake');
  const rows = await readRows(LAKE, searchParams.get('prefix'), read);
  outgoing.end(JSON.stringify(rows.filter(({ origin }) => !searchParams.get('origin') || origin === searchParams.get('origin'))));
});

process.stdin.on('end', async () => {
  await lake.stop();
  await stack.stop();
  process.exit();
}).resume();
process.stdout.write(`SHELFREEL_STACK=${stack.port}/${lake.port}\n`);
