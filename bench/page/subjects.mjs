// What is measured: how each stands on the same product page, by its own documentation, and how to see its button, its player and its film.
//
// `head` and `place` are HTML; `look` holds expressions that the page evaluates: the button that works, what a tap brings up, and the film's element.

import { pinnedTag } from '../../scripts/kept.mjs';

/** A product with one film in one rendition, so that all play the same bytes, and one without. */
export const WITH = '9524720000283';
export const WITHOUT = '9524720000009';
export const LANGUAGE = 'fr';
export const MARKET = 'FR';
export const FILM = 'auberon-echo-fr.mp4';
export const POSTER = 'auberon-echo-fr.jpg';

const style = (href) => `<link rel="stylesheet" href="${href}">`;
const button = (html) => `<div style="min-height:44px">${html}</div>`;
const screen = (html) => `<div style="aspect-ratio:16/9;overflow:hidden;background:#000">${html}</div>`;

const stable = (edge) => `<script async src="${edge}/v1/shelfreel.js" data-shop="shop_demo"></script>`;
const shelfreel = (gtin, { tag = stable, more = '' } = {}) => ({
  head: ({ edge }) => tag(edge).replace(' data-shop', `${more} data-market="${MARKET}" data-shop`),
  place: () => button(`<shelf-reel gtin="${gtin}" lang="${LANGUAGE}"></shelf-reel>`),
  look: gtin === WITH && {
    button: `document.querySelector('shelf-reel').shadowRoot.querySelector('button')`,
    dialog: `document.querySelector('shelf-reel').shadowRoot.querySelector('dialog[open]')`,
    video: `document.querySelector('shelf-reel').shadowRoot.querySelector('video')`,
  },
});

/** A player in the page: what a tap brings up is that it plays. Without being told otherwise it loads of the film ahead of that. */
const inPlace = (button, video) => ({ button, video, dialog: `${video}.paused === false`, ahead: true });

export const subjects = {
  /** The page alone. */
  nothing: { head: () => '', place: () => button('') },
  shelfreel: shelfreel(WITH),
  'shelfreel-js': shelfreel(WITH, { more: ' data-engine="js"' }),
  'shelfreel-no-video': shelfreel(WITHOUT),
  'shelfreel-pinned': shelfreel(WITH, { tag: (edge) => pinnedTag(edge, 'shop_demo') }),
  'plain-js': {
    head: ({ cdn }) => `<script defer src="${cdn}/floor.js"></script>`,
    place: ({ edge }) => button(`<div data-film="${WITH}" data-at="${edge}"></div>`),
    look: { button: `document.querySelector('[data-film] button')`, dialog: `document.querySelector('dialog[open]')`, video: `document.querySelector('dialog video')` },
  },
  'lite-youtube': {
    head: ({ cdn }) => `${style(`${cdn}/lite-yt-embed.css`)}<script async src="${cdn}/lite-yt-embed.js"></script>`,
    place: ({ cdn }) => screen(`<lite-youtube videoid="ogfYd705cRs" style="max-width:none;background-image:url(${cdn}/poster.jpg)"></lite-youtube>`),
    // Its player is YouTube's, which cannot be reached from here.
    look: { button: `customElements.get('lite-youtube') && document.querySelector('.lyt-playbtn,.lty-playbtn')` },
  },
  glightbox: {
    head: ({ cdn }) => `${style(`${cdn}/glightbox.css`)}<script defer src="${cdn}/glightbox.js"></script>
<script>addEventListener('DOMContentLoaded', () => { window.lightbox = GLightbox({ plyr: { css: '${cdn}/plyr.css', js: '${cdn}/plyr.js', config: { iconUrl: '${cdn}/plyr.svg' } } }) })</script>`,
    place: ({ cdn }) => button(`<a class="glightbox" href="${cdn}/film.mp4">Voir la vidéo</a>`),
    look: {
      button: `window.lightbox && document.querySelector('a.glightbox')`,
      dialog: `document.querySelector('#glightbox-body').clientHeight > 0`,
      video: `document.querySelector('#glightbox-body video')`,
      // On a phone it opens without playing: the shopper taps again.
      again: `document.querySelector('#glightbox-body .plyr__control--overlaid')`,
    },
  },
  plyr: {
    head: ({ cdn }) => `${style(`${cdn}/plyr.css`)}<script defer src="${cdn}/plyr.js"></script>
<script>addEventListener('DOMContentLoaded', () => { window.player = new Plyr('#film', { iconUrl: '${cdn}/plyr.svg' }) })</script>`,
    place: ({ cdn, preload = '' }) => screen(`<video id="film" playsinline controls${preload} data-poster="${cdn}/poster.jpg"><source src="${cdn}/film.mp4" type="video/mp4"></video>`),
    look: inPlace(`document.querySelector('.plyr__control--overlaid')`, `document.querySelector('video')`),
  },
  'media-chrome': {
    head: ({ cdn }) => `<script type="module" src="${cdn}/media-chrome.js"></script>`,
    place: ({ cdn, preload = '' }) => screen(`<media-controller style="width:100%;height:100%"><video slot="media"${preload} src="${cdn}/film.mp4" poster="${cdn}/poster.jpg" playsinline></video><media-control-bar>
<media-play-button></media-play-button><media-mute-button></media-mute-button><media-volume-range></media-volume-range><media-time-display></media-time-display><media-time-range></media-time-range><media-fullscreen-button></media-fullscreen-button></media-control-bar></media-controller>`),
    look: inPlace(`document.querySelector('media-play-button').shadowRoot && document.querySelector('media-play-button')`, `document.querySelector('video')`),
  },
  'video.js': {
    head: ({ cdn }) => `${style(`${cdn}/video-js.css`)}<script defer src="${cdn}/video.js"></script>`,
    place: ({ cdn, preload = ' preload="auto"' }) => screen(`<video class="video-js" controls playsinline${preload} poster="${cdn}/poster.jpg" data-setup='{"fluid":true}'><source src="${cdn}/film.mp4" type="video/mp4"></video>`),
    look: inPlace(`document.querySelector('.vjs-big-play-button')`, `document.querySelector('video')`),
  },
  'wistia-player': {
    head: ({ cdn }) => `<script type="module" src="${cdn}/wistia-player.js"></script>`,
    place: () => screen('<wistia-player media-id="abc123" aspect="1.7777777777777777"></wistia-player>'),
    // What it shows and plays comes from Wistia's cloud, which cannot be reached from here: what it costs before that is measured.
  },
  'mux-player': {
    head: ({ cdn }) => `<script defer src="${cdn}/mux-player.js"></script>`,
    // With `src` in place of `playback-id`, since the film is not in Mux's cloud.
    place: ({ cdn, preload = '' }) => screen(`<mux-player${preload} src="${cdn}/film.mp4" poster="${cdn}/poster.jpg" stream-type="on-demand" playsinline style="width:100%;height:100%"></mux-player>`),
    look: inPlace(
      `[...document.querySelector('mux-player').shadowRoot.querySelector('media-theme').shadowRoot.querySelectorAll('media-play-button')].find((one) => one.getBoundingClientRect().width > 0)`,
      `document.querySelector('mux-player').media.nativeEl`,
    ),
  },
};

/** The product page around them: what it shows largest is its own picture. With `?lazy` nothing of the film is loaded before the tap. */
export const page = (name, at, lazy) => `<!doctype html>
<html lang="${LANGUAGE}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Echo</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:0;padding:0 16px}img{width:100%;height:auto;display:block}h1{margin:12px 0}</style>
${subjects[name].head(at)}
</head><body>
<h1>Echo</h1>
<img src="/picture.jpg" width="1280" height="720" alt="Un casque posé sur une table" fetchpriority="high">
${subjects[name].place({ ...at, preload: lazy ? ' preload="none"' : undefined })}
<p><strong>149,00 €</strong></p><p><button type="button">Ajouter au panier</button></p>
${'<p>Un son clair, une journée entière sans recharger, et des coussinets que l’on remplace soi-même. Livré avec son câble, son étui et un adaptateur.</p>'.repeat(12)}
</body></html>`;
