// The stack with the demo's catalogue, in a process of its own, since wrangler needs a newer Node than may run the bench. Tells its port, and stops when whoever started it goes.
import { keepPinned } from '../../scripts/kept.mjs';
import { startDemo } from '../../tests/support/stack.mjs';

const stack = await startDemo();
await keepPinned(stack.port);
process.send({ port: stack.port });
process.on('disconnect', async () => {
  await stack.stop();
  process.exit();
});
