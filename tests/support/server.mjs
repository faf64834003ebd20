// A small server on a free port of its own.
import { createServer } from 'node:http';

/**
 * Starts it; `origin(name)` is its address under a name that browsers take for this machine. Stopping cuts every connection, also those under way.
 * Whoever asks may go away in the middle of it: that is no error of the test. `gone(true)` is as if there were no way to it: it cuts every connection, and each that comes.
 */
export async function serve(answer) {
  let isGone = false;
  const server = createServer(async (incoming, outgoing) => {
    try {
      await answer(incoming, outgoing);
    } catch {
      outgoing.destroy();
    }
  });
  server.on('connection', (socket) => isGone && socket.destroy());
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  return {
    port,
    gone: (is) => {
      isGone = is;
      if (is) server.closeAllConnections();
    },
    origin: (name) => `http://${name}.localhost:${port}`,
    stop: () => new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    }),
  };
}
