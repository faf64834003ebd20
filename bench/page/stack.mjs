// The stack with the demo's catalogue and all of the widget, in a process of its own, since wrangler needs a newer Node than may run the bench. Tells its port, and stops when whoever started it goes.
import { startWhole } from '../../tests/support/stack.mjs';

const stack = await startWhole();
process.send({ port: stack.port });
process.on('disconnect', async () => {
  await stack.stop();
  process.exit();
});
