// What the consent managers' interfaces say, as widget/consent.js reads them: each state and each order, without a page. With real consent managers: consent.test.mjs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import consent from '../../widget/consent.js';

/** A window with these parts, and what was heard of them. */
function listen(parts) {
  const window = Object.assign(new EventTarget(), { document: new EventTarget(), ...parts });
  window.top ??= window;
  window.parent ??= window;
  const heard = [];
  consent(window, (what) => heard.push(what));
  return { window, heard };
}

/** TC data as the CMP API gives it, with these purposes. */
const tcData = (eventStatus, consents = [], interests = [], more = {}) => {
  const bits = (purposes) => Object.fromEntries(purposes.map((purpose) => [purpose, true]));
  return { gdprApplies: true, tcString: 'C…', eventStatus, purpose: { consents: bits(consents), legitimateInterests: bits(interests) }, ...more };
};

/** A page with the IAB's interface: `tell` is the consent manager's. */
function tcfPage(parts = {}) {
  let tell;
  const page = listen({ __tcfapi: (command, version, callback) => (assert.deepEqual([command, version], ['addEventListener', 2]), (tell = callback)), ...parts });
  return { ...page, tell: (data, success = true) => tell(data, success) };
}

test('of the IAB’s purposes, 1 and 8 by consent are a grant, 8 in no way a refusal, and the rest is no decision', () => {
  for (const [what, data, success, expected] of [
    ['both', tcData('tcloaded', [1, 8]), true, [true]],
    ['all', tcData('useractioncomplete', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), true, [true]],
    ['8 without 1', tcData('tcloaded', [8]), true, [undefined]],
    ['8 by legitimate interest', tcData('tcloaded', [1], [8]), true, [undefined]],
    ['1 alone', tcData('tcloaded', [1]), true, [false]],
    ['advertising alone', tcData('useractioncomplete', [1, 2, 7], [2, 7]), true, [false]],
    ['nothing', tcData('useractioncomplete'), true, [false]],
    ['an open dialog', tcData('cmpuishown'), true, []],
    ['a dialog that is loading', tcData(undefined, [], [], { tcString: undefined }), true, []],
    ['a law that does not ask', { gdprApplies: false, eventStatus: 'tcloaded' }, true, [undefined]],
    ['a failure', tcData('tcloaded', [1, 8]), false, []],
    ['null', null, false, []],
    ['nonsense', {}, true, []],
    ['no purposes', { gdprApplies: true, tcString: 'C', eventStatus: 'tcloaded' }, true, []],
  ]) {
    const page = tcfPage();
    page.tell(data, success);
    assert.deepEqual(page.heard, expected, what);
  }
});

test('a decision holds while the dialog is open again, until there is another', () => {
  const page = tcfPage();
  page.tell(tcData('tcloaded', [1, 8]));
  page.tell(tcData('cmpuishown'));
  assert.deepEqual(page.heard, [true]);
  page.tell(tcData('useractioncomplete'));
  page.tell(tcData('useractioncomplete', [8]));
  page.tell(tcData('useractioncomplete', [1, 8]));
  assert.deepEqual(page.heard, [true, false, undefined, true]);
});

test('in an iframe the interface of the page around it is asked, by messages, and only its answers count', () => {
  const asked = [];
  const outer = { frames: { __tcfapiLocator: {} }, postMessage: (message) => asked.push(message.__tcfapiCall) };
  const between = { get frames() { throw new Error('another origin'); }, parent: outer };
  outer.parent = outer;
  const { window, heard } = listen({ parent: between, top: outer });
  const [{ command, version, callId }] = asked;
  assert.deepEqual([command, version], ['addEventListener', 2]);
  const answer = (source, more) => window.dispatchEvent(Object.assign(new Event('message'), { source, data: { __tcfapiReturn: { returnValue: tcData('tcloaded', [1, 8]), success: true, callId, ...more } } }));
  answer(window, {});
  answer(outer, { callId: 'another' });
  window.dispatchEvent(Object.assign(new Event('message'), { source: outer, data: null }));
  assert.deepEqual(heard, []);
  answer(outer, {});
  answer(outer, { returnValue: tcData('useractioncomplete') });
  assert.deepEqual(heard, [true, false]);
});

/** A page with Google's data layer, and its function to tell it. */
function googlePage(layer = [], parts = {}) {
  const page = listen({ dataLayer: layer, ...parts });
  return { ...page, layer, gtag() { return page.window.dataLayer.push(arguments); } };
}
const command = (...given) => (function () { return arguments; })(...given);

test('of Google Consent Mode an update is a decision, also one made before, and a default is none', () => {
  const state = (analytics_storage) => ({ analytics_storage, ad_storage: 'denied' });
  assert.deepEqual(googlePage([command('consent', 'default', state('denied'))]).heard, []);
  assert.deepEqual(googlePage([command('consent', 'default', state('granted'))]).heard, []);
  assert.deepEqual(googlePage([command('consent', 'default', state('denied')), command('consent', 'update', state('granted'))]).heard, [true]);
  const page = googlePage([null, undefined, 7, 'text', { event: 'gtm.js' }, command('consent'), command('consent', 'update'), ['js', new Date()]]);
  page.gtag('consent', 'update', state('denied'));
  page.gtag('consent', 'update', { ad_storage: 'granted' });
  page.gtag('event', 'purchase', { value: 1 });
  page.gtag('consent', 'update', state('granted'));
  page.gtag('consent', 'default', state('denied'));
  assert.deepEqual(page.heard, [false, true]);
});

test('the data layer goes on doing and giving what it did, for the page and for those who listen before and after', () => {
  const order = [];
  const layer = ['first'];
  layer.push = function (...entries) {
    order.push(['before', this === layer, entries.length]);
    return Array.prototype.push.apply(this, entries) + 100;
  };
  const { heard, gtag } = googlePage(layer);
  const ours = layer.push;
  layer.push = (...entries) => (order.push(['after', entries.length]), ours.apply(layer, entries));
  assert.equal(layer.push('a', 'b'), 103);
  assert.deepEqual([...layer], ['first', 'a', 'b']);
  gtag('consent', 'update', { analytics_storage: 'granted' });
  assert.deepEqual(order, [['after', 2], ['before', true, 2], ['after', 1], ['before', true, 1]]);
  assert.deepEqual(heard, [true]);
  layer.push = ours;
  assert.doesNotThrow(() => layer.push({ get 0() { throw new Error('hands off'); } }));
  const failing = Object.assign([], { push() { throw new Error('the page’s own'); } });
  googlePage(failing);
  assert.throws(() => failing.push('a'), /the page’s own/);
  const frozen = Object.freeze([command('consent', 'update', { analytics_storage: 'denied' })]);
  assert.deepEqual(googlePage(frozen).heard, [false], 'what stands in a frozen one is read');
});

test('what a tag manager’s template tells Google alone is heard, though it comes late', () => {
  const page = googlePage();
  let told;
  const analytics_storage = { default: false };
  page.window.google_tag_data = { ics: { entries: { analytics_storage }, addListener: (kinds, callback) => ((told = callback), assert.deepEqual(kinds, ['analytics_storage'])) } };
  page.layer.push({ event: 'gtm.js' });
  told();
  assert.deepEqual(page.heard, []);
  for (const update of [true, false, 'granted', 'denied']) told((analytics_storage.update = update));
  assert.deepEqual(page.heard, [true, false, true, false]);
});

test('Shopify’s decision counts when it is made, and is asked for when the interface comes late', () => {
  const privacyOf = (analytics, allowed) => ({ currentVisitorConsent: () => ({ marketing: 'no', analytics }), analyticsProcessingAllowed: () => allowed });
  for (const [analytics, allowed, expected] of [['yes', true, [true]], ['yes', false, [undefined]], ['no', false, [false]], ['', true, [undefined]], ['', false, [undefined]]])
    assert.deepEqual(listen({ Shopify: { customerPrivacy: privacyOf(analytics, allowed) } }).heard, expected, `${analytics} ${allowed}`);
  let loaded;
  const Shopify = { loadFeatures: (features, callback) => ((loaded = callback), assert.deepEqual(features, [{ name: 'consent-tracking-api', version: '0.1' }])) };
  const { window, heard } = listen({ Shopify });
  loaded(new Error('blocked'));
  Shopify.customerPrivacy = privacyOf('', false);
  loaded(false);
  assert.deepEqual(heard, [undefined]);
  for (const [analytics, allowed] of [['yes', true], ['no', false]]) {
    Shopify.customerPrivacy = privacyOf(analytics, allowed);
    window.document.dispatchEvent(new Event('visitorConsentCollected'));
  }
  assert.deepEqual(heard, [undefined, true, false]);
});

test('that nothing is decided is heard once all that were asked have answered, for who has not may know of a refusal', () => {
  const undecided = { customerPrivacy: { currentVisitorConsent: () => ({ analytics: '' }), analyticsProcessingAllowed: () => false } };
  for (const [answer, expected] of [[tcData('tcloaded'), [false]], [{ gdprApplies: false, eventStatus: 'tcloaded' }, [undefined]], [tcData('tcloaded', [1, 8]), [true]]]) {
    const page = tcfPage({ Shopify: undecided });
    assert.deepEqual(page.heard, [], 'the IAB’s has not answered');
    page.tell(answer);
    assert.deepEqual(page.heard, expected);
  }
  let loaded;
  const Shopify = { loadFeatures: (_, callback) => (loaded = callback) };
  // Answers while it is asked.
  const { heard } = listen({ __tcfapi: (command, version, tell) => tell({ gdprApplies: false, eventStatus: 'tcloaded' }, true), Shopify });
  assert.deepEqual(heard, [], 'Shopify’s has not answered');
  Shopify.customerPrivacy = { currentVisitorConsent: () => ({ analytics: 'no' }) };
  loaded();
  assert.deepEqual(heard, [false]);
});

test('of several interfaces one refusal outweighs all, and a decision for less outweighs a grant', () => {
  const page = tcfPage({ dataLayer: [command('consent', 'update', { analytics_storage: 'granted' })] });
  assert.deepEqual(page.heard, [true]);
  page.tell(tcData('tcloaded', [8]));
  page.tell(tcData('useractioncomplete'));
  page.window.dataLayer.push(command('consent', 'update', { analytics_storage: 'granted' }));
  page.tell(tcData('useractioncomplete', [1, 8]));
  page.window.dataLayer.push(command('consent', 'update', { analytics_storage: 'denied' }));
  assert.deepEqual(page.heard, [true, undefined, false, true, false]);
});

test('something of an interface’s name that is none, and interfaces that come after us, do the page no harm', () => {
  for (const parts of [{ __tcfapi: 'text' }, { __tcfapi() { throw new Error('not here'); } }, { dataLayer: 7 }, { dataLayer: { push: 7 } }, { Shopify: {} }, { Shopify: { customerPrivacy: {} } }, { google_tag_data: { ics: {} } }])
    assert.deepEqual(listen(parts).heard, []);
  const { window, heard } = listen({});
  window.dataLayer = [command('consent', 'update', { analytics_storage: 'denied' })];
  window.dispatchEvent(new Event('load'));
  assert.deepEqual(heard, [false]);
});
