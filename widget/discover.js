// Makes the element on a page that has none: for the code that the tag names, or for the one product that the page is about, by its structured data: schema.org as JSON-LD,
// microdata or RDFa, and Open Graph's product codes. Loaded only where there may be some.
//
// The rules. A page is about the one product that its data describes, or, of several, about the one whose address is the page's. A listing, a carousel and related products
// make no element. The first format that names a product wins, in the order above; a later one adds only what the first leaves out, and only where it says that it is
// about the same product. Shop systems print all of it carelessly, so much is forgiven here, but no code is mended or thrown away: the edge knows the rules of codes, and its
// answer says what was wrong with one.

const TYPES = /^(Product|ProductGroup|ProductModel|IndividualProduct|SomeProducts|Book|Vehicle|Car|DietarySupplement)$/
// Pages that are lists by their own word.
const LISTS = /^(CollectionPage|SearchResultsPage)$/
const GTINS = ['gtin13', 'gtin', 'gtin14', 'gtin12', 'gtin8', 'isbn', 'ean', 'ean13', 'upc']
// A type or a property, without where it is defined.
const VOCABULARY = /^(schema:|https?:\/\/(www\.)?schema\.org\/)|\/$/g
const NOTHING = /^(n\/?a|null|none|undefined|false|-*)$/i
const ENTITIES = { amp: '&', quot: '"', apos: "'", lt: '<', gt: '>' }

/** All values of a field that may be one or a list. */
const list = (value) => [value].flat(9).filter((one) => one != null)

/** The text of a value, which may be a thing with a name. What was escaped for HTML on its way into JSON is read as it was meant. */
const text = (value) => {
  const [one] = list(value)
  if (one && typeof one === 'object') return text(one['@value'] ?? one.name ?? one.value)
  const plain = String(one ?? '')
    .replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (all, decimal, hex, name) => (name ? ENTITIES[name] ?? all : String.fromCharCode(decimal || parseInt(hex, 16))))
    .trim()
  return NOTHING.test(plain) ? '' : plain
}

/** Whether digits are a GTIN with a right check digit: a shop's own number in the wrong field mostly is not. */
const isGtin = (digits) =>
  /^(\d{8}|\d{12,14})$/.test(digits) &&
  Number(digits) > 0 &&
  [...digits].reverse().reduce((sum, digit, place) => sum + digit * (place % 2 ? 3 : 1), 0) % 10 === 0

/** A thing with plain, lower-case names of properties, whatever the format; `type` is a list. */
const plain = (node) => {
  const thing = { type: list(node['@type']).map((type) => String(type).replace(VOCABULARY, '')) }
  for (const name in node) {
    if (name[0] !== '@') thing[name.replace(VOCABULARY, '').toLowerCase()] ??= node[name]
  }
  thing.id = node['@id']
  thing.graph = node['@graph']
  return thing
}

const isThing = (node) => node && typeof node === 'object'

/** The things that others may mean by their `@id`. */
const byId = (nodes) =>
  new Map(
    list(nodes)
      .filter(isThing)
      .flatMap((node) => [...byId(node['@graph']), ...(node['@type'] && node['@id'] ? [[node['@id'], node]] : [])]),
  )

/** Every product in a tree that stands for itself: not a related one, nor one of a list. `main` is told what the page says that it is about. */
const products = (node, main) =>
  list(node)
    .filter(isThing)
    .map(plain)
    .flatMap((thing) => {
      if (thing.type.some((type) => LISTS.test(type))) main.list = true
      if (thing.type.some((type) => TYPES.test(type))) return [thing]
      const about = list(thing.mainentity).filter(isThing)
      about.map((one) => main.ids.add(one['@id']))
      return products([thing.graph, about, thing.type.includes('Offer') && thing.itemoffered], main)
    })

/** What identifies one product, variant or offer: `{gtins, brand, mpn, sku, urls}`. */
const codes = (thing, named) => {
  const find = (value) => list(value).map((one) => named.get(one['@id']) ?? one)
  const coded = [thing.identifier, thing.additionalproperty].flat().filter(isThing).map(plain)
  const gtins = [
    ...GTINS.flatMap((name) => list(thing[name])),
    ...coded.filter(({ propertyid, name }) => /^(gtin|ean|upc|isbn)/i.test(text(propertyid) || text(name))).map(({ value }) => value),
    ...list(thing.productid).map(String).filter((id) => /^(gtin|ean|upc|isbn)\d*:/i.test(id)).map((id) => id.replace(/^\w+:/, '')),
  ]
  return {
    // A GTIN may be written as a GS1 Digital Link, and several in one field.
    gtins: gtins.flatMap((value) => text(value).replace(/^https?:.*\/01\/(\d+).*/, '$1').split('|')).map((code) => code.trim()).filter((code) => !NOTHING.test(code)),
    brand: text(find(thing.brand)) || text(find(thing.manufacturer)),
    mpn: text(thing.mpn),
    sku: text(thing.sku),
    urls: [thing.url, thing.id, thing.mainentityofpage].flat().map((url) => (isThing(url) ? url['@id'] ?? url.url : url)).filter(Boolean).map(String),
  }
}

/** A product: what identifies it, its variants and offers, and by what others may mean the same. */
const product = (thing, named) => {
  const inner = (names) => names.flatMap((name) => list(thing[name])).map((one) => named.get(one['@id']) ?? one).filter(isThing).map(plain)
  const offers = inner(['offers']).flatMap((offer) => [offer, ...list(offer.offers).filter(isThing).map(plain)])
  const variants = inner(['hasvariant']).map((variant) => {
    const self = codes(variant, named)
    const sold = list(variant.offers).filter(isThing).map((offer) => codes(plain(offer), named))
    return { ...self, gtins: [...self.gtins, ...sold.flatMap(({ gtins }) => gtins)], urls: [...self.urls, ...sold.flatMap(({ urls }) => urls)] }
  })
  const self = codes(thing, named)
  const isGroup = thing.type.includes('ProductGroup')
  const groups = list(thing.isvariantof).filter(isThing).flatMap((one) => [one.productGroupID, one['@id']])
  const group = [thing.productgroupid, thing.inproductgroupwithid, isGroup && thing.id, ...groups]
  variants.push(...offers.map((offer) => codes(offer, named)).filter(({ gtins, sku }) => gtins[0] || sku))
  const name = text(thing.name).toLowerCase()
  const coded = [self, ...variants].flatMap(({ sku, gtins }) => [sku && 'sku ' + sku, ...gtins.map((gtin) => 'gtin ' + gtin)])
  const keys = [thing.id, name && 'name ' + name, ...group.map((id) => id && 'group ' + text(id)), ...coded]
  return {
    name,
    id: thing.id,
    isVariant: Boolean(thing.isvariantof || thing.inproductgroupwithid) && !isGroup,
    keys: keys.filter(Boolean),
    self,
    variants,
  }
}

/** Those of the things that are the same product, put together: two plug-ins print it twice, and variants stand beside their group. */
const merged = (found) => {
  const different = []
  const known = new Map()
  for (const one of found) {
    let same = one.keys.map((key) => known.get(key)).find(Boolean)
    if (!same) different.push((same = { ...one, self: { gtins: [], urls: [] }, variants: [] }))
    one.keys.map((key) => known.set(key, same))
    const { self } = one
    if (one.isVariant) same.variants.push(self)
    else {
      same.self.gtins.push(...self.gtins)
      same.self.urls.push(...self.urls)
      for (const name of ['brand', 'mpn', 'sku']) same.self[name] ||= self[name]
    }
    same.variants.push(...one.variants)
  }
  return different
}

// An address, absolute, without what follows `#`; nothing for what is none.
const address = (url, base) => {
  try {
    return new URL(url, base).href.replace(/#.*/, '')
  } catch {}
}
const path = (url) => url?.replace(/^https?:\/\/[^/]*|\?.*/g, '').replace(/\/$/, '')

/** Whether an address names a variant that the page's address names as well, among whatever else. */
const isShown = (url, here) => {
  const [asked, shown] = [url, here].map((one) => new URL(one, here).searchParams)
  return [...asked][0] && [...asked].every(([name, value]) => shown.get(name) === value)
}

/** The codes of one product as an element's attributes. */
const attributes = ({ self, variants }, here) => {
  const exact = variants.filter(({ urls }) => urls.some((url) => address(url, here) && isShown(url, here)))
  // The shopper looks at one variant, or at all of them.
  const parts = exact[0] ? [exact[0], self] : [self, ...variants]
  const only = (name) => new Set(parts.map((part) => part[name]).filter(Boolean))
  const { mpn, sku } = { mpn: [...only('mpn')], sku: [...only('sku')] }
  const brand = [...only('brand')][0]
  const one = {}
  if (brand && (self.mpn || exact[0] || mpn.length === 1) && mpn[0]) Object.assign(one, { brand, mpn: mpn[0] })
  if ((self.sku || exact[0] || sku.length === 1) && sku[0]) one.sku = sku[0]
  const written = [...new Set(parts.flatMap(({ gtins }) => gtins))]
  const valid = [...new Set(written.map((code) => code.replace(/[\s-]/g, '')).filter(isGtin))]
  // The edge takes four codes. Where none is valid the first goes as it is written: the answer says what is wrong with it.
  const gtins = valid[0] ? valid.slice(0, 4 - !!one.mpn - !!one.sku) : written.slice(0, 1)
  return gtins[0] ? { gtin: gtins.join('|'), ...one } : one
}

/** Reads JSON as shop systems print it: with comments around it, line breaks in texts, a comma too many, numbers that begin with 0, or escaped for HTML. */
const parse = (source) => {
  try {
    return JSON.parse(source)
  } catch {}
  const bare = source
    .replace(/^\uFEFF|<!--|-->|<!\[CDATA\[|\]\]>/g, '')
    .trim()
    // What commented the marks out.
    .replace(/^(\/\/|\/\*\s*\*\/)|(\/\/|\/\*\s*\*\/)$/g, '')
    .trim()
  const mended = (/"/.test(bare) ? bare : bare.replace(/&quot;|&#34;/g, '"'))
    .replace(/[\u0000-\u001f]+/g, ' ')
    .replace(/\\'/g, "'")
    .replace(/:\s*(?=[,}])/g, ':null')
    .replace(/:\s*(0\d+)\s*(?=[,}\]])/g, ':"$1"')
    .replace(/,(?=\s*[,}\]])/g, '')
    .replace(/;$/, '')
  for (const json of [bare, mended]) {
    try {
      return JSON.parse(json)
    } catch {}
  }
}

const fromJsonLd = (page) => [...page.querySelectorAll('script[type*="ld+json" i]')].map((script) => parse(script.textContent))

/** What an element says where it stands for a value (HTML, section 5.2.4; `content` counts on any element, as search engines take it). */
const valueOf = (element) =>
  element.getAttribute('content') ?? element.getAttribute(/^(A|AREA|LINK)$/.test(element.tagName) ? 'href' : 'value') ?? element.textContent

/**
 * The things of a page that marks its own text up, as trees like those of JSON-LD. `marks` says by which attributes: `thing` that an element is one, `type`, `name` that it
 * is a property of the one around it; `more` finds other elements whose properties are a thing's too.
 */
const fromMarks = (page, { thing, type, name, more }) => {
  const seen = new Set()
  const words = (element, attribute) => (element.getAttribute(attribute) ?? '').split(/\s+/).filter(Boolean)
  const read = (element) => {
    const node = { '@type': words(element, type), '@id': element.getAttribute('itemid') ?? element.getAttribute('resource') }
    if (seen.has(element)) return node
    seen.add(element)
    for (const root of [element, ...more(element)]) {
      for (const item of [root, ...root.querySelectorAll(`[${name}]`)]) {
        // Properties of another thing, in this one.
        const owner = item !== root && item.parentElement.closest(`[${thing}]`)
        const isOurs = item === root ? root !== element && item.hasAttribute(name) : owner === element || !root.contains(owner)
        if (!isOurs) continue
        const value = item.hasAttribute(thing) ? read(item) : valueOf(item)
        for (const property of words(item, name)) (node[property] ??= []).push(value)
      }
    }
    return node
  }
  return [...page.querySelectorAll(`[${thing}]:not([${name}])`)]
    // A product's box within a product is a related one.
    .filter((element) => !element.parentElement?.closest(`[${type}*=Product]`))
    .map(read)
}

const MICRODATA = {
  thing: 'itemscope',
  type: 'itemtype',
  name: 'itemprop',
  more: (element) => (element.getAttribute('itemref') ?? '').split(/\s+/).filter(Boolean).map((id) => element.ownerDocument.getElementById(id)).filter(Boolean),
}
const RDFA = {
  thing: 'typeof',
  type: 'typeof',
  name: 'property',
  more: (element) => {
    const about = element.getAttribute('resource')
    return about ? [...element.ownerDocument.querySelectorAll('[resource]:not([typeof]):not([property])')].filter((other) => other.getAttribute('resource') === about) : []
  },
}

/** Open Graph is about the page itself; a product by its type or its codes. */
const fromOpenGraph = (page) => {
  const read = (...names) => names.map((name) => text(page.querySelector(`meta[property="${name}"],meta[name="${name}"]`)?.content)).find(Boolean)
  const product = {
    '@type': 'Product',
    gtin: ['gtin', 'ean', 'upc', 'isbn'].map((name) => read('product:' + name, 'og:' + name)),
    brand: read('product:brand', 'og:brand'),
    mpn: read('product:mfr_part_no'),
    sku: read('product:retailer_item_id', 'product:retailer_part_no'),
    name: read('og:title'),
  }
  return product.gtin.some(Boolean) || product.mpn || /product/.test(read('og:type')) ? [product] : []
}

/** What the page is about: an element's `attributes`, or `why` there is none: `no_product`, `several_products` or `no_code`. `here` is the page's address. */
export const find = (page, here = page.location.href) => {
  const main = { ids: new Set() }
  const canonical = page.querySelector('link[rel=canonical]')?.getAttribute('href')
  const pages = [here, canonical && address(canonical, here)].filter(Boolean).map(path)
  const isHere = ({ self }) => self.urls.some((url) => pages.includes(path(address(url, here))))
  const hints = [({ id }) => id && main.ids.has(id), isHere, ({ self }) => !self.urls[0]]
  let first
  let several
  for (const read of [fromJsonLd, (page) => fromMarks(page, MICRODATA), (page) => fromMarks(page, RDFA), fromOpenGraph]) {
    const isAboutPage = read === fromOpenGraph
    // Where a format cannot say which one, only Open Graph can.
    if (several && !isAboutPage) continue
    const nodes = list(read(page))
    const named = byId(nodes)
    const found = merged(products(nodes, main).map((thing) => product(thing, named)))
    if (main.list) return { why: 'several_products' }
    const one = found.length === 1 ? found[0] : hints.map((hint) => found.filter(hint)).find(({ length }) => length === 1)?.[0]
    several ||= found[0] && !one
    if (!one) continue
    const now = attributes(one, here)
    if (!first) first = { ...one, attributes: now }
    else if (isAboutPage || (now.sku && now.sku === first.attributes.sku) || (one.name && one.name === first.name)) {
      const isValid = ({ gtin = '' }) => isGtin(gtin.split('|')[0])
      if (isValid(now) && !isValid(first.attributes)) delete first.attributes.gtin
      first.attributes = { ...now, ...first.attributes }
    }
  }
  if (!first) return { why: several ? 'several_products' : 'no_product' }
  return Object.keys(first.attributes)[0] ? { attributes: first.attributes } : { why: 'no_code' }
}

export default (tag) => {
  const { gtin, into, layout, label, for: trigger } = tag.dataset
  const page = tag.ownerDocument
  const place = into ? page.querySelector(into) : tag
  // A tag in the head is no place to show anything.
  if (!page.body.contains(place)) return
  const attributes = gtin ? { gtin } : find(page).attributes
  if (!attributes) return
  const element = page.createElement('shelf-reel')
  const all = { ...attributes, layout, label, for: trigger }
  for (const name in all) all[name] && element.setAttribute(name, all[name])
  if (into) place.append(element)
  else place.after(element)
}
