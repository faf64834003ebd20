// Stands before the shop and the tag on each of these pages: keeps account of timers, of what goes wrong and of what the elements are told, and walks through the shop as a
// shopper would.
window.faults = [];
addEventListener('error', (event) => faults.push(String(event.message)));
addEventListener('unhandledrejection', (event) => faults.push(String(event.reason)));

// The page's life, for those that are restored, prerendered, hidden or frozen.
window.life = [];
for (const [target, names] of [[window, ['pagehide', 'pageshow']], [document, ['visibilitychange', 'prerenderingchange', 'freeze', 'resume']]]) {
  for (const name of names) target.addEventListener(name, ({ persisted }) => life.push(persisted ? name + ', persisted' : name));
}

// Timers that have been set and have not gone off.
window.timers = new Set();
for (const [set, clear] of [['setTimeout', 'clearTimeout'], ['setInterval', 'clearInterval']]) {
  const [setReal, clearReal] = [window[set], window[clear]];
  window[set] = (work, ...more) => {
    const id = setReal((...given) => {
      if (set === 'setTimeout') timers.delete(id);
      work(...given);
    }, ...more);
    timers.add(id);
    return id;
  };
  window[clear] = (id) => {
    timers.delete(id);
    clearReal(id);
  };
}

// The memories of modules of WebAssembly.
window.memories = [];
const { instantiateStreaming } = WebAssembly;
WebAssembly.instantiateStreaming = async (...given) => {
  const module = await instantiateStreaming.apply(WebAssembly, given);
  memories.push(...Object.values(module.instance.exports).filter((one) => one instanceof WebAssembly.Memory));
  return module;
};

// What each element was told last, and for which question.
let answers = new WeakMap();
const question = (element) => ['gtin', 'lang'].map((name) => element.getAttribute(name)).join() + document.documentElement.lang;
window.told = 0;
for (const name of ['match', 'nomatch']) {
  addEventListener('shelfreel:' + name, ({ target, detail }) => {
    told += 1;
    answers.set(target, { question: question(target), says: detail.videos?.[0]?.title ?? detail.why });
  });
}

/** What each element of the page shows, by its id: the first film that its button stands for, or why there is none; nothing while one has not been answered. */
window.shown = () => {
  const all = {};
  for (const element of document.querySelectorAll('shelf-reel')) {
    const answer = answers.get(element);
    if (answer?.question !== question(element)) return undefined;
    const buttons = element.shadowRoot?.querySelectorAll('button').length ?? 0;
    all[element.id] = `${buttons} × ${answer.says}`;
  }
  return all;
};

/** In a frame's time at the latest; without a timer, which would be counted. */
const frame = () => new Promise(requestAnimationFrame);

const becomes = async (what, is) => {
  for (let frames = 0; frames < 3000; frames += 1) {
    const value = is();
    if (value) return value;
    await frame();
  }
  throw new Error(`it did not come: ${what}`);
};

/** Follows links through the shop, `back` and `forward`; with `!` before it the player is open when that happens. Resolves with what was shown at each address. */
async function follow(steps, pause) {
  const seen = [];
  for (const step of steps) {
    const to = step.replace('!', '');
    if (step !== to) {
      const root = document.querySelector('#kept').shadowRoot;
      root.querySelector('button').click();
      await becomes('the player', () => root.querySelector('dialog[open] video'));
    }
    const before = location.pathname;
    // Each element that stays, and each that comes back, is to be answered anew.
    answers = new WeakMap();
    const isLink = to !== 'back' && to !== 'forward';
    const go = () => (isLink ? document.querySelector(`a[href="${to}"]`).click() : history[to]());
    go();
    let waited = 0;
    await becomes(`the address after ${step}`, () => {
      // Turbo may be about to put another page here: then the link that was clicked is gone, and a shopper clicks again.
      if (isLink && (waited += 1) % 300 === 0 && location.pathname === before) go();
      return location.pathname !== before;
    });
    const path = location.pathname;
    // The page that belongs to the address, and what its elements show.
    await becomes(`the page of ${path}`, () => document.querySelector('main')?.dataset.path === path && !document.documentElement.hasAttribute('data-turbo-preview'));
    // Until it stays: what leaves may take some frames for it, and the browser some to say that a button is in view.
    let shows, shown_before;
    do {
      shown_before = await becomes(`an answer to all elements of ${path}`, shown);
      for (let frames = 0; frames < pause; frames += 1) await frame();
      shows = await becomes(`an answer to all elements of ${path}`, shown);
    } while (JSON.stringify(shows) !== JSON.stringify(shown_before));
    seen.push([path, shows]);
  }
  return seen;
}

/** Walks, with a pause of so many frames at each address; resolves with what was seen, or why it came to no end, as JSON. */
window.walk = (steps, pause) => follow(steps, pause).catch(String).then((seen) => JSON.stringify(seen));
