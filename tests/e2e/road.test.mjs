// The whole road on real parts: a film made on the spot, imported, asked for by a page of another origin, played, and its playback kept.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBrowser } from '../support/browser.mjs';
import { alike, greyFrame, greyOfVideo, hasFfmpeg, makeFilm } from '../support/film.mjs';
import { startPage } from '../support/page.mjs';
import { open, playing, video, visitProduct } from '../support/shopper.mjs';
import { eventually, lakeRows, quick, startStack } from '../support/stack.mjs';
import { useWorld } from '../support/world.mjs';

const world = useWorld({ stack: () => startStack(quick()), browser: () => startBrowser(), page: () => startPage() });

/** A valid GTIN of a random length with a prefix that is not restricted, by GS1's rule: weights 3 and 1 from the right. */
function randomGtin() {
  const length = [8, 12, 13][randomInt(3)];
  const lead = { 8: '9', 12: '7', 13: '87' }[length];
  let digits = lead;
  while (digits.length < length - 1) digits += randomInt(10);
  const sum = [...digits].reverse().reduce((total, digit, i) => total + Number(digit) * (i % 2 ? 1 : 3), 0);
  return digits + ((10 - (sum % 10)) % 10);
}

/** The same code as shops write it. */
function randomForm(gtin) {
  const forms = [(g) => g, (g) => g.padStart(14, '0'), (g) => `${g.slice(0, 3)} ${g.slice(3)}`, (g) => `${g.slice(0, 1)}-${g.slice(1, 6)}-${g.slice(6)}`, (g) => ` ${g} `, (g) => `EAN: ${g}`, (g) => `0000000000000|${g}`];
  return forms[randomInt(forms.length)](gtin);
}

const randomWord = () => Array.from({ length: 5 }, () => 'ABCDEFGHJKLMNPRSTUVWXYZ'[randomInt(23)]).join('');

test('a film with a random word, imported under a random product code, plays on a page of another origin and is counted', async (t) => {
  if (!(await hasFfmpeg())) return t.skip('ffmpeg is not installed: the film cannot be made');
  const dir = mkdtempSync(join(tmpdir(), 'shelfreel-road-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const [word, other] = [randomWord(), randomWord()];
  const gtin = randomGtin();
  const form = randomForm(gtin);
  t.diagnostic(`word ${word}, code ${gtin}, written as ${JSON.stringify(form)}`);
  await makeFilm(join(dir, 'film.mp4'), word);
  await makeFilm(join(dir, 'other.mp4'), other, { seconds: 1 });
  writeFileSync(join(dir, 'feed.csv'), `video,brand,kind,language,title,gtin,media\nthe-film,kenwick,guide,nl,Een film,${gtin},film.mp4\n`);
  writeFileSync(join(dir, 'shops.jsonl'), JSON.stringify({ id: 'shop_road', name: 'Road', origins: [world.page.origin], languages: ['nl'] }));
  const imported = await world.stack.importFeed(join(dir, 'feed.csv'), '--shops', join(dir, 'shops.jsonl'));
  assert.equal(imported.code, 0, imported.output);

  await visitProduct(world, `<shelf-reel gtin="${form}"></shelf-reel>`, { lang: 'nl-BE', shop: 'shop_road' });
  await open(world.browser);
  await playing(world.browser, 1);

  const shown = await world.browser.executeScript(`return (${greyOfVideo})(${video()})`);
  const likeness = alike(shown, await greyFrame(join(dir, 'film.mp4')));
  const unlikeness = alike(shown, await greyFrame(join(dir, 'other.mp4')));
  t.diagnostic(`likeness to the film ${likeness.toFixed(3)}, to another word ${unlikeness.toFixed(3)}`);
  assert.ok(likeness > 0.95, `the word's pixels are there: ${likeness}`);
  assert.ok(unlikeness < 0.9, `and not another's: ${unlikeness}`);

  const { LAKE } = await world.stack.env();
  const { row, session } = await eventually('the viewing in the lake', async () => {
    const rows = await lakeRows(LAKE);
    const viewings = rows.flatMap((row) => row.beacon.sessions.map((session) => ({ row, session })));
    return viewings.find(({ session }) => session.started === 1);
  });
  assert.deepEqual([row.shop, row.origin, Object.keys(row.videos)], ['shop_road', world.page.origin, ['the-film']]);
  // A beacon has only what changed: the placement may have come with the one before.
  const placement = await eventually('its placement in the lake', async () => (await lakeRows(LAKE)).flatMap(({ beacon }) => beacon.placements).find(({ id }) => id === session.placement));
  assert.equal(placement.code, `gtin:${gtin.padStart(14, '0')}`);
  assert.deepEqual(await world.browser.messages(), [], 'no message of ours in the shopper’s console');
});
