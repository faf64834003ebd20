// Makes the element on a page that has none: for the code that the tag names, or for the one product that the page is about, by its structured data (schema.org, as
// JSON-LD or microdata). Loaded only where there is the one or the other. A page that names several products (a listing, a carousel) is about none of them.

const TYPES = /^(https?:\/\/schema\.org\/)?(Product|ProductGroup|IndividualProduct|ProductModel|Book)$/
const GTINS = ['gtin13', 'gtin', 'gtin14', 'gtin12', 'gtin8', 'isbn', 'ean']

/** All values of a field that may be one or a list. */
const list = (value) => [value].flat().filter((one) => one != null)

/** Whether digits are a GTIN with a right check digit: a shop's own number in the wrong field is not one. */
const isGtin = (digits) =>
  /^(\d{8}|\d{12,14})$/.test(digits) &&
  Number(digits) > 0 &&
  [...digits].reverse().reduce((sum, digit, place) => sum + digit * (place % 2 ? 3 : 1), 0) % 10 === 0

const text = (value) => (value && typeof value === 'object' ? value.name || value['@value'] || '' : value ?? '') + ''

/** The codes of one product as attributes of an element. */
const codes = (product) => {
  const found = new Set()
  for (const name of GTINS) {
    for (const value of list(product[name])) {
      for (const code of text(value).split('|')) {
        const digits = code.replace(/[\s-]/g, '')
        if (isGtin(digits)) found.add(digits)
      }
    }
  }
  const attributes = {}
  if (found.size) attributes.gtin = [...found].slice(0, 2).join('|')
  const [brand, mpn] = [text(list(product.brand)[0]), text(list(product.mpn)[0])]
  if (brand && mpn) Object.assign(attributes, { brand, mpn })
  const sku = text(list(product.sku)[0])
  if (sku) attributes.sku = sku
  return attributes
}

/** Every product in a JSON-LD tree that stands for itself: not a related one, nor one of a list. */
const products = (node) => {
  if (Array.isArray(node)) return node.flatMap(products)
  if (!node || typeof node !== 'object') return []
  if (list(node['@type']).some((type) => TYPES.test(type))) return [node]
  return products(node['@graph'] || node.mainEntity || [])
}

const fromJsonLd = () =>
  [...document.querySelectorAll('script[type="application/ld+json"]')].flatMap((script) => {
    try {
      return products(JSON.parse(script.textContent))
    } catch {
      return []
    }
  })

const fromMicrodata = () =>
  [...document.querySelectorAll('[itemscope][itemtype]:not([itemprop])')]
    .filter((scope) => TYPES.test(scope.getAttribute('itemtype')))
    .map((scope) => {
      const product = {}
      for (const item of scope.querySelectorAll('[itemprop]')) {
        if (item.parentElement.closest('[itemscope]') !== scope) continue
        const name = item.getAttribute('itemprop')
        const value = item.content || item.getAttribute('content') || item.getAttribute('value')
        const inner = item.querySelector('[itemprop=name]')
        product[name] ??= (value || (inner || item).content || (inner || item).textContent || '').trim()
      }
      return product
    })

const discover = () => {
  for (const find of [fromJsonLd, fromMicrodata]) {
    const found = find().map(codes).filter((attributes) => Object.keys(attributes).length)
    const different = new Set(found.map((attributes) => JSON.stringify(attributes)))
    if (different.size) return different.size === 1 ? found[0] : undefined
  }
}

export default (tag) => {
  const { gtin, into } = tag.dataset
  const place = into ? document.querySelector(into) : tag
  const attributes = gtin ? { gtin } : discover()
  // A tag in the head is no place to show anything.
  if (!attributes || !document.body.contains(place)) return
  const element = document.createElement('shelf-reel')
  for (const name in attributes) element.setAttribute(name, attributes[name])
  if (into) place.append(element)
  else place.after(element)
}
