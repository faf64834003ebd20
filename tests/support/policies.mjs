// Content security policies as data: those that shops were found to have, by letter, and those that docs/integrate.md gives to paste, read from there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib.mjs';

export const NONCE = 'q8Vx3mT1c0bYw7Zk';

/**
 * By letter: the policy, the engine that runs under it, and what it lets be seen: `film`, `button` or `nothing`. The page's own script, which listens, goes by its nonce.
 * What is blocked besides is the question for WebAssembly, where that is not allowed.
 */
export const letters = (edge) => {
  const script = `script-src ${edge} 'nonce-${NONCE}'`;
  return {
    none: { policy: '', engine: 'wasm', shows: 'film' },
    A: { policy: script, engine: 'js', shows: 'film' },
    B: { policy: `${script} 'wasm-unsafe-eval'`, engine: 'wasm', shows: 'film' },
    C: { policy: `script-src 'nonce-${NONCE}' 'strict-dynamic'`, engine: 'js', shows: 'film' },
    D: { policy: `default-src 'self'; ${script}; connect-src ${edge}`, engine: 'js', shows: 'button' },
    E: { policy: `default-src 'self'; ${script}; connect-src ${edge}; img-src 'self' ${edge}; media-src ${edge}`, engine: 'js', shows: 'film' },
    F: { policy: `default-src 'self'; ${script}`, engine: 'js', shows: 'nothing' },
    G: { policy: `${script}; require-trusted-types-for 'script'`, engine: 'js', shows: 'film' },
  };
};

/**
 * Those to paste, in the document's order: `{name, headers, tag}`, the headers by name, with the document's placeholders filled in. A policy stands in a block of `http`
 * below its name in bold; its tag in a block of `html` after it.
 */
export function printed({ edge, nonce = NONCE, pinned }) {
  const guide = readFileSync(join(root, 'docs/integrate.md'), 'utf8');
  const section = guide.slice(guide.indexOf('### With a content security policy'), guide.indexOf('## 7.'));
  const filled = (text) =>
    text.replaceAll('https://YOUR-EDGE/v1/widget/shelfreel-HASH.js', edge + pinned.src).replaceAll('https://YOUR-EDGE', edge).replaceAll('sha384-HASH', pinned.integrity).replaceAll('RANDOM', nonce).replaceAll('shop_yours', 'shop_demo');
  const blocks = [...section.matchAll(/^\*\*(.+?)\*\*[^]*?^```http\n([^]*?)^```\n+```html\n([^]*?)^```/gm)];
  return blocks.map(([, name, headers, tag]) => ({
    name: name.replace(/[.:]$/, ''),
    headers: Object.fromEntries(filled(headers).trim().split('\n').map((line) => /^([\w-]+): (.*)$/.exec(line).slice(1))),
    tag: filled(tag).trim(),
  }));
}
