// The interface of docs/theming.md: each token changes what it says in every layout, each part can be styled, and the document lists exactly those that there are.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Key } from 'selenium-webdriver';
import { root } from '../../scripts/lib.mjs';
import { audit } from '../support/audit.mjs';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { button, close, visitThroughProxy } from '../support/shopper.mjs';
import { startSite } from '../support/site.mjs';
import { startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), page: () => startPage() });

const LAYOUTS = ['button', 'thumbnail', 'inline'];

/** Names that shops rely on: none may go as long as the interface is of this version. */
const VERSION_1 = {
  tokens: ['color', 'background', 'border', 'radius', 'font', 'focus', 'dialog-color', 'dialog-background', 'dialog-radius', 'backdrop'],
  parts: ['button', 'icon', 'label', 'dialog', 'header', 'title', 'close', 'screen', 'video', 'error', 'message', 'retry', 'navigation', 'previous', 'next', 'position'],
};

const document = readFileSync(join(root, 'docs/theming.md'), 'utf8');
/** The rows of the table under a heading, as lists of cells. */
const rows = (heading) => document.split(`## ${heading}\n`)[1].split('\n## ')[0].split('\n').filter((line) => line.startsWith('| `')).map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()));
const names = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
const documented = { tokens: rows('Tokens'), parts: rows('Parts') };

/** Every token of the style sheets with what it falls back to, each once. */
function tokensOfStyleSheets() {
  const css = ['button', 'player'].map((name) => readFileSync(join(root, 'widget', name, 'src/style.rs'), 'utf8').replaceAll('\\\n', '')).join('');
  const found = {};
  for (const { index, 0: { length }, 1: name } of css.matchAll(/var\((--shelfreel-[\w-]+),/g)) {
    let depth = 1, end = index + length;
    for (; depth; end++) depth += { '(': 1, ')': -1 }[css[end]] ?? 0;
    (found[name] ??= new Set()).add(css.slice(index + length, end - 1));
  }
  assert.equal([...css.matchAll(/--shelfreel/g)].length, [...css.matchAll(/var\(--shelfreel-[\w-]+,/g)].length, 'every token has a default');
  return Object.fromEntries(Object.entries(found).map(([name, defaults]) => [name, [...defaults]]));
}

test('the document lists the tokens of the style sheets, with their defaults, and each since when', () => {
  const listed = Object.fromEntries(documented.tokens.map(([name, defaults]) => [names(name)[0], names(defaults)]));
  const sorted = (tokens) => Object.fromEntries(Object.entries(tokens).map(([name, defaults]) => [name, defaults.sort()]).sort());
  assert.deepEqual(sorted(listed), sorted(tokensOfStyleSheets()));
  for (const row of [...documented.tokens, ...documented.parts]) assert.match(row[3], /^\d+$/, row[0]);
});

test('no name that came with version 1 has gone', () => {
  const tokens = documented.tokens.flatMap(([name]) => names(name));
  const parts = documented.parts.flatMap(([name]) => names(name));
  assert.deepEqual(VERSION_1.tokens.filter((name) => !tokens.includes(`--shelfreel-${name}`)), []);
  assert.deepEqual(VERSION_1.parts.filter((name) => !parts.includes(name)), []);
});

const run = (script, ...given) => world.browser.executeScript(script, ...given);
const part = (name, id) => `document.querySelector('#${id}').shadowRoot.querySelector('[part="${name}"]')`;
const isFilm = ({ path }) => path.endsWith('.mp4');

/** A page with the film in every layout, and a style sheet of the shop's. No film plays, so that the player shows all that it has; or no player comes. */
async function visit(css, hangs = () => false) {
  const elements = LAYOUTS.map((layout) => `<shelf-reel id="${layout}" layout="${layout}" gtin="9524710000125" lang="nl"></shelf-reel>`).join('');
  // Where Tab leads from the last element: it never leaves the page for the browser's own buttons, from which no script takes the focus back.
  const end = '<a href="#end">The end</a>';
  await visitThroughProxy(world, `<style>${css}</style>${elements}${end}`, (request) => (isFilm(request) ? '500' : hangs(request) ? 'hang' : undefined));
  await until(world.browser, `[...document.querySelectorAll('shelf-reel')].every((one) => one.shadowRoot?.querySelector('button'))`);
}

/** Calls `each` with the id of an element whose player does not come, and then with that of each layout while its player is open. */
async function throughStates(css, each) {
  await visit(css, ({ path }) => path.includes('/widget/p'));
  await run(`${button('#button')}.click()`);
  await each('button');
  await visit(css);
  for (const id of LAYOUTS) {
    await openPlayer(id);
    await each(id);
    await close(world.browser, '#' + id);
  }
}

/** Opens the player with the keyboard, so that what has the focus shows it. */
async function openPlayer(id) {
  await run(`${button('#' + id)}.focus()`);
  await world.browser.actions().sendKeys(Key.ENTER).perform();
  await until(world.browser, `${part('dialog', id)} && !${part('error', id)}.hidden`);
}

/**
 * For each token a value that nothing else has, and what then must be so: of a part, a property's computed value. `page` is before the player opens, `player` while it is open
 * with the focus on its first button.
 */
const TOKENS = {
  color: { value: 'rgb(1, 2, 3)', page: { button: { color: 'rgb(1, 2, 3)' }, icon: { fill: 'rgb(1, 2, 3)' } } },
  background: { value: 'linear-gradient(rgb(1, 2, 3), rgb(4, 5, 6))', page: { button: { backgroundImage: 'linear-gradient(rgb(1, 2, 3), rgb(4, 5, 6))' } } },
  border: { value: '3px dashed rgb(1, 2, 3)', page: { button: { borderTopWidth: '3px', borderLeftStyle: 'dashed', borderBottomColor: 'rgb(1, 2, 3)' } } },
  radius: { value: '13px', page: { button: { borderTopLeftRadius: '13px' } }, player: { close: { borderTopLeftRadius: '13px' }, retry: { borderTopLeftRadius: '13px' } } },
  font: {
    value: 'italic 900 17px/23px monospace',
    page: { label: { fontStyle: 'italic', fontWeight: '900', fontSize: '17px', lineHeight: '23px', fontFamily: 'monospace' } },
    player: { title: { fontStyle: 'italic', fontSize: '17px', fontFamily: 'monospace' }, position: { fontSize: '17px', lineHeight: '23px' }, retry: { fontFamily: 'monospace' } },
  },
  focus: { value: 'rgb(1, 2, 3)', page: { button: { outlineColor: 'rgb(1, 2, 3)' } }, player: { close: { outlineColor: 'rgb(1, 2, 3)' } } },
  'dialog-color': { value: 'rgb(1, 2, 3)', player: { dialog: { color: 'rgb(1, 2, 3)' }, title: { color: 'rgb(1, 2, 3)' }, close: { color: 'rgb(1, 2, 3)' }, next: { color: 'rgb(1, 2, 3)' }, retry: { borderTopColor: 'rgb(1, 2, 3)' } } },
  'dialog-background': { value: 'rgb(1, 2, 3)', player: { dialog: { backgroundColor: 'rgb(1, 2, 3)' } } },
  'dialog-radius': { value: '13px', player: { dialog: { borderTopLeftRadius: '13px' } } },
  backdrop: { value: 'rgb(1, 2, 3)', player: { 'dialog::backdrop': { backgroundColor: 'rgb(1, 2, 3)' } } },
};

/** What of the expected there is, in the same form. */
async function styles(id, expected) {
  const parts = Object.entries(expected).map(([name, properties]) => [...name.split('::'), Object.keys(properties)]);
  return run(`
    const found = {};
    for (const [name, ...rest] of arguments[0]) {
      const [properties, pseudo] = rest.reverse(), one = document.querySelector('#${id}').shadowRoot.querySelector('[part="' + name + '"]');
      const style = one && getComputedStyle(one, pseudo && '::' + pseudo);
      found[pseudo ? name + '::' + pseudo : name] = Object.fromEntries(properties.map((property) => [property, style?.[property]]));
    }
    return found;`, parts);
}

test('every documented token is tested', () => {
  assert.deepEqual(documented.tokens.map(([name]) => names(name)[0].replace('--shelfreel-', '')).sort(), Object.keys(TOKENS).sort());
});

for (const [name, { value, page = {}, player = {} }] of Object.entries(TOKENS)) {
  test(`--shelfreel-${name} changes what the document says, in every layout`, async () => {
    await visit('');
    const focus = async (id) => {
      // By the keyboard, or no ring would show.
      await world.browser.actions().sendKeys(Key.TAB).perform();
      await run(`${button('#' + id)}.focus()`);
    };
    for (const id of LAYOUTS) {
      await focus(id);
      for (const [where, was] of Object.entries(await styles(id, page))) {
        for (const [property, other] of Object.entries(was)) assert.notEqual(other, page[where][property], `${property} of ${where} in ${id} before the token is set`);
      }
    }
    await run(`document.body.style.setProperty('--shelfreel-${name}', arguments[0])`, value);
    for (const id of LAYOUTS) {
      await focus(id);
      assert.deepEqual(await styles(id, page), page, id);
    }
    if (Object.keys(player).length) {
      for (const id of LAYOUTS) {
        await openPlayer(id);
        const modal = await run(`return ${part('dialog', id)}.matches(':modal')`);
        // A player in the page has nothing behind it, and gives the focus to the film.
        const here = modal ? player : Object.fromEntries(Object.entries(player).filter(([where]) => where !== 'dialog::backdrop' && name !== 'focus'));
        assert.deepEqual(await styles(id, here), here, id);
        await close(world.browser, '#' + id);
      }
    }
  });
}

test('the document lists the parts that there are, each with its element', async () => {
  const found = new Map();
  await throughStates('', async (id) => {
    // A caption track is no element that anyone sees. A name of its own comes last, after that of what it stands for.
    for (const [name, element] of await run(`return [...document.querySelector('#${id}').shadowRoot.querySelectorAll('[part]:not(track)')].map((one) => [[...one.part].at(-1), one.localName])`)) {
      found.set(name, new Set([...(found.get(name) ?? []), element]));
    }
    assert.deepEqual(await run(`return [...document.querySelector('#${id}').shadowRoot.querySelectorAll(':not([part], track, svg *)')].map(({ localName }) => localName)`), [], 'what has no part');
  });
  const listed = documented.parts.flatMap(([name, element]) => names(name).map((one) => [one, names(element)]));
  assert.deepEqual([...found].map(([name, elements]) => [name, [...elements].sort()]).sort(), listed.map(([name, elements]) => [name, elements.sort()]).sort());
});

test('every part can be styled from the page', async () => {
  const all = documented.parts.flatMap(([name]) => names(name));
  const seen = new Set();
  await throughStates(all.map((name, i) => `shelf-reel::part(${name}) { scroll-margin-top: ${i + 20}px }`).join('\n'), async (id) => {
    for (const [i, name] of all.entries()) {
      const margin = await run(`const one = document.querySelector('#${id}').shadowRoot.querySelector('[part$="${name}"]'); return one && getComputedStyle(one).scrollMarginTop`);
      if (margin === null) continue;
      seen.add(name);
      assert.equal(margin, `${i + 20}px`, `${name} in ${id}`);
    }
  });
  assert.deepEqual(all.filter((name) => !seen.has(name)), []);
});

test('the preview page says of each pair of colours whether it can be seen, warns where it cannot, and shows them', async () => {
  const site = await startSite(world.stack.at('edge'));
  try {
    await world.browser.get(`${site.origin}/preview/?background=%23ff8fa3`);
    const lines = `[...window.document.querySelectorAll('#contrast li')].map((one) => [one.className, one.textContent])`;
    const said = await until(world.browser, `${lines}.length && ${lines}`);
    assert.deepEqual(said.map(([className]) => className), ['poor', 'good', 'good', 'good']);
    assert.match(said[0][1], /^Button: contrast 2\.\d to 1, hard to see; 4\.5 is needed$/);
    // As a person chooses a colour.
    const choose = (name, value) => run(`const field = window.document.querySelector('[name="${name}"]'); field.value = '${value}'; field.dispatchEvent(new Event('input', { bubbles: true }))`);
    await choose('color', '#000000');
    await choose('page', '#3b82f6');
    await choose('dialog-background', '#dddddd');
    await until(world.browser, `${lines}.map(([name]) => name).join() === 'good,poor,poor,poor'`);
    // What is warned of is what is shown.
    const stage = `window.document.querySelector('#stage').contentDocument`;
    await until(world.browser, `getComputedStyle(${stage}.body).backgroundColor === 'rgb(59, 130, 246)'`);
    assert.deepEqual(await until(world.browser, `(() => { const one = ${stage}.querySelector('shelf-reel').shadowRoot?.querySelector('button'); return one && [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]; })()`), ['rgb(0, 0, 0)', 'rgb(255, 143, 163)']);
    assert.match(await run(`return window.document.querySelector('#snippet').textContent`), /--shelfreel-dialog-background: #dddddd;/);
    const { faults } = await audit(world.browser);
    assert.deepEqual(faults, []);
  } finally {
    await site.stop();
  }
});
