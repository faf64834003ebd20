// Shelfreel's loader: the one tag a shop pastes. It asks the edge, once for all elements of the page, whether there are videos for their
// products, and only then loads the widget. Nothing here may ever reach the page: no exception, no message, no storage.
//
// Calls that may come before this file does, a shop queues with one line:
//   <script>window.shelfreel=window.shelfreel||{q:[]};["cart","purchase","consent"].forEach(f=>shelfreel[f]=shelfreel[f]||((...a)=>shelfreel.q.push([f,a])))</script>

/* global __GLUE__, __WASM__, __START__, __DISCOVER__ -- file names, put in by scripts/build-widget.mjs */

// The kinds of messages to the widget, as in message.rs.
const [START, MOUNT, UNMOUNT, CART] = [0, 1, 2, 3]

const NAME = 'shelf-reel'
// The edge answers for so many products at once.
const MOST = 24
const PATIENCE_MS = 8000

const tag = document.currentScript
const api = (window.shelfreel ||= {})
const queued = api.q || []

// A second tag finds `q` replaced, and leaves everything to the first.
if (tag && Array.isArray(queued)) {
  const data = tag.dataset
  const edge = new URL(tag.src).origin + '/v1/'
  const file = (name) => edge + 'widget/' + name
  const options = () => ({ credentials: 'omit', signal: AbortSignal.timeout(PATIENCE_MS) })
  const guard =
    (work) =>
    (...given) => {
      try {
        return work(...given)
      } catch {}
    }

  // The widget, loaded when the first product has a video.

  let widget // a promise of the function that tells it something
  let alive = true
  let cart = [] // what was put there before there was a widget

  const load = async () => {
    const [glue, module] = await Promise.all([
      import(file(__GLUE__)),
      WebAssembly.compileStreaming(fetch(file(__WASM__), options())),
    ])
    const { exports } = await WebAssembly.instantiate(module, { a: glue })
    glue.__wbg_set_wasm(exports)
    exports[__START__]()
    const tell = (...message) => {
      try {
        alive && glue.tell(...message)
      } catch {
        // What has failed once is not trusted again.
        alive = false
        asked.forEach((_, element) => element.shadowRoot?.replaceChildren())
      }
    }
    tell(START, { window, encoder: new TextEncoder(), url: edge + 'playback/' + data.shop, hook: (kind) => (subject) => tell(kind, subject) })
    cart = { push: (item) => tell(CART, item) }
    return tell
  }

  // The elements: what each asks for, and whether it shows something.

  const asked = new Map()
  let touched = new Set()

  const touch = (element) => {
    touched.size || queueMicrotask(look)
    touched.add(element)
  }

  const escape = (code) => code.trim().replace(/[%|:]/g, encodeURIComponent)

  const question = (element) => {
    const read = (name) => element.getAttribute(name) || ''
    const codes = read('gtin').split('|').filter((code) => code.trim()).map((code) => 'gtin:' + escape(code))
    read('mpn') && codes.push('mpn:' + escape(read('brand')) + ':' + escape(read('mpn')))
    read('sku') && codes.push('sku:' + escape(read('sku')))
    let lang = read('lang') || data.lang
    for (let node = element; node && !lang; node = node.parentNode || node.host) lang = node.getAttribute?.('lang')
    return [codes.join('|'), lang || '', read('kind') || data.kind || '']
  }

  const say = (element, name, detail) =>
    element.dispatchEvent(new CustomEvent('shelfreel:' + name, { bubbles: true, composed: true, detail }))

  const look = guard(() => {
    const groups = {}
    for (const element of touched) {
      const before = asked.get(element)
      const [codes, lang, kind] = element.isConnected ? question(element) : []
      // An element that was only moved asks what it asked before.
      if (before && before.codes === codes && before.lang === lang && before.kind === kind) continue
      before?.shown && widget.then((tell) => tell(UNMOUNT, element))
      asked.delete(element)
      if (codes) {
        const next = { element, codes, lang, kind }
        asked.set(element, next)
        ;(groups[[lang, kind]] ||= []).push(next)
      } else if (element.isConnected) {
        say(element, 'nomatch', { why: 'code_empty' })
      }
    }
    touched = new Set()
    for (const key in groups) {
      while (groups[key][0]) ask(groups[key].splice(0, MOST))
    }
  })

  const ask = async (group) => {
    const { lang, kind } = group[0]
    const query = new URLSearchParams(group.map(({ codes }) => ['p', codes]))
    lang && query.set('lang', lang)
    kind && query.set('kind', kind)
    data.market && query.set('market', data.market)
    const base = edge + 'match/' + data.shop + '?' + query
    let answer, tell
    try {
      answer = await (await fetch(base, options())).json()
      if (answer.products.some(({ videos }) => videos[0]) && answer.texts.watch) {
        tell = await (widget ||= load().catch(() => (widget = 0)))
      }
    } catch {}
    group.forEach((one, index) => {
      const product = answer?.products?.[index] || answer || {}
      // The page may have moved on meanwhile.
      if (asked.get(one.element) !== one) return
      if (tell && product.videos?.[0]) {
        one.shown = true
        tell(MOUNT, one.element, { product, texts: answer.texts, base, language: lang })
        say(one.element, 'match', product)
      } else {
        say(one.element, 'nomatch', product.why ? product : { why: 'unavailable' })
      }
    })
  }

  // What shops may call.

  api.cart = (item) => cart.push(item || {})
  // Nothing is sent yet that would need them.
  api.purchase = api.consent = () => {}
  api.q = { push: guard(([name, given]) => api[name](...given)) }
  queued.forEach(api.q.push)

  // The page: all elements that the parser has found are asked for at once; where there is none, the tag or the page's data may make one.

  const make = (codes) => {
    const place = data.into ? document.querySelector(data.into) : tag
    // A tag in the head has no place to show anything.
    if (!codes || !document.body.contains(place)) return
    const element = document.createElement(NAME)
    for (const name in codes) element.setAttribute(name, codes[name])
    data.into ? place.append(element) : place.after(element)
  }

  const begin = guard(() => {
    if (document.readyState === 'loading') return document.addEventListener('readystatechange', begin, { once: true })
    customElements.define(
      NAME,
      class extends HTMLElement {
        static observedAttributes = ['gtin', 'brand', 'mpn', 'sku', 'lang', 'kind']
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
    new MutationObserver(() => asked.forEach((_, element) => touch(element))).observe(document.documentElement, {
      attributeFilter: ['lang'],
    })
    if (document.querySelector(NAME)) return
    if (data.gtin) make({ gtin: data.gtin })
    else if (document.querySelector('script[type="application/ld+json"],[itemprop^=gtin]')) {
      import(file(__DISCOVER__)).then((discover) => make(discover.default())).catch(() => {})
    }
  })
  begin()
}
