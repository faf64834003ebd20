// The worker's entry: calls the Rust `fetch` directly, and tells the callers when that is lost.
//
// worker-build's own entry makes an object, two proxies and a promise for every request, which costs more than a look-up does. What it
// gives is kept: after a panic (a trap, which leaves the instance's memory in an unknown state) the next request goes through it, and it
// makes a new instance. Whoever was in flight in the lost one would wait for ever, and is told instead.
import Recovering from './build/index.js';

const { fetch } = Recovering.prototype;
const state = globalThis.__worker_init_state;

/** What ends the waiting of each request that is not answered at once. */
const inFlight = new Set();

export default {
  fetch(request, env, ctx) {
    try {
      if (state.criticalError) return answered(new Recovering(ctx, env).fetch(request));
      const answer = fetch.call({ env, ctx }, request);
      return answer instanceof Response ? answer : answered(answer);
    } catch (error) {
      return trapped(error);
    }
  },
};

// A trap in a task reaches no caller: the runtime reports it here.
addEventListener('error', ({ error }) => lost(error));

async function answered(answer) {
  let tell;
  // The answer or the loss, whichever is first, with no more promises than that takes: this is on the road of every beacon.
  const first = new Promise((done, fail) => {
    tell = done;
    answer.then(done, fail);
  });
  inFlight.add(tell);
  try {
    return (await first) ?? problem();
  } catch (error) {
    return trapped(error);
  } finally {
    inFlight.delete(tell);
  }
}

function trapped(error) {
  if (!lost(error)) throw error;
  return problem();
}

/** Whether the instance is lost by this error: then a new one is made for the next request. */
function lost(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return false;
  state.criticalError = true;
  console.error(JSON.stringify({ level: 'error', event: 'trapped', detail: error.stack }));
  for (const tell of inFlight) tell();
  return true;
}

const problem = () =>
  new Response(JSON.stringify({ type: 'about:blank', status: 500, title: 'failed', detail: 'the edge failed while it answered; trying again may help' }), {
    status: 500,
    headers: {
      'content-type': 'application/problem+json', 'cache-control': 'no-store',
      'access-control-allow-origin': '*', 'x-content-type-options': 'nosniff',
    },
  });
