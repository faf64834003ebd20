// Breaks a real worker's bindings on command, from outside its code: the built worker is the one that is deployed.
//
// `PUT /__faults` with JSON says what fails from now on: { "PLAYBACK.send": "queue overloaded" } makes that method throw, "hang" makes it never
// answer; { "ack": 2 } ends the consumer's invocation in its third acknowledgement, after what was written was written; { "statement": 5 } lets every fifth
// call of an object that writes fail in one of its SQL statements, the next time in the one after that.
//
// With the variable RECORDER it tells that address of each message that was accepted and of each that was acknowledged: the local queue
// lives in memory and forgets at a kill what production keeps, so a test redelivers (`POST /__redeliver`) what was accepted and never
// acknowledged.
import { WorkerEntrypoint } from 'cloudflare:workers';

let faults = {};

// `{ "clock_ms": 61000 }` puts the worker's clock forward.
const { now } = Date;
Date.now = () => now() + (faults.clock_ms ?? 0);

/** The consumer's batches since the faults were last set: how many messages came, and how many were acknowledged before it ended. */
let deliveries = [];

/** Since the start: the ids of messages that were acknowledged, and how many SQL statements failed. */
const acknowledged = new Set();
let failed_statements = 0;

const record = (env, what, body) => env.RECORDER && fetch(`${env.RECORDER}/${what}`, { method: 'POST', body });

/** A namespace of Durable Objects, whose objects fail when told so: `{ "LEDGER.fetch": "overloaded" }`; its own methods answer at once. */
function breakableNamespace(env, name, namespace) {
  return new Proxy(namespace, {
    get(target, method) {
      const value = target[method];
      if (typeof value !== 'function' || method === 'constructor') return value;
      return (...args) => {
        const made = value.apply(target, args);
        return typeof made?.fetch === 'function' ? breakable(env, name, made) : made;
      };
    },
  });
}

/** A binding whose methods throw when told so. */
function breakable(env, name, binding) {
  return new Proxy(binding, {
    get(target, method) {
      const value = target[method];
      if (typeof value !== 'function') return value;
      if (method === 'constructor') return value;
      return async (...args) => {
        const why = faults[`${name}.${method}`];
        if (why === 'hang') return new Promise(() => {});
        if (why) throw new Error(why);
        // Before it is accepted: a message that was recorded and then not sent comes once too often, which is what at least once means.
        if (name === 'PLAYBACK' && method === 'send') await record(env, 'accepted', args[0]);
        return value.apply(target, args);
      };
    },
  });
}

const breakableEnv = (env) => new Proxy(env, { get: (target, name) => (target[name] && typeof target[name] === 'object' ? (target[name].idFromName ? breakableNamespace : breakable)(target, name, target[name]) : target[name]) });

/** A batch whose n-th acknowledgement ends the invocation, as a crash between writing and acknowledging does. */
function breakableBatch(env, ctx, batch) {
  const delivery = { messages: batch.messages.length, acknowledged: 0, crashed: false };
  deliveries.push(delivery);
  const messages = batch.messages.map((message) => new Proxy(message, {
    get(target, name) {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return (...args) => {
        if (name === 'ack' && delivery.acknowledged >= (faults.ack ?? Infinity)) {
          delivery.crashed = true;
          throw new Error('crashed before acknowledging');
        }
        if (name === 'ack') delivery.acknowledged += 1;
        if (name === 'ack') acknowledged.add(message.id);
        if (name === 'ack') ctx.waitUntil(Promise.resolve(record(env, 'acknowledged', message.body)));
        return value.apply(target, args);
      };
    },
  }));
  return new Proxy(batch, { get: (target, name) => (name === 'messages' ? messages : typeof target[name] === 'function' ? target[name].bind(target) : target[name]) });
}

/** The real worker's handlers, be they a class or an object, with breakable bindings around them. */
export const breakableWorker = (real) => class extends WorkerEntrypoint {
  #call(handler, argument) {
    const env = breakableEnv(this.env);
    return typeof real === 'function' ? new real(this.ctx, env)[handler](argument) : real[handler](argument, env, this.ctx);
  }

  async fetch(request) {
    switch (new URL(request.url).pathname) {
      case '/__faults':
        if (request.method === 'GET') return Response.json(deliveries);
        faults = await request.json();
        deliveries = [];
        return new Response(null, { status: 204 });
      case '/__counts':
        return Response.json({ acknowledged: acknowledged.size, failed_statements });
      case '/__redeliver':
        await this.env.PLAYBACK.send(await request.text(), { contentType: 'text' });
        return new Response(null, { status: 204 });
      default:
        return this.#call('fetch', request);
    }
  }

  scheduled(controller) {
    return this.#call('scheduled', controller);
  }

  queue(batch) {
    return this.#call('queue', breakableBatch(this.env, this.ctx, batch));
  }
};

/** Writing calls of all objects so far, and those of them that were to fail. */
let calls = 0, broken = 0;

/** A Durable Object's class, whose SQL statements fail when told so. */
export const breakableObject = (Real) => new Proxy(Real, {
  construct(_, [state, env]) {
    const storage = breakableStorage(state.storage);
    return new Real(new Proxy(state, { get: (target, name) => (name === 'storage' ? storage : bound(target, name)) }), env);
  },
});

const bound = (target, name) => (typeof target[name] === 'function' ? target[name].bind(target) : target[name]);

/** Of a call that is to fail, the n-th statement of its transaction throws; where there are fewer, it does not fail. */
function breakableStorage(storage) {
  let left = Infinity;
  const sql = new Proxy(storage.sql, {
    get(target, name) {
      if (name !== 'exec') return bound(target, name);
      return (...args) => {
        if ((left -= 1) < 0) {
          left = Infinity;
          failed_statements += 1;
          throw new Error('disk I/O error');
        }
        if (faults.poison && args.includes(faults.poison)) throw new Error('string or blob too big');
        return target.exec(...args);
      };
    },
  });
  const transactionSync = (work) => {
    calls += 1;
    left = calls % faults.statement === 0 ? (broken += 1) % 30 : Infinity;
    try {
      return storage.transactionSync(work);
    } finally {
      left = Infinity;
    }
  };
  return new Proxy(storage, { get: (target, name) => ({ sql, transactionSync })[name] ?? bound(target, name) });
}
