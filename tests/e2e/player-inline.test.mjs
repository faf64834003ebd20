// The film in the page, in its poster's place: nothing moves, all is within reach of the keyboard, one plays at a time, and the poster comes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Key } from 'selenium-webdriver';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { button, visitThroughProxy } from '../support/shopper.mjs';
import { eventually, startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), page: () => startPage() });

const element = (id, gtin = '9524710000125') => `<shelf-reel id="${id}" style="display: block" gtin="${gtin}" lang="nl" layout="inline"></shelf-reel><p>Below</p>`;
const [a, b] = ['#a', '#b'];

const run = (script) => world.browser.executeScript(script);
const section = (of) => `document.querySelector('${of}').shadowRoot.querySelector('section')`;
const film = (of) => `${section(of)}.querySelector('video')`;
const part = (of, name) => `${section(of)}.querySelector('[part=${name}]')`;
const playing = (of, past_s = 0.3) => until(world.browser, `${section(of)} && ${film(of)}.currentTime > ${past_s} && ${film(of)}.readyState > 2`);
const tap = async (of, css) => (await (await (await world.browser.findElement({ css: of })).getShadowRoot()).findElement({ css })).click();
const box = (of) => run(`const { x, y, width, height } = ${of}.getBoundingClientRect(); return [x, y, width, height].map(Math.round)`);
const shown = (of) => until(world.browser, `${button(of)}?.querySelector('img')?.complete`);

test('a tap plays the film in its poster’s place, where nothing moves; the page scrolls, and closing brings the poster and the focus back', async () => {
  await visitThroughProxy(world, element('a') + element('b') + '<div style="height: 3000px"></div>', () => undefined);
  await shown(a);
  await shown(b);
  const poster = await box(button(a));
  await run('window.shift = 0');
  await tap(a, 'button');
  await playing(a);
  assert.deepEqual(await box(section(a)), poster);
  assert.deepEqual(await box(film(a)), [poster[0] + 1, poster[1] + 1, poster[2] - 2, poster[3] - 2], 'all of it, within its border');
  assert.deepEqual(await run(`return [shift, getComputedStyle(document.documentElement).overflow, ${button(a)}.offsetHeight, ${section(a)}.getAttribute('part')]`), [0, 'visible', 0, 'dialog']);
  assert.ok(await run(`return document.querySelector('${a}').shadowRoot.activeElement === ${film(a)}`), 'the focus is on the film');
  assert.match(await run(`return ${section(a)}.ariaLabel`), /\S/);

  // By the keyboard: back from the film to what stands before it.
  await world.browser.actions().keyDown(Key.SHIFT).sendKeys(Key.TAB).keyUp(Key.SHIFT).perform();
  await until(world.browser, `document.querySelector('${a}').shadowRoot.activeElement === ${part(a, 'close')}`);
  assert.equal(await run(`return getComputedStyle(${part(a, 'header')}).opacity`), '1');

  // A scroll away does not stop it.
  await run('scrollTo(0, 2500)');
  await playing(a, 1);
  assert.equal(await run(`return ${film(a)}.paused`), false);
  await run('scrollTo(0, 0)');
  await world.browser.actions().sendKeys(Key.ENTER).perform();
  await until(world.browser, `!${section(a)}`);
  assert.deepEqual(await box(button(a)), poster);
  assert.ok(await run(`return document.querySelector('${a}').shadowRoot.activeElement === ${button(a)}`), 'the focus is back');
  assert.deepEqual(await run('return [shift, faults]'), [0, []]);
  assert.deepEqual(await world.browser.messages(), []);
});

test('of two in a page one plays: the second closes the first, and both are counted', async () => {
  // On a busy machine it may have waited, and played on, before: each time is told.
  const plays = `events.filter(({ name, id }) => name === 'play' && id === 'a').length`;
  const before = await run(`return ${plays}`);
  await tap(a, 'button');
  // It goes on where it was closed: there it is before it plays.
  await until(world.browser, `${plays} > ${before}`);
  await tap(b, 'button');
  await playing(b);
  assert.equal(await run(`return ${section(a)}`), null);
  assert.ok(await run(`return ${button(a)}.offsetHeight > 0 && document.querySelector('${b}').shadowRoot.activeElement === ${film(b)}`));
  await run(`document.querySelector('${b}').style.display = 'none'`);
  await until(world.browser, `!${section(b)}`);
  assert.deepEqual(await run(`return events.filter(({ name }) => name === 'open' || name === 'close').map(({ name, id }) => name + id)`), ['opena', 'closea', 'opena', 'closea', 'openb', 'closeb']);
  const over = await eventually('three viewings are over', () => {
    const sessions = new Map(world.proxy.beacons.flatMap((body) => JSON.parse(body).sessions).filter(({ state }) => state === 'quit').map((one) => [one.id, one]));
    return sessions.size === 3 && [...sessions.values()];
  });
  assert.deepEqual(over.map(({ started, errors, pauses }) => [started, errors, pauses]), [[1, 0, 0], [1, 0, 0], [1, 0, 0]]);
});

test('several films take turns in the same room, and one that cannot be played says so there', async () => {
  await visitThroughProxy(world, element('a'), () => undefined);
  await shown(a);
  const poster = await box(button(a));
  await tap(a, 'button');
  await playing(a);
  const first = await run(`return ${film(a)}.currentSrc`);
  await tap(a, 'section [part=next]');
  await until(world.browser, `${film(a)}.currentSrc && ${film(a)}.currentSrc !== ${JSON.stringify(first)}`);
  await playing(a);
  assert.deepEqual(await box(section(a)), poster);
  world.proxy.fault = ({ path }) => (path.endsWith('.mp4') ? '500' : undefined);
  await tap(a, 'section [part=close]');
  await until(world.browser, `!${section(a)}`);
  await visitThroughProxy(world, element('a'), ({ path }) => (path.endsWith('.mp4') ? '500' : undefined));
  await shown(a);
  await tap(a, 'button');
  await until(world.browser, `${part(a, 'error')}.offsetHeight`);
  world.proxy.fault = () => undefined;
  await tap(a, 'section [part=retry]');
  await playing(a);
  assert.deepEqual(await box(section(a)), poster);
  assert.deepEqual(await run('return faults'), []);
});
