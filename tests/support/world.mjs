// What the tests of a file stand on: started before the first, stopped after the last.
import { after, before } from 'node:test';

/**
 * Starts the parts in the order in which they are named, each with those before it at hand, and stops in reverse those that have a `stop`.
 * A part that a test puts in, or in another's place, is stopped as well.
 */
export function useWorld(parts) {
  const world = {};
  before(async () => {
    for (const [name, start] of Object.entries(parts)) world[name] = await start(world);
  });
  after(async () => {
    for (const part of Object.values(world).reverse()) await part?.stop?.();
  });
  return world;
}
