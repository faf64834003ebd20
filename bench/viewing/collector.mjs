// Takes what a page with Snowplow's tracker sends, as its collector does, and keeps it.
import { serve } from '../../tests/support/server.mjs';

const SESSION = /media\/session\//;
const EVENT = /com\.snowplowanalytics\.snowplow\.media\/(\w+)_event\//;

/** `requests` are the posts, each with its size and the events in it: what each was, and the totals of the viewing so far. Asking whether a post is permitted is no post. */
export async function startCollector() {
  const requests = [];
  const server = await serve(async (incoming, outgoing) => {
    const headers = { 'access-control-allow-origin': incoming.headers.origin ?? '*', 'access-control-allow-credentials': 'true', 'access-control-allow-headers': 'content-type, sp-anonymous', 'access-control-max-age': '3600' };
    if (incoming.method !== 'POST') return outgoing.writeHead(200, headers).end();
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    requests.push({ bytes: body.length, events: JSON.parse(body.toString('utf8')).data.map(read) });
    return outgoing.writeHead(200, headers).end('ok');
  });
  return { requests, origin: server.origin('collector'), stop: server.stop };
}

/** Self-describing JSON, plain or in base64. */
const json = (plain, packed) => (plain ? JSON.parse(plain) : packed && JSON.parse(Buffer.from(packed, 'base64url').toString('utf8')));

function read(event) {
  const what = json(event.ue_pr, event.ue_px)?.data;
  const session = json(event.co, event.cx)?.data.find(({ schema }) => SESSION.test(schema))?.data;
  return { at_ms: Number(event.dtm), type: EVENT.exec(what?.schema)?.[1] ?? what?.schema, session };
}
