// `?shelfreel=debug` in a page's address: says in the console what was found on the page, asked, answered and sent, and what to change. For whoever integrates the tag; no
// other page loads this file, and nothing of the widget speaks to a console otherwise.

import { find } from './discover.js'
import { ORDER, VISITOR } from './wire.js'

/** What to do where a product has no video, by the reason (docs/wire.md). Where a code is wrong, the answer itself says what would be right. */
const ADVICE = {
  no_video: 'No brand has published a video for these codes. If one should have, compare the code with the one in its feed.',
  no_language: 'There are videos, in other languages than those asked for. Add to `lang`, or have a language registered for your shop.',
  no_kind: 'There are videos, of other kinds than those asked for. Leave `kind` out to see all.',
  not_in_market: 'The videos are published for other markets. Check `data-market`.',
  not_yet: 'The video is published for a later date.',
  no_longer: 'The last day of the video has passed.',
  shop_excluded: 'The brand does not let this shop show it.',
  age_restricted: 'It is rated for older viewers than your shop is registered for.',
  restricted_code: 'This number is unique inside one shop only. Use the EAN on the package.',
  unknown_shop: 'No shop has this id. Copy `data-shop` from what the operator gave you.',
  origin_not_registered: 'This page’s origin is not registered for the shop. Have it registered.',
  unavailable: 'The edge could not reach its stores. Nothing is wrong with your page.',
  mpn_brand: 'A part number needs its brand: add `brand`.',
}

const DISCOVERED = {
  no_code: 'the structured data names a product without a code',
  several_products: 'the structured data names several products, as a listing does: it is about none of them',
}

/** A directive for each thing that a policy kept from us. */
const DIRECTIVES = /^(script|connect|img|media|worker)-src/

export default (tag) => {
  const page = tag.ownerDocument
  const window = page.defaultView
  const edge = new URL(tag.src).origin
  const say = (what, ...more) => console.info('shelfreel: ' + what, ...more)

  say(`shop ${tag.dataset.shop || '(none: the tag needs data-shop)'} at ${edge}, by ${tag.src}`)
  found(page, tag, say)
  policies(page, edge, say)

  // What was asked before this file came, and what will be. The answers are read once more: an answer is the same for everybody who asks it.
  const seen = new Set()
  const hear = ({ name }) => {
    if (!name.startsWith(edge + '/v1/') || seen.has(name)) return
    seen.add(name)
    if (name.includes('/v1/match/')) asked(name, say)
    const engine = /\/widget\/b(t?)-.*\.js$/.exec(name)
    if (engine) say(engine[1] ? 'the widget runs as JavaScript' : 'the widget runs as WebAssembly')
  }
  new PerformanceObserver((list) => list.getEntries().forEach(hear)).observe({ type: 'resource', buffered: true })

  sent(window, edge, say)
  calls(window, page, say)
  for (const name of ['match', 'nomatch', 'open', 'play', 'progress', 'ended', 'close', 'error']) {
    window.addEventListener('shelfreel:' + name, ({ target, detail }) => say(name, target, detail), true)
  }
}

const LAYOUTS = ['button', 'thumbnail', 'inline']
const OF_ELEMENT = ['gtin', 'brand', 'mpn', 'sku', 'lang', 'kind', 'layout', 'label', 'for']
const OF_TAG = ['shop', 'lang', 'kind', 'market', 'gtin', 'into', 'layout', 'label', 'for', 'engine']

/** Of several names the one that was meant by a misspelt one, if any: it begins as that does, or is two letters away at most, put in, left out or changed. */
const nearest = (name, names) => {
  const distance = (one, other) => {
    let row = Array.from({ length: other.length + 1 }, (_, i) => i)
    for (let i = 1; i <= one.length; i++) {
      const next = [i]
      for (let j = 1; j <= other.length; j++) next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (one[i - 1] != other[j - 1]))
      row = next
    }
    return row.at(-1)
  }
  return names.find((one) => name.startsWith(one) || distance(name, one) <= 2)
}

/** Says what was meant by a name that is none. What is like none of ours is somebody else's: attributes of frameworks, of other scripts, of every element. */
const misspelt = (what, name, names, say, element, whole = name) => {
  const meant = nearest(name, names)
  if (!names.includes(whole) && meant && !(element && whole in element)) say(`${what} means nothing here; did you mean ${meant}?`, ...(element ? [element] : []))
}

/** The elements, or why the tag makes none. */
const found = (page, tag, say) => {
  for (const name of Object.keys(tag.dataset)) misspelt(`the tag’s data-${name}`, name, OF_TAG, say)
  for (const stray of page.querySelectorAll('shelfreel, shelf-reels, shelf_reel')) say('this is no element of ours, which is called shelf-reel', stray)
  const elements = [...page.querySelectorAll('shelf-reel')]
  for (const element of elements) {
    say('found', element)
    for (const { name } of element.attributes) misspelt(`its attribute ${name}`, name.replace(/^data-/, ''), OF_ELEMENT, say, element, name)
    const [layout, trigger] = ['layout', 'for'].map((name) => element.getAttribute(name))
    if (layout && !LAYOUTS.includes(layout)) say(`layout="${layout}" is none, so it is a button: there are ${LAYOUTS.join(', ')}`, element)
    if (trigger && !element.getRootNode().getElementById(trigger)) say(`for="${trigger}" names no element of this page, so our button comes`, element)
    if (!['gtin', 'mpn', 'sku'].some((name) => element.getAttribute(name))) say('it names no code, so nothing is asked: add gtin="…", or brand="…" and mpn="…", or sku="…"', element)
  }
  if (elements.length) return
  const { gtin, into } = tag.dataset
  const place = into ? page.querySelector(into) : tag
  if (!place) return say(`data-into="${into}" selects nothing on this page`)
  if (!page.body.contains(place)) return say('there is no <shelf-reel>, and a tag in the head is no place for one: move it into the body, or say where with data-into')
  const { attributes, why } = gtin ? { attributes: { gtin } } : find(page)
  if (attributes) say('there is no <shelf-reel>; made one of the page’s data', attributes)
  else say(`there is no <shelf-reel>, and ${DISCOVERED[why] || 'no structured data names a product'}: add <shelf-reel gtin="…"> where the button should come, or data-gtin to the tag (a page that only tells of a purchase needs neither)`)
}

/** What was asked, and what came back for each product. */
const asked = async (url, say) => {
  const query = new URL(url).searchParams
  say(`asked for ${query.getAll('p').join('  ')}, language ${query.get('lang') || '(none: the shop’s)'}`, url)
  let answer
  try {
    const response = await fetch(url, { credentials: 'omit' })
    answer = await response.json()
    if (!response.ok) return say(`the edge refused: ${answer.detail || response.status}`, answer)
  } catch {
    return say('the edge did not answer: is its address right, and does the page’s policy (connect-src) allow it?')
  }
  for (const { parameter, value, say: what } of answer.ignored || []) say(`${parameter}=${value} was not understood: ${what}`)
  for (const { tag, say: what } of answer.ignored_languages || []) say(`the language ${tag} was not understood: ${what}`)
  if (answer.say) say(answer.say)
  const asked = query.getAll('p')
  ;(answer.products || []).forEach(({ videos, why, codes = [], languages }, place) => {
    if (videos?.length) {
      for (const { title, language, kind, why: { code, language: rule, wish } } of videos) say(`${asked[place]} → “${title}” (${kind}, ${language}), by ${code}; language: ${rule}${wish ? ` for ${wish}` : ''}`)
    } else say(`${asked[place]} → no video: ${why}. ${ADVICE[why] || ''}${languages ? ` (there are: ${languages.join(', ')})` : ''}`)
    for (const { code, say: what } of codes) if (what) say(`${code}: ${what}`)
  })
}

const CODES = ['gtin', 'brand', 'mpn', 'sku']
/** Those by which `cart` finds the button. */
const CART_CODES = ['gtin', 'sku', 'mpn']

/** What is wrong with what a shop has called, in words. */
const WRONG = {
  cart(item, page) {
    if (item == null) return ['it says no product, so it counts for every button of the page']
    if (typeof item != 'object') return [`${JSON.stringify(item)} is no object: write shelfreel.cart({ gtin: '…' })`]
    const asked = CART_CODES.filter((name) => item[name] != null)
    const is = (element) => asked.some((name) => element.getAttribute(name) == item[name])
    return [
      ...strangers(item, CART_CODES),
      !asked.length && 'it names no code, so it counts for every button of the page',
      asked.length && ![...page.querySelectorAll('shelf-reel')].some(is) && 'no element of this page has that code, so it counts for none',
    ]
  },
  purchase(order) {
    if (!order || typeof order != 'object') return ['it is no object: write shelfreel.purchase({ orderId: "…", lines: [{ gtin: "…" }] })']
    const { orderId, lines } = order
    return [
      ...strangers(order, ['orderId', 'currency', 'lines']),
      !ORDER.test(orderId ?? '') && `orderId is ${JSON.stringify(orderId)}: without a number of letters, digits and . : / # = _ - the order is not told`,
      !(lines?.length > 0) && 'it has no lines, so it is not told',
      ...[...(lines || [])].flatMap((line, place) => [
        ...strangers(line, [...CODES, 'quantity', 'value']),
        !(line.gtin || (line.brand && line.mpn) || line.sku) && 'it names no code, so it is left out',
        line.quantity != null && !(Number.isInteger(+line.quantity) && line.quantity >= 1) && `its quantity is ${line.quantity}, so it is left out`,
      ].filter(Boolean).map((what) => `line ${place + 1}: ${what}`)),
    ]
  },
  consent(said) {
    if (!said || typeof said != 'object') return [`${JSON.stringify(said)} says nothing: write shelfreel.consent({ measurement: true })`]
    const { measurement, visitor } = said
    return [
      ...strangers(said, ['measurement', 'visitor']),
      measurement != null && typeof measurement != 'boolean' && `measurement is ${JSON.stringify(measurement)}, which counts as a refusal: only true is a grant`,
      measurement == null && 'it says nothing of measurement, so what was said before holds, or what the consent manager says',
      visitor != null && !VISITOR.test(visitor) && 'visitor is left out: at most 64 letters, digits and . : / = _ - are one',
    ]
  },
}

const strangers = (object, names) => Object.keys(object).filter((name) => !names.includes(name)).map((name) => `${name} means nothing here: there are ${names.join(', ')}`)

/** What the shop calls, and what is wrong with it. The widget puts its own functions in these places when it comes. */
const calls = (window, page, say) => {
  const api = window.shelfreel
  const tell = (name, given) => {
    try {
      say(`the page called ${name}`, ...given)
      for (const what of WRONG[name](given[0], page)) if (what) say(`${name}: ${what}`)
    } catch {}
  }
  for (const [name, given] of api.q) if (WRONG[name]) tell(name, [...given])
  for (const name of Object.keys(WRONG)) {
    let work = api[name]
    const called = (...given) => (tell(name, given), work(...given))
    Object.defineProperty(api, name, { configurable: true, enumerable: true, get: () => called, set: (other) => (work = other) })
  }
}

/** What is sent, in words; and what keeps it from being sent. */
const sent = (window, edge, say) => {
  const { navigator } = window
  say(navigator.globalPrivacyControl ? 'this browser asks for privacy (Global Privacy Control): nothing that identifies anybody is sent, whatever is agreed to' : 'no Global Privacy Control')
  const tell = (url, body) => {
    if (!(url + '').startsWith(edge + '/v1/playback/')) return
    const { consent, events = [], placements = [], sessions = [], purchases = [], n } = JSON.parse(body)
    const what = [
      ...events.map(({ type }) => type),
      ...placements.map(({ code, seq }) => `placement of ${code} (snapshot ${seq})`),
      ...sessions.map(({ video, state, played_ms }) => `session of ${video}: ${state}, ${played_ms} ms played`),
      ...purchases.map(({ order, lines }) => `order ${order} of ${lines.map(({ code, quantity }) => `${quantity} × ${code}`).join(', ')}`),
    ]
    say(`beacon ${n}${consent ? ', with consent' : ', without any identifier'}: ${what.join(', ')}`)
  }
  const listen = (object, name, read) => {
    const before = object[name]
    object[name] = function (...given) {
      try {
        read(...given)
      } catch {}
      return before.apply(this, given)
    }
  }
  listen(window, 'fetch', (url, init) => tell(url, init?.body))
  listen(navigator, 'sendBeacon', tell)
}

/** What the page's policy blocks of ours. The look-up was blocked before this file could hear of it, so something is asked for once more. */
const policies = (page, edge, say) => {
  page.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, disposition }) => {
    if (!blockedURI.startsWith(edge)) return
    const directive = DIRECTIVES.exec(effectiveDirective)?.[0] || effectiveDirective
    say(`the page’s policy ${disposition == 'report' ? 'would block' : 'blocks'} ${blockedURI}: add ${edge} to ${directive}`)
  })
  fetch(edge + '/v1/widget/pinned.json', { credentials: 'omit' }).catch(() => {})
}
