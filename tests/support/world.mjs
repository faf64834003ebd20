// What the tests of a file stand on: started before the first, stopped after the last.
import { after, before } from 'node:test';

/**
 * Starts the parts that need no other all at once, then the rest in the order in which they are named, each with those before it at hand; stops in reverse those that have
 * a `stop`. A part that a test puts in, or in another's place, is stopped as well.
 */
export function useWorld(parts) {
  const world = Object.fromEntries(Object.keys(parts).map((name) => [name, undefined]));
  const start = async ([name, begin]) => (world[name] = await begin(world));
  const isAlone = ([, begin]) => begin.length === 0;
  before(async () => {
    const begun = await Promise.allSettled(Object.entries(parts).filter(isAlone).map(start));
    for (const { reason } of begun) if (reason) throw reason;
    for (const part of Object.entries(parts).filter((part) => !isAlone(part))) await start(part);
  });
  after(async () => {
    for (const part of Object.values(world).reverse()) await part?.stop?.();
  });
  return world;
}
