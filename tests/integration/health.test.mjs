// What an operator sees when something is missing, and what the workers may weigh.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib.mjs';
import { changedConfig, emptyBeacon, sendBeacon, startStack } from '../support/stack.mjs';

const without = (...tables) => (text) => tables.reduce((left, binding) => left.replace(new RegExp(`^\\[\\[[a-z0-9_.]+\\]\\]\\n(?:binding|name) = "${binding}"\\n(?:\\w+ = .*\\n?)*`, 'm'), ''), text);

test('whole workers say that they are whole', async (t) => {
  const stack = await startStack();
  t.after(() => stack.stop());
  const edge = await stack.ask('edge', '/v1/health');
  assert.deepEqual([edge.status, edge.json()], [200, { ok: true, missing_bindings: [], widget: true, version: '0.1.0' }]);
  const studio = await stack.ask('studio', '/health');
  assert.deepEqual([studio.status, studio.json()], [200, { ok: true, missing_bindings: [], version: '0.1.0' }]);
});

test('each missing binding is named, and what does not need it goes on', async (t) => {
  const stack = await startStack({ 'wrangler.toml': changedConfig('wrangler.toml', without('MEDIA', 'PLAYBACK')), 'studio/wrangler.toml': changedConfig('studio/wrangler.toml', without('LAKE', 'VISITORS')) });
  t.after(() => stack.stop());
  const edge = await stack.ask('edge', '/v1/health');
  assert.deepEqual([edge.status, edge.json().missing_bindings], [503, ['MEDIA', 'PLAYBACK']]);
  assert.deepEqual((await stack.ask('studio', '/health')).json().missing_bindings, ['LAKE', 'VISITORS']);
  assert.equal((await stack.ask('edge', '/v1/match/shop_demo?p=gtin:9524710000125')).json().why, 'unknown_shop');
  const media = await stack.ask('edge', `/v1/media/${'0'.repeat(32)}.mp4`);
  assert.equal(media.status, 503);
  assert.match(media.json().detail, /binding MEDIA/);
  assert.equal((await sendBeacon(stack, emptyBeacon())).status, 204, 'without its queue the edge spills');
});

test('an edge without its catalogue says that it is unavailable, and no cache keeps that', async (t) => {
  const stack = await startStack({ 'wrangler.toml': changedConfig('wrangler.toml', without('CATALOG')) });
  t.after(() => stack.stop());
  const answer = await stack.ask('edge', '/v1/match/shop_demo?p=gtin:9524710000125');
  assert.deepEqual([answer.status, answer.json().why, answer.headers['cache-control']], [200, 'unavailable', 'no-store']);
});

test('the edge worker is at most 1 MB', () => {
  const bytes = ['index.js', 'index_bg.wasm'].map((name) => statSync(join(root, 'edge/build', name)).size).reduce((sum, size) => sum + size);
  assert.ok(bytes <= 1024 * 1024, `${bytes} bytes`);
});
