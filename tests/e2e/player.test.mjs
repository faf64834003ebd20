// The player comes as a module of its own, when a shopper comes near a button: whatever happens before it is there, while it comes and while it is open.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Key } from 'selenium-webdriver';
import { startBrowser, until } from '../support/browser.mjs';
import { BROWSER, limits } from '../support/limits.mjs';
import { startPage } from '../support/page.mjs';
import { button, close, dialog, ENGINE, lobby, open, playing, visitThroughProxy } from '../support/shopper.mjs';
import { eventually, startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), page: () => startPage() });

const film = (id) => `<shelf-reel id="${id}" gtin="9524710000125" lang="nl"></shelf-reel>`;
const [a, b] = ['#a', '#b'];
const WATCH = 'Bekijk';
const RETRY = 'Opnieuw';

const run = (script) => world.browser.executeScript(script);
/** As a shopper taps: at its place on the screen, or no browser would play sound. */
const tap = async (selector) => {
  const shadow = await (await world.browser.findElement({ css: selector })).getShadowRoot();
  await (await shadow.findElement({ css: 'button' })).click();
};
const label = (selector) => run(`return ${button(selector)}.textContent`);
const allWell = () => undefined;
const isPlayer = ({ path }) => path.includes('/widget/p');

/** Goes to a page with the film once or twice, through a proxy that keeps the player back until `comes()`; resolves with that. */
async function visitWithoutPlayer(elements = film('a') + film('b')) {
  let comes;
  const coming = new Promise((done) => (comes = done));
  await visitThroughProxy(world, elements, (request) => (isPlayer(request) ? { when: coming } : undefined));
  await until(world.browser, `[...document.querySelectorAll('shelf-reel')].every((one) => one.answer?.videos)`);
  return comes;
}

/** Longer than it takes from all of the player's files to the player, and from a tap to a player that is there. */
const SETTLED_MS = 300;

/** All of the player has come, and whatever it would do by then is done. */
async function playerHasCome() {
  await until(world.browser, `performance.getEntriesByType('resource').filter(({ name, responseEnd }) => name.includes('/widget/p') && responseEnd).length >= ${ENGINE === 'js' ? 1 : 2}`);
  await world.browser.sleep(SETTLED_MS);
}

/** Everything that the page has tried to send. */
const sent = () => world.proxy.requests.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body));

/**
 * Leaves the page, and resolves with what it told once it is told that a player was opened so often, and so many viewings are told to the end: its beacons, of which none is still under way that
 * is numbered before another, and the best snapshots of its placements and sessions.
 */
async function leave(openings = 1, viewings = openings) {
  const best = (list) => {
    const all = sent().flatMap((beacon) => beacon[list].map((one) => ({ ...one, view: beacon.page_view })));
    return [...new Map(all.sort((one, other) => one.seq - other.seq).map((one) => [one.id, one])).values()];
  };
  const told = () => ({ beacons: sent(), placements: best('placements'), sessions: best('sessions') });
  const isAll = ({ beacons, placements, sessions }) =>
    opened(placements) >= openings && sessions.filter(({ state }) => state === 'quit').length >= viewings && byView(beacons).every((view) => Math.max(...view.map(({ n }) => n)) === view.length);
  // Firefox and WebKitGTK now and then lose a request that was begun in the moment before the page was left, `keepalive` or not.
  for (let waited_ms = 0; BROWSER !== 'chromium' && waited_ms < 3000 && !isAll(told()); waited_ms += 50) await world.browser.sleep(50);
  await world.browser.get('about:blank');
  return eventually('all that was watched', () => isAll(told()) && told());
}

/** The beacons of each page view. */
const byView = (beacons) => Object.values(Object.groupBy(beacons, ({ page_view }) => page_view));

/** How often a player was opened. */
const opened = (placements) => placements.reduce((sum, { opened }) => sum + opened, 0);

/** The page scrolls, has heard of no error, and the console is silent. */
async function assertUnharmed() {
  assert.deepEqual(await run(`return { faults, overflow: getComputedStyle(document.documentElement).overflow }`), { faults: [], overflow: 'visible' });
  assert.deepEqual(await world.browser.messages(), []);
}

/** Each session is of a placement of its own page view, that says that it was opened, and the beacons of each page view are numbered without a gap. */
function assertTogether({ beacons, placements, sessions }) {
  for (const session of sessions) {
    const placement = placements.find(({ id }) => id === session.placement);
    assert.deepEqual([placement?.opened > 0, placement?.view], [true, session.view], JSON.stringify({ session, placements }));
  }
  for (const view of byView(beacons)) {
    assert.deepEqual(view.map(({ n }) => n).sort((x, y) => x - y), view.map((_, i) => i + 1));
  }
}

test('taps while the player comes open it once, and count once', async () => {
  const comes = await visitWithoutPlayer();
  // One after the other in the same place, where by the second there is the dialog.
  const { x, y } = await run(`const { x, y, width, height } = ${button(a)}.getBoundingClientRect(); return { x: Math.round(x + width / 2), y: Math.round(y + height / 2) }`);
  await world.browser.actions().move({ x, y, origin: 'viewport' }).click().click().click().perform();
  assert.deepEqual(await run(`return [${button(a)}.ariaBusy, Boolean(${lobby(a)})]`), ['true', true]);
  comes();
  await playing(world.browser, 0.3, a);
  assert.equal(await run(`return ${button(a)}.ariaBusy`), null);
  await close(world.browser, a);
  await assertUnharmed();
  const told = await leave();
  assert.equal(opened(told.placements), 1);
  assert.equal(told.sessions.length, 1);
  assertTogether(told);
});

for (const [shape, product] of [['wide', 'brand="Kenwick" mpn="GK-2/B" lang="en"'], ['tall', 'gtin="9789999952101" lang="nl"']]) {
  test(`a tap is answered at once, by the dialog with the poster in the place of a ${shape} film; it is the player’s as soon as that has come`, async () => {
    const comes = await visitWithoutPlayer(`<shelf-reel id="a" ${product}></shelf-reel>`);
    await tap(a);
    const box = `(({ left, top, width, height }) => [left, top, width, height].map(Math.round))`;
    const waiting = await until(world.browser, `((lobby) => {
      const image = lobby?.querySelector('img');
      return lobby?.matches(':modal') && image.naturalWidth && { box: ${box}(lobby.getBoundingClientRect()), image: ${box}(image.getBoundingClientRect()), name: lobby.ariaLabel, color: getComputedStyle(lobby).backgroundColor };
    })(${lobby(a)})`);
    assert.match(waiting.name, /^Video: \S/);
    const [left, top, width, height] = waiting.image;
    await world.browser.actions().move({ x: Math.round(left + width / 2), y: Math.round(top + height / 2), origin: 'viewport' }).click().perform();
    comes();
    await playing(world.browser, 0.3, a);
    const player = await run(`return (({ dialog, video }) => ({ box: ${box}(dialog.getBoundingClientRect()), image: ${box}(video.getBoundingClientRect()), name: dialog.ariaLabel, color: getComputedStyle(dialog).backgroundColor, lobby: ${lobby(a)} }))({ dialog: ${dialog(a)}, video: ${dialog(a)}.querySelector('video') })`);
    assert.deepEqual(player, { ...waiting, lobby: null }, 'nothing moves when the player comes');
    await close(world.browser, a);
    assert.equal(await run(`return document.activeElement.shadowRoot?.activeElement === ${button(a)}`), true);
    const told = await leave();
    assert.deepEqual([opened(told.placements), told.sessions.length], [1, 1]);
  });
}

test('a tap is answered by that dialog also when the player has come long ago, which plays in the next moment', async () => {
  await visitThroughProxy(world, film('a'), allWell);
  await open(world.browser, a);
  await playing(world.browser, 0.3, a);
  await close(world.browser, a);
  await run(`window.came = []; new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach(({ part }) => came.push(part.value)))).observe(document.querySelector('#a').shadowRoot, { childList: true })`);
  await tap(a);
  await playing(world.browser, 0.3, a);
  assert.deepEqual(await run('return came'), ['dialog lobby', 'dialog']);
  await close(world.browser, a);
  await assertUnharmed();
  const told = await leave(2);
  assert.deepEqual([opened(told.placements), told.sessions.length], [2, 2]);
});

for (const [how, goes] of [
  ['with a key', () => world.browser.actions().sendKeys(Key.ESCAPE).perform()],
  ['by a tap beside it', () => world.browser.actions().move({ x: 3, y: 3, origin: 'viewport' }).click().perform()],
]) {
  test(`whoever goes again ${how} before the player has come is left alone by it, and the next tap plays`, async () => {
    const comes = await visitWithoutPlayer(film('a'));
    await tap(a);
    await until(world.browser, lobby(a));
    await goes();
    await until(world.browser, `!${lobby(a)}`);
    assert.deepEqual(await run(`return [document.activeElement.shadowRoot?.activeElement === ${button(a)}, ${button(a)}.ariaBusy]`), [true, null]);
    comes();
    await playerHasCome();
    assert.deepEqual(await run('return events.map(({ name }) => name)'), ['match']);
    await tap(a);
    await playing(world.browser, 0.3, a);
    await close(world.browser, a);
    await assertUnharmed();
    const told = await leave();
    assert.deepEqual([opened(told.placements), told.sessions.length], [1, 1]);
  });
}

for (const [what, block, script, show] of [
  ['is hidden', 'div', 'document.querySelector("#block").style.display = "none"', 'document.querySelector("#block").style.display = ""'],
  ['is closed', 'details', '', 'document.querySelector("#block").open = true'],
]) {
  test(`where what the element stands in ${what}, no dialog that nobody sees keeps the shopper from the page`, async () => {
    const comes = await visitWithoutPlayer(`<button id="own">Film</button><${block} id="block"><shelf-reel id="a" for="own" gtin="9524710000125" lang="nl"></shelf-reel></${block}>`);
    await run(script);
    await (await world.browser.findElement({ id: 'own' })).click();
    await until(world.browser, `!document.querySelector('#a').shadowRoot.querySelector('dialog')`);
    const reachable = `document.elementFromPoint(20, 20) !== null && document.querySelector('#own').ariaBusy === null`;
    await until(world.browser, reachable);
    comes();
    // Also once the player is there nothing opens, so that nothing is counted, before it can be seen.
    await playerHasCome();
    await (await world.browser.findElement({ id: 'own' })).click();
    await until(world.browser, `!document.querySelector('#a').shadowRoot.querySelector('dialog') && ${reachable}`);
    await world.browser.sleep(SETTLED_MS);
    assert.deepEqual(await run('return events.map(({ name }) => name)'), ['match']);
    await run(show);
    await (await world.browser.findElement({ id: 'own' })).click();
    await playing(world.browser, 0.3, a);
    await close(world.browser, a);
    assert.deepEqual(await run(`return events.filter(({ name }) => ['open', 'close'].includes(name)).map(({ name }) => name)`), ['open', 'close']);
    await assertUnharmed();
  });
}

test('what the element stands in is hidden while its player comes: the page can be used again at once, nothing is counted, and the next tap plays', async () => {
  const comes = await visitWithoutPlayer(`<button id="own">Film</button><div id="block"><shelf-reel id="a" for="own" gtin="9524710000125" lang="nl"></shelf-reel></div>`);
  const own = await world.browser.findElement({ id: 'own' });
  await own.click();
  await until(world.browser, `${lobby(a)}?.matches(':modal')`);
  await run('document.querySelector("#block").style.display = "none"');
  await until(world.browser, `!${lobby(a)} && document.querySelector('#own').ariaBusy === null`);
  comes();
  await playerHasCome();
  assert.deepEqual(await run('return events.map(({ name }) => name)'), ['match']);
  await run('document.querySelector("#block").style.display = ""');
  await own.click();
  await playing(world.browser, 0.3, a);
  await close(world.browser, a);
  await assertUnharmed();
  const told = await leave();
  assert.deepEqual([opened(told.placements), told.sessions.length], [1, 1]);
});

test('where the player cannot be loaded the shop’s own element is left as it was when ours goes', async () => {
  await visitThroughProxy(world, `<button id="own" class="big">Film</button><shelf-reel id="a" for="own" gtin="9524710000125" lang="nl"></shelf-reel>`, (request) => (isPlayer(request) ? '500' : undefined));
  await until(world.browser, `document.querySelector('#own').ariaHasPopup === 'dialog'`);
  await (await world.browser.findElement({ id: 'own' })).click();
  await until(world.browser, `events.some(({ name }) => name === 'error')`);
  await run(`document.querySelector('#a').remove()`);
  await until(world.browser, `document.querySelector('#own').outerHTML === '<button id="own" class="big">Film</button>'`);
});

test('what is invisible where the element stands is seen all the same above the page, and a tap beside it closes it', async () => {
  const comes = await visitWithoutPlayer(`<button id="own">Film</button><div style="visibility: hidden"><shelf-reel id="a" for="own" gtin="9524710000125" lang="nl"></shelf-reel></div>`);
  await (await world.browser.findElement({ id: 'own' })).click();
  const seen = (dialog) => until(world.browser, `${dialog}?.offsetWidth && getComputedStyle(${dialog}).visibility === 'visible'`);
  await seen(lobby(a));
  comes();
  await seen(dialog(a));
  await world.browser.actions().move({ x: 3, y: 500, origin: 'viewport' }).click().perform();
  await until(world.browser, `!${dialog(a)}`);
  await assertUnharmed();
});

test('no tap in the dialog, nor beside it, follows the link that the element stands in', async () => {
  const comes = await visitWithoutPlayer(`<a href="#elsewhere"><shelf-reel id="a" layout="thumbnail" gtin="9524710000125" lang="nl"></shelf-reel></a>`);
  const address = await run('return location.href');
  const { x, y } = await run(`const { x, y, width, height } = ${button(a)}.getBoundingClientRect(); return { x: Math.round(x + width / 2), y: Math.round(y + height / 2) }`);
  const at = (x, y) => world.browser.actions().move({ x, y, origin: 'viewport' });
  await at(x, y).doubleClick().perform();
  await until(world.browser, `${lobby(a)}?.offsetWidth`);
  const image = await run(`const { left, top, width, height } = ${lobby(a)}.querySelector('img').getBoundingClientRect(); return { x: Math.round(left + width / 2), y: Math.round(top + height / 2) }`);
  await at(image.x, image.y).click().perform();
  await at(3, 500).click().perform();
  await until(world.browser, `!${lobby(a)}`);
  comes();
  await tap(a);
  await until(world.browser, `${dialog(a)}?.offsetWidth`);
  await at(3, 300).click().perform();
  await until(world.browser, `!${dialog(a)}`);
  assert.equal(await run('return location.href'), address);
  // Nor in the player, or on its buttons.
  await tap(a);
  await until(world.browser, `${dialog(a)}?.offsetWidth`);
  const shadow = await (await world.browser.findElement({ css: a })).getShadowRoot();
  for (const part of ['title', 'next', 'position', 'close']) await (await shadow.findElement({ css: `[part=${part}]` })).click();
  await until(world.browser, `!${dialog(a)}`);
  assert.equal(await run('return location.href'), address);
  await assertUnharmed();
});

test('from the tap on is the time that the start took, also while the player came', async () => {
  const comes = await visitWithoutPlayer(film('a'));
  await tap(a);
  await until(world.browser, lobby(a));
  await world.browser.sleep(1500);
  comes();
  await playing(world.browser, 0.3, a);
  await close(world.browser, a);
  const { sessions: [{ startup_ms, started_ms, elapsed_ms }] } = await leave();
  assert.ok(startup_ms >= 1500, `it took ${startup_ms} ms`);
  assert.ok(started_ms >= startup_ms && elapsed_ms > started_ms, JSON.stringify({ startup_ms, started_ms, elapsed_ms }));
});

test('an element that is moved while its player comes leaves no box in the page', async () => {
  const comes = await visitWithoutPlayer(film('a') + '<p id="elsewhere"></p>');
  await tap(a);
  await until(world.browser, `${lobby(a)}?.matches(':modal')`);
  await run(`document.querySelector('#elsewhere').append(document.querySelector('#a'))`);
  assert.equal(await run(`return ${lobby(a)}.offsetWidth`), 0);
  comes();
  await playing(world.browser, 0.3, a);
  await close(world.browser, a);
  await assertUnharmed();
});

test('whose touch the page keeps from what the element stands in closes the dialog by a tap all the same', async () => {
  const comes = await visitWithoutPlayer(`<button id="own">Film</button><div style="pointer-events: none"><shelf-reel id="a" for="own" gtin="9524710000125" lang="nl"></shelf-reel></div>`);
  // Each elsewhere, or the second would be half of a double click.
  const beside = (y) => world.browser.actions().move({ x: 3, y, origin: 'viewport' }).click().perform();
  await (await world.browser.findElement({ id: 'own' })).click();
  await until(world.browser, lobby(a));
  await beside(3);
  await until(world.browser, `!${lobby(a)}`);
  comes();
  await (await world.browser.findElement({ id: 'own' })).click();
  await until(world.browser, `${dialog(a)}?.offsetWidth`);
  await beside(500);
  await until(world.browser, `!${dialog(a)}`);
  await assertUnharmed();
});

test('an element of the shop’s that two elements name opens one player, and nothing stays behind it', async () => {
  const named = (id) => `<shelf-reel id="${id}" for="own" gtin="9524710000125" lang="nl"></shelf-reel>`;
  const comes = await visitWithoutPlayer(`<button id="own">Film</button>${named('a')}${named('b')}`);
  const dialogs = `[...document.querySelectorAll('shelf-reel')].flatMap((one) => [...one.shadowRoot.querySelectorAll('dialog')])`;
  await (await world.browser.findElement({ id: 'own' })).click();
  assert.equal(await run(`return ${dialogs}.length`), 1);
  comes();
  await playing(world.browser, 0.3, a);
  assert.equal(await run(`return ${dialogs}.length`), 1);
  await close(world.browser, a);
  assert.equal(await run(`return ${dialogs}.length`), 0);
  await assertUnharmed();
});

test('whoever goes to another tab while the player comes does not hear it begin there', async () => {
  const comes = await visitWithoutPlayer(film('a'));
  await tap(a);
  await until(world.browser, lobby(a));
  await run(`Object.defineProperty(Document.prototype, 'hidden', { configurable: true, get: () => true }); document.dispatchEvent(new Event('visibilitychange'))`);
  assert.equal(await run(`return ${lobby(a)}`), null);
  comes();
  await playerHasCome();
  assert.deepEqual(await run('return events.map(({ name }) => name)'), ['match']);
});

/** The player is given up on, the next tap asks anew, and then, by `late()`, what was given up on comes, and plays. */
async function comesLate(late) {
  await until(world.browser, button(a));
  await tap(a);
  await until(world.browser, `${button(a)}.textContent.includes('${RETRY}')`);
  await tap(a);
  await until(world.browser, lobby(a));
  late();
  await playing(world.browser, 0.3, a);
}

test('a player that comes after it was given up on is the one, and what was asked for then is none besides', async () => {
  let late;
  const coming = new Promise((done) => (late = done));
  await visitThroughProxy(world, film('a'), ({ path }) => (path.endsWith('.js?') || path.endsWith('.js??') ? { when: coming } : undefined));
  await comesLate(late);
  await run(`dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))`);
  await until(world.browser, `!${dialog(a)}`);
});

test('once the player has come, late as it was, nobody is told that what was asked for after it failed', async () => {
  let late;
  let fails;
  const coming = new Promise((done) => (late = done));
  const failing = new Promise((done) => (fails = done));
  // As JavaScript, for what is WebAssembly is given up on for good.
  await visitThroughProxy(world, film('a'), ({ path }) => {
    if (path.endsWith('/tapped')) fails();
    return path.endsWith('.js?') ? { when: coming } : path.endsWith('.js??') ? { when: failing, refuse: true } : undefined;
  }, { engine: 'js' });
  await comesLate(late);
  await close(world.browser, a);
  // A tap, in whose wait for the player that is there the other fails.
  await run(`addEventListener('click', () => fetch('${world.proxy.origin}/tapped'), { once: true, capture: true })`);
  await tap(a);
  await playing(world.browser, 0.3, a);
  await close(world.browser, a);
  assert.equal(await run(`return events.filter(({ name }) => name === 'error').length`), 1, 'of the first, that was given up on');
});

test('of two buttons tapped in turn while the player comes, the second plays and the first is no longer busy', async () => {
  const comes = await visitWithoutPlayer();
  await tap(a);
  // The first one's dialog is in the way of a finger; a script of the shop's it does not keep off.
  await run(`${button(b)}.click()`);
  assert.deepEqual(await run(`return [${button(a)}.ariaBusy, ${button(b)}.ariaBusy, ${lobby(a)}, ${lobby(b)}.open]`), [null, 'true', null, true]);
  comes();
  await playing(world.browser, 0.3, b);
  assert.equal(await run(`return ${dialog(a)}`), null);
  await close(world.browser, b);
  const told = await leave();
  assert.deepEqual([opened(told.placements), told.sessions.length], [1, 1]);
  assertTogether(told);
});

test('a player that failed to come counts as nothing opened, and the button says what it said once the next tap has played', async () => {
  await visitThroughProxy(world, film('a'), (request) => (isPlayer(request) ? '500' : undefined));
  await until(world.browser, button(a));
  const before = await label(a);
  assert.ok(before.includes(WATCH));
  await tap(a);
  await until(world.browser, `${button(a)}.textContent.includes('${RETRY}')`);
  assert.deepEqual(await run(`return events.filter(({ name }) => name === 'error').map(({ id, detail }) => [id, typeof detail.video, detail.position_ms, detail.percent])`), [['a', 'string', 0, 0]]);
  world.proxy.fault = allWell;
  await tap(a);
  await playing(world.browser, 0.3, a);
  await close(world.browser, a);
  assert.equal(await label(a), before);
  await assertUnharmed();
  const told = await leave();
  assert.deepEqual([opened(told.placements), told.sessions.length], [1, 1]);
  assertTogether(told);
});

test('a player that never comes is given up on, and the next tap asks anew', { skip: ENGINE === 'js' && 'nothing gives up on a script' }, async () => {
  // By another address each time. (Where a pointer is on the button as its dialog goes, the browser says that it comes, and the player is asked for at once.)
  await visitThroughProxy(world, film('a'), ({ path }) => (path.endsWith('.js?') ? 'hang' : undefined));
  await until(world.browser, button(a));
  await tap(a);
  await until(world.browser, `${button(a)}.textContent.includes('${RETRY}')`);
  await tap(a);
  await playing(world.browser, 0.3, a);
  await close(world.browser, a);
  await assertUnharmed();
});

for (const [what, script] of [
  ['taken out', 'document.querySelector("#a").remove()'],
  ['given another product without a film', 'document.querySelector("#a").setAttribute("gtin", "9524799999995")'],
  ['left without a code', 'document.querySelector("#a").removeAttribute("gtin")'],
]) {
  test(`an element that is ${what} while its player comes opens nothing, and the other still plays`, async () => {
    const comes = await visitWithoutPlayer();
    await tap(a);
    await run(`window.was = ${button(a)}; ${script}`);
    await until(world.browser, '!was.isConnected');
    comes();
    await until(world.browser, `performance.getEntriesByType('resource').filter(({ name, responseEnd }) => name.includes('/widget/p') && responseEnd).length >= 1`);
    await assertUnharmed();
    await open(world.browser, b);
    await playing(world.browser, 0.3, b);
    await close(world.browser, b);
    assert.deepEqual(await run(`return events.filter(({ name }) => name === 'open').map(({ id }) => id)`), ['b']);
    await assertUnharmed();
    const told = await leave();
    assert.deepEqual([opened(told.placements), told.sessions.length], [1, 1]);
    assertTogether(told);
  });
}

/** As a single-page shop does: another address, and another element. */
async function navigate() {
  await run(`history.pushState({}, '', '/elsewhere'); document.body.insertAdjacentHTML('beforeend', '${film('b')}')`);
  await until(world.browser, button(b));
}

test('a single-page navigation while the player comes: what plays belongs to the placement that says it was opened', async () => {
  const comes = await visitWithoutPlayer(film('a'));
  await tap(a);
  await navigate();
  comes();
  await playing(world.browser, 0.3, a);
  await close(world.browser, a);
  const told = await leave();
  assert.deepEqual([opened(told.placements), told.sessions.length], [1, 1]);
  assertTogether(told);
});

test('a single-page navigation while the player is open: what plays stays in the page view it began in, and the next begins in the next', async () => {
  await visitThroughProxy(world, film('a'), allWell);
  await open(world.browser, a);
  await playing(world.browser, 0.3, a);
  await navigate();
  await close(world.browser, a);
  await open(world.browser, b);
  await playing(world.browser, 0.3, b);
  await close(world.browser, b);
  await assertUnharmed();
  const told = await leave(2);
  assert.equal(new Set(told.beacons.map(({ page_view }) => page_view)).size, 2);
  assert.deepEqual(told.sessions.map(({ state }) => state), ['quit', 'quit']);
  assert.equal(new Set(told.sessions.map(({ view }) => view)).size, 2);
  assert.equal(opened(told.placements), 2);
  assertTogether(told);
});

test('a single-page navigation to a page without a film and back begins a page view; what stands after # is no navigation', async () => {
  await visitThroughProxy(world, film('a'), allWell);
  await until(world.browser, button(a));
  const views = () => new Set(sent().map(({ page_view }) => page_view)).size;
  const seen = (count) => eventually(`${count} buttons seen`, () => new Set(sent().flatMap(({ placements }) => placements).filter(({ shown }) => shown).map(({ id }) => id)).size === count);
  await seen(1);
  // Elsewhere, and back: a router first changes the address.
  const go = (to, change) => run(`history.pushState({}, '', '${to}'); ${change}`);
  const putIn = `document.body.insertAdjacentHTML('beforeend', '${film('a')}')`;
  await go('/elsewhere', `document.querySelector('${a}').remove()`);
  await go('/product', putIn);
  await seen(2);
  assert.equal(views(), 2);
  await go('/product#reviews', `document.querySelector('${a}').remove(); ${putIn}`);
  await seen(3);
  assert.equal(views(), 2);
  await assertUnharmed();
});

test('a page that is left and comes back from the cache while the player comes does not open it by itself', async () => {
  const comes = await visitWithoutPlayer(film('a'));
  await tap(a);
  await run(`for (const name of ['pagehide', 'pageshow']) dispatchEvent(new PageTransitionEvent(name, { persisted: true }))`);
  assert.equal(await run(`return ${button(a)}.ariaBusy`), null);
  comes();
  await open(world.browser, a);
  await playing(world.browser, 0.3, a);
  assert.equal(await run(`return events.filter(({ name }) => name === 'open').length`), 1);
  await close(world.browser, a);
  const told = await leave();
  assert.deepEqual([opened(told.placements), told.sessions.length], [1, 1]);
  assertTogether(told);
});

test('a machine that slept ends the page view by its true age, and the film that is on goes on in another', async () => {
  const HOUR_MS = 3_600_000;
  await visitThroughProxy(world, film('a') + film('b'), allWell);
  // What the page's clock says, which stands still, and what the world's does.
  await run(`window.slept_ms = 0; const { now } = window.Date; window.Date.now = () => now() + window.slept_ms`);
  await open(world.browser, a);
  await playing(world.browser, 0.3, a);
  const views = () => [...new Set(sent().map(({ page_view }) => page_view))];
  await eventually('the start and both buttons are told', () => sent().some(({ events }) => events.some(({ type }) => type === 'play')) && sent().flatMap(({ placements }) => placements).length > 1);
  // A clock that is put right.
  await run(`window.slept_ms += 30_000; document.querySelector('${a}').shadowRoot.querySelector('video').pause()`);
  await eventually('the pause is told', () => sent().some(({ sessions }) => sessions.some(({ state }) => state === 'paused')));
  assert.equal(views().length, 1);
  await run(`window.slept_ms += 3 * ${HOUR_MS}; document.querySelector('${a}').shadowRoot.querySelector('video').play()`);
  await eventually('a second page view has buttons and a film', () => {
    const second = sent().filter(({ page_view }) => page_view === views()[1]);
    return ['placements', 'sessions'].every((list) => second.some((beacon) => beacon[list].length));
  });
  const asleep = await eventually('the end of the first is told by its age', () => {
    const all = sent().filter(({ page_view, elapsed_ms }) => page_view === views()[0] && elapsed_ms > 3 * HOUR_MS);
    return all.length > 0 && all;
  });
  for (const { sessions } of asleep) for (const { state, elapsed_ms } of sessions) assert.deepEqual([state, elapsed_ms > 3 * HOUR_MS], ['quit', true]);
  await playing(world.browser, 0.5, a);
  assert.deepEqual(await run('return faults'), []);
  await close(world.browser, a);
  // Opened once, and watched in both page views.
  const told = await leave(1, 2);
  assert.equal(views().length, 2);
  const [before, after] = views().map((view) => ({ placements: told.placements.filter((one) => one.view === view), sessions: told.sessions.filter((one) => one.view === view) }));
  assert.deepEqual([before, after].map(({ placements, sessions }) => [placements.map(({ shown }) => shown), sessions.map(({ reason, state }) => [reason, state])]), [
    [[1, 1], [['tap', 'quit']]], [[1, 1], [['renewed', 'quit']]],
  ]);
  assert.deepEqual([before, after].map(({ placements, sessions }) => placements.some(({ id }) => id === sessions[0].placement)), [true, true]);
  assert.deepEqual([after.sessions[0].started_ms, 'startup_ms' in after.sessions[0]], [0, false]);
});

test('what was told of a viewing and did not arrive is told again when the page is left', async () => {
  await visitThroughProxy(world, film('a'), allWell);
  await open(world.browser, a);
  await playing(world.browser, 0.3, a);
  await eventually('the start is told', () => sent().some(({ events }) => events.some(({ type }) => type === 'play')));
  const lost = [];
  world.proxy.fault = ({ method, body }) => (method === 'POST' ? lost.push(body) && '500' : undefined);
  await close(world.browser, a);
  await eventually('the end is told, and lost', () => lost.some((body) => body.includes('"close"')));
  const posts = world.proxy.requests.filter(({ method }) => method === 'POST').length;
  await until(world.browser, `performance.getEntriesByType('resource').filter(({ name }) => name.includes('/v1/playback/')).length >= ${posts}`);
  world.proxy.fault = allWell;
  // To another page of the shop. On the way to another site Firefox ends the page's process, and one time in twenty what that sends last with it (by fetch or as a beacon: 6 of 80; so, 0 of 40).
  await world.browser.get(`${world.page.origin}/elsewhere`);
  await eventually('the end arrives', () => world.proxy.beacons.flatMap((body) => JSON.parse(body).sessions).some(({ state }) => state === 'quit'));
});

for (const [what, script] of [
  ['hides the element', 'document.querySelector("#a").style.display = "none"'],
  ['hides what the element stands in', 'document.body.style.display = "none"'],
  ['moves the element', 'document.body.prepend(document.querySelector("#a"))'],
]) {
  test(`a page that ${what} while the player is open has its scrolling back, and no player that nobody can close`, async () => {
    await visitThroughProxy(world, film('a'), allWell);
    await open(world.browser, a);
    await playing(world.browser, 0.3, a);
    await run(script);
    await until(world.browser, `!${dialog(a)}`);
    await assertUnharmed();
    assert.deepEqual(await run(`return events.filter(({ name }) => name === 'close').length`), 1);
    const told = await leave();
    assert.deepEqual(told.sessions.map(({ state }) => state), ['quit']);
    assertTogether(told);
  });
}

test('with the keyboard: Enter while the player comes opens it then, and the focus returns to the button', async () => {
  const comes = await visitWithoutPlayer();
  await run(`${button(a)}.focus()`);
  await world.browser.actions().sendKeys(Key.ENTER).perform();
  await until(world.browser, `${button(a)}.ariaBusy === 'true'`);
  comes();
  await playing(world.browser, 0.3, a);
  await close(world.browser, a);
  assert.ok(await run(`return document.querySelector('${a}').shadowRoot.activeElement === ${button(a)}`));
});

test('Enter that is held down opens the player once, and does not press what has the focus in it', limits({ firefox: 'only Chromium’s driver holds a key down', webkit: 'only Chromium’s driver holds a key down' }), async () => {
  await visitThroughProxy(world, film('a'), allWell);
  await until(world.browser, button(a));
  await run(`${button(a)}.focus()`);
  const key = (type, more) => world.browser.sendDevToolsCommand('Input.dispatchKeyEvent', { type, key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, ...more });
  await key('keyDown', { text: '\r' });
  await until(world.browser, dialog(a));
  for (let time = 0; time < 30; time++) await key('keyDown', { text: '\r', autoRepeat: true });
  await key('keyUp');
  await playing(world.browser, 0.3, a);
  await world.browser.actions().sendKeys(Key.ENTER).perform();
  await until(world.browser, `!${dialog(a)}`);
  assert.deepEqual(await run(`return events.filter(({ name }) => ['open', 'close'].includes(name)).map(({ name }) => name)`), ['open', 'close']);
});

test('a shop that changes the element when its player closes gets what it asked for last', async () => {
  await visitThroughProxy(world, film('a'), allWell);
  await open(world.browser, a);
  await playing(world.browser, 0.3, a);
  await run(`
    const element = document.querySelector('#a');
    element.addEventListener('shelfreel:close', () => element.removeAttribute('gtin'));
    element.setAttribute('lang', 'en');`);
  await until(world.browser, `!${dialog(a)}`);
  await until(world.browser, `!${button(a)}`);
  // Time for an answer to what the shop no longer asks.
  await world.browser.sleep(500);
  assert.equal(await run(`return Boolean(${button(a)})`), false);
  await assertUnharmed();
});

test('the tag twice asks once and shows one button', async () => {
  await visitThroughProxy(world, film('a'), allWell);
  await until(world.browser, button(a));
  await run(`const tag = document.querySelector('script[src$="/v1/shelfreel.js"]'); const again = document.createElement('script'); again.dataset.shop = tag.dataset.shop; again.onload = () => { window.again = true; }; again.src = tag.src; document.body.append(again)`);
  await until(world.browser, 'window.again');
  await open(world.browser, a);
  await close(world.browser, a);
  assert.deepEqual(await run(`return [document.querySelector('#a').shadowRoot.querySelectorAll('button').length, performance.getEntriesByType('resource').filter(({ name }) => name.includes('/v1/match/')).length]`), [1, 1]);
  await assertUnharmed();
});
