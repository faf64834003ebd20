// Shelfreel's loader: the one tag a shop pastes. It asks the edge, once for all elements of the page, whether there are videos for their
// products, and only then loads the widget. Nothing here may ever reach the page: no exception, no message, no storage.
//
// Calls that may come before this file does, a shop queues with one line:
//   <script>window.shelfreel=window.shelfreel||{q:[]};["cart","purchase","consent"].forEach(f=>shelfreel[f]=shelfreel[f]||((...a)=>shelfreel.q.push([f,a])))</script>

/* global __BUILD__ -- what the names of all files of this build end in, put in by scripts/build-widget.mjs */

// The kinds of messages to the button, as in button/src/message.rs.
const MOUNT = 2
const UNMOUNT = 3

// The edge answers for so many products at once.
const MOST = 24
const PATIENCE_MS = 8000

const skip = () => {}

// A page may have put anything in the place of what is used here: what fails is heard by nobody.
;(async () => {
  const tag = document.currentScript
  const api = (window.shelfreel ||= {})
  // What the shop calls waits for the first button.
  const calls = (api.q ||= [])
  for (const name of ['cart', 'purchase', 'consent']) api[name] ||= (...given) => calls.push([name, given])

  const data = tag.dataset
  const edge = new URL('/v1/', tag.src)
  const at = (name) => edge + 'widget/' + name + __BUILD__
  const also = (name, given) => import(at(name) + 'js').then((module) => module.default(tag, at, given)).catch(skip)
  const load = (address) => fetch(address, { credentials: 'omit', signal: AbortSignal.timeout(PATIENCE_MS) })

  // The widget's button, loaded when the first product has a video: a promise of the function that tells it something.

  let button

  const start = async () => {
    let twin = 't'
    try {
      // Where a page forbids WebAssembly only making an instance tells: `validate()` says yes, and WebKit compiles.
      data.engine == 'js' || (twin = (await WebAssembly.instantiate(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))) && '')
    } catch {}
    const part = (name, mark) => Promise.all([import(at(name + twin) + 'js' + mark), twin || load(at(name) + 'wasm')])
    const [glue, module] = await part('b', '')
    return glue.start(glue, module, { at, shop: data.shop, also, edge, api, part })
  }

  // The elements: what each asks for, and whether it shows something.

  const asked = new Map()
  const touched = new Set()

  const touch = (element) => {
    touched.size || look().catch(skip)
    touched.add(element)
  }

  const escape = (code) => code.replace(/[%|:]/g, encodeURIComponent)

  /** An element's codes, languages and kinds, how it looks, and itself. */
  const question = (element) => {
    const read = (name) => element.getAttribute(name) || ''
    // A code without a type is a GTIN.
    const codes = [
      ...read('gtin').split('|').map(escape),
      read('mpn') && 'mpn:' + escape(read('brand')) + ':' + escape(read('mpn')),
      read('sku') && 'sku:' + escape(read('sku')),
    ]
    let lang = read('lang') || data.lang
    for (let node = element; node && !lang; node = node.parentNode || node.host) lang = node.getAttribute?.('lang')
    return [codes.filter(String).join('|'), lang || '', read('kind') || data.kind || '', read('layout') + read('label') + read('for'), element]
  }

  const look = async () => {
    // All that the page changes now is asked for together.
    await 0
    const groups = {}
    for (const element of touched) {
      // A shop that hears that its player has closed may change the element once more.
      touched.delete(element)
      const before = asked.get(element) || []
      const now = element.isConnected ? question(element) : []
      // An element that was only moved asks what it asked before.
      if (before + '' != now) {
        before.tell?.(UNMOUNT, element)
        asked.delete(element)
        // For scripts that come later than the event. Not known yet: `now.tell` is none.
        element.answer = now.tell
        if (now[0]) {
          asked.set(element, now)
          ;(groups[now.slice(1, 3)] ||= []).push(now)
        }
      }
    }
    for (const key in groups) while (groups[key][0]) ask(groups[key].splice(0, MOST)).catch(skip)
  }

  const ask = async (group) => {
    const [, language, kind] = group[0]
    const query = [...group.map(([codes]) => ['p', codes]), ['lang', language], ['kind', kind], ['market', data.market || '']]
    const base = edge + 'match/' + data.shop + '?' + new URLSearchParams(query)
    let tell
    let answer
    try {
      answer = await (await load(base)).json()
      // Only with a video are there words for it.
      tell = answer.texts && (await (button ||= start().catch(() => (button = 0))))
    } catch {}
    group.forEach((one, place) => {
      const product = answer?.products?.[place] || answer || {}
      // The page may have moved on meanwhile.
      const element = one[4]
      if (asked.get(element) != one) return
      if ((one.tell = product.videos?.[0]?.why && tell)) {
        tell(MOUNT, element, { product, texts: answer.texts, base, language })
      }
      element.answer = one.tell || product.why ? product : { why: 'unavailable' }
      element.dispatchEvent(
        new CustomEvent('shelfreel:' + (one.tell ? '' : 'no') + 'match', { bubbles: true, composed: true, detail: element.answer }),
      )
    })
  }

  // The page: all elements that the parser has found are asked for at once. Where there is none, the tag or the page's data may make one.

  document.readyState == 'loading' && (await new Promise((done) => addEventListener('DOMContentLoaded', done)))
  // Throws for a second tag, which leaves everything to the first.
  customElements.define(
    'shelf-reel',
    class extends HTMLElement {
      static observedAttributes = ['kind', 'label', 'lang', 'brand', 'mpn', 'gtin', 'sku', 'for', 'layout']
      connectedCallback() {
        touch(this)
      }
      disconnectedCallback() {
        touch(this)
      }
      attributeChangedCallback() {
        touch(this)
      }
    },
  )
  // A shop's language switch.
  new MutationObserver(() => asked.forEach((_, element) => touch(element))).observe(document.documentElement, { attributeFilter: ['lang'] })
  // Elements in shadow roots have been touched too.
  touched.size || ((data.gtin || document.querySelector('[type*=json],[itemprop],[property]')) && also('d'))
  if (/shelfreel=debug/.test(location)) also('x')
  // An order is told of where there is no button, too.
  calls.splice(0).map((calls.push = ([name, given]) => (name == 'purchase' ? also(name, given) : (calls[calls.length] = [name, given]))))
})().catch(skip)
