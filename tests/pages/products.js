// What the shops of these pages sell, and the film that belongs to each product in the two languages that the shops speak: by the demo's catalogue.
export const languages = ['nl', 'en'];

export const products = {
  breeze: { name: 'Breeze', gtin: '9524710000125', films: { nl: 'Goedemorgen, smoothie', en: 'Good morning, smoothie' } },
  ridge: { name: 'Ridge 3', gtin: '614141003013', films: { nl: 'Hundert Kilometer im Test', en: 'Some paths are best left unpaved' } },
  none: { name: 'Without a film', gtin: '9524790000145', films: {} },
  vos: { name: 'Stapelvos', gtin: '95273013', films: { nl: 'Wat zit er in de doos?', en: 'Stapelvos' } },
  haven: { name: 'De stille haven', gtin: '9789999952101', films: { nl: 'De stille haven, de trailer', en: 'De stille haven, de trailer' } },
};

/** What an address of a shop shows: `/react/nl/` is the listing, `/react/nl/vos` a product. */
export function place(path) {
  const [, shop, language, slug] = path.split('/');
  return { shop, language, slug, product: products[slug] };
}
