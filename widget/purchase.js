// Tells of an order (`shelfreel.purchase()`), on whichever page: one that confirms an order has no product, and so no button. Only pages that make the call load this file.
//
// An order is told in one beacon, at once, for the shopper leaves soon. It is a page view of its own: who reads the reports cannot join what was bought with what was watched, but by an
// identifier that the shopper has agreed to. What may leave is decided as for everything else (gate.js).
//
// Shop systems give numbers as texts and leave fields empty. What can be understood is told: a line that names no code or no possible quantity is left out, and so is an
// amount that is none. An order without a number, or without a line, is not told of.

import { ORDER } from './wire.js'

/* global __VERSION__ -- the widget's, put in by scripts/build-widget.mjs */

// The wire's limits (docs/wire.md).
const MOST_LINES = 100
const MOST_CODES = 4
const MOST_QUANTITY = 10_000
const MOST_VALUE = 1e12
/** What the lines may take of the 16,384 bytes of a beacon. */
const MOST_BYTES = 15_000

/** Minor units that are no hundredths (ISO 4217), by their digits. `Intl` has them too, but not every engine the same. */
const DIGITS = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
]

// Beacons are kept back here as in start.js, and there is no button that would have to begin a page view.
const gate = { kept: [], tell() {} }

export default async (tag, at, [told]) => {
  const began_ms = performance.now()
  const order = read(told)
  if (!order) return
  const { default: say } = await import(at('c') + 'js')
  // What the shop has said of consent, to the button (start.js), or, where there is none, to whoever comes.
  const { q, said } = window.shelfreel
  say({ window }, gate, said)
  for (const [name, [said]] of q) if (name == 'consent') say({ window }, gate, said || {})
  const view = { v: 1, page_view: newId(), n: 1, widget: __VERSION__, engine: 'js', language: (tag.dataset.lang || document.documentElement.lang).slice(0, 100) }
  const send = () => {
    if (gate.shut(view, send)) return
    const body = JSON.stringify({ ...view, consent: gate.consent, id: newId(), elapsed_ms: Math.round(performance.now() - began_ms), purchases: [order] })
    fetch(new URL('/v1/playback/' + tag.dataset.shop, tag.src), { method: 'POST', body, keepalive: true, credentials: 'omit' }).catch(() => {})
  }
  send()
}

/** The order as the wire has it. */
const read = ({ orderId, currency, lines }) => {
  const unit = /^[A-Z]{3}$/i.test(currency) ? currency.toUpperCase() : undefined
  const read = Array.from(lines, (one) => line(one, unit)).filter(Boolean).slice(0, MOST_LINES)
  while (new Blob([JSON.stringify(read)]).size > MOST_BYTES) read.pop()
  return is(orderId) && ORDER.test(orderId) && read[0] && { order: orderId + '', currency: unit, lines: read }
}

const line = ({ gtin, brand, mpn, sku, quantity, value }, unit) => {
  const codes = [
    // Several as in the attribute of an element.
    ...(is(gtin) ? (gtin + '').split('|').map((one) => 'gtin:' + escape(one)) : []),
    is(brand) && is(mpn) && 'mpn:' + escape(brand) + ':' + escape(mpn),
    is(sku) && 'sku:' + escape(sku),
  ].filter(Boolean)
  const count = is(quantity) ? Number(quantity) : 1
  if (!codes[0] || !Number.isInteger(count) || count < 1 || count > MOST_QUANTITY) return
  const digits = DIGITS.find(([, units]) => units.includes(unit))?.[0] ?? 2
  const minor = unit && is(value) ? Math.round(value * 10 ** digits) : NaN
  return { code: codes.slice(0, MOST_CODES).join('|'), quantity: count, value_minor: minor >= 0 && minor <= MOST_VALUE ? minor : undefined }
}

const is = (value) => value != null && value !== ''

const escape = (code) => (code + '').replace(/[%|:]/g, encodeURIComponent)

const newId = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)))).slice(0, 22).replaceAll('+', '-').replaceAll('/', '_')
