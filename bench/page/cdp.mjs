// Chromium by its own protocol, over a pipe: what a driver does not tell is in it (transferred bytes, traces, throttling).
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Told } from '../../scripts/lib.mjs';

/** Starts it; `send(method, params, session)` asks, `on(session, hear)` hears each event of a session as `hear(method, params)`. Nothing outside this machine can be reached. */
export async function startBrowser(binary) {
  const profile = mkdtempSync(join(tmpdir(), 'shelfreel-bench-'));
  const child = spawn(
    binary,
    [
      '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--mute-audio', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--disable-extensions', '--disable-features=Translate,OptimizationHints', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE *.localhost', `--user-data-dir=${profile}`,
      '--remote-debugging-pipe', 'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  );
  const [, , , into, from] = child.stdio;
  const waiting = new Map();
  const hearing = new Map();
  let last = 0;
  let rest = [];

  const hear = (text) => {
    const { id, error, result, method, params, sessionId = '' } = JSON.parse(text);
    if (!id) return hearing.get(sessionId)?.(method, params);
    const { done, fail, what } = waiting.get(id);
    waiting.delete(id);
    return error ? fail(new Error(`${what}: ${error.message}`)) : done(result);
  };
  from.on('data', (chunk) => {
    for (let end; (end = chunk.indexOf(0)) >= 0; chunk = chunk.subarray(end + 1)) {
      const text = Buffer.concat([...rest, chunk.subarray(0, end)]).toString('utf8');
      rest = [];
      hear(text);
    }
    rest.push(chunk);
  });
  const ended = new Promise((done) => child.on('close', done));
  ended.then(() => waiting.forEach(({ fail, what }) => fail(new Told(`Chromium ended during ${what}`))));

  return {
    send: (method, params = {}, sessionId = undefined) =>
      new Promise((done, fail) => {
        waiting.set(++last, { done, fail, what: method });
        into.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
      }),
    on: (sessionId, hear) => hearing.set(sessionId, hear),
    off: (sessionId) => hearing.delete(sessionId),
    stop: async () => {
      child.kill();
      await ended;
      // What it has started may write for a moment longer.
      await rm(profile, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
    },
  };
}
