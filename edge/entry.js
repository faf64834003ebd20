// The worker's entry: calls the Rust `fetch` directly.
//
// worker-build's own entry makes an object, two proxies and a promise for every request, which costs more than a look-up does. What it
// gives is kept: after a panic (a trap, which leaves the instance's memory in an unknown state) the next request goes through it, and it
// makes a new instance.
import Recovering from './build/index.js';

const { fetch } = Recovering.prototype;
const state = globalThis.__worker_init_state;

export default {
  fetch(request, env, ctx) {
    if (state.criticalError) return new Recovering(ctx, env).fetch(request);
    try {
      return fetch.call({ env, ctx }, request);
    } catch (error) {
      state.criticalError = error instanceof WebAssembly.RuntimeError;
      throw error;
    }
  },
};
