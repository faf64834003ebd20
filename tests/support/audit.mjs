// What is wrong with how a page looks and is read: by axe-core, the insides of open shadow roots included, and by what does not fit.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib.mjs';

const axe = readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');

/** Chromium says in forced colours of `-webkit-text-fill-color`, by which axe knows the colour of text, what it would be without them. */
const FORCED = `if (matchMedia('(forced-colors: active)').matches) {
  const { getPropertyValue } = CSSStyleDeclaration.prototype;
  CSSStyleDeclaration.prototype.getPropertyValue = function (name) { return getPropertyValue.call(this, name === '-webkit-text-fill-color' ? 'color' : name); };
}`;

/** WCAG 2.2 A and AA, and what axe's makers advise beyond it. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * Audits the page as it is now: `faults`, and what axe leaves to a person as `unsure`, each as `rule: where it is`; `ran`, the rules that found something to look at.
 * `include` is a selector of what to look at: the whole page without it.
 */
export async function audit(browser, include) {
  if (!(await browser.executeScript('return Boolean(window.axe)'))) await browser.executeScript(axe + FORCED);
  return browser.executeAsyncScript(
    `const [include, values, done] = arguments;
     const say = (results) => results.flatMap(({ id, nodes }) => nodes.map(({ target, any, all, none }) =>
       id + ': ' + target.flat().join(' ') + ' (' + [...any, ...all, ...none].map(({ message }) => message).join('; ') + ')'));
     axe.run(include || document, { runOnly: { type: 'tag', values } }).then(
       ({ violations, incomplete, passes }) => done({ faults: say(violations), unsure: say(incomplete), ran: [...violations, ...incomplete, ...passes].map(({ id }) => id) }),
       (error) => done({ faults: ['axe failed: ' + error], unsure: [], ran: [] }));`,
    include ?? null, RULES,
  );
}

/**
 * What of an element is cut off, sticks out of the page or of where the element stands, or cannot be scrolled to. A page that is wider than its window is one as well.
 */
export const misfits = (browser, selector) => browser.executeScript(`
  const wrong = [], width = document.documentElement.clientWidth, host = document.querySelector(arguments[0]), place = host.parentElement.getBoundingClientRect();
  if (document.documentElement.scrollWidth > width) wrong.push('the page is ' + document.documentElement.scrollWidth + ' wide');
  for (const one of host.shadowRoot.querySelectorAll('*')) {
    if (!one.checkVisibility() || one instanceof SVGElement) continue;
    const name = one.getAttribute('part') + ' “' + one.textContent.slice(0, 40) + '”', { display, overflowY } = getComputedStyle(one), clips = display !== 'inline';
    one.scrollIntoView({ block: 'nearest' });
    const { left, right, top, bottom, height } = one.getBoundingClientRect();
    const [from, to] = one.closest('dialog') ? [0, width] : [place.left, place.right];
    if (left < from - 0.5 || right > to + 0.5) wrong.push(name + ' goes from ' + left + ' to ' + right + ', its place from ' + from + ' to ' + to);
    // To what an element holds Firefox adds the room at its side, though there be none left: then it is what can be seen that counts.
    const inner = document.createRange();
    inner.selectNodeContents(one);
    const held = inner.getBoundingClientRect(), fits = held.width && held.left >= left + one.clientLeft - 0.5 && held.right <= left + one.clientLeft + one.clientWidth + 0.5;
    if (clips && one.scrollWidth > one.clientWidth + 1 && !fits) wrong.push(name + ' holds ' + one.scrollWidth + ' in ' + one.clientWidth);
    if (clips && one.scrollHeight > one.clientHeight + 1 && overflowY !== 'auto') wrong.push(name + ' is ' + one.scrollHeight + ' high in ' + one.clientHeight);
    const button = one.closest('button')?.getBoundingClientRect();
    if (button && (top < button.top - 0.5 || bottom > button.bottom + 0.5)) wrong.push(name + ' sticks out of its button: ' + (button.top - top) + ' and ' + (bottom - button.bottom));
    if (height < innerHeight && (top < -0.5 || bottom > innerHeight + 0.5)) wrong.push(name + ' cannot be scrolled to: ' + top + ' to ' + bottom);
  }
  return wrong;`, selector);
