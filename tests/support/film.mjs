// A film made on the spot: a word nobody could have known, drawn in, so that what plays is what was imported.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

export const hasFfmpeg = () => exec('ffmpeg', ['-version']).then(() => true, () => false);

/** Eight seconds of a word on a plain ground, with a tone; H.264 + AAC, faststart. */
export async function makeFilm(path, word, { seconds = 8 } = {}) {
  const { stdout } = await exec('fc-match', ['-f', '%{file}', 'sans:bold']);
  const draw = `drawtext=fontfile=${stdout}:text=${word}:fontcolor=white:fontsize=130:x=(w-text_w)/2:y=(h-text_h)/2`;
  await exec('ffmpeg', [
    '-y', '-v', 'error', '-f', 'lavfi', '-i', `color=c=0x203040:s=640x360:r=25:d=${seconds}`, '-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`,
    '-vf', draw, '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '48k', '-shortest', '-movflags', '+faststart', path,
  ]);
}

/** The film's first frame as 160 × 90 grey values. */
export async function greyFrame(path) {
  const { stdout } = await exec('ffmpeg', ['-v', 'error', '-i', path, '-frames:v', '1', '-vf', 'scale=160:90,format=gray', '-f', 'rawvideo', '-'], { encoding: 'buffer' });
  return [...stdout];
}

/** What the page's video shows, the same way: run in the page. */
export const greyOfVideo = `(video) => {
  const canvas = document.createElement('canvas');
  canvas.width = 160; canvas.height = 90;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 160, 90);
  const { data } = context.getImageData(0, 0, 160, 90);
  return Array.from({ length: 160 * 90 }, (_, i) => Math.round(0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]));
}`;

/** How alike two pictures are: Pearson's correlation, 1 for the same. */
export function alike(a, b) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let ab = 0, aa = 0, bb = 0;
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** A film of a minute and a bit as a shop's host has it: `film.mp4`, and beside it `film.m3u8`, a stream of two renditions (fMP4, sound and picture together). */
export async function makeStream(folder, { seconds = 64 } = {}) {
  const film = join(folder, 'film.mp4');
  // Some bytes a second, that there is something to wait for.
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50', '-keyint_min', '50', '-sc_threshold', '0', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '48k'];
  await exec('ffmpeg', [
    '-y', '-v', 'error', '-f', 'lavfi', '-i', `testsrc=s=640x360:r=25:d=${seconds}`, '-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`, ...encode, '-movflags', '+faststart', film,
  ]);
  await exec('ffmpeg', [
    '-y', '-v', 'error', '-i', film, '-filter_complex', '[0:v]split=2[large][b];[b]scale=320:180[small]', '-map', '[large]', '-map', '0:a', '-map', '[small]', '-map', '0:a', ...encode, '-b:v:0', '400k', '-b:v:1', '100k',
    '-f', 'hls', '-hls_time', '4', '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4', '-hls_fmp4_init_filename', 'init_%v.mp4', '-hls_segment_filename', join(folder, 'v%v_%d.m4s'),
    '-master_pl_name', 'film.m3u8', '-var_stream_map', 'v:0,a:0 v:1,a:1', join(folder, 'v%v.m3u8'),
  ]);
}
