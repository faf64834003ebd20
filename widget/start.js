// The loader's second half, which only pages with a video need: starts one of the widget's modules, stands between it and the page, and sends its beacons.
// It ships in one file with the button's glue.

/* global __VERSION__ -- the widget's, put in by scripts/build-widget.mjs */

// The kinds of messages, as in browser/src/state.rs.
const START = 0
const BROKEN = 1
const TICK = 6
const LOST = 32

// Told by the shop's calls, as in button/src/message.rs.
const CART = 4
const SEEN = 5
const BACK = 9
const READY = 12
const FAILED = 13
const REST = 14

const PATIENCE_MS = 8000

/** Until what was just shown is on the screen. (Not by a frame's callback: in one, WebKit takes what it plays for nobody's wish, and Chromium does what comes next before it paints.) */
const PAINT_MS = 50

/** A clock that is put right moves by less; a machine that sleeps, by more. */
const SLEEP_MS = 60_000

// As they are now: what a page puts in their place later loses no tap.
const { clearTimeout, requestAnimationFrame, setTimeout } = window

/** What both modules share with the page: what the shop may call, and their beacons' way out. */
const share = (page) => {
  // What keeps beacons back, and what they say of consent: see gate.js.
  const gate = { tell: page.tell, kept: [] }
  const consent = (said) => {
    // What holds is the last word, whichever of the calls is heard first; an order is told under it, too (purchase.js).
    said?.measurement != null && (page.api.said = said)
    // Nothing leaves until it is there; nor if it does not come.
    gate.shut = (_, again) => gate.kept.push(again)
    import(page.at('c') + 'js').then((module) => module.default(page, gate, page.api.said)).catch(() => {})
  }
  // Asked for with each beacon, since a consent manager may come late. In a frame, it is that of the page around it.
  const ask = () => {
    const { __tcfapi, dataLayer, Shopify, parent } = page.window
    gate.shut || ((__tcfapi || dataLayer || Shopify || parent != page.window) && consent())
  }
  ask()

  const calls = {
    cart: (item) => page.tell(CART, item || {}),
    consent,
    purchase: (...given) => page.also('purchase', given),
  }
  const call = (one) => calls[one[0]](...one[1])
  // What the shop has called before may be about what is mounted only now.
  new Promise(setTimeout).then(() => {
    const { q } = Object.assign(page.api, calls)
    q.splice(0).map(call)
    // Also what was taken hold of before puts its calls there.
    q.push = call
  }).catch(() => {})
  const observer = new IntersectionObserver((entries) => page.tell(SEEN, entries), { threshold: [0, 0.5] })
  // By how much one clock, which stands still while the machine sleeps, is behind the other.
  let behind_ms
  return {
    ...page,
    wakes() {
      const slept_ms = -behind_ms + (behind_ms = Date.now() - performance.now())
      slept_ms > SLEEP_MS && page.tell(BACK, { persisted: true, slept_ms })
    },
    // Observed anew, it tells at once what it sees.
    watch(element) {
      observer.unobserve(element)
      observer.observe(element)
    },
    unwatch: (element) => observer.unobserve(element),
    trigger: (host) => host.getRootNode().getElementById(host.getAttribute('for') || ''),
    // Above the page, as long as the page shows it: what nobody sees must not stand in a shopper's way. (The player's own observer tells it when it is hidden later. Not so the lobby's:
    // of a ResizeObserver the page may hear that it did not keep up.) A dialog that was moved with its element is above nothing any more.
    rise(dialog) {
      const look = () => {
        try {
          if (dialog.matches(':modal')) dialog.checkVisibility?.() == 0 ? dialog.close() : dialog.ariaBusy && requestAnimationFrame(look)
        } catch {}
      }
      dialog.showModal()
      look()
    },
    /** The dialog that the player will have, with the poster in it: what whoever has tapped sees until the player is there. Tells REST when it is left: by a key, a gesture, or a tap beside it. */
    lobby(host, answer) {
      const lobby = document.createElement('dialog')
      Object.assign(lobby, {
        ariaBusy: true,
        lang: answer.texts.language,
        // The same part as the player's, and one of its own.
        part: 'dialog lobby',
        ariaLabel: answer.texts.dialog.split('{title}').join(answer.product.videos[0].title),
        // When the player comes, it is no longer there.
        onclose: () => lobby.isConnected && page.tell(REST),
        // A tap on the poster is none beside it; nor is the second half of a double click on the button. No link follows it that the element may stand in.
        onclick: ({ target, detail }) => (detail > 1 || target != lobby || lobby.close(), false),
      })
      this.poster(lobby, answer)
      host.shadowRoot.append(lobby)
      this.rise(lobby)
      return lobby
    },
    poster(into, { product, base }) {
      const { poster, width, height } = product.videos[0]
      into.style.setProperty('--ratio', width / height)
      poster && into.append(Object.assign(new Image(), { part: 'poster', alt: '', loading: 'lazy', src: new URL(poster, base) }))
    },
    icon(into, d) {
      const [svg, path] = ['svg', 'path'].map((name) => document.createElementNS('http://www.w3.org/2000/svg', name))
      svg.setAttribute('viewBox', '0 0 24 24')
      svg.setAttribute('aria-hidden', true)
      svg.setAttribute('part', 'icon')
      path.setAttribute('d', d)
      svg.append(path)
      into.append(svg)
    },
    fits(host, item) {
      const said = ['gtin', 'sku', 'mpn'].filter((name) => item[name] != null)
      return !said[0] || said.some((name) => host.getAttribute(name) == item[name])
    },
    unable(host, { product }) {
      const detail = { video: product.videos[0].id, position_ms: 0, percent: 0 }
      host.dispatchEvent(new CustomEvent('shelfreel:error', { bubbles: true, composed: true, detail }))
    },
    /** What every beacon of a page view begins with, and when it began. Both modules number theirs in it. */
    view: (page_view, language, began_ms) =>
      (gate.view = { __proto__: { began_ms }, v: 1, page_view, n: 0, widget: __VERSION__, engine: page.engine, language: language.slice(0, 100) }),
    // Neither way of sending blocks anything, and a text needs no leave to cross origins. (`sendBeacon` would send cookies, of which the edge sets none; it says yes
    // even when a blocker drops the beacon, but there is nobody left to tell.)
    send(view, beacon, leaving, lost) {
      ask()
      if (gate.shut?.(view, () => this.send(view, beacon, 0, lost))) return
      view.n++
      const url = page.edge + 'playback/' + page.shop
      const body = JSON.stringify({ ...view, consent: gate.consent }).slice(0, -1) + ',' + beacon
      leaving
        ? navigator.sendBeacon(url, body)
        : fetch(url, { method: 'POST', body, keepalive: true, credentials: 'omit', priority: 'low' }).then((answer) => answer.ok || lost(), lost)
    },
  }
}

/**
 * Starts a module and resolves with the function that tells it something.
 *
 * `page` is the loader's: `{window, api, at, edge, shop, part, also}`. `glue` is what joins the module to the browser; it comes with its `twin`, the module as JavaScript, where the
 * page forbids WebAssembly. `module` is the answer that brings the WebAssembly otherwise.
 */
export const start = async (glue, module, page) => {
  const exports = glue.twin || (await WebAssembly.instantiateStreaming(module, glue.imports)).instance.exports
  const stack = exports[glue.stack]
  const top = stack.value
  glue.set(exports)
  const tell = (kind, subject, detail) => {
    try {
      shared.wakes()
      glue.tell(kind, subject, detail)
    } catch {
      // What the page has put in the place of something of the browser's threw, over the heads of all functions of the module that would have left the stack as they
      // found it. The module lets go of what it held.
      stack.value = top
      kind == BROKEN || tell(BROKEN)
    }
  }
  const shared = page.send ? page : share({ ...page, window, tell, engine: glue.twin ? 'js' : 'wasm' })
  let mark = ''
  let timer
  tell(START, {
    ...shared,
    hook: (kind) => (subject) => tell(kind, subject),
    wake(after_ms) {
      clearTimeout(timer)
      timer = after_ms < 0 ? 0 : setTimeout(tell, after_ms, TICK)
    },
    send(view, beacon, leaving, flush) {
      try {
        shared.send(view, beacon, leaving, () => tell(LOST + flush))
      } catch {}
    },
    /** Tells READY once the player is there; where it is, once what was just shown has been painted. */
    async player() {
      if (shared.call) return setTimeout(tell, PAINT_MS, READY)
      // What was given up on may still come: it is the player then, whatever became of what was asked for after it.
      const fail = () => shared.call || tell(FAILED)
      const patience = setTimeout(fail, PATIENCE_MS)
      // By another address each time: a browser may hold on to a script that did not come, or that it still waits for.
      const mine = (mark += '?')
      try {
        const call = await start(...(await page.part('p', mine)), shared)
        shared.call ||= call
        tell(READY)
      } catch {
        mine == mark && fail()
      }
      clearTimeout(patience)
    },
    call: (...told) => shared.call?.(...told),
  })
  return tell
}
