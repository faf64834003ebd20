// Makes the real worker trap on command: hands it a request one of whose texts is longer than any memory, so that room for it cannot be had
// and the instance aborts, as it does in a panic. Only such a double can: the texts of a real request are JavaScript's own strings.
//
// `x-trap: url` traps while the request is looked at, `x-trap: method` later, in a task of the asynchronous road; `x-slow: 1` makes the
// catalogue answer only after a time that nobody waits for who is told at once. `/__waiting` says how many such have asked it so far.
import edge from '../../edge/entry.js';

const TOO_LONG = { length: 2 ** 31 };

const bound = (target, name) => (typeof target[name] === 'function' ? target[name].bind(target) : target[name]);

const broken = (request, what) => new Proxy(request, { get: (target, name) => (name === what ? TOO_LONG : bound(target, name)) });

const SLOW_MS = 20_000;
let waiting = 0;
const slowly = (target) => async (...args) => {
  waiting += 1;
  await new Promise((done) => setTimeout(done, SLOW_MS));
  return target.get(...args);
};
const slow = (catalogue) => new Proxy(catalogue, { get: (target, name) => (name === 'get' ? slowly(target) : bound(target, name)) });

export default {
  fetch(request, env, ctx) {
    if (new URL(request.url).pathname === '/__waiting') return Response.json(waiting);
    const trap = request.headers.get('x-trap');
    const bindings = request.headers.has('x-slow') ? { ...env, CATALOG: slow(env.CATALOG) } : env;
    return edge.fetch(trap ? broken(request, trap) : request, bindings, ctx);
  },
};
