// Media as a player asks for it: ranges, HEAD, conditions, immutable names.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { startStack } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const bytes = randomBytes(300_000);
const name = `${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}.mp4`;
const path = `/v1/media/${name}`;

const world = useWorld({
  stack: () => startStack(),
  film: async ({ stack }) => {
    const { status } = await stack.ask('localhost', `/client/v4/accounts/local/r2/buckets/shelfreel-media/objects/media%2F${name}`, { method: 'PUT', body: bytes });
    assert.equal(status, 200);
  },
});

const get = (headers = {}, method = 'GET') => world.stack.ask('edge', path, { headers, method });

test('a whole file comes with its length, its type, for ever, for every page', async () => {
  for (let time = 0; time < 2; time++) {
    const { status, headers, bytes: body } = await get();
    assert.equal(status, 200);
    assert.ok(body.equals(bytes));
    assert.equal(headers['content-type'], 'video/mp4');
    assert.equal(headers['content-length'], '300000');
    assert.equal(headers['accept-ranges'], 'bytes');
    assert.match(headers['cache-control'], /max-age=31536000, immutable/);
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin');
  }
});

test('each form of a range brings exactly its bytes, from the bucket and from the cache alike', async () => {
  for (const [range, first, last] of [['bytes=0-', 0, 299_999], ['bytes=0-0', 0, 0], ['bytes=100-199', 100, 199], ['bytes=-500', 299_500, 299_999], ['bytes=299999-', 299_999, 299_999], ['bytes=1000-9999999', 1000, 299_999]]) {
    for (let time = 0; time < 2; time++) {
      const { status, headers, bytes: body } = await get({ range });
      assert.equal(status, 206, range);
      assert.equal(headers['content-range'], `bytes ${first}-${last}/300000`, range);
      assert.ok(body.equals(bytes.subarray(first, last + 1)), range);
      assert.equal(headers['access-control-allow-origin'], '*', range);
    }
  }
});

test('what is no single range brings the whole file, cached or not', async () => {
  for (const range of ['bytes=5-4', 'bytes=1.5-3', 'bytes=0-0,5-9', 'lines=1-2']) {
    const { status, bytes: body } = await get({ range });
    assert.deepEqual([status, body.length], [200, 300_000], range);
  }
});

test('a range beyond the file says how long the file is', async () => {
  const { status, headers } = await get({ range: 'bytes=300000-' });
  assert.deepEqual([status, headers['access-control-allow-origin']], [416, '*']);
  assert.equal(headers['content-range'], 'bytes */300000');
});

test('HEAD says what GET would, without the bytes', async () => {
  const { status, headers, bytes: body } = await get({}, 'HEAD');
  assert.deepEqual([status, headers['content-length'], body.length], [200, '300000', 0]);
  const part = await get({ range: 'bytes=10-19' }, 'HEAD');
  assert.deepEqual([part.status, part.headers['content-length'], part.bytes.length], [206, '10', 0]);
});

test('an unchanged file is not sent again, and a part of another version is not mixed in', async () => {
  const { headers } = await get();
  const again = await get({ 'if-none-match': headers.etag });
  assert.deepEqual([again.status, again.bytes.length], [304, 0]);
  for (const method of ['HEAD', 'GET']) {
    const mixed = await get({ range: 'bytes=0-9', 'if-range': '"another"' }, method);
    assert.deepEqual([mixed.status, mixed.headers['content-length']], [200, '300000'], method);
    const same = await get({ range: 'bytes=0-9', 'if-range': headers.etag }, method);
    assert.deepEqual([same.status, same.headers['content-length']], [206, '10'], method);
  }
});

test('what is not there, and names of another form, are 404 with the reason', async () => {
  for (const [wrong, detail] of [[`/v1/media/${'0'.repeat(32)}.mp4`, /not in the media bucket/], ['/v1/media/film.mp4', /no address of the edge/], [`/v1/media/${'0'.repeat(32)}.${'y'.repeat(1200)}.mp4`, /no address of the edge/], ['/v1/media/..%2fsecret', /no address of the edge/]]) {
    const answer = await world.stack.ask('edge', wrong);
    assert.equal(answer.status, 404, wrong);
    assert.match(answer.json().detail, detail);
  }
});

test('media is read-only', async () => {
  for (const method of ['PUT', 'DELETE', 'PROPFIND', 'PURGE']) {
    const answer = await world.stack.ask('edge', path, { method });
    assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD, OPTIONS'], method);
  }
});
