// Languages and writing: 31 sets of words in whatever room there is, from right to left too, and no more of them in an answer than are needed.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib.mjs';
import { misfits } from '../support/audit.mjs';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { button, close, dialog, open, visitThroughProxy } from '../support/shopper.mjs';
import { startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), page: () => startPage() });

const folder = join(root, 'matching/texts');
/** The words of each language, by its tag. */
const TEXTS = Object.fromEntries(readdirSync(folder).map((name) => [name.replace('.json', ''), JSON.parse(readFileSync(join(folder, name), 'utf8'))]));
const TAGS = Object.keys(TEXTS);
const GTIN = '9524710000125';
const LONG = {
  de: 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft',
  fi: 'Lentokonesuihkuturbiinimoottoriapumekaanikkoaliupseerioppilas',
  el: 'Ηλεκτροεγκεφαλογραφηματοσκοπικότητα',
};

const run = (script, ...given) => world.browser.executeScript(script, ...given);
const screen = (width, height) => world.browser.resize(width, height);
const film = (id, lang) => `<shelf-reel id="${id}" gtin="${GTIN}" lang="${lang}"></shelf-reel>`;
const part = (name, id = 'film') => `document.querySelector('#${id}').shadowRoot.querySelector('[part="${name}"]')`;
const isFilm = ({ path }) => path.endsWith('.mp4');

/** Goes to a page with that content, on which no film plays, and waits for all its buttons. */
async function visit(content) {
  await visitThroughProxy(world, content, (request) => (isFilm(request) ? '500' : undefined));
  await until(world.browser, `[...document.querySelectorAll('shelf-reel')].every((one) => one.shadowRoot?.querySelector('button'))`);
}

/** A player that says all that a player can say. */
async function openFailed(id) {
  await run(`${button('#' + id)}.click()`);
  await until(world.browser, `${dialog('#' + id)}?.open && !${part('error', id)}.hidden`);
}

test('the words of every language fit a button in a column of 150 pixels, whichever of them it says', async () => {
  await visit(`<style>div { width: 150px; display: inline-block; vertical-align: top }</style>${TAGS.map((tag) => `<div>${film(tag, tag)}</div>`).join(' ')}`);
  for (const tag of TAGS) {
    const { watch, watch_many, retry, direction } = TEXTS[tag];
    const said = await run(`const one = ${button('#' + tag)}; return [one.lang, one.dir, one.textContent]`);
    assert.deepEqual(said.slice(0, 2), [tag, direction]);
    assert.equal(said[2].replace(/\d+/, '{n}'), watch_many);
    for (const words of [said[2], watch, retry]) {
      await run(`${part('label', tag)}.textContent = arguments[0]`, words);
      assert.deepEqual(await misfits(world.browser, '#' + tag), [], `${tag}: ${words}`);
    }
  }
});

test('the words of every language fit the player on a screen of 320 pixels, also when the film failed', async () => {
  await screen(320, 568);
  await visit(TAGS.map((tag) => `<p>${film(tag, tag)}</p>`).join(''));
  for (const tag of TAGS) {
    await openFailed(tag);
    const words = await run(`return ['message', 'retry'].map((name) => document.querySelector('#${tag}').shadowRoot.querySelector('[part=' + name + ']').textContent)`);
    assert.deepEqual(words, [TEXTS[tag].failed, TEXTS[tag].retry], tag);
    assert.deepEqual(await misfits(world.browser, '#' + tag), [], tag);
    await run(`${part('close', tag)}.click()`);
    await until(world.browser, `!${dialog('#' + tag)}`);
  }
});

for (const [tag, word] of Object.entries(LONG)) {
  test(`a word of ${word.length} letters (${tag}) breaks neither the button nor the player on a screen of 320 pixels`, async () => {
    await screen(320, 568);
    await visit(`<p>${film('film', tag)}</p>`);
    await run(`${part('label')}.textContent = arguments[0]`, word);
    assert.deepEqual(await misfits(world.browser, '#film'), []);
    await openFailed('film');
    for (const name of ['title', 'message', 'retry', 'position']) await run(`${part(name)}.textContent = arguments[0]`, word);
    assert.deepEqual(await misfits(world.browser, '#film'), []);
    await close(world.browser, '#film');
  });
}

/** Where the parts of a player stand, from the left. */
const order = (id, ...names) => run(`return ${JSON.stringify(names)}.map((name) => [name, document.querySelector('#${id}').shadowRoot.querySelector('[part="' + name + '"]').getBoundingClientRect().x]).sort(([, x], [, y]) => x - y).map(([name]) => name)`);
/** From where to where the first line of a part's text goes, within the part: at its left end, its right end, or in between. */
const end = (name, id) => run(`
  const one = ${part(name, id)}, range = document.createRange(); range.selectNodeContents(one);
  const text = range.getClientRects()[0], box = one.getBoundingClientRect();
  return Math.abs(text.left - box.left) < 2 ? 'left' : Math.abs(text.right - box.right) < 2 ? 'right' : 'between'`);

for (const tag of ['ar', 'he']) {
  test(`from right to left (${tag}): button and player are mirrored, the arrows too, and a title is written in its own direction`, async () => {
    await screen(1280, 900);
    await visit(film('rtl', tag) + film('ltr', 'nl'));
    const iconFirst = (id) => run(`return ${part('icon', id)}.getBoundingClientRect().x < ${part('label', id)}.getBoundingClientRect().x`);
    assert.deepEqual([await iconFirst('rtl'), await iconFirst('ltr')], [false, true]);
    // What plays points to the right everywhere.
    assert.equal(await run(`return getComputedStyle(${part('icon', 'rtl')}).scale`), 'none');
    const arrow = (id) => run(`return getComputedStyle(${part('next', id)}.querySelector('svg')).scale`);

    await openFailed('rtl');
    assert.deepEqual(await order('rtl', 'close', 'title'), ['close', 'title']);
    assert.deepEqual(await order('rtl', 'previous', 'position', 'next'), ['next', 'position', 'previous']);
    assert.equal(await arrow('rtl'), '-1 1');
    assert.deepEqual(await run(`return [getComputedStyle(${part('title', 'rtl')}).direction, ${part('title', 'rtl')}.lang]`), ['ltr', 'nl']);
    assert.equal(await end('title', 'rtl'), 'right');
    await close(world.browser, '#rtl');

    await openFailed('ltr');
    assert.deepEqual(await order('ltr', 'previous', 'position', 'next'), ['previous', 'position', 'next']);
    assert.equal(await arrow('ltr'), 'none');
    await run(`${part('title', 'ltr')}.textContent = arguments[0]`, TEXTS[tag].failed);
    assert.equal(await run(`return getComputedStyle(${part('title', 'ltr')}).direction`), 'rtl');
    assert.equal(await end('title', 'ltr'), 'left');
    await close(world.browser, '#ltr');
  });
}

test('an answer carries the words of one language, and of the kinds only those that occur in it', async () => {
  for (const tag of TAGS) {
    const answer = (await world.stack.ask('edge', `/v1/match/shop_demo?p=${GTIN}&lang=${tag}`)).json();
    const kinds = [...new Set(answer.products.flatMap(({ videos }) => videos).map(({ kind }) => kind))];
    const names = Object.fromEntries(kinds.map((kind) => [kind, TEXTS[tag].kinds[kind]]));
    assert.ok(kinds.length > 0 && kinds.length < Object.keys(TEXTS[tag].kinds).length);
    assert.deepEqual(answer.texts, { language: tag, ...TEXTS[tag], kinds: names });
  }
  assert.equal((await world.stack.ask('edge', '/v1/match/shop_demo?p=9524790000145&lang=nl')).json().texts, undefined);
});
