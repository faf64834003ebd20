// What may be measured, where somebody says so: the shop (`shelfreel.consent()`), or the page's consent manager (consent.js). Only such pages load this file; until it is
// there, start.js lets nothing out.
//
// - Denied: nothing leaves. A page view during any part of which measuring was denied is never reported, so what was done then stays untold later too; when measuring is
//   allowed again, a new page view begins.
// - Without a word, or when it is taken back: what carries no identifier.
// - Granted: every beacon says so, with the shop's own identifier if it gave one. Global Privacy Control outweighs every grant
//   (https://w3c.github.io/gpc/; `navigator.globalPrivacyControl`), and no refusal. An identifier of another form than the wire
//   has (docs/wire.md) is left out, that the beacon counts.

import listen from './consent.js'

// Told to the button, as in button/src/message.rs.
const BACK = 9

let denied = false
let explicit = false
const silent = new WeakSet()

const VISITOR = /^[\w.:/=-]{1,64}$/

/** `page` is the loader's; `gate` is start.js's: `{consent, shut, view, tell}`. `said` is what the shop has said, or nothing where its consent manager is to be asked. */
export default (page, gate, said) => {
  gate.shut = (view) => {
    denied && silent.add(view)
    return silent.has(view)
  }
  const set = (measurement, visitor) => {
    const was = denied
    denied = measurement === false
    // The page view that there is. Those before it are told of no more, but for a player that is still open in one: it comes by above.
    if (was || denied) silent.add(gate.view)
    const granted = measurement && !page.window.navigator.globalPrivacyControl
    gate.consent = granted ? { measurement: true, visitor: visitor != null && VISITOR.test(visitor) ? visitor + '' : undefined } : undefined
    if (was && !denied) gate.tell(BACK, { persisted: true })
  }
  if (said) {
    explicit = true
    set(said.measurement, said.visitor)
  } else listen(page.window, (measurement) => explicit || set(measurement))
}
