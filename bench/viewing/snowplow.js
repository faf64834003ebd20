// Snowplow's media plugin on the <video> that the widget plays, told of its events as Snowplow's guide for HTML5 video has it. All settings are as they come.
import {
  SnowplowMediaPlugin, endMediaTracking, startMediaTracking, trackMediaBufferEnd, trackMediaBufferStart, trackMediaEnd, trackMediaError, trackMediaPause, trackMediaPlay, trackMediaPlaybackRateChange, trackMediaReady,
  trackMediaSeekEnd, trackMediaVolumeChange, updateMediaTracking,
} from '@snowplow/browser-plugin-media';
import { newTracker } from '@snowplow/browser-tracker';

newTracker('sp', document.currentScript.dataset.collector, { appId: 'bench', plugins: [SnowplowMediaPlugin()] });

addEventListener('shelfreel:open', ({ target }) => {
  const video = target.shadowRoot.querySelector('dialog video');
  const id = crypto.randomUUID();
  const now = () => ({ id, player: { currentTime: video.currentTime, duration: video.duration || undefined, ended: video.ended, loop: video.loop, mediaType: 'video', muted: video.muted, paused: video.paused, playbackRate: video.playbackRate, volume: Math.round(video.volume * 100) } });
  const on = (event, tell, more = () => ({})) => video.addEventListener(event, () => tell({ ...now(), ...more() }));
  let waits = false;

  startMediaTracking(now());
  on('loadedmetadata', trackMediaReady);
  on('play', trackMediaPlay);
  on('pause', trackMediaPause);
  on('ended', trackMediaEnd);
  on('seeked', trackMediaSeekEnd);
  on('ratechange', trackMediaPlaybackRateChange, () => ({ newRate: video.playbackRate }));
  on('volumechange', trackMediaVolumeChange, () => ({ newVolume: Math.round(video.volume * 100) }));
  on('error', trackMediaError);
  on('timeupdate', updateMediaTracking);
  on('waiting', (told) => {
    trackMediaBufferStart(told);
    waits = true;
  });
  on('playing', (told) => {
    if (waits) trackMediaBufferEnd(told);
    waits = false;
  });
  addEventListener('shelfreel:close', () => endMediaTracking({ id }), { once: true });
}, { once: true });
