// The peers' files, as a shop would serve them from a host of its own: from npm, minified, each at a short address.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { root } from '../../scripts/lib.mjs';

const here = join(root, 'bench', 'page');
const modules = join(here, 'node_modules');

const files = {
  'lite-yt-embed.js': 'lite-youtube-embed/src/lite-yt-embed.js',
  'lite-yt-embed.css': 'lite-youtube-embed/src/lite-yt-embed.css',
  'glightbox.js': 'glightbox/dist/js/glightbox.min.js',
  'glightbox.css': 'glightbox/dist/css/glightbox.min.css',
  'plyr.js': 'plyr/dist/plyr.min.js',
  'plyr.css': 'plyr/dist/plyr.css',
  'plyr.svg': 'plyr/dist/plyr.svg',
  'media-chrome.js': 'media-chrome/dist/iife/index.js',
  'video.js': 'video.js/dist/video.min.js',
  'video-js.css': 'video.js/dist/video-js.min.css',
  'wistia-player.js': '@wistia/wistia-player/dist/wistia-player.js',
  'mux-player.js': '@mux/mux-player/dist/mux-player.js',
};

/** Their files by name, and the floor's. */
export function peerFiles() {
  const minified = (path) => {
    const text = readFileSync(path, 'utf8');
    const loader = /\.(js|css)$/.exec(path)?.[1];
    // What is minified already only loses by it.
    return Buffer.from(loader && !/\.min\.|iife|mux-player/.test(path) ? transformSync(text, { minify: true, loader, legalComments: 'none' }).code : text);
  };
  const floor = ['floor.js', 'floor-player.js'].map((name) => [name, minified(join(here, name))]);
  return Object.fromEntries([...Object.entries(files).map(([name, path]) => [name, minified(join(modules, path))]), ...floor]);
}

/** What is measured beside, in words. */
export function peerVersions() {
  const { dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
  return Object.entries(dependencies).filter(([name]) => name !== 'lighthouse').map(([name, version]) => `${name} ${version}`).join(', ');
}
