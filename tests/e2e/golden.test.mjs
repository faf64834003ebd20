// The golden look-ups, which the matching side wrote, as the shopper's side reads them: the contract between two sides that share no types.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../../scripts/lib.mjs';
import { startChromium, until } from '../support/browser.mjs';
import { startPages, startProxy } from '../support/proxy.mjs';
import { button, outcomes, productPage } from '../support/shopper.mjs';
import { startStack } from '../support/stack.mjs';

const dir = join(root, 'tests/fixtures');
const fixtures = readdirSync(dir).filter((name) => name.startsWith('match-'));

let stack, browser, pages, proxy;
before(async () => {
  stack = await startStack();
  browser = await startChromium();
  pages = await startPages({});
});
after(async () => {
  await browser?.done();
  await proxy?.stop();
  await pages?.stop();
  await stack?.stop();
});

test('there are golden look-ups to read', () => assert.ok(fixtures.length >= 4, fixtures.join()));

for (const name of fixtures) {
  test(`${name} is read as it was meant`, async () => {
    const { answer } = JSON.parse(readFileSync(join(dir, name), 'utf8'));
    await proxy?.stop();
    proxy = await startProxy(stack.port);
    proxy.fault = ({ path }) => (path.startsWith('/v1/match/') ? { json: answer } : undefined);
    // The answer is given; each element only has to ask for something.
    pages.pages['/product'] = productPage(proxy.origin, answer.products.map((_, i) => `<shelf-reel id="p${i}" gtin="${i + 1}"></shelf-reel>`).join(''));
    await browser.get(`${pages.origin}/product`);
    const told = await outcomes(browser, answer.products.length);
    for (const [i, product] of answer.products.entries()) {
      const { name: event, detail } = told[`p${i}`];
      assert.equal(event, product.videos.length ? 'match' : 'nomatch');
      assert.deepEqual(detail, product);
      if (!product.videos.length) continue;
      const text = await until(browser, `${button(`#p${i}`)}?.textContent`);
      const { watch, watch_many } = answer.texts;
      assert.equal(text.trim(), product.videos.length === 1 ? watch : watch_many.replace('{n}', product.videos.length));
    }
  });
}
