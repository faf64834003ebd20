// The load: wrk, which asks as fast as it is answered.
import { spawn } from 'node:child_process';
import { Told, has } from '../scripts/lib.mjs';

export function needWrk() {
  // `wrk --version` ends with a failure, having said its version.
  if (!has('sh', ['-c', 'command -v wrk'])) throw new Told('wrk makes the load, and is missing.\n  sudo apt-get install wrk   (macOS has no /proc, which the processor time is read from: use Linux)');
  if (!has('taskset', ['--version'])) throw new Told('taskset keeps load and worker on cores of their own, and is missing.\n  sudo apt-get install util-linux');
}

/** Runs a script for some seconds; what its `done` printed as JSON. */
export function load({ port, script, paths, seconds, connections, core }) {
  const args = ['-c', String(core), 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, `http://127.0.0.1:${port}`, '--', paths];
  return new Promise((done, fail) => {
    const child = spawn('taskset', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('error', fail).on('close', (code) => {
      const line = output.split('\n').find((text) => text.startsWith('{'));
      if (code !== 0 || !line) return fail(new Told(`wrk ended with exit code ${code}:\n${output}`));
      done(JSON.parse(line));
    });
  });
}
