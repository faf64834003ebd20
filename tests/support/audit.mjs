// What axe-core finds wrong with a page, the insides of open shadow roots included.
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
