// The calls of Cloudflare's REST API v4 (KV and R2) that the operator's tool makes, answered from the local stores.
const ok = (result, extra = {}) => Response.json({ success: true, errors: [], messages: [], result, ...extra });
const failed = (status, message) => Response.json({ success: false, errors: [{ code: 10000, message }], messages: [], result: null }, { status });

export async function cloudflareApi(request, url, env) {
  const [, , , accounts, , store, ...rest] = url.pathname.split('/');
  // The operator's tool is no page: a page that happens to be open in the same machine's browser must not reach the stores.
  if (request.headers.has('origin')) return failed(403, 'no page may call this');
  if (accounts !== 'accounts') return failed(404, `no such call here: ${url.pathname}`);
  if (store === 'storage') return kv(request, url, env, rest.slice(1));
  if (store === 'r2') return r2(request, url, env, rest);
  return failed(404, `no such store here: ${store}; there are storage/kv and r2`);
}

async function kv(request, url, env, [namespaces, binding, call, ...key]) {
  const namespace = namespaces === 'namespaces' && env[binding];
  if (!namespace) return failed(404, `no KV namespace ${binding} here; there is CATALOG`);
  const name = decodeURIComponent(key.join('/'));
  switch (`${request.method} ${call}`) {
    case 'GET keys': {
      const query = Object.fromEntries(url.searchParams);
      const page = await namespace.list({ prefix: query.prefix || null, limit: Number(query.limit) || 1000, cursor: query.cursor || null });
      return ok(page.keys, { result_info: { count: page.keys.length, cursor: page.list_complete ? '' : page.cursor } });
    }
    case 'GET values': {
      const value = await namespace.get(name, 'stream');
      return value ? new Response(value) : failed(404, `no key ${name}`);
    }
    case 'PUT bulk': {
      const pairs = await request.json();
      await inLanes(pairs, ({ key, value, metadata }) => namespace.put(key, value, { metadata }));
      return ok({ successful_key_count: pairs.length, unsuccessful_keys: [] });
    }
    case 'POST bulk': {
      const keys = await request.json();
      await inLanes(keys, (key) => namespace.delete(key));
      return ok({ successful_key_count: keys.length, unsuccessful_keys: [] });
    }
  }
  return failed(405, `no such call here: ${request.method} ${url.pathname}`);
}

async function r2(request, url, env, [buckets, name, objects, ...key]) {
  const bucket = buckets === 'buckets' && objects === 'objects' && { 'shelfreel-media': env.MEDIA, 'shelfreel-lake': env.LAKE, MEDIA: env.MEDIA, LAKE: env.LAKE }[name];
  if (!bucket) return failed(404, `no R2 bucket ${name} here; there are shelfreel-media and shelfreel-lake`);
  const path = decodeURIComponent(key.join('/'));
  switch (request.method) {
    case 'GET': {
      if (!path) {
        const query = Object.fromEntries(url.searchParams);
        const page = await bucket.list({ prefix: query.prefix, delimiter: query.delimiter, cursor: query.cursor, limit: Number(query.per_page) || undefined });
        const objects = page.objects.map((object) => ({ key: object.key, size: object.size, etag: object.etag }));
        return ok(objects, { result_info: { cursor: page.truncated ? page.cursor : '', delimited: page.delimitedPrefixes } });
      }
      const object = await bucket.get(path);
      return object ? new Response(object.body, { headers: { 'content-type': object.httpMetadata?.contentType ?? 'application/octet-stream' } }) : failed(404, `no object ${path}`);
    }
    case 'HEAD':
      return new Response(null, { status: (await bucket.head(path)) ? 200 : 404 });
    case 'PUT': {
      await bucket.put(path, await request.arrayBuffer(), { httpMetadata: { contentType: request.headers.get('content-type') ?? undefined } });
      return ok({ key: path });
    }
    case 'DELETE':
      await bucket.delete(path);
      return ok({ key: path });
  }
  return failed(405, `no such call here: ${request.method} ${url.pathname}`);
}

/** A hundred writes at a time: the local store takes them one by one, and ten thousand open at once would only wait in memory. */
async function inLanes(items, work, lanes = 100) {
  const queue = items.values();
  await Promise.all(Array.from({ length: lanes }, async () => { for (const item of queue) await work(item); }));
}
