// The peer: parses the JSON and sends it to a queue, which is the least that anybody's own back end does. It checks nothing, adds nothing of the films, keeps no spill and knows no live lane.
import { Hono } from 'hono';

const app = new Hono();

app.post('/v1/playback/:shop', async (c) => {
  const beacon = JSON.parse(await c.req.text());
  await c.env.PLAYBACK.send({ shop: c.req.param('shop'), received_at_ms: Date.now(), beacon });
  return c.body(null, 204, { 'access-control-allow-origin': '*' });
});
app.get('/v1/health', (c) => c.text('ok'));

export default app;
