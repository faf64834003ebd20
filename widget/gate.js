// What may be measured, where somebody says so: the shop (`shelfreel.consent()`), or the page's consent manager (consent.js). Only such pages load this file; until it is
// there, start.js lets nothing out.
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

// Told to the button, as in button/src/message.rs.
const BACK = 9

const VISITOR = /^[\w.:/=-]{1,64}$/

/** How long beacons are kept back for an interface that will answer, and has not: by its answer we know who refused on an earlier page. */
const PATIENCE_MS = 3000

let denied = false
let explicit = false
let heard = true
const silent = new WeakSet()

/** `page` is the loader's; `gate` is start.js's: `{consent, kept, shut, view, tell}`. `said` is what the shop has said, or nothing where its consent manager is to be asked. */
export default (page, gate, said) => {
  gate.shut = (view, again) => {
    denied && silent.add(view)
    return silent.has(view) || (!heard && gate.kept.push(again))
  }
  const hear = () => {
    heard = true
    for (const again of gate.kept.splice(0)) again()
  }
  const set = (measurement, visitor) => {
    const was = { denied, consent: gate.consent }
    denied = measurement != null && measurement !== true
    // The page view that there is. Those before it are told of no more, but for a player that is still open in one: it comes by above.
    if ((was.denied || denied) && gate.view) silent.add(gate.view)
    const granted = measurement === true && !page.window.navigator.globalPrivacyControl
    const consent = granted ? { measurement: true, visitor: visitor != null && VISITOR.test(visitor) ? visitor + '' : undefined } : undefined
    // What there is to tell of the page view before is told under what was agreed to then.
    const isOther = was.consent && JSON.stringify(was.consent) != JSON.stringify(consent)
    if (!denied && (was.denied || isOther)) gate.tell(BACK, { persisted: true })
    gate.consent = consent
    hear()
  }
  if (said) {
    explicit = said.measurement != null
    if (explicit) return set(said.measurement, said.visitor)
  }
  if (!gate.listens) {
    gate.listens = true
    heard = !(page.window.__tcfapi || page.window.Shopify)
    setTimeout(hear, PATIENCE_MS)
    listen(page.window, (measurement) => explicit || set(measurement))
  }
  // What was kept back until this file was there.
  if (heard) hear()
}
