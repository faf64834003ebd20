// What may leave, by what was said of it: widget/gate.js without a page. With real consent managers and a page: consent.test.mjs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib.mjs';

let copies = 0;

/** A gate of its own, in a page view, and what the button was told. */
async function open(parts = {}) {
  const { default: say } = await import(`../../widget/gate.js?${(copies += 1)}`);
  const told = [];
  const window = Object.assign(new EventTarget(), { document: new EventTarget(), navigator: {}, ...parts });
  window.top = window.parent = window;
  const gate = { kept: [], view: { n: 0 }, tell: (kind) => (told.push({ kind, under: gate.consent }), (gate.view = { n: told.length })) };
  return { gate, told, say: (said) => say({ window }, gate, said), isShut: (view = gate.view) => gate.shut(view, () => {}) };
}

test('only `true` is a grant, and of an identifier only one of the wire’s form is told', async () => {
  for (const [said, consent] of [
    [{ measurement: true }, { measurement: true, visitor: undefined }],
    [{ measurement: true, visitor: 'a.b-1' }, { measurement: true, visitor: 'a.b-1' }],
    [{ measurement: true, visitor: 7 }, { measurement: true, visitor: '7' }],
    [{ measurement: true, visitor: null }, { measurement: true, visitor: undefined }],
    [{ measurement: true, visitor: 'jan@example.com' }, { measurement: true, visitor: undefined }],
    [{ measurement: true, visitor: 'x'.repeat(65) }, { measurement: true, visitor: undefined }],
    [{ measurement: 1 }, undefined],
    [{ measurement: 'granted' }, undefined],
    [{}, undefined],
  ]) {
    const { gate, say } = await open();
    say(said);
    assert.deepEqual(gate.consent, consent, JSON.stringify(said));
  }
});

test('what is neither a grant nor nothing is a refusal, and then nothing leaves', async () => {
  for (const [measurement, shut] of [[false, true], ['denied', true], ['false', true], [0, true], [true, false], [undefined, false], [null, false]]) {
    const { say, isShut } = await open();
    say({ measurement });
    assert.equal(Boolean(isShut()), shut, String(measurement));
  }
});

test('a page view in which measuring was refused stays untold when it is allowed again, and a new one begins', async () => {
  const { gate, told, say, isShut } = await open();
  const first = gate.view;
  say({ measurement: false });
  const second = (gate.view = { n: 1 });
  assert.equal(isShut(second), true);
  say({ measurement: true });
  assert.equal(told.length, 1, 'a page view begins');
  assert.deepEqual([isShut(first), isShut(second), isShut()], [true, true, false]);
});

test('a grant goes on in the same page view; who takes it back, or another shopper, begins one, and the old one is told under the old word', async () => {
  const { told, say } = await open();
  say({ measurement: true, visitor: 'a' });
  assert.equal(told.length, 0);
  say({ measurement: true, visitor: 'a' });
  assert.equal(told.length, 0, 'the same word again');
  say({ measurement: true, visitor: 'b' });
  assert.deepEqual(told.map(({ under }) => under.visitor), ['a']);
  say({ measurement: null });
  assert.deepEqual(told.map(({ under }) => under.visitor), ['a'], 'nothing said is nothing taken back');
});

test('Global Privacy Control outweighs a grant, and no refusal', async () => {
  const { gate, say, isShut } = await open({ navigator: { globalPrivacyControl: true } });
  say({ measurement: true, visitor: 'a' });
  assert.deepEqual([gate.consent, isShut()], [undefined, false]);
  say({ measurement: false });
  assert.equal(isShut(), true);
});

test('the shop’s word outweighs the consent manager’s, and until it has one the consent manager is heard', async () => {
  const layer = [];
  const page = await open({ dataLayer: layer });
  page.say();
  page.say({ measurement: undefined });
  layer.push(['consent', 'update', { analytics_storage: 'denied' }]);
  assert.equal(page.isShut(), true);
  page.say({ measurement: true });
  assert.equal(page.isShut(), false);
  page.say({ visitor: 'a' });
  layer.push(['consent', 'update', { analytics_storage: 'granted' }]);
  layer.push(['consent', 'update', { analytics_storage: 'denied' }]);
  assert.equal(page.isShut(), false, 'the shop has said otherwise');
});

test('while an interface that will answer has not, beacons are kept back, and leave when it has, unless it refuses', async () => {
  let tell;
  const page = await open({ __tcfapi: (command, version, hear) => (tell = hear) });
  page.say();
  const left = [];
  const send = () => page.gate.shut(page.gate.view, send) || left.push(page.gate.consent);
  send();
  assert.deepEqual(left, []);
  const answer = (consents) => tell({ gdprApplies: true, tcString: 'C…', eventStatus: 'tcloaded', purpose: { consents, legitimateInterests: {} } }, true);
  answer({ 1: true, 8: true });
  assert.deepEqual(left, [{ measurement: true, visitor: undefined }]);

  const other = await open({ __tcfapi: (command, version, hear) => (tell = hear) });
  other.say();
  assert.ok(other.gate.shut(other.gate.view, () => assert.ok(other.isShut(), 'refused on an earlier page')));
  answer({});
  assert.deepEqual([Boolean(other.isShut()), other.told.length], [true, 0]);
});

test('messages have the numbers on this side of the modules that they have in them', () => {
  const read = (name) => readFileSync(join(root, 'widget', name), 'utf8');
  const rust = (name) => Object.fromEntries([...read(name).matchAll(/pub(?:\(crate\))? const ([A-Z]+): u32 = (\d+);/g)].map(([, what, number]) => [what, Number(number)]));
  const modules = { ...rust('browser/src/state.rs'), ...rust('button/src/message.rs') };
  let compared = 0;
  for (const name of ['loader.js', 'start.js', 'gate.js']) {
    for (const [, what, number] of read(name).matchAll(/^const ([A-Z]+) = (\d+)$/gm)) {
      if (!(what in modules)) continue;
      assert.equal(Number(number), modules[what], `${what} of ${name}`);
      compared += 1;
    }
  }
  assert.ok(compared >= 10, `${compared} numbers`);
});
