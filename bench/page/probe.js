// Runs in the measured page before anything else, and tells when what a shopper waits for is on the screen. What it costs is known by its name and taken off (trace.mjs).
(() => {
  const tell = (what, at_ms, more) => benchTold(JSON.stringify({ what, at_ms, ...more }))

  /** The first frame on the screen in which `look()` is something. */
  const painted = (look) =>
    new Promise((done) => {
      const frame = () => {
        let found
        try {
          found = look()
        } catch {}
        if (!found) return requestAnimationFrame(frame)
        // Frame callbacks run before the frame is drawn; a message comes after.
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => done([performance.now(), found])
        port2.postMessage(0)
      }
      requestAnimationFrame(frame)
    })

  const inView = (element) => {
    const { width, height } = element?.getBoundingClientRect() ?? {}
    return width > 0 && height > 0 && element
  }

  window.bench = {
    /** Looks for the button from now on. */
    button(look) {
      painted(() => inView(look())).then(([at_ms]) => tell('button', at_ms))
    },
    /** Where to tap. */
    place(look) {
      const { x, y, width, height } = look().getBoundingClientRect()
      return { x: x + width / 2, y: y + height / 2 }
    },
    /** Times the next tap, from the finger's or the button's coming up: the next frame, the player there, the film's first frame. */
    tap({ dialog, video }) {
      addEventListener(
        'pointerup',
        ({ timeStamp }) => {
          painted(() => true).then(([at_ms]) => tell('response', at_ms - timeStamp))
          painted(dialog).then(([at_ms]) => tell('dialog', at_ms - timeStamp))
          const look = () => {
            const film = video()
            if (!film) return requestAnimationFrame(look)
            const frame = (now, { presentationTime }) => (film.paused ? film.requestVideoFrameCallback(frame) : tell('frame', presentationTime - timeStamp))
            film.requestVideoFrameCallback(frame)
          }
          look()
        },
        { capture: true, once: true },
      )
    },
    /** What the browser itself has noted. */
    noted() {
      const entries = (type) => new Promise((done) => {
        const observer = new PerformanceObserver((list) => (observer.disconnect(), done(list.getEntries())))
        observer.observe({ type, buffered: true })
        setTimeout(done, 200, [])
      })
      return Promise.all(['largest-contentful-paint', 'layout-shift'].map(entries)).then(([paints, shifts]) => ({
        largest_ms: paints.at(-1)?.startTime,
        shift: shifts.reduce((sum, { value }) => sum + value, 0),
      }))
    },
  }
})()
//# sourceURL=bench-probe.js
