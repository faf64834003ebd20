// The single-page shop: changes product by history.pushState. The film's element is kept and given another attribute, or replaced by a
// new one, as the visitor chooses (or `?mode=replace`): shops do either, and both must work.
const products = JSON.parse(document.getElementById('products').textContent);
const part = (name) => document.querySelector(`[data-part=${name}]`);
const links = [...document.querySelectorAll('[data-product]')];
const modes = [...document.querySelectorAll('[name=mode]')];
const codeAttributes = ['gtin', 'brand', 'mpn', 'sku', 'lang'];

const query = () => new URLSearchParams(location.search);
const chosen = () => products.find((product) => product.id === query().get('p')) ?? products[0];
const replaces = () => modes.some((mode) => mode.checked && mode.value === 'replace');

function setCodes(element, codes) {
  for (const name of codeAttributes) {
    if (name in codes) element.setAttribute(name, codes[name]);
    else element.removeAttribute(name);
  }
}

function showFilm(codes) {
  const old = part('film').querySelector('shelf-reel');
  if (!replaces()) return setCodes(old, codes);
  const fresh = document.createElement('shelf-reel');
  setCodes(fresh, codes);
  old.replaceWith(fresh);
}

function show(product) {
  const [what, description] = product.text;
  part('panel').className = `panel tone-${product.tone}`;
  part('art').src = product.art;
  part('art').alt = `${product.brand} ${product.name}`;
  for (const [name, text] of Object.entries({ brand: product.brand, name: product.name, what, price: product.price, description }))
    part(name).textContent = text;
  part('add').dataset.add = JSON.stringify(product.basket);
  mark(product);
  showFilm(product.film);
}

function mark(product) {
  document.title = `${product.brand} ${product.name} · Ommeland`;
  for (const link of links) {
    if (link.dataset.product !== product.id) link.removeAttribute('aria-current');
    else link.setAttribute('aria-current', 'true');
  }
  links.find((link) => link.dataset.product === product.id).scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-product]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  const parameters = query();
  if (chosen().id === link.dataset.product) return;
  parameters.set('p', link.dataset.product);
  history.pushState(null, '', `?${parameters}`);
  show(chosen());
});

addEventListener('popstate', () => show(chosen()));

if (query().get('mode') === 'replace') modes.find((mode) => mode.value === 'replace').checked = true;
if (chosen() === products[0]) mark(products[0]);
else show(chosen());
