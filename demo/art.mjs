// The products of the demo, drawn as SVG: the shop's pictures and the films' moving parts are the same drawings.
// Every function returns the inside of a `viewBox="0 0 400 400"` and takes a few numbers that a film may move;
// their defaults are the still picture. Only gradients, no filters: a film draws some hundred frames of them.

/** A number as SVG likes it: at most two decimals, no trailing zeros. */
const n = (value) => String(Math.round(value * 100) / 100);

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** A gradient from top to bottom, or from left to right with `across`. */
const gradient = (id, colours, across = false) =>
  `<linearGradient id="${id}" x1="0" y1="0" x2="${across ? 1 : 0}" y2="${across ? 0 : 1}">` +
  colours.map((colour, i) => `<stop offset="${n(i / (colours.length - 1))}" stop-color="${colour}"/>`).join('') +
  '</linearGradient>';

/** A round glow that fades to nothing. */
const glow = (id, colour, strength = 1) =>
  `<radialGradient id="${id}"><stop offset="0" stop-color="${colour}" stop-opacity="${n(strength)}"/>` +
  `<stop offset="1" stop-color="${colour}" stop-opacity="0"/></radialGradient>`;

const shadow = (cx, cy, rx, strength = 0.28) =>
  `<defs>${glow('shadow', '#1a1426', strength)}</defs><ellipse cx="${cx}" cy="${cy}" rx="${rx}" ry="${n(rx * 0.13)}" fill="url(#shadow)"/>`;

/** Kenwick Breeze BR7, a blender. `level` 0 to 1 fills the jar, `turn` (radians) moves the swirl. */
export function blender({ level = 0.72, turn = 0.6 } = {}) {
  const top = 232 - 142 * clamp(level, 0, 1);
  const wave = (phase, height) => {
    const points = [];
    for (let x = 120; x <= 280; x += 10) points.push(`${x} ${n(top + Math.sin(x / 22 + phase) * height)}`);
    return `M${points.join('L')}L280 250L120 250Z`;
  };
  const fruit = [0, 1, 2, 3, 4]
    .map((i) => {
      const angle = turn * (1.1 + i * 0.13) + i * 1.7;
      const y = 216 - ((i * 37) % 110) * level;
      return `<circle cx="${n(200 + Math.cos(angle) * (34 + i * 2))}" cy="${n(y)}" r="${8 + (i % 3) * 3}" fill="${['#ff9db0', '#ffd0a8', '#e8536f', '#ffc2cf', '#ffe3bd'][i]}" opacity=".75"/>`;
    })
    .join('');
  return (
    shadow(200, 366, 130) +
    `<defs>${gradient('smoothie', ['#ff8fa3', '#e2557a'])}${gradient('base', ['#17705f', '#0a4238'])}${gradient('steel', ['#f5f7f6', '#b9c6c2', '#eef2f0'], true)}` +
    `<clipPath id="jar"><path d="M136 86H264L248 240H152Z"/></clipPath></defs>` +
    `<path d="M258 116h26a12 12 0 0 1 12 14l-9 68a12 12 0 0 1-12 11h-26" fill="none" stroke="#17705f" stroke-width="15" stroke-linejoin="round"/>` +
    `<path d="M132 82H268L251 244H149Z" fill="#eef8f5" opacity=".75"/>` +
    `<g clip-path="url(#jar)"><path d="${wave(turn, 5)}" fill="url(#smoothie)"/>${fruit}<path d="${wave(turn * 1.3 + 2, 4)}" fill="#fff" opacity=".14"/></g>` +
    `<path d="M146 92l10 140" stroke="#fff" stroke-width="9" stroke-linecap="round" opacity=".65"/>` +
    `<g stroke="#0a4238" stroke-opacity=".35" stroke-width="3" stroke-linecap="round"><path d="M238 120h16M236 146h14M233 172h14M230 198h14"/></g>` +
    `<rect x="124" y="64" width="152" height="24" rx="9" fill="#0f5c4d"/><rect x="172" y="46" width="56" height="22" rx="8" fill="#17705f"/>` +
    `<path d="M150 242H250L256 262H144Z" fill="url(#steel)"/>` +
    `<path d="M142 260H258L284 344a14 14 0 0 1-13 18H129a14 14 0 0 1-13-18Z" fill="url(#base)"/>` +
    `<circle cx="200" cy="313" r="27" fill="url(#steel)"/><circle cx="200" cy="313" r="19" fill="#f8faf9"/>` +
    `<path d="M200 313L${n(200 + Math.sin(turn) * 15)} ${n(313 - Math.cos(turn) * 15)}" stroke="#0f5c4d" stroke-width="5" stroke-linecap="round"/>` +
    `<circle cx="150" cy="318" r="5" fill="#ffd37a"/><circle cx="250" cy="318" r="5" fill="#8fe0c8"/>`
  );
}

/** Kenwick GK-2, a gooseneck kettle. `pour` 0 to 1 tips it and lets the water run. */
export function kettle({ pour = 0, time = 0 } = {}) {
  const tilt = -24 * pour;
  const stream =
    pour > 0.55
      ? `<path d="M86 ${n(188 + 26 * pour)}C80 240 ${n(80 + Math.sin(time * 9) * 2)} 290 82 352" stroke="#9fd8e8" stroke-width="${n(7 * pour)}" stroke-linecap="round" fill="none" opacity=".9"/>`
      : '';
  return (
    shadow(215, 364, 120, 0.28 - 0.12 * pour) +
    `<defs>${gradient('matt', ['#3b4a48', '#202b2a', '#141b1b'], true)}${gradient('wood', ['#d89b5f', '#a5662f'])}</defs>${stream}` +
    `<g transform="rotate(${n(tilt)} 226 260) translate(0 ${n(-30 * pour)})">` +
    `<path d="M152 318C106 322 112 262 98 216C92 196 82 186 70 184" fill="none" stroke="#202b2a" stroke-width="15" stroke-linecap="round"/>` +
    `<path d="M150 316C110 318 116 262 102 214" fill="none" stroke="#5a6d6a" stroke-width="3" stroke-linecap="round" opacity=".7"/>` +
    `<path d="M276 206c52-18 66 14 62 52c-3 34-22 58-46 64" fill="none" stroke="url(#wood)" stroke-width="19" stroke-linecap="round"/>` +
    `<path d="M170 196H268C274 226 302 300 300 336a24 24 0 0 1-24 24H162a24 24 0 0 1-24-24C136 300 164 226 170 196Z" fill="url(#matt)"/>` +
    `<path d="M176 214C168 250 152 300 152 334" stroke="#7d918d" stroke-width="6" stroke-linecap="round" fill="none" opacity=".55"/>` +
    `<path d="M164 196a55 16 0 0 1 110 0z" fill="#2b3836"/><rect x="206" y="160" width="26" height="22" rx="10" fill="url(#wood)"/>` +
    `<circle cx="222" cy="300" r="17" fill="#e9f2ef"/><path d="M222 300L${n(222 + 10 * Math.cos(2.4 + 2 * pour))} ${n(300 - 10 * Math.abs(Math.sin(2.4 + 2 * pour)))}" stroke="#d1491f" stroke-width="3" stroke-linecap="round"/>` +
    `</g>`
  );
}

/** Solvane Ridge 3, a trail shoe. `step` (radians) rocks it from heel to toe. */
export function shoe({ step = 0 } = {}) {
  const rock = Math.sin(step) * 9;
  const lift = Math.abs(Math.sin(step)) * 14;
  const lugs = Array.from({ length: 13 }, (_, i) => `<rect x="${62 + i * 22}" y="302" width="13" height="${12 + (i % 2) * 3}" rx="3" fill="#2b1a14"/>`).join(
    '',
  );
  const laces = [0, 1, 2, 3]
    .map((i) => `<path d="M${166 + i * 25} ${184 + i * 13}l17 -17" stroke="#fff4e8" stroke-width="7" stroke-linecap="round"/>`)
    .join('');
  return (
    shadow(200, 330, 165, 0.32 - lift / 90) +
    `<defs>${gradient('upper', ['#f2733f', '#c23a16'])}${gradient('foam', ['#fffaf2', '#f1dcc6'])}</defs>` +
    `<g transform="translate(0 ${n(-lift)}) rotate(${n(rock)} 200 300)">${lugs}` +
    `<path d="M50 268C50 250 350 250 356 276C360 296 346 308 330 308H74C56 308 46 292 50 268Z" fill="url(#foam)"/>` +
    `<path d="M52 284C140 296 260 298 356 284" stroke="#e7b995" stroke-width="4" fill="none"/>` +
    `<path d="M58 266C52 218 58 160 76 142C92 150 118 158 150 140C176 172 214 214 286 226C330 232 356 248 354 272C260 282 130 284 58 266Z" fill="url(#upper)"/>` +
    `<path d="M150 140C176 172 214 214 286 226L262 246C206 238 150 206 120 152Z" fill="#8f2a10" opacity=".55"/>` +
    `<path d="M76 142C92 150 118 158 150 140L164 157C132 178 100 176 72 164Z" fill="#5a1c0d"/>` +
    `<path d="M286 226C330 232 356 248 354 272C326 275 300 276 276 277C270 256 274 238 286 226Z" fill="#3b1a10" opacity=".8"/>` +
    `<path d="M62 262C60 232 60 206 66 182C84 196 96 226 98 270Z" fill="#3b1a10" opacity=".8"/>${laces}` +
    `<path d="M128 262L172 214L190 234L208 220L240 268Z" fill="#ffd9b0"/><path d="M172 214L190 234L182 243L164 223Z" fill="#fff"/>` +
    `</g>`
  );
}

/** Solvane Drift 24, a backpack. `sway` in degrees. */
export function backpack({ sway = 0 } = {}) {
  return (
    shadow(200, 368, 116) +
    `<defs>${gradient('cloth', ['#7c9a6d', '#4f6e47'])}${gradient('flap', ['#8fae7e', '#5f8055'])}</defs>` +
    `<g transform="rotate(${n(sway)} 200 60)"><path d="M168 66c0-42 64-42 64 0" fill="none" stroke="#33472e" stroke-width="12" stroke-linecap="round"/>` +
    `<path d="M104 190C76 220 76 300 92 340" fill="none" stroke="#33472e" stroke-width="18" stroke-linecap="round"/><path d="M296 190C324 220 324 300 308 340" fill="none" stroke="#33472e" stroke-width="18" stroke-linecap="round"/>` +
    `<path d="M112 142C112 92 150 62 200 62S288 92 288 142V328a36 36 0 0 1-36 36H148a36 36 0 0 1-36-36Z" fill="url(#cloth)"/>` +
    `<path d="M108 146C108 92 148 60 200 60S292 92 292 146V190C262 214 138 214 108 190Z" fill="url(#flap)"/>` +
    `<path d="M136 250h128v76a20 20 0 0 1-20 20H156a20 20 0 0 1-20-20Z" fill="#456140"/><path d="M136 250h128v20c-30 12-98 12-128 0Z" fill="#5f8055"/>` +
    `<rect x="152" y="168" width="16" height="74" rx="5" fill="#d8a566"/><rect x="232" y="168" width="16" height="74" rx="5" fill="#d8a566"/>` +
    `<rect x="148" y="212" width="24" height="18" rx="4" fill="#f0d9b0"/><rect x="228" y="212" width="24" height="18" rx="4" fill="#f0d9b0"/>` +
    `<path d="M178 128L193 106L204 118L212 110L226 128Z" fill="#f6efdd"/><path d="M124 150c4-36 26-62 58-72" stroke="#b6cca6" stroke-width="5" stroke-linecap="round" fill="none" opacity=".7"/>` +
    `</g>`
  );
}

/** Auberon Lune, a table lamp shaped like the moon. `light` 0 to 1; `reach` is how far it shines (a still picture ends at 150). */
export function lamp({ light = 1, reach = 150 } = {}) {
  const craters = [
    [172, 128, 14],
    [226, 150, 20],
    [190, 186, 11],
    [232, 108, 9],
    [160, 166, 7],
    [208, 206, 8],
  ]
    .map(([x, y, r]) => `<circle cx="${x}" cy="${y}" r="${r}" fill="#e5b45a" opacity="${n(0.18 + 0.2 * light)}"/>`)
    .join('');
  return (
    shadow(200, 366, 110) +
    `<defs>${glow('halo', '#ffd98a', 0.75 * light)}${gradient('brass', ['#f3d692', '#b9853a', '#e8c47a'], true)}` +
    `<radialGradient id="moon" cx=".42" cy=".38" r=".7"><stop offset="0" stop-color="${light > 0.5 ? '#fffdf2' : '#e9e4da'}"/><stop offset=".7" stop-color="${light > 0.5 ? '#ffe6a8' : '#c9c3b8'}"/><stop offset="1" stop-color="${light > 0.5 ? '#f5c86c' : '#a9a39a'}"/></radialGradient></defs>` +
    `<circle cx="200" cy="150" r="${reach}" fill="url(#halo)"/>` +
    `<path d="M290 190C318 96 240 34 164 62" fill="none" stroke="url(#brass)" stroke-width="11" stroke-linecap="round"/><path d="M290 190C276 262 240 300 212 346" fill="none" stroke="url(#brass)" stroke-width="11" stroke-linecap="round"/>` +
    `<path d="M196 66v14" stroke="#b9853a" stroke-width="6"/><circle cx="196" cy="152" r="78" fill="url(#moon)"/>${craters}` +
    `<path d="M126 140a76 76 0 0 1 34-52" stroke="#fff" stroke-width="7" stroke-linecap="round" fill="none" opacity="${n(0.35 + 0.4 * light)}"/>` +
    `<path d="M134 362c0-20 30-28 66-28s66 8 66 28z" fill="url(#brass)"/>`
  );
}

/** Auberon Écho, headphones. `pulse` 0 to 1 lets the sound out. */
export function headphones({ pulse = 0 } = {}) {
  const rings = [0, 1, 2]
    .map((i) => {
      const grown = (pulse + i / 3) % 1;
      const open = n((1 - grown) * 0.5 * Math.min(1, pulse * 4));
      const r = n(60 + grown * 70);
      return `<path d="M${n(84 - grown * 60)} ${n(245 - r * 0.7)}a${r} ${r} 0 0 0 0 ${n(r * 1.4)}M${n(316 + grown * 60)} ${n(245 - r * 0.7)}a${r} ${r} 0 0 1 0 ${n(r * 1.4)}" fill="none" stroke="#ffcf70" stroke-width="4" stroke-linecap="round" opacity="${open}"/>`;
    })
    .join('');
  return (
    shadow(200, 364, 120) +
    `<defs>${gradient('shell', ['#5b669b', '#2b335c'])}${gradient('brass2', ['#f3d692', '#b9853a'])}</defs>${rings}` +
    `<path d="M96 248C84 124 132 62 200 62S316 124 304 248" fill="none" stroke="#4b5588" stroke-width="24" stroke-linecap="round"/>` +
    `<path d="M112 160C126 104 158 78 200 78S274 104 288 160" fill="none" stroke="#8f9ad0" stroke-width="6" stroke-linecap="round" opacity=".8"/>` +
    `<rect x="84" y="214" width="24" height="44" rx="8" fill="url(#brass2)"/><rect x="292" y="214" width="24" height="44" rx="8" fill="url(#brass2)"/>` +
    `<rect x="66" y="232" width="66" height="112" rx="32" fill="url(#shell)"/><rect x="268" y="232" width="66" height="112" rx="32" fill="url(#shell)"/>` +
    `<rect x="118" y="244" width="30" height="88" rx="15" fill="#11152a"/><rect x="252" y="244" width="30" height="88" rx="15" fill="#11152a"/>` +
    `<circle cx="92" cy="288" r="13" fill="none" stroke="#ffcf70" stroke-width="4"/><circle cx="308" cy="288" r="13" fill="none" stroke="#ffcf70" stroke-width="4"/>`
  );
}

/** Tikkeling Stapelvos, a wooden fox of rings. `fall` are heights in units above their place, bottom ring first, head last. */
export function fox({ fall = [0, 0, 0, 0, 0], nod = 0 } = {}) {
  const rings = [
    [104, '#c9432a', '#a93220'],
    [90, '#ee6c3a', '#cf5526'],
    [77, '#ffb45e', '#e8963c'],
    [64, '#fff0d6', '#ecd6b2'],
  ]
    .map(([r, fill, edge], i) => {
      const y = 330 - i * 42 - fall[i];
      return `<rect x="${200 - r}" y="${n(y)}" width="${r * 2}" height="40" rx="20" fill="${edge}"/><rect x="${200 - r}" y="${n(y)}" width="${r * 2}" height="33" rx="16.5" fill="${fill}"/><rect x="${200 - r + 16}" y="${n(y + 6)}" width="${n(r * 0.55)}" height="6" rx="3" fill="#fff" opacity=".35"/>`;
    })
    .join('');
  const y = -fall[4];
  return (
    shadow(200, 372, 136) +
    `<rect x="190" y="150" width="20" height="200" rx="9" fill="#d7b07a"/>${rings}` +
    `<g transform="translate(0 ${n(y)}) rotate(${n(nod)} 200 200)">` +
    `<path d="M136 112L142 40L192 82Z" fill="#e4572e"/><path d="M264 112L258 40L208 82Z" fill="#e4572e"/><path d="M148 92L151 60L174 80Z" fill="#5a2415"/><path d="M252 92L249 60L226 80Z" fill="#5a2415"/>` +
    `<path d="M200 66C250 66 274 100 280 134C262 150 228 204 200 204S138 150 120 134C126 100 150 66 200 66Z" fill="#ee6c3a"/>` +
    `<path d="M120 134C144 126 176 134 200 176C224 134 256 126 280 134C262 150 228 204 200 204S138 150 120 134Z" fill="#fff4e0"/>` +
    `<circle cx="165" cy="124" r="9" fill="#3a1d12"/><circle cx="235" cy="124" r="9" fill="#3a1d12"/><circle cx="168" cy="121" r="3" fill="#fff"/><circle cx="238" cy="121" r="3" fill="#fff"/>` +
    `<ellipse cx="200" cy="190" rx="15" ry="11" fill="#3a1d12"/></g>`
  );
}

/** The sea with a boat and a lighthouse, in a box of 260 by 360: the book's cover and its trailer. */
export function harbour({ time = 0, night = 0.35 } = {}) {
  const wave = (y, phase, height, fill) => {
    const points = [];
    for (let x = -10; x <= 270; x += 10) points.push(`${x} ${n(y + Math.sin(x / 26 + phase) * height)}`);
    return `<path d="M${points.join('L')}L270 370L-10 370Z" fill="${fill}"/>`;
  };
  const beam = Math.sin(time * 0.9);
  return (
    `<defs>${gradient('dusk', ['#17324d', '#3d6280', '#f0a978', '#f8d9a8'])}${glow('sun', '#fff1c9', 0.9)}${glow('lantern', '#ffe9a0', 0.95)}</defs>` +
    `<rect width="260" height="360" fill="url(#dusk)"/><circle cx="86" cy="214" r="70" fill="url(#sun)"/><circle cx="86" cy="214" r="26" fill="#fff3d4"/>` +
    `<path d="M206 128L${n(206 - 420 * Math.cos(beam))} ${n(70 + beam * 60)}V${n(160 + beam * 60)}Z" fill="#ffeeb0" opacity="${n(0.12 + 0.16 * night)}"/>` +
    `<path d="M150 262C170 240 240 236 270 244V300H150Z" fill="#22384a"/><path d="M194 244L199 140H213L218 244Z" fill="#f7efe2"/><path d="M196.4 200L197.800 172H214.200L215.6 200Z" fill="#c9432a"/><rect x="196" y="118" width="20" height="22" rx="3" fill="#ffe08a"/><path d="M192 120L206 104L220 120Z" fill="#c9432a"/><circle cx="206" cy="129" r="34" fill="url(#lantern)"/>` +
    wave(258, time * 1.1, 4, '#2c5470') +
    `<g transform="translate(${n(96 + Math.sin(time * 0.5) * 8)} ${n(268 + Math.sin(time * 1.6) * 3)}) rotate(${n(Math.sin(time * 1.6 + 1) * 4)})"><path d="M0 -70L0 -8L40 -8Z" fill="#fff8ea"/><path d="M-5 -60L-5 -8L-30 -8Z" fill="#f0d9bf"/><path d="M-2.5 -76V0" stroke="#4a2c1a" stroke-width="4"/><path d="M-42 -2H50L38 20H-30Z" fill="#a93220"/><path d="M-42 -2H50L48 4H-39Z" fill="#f7efe2"/></g>` +
    wave(286, time * 1.4 + 2, 6, '#1f4661') +
    wave(316, time * 1.7 + 4, 7, '#17324d')
  );
}

/** De stille haven, a novel. */
export function book({ time = 0 } = {}) {
  return (
    shadow(204, 376, 120) +
    `<defs><clipPath id="cover"><rect x="0" y="0" width="260" height="360" rx="5"/></clipPath></defs>` +
    `<path d="M84 24L332 30V370L84 376Z" fill="#e9dcc3"/><path d="M326 36V364" stroke="#cdbb99" stroke-width="2"/><path d="M329.5 36V364" stroke="#cdbb99" stroke-width="1"/>` +
    `<g transform="translate(70 18)"><g clip-path="url(#cover)">${harbour({ time })}</g>` +
    `<text x="130" y="58" text-anchor="middle" font-family="Liberation Serif, Georgia, serif" font-style="italic" font-size="38" fill="#fff6e4">De stille</text>` +
    `<text x="130" y="96" text-anchor="middle" font-family="Liberation Serif, Georgia, serif" font-style="italic" font-size="38" fill="#fff6e4">haven</text>` +
    `<text x="130" y="346" text-anchor="middle" font-family="Liberation Sans, Helvetica, Arial, sans-serif" font-size="12" letter-spacing="3" fill="#fff6e4">MIRTHE DE VELDEN</text>` +
    `<rect width="14" height="360" fill="#0d1f31" opacity=".28"/></g>`
  );
}

/** Moorland Heather, a tin of tea with a cup. `time` in seconds moves the steam. */
export function tea({ time = 0.8 } = {}) {
  const steam = [0, 1, 2]
    .map((i) => {
      const sway = (k) => n(Math.sin(time * 1.8 + i * 1.4 + k) * 9);
      const x = 268 + i * 20;
      return `<path d="M${x} 250c${sway(0)} -16 ${sway(1)} -26 ${sway(1)} -42s${sway(2)} -24 ${sway(3)} -40" fill="none" stroke="#fff" stroke-width="6" stroke-linecap="round" opacity="${n(0.35 + 0.2 * Math.sin(time * 2 + i))}"/>`;
    })
    .join('');
  const heather = Array.from({ length: 9 }, (_, i) => {
    const x = 112 + (i % 3) * 36 + (Math.floor(i / 3) % 2) * 12;
    const y = 282 + Math.floor(i / 3) * 14;
    return `<circle cx="${x}" cy="${y}" r="6" fill="#b78ad6"/><circle cx="${x + 8}" cy="${y - 8}" r="5" fill="#d3b1e8"/>`;
  }).join('');
  return (
    shadow(200, 366, 165) +
    `<defs>${gradient('tin', ['#4d2a6b', '#7b4aa3', '#4d2a6b'], true)}${gradient('lid', ['#e9d9a8', '#b99a52', '#e9d9a8'], true)}${gradient('cup', ['#ffffff', '#e6dcef'])}</defs>` +
    `<path d="M78 128H222V346a14 14 0 0 1-14 14H92a14 14 0 0 1-14-14Z" fill="url(#tin)"/><rect x="70" y="96" width="160" height="36" rx="8" fill="url(#lid)"/><rect x="122" y="82" width="56" height="16" rx="6" fill="url(#lid)"/>` +
    `<rect x="96" y="166" width="108" height="84" rx="8" fill="#f8f1df"/><text x="150" y="200" text-anchor="middle" font-family="Liberation Serif, Georgia, serif" font-style="italic" font-size="24" fill="#4d2a6b">Heather</text>` +
    `<path d="M122 212h56" stroke="#b99a52" stroke-width="2"/><text x="150" y="234" text-anchor="middle" font-family="Liberation Sans, Helvetica, Arial, sans-serif" font-size="11" letter-spacing="2.5" fill="#6a3d8f">MOORLAND</text>${heather}${steam}` +
    `<path d="M330 278c36-6 36 48-6 46" fill="none" stroke="#e6dcef" stroke-width="12" stroke-linecap="round"/><path d="M240 262H338C338 318 326 352 304 356H274C252 352 240 318 240 262Z" fill="url(#cup)"/><ellipse cx="289" cy="263" rx="49" ry="10" fill="#a9612d"/><ellipse cx="289" cy="263" rx="49" ry="10" fill="none" stroke="#fff" stroke-width="4"/><ellipse cx="289" cy="361" rx="62" ry="8" fill="#d9cbe6"/>`
  );
}

/** Linen napkins of the shop's own brand: the product without a film. */
export function napkins() {
  const cloth = (y, fill, edge) =>
    `<path d="M64 ${y}L200 ${y - 46}L336 ${y}L200 ${y + 46}Z" fill="${fill}"/><path d="M64 ${y}L200 ${y + 46}L336 ${y}V${y + 20}L200 ${y + 66}L64 ${y + 20}Z" fill="${edge}"/>` +
    `<path d="M88 ${y}L200 ${y - 38}L312 ${y}L200 ${y + 38}Z" fill="none" stroke="#fff" stroke-opacity=".5" stroke-width="2" stroke-dasharray="5 5"/>`;
  return (
    shadow(200, 318, 160) +
    cloth(262, '#c8876a', '#a8694f') +
    cloth(236, '#e0c9a6', '#c4aa83') +
    cloth(210, '#9fb0a0', '#7f9282') +
    cloth(184, '#efe6d6', '#d6c9b2') +
    `<path d="M188 142c-8-22 8-38 34-44c4 24-8 42-34 44Z" fill="#6f8a63"/><path d="M190 142c-26 2-44-8-50-30c26-4 44 8 50 30Z" fill="#89a47b"/><path d="M189 142L200 186" stroke="#54704b" stroke-width="4" stroke-linecap="round"/>`
  );
}

/** A whole SVG document around a drawing. */
export const picture = (inside, { width = 400, height = 400 } = {}) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="${width}" height="${height}">${inside}</svg>`;
