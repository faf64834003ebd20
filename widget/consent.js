// What the page's consent manager says of measurement: `true` (the shopper has agreed), `false` (has refused), or undefined: there is no decision, or only one for
// measurement without an identifier, which is what is measured anyway. Only pages that have one of these interfaces load this file:
//
// - IAB TCF 2.2, `__tcfapi` (IAB Tech Lab, "CMP API" v2.1; IAB Europe, "TCF Policies", appendix A). Purpose 8 is "measure content performance", by consent or by legitimate
//   interest; purpose 1 is "store and/or access information on a device", by consent only. What is sent only with consent needs both. Purpose 8 alone is measurement
//   that keeps nothing on the device. Neither consent to purpose 8 nor a legitimate interest that the shopper let stand is a refusal. We are no vendor on the IAB's list, so
//   no vendor's bit can be ours: the purposes tell what the shopper wants, and the shop's own agreement with us is what we go by (docs/privacy.md).
// - Google Consent Mode 2 (Google, "Set up consent mode on websites"). `default` is what holds until somebody decides, and says nothing of the shopper; `update` is a decision.
//   It goes through `dataLayer`; tag managers' templates may tell it to `google_tag_data.ics` alone, which is not documented, so it is only heard besides.
// - Shopify's Customer Privacy API. `currentVisitorConsent()` is the decision, `analyticsProcessingAllowed()` what may be done: without a decision it tells only where the
//   shopper lives.
//
// A shop may have several. One refusal outweighs all, and a grant counts unless another interface knows of a decision that goes less far.

const LESS = null // decided: without an identifier
const UNHEARD = 0 // nothing has been heard yet

/** What fails here must be heard by nobody: it is the page that calls. */
const quietly =
  (work) =>
  (...given) => {
    try {
      return work(...given)
    } catch {}
  }

/**
 * Calls `set` with what the page's interfaces say together: when all that were asked have answered, be it that nothing is decided, and whenever it changes. Returns whether there is one that will
 * answer: those that were asked do, the others tell when somebody decides.
 */
export default (window, set) => {
  const said = {}
  let before = UNHEARD

  let looking

  const say = (who, what) => {
    said[who] = what
    looking || decide()
  }
  const decide = () => {
    const all = Object.values(said)
    const now = all.includes(false) ? false : all.includes(LESS) ? undefined : all.includes(true) || undefined
    // Nobody has decided, so far: who has not answered yet may know of a refusal.
    if (before === UNHEARD && now === undefined && !(all.length && Object.entries({ tcf, shopify }).every(([who, one]) => absent.has(one) || who in said))) return
    now === before || set((before = now))
  }

  // Each is looked for until it is there: consent managers are often scripts that come late.
  const absent = new Set([tcf, google, tags, shopify])
  const look = () => {
    looking = true
    absent.forEach((one) => quietly(one)(window, say, look) && absent.delete(one))
    looking = false
    decide()
  }
  look()
  window.addEventListener('load', look, { once: true })
  return !absent.has(tcf) || !absent.has(shopify)
}

const tcf = (window, say) => {
  const hear = quietly((data, success) => {
    if (!success) return
    // Where the law does not ask, nobody was asked.
    if (data.gdprApplies === false) return say('tcf')
    // While the dialog is open (`cmpuishown`), what was decided before still holds.
    if (!data.tcString || !/^(tcloaded|useractioncomplete)$/.test(data.eventStatus)) return
    const { consents, legitimateInterests } = data.purpose
    say('tcf', consents[8] ? !!consents[1] || LESS : legitimateInterests[8] ? LESS : false)
  })
  if (window.__tcfapi) {
    window.__tcfapi('addEventListener', 2, hear)
    return true
  }
  // In an iframe the interface is that of the next page outwards which has a frame of this name, and is spoken to by messages.
  for (let frame = window; frame != window.top; ) {
    frame = frame.parent
    if (!quietly(() => frame.frames.__tcfapiLocator)()) continue
    const callId = 'shelfreel' + Math.random()
    window.addEventListener('message', ({ source, data }) => {
      const answer = data?.__tcfapiReturn
      if (source == frame && answer?.callId == callId) hear(answer.returnValue, answer.success)
    })
    frame.postMessage({ __tcfapiCall: { command: 'addEventListener', version: 2, callId } }, '*')
    return true
  }
}

const google = (window, say, look) => {
  const layer = window.dataLayer
  if (!layer?.push) return
  const read = (entry) => {
    const what = entry?.[0] == 'consent' && entry[1] == 'update' && entry[2]?.analytics_storage
    if (what) say('google', what == 'granted')
  }
  Array.from(layer).forEach(read)
  const { push } = layer
  const hear = quietly((entries) => {
    entries.forEach(read)
    // What comes with a tag manager comes now.
    look()
  })
  // Tag managers, too, put a function of their own in this place, which calls the one before. The call and its answer stay the page's.
  layer.push = function (...entries) {
    const answer = push.apply(this, entries)
    hear(entries)
    return answer
  }
  return true
}

const tags = (window, say) => {
  const { ics } = window.google_tag_data || {}
  if (!ics?.addListener) return
  const read = quietly(() => {
    const what = ics.entries.analytics_storage.update
    if (what != null) say('google', what === true || what == 'granted')
  })
  ics.addListener(['analytics_storage'], read)
  read()
  return true
}

const shopify = (window, say) => {
  const { Shopify } = window
  const read = quietly(() => {
    const { analytics } = Shopify.customerPrivacy.currentVisitorConsent()
    say('shopify', analytics == 'no' ? false : (analytics == 'yes' && Shopify.customerPrivacy.analyticsProcessingAllowed()) || undefined)
  })
  if (Shopify?.customerPrivacy) read()
  // This is how every app asks for it; it is loaded once.
  else if (Shopify?.loadFeatures) Shopify.loadFeatures([{ name: 'consent-tracking-api', version: '0.1' }], read)
  else return
  window.document.addEventListener('visitorConsentCollected', read)
  return true
}
