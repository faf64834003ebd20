// Chance that can be repeated: the same seed gives the same numbers.

/** Mulberry32: 32 bits of state, good enough for shoppers. */
export function seeded(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (from, to) => from + Math.floor(next() * (to - from + 1));
  const chance = (share) => next() < share;
  const pick = (list) => list[int(0, list.length - 1)];
  return {
    int,
    chance,
    pick,
    share: next,
    /** Short ones are common, long ones rare. */
    about: (mean) => Math.round(-Math.log(1 - next()) * mean),
    /** One of `[share, what]`; the shares make 1. */
    of(...choices) {
      let left = next();
      for (const [share, what] of choices) if ((left -= share) < 0) return what;
      return choices.at(-1)[1];
    },
    /** An identifier as the widget makes it: 16 bytes. */
    id: () => Buffer.from(Array.from({ length: 16 }, () => int(0, 255))).toString('base64url'),
  };
}
