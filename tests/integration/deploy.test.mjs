// What `npm run deploy` does by itself before wrangler is asked.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TITLE, namespaceId, withNamespace } from '../../scripts/catalogue.mjs';
import { root } from '../../scripts/lib.mjs';

test('edge and studio are deployed with the same namespace, and nothing else of their configs is changed', () => {
  for (const config of ['wrangler.toml', 'studio/wrangler.toml']) {
    const line = 'id = "0123abcd"\n';
    const bound = withNamespace(config, '0123abcd');
    assert.equal(bound.split(line).length, 2, bound);
    assert.match(bound, /\[\[kv_namespaces\]\]\nbinding = "CATALOG"\nid = "0123abcd"\n/);
    assert.equal(bound.replace(line, ''), readFileSync(join(root, config), 'utf8'));
  }
});

test('an id that an operator wrote into a config stays, and a config without the binding is told', () => {
  const own = '[[kv_namespaces]]\nbinding = "OTHER"\nid = "1"\n\n[[kv_namespaces]]\nid = "2"\nbinding = "CATALOG"\n';
  assert.equal(withNamespace('wrangler.toml', '3', own), own);
  const others = '[[kv_namespaces]]\nbinding = "OTHER"\nid = "1"\n\n[[kv_namespaces]]\nbinding = "CATALOG"\n';
  assert.equal(withNamespace('wrangler.toml', '3', others), `${others}id = "3"\n`);
  assert.throws(() => withNamespace('wrangler.toml', '3', own.replace('CATALOG', 'CATALOGUE')), /wrangler\.toml has no KV namespace with the binding CATALOG/);
});

test('the namespace is found by its title, and made once when it is not there', async () => {
  const there = [{ id: 'a', title: 'another' }], made = [];
  const account = { list: async () => JSON.stringify(there), create: async () => { made.push(TITLE); there.push({ id: 'b', title: TITLE }); } };
  assert.equal(await namespaceId(account), 'b');
  assert.equal(await namespaceId(account), 'b');
  assert.deepEqual(made, ['shelfreel-edge-catalog']);
  await assert.rejects(namespaceId({ list: async () => '[]', create: async () => {} }), /run the deploy again/);
});
