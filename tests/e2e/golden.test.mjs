// The golden look-ups, which the matching side wrote, as the shopper's side reads them: the contract between two sides that share no types.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib.mjs';
import { startBrowser, until } from '../support/browser.mjs';
import { startPage } from '../support/page.mjs';
import { button, outcomes, visitThroughProxy } from '../support/shopper.mjs';
import { startDemo } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const dir = join(root, 'tests/fixtures');
const fixtures = readdirSync(dir).filter((name) => name.startsWith('match-'));

const world = useWorld({ stack: () => startDemo(), browser: () => startBrowser(), page: () => startPage() });

test('there are golden look-ups to read', () => assert.ok(fixtures.length >= 4, fixtures.join()));

for (const name of fixtures) {
  test(`${name} is read as it was meant`, async () => {
    const { answer } = JSON.parse(readFileSync(join(dir, name), 'utf8'));
    // The answer is given; each element only has to ask for something.
    const elements = answer.products.map((_, i) => `<shelf-reel id="p${i}" gtin="${i + 1}"></shelf-reel>`).join('');
    await visitThroughProxy(world, elements, ({ path }) => (path.startsWith('/v1/match/') ? { json: answer } : undefined));
    const told = await outcomes(world.browser, answer.products.length);
    for (const [i, product] of answer.products.entries()) {
      const { name: event, detail } = told[`p${i}`];
      assert.equal(event, product.videos.length ? 'match' : 'nomatch');
      assert.deepEqual(detail, product);
      if (!product.videos.length) continue;
      const text = await until(world.browser, `${button(`#p${i}`)}?.textContent`);
      const { watch, watch_many } = answer.texts;
      assert.equal(text.trim(), product.videos.length === 1 ? watch : watch_many.replace('{n}', product.videos.length));
    }
  });
}
