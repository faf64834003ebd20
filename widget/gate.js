// What may be measured, where somebody says so: the shop (`shelfreel.consent()`), or the page's consent manager (consent.js). Only such pages load this file, and those that tell
// of an order; until it is there, nothing is let out.
//
// - Denied: nothing leaves. A page view during any part of which measuring was denied is never reported, so what was done then stays untold later too; when measuring is
//   allowed again, a new page view begins.
// - Without a word, or when it is taken back: what carries no identifier.
// - Granted: every beacon says so, with the shop's own identifier if it gave one. Global Privacy Control outweighs every grant
//   (https://w3c.github.io/gpc/; `navigator.globalPrivacyControl`), and no refusal. An identifier of another form than the wire
//   has (docs/wire.md) is left out, that the beacon counts. Where a grant is taken back, or another shopper comes, a new page view begins, for the one before is known by the identifier.
//
// What the shop says outweighs what the consent manager says. Only `true` is a grant; every other value but nothing is a refusal.

import listen from './consent.js'
import { VISITOR } from './wire.js'

// Told to the button, as in button/src/message.rs.
const BACK = 9

/** How long beacons are kept back for an interface that will answer, and has not: by its answer we know who refused on an earlier page. */
const PATIENCE_MS = 3000

let denied = false
let explicit = false
let heard = true
let listens = false
let consent
const silent = new WeakSet()
/** What keeps back the button's and the player's beacons, and what keeps back the orders: what is said holds for both. */
const gates = new Set()

const hear = () => {
  heard = true
  for (const { kept } of gates) for (const again of kept.splice(0)) again()
}

/** `page` has the `window`; `gate` is start.js's or purchase.js's: `{consent, kept, shut, view, tell}`. `said` is what the shop has said, or nothing where its consent manager is to be asked. */
export default (page, gate, said) => {
  gates.add(gate)
  gate.consent = consent
  gate.shut = (view, again) => {
    denied && silent.add(view)
    return silent.has(view) || (!heard && gate.kept.push(again))
  }
  const set = (measurement, visitor) => {
    const was = { denied, consent }
    denied = measurement != null && measurement !== true
    const granted = measurement === true && !page.window.navigator.globalPrivacyControl
    consent = granted ? { measurement: true, visitor: visitor != null && VISITOR.test(visitor) ? visitor + '' : undefined } : undefined
    const isOther = was.consent && JSON.stringify(was.consent) != JSON.stringify(consent)
    for (const gate of gates) {
      // The page view that there is. Those before it are told of no more, but for a player that is still open in one: it comes by above.
      if ((was.denied || denied) && gate.view) silent.add(gate.view)
      // What there is to tell of the page view before is told under what was agreed to then.
      if (!denied && (was.denied || isOther)) gate.tell(BACK, { persisted: true })
      gate.consent = consent
    }
    hear()
  }
  // Who says nothing takes nothing back.
  if (said?.measurement != null) {
    explicit = true
    return set(said.measurement, said.visitor)
  }
  if (!listens) {
    listens = true
    heard = false
    setTimeout(hear, PATIENCE_MS)
    // It may be heard at once.
    if (!listen(page.window, (measurement) => explicit || set(measurement))) heard = true
  }
  // What was kept back until this file was there.
  if (heard) hear()
}
