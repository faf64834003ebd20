// The shop's own script: a basket that counts, a filter for the listing. It tells Shelfreel what was put into the basket; where Shelfreel
// is not there (a blocker, an outage), the basket works the same.
const basketKey = 'ommeland-basket';

const count = document.querySelector('[data-count]');
const held = () => Number(sessionStorage.getItem(basketKey) ?? 0);
const show = () => {
  count.textContent = String(held());
  count.toggleAttribute('data-filled', held() > 0);
};

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-add]');
  if (!button) return;
  sessionStorage.setItem(basketKey, String(held() + 1));
  show();
  const { add, added } = button.dataset;
  window.shelfreel?.cart?.(JSON.parse(add));
  const label = button.textContent;
  if (label === added) return;
  button.textContent = added;
  setTimeout(() => (button.textContent = button.textContent === added ? label : button.textContent), 1600);
});

const tiles = [...document.querySelectorAll('[data-room]')];
const filters = [...document.querySelectorAll('[data-filter]')];

function filter() {
  if (filters.length === 0) return;
  const wanted = filters.map((link) => link.dataset.filter).find((room) => `#${room}` === location.hash) ?? 'all';
  for (const tile of tiles) tile.hidden = wanted !== 'all' && tile.dataset.room !== wanted;
  for (const link of filters) link.toggleAttribute('data-chosen', link.dataset.filter === wanted);
  for (const link of filters) link.dataset.filter === wanted ? link.setAttribute('aria-current', 'true') : link.removeAttribute('aria-current');
  if (wanted !== 'all') document.querySelector('.shelf').scrollIntoView();
}

addEventListener('hashchange', filter);
addEventListener('pageshow', show);
filter();
show();
