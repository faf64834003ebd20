// `?shelfreel=debug` in a page's address: says in the console what was found on the page, asked, answered and sent, and what to change. For whoever integrates the tag; no
// other page loads this file, and nothing of the widget speaks to a console otherwise.

import { find } from './discover.js'

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
  for (const name of ['match', 'nomatch', 'open', 'play', 'progress', 'ended', 'close', 'error']) {
    window.addEventListener('shelfreel:' + name, ({ target, detail }) => say(name, target, detail), true)
  }
}

/** The elements, or why the tag makes none. */
const found = (page, tag, say) => {
  const elements = [...page.querySelectorAll('shelf-reel')]
  for (const element of elements) {
    say('found', element)
    if (!['gtin', 'mpn', 'sku'].some((name) => element.getAttribute(name))) say('it names no code, so nothing is asked: add gtin="…", or brand="…" and mpn="…", or sku="…"', element)
  }
  if (elements.length) return
  const { gtin, into } = tag.dataset
  const place = into ? page.querySelector(into) : tag
  if (!place) return say(`data-into="${into}" selects nothing on this page`)
  if (!page.body.contains(place)) return say('there is no <shelf-reel>, and a tag in the head is no place for one: move it into the body, or say where with data-into')
  const { attributes, why } = gtin ? { attributes: { gtin } } : find(page)
  if (attributes) say('there is no <shelf-reel>; made one of the page’s data', attributes)
  else say(`there is no <shelf-reel>, and ${DISCOVERED[why] || 'no structured data names a product'}: add <shelf-reel gtin="…"> where the button should come, or data-gtin to the tag`)
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
