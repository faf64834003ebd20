// A film made on the spot: a word nobody could have known, drawn in, so that what plays is what was imported.
import { execFile } from 'node:child_process';
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
