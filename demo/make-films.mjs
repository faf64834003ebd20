// Makes the demo's films: `node demo/make-films.mjs [ID…]`. Needs ffmpeg (with librsvg and x264) and espeak-ng; their output is committed
// in demo/media, so that nobody else needs them. The same tools make the same bytes: no clock and no chance goes in.
//
// A film is a few shots, one a line. Each frame is one SVG document drawn at its moment, which ffmpeg reads through librsvg.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FILMS, HOUSES } from './films.mjs';
import { mix, music, RATE, speech, wav } from './sound.mjs';

const MEDIA = join(dirname(fileURLToPath(import.meta.url)), 'media');
const FPS = 25;
// Before the first word, between lines, and after the last one (seconds).
const LEAD = 0.7;
const PAUSE = 0.7;
const TAIL = 1.3;
// The limits of a committed film and its poster.
const MOST_BYTES = 400_000;
const MOST_POSTER_BYTES = 60_000;

const FACES = {
  sans: `font-family="Liberation Sans, Helvetica, Arial, DejaVu Sans, sans-serif" font-weight="bold"`,
  serif: `font-family="Liberation Serif, Georgia, DejaVu Serif, serif" font-style="italic"`,
};

const n = (value) => String(Math.round(value * 100) / 100);
const clamp = (x) => Math.min(1, Math.max(0, x));
const out = (x) => 1 - (1 - clamp(x)) ** 3;
const inOut = (x) => (clamp(x) < 0.5 ? 4 * clamp(x) ** 3 : 1 - (-2 * clamp(x) + 2) ** 3 / 2);
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Speaks every line and lays the lines out in time: `[{ …line, at, until, from, samples }]`, and the film's length in seconds. */
function script(film, folder) {
  let clock = LEAD;
  const lines = film.lines.map((line, i) => {
    const samples = line.say ? speech(film.voice, line.say, join(folder, `line-${i}.wav`)) : new Float64Array(0);
    const seconds = line.say ? samples.length / RATE : line.seconds;
    const at = clock;
    clock += seconds + PAUSE;
    return { ...line, samples, at, until: at + seconds };
  });
  const length = Math.round((clock - PAUSE + TAIL) * FPS) / FPS;
  lines.forEach((line, i) => {
    line.from = i === 0 ? 0 : line.at - PAUSE * 0.6;
    line.to = i === lines.length - 1 ? length : lines[i + 1].at - PAUSE * 0.6;
  });
  return { lines, length };
}

/** What stands behind everything: the house's colours, with slow shapes, hills or stars. */
function backdrop(house, width, height, t) {
  const big = Math.max(width, height);
  const parts = [
    `<defs><linearGradient id="ground" x1="0" y1="0" x2=".4" y2="1"><stop offset="0" stop-color="${house.from}"/><stop offset="1" stop-color="${house.to}"/></linearGradient></defs>`,
    `<rect width="${width}" height="${height}" fill="url(#ground)"/>`,
  ];
  if (house.stars) {
    for (let i = 0; i < 46; i++) {
      const x = (i * 277 + 91) % width;
      const y = (i * 149 + 37) % Math.floor(height * 0.9);
      parts.push(`<circle cx="${x}" cy="${y}" r="${n(1 + (i % 3) * 0.7)}" fill="#fff" opacity="${n(0.25 + 0.3 * Math.sin(t * 1.5 + i) ** 2)}"/>`);
    }
  } else {
    parts.push(`<circle cx="${n(width * 0.12 + t * 6)}" cy="${n(height * 0.16)}" r="${n(big * 0.2)}" fill="${house.shape}" opacity=".35"/>`);
    parts.push(`<circle cx="${n(width * 0.92 - t * 7)}" cy="${n(height * 0.88)}" r="${n(big * 0.26)}" fill="${house.shape}" opacity=".3"/>`);
  }
  if (house.hills) {
    [0.74, 0.83, 0.92].forEach((level, i) => {
      const points = [];
      for (let x = 0; x <= width; x += width / 40) {
        const place = x / width + t * (0.02 + i * 0.03);
        points.push(`${n(x)} ${n(height * (level + 0.045 * Math.sin(place * 5 + i * 2) + 0.02 * Math.sin(place * 13 + i)))}`);
      }
      parts.push(`<path d="M${points.join('L')}L${width} ${height}L0 ${height}Z" fill="${house.accent}" opacity="${n(0.1 + i * 0.06)}"/>`);
    });
  }
  return parts.join('');
}

/** The large words of a line; they rise in one row after the other, and leave together. */
function words(house, show, { x, y, size, anchor }, delay, since, left) {
  return show
    .map((row, i) => {
      const come = out((since - delay - i * 0.16) / 0.5);
      const go = clamp(left / 0.25);
      const dy = (1 - come) * size * 0.6;
      return `<text x="${n(x)}" y="${n(y + i * size * 1.14 + dy)}" font-size="${n(size)}" text-anchor="${anchor}" ${FACES[house.face]} fill="${house.ink}" fill-opacity="${n(come * go)}">${escape(row)}</text>`;
    })
    .join('');
}

/** One frame: the SVG document of `film` at `t` seconds. */
function frame(film, { lines, length }, t) {
  const house = HOUSES[film.house];
  const { width, height } = film.size;
  const tall = height > width;
  const shot = Math.max(
    0,
    lines.findLastIndex((line) => t >= line.from),
  );
  const line = lines[shot];
  const since = t - line.from;
  const left = shot === lines.length - 1 ? 9 : line.to - t;
  // A row of about thirteen letters fits beside the product; longer ones are set smaller.
  const longest = Math.max(...line.show.map((row) => row.length));
  const size = tall ? width * 0.125 : height * 0.115 * Math.min(1, 13 / longest);

  // The product stands on one side, then the other, then in the middle; it travels there while the words change.
  const places = tall
    ? [
        [0.5, 0.36, 1.15],
        [0.5, 0.38, 1.3],
        [0.5, 0.35, 1.05],
      ]
    : [
        [0.27, 0.52, 1],
        [0.74, 0.52, 1.04],
        [0.28, 0.52, 1.02],
      ];
  const place = places[shot % 3];
  const before = places[Math.max(0, shot - 1) % 3];
  const move = shot === 0 ? 1 : inOut(since / 0.8);
  const unit = (tall ? width * 0.72 : height * 0.86) / 400;
  const grow = unit * (before[2] + (place[2] - before[2]) * move) * (0.82 + 0.18 * out(t / 0.7));
  const cx = width * (before[0] + (place[0] - before[0]) * move);
  const cy = height * (before[1] + (place[1] - before[1]) * move) + (1 - out(t / 0.7)) * height * 0.2 + Math.sin(t * 1.3) * height * 0.006;

  const onLeft = place[0] < 0.5;
  const text = tall
    ? { x: width / 2, y: height * 0.74, size, anchor: 'middle' }
    : { x: width * (onLeft ? 0.5 : 0.07), y: height * (line.show.length > 1 ? 0.47 : 0.54), size, anchor: 'start' };
  const delay = shot === 0 ? 0.3 : 0.5;
  const rule = out((since - delay + 0.1) / 0.5) * clamp(left / 0.25);
  const ruleWidth = size * 1.1;
  const ruleX = tall ? width / 2 - ruleWidth / 2 : text.x;

  const name = `<text x="${n(text.x)}" y="${n(height * (tall ? 0.94 : 0.91))}" text-anchor="${text.anchor}" font-size="${n(size * 0.34)}" letter-spacing="${n(size * 0.05)}" ${FACES.sans} fill="${house.ink}" fill-opacity="${n(0.75 * rule)}">${escape(house.name.toUpperCase())}</text>`;
  const progress = `<rect x="0" y="${n(height - height * 0.009)}" width="${n((width * t) / length)}" height="${n(height * 0.009)}" fill="${house.accent}" opacity=".85"/>`;

  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    backdrop(house, width, height, t) +
    `<circle cx="${n(cx)}" cy="${n(cy)}" r="${n(grow * 215)}" fill="${house.shape}" opacity="${house.stars ? 0.28 : 0.5}"/>` +
    `<g transform="translate(${n(cx)} ${n(cy)}) scale(${n(grow)}) translate(-200 -200)">${film.draw(t)}</g>` +
    `<rect x="${n(ruleX)}" y="${n(text.y - size * 1.25)}" width="${n(ruleWidth * rule)}" height="${n(size * 0.09)}" rx="${n(size * 0.045)}" fill="${house.accent}"/>` +
    words(house, line.show, text, delay, since, left) +
    name +
    progress +
    '</svg>'
  );
}

/** A time as WebVTT writes it. */
function stamp(seconds) {
  const ms = Math.round(seconds * 1000);
  const two = (value) => String(value).padStart(2, '0');
  return `${two(Math.floor(ms / 60000))}:${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`;
}

function captions(film, { lines, length }) {
  if (!film.voice) return [];
  const languages = [film.language, ...Object.keys(film.lines[0].captions)];
  return languages.map((language) => {
    const cues = lines.map((line, i) => {
      const until = Math.min(i + 1 < lines.length ? lines[i + 1].at - 0.1 : length, line.until + 0.6);
      return `${stamp(line.at)} --> ${stamp(until)}\n${language === film.language ? line.say : line.captions[language]}\n`;
    });
    return { name: `${film.id}.${language}.vtt`, text: `WEBVTT\n\n${cues.join('\n')}` };
  });
}

function encode(folder, film, height, crf, file) {
  const bits = ['-fflags', '+bitexact', '-flags:v', '+bitexact', '-flags:a', '+bitexact', '-map_metadata', '-1'];
  const picture = [
    '-vf',
    `scale=-2:${height}:flags=lanczos:out_color_matrix=bt709,format=yuv420p`,
    '-colorspace',
    'bt709',
    '-color_primaries',
    'bt709',
    '-color_trc',
    'bt709',
  ];
  const video = ['-c:v', 'libx264', '-profile:v', 'high', '-preset', 'slow', '-tune', 'animation', '-crf', String(crf), '-g', String(FPS * 2), '-threads', '1'];
  const audio = ['-c:a', 'aac', '-b:a', '48k', '-ac', '1'];
  const inputs = ['-framerate', String(FPS), '-f', 'image2', '-c:v', 'librsvg', '-i', join(folder, '%04d.svg'), '-i', join(folder, 'sound.wav')];
  execFileSync('ffmpeg', ['-y', '-loglevel', 'error', ...inputs, ...picture, ...video, ...audio, '-shortest', '-movflags', '+faststart', ...bits, file]);
}

/** Encodes below the limit: a little coarser each time it is over. */
function rendition(folder, film, height, file) {
  for (let crf = 30; crf <= 36; crf += 3) {
    encode(folder, film, height, crf, file);
    if (statSync(file).size < MOST_BYTES) return;
  }
  throw new Error(`${file} stays over ${MOST_BYTES} bytes: shorten the film`);
}

function poster(folder, film, plan) {
  const shot = plan.lines[Math.min(1, plan.lines.length - 1)];
  const svg = join(folder, 'poster.svg');
  const file = join(MEDIA, `${film.id}.jpg`);
  writeFileSync(svg, frame(film, plan, shot.to - 0.4));
  execFileSync('ffmpeg', [
    '-y',
    '-loglevel',
    'error',
    '-i',
    svg,
    '-frames:v',
    '1',
    '-vf',
    'format=yuvj420p',
    '-q:v',
    '4',
    '-fflags',
    '+bitexact',
    '-flags:v',
    '+bitexact',
    '-map_metadata',
    '-1',
    file,
  ]);
  if (statSync(file).size > MOST_POSTER_BYTES) throw new Error(`${file} is over ${MOST_POSTER_BYTES} bytes`);
}

function make(film) {
  const folder = mkdtempSync(join(tmpdir(), 'shelfreel-film-'));
  try {
    const plan = script(film, folder);
    const frames = Math.round(plan.length * FPS);
    for (let i = 0; i < frames; i++) writeFileSync(join(folder, `${String(i).padStart(4, '0')}.svg`), frame(film, plan, i / FPS));
    const house = HOUSES[film.house];
    const spoken = plan.lines.filter((line) => line.say);
    writeFileSync(join(folder, 'sound.wav'), wav(mix(music(house.mood, plan.length), spoken)));
    rendition(folder, film, film.size.height, join(MEDIA, `${film.id}.mp4`));
    for (const height of film.size.also ?? []) rendition(folder, film, height, join(MEDIA, `${film.id}-${height}p.mp4`));
    poster(folder, film, plan);
    for (const { name, text } of captions(film, plan)) writeFileSync(join(MEDIA, name), text);
    console.log(`${film.id}: ${plan.length} s, ${statSync(join(MEDIA, `${film.id}.mp4`)).size} bytes`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((id) => !FILMS.some((film) => film.id === id));
if (unknown.length > 0) {
  console.error(`no such film: ${unknown.join(', ')}; there are ${FILMS.map((film) => film.id).join(', ')}`);
  process.exit(2);
}
mkdirSync(MEDIA, { recursive: true });
for (const film of FILMS) if (wanted.length === 0 || wanted.includes(film.id)) make(film);
