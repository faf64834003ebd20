// Who watches what plays: a WebSocket client of the studio, as a page is one.
import { createRequire } from 'node:module';
import { giveTokens, newTokens } from '../../scripts/tokens.mjs';

// The one that wrangler and selenium bring.
const WebSocket = createRequire(import.meta.url)('ws');

/** Makes tokens for brands, and for `operator`; resolves with them by name. */
export async function makeTokens({ port }, ...names) {
  const tokens = newTokens(names);
  await giveTokens(port, tokens);
  return tokens;
}

/** Watches one shard; `messages` are the states that came. Rejects with the status when the studio refuses. */
export function watch(stack, brand, token, shard) {
  return new Promise((done, fail) => {
    const socket = new WebSocket(`ws://127.0.0.1:${stack.port}/api/v1/brands/${brand}/live?shard=${shard}`, ['shelfreel.v1', `shelfreel.token.${token}`], { headers: { host: `studio.localhost:${stack.port}` } });
    const messages = [], waiting = new Set();
    const last = () => messages.at(-1);
    const look = () => waiting.forEach((one) => one());
    socket.on('message', (data) => {
      messages.push(JSON.parse(data));
      look();
    });
    socket.on('unexpected-response', (_, response) => fail(Object.assign(new Error(`refused with ${response.statusCode}`), { status: response.statusCode })));
    socket.on('error', fail);
    socket.on('open', () => done({
      messages, last, protocol: socket.protocol,
      /** Waits until the last message is so. */
      until: (what, is, { within_ms = 60_000 } = {}) => new Promise((found, missed) => {
        const end = setTimeout(() => missed(new Error(`${what}: not within ${within_ms} ms; the last was ${JSON.stringify(last())}`)), within_ms);
        const one = () => {
          if (!last() || !is(last())) return;
          clearTimeout(end);
          waiting.delete(one);
          found(last());
        };
        waiting.add(one);
        one();
      }),
      close: () => new Promise((closed) => {
        socket.once('close', closed);
        socket.close();
      }),
    }));
  });
}
