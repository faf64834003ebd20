// Breaks a real worker's bindings on command, from outside its code: the built worker is the one that is deployed.
//
// `PUT /__faults` with JSON says what fails from now on: { "PLAYBACK.send": "queue overloaded" } makes that method throw;
// { "ack": 2 } ends the consumer's invocation in its third acknowledgement, after what was written was written.
import { WorkerEntrypoint } from 'cloudflare:workers';

let faults = {};

/** A binding whose methods throw when told so. */
function breakable(name, binding) {
  return new Proxy(binding, {
    get(target, method) {
      const value = target[method];
      if (typeof value !== 'function') return value;
      if (method === 'constructor') return value;
      return (...args) => {
        const why = faults[`${name}.${method}`];
        return why ? Promise.reject(new Error(why)) : value.apply(target, args);
      };
    },
  });
}

const breakableEnv = (env) => new Proxy(env, { get: (target, name) => (target[name] && typeof target[name] === 'object' ? breakable(name, target[name]) : target[name]) });

/** A batch whose n-th acknowledgement ends the invocation, as a crash between writing and acknowledging does. */
function breakableBatch(batch) {
  if (faults.ack === undefined) return batch;
  let acknowledged = 0;
  const messages = batch.messages.map((message) => new Proxy(message, {
    get(target, name) {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return (...args) => {
        if (name === 'ack' && acknowledged++ >= faults.ack) throw new Error('crashed before acknowledging');
        return value.apply(target, args);
      };
    },
  }));
  return new Proxy(batch, { get: (target, name) => (name === 'messages' ? messages : typeof target[name] === 'function' ? target[name].bind(target) : target[name]) });
}

/** The real worker's class with breakable bindings around it. */
export const breakableWorker = (Real) => class extends WorkerEntrypoint {
  #real = () => new Real(this.ctx, breakableEnv(this.env));

  async fetch(request) {
    if (new URL(request.url).pathname !== '/__faults') return this.#real().fetch(request);
    faults = await request.json();
    return new Response(null, { status: 204 });
  }

  queue(batch) {
    return this.#real().queue(breakableBatch(batch));
  }
};
