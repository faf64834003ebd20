// What the edge takes of a shop's own words (docs/wire.md).

/** The number of an order. */
export const ORDER = /^[\w.:/#=-]{1,64}$/

/** What a shop calls a shopper. */
export const VISITOR = /^[\w.:/=-]{1,64}$/
