// After a panic: the request that it happened in is told, so are those in flight, and the next ones are served by a new instance.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestHarness } from 'wrangler';
import { root } from '../../scripts/lib.mjs';
import { ask, breakableConfig, eventually } from '../support/stack.mjs';

let harness;
let lookUp;
let waiting;
before(async () => {
  // The studio is where the class of the edge's live objects is.
  harness = createTestHarness({ root, workers: [breakableConfig('wrangler.toml', 'tests/faults/trap.mjs'), { configPath: 'studio/wrangler.toml' }] });
  const port = Number((await harness.listen()).url.port);
  waiting = async () => (await ask(port, 'edge', '/__waiting')).json();
  // Each is of another shop, so that the stores are asked.
  let n = 0;
  lookUp = (headers = {}) => ask(port, 'edge', `/v1/match/shop_none${(n += 1)}?p=1`, { headers });
});
after(() => harness.close());

function assertTold({ status, headers, json }) {
  assert.deepEqual([status, json().status, headers['content-type']], [500, 500, 'application/problem+json']);
  assert.deepEqual([headers['cache-control'], headers['access-control-allow-origin']], ['no-store', '*']);
}

function assertServed({ status, json }) {
  assert.deepEqual([status, json().why], [200, 'unknown_shop']);
}

for (const [trap, when] of [['url', 'while it is looked at'], ['method', 'in a task']]) {
  test(`a request that traps ${when} is told so, and the next ones are served, time after time`, async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      assertTold(await lookUp({ 'x-trap': trap }));
      assertServed(await lookUp());
      assertServed(await lookUp());
    }
  });

  test(`who is in flight when another request traps ${when} does not wait for ever`, async () => {
    const before = await waiting();
    const inFlight = [lookUp({ 'x-slow': '1' }), lookUp({ 'x-slow': '1' })];
    await eventually('both to wait for the catalogue', async () => (await waiting()) === before + 2);
    assertTold(await lookUp({ 'x-trap': trap }));
    assertServed(await lookUp());
    for (const answer of await Promise.all(inFlight)) assertTold(answer);
    assertServed(await lookUp());
  });
}
