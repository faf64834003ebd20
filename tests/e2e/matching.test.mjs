// The right video for each form of product code and each wish of language, on a page of another origin, as the loader asks for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { ENGINE, open, outcomes, playing, video, visitProduct } from '../support/shopper.mjs';
import { startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), page: () => startPage() });

/** Shows elements on one page, which hears of no error, and resolves with what each was told. */
async function shown(elements, options) {
  const html = Object.entries(elements).map(([id, attributes]) => `<shelf-reel id="${id}" ${attributes}></shelf-reel>`).join('\n');
  await visitProduct(world, html, options);
  const told = await outcomes(world.browser, Object.keys(elements).length);
  assert.deepEqual(await world.browser.executeScript('return faults'), []);
  return told;
}

const first = (outcome) => outcome.detail.videos?.[0];

test('each way in which a shop writes a product’s code leads to its video', async () => {
  const told = await shown({
    ean: 'gtin="9524710000125"',
    gtin14: 'gtin="09524710000125"',
    spaces: 'gtin="952 4710 00012 5"',
    several: 'gtin="9524799999999|9524710000125"',
    upc: 'gtin="614141003013"',
    gtin8: 'gtin="95273013"',
    isbn: 'gtin="ISBN 978-99999-5210-1"',
    mpn: 'brand="KENWICK®" mpn="gk 2 b"',
    alias: 'brand="Kenwick Keuken" mpn="BR7-GR"',
    sku: 'sku="DRIFT-24-MOUSSE" lang="fr"',
  }, { lang: 'nl', tag: 'data-lang="nl,en,de,fr"' });
  const ids = Object.fromEntries(Object.entries(told).map(([id, outcome]) => [id, first(outcome)?.id]));
  assert.deepEqual(ids, {
    ean: 'kenwick-br7-nl', gtin14: 'kenwick-br7-nl', spaces: 'kenwick-br7-nl', several: 'kenwick-br7-nl', upc: 'solvane-ridge-en', gtin8: ids.gtin8,
    isbn: 'zandbank-haven-nl', mpn: 'kenwick-gk2-en', alias: 'kenwick-br7-nl', sku: 'solvane-drift-fr',
  });
  assert.match(ids.gtin8, /^tikkeling-vos-/);
});

test('the first wish that is spoken wins, then the nearest, and each answer says by which rule', async () => {
  const gtin = 'gtin="9524710000125"';
  const told = await shown({
    same: `${gtin} lang="nl"`,
    broader: `${gtin} lang="nl-BE"`,
    second: `${gtin} lang="pt,en"`,
    near: `${gtin} lang="lb"`,
    captions: `${gtin} lang="pl"`,
    silent: 'gtin="9524720000115" lang="sv"',
    page: gtin,
  }, { lang: 'en-GB' });
  const said = Object.fromEntries(Object.entries(told).map(([id, outcome]) => [id, [first(outcome)?.id, first(outcome)?.why.language]]));
  assert.deepEqual(said, {
    same: ['kenwick-br7-nl', 'same'],
    broader: ['kenwick-br7-nl', 'broader'],
    second: ['kenwick-br7-en', 'same'],
    near: ['kenwick-br7-reinigen-de', 'near'],
    captions: ['kenwick-br7-en', 'captions'],
    silent: ['auberon-lune-zxx', 'no_speech'],
    page: ['kenwick-br7-en', 'broader'],
  });
});

test('where there is nothing the element is told why, stays empty, and takes no room', async () => {
  const told = await shown({
    nothing: 'gtin="9524790000145"',
    digit: 'gtin="9524710000126"',
    market: 'gtin="9524720000283" lang="fr"',
    language: 'sku="DRIFT-24-MOUSSE" lang="ja"',
    empty: 'gtin=" "',
  });
  assert.deepEqual(Object.fromEntries(Object.entries(told).map(([id, { name, detail }]) => [id, `${name} ${detail.why}`])), {
    nothing: 'nomatch no_video', digit: 'nomatch gtin_check_digit', market: 'nomatch not_in_market', language: 'nomatch no_language', empty: 'nomatch code_empty',
  });
  assert.equal(await world.browser.executeScript(`return [...document.querySelectorAll('shelf-reel')].every((element) => !element.shadowRoot && element.offsetHeight === 0)`), true);
});

test('an expired and an embargoed video are not among those of their product', async () => {
  const { ean } = await shown({ ean: 'gtin="9524710000125" lang="nl"' });
  const ids = ean.detail.videos.map(({ id }) => id);
  assert.ok(ids.includes('kenwick-br7-nl') && !ids.includes('kenwick-br7-2023-nl') && !ids.includes('kenwick-br7-2099-nl'), ids.join());
});

test('only the kinds that an element asks for are shown', async () => {
  const { kind } = await shown({ kind: 'gtin="9524710000125" lang="nl,de,en" kind="howto"' });
  assert.deepEqual(kind.detail.videos.map((one) => one.kind), ['howto']);
});

test('what was matched is what plays', async () => {
  for (const [attributes, id] of [['gtin="9524710000125" lang="nl"', 'kenwick-br7-nl'], ['brand="Kenwick" mpn="GK-2/B" lang="en"', 'kenwick-gk2-en'], ['gtin="9789999952101" lang="nl"', 'zandbank-haven-nl']]) {
    const { one } = await shown({ one: attributes });
    const matched = first(one);
    assert.equal(matched.id, id);
    await open(world.browser);
    await playing(world.browser);
    const source = await world.browser.executeScript(`return new URL(${video()}.currentSrc).pathname`);
    assert.ok(matched.sources.some(({ url }) => url === source), `${source} is one of ${id}'s`);
    const { duration, tracks } = await world.browser.executeScript(`return { duration: ${video()}.duration, tracks: ${video()}.textTracks.length }`);
    assert.ok(Math.abs(duration * 1000 - matched.duration_ms) < 150, `${duration} s against ${matched.duration_ms} ms`);
    assert.equal(tracks, matched.captions.length);
  }
});

test('one look-up asks for all elements of a page, and a page without a video loads nothing more', async () => {
  // The browser lists a request when it is done, which may be a moment later than the page hears of it.
  const requests = `performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname).filter((path) => path.startsWith('/v1/'))`;
  await shown({ a: 'gtin="9524790000145"', b: 'gtin="9524710000126"', c: 'gtin="4006381333931"' });
  const quiet = await until(world.browser, `${requests}.length >= 2 && ${requests}`);
  assert.deepEqual(quiet, ['/v1/shelfreel.js', '/v1/match/shop_demo']);
  await shown({ a: 'gtin="9524710000125"', b: 'gtin="9524740000195" lang="nl"', c: 'gtin="9524790000145"' });
  const besides = `${requests}.filter((path) => !/shelfreel\\.js|\\/media\\/|\\/playback\\//.test(path))`;
  // Look-up, glue and widget; the widget as JavaScript is one file with its glue.
  const most = ENGINE === 'js' ? 2 : 3;
  const busy = await until(world.browser, `${besides}.length >= ${most} && ${besides}`);
  assert.equal(busy.length, most, busy.join(' '));
});

test('the console heard nothing of ours', async () => {
  assert.deepEqual(await world.browser.messages(), []);
});
