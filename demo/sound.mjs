// The demo's sound: a small synthesiser for the music, and espeak-ng for the words. Samples are numbers from -1 to 1 in one channel.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export const RATE = 44100;

/** The frequency of a note in Hz, counted in semitones from the A of 440 Hz. */
const pitch = (semitones) => 440 * 2 ** (semitones / 12);

/** Adds a plucked note: three harmonics that die away, the higher ones sooner. */
function pluck(into, at, semitones, loud, seconds = 1.6) {
  const start = Math.floor(at * RATE);
  const hz = pitch(semitones);
  const last = Math.min(into.length, start + Math.floor(seconds * RATE));
  for (let i = start; i < last; i++) {
    const t = (i - start) / RATE;
    const attack = Math.min(1, t / 0.006);
    const phase = 2 * Math.PI * hz * t;
    const tone = Math.sin(phase) * Math.exp(-2.6 * t) + 0.35 * Math.sin(2 * phase) * Math.exp(-5 * t) + 0.12 * Math.sin(3 * phase) * Math.exp(-8 * t);
    into[i] += tone * attack * loud;
  }
}

/** Adds a chord that swells and fades under everything else. */
function pad(into, at, seconds, notes, loud) {
  const start = Math.floor(at * RATE);
  const last = Math.min(into.length, start + Math.floor(seconds * RATE));
  for (let i = start; i < last; i++) {
    const t = (i - start) / RATE;
    const swell = Math.sin(Math.PI * Math.min(1, t / seconds)) ** 0.7;
    let sum = 0;
    for (const note of notes) {
      const hz = pitch(note - 12);
      sum += Math.sin(2 * Math.PI * hz * t) + 0.5 * Math.sin(2 * Math.PI * hz * 1.004 * t);
    }
    into[i] += (sum / notes.length) * swell * loud;
  }
}

// Four chords each, in semitones from A: what a brand's films sound like.
const MOODS = {
  bright: {
    beat: 0.3,
    chords: [
      [3, 7, 10],
      [10, 14, 17],
      [0, 3, 7],
      [8, 12, 15],
    ],
  },
  open: {
    beat: 0.36,
    chords: [
      [5, 9, 12],
      [0, 4, 7],
      [2, 5, 9],
      [-2, 2, 5],
    ],
  },
  night: {
    beat: 0.5,
    chords: [
      [0, 3, 10],
      [-4, 3, 7],
      [-7, 0, 5],
      [-2, 2, 8],
    ],
  },
  play: {
    beat: 0.24,
    chords: [
      [3, 7, 10],
      [8, 12, 15],
      [3, 7, 10],
      [5, 10, 14],
    ],
  },
};

/** Music for `seconds`: an arpeggio over slow chords, with a last chord that rings out. */
export function music(mood, seconds, loud = 1) {
  const samples = new Float64Array(Math.ceil(seconds * RATE));
  const { beat, chords } = MOODS[mood];
  const bar = beat * 8;
  const order = [0, 1, 2, 1, 0, 2, 1, 2];
  for (let at = 0, bars = 0; at < seconds - 1.2; at += bar, bars++) {
    const chord = chords[bars % chords.length];
    pad(samples, at, Math.min(bar * 1.15, seconds - at), chord, 0.1 * loud);
    pluck(samples, at, chord[0] - 24, 0.22 * loud, 2);
    for (let step = 0; step < 8 && at + step * beat < seconds - 1; step++) {
      pluck(samples, at + step * beat, chord[order[step]] + (step % 4 === 3 ? 12 : 0), (step % 2 ? 0.1 : 0.16) * loud);
    }
  }
  chords[0].forEach((note, i) => pluck(samples, seconds - 1.2 + i * 0.05, note, 0.2 * loud, 1.2));
  return samples;
}

/** What espeak-ng says, without the silence around it. `voice` as espeak-ng names it. */
export function speech(voice, text, file) {
  execFileSync('espeak-ng', ['-v', voice, '-s', '148', '-p', '42', '-a', '150', '-w', file, text]);
  const wav = readFileSync(file);
  const rate = wav.readUInt32LE(24);
  const data = wav.subarray(44);
  const heard = [];
  for (let i = 0; i + 1 < data.length; i += 2) heard.push(data.readInt16LE(i) / 32768);
  const first = heard.findIndex((sample) => Math.abs(sample) > 0.01);
  const last = heard.findLastIndex((sample) => Math.abs(sample) > 0.01);
  const spoken = heard.slice(Math.max(0, first), last + 1);
  const samples = new Float64Array(Math.floor((spoken.length * RATE) / rate));
  for (let i = 0; i < samples.length; i++) {
    const place = (i * rate) / RATE;
    const left = Math.floor(place);
    const right = Math.min(spoken.length - 1, left + 1);
    samples[i] = spoken[left] + (spoken[right] - spoken[left]) * (place - left);
  }
  return samples;
}

/** Mixes spoken lines (`[{ at, samples }]`, seconds) over music that steps back while someone speaks. */
export function mix(bed, lines) {
  const out = Float64Array.from(bed);
  const speaking = new Uint8Array(out.length);
  for (const { at, samples } of lines) speaking.fill(1, Math.max(0, Math.floor((at - 0.12) * RATE)), Math.floor(at * RATE) + samples.length);
  let level = 1;
  for (let i = 0; i < out.length; i++) {
    level += ((speaking[i] ? 0.35 : 1) - level) / (0.08 * RATE);
    out[i] *= level;
  }
  for (const { at, samples } of lines) {
    const start = Math.floor(at * RATE);
    for (let i = 0; i < samples.length && start + i < out.length; i++) out[start + i] += samples[i] * 0.85;
  }
  const peak = out.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0.01);
  const fade = 0.35 * RATE;
  return out.map((sample, i) => (sample / peak) * 0.84 * Math.min(1, (out.length - i) / fade));
}

/** A WAV file of the samples, 16 bits, one channel. */
export function wav(samples) {
  const file = Buffer.alloc(44 + samples.length * 2);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + samples.length * 2, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(RATE, 24);
  file.writeUInt32LE(RATE * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, i) => file.writeInt16LE(Math.round(sample * 32767), 44 + i * 2));
  return file;
}
