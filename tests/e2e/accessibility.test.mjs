// WCAG 2.2 AA: what axe-core can see in every layout, theme and state, and what it cannot: keyboard, focus, keys, motion, reflow, large text, forced colours, captions, names.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Key } from 'selenium-webdriver';
import { audit, misfits } from '../support/audit.mjs';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { BROWSER, button, limits, lobby, visitThroughProxy } from '../support/shopper.mjs';
import { eventually, startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

// WebKitGTK hears once, when it is started, that less motion is wished for: here it is from the first.
const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser({ lessMotion: BROWSER === 'webkit' }), page: () => startPage() });

const FORCED = limits({ webkit: 'WebKit knows no forced colours' });
const TREE = limits({ webkit: 'WebKitGTK tells its accessibility tree to nobody but a desktop' });

const LAYOUTS = ['button', 'thumbnail', 'inline'];
const THEMES = {
  own: 'background: #fff',
  light: 'background: #f6f2ea; --shelfreel-background: #fff; --shelfreel-color: #1d1b18; --shelfreel-border: 1px solid #767676; --shelfreel-focus: #1d4ed8; --shelfreel-dialog-background: #fff; --shelfreel-dialog-color: #1d1b18',
  dark: 'background: #121212; color: #eee; --shelfreel-background: #262626; --shelfreel-color: #f5f5f5; --shelfreel-border: 1px solid #8a8a8a; --shelfreel-focus: #93c5fd; --shelfreel-backdrop: rgb(255 255 255 / .2)',
  // Just within the rule: nothing that a state does may take any of it away.
  brand: 'background: #fff; --shelfreel-background: #767676; --shelfreel-color: #fff; --shelfreel-radius: 0; --shelfreel-font: 700 14px/1.2 Georgia, serif; --shelfreel-dialog-background: #767676; --shelfreel-dialog-color: #fff; --shelfreel-focus: #fff; --shelfreel-dialog-radius: 0',
};
const CASES = Object.keys(THEMES).flatMap((theme) => LAYOUTS.map((layout) => ({ theme, layout, id: `${theme}-${layout}` })));

/** A shop's page, with landmarks of its own and something to focus before and after. */
const shop = (content) => `<header><nav aria-label="Shop"><a id="before" href="#main">To the product</a></nav></header><main id="main">${content}<p><a id="after" href="#main">More</a></p></main><footer>Imprint</footer>`;
const film = (id, attributes = 'lang="nl"') => `<shelf-reel id="${id}" gtin="9524710000125" ${attributes}></shelf-reel>`;
const themed = CASES.map(({ theme, layout, id }) => `<section aria-label="${id}" style="${THEMES[theme]}">${film(id, `lang="nl" layout="${layout}"`)}</section>`).join('');

const run = (script, ...given) => world.browser.executeScript(script, ...given);
const media = (features) => world.browser.media?.(features);
const screen = (width, height) => world.browser.resize(width, height, { mobile: false });
const press = (...keys) => world.browser.actions().sendKeys(...keys).perform();
const pressBack = () => world.browser.actions().keyDown(Key.SHIFT).sendKeys(Key.TAB).keyUp(Key.SHIFT).perform();
const focused = `(() => { let at = document.activeElement; while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement; return at; })()`;
const part = (name, id = 'film') => `document.querySelector('#${id}').shadowRoot.querySelector('[part="${name}"]')`;
const video = (id = 'film') => part('video', id);
const isPlayer = ({ path }) => path.includes('/widget/p');
const isFilm = ({ path }) => path.endsWith('.mp4');
/** On a page with this the widget waits for a file for as long as it takes, and not eight seconds: axe and a machine with much else to do may look longer at what waits. */
const PATIENT = `<script>{
  const { setTimeout } = window;
  window.setTimeout = (work, ms, ...given) => (ms === 8000 ? 0 : setTimeout(work, ms, ...given));
  AbortSignal.timeout = () => new AbortController().signal;
}</script>`;

/** Goes to a shop's page of that content and waits for all its buttons. */
async function visit(content, fault = () => undefined) {
  await visitThroughProxy(world, shop(content), fault);
  // The test page's own heading stands where no landmark is.
  await run(`document.querySelector('main').prepend(document.querySelector('h1'))`);
  await until(world.browser, `[...document.querySelectorAll('shelf-reel')].every((one) => one.shadowRoot?.querySelector('button'))`);
}

/** Clicks the button as a shopper does, at its place on the screen, and waits for the player: above the page, or in it. */
async function openPlayer(id = 'film') {
  // Of a button that the window cuts off WebKitGTK's driver clicks what is beside it.
  await run(`${button('#' + id)}.scrollIntoView({ block: 'nearest' })`);
  const shadow = await (await world.browser.findElement({ id })).getShadowRoot();
  await (await shadow.findElement({ css: 'button' })).click();
  await until(world.browser, `${part('dialog', id)}?.offsetWidth && ${part('video', id)}.controls`);
}

/** Closes it: with Escape where it is above the page, by its button where it is in it. */
async function closePlayer(id = 'film') {
  if (await run(`return ${part('dialog', id)}.matches(':modal')`)) await press(Key.ESCAPE);
  else await run(`${part('close', id)}.click()`);
  await until(world.browser, `!${part('dialog', id)}`);
}

const playing = (id = 'film', past_s = 0.3) => until(world.browser, `${video(id)}?.currentTime > ${past_s}`);
const failed = (id = 'film') => until(world.browser, `Boolean(${part('error', id)}) && !${part('error', id)}.hidden`);

/**
 * Nothing is wrong; and what axe leaves to a person is only what these tests look at themselves, and words on a poster: white on black of 60 %, which on a white picture is 5.7 to 1.
 */
async function assertClean(where, include) {
  const { faults, unsure, ran } = await audit(world.browser, include);
  assert.deepEqual(faults, [], where);
  assert.deepEqual(unsure.filter((one) => !/^video-caption: |^color-contrast: #\w+-(thumbnail|inline) span/.test(one)), [], where);
  return ran;
}


test('axe finds what is wrong with a widget that is bad on purpose, inside the same shadow roots', async () => {
  await visit(film('film'));
  const ran = await assertClean('as it is');
  for (const rule of ['color-contrast', 'button-name', 'target-size', 'landmark-unique', 'valid-lang']) assert.ok(ran.includes(rule), rule);
  await run(`
    const root = document.querySelector('#film').shadowRoot, button = root.querySelector('button');
    button.style.color = '#333'; button.style.background = '#444';
    const bad = root.appendChild(document.createElement('button'));
    Object.assign(bad.style, { width: '12px', minHeight: 0, height: '12px', padding: 0 });
    root.appendChild(bad.cloneNode());
    root.appendChild(document.createElement('div')).role = 'banner';`);
  const { faults } = await audit(world.browser);
  for (const rule of ['color-contrast', 'button-name', 'target-size', 'landmark-banner-is-top-level']) assert.ok(faults.some((fault) => fault.startsWith(`${rule}: #film`)), `${rule} in ${faults.join('\n')}`);
});

for (const [mode, features] of [['in its colours', {}], ['in forced colours', { 'forced-colors': 'active' }]]) {
  const given = features['forced-colors'] ? FORCED : {};
  test(`${mode}, axe finds nothing wrong with any button: idle, focused, under the pointer, busy, failed`, given, async () => {
    await media(features);
    let comes;
    const coming = new Promise((done) => (comes = done));
    await visit(PATIENT + themed, (request) => (isPlayer(request) ? { when: coming } : undefined));
    await assertClean('idle');
    for (const { id } of CASES) {
      const element = await (await world.browser.findElement({ id })).getShadowRoot().then((shadow) => shadow.findElement({ css: 'button' }));
      // Only Chromium brings into the window what the pointer goes to.
      await run(`${button('#' + id)}.scrollIntoView({ block: 'nearest' })`);
      await world.browser.actions().move({ origin: element }).perform();
      await run(`${button('#' + id)}.focus()`);
      await assertClean(`${id}, focused and under the pointer`, '#' + id);
      await run(`${button('#' + id)}.click()`);
      await assertClean(`${id}, busy`, '#' + id);
      assert.equal(await run(`return ${button('#' + id)}.ariaBusy`), 'true');
      // Above the page, it would be in the way of the next one.
      if (await run(`return Boolean(${lobby('#' + id)})`)) await press(Key.ESCAPE);
      await until(world.browser, `!${lobby('#' + id)}`);
    }
    // What has come is not what was asked for: the last tap fails.
    world.proxy.fault = (request) => (isPlayer(request) ? '500' : undefined);
    await visit(themed, world.proxy.fault);
    for (const { id } of CASES) {
      await run(`${button('#' + id)}.click()`);
      await until(world.browser, `${button('#' + id)}.textContent.includes('Opnieuw')`);
    }
    await assertClean('failed');
    comes();
    await media({});
  });

  test(`${mode}, axe finds nothing wrong with any player: the first film, one in the middle, the last, one that failed`, given, async () => {
    await media(features);
    await visit(themed, (request) => (isFilm(request) && world.fails ? '500' : undefined));
    // A thumbnail's player is a button's.
    for (const { id } of CASES.filter(({ layout }) => layout !== 'thumbnail')) {
      // axe knows of no top layer: to it the posters that come after the player in the page lie over it.
      await run(`for (const section of document.querySelectorAll('section')) section.hidden = section.ariaLabel !== '${id}'`);
      await openPlayer(id);
      await assertClean(`${id}, first, with the page around it`);
      await run(`${part('next', id)}.click()`);
      await assertClean(`${id}, in the middle`, '#' + id);
      world.fails = true;
      await run(`${part('next', id)}.click()`);
      await failed(id);
      await assertClean(`${id}, last, and failed`, '#' + id);
      world.fails = false;
      await closePlayer(id);
    }
    await media({});
  });
}

test('axe finds nothing wrong from right to left, with captions, with a film without speech, and where it is the only one', async () => {
  await visit(
    film('ar', 'lang="ar"') + film('captions', 'lang="pl"') + '<shelf-reel id="silent" gtin="95273013" lang="he"></shelf-reel><shelf-reel id="single" gtin="19524740000192" lang="en"></shelf-reel>',
  );
  await assertClean('idle');
  for (const id of ['ar', 'captions', 'silent', 'single']) {
    await openPlayer(id);
    await playing(id);
    await assertClean(id);
    await closePlayer(id);
  }
});

// What axe cannot see

/** Presses Tab until the element of that expression has the focus; fails when it does not come. Out of the page, where it leads to the browser's own bars, the keys of a test do not work in each engine. */
async function tabTo(expression, step = () => press(Key.TAB)) {
  for (let i = 0; i < 60; i++) {
    if (await run(`return ${focused} === ${expression}`)) return;
    await step();
  }
  assert.fail(`Tab does not lead to ${expression}`);
}

/** What has the focus shows a ring of at least 2 px, lies in the window, and nothing lies over it. */
async function assertFocusSeen(where) {
  const seen = await run(`
    const at = ${focused}, { outlineStyle, outlineWidth } = getComputedStyle(at), box = at.getBoundingClientRect();
    let top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    while (top?.shadowRoot) { const inner = top.shadowRoot.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2); if (!inner || inner === top) break; top = inner; }
    return { ring: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2, inside: box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth, free: at.contains(top) };`);
  assert.deepEqual(seen, { ring: true, inside: true, free: true }, where);
}

for (const layout of LAYOUTS) {
  test(`with the keyboard alone, from the page into the ${layout}’s player and back: every control is reached, seen, and works`, async () => {
    await screen(1280, 900);
    // A tall page, with the button below the fold, and a bar that sticks to its top.
    await visit(`<div style="position: sticky; top: 0; height: 60px; background: #eee">Bar</div><div style="height: 1200px"></div><div style="width: 400px">${film('film', `lang="nl" layout="${layout}"`)}</div><div style="height: 1200px"></div>`);
    await tabTo(button('#film'));
    await assertFocusSeen('the button');
    await press(Key.ENTER);
    await until(world.browser, part('dialog'));
    await playing();
    const modal = await run(`return ${part('dialog')}.matches(':modal')`);
    const reached = new Set();
    const at = () => run(`const at = ${focused}; return at.getRootNode().host?.id === 'film' ? at.getAttribute('part') : at === document.body ? 'browser' : 'page'`);
    // On to what is last and back to what is first: in the page beyond both, to what lies around the player.
    for (const [step, last] of [[() => press(Key.TAB), modal ? 'next' : 'page'], [pressBack, modal ? 'close' : 'page']]) {
      for (let i = 0, name = await at(); i === 0 || name !== last; i++, name = await at()) {
        assert.ok(i < 30, `no key leads to ${last}`);
        reached.add(name);
        if (/close|previous|next/.test(name)) await assertFocusSeen(name);
        await step();
      }
      if (modal) await assertFocusSeen(last);
      reached.add(last);
    }
    // Above the page Tab goes round in the player.
    for (let i = 0; modal && i < 20; i++) {
      await press(Key.TAB);
      assert.notEqual(await at(), 'page', 'what lies under the player has the focus');
    }
    assert.deepEqual(['close', 'next', 'previous', 'video'].filter((name) => !reached.has(name)), [], [...reached].join());
    // To the last film and beyond: the focus stays where it is.
    await tabTo(part('next'));
    for (const key of [Key.ENTER, Key.SPACE, Key.ENTER]) await press(key);
    assert.match(await run(`return ${part('position')}.textContent`), /^3 /);
    assert.deepEqual(await run(`return [${focused} === ${part('next')}, ${part('next')}.ariaDisabled, events.filter(({ name }) => name === 'open').length]`), [true, 'true', 1]);
    if (!modal) await tabTo(part('close'), pressBack);
    await press(modal ? Key.ESCAPE : Key.ENTER);
    await until(world.browser, `!${part('dialog')}`);
    await until(world.browser, `${focused} === ${button('#film')}`);
    await assertFocusSeen('the button, come back to');
    // And by Space in, by the button out.
    await press(Key.SPACE);
    await until(world.browser, part('dialog'));
    await tabTo(part('close'), pressBack);
    await press(Key.SPACE);
    await until(world.browser, `!${part('dialog')}`);
    await until(world.browser, `${focused} === ${button('#film')}`);
    await press(Key.TAB);
    assert.equal(await run(`return ${focused}.id`), 'after');
  });
}

test('no key of the page’s is ours: neither beside the button nor in the open player does a letter, a digit or a sign do anything', async () => {
  await visit(`${film('film')}<input id="field" aria-label="Search">`);
  await run(`window.stopped = 0; addEventListener('keydown', (event) => { if (event.defaultPrevented) window.stopped += 1; })`);
  const keys = 'abcdefghijklmnopqrstuvwxyz0123456789?/.,-+*[]';
  await run(`${button('#film')}.focus()`);
  await press(...keys, Key.ARROW_RIGHT, Key.ARROW_DOWN);
  assert.equal(await run(`return Boolean(${part('dialog')})`), false);
  await run(`field.focus()`);
  await press(...keys);
  assert.equal(await run(`return field.value`), keys);
  await openPlayer();
  await playing();
  await tabTo(part('close'));
  const state = `(({ paused, muted, volume, playbackRate }) => JSON.stringify([paused, muted, volume, playbackRate, ${part('position')}.textContent, events.length, Boolean(document.fullscreenElement)]))(${video()})`;
  // With the pause the widget hears how far the film has come, of which it may tell the page. It has listened for longer than this does, so it has heard by then.
  await run(`const video = ${video()}; window.rests = video.paused; video.addEventListener('pause', () => { window.rests = true; }); video.pause()`);
  await until(world.browser, 'rests');
  const before = await run(`return ${state}`);
  await press(...keys, Key.ARROW_RIGHT, Key.ARROW_DOWN);
  assert.equal(await run(`return ${state}`), before);
  assert.equal(await run('return stopped'), 0);
  await closePlayer();
});

test('nothing moves but the film, whether or not the shopper asked for less motion', async () => {
  await media({ 'prefers-reduced-motion': 'reduce' });
  const moving = `[...document.querySelectorAll('shelf-reel')].flatMap(({ shadowRoot }) => [...shadowRoot.querySelectorAll(':not(track)')].filter((one) => one.getAnimations().length || getComputedStyle(one).transitionDuration !== '0s' || getComputedStyle(one).animationName !== 'none').map((one) => one.getAttribute('part')))`;
  let comes;
  const coming = new Promise((done) => (comes = done));
  await visit(PATIENT + themed, (request) => (isPlayer(request) ? { when: coming } : undefined));
  assert.ok(await run(`return matchMedia('(prefers-reduced-motion: reduce)').matches`));
  for (const { id } of CASES) {
    await run(`${button('#' + id)}.click()`);
    assert.deepEqual(await run(`return ${moving}`), [], id);
  }
  comes();
  const last = CASES.at(-1).id;
  await until(world.browser, part('dialog', last));
  assert.deepEqual(await run(`return ${moving}`), []);
  await media({});
});

/** Nothing in the element is cut off or out of reach. */
const assertFits = async (id, what) => assert.deepEqual(await misfits(world.browser, '#' + id), [], `${id}, ${what}`);

const TEXT_ONLY = `for (const one of document.querySelectorAll('*')) for (const inner of [one, ...(one.shadowRoot?.querySelectorAll('*') ?? [])]) inner.was ??= parseFloat(getComputedStyle(inner).fontSize);
  for (const one of document.querySelectorAll('*')) for (const inner of [one, ...(one.shadowRoot?.querySelectorAll('*') ?? [])]) inner.style.fontSize = 2 * inner.was + 'px'`;
const SPACING = `for (const [name, value] of [['line-height', '1.5'], ['letter-spacing', '.12em'], ['word-spacing', '.16em']])
  for (const one of document.querySelectorAll('*')) for (const inner of [one, ...(one.shadowRoot?.querySelectorAll('*') ?? [])]) inner.style.setProperty(name, value, 'important')`;

for (const [what, width, height, script] of [
  ['at 320 CSS pixels', 320, 568, ''],
  ['at 400 % of a small window', 320, 256, ''],
  ['with the root’s text twice as large', 1280, 720, `document.documentElement.style.fontSize = '200%'`],
  ['with the root’s text twice as large on a phone', 390, 844, `document.documentElement.style.fontSize = '200%'`],
  ['with the root’s text twice as large on a phone held sideways', 568, 320, `document.documentElement.style.fontSize = '200%'`],
  ['with the text alone twice as large', 1280, 720, TEXT_ONLY],
  ['with the text alone twice as large on a phone', 390, 844, TEXT_ONLY],
  ['with the text spaced as readers may space it', 390, 844, SPACING],
]) {
  for (const [where, layouts] of [['above the page', ['button', 'thumbnail']], ['in the page', ['inline']]]) {
    test(`${what} nothing is cut off, and nothing scrolls in two directions, with the player ${where}`, async () => {
      await screen(width, height);
      const elements = layouts.map((layout) => `<p>${film(layout, `lang="de" layout="${layout}"`)}</p>`).join('');
      await visit(`<style>shelf-reel { display: block }</style>${elements}`, (request) => (isFilm(request) ? '500' : undefined));
      await run(script);
      for (const layout of layouts) await assertFits(layout, 'its button');
      // A thumbnail's player is a button's.
      const [layout] = layouts;
      await run(`${button('#' + layout)}.click()`);
      await failed(layout);
      await run(script);
      await assertFits(layout, 'its player, of a film that failed');
      assert.ok(await run(`return ${video(layout)}.offsetHeight >= Math.min(100, innerHeight / 3)`), 'there is room left for the film');
      await closePlayer(layout);
      await screen(1280, 900);
    });
  }
}

test('in forced colours icons, focus ring, edges and what is disabled are still seen', FORCED, async () => {
  await media({ 'forced-colors': 'active' });
  await visit(themed);
  const ratio = `(one, other) => { const l = (c) => c.match(/[\\d.]+/g).slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0); const [a, b] = [l(one), l(other)].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); }`;
  for (const { id } of CASES) {
    const seen = await run(`
      const ratio = ${ratio}, one = ${button('#' + id)}, icon = one.querySelector('svg'), style = getComputedStyle(one), page = getComputedStyle(document.body).backgroundColor.replace('rgba(0, 0, 0, 0)', 'rgb(255, 255, 255)');
      one.focus();
      // An icon with a ground of its own says of its fill what it would be without forced colours, and of its colour what it is.
      const ground = getComputedStyle(icon).backgroundColor;
      return { icon: ratio(getComputedStyle(icon)[ground === 'rgba(0, 0, 0, 0)' ? 'fill' : 'color'], ground === 'rgba(0, 0, 0, 0)' ? style.backgroundColor : ground) >= 3, ring: style.outlineStyle !== 'none' && ratio(style.outlineColor, page) >= 3, edge: style.borderTopStyle !== 'none' && ratio(style.borderTopColor, page) >= 3 };`);
    assert.deepEqual(seen, { icon: true, ring: true, edge: true }, id);
  }
  const { id } = CASES[0];
  await openPlayer(id);
  const seen = await run(`
    const ratio = ${ratio}, of = (name) => getComputedStyle(document.querySelector('#${id}').shadowRoot.querySelector('[part="' + name + '"]')), dialog = of('dialog');
    // Firefox leaves what has no ground of its own without one, Chromium gives it one.
    const ground = (name) => (of(name).backgroundColor === 'rgba(0, 0, 0, 0)' ? dialog : of(name)).backgroundColor;
    const icon = (name) => ratio(getComputedStyle(document.querySelector('#${id}').shadowRoot.querySelector('[part="' + name + '"] svg')).fill, ground(name)) >= 3;
    return { edge: dialog.borderTopStyle !== 'none' && ratio(dialog.borderTopColor, dialog.backgroundColor) >= 3, close: icon('close'), next: icon('next'), differs: of('previous').opacity !== of('next').opacity };`);
  assert.deepEqual(seen, { edge: true, close: true, next: true, differs: true });
  await closePlayer(id);
  await media({});
});

test('whatever can be tapped is at least 44 pixels wide and high', async () => {
  await visit(themed, (request) => (isFilm(request) ? '500' : undefined));
  const small = (id) => run(`return [...document.querySelector('#${id}').shadowRoot.querySelectorAll('button')].filter((one) => one.checkVisibility()).map((one) => [one.getAttribute('part'), one.offsetWidth, one.offsetHeight]).filter(([, width, height]) => width < 44 || height < 44)`);
  for (const { id } of CASES) {
    await openPlayer(id);
    await failed(id);
    assert.deepEqual(await small(id), [], id);
    await closePlayer(id);
  }
});

test('captions are called by the name of their language, in the shopper’s', async () => {
  await visit(film('nl') + film('pl', 'lang="pl"'));
  const labels = (id) => run(`return [...${video(id)}.textTracks].map(({ language, label }) => [language, label, new Intl.DisplayNames('${id}', { type: 'language' }).of(language)])`);
  for (const id of ['nl', 'pl']) {
    await openPlayer(id);
    // They come once the film plays.
    await until(world.browser, `[...${video(id)}.textTracks].every(({ label }) => label)`);
    const tracks = await labels(id);
    assert.ok(tracks.length && tracks.every(([language, label, name]) => label === name && label !== language), JSON.stringify(tracks));
    await closePlayer(id);
  }
});

test('captions are on when the film speaks another language than the shopper’s, and off when it does not', async () => {
  await visit(film('pl', 'lang="pl"') + film('nl'));
  const tracks = (id) => run(`return [...${video(id)}.textTracks].filter(({ mode }) => mode === 'showing').map(({ language }) => language)`);
  await openPlayer('pl');
  await playing('pl');
  await until(world.browser, `[...${video('pl')}.textTracks].some(({ mode }) => mode === 'showing')`);
  assert.deepEqual(await tracks('pl'), ['pl']);
  assert.ok(await until(world.browser, `[...${video('pl')}.textTracks].find(({ mode }) => mode === 'showing').activeCues?.[0]?.text`), 'words are shown');
  await closePlayer('pl');
  await openPlayer('nl');
  await playing('nl');
  assert.deepEqual(await tracks('nl'), []);
  await closePlayer('nl');
});

/** What a screen reader is told: role and name of each part, as the browser computes them. */
async function told(id, ...names) {
  const shadow = await (await world.browser.findElement({ id })).getShadowRoot();
  const all = {};
  for (const name of names) {
    const element = await shadow.findElement({ css: `[part="${name}"]` });
    all[name] = [await element.getAriaRole(), await element.getAccessibleName()];
  }
  return all;
}

/** A node of the accessibility tree, by role and name. */
const node = async (role, name) => (await world.browser.tree()).find((one) => one.role === role && one.name === name);

test('roles and names say what each thing is, in the shopper’s language', async () => {
  await visit(film('film'));
  assert.deepEqual(await told('film', 'button'), { button: ['button', 'Bekijk 3 video’s'] });
  await openPlayer();
  assert.deepEqual(await told('film', 'dialog', 'title', 'close', 'previous', 'position', 'next'), {
    dialog: ['dialog', 'Video: Goedemorgen, smoothie'], title: ['heading', 'Goedemorgen, smoothie'], close: ['button', 'Sluiten'], previous: ['button', 'Vorige video'], position: ['status', ''], next: ['button', 'Volgende video'],
  });
  await closePlayer();
});

test('the accessibility tree says that the button opens a dialog, that it is modal, and what is disabled', TREE, async () => {
  await visit(film('film'));
  assert.equal((await node('button', 'Bekijk 3 video’s')).popup, 'dialog');
  await openPlayer();
  assert.equal((await node('dialog', 'Video: Goedemorgen, smoothie')).modal, true);
  assert.equal((await node('button', 'Vorige video')).disabled, true);
  assert.equal((await node('button', 'Volgende video')).disabled, false);
  await closePlayer();
});

/** What is said of the button, by the tree where the engine tells it, or else by what the tree is made of. */
async function saidOfButton() {
  const { button: [role, name] } = await told('film', 'button');
  const { live } = world.browser.tree ? ((await node(role, name)) ?? {}) : await run(`return { live: ${button('#film')}.ariaLive }`);
  return { name, live };
}

test('whoever waits for the player is in a dialog with the player’s name, which is busy; and a button whose player failed has the focus again, and says so in a live region', async () => {
  let comes;
  const coming = new Promise((done) => (comes = done));
  await visit(PATIENT + film('film'), (request) => (isPlayer(request) ? { when: coming } : undefined));
  assert.equal((await saidOfButton()).name, 'Bekijk 3 video’s');
  await run(`${button('#film')}.focus()`);
  await press(Key.ENTER);
  const waiting = lobby('#film');
  await until(world.browser, `${waiting}?.matches(':modal')`);
  assert.ok(await run(`return ${button('#film')}.ariaBusy === 'true' && ${focused} === ${waiting}`));
  const name = 'Video: Goedemorgen, smoothie';
  if (world.browser.tree) {
    const { busy, modal } = await node('dialog', name);
    assert.deepEqual([busy, modal], [true, true]);
  } else assert.deepEqual(await run(`return [${waiting}.ariaLabel, ${waiting}.ariaBusy]`), [name, 'true']);
  comes();
  await until(world.browser, part('dialog'));
  await closePlayer();
  await visit(film('film'), (request) => (isPlayer(request) ? '500' : undefined));
  // A live region speaks of what changes in it, so it has to be one before its words change.
  await run(`window.wasLive = null; new MutationObserver(() => { window.wasLive ??= ${button('#film')}.ariaLive; }).observe(${part('label')}, { childList: true })`);
  await run(`${button('#film')}.focus()`);
  await press(Key.ENTER);
  const { live } = await eventually('the button says that it failed', async () => {
    const said = await saidOfButton();
    return said.name === 'Opnieuw proberen' && said;
  });
  assert.equal(live, 'polite');
  assert.equal(await run('return wasLive'), 'polite');
  assert.ok(await run(`return ${focused} === ${button('#film')}`));
});

test('a film that failed says so in a live region, and the place among the films is told when it changes', async () => {
  await visit(film('film'), (request) => (isFilm(request) ? '500' : undefined));
  await openPlayer();
  await failed();
  assert.deepEqual(await told('film', 'error', 'retry', 'position'), { error: ['alert', ''], retry: ['button', 'Opnieuw proberen'], position: ['status', ''] });
  const children = world.browser.tree ? (await world.browser.tree()).find(({ role }) => role === 'alert').children : await run(`return ${part('error')}.childElementCount`);
  assert.ok(children >= 2, 'words and a button');
  await closePlayer();
});
