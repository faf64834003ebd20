// What the demo's films say and show. The brands, their products and their people are invented.
// A line is spoken (`say`), drawn in large (`show`, one entry a row of type) and captioned (`captions`, one per language;
// the film's own language is always `say`). Times come from how long espeak-ng needs for it.
import * as art from './art.mjs';

const ease = (x) => 1 - (1 - Math.min(1, Math.max(0, x))) ** 3;
const bounce = (x) => {
  const left = Math.min(1, Math.max(0, x));
  return 1 - Math.abs(Math.cos(left * Math.PI * 2.2)) * (1 - left) ** 2;
};

/** How a brand looks and sounds: two colours of background, a shape's, an accent's and the type's. */
export const HOUSES = {
  kenwick: { name: 'Kenwick', from: '#e9f5f0', to: '#bfe3d6', shape: '#ffffff', accent: '#0f5c4d', ink: '#0b3b33', face: 'sans', mood: 'bright' },
  solvane: { name: 'Solvane', from: '#ffeedd', to: '#ffc9a3', shape: '#ffb07c', accent: '#c23a16', ink: '#3b1a10', face: 'sans', mood: 'open', hills: true },
  auberon: { name: 'Auberon', from: '#2b3260', to: '#10142b', shape: '#3b447c', accent: '#ffcf70', ink: '#fff6e2', face: 'serif', mood: 'night', stars: true },
  tikkeling: { name: 'Tikkeling', from: '#fff6d6', to: '#ffdf85', shape: '#fff', accent: '#d9481f', ink: '#452711', face: 'sans', mood: 'play' },
  zandbank: { name: 'Uitgeverij Zandbank', from: '#f8efdf', to: '#e8d3ae', shape: '#fff8ea', accent: '#a93220', ink: '#17324d', face: 'serif', mood: 'night' },
  moorland: { name: 'Moorland', from: '#f3ebf8', to: '#d5c1e6', shape: '#fff', accent: '#6a3d8f', ink: '#2d1a40', face: 'serif', mood: 'open', hills: true },
};

const blender = (t) => art.blender({ level: 0.35 + 0.45 * ease(t / 2.5), turn: t * 7 });
const kettle = (t) => art.kettle({ pour: ease((t - 1.5) / 1.6) * ease((9 - t) / 1.2), time: t });
const shoe = (t) => art.shoe({ step: t * 3.2 });
const lamp = (t) => art.lamp({ light: ease((t - 1) / 1.8), reach: 195 });
const headphones = (t) => art.headphones({ pulse: (t * 0.5) % 1 });
const fox = (t) =>
  art.fox({ fall: [0, 1, 2, 3, 4].map((i) => 420 * (1 - bounce((t - 0.3 - i * 0.45) / 1.1))), nod: t > 3.4 ? Math.sin((t - 3.4) * 4) * 5 : 0 });
const backpack = (t) => art.backpack({ sway: Math.sin(t * 2) * 4 });
const book = (t) => art.book({ time: t });
const tea = (t) => art.tea({ time: t });

const WIDE = { width: 960, height: 540 };
const HD = { width: 1280, height: 720, also: [360] };
const TALL = { width: 720, height: 1280 };

export const FILMS = [
  {
    id: 'kenwick-br7-nl',
    house: 'kenwick',
    voice: 'nl+f2',
    language: 'nl',
    size: HD,
    draw: blender,
    lines: [
      { say: 'Goedemorgen, smoothie.', show: ['Goedemorgen,', 'smoothie.'], captions: { en: 'Good morning, smoothie.' } },
      {
        say: 'De Kenwick Breeze: van heel fruit naar zijdezacht, in twintig tellen.',
        show: ['Zijdezacht', 'in 20 tellen'],
        captions: { en: 'The Kenwick Breeze: from whole fruit to silky, in twenty seconds.' },
      },
      { say: 'Eén knop. Klaar.', show: ['Eén knop.', 'Klaar.'], captions: { en: 'One dial. Done.' } },
    ],
  },
  {
    id: 'kenwick-br7-en',
    house: 'kenwick',
    voice: 'en-gb+f2',
    language: 'en',
    size: HD,
    draw: blender,
    lines: [
      { say: 'Good morning, smoothie.', show: ['Good morning,', 'smoothie.'], captions: { de: 'Guten Morgen, Smoothie.', pl: 'Dzień dobry, smoothie.' } },
      {
        say: 'The Kenwick Breeze turns whole fruit silky in twenty seconds.',
        show: ['Silky in', '20 seconds'],
        captions: {
          de: 'Der Kenwick Breeze macht ganze Früchte in zwanzig Sekunden samtig.',
          pl: 'Kenwick Breeze zmienia całe owoce w gładki koktajl w dwadzieścia sekund.',
        },
      },
      { say: 'One dial. Done.', show: ['One dial.', 'Done.'], captions: { de: 'Ein Regler. Fertig.', pl: 'Jedno pokrętło. Gotowe.' } },
    ],
  },
  {
    id: 'kenwick-br7-reinigen-de',
    house: 'kenwick',
    voice: 'de+f2',
    language: 'de',
    size: WIDE,
    draw: (t) => art.blender({ level: 0.5, turn: t > 3.5 ? t * 9 : t * 0.6 }),
    lines: [
      { say: 'So wird der Breeze sauber.', show: ['So wird der', 'Breeze sauber'], captions: { en: 'How to clean the Breeze.' } },
      {
        say: 'Warmes Wasser und einen Tropfen Spülmittel einfüllen.',
        show: ['Warmes Wasser,', 'ein Tropfen Spüli'],
        captions: { en: 'Add warm water and a drop of washing-up liquid.' },
      },
      { say: 'Dreißig Sekunden mixen, ausspülen, fertig.', show: ['30 Sekunden.', 'Fertig.'], captions: { en: 'Blend for thirty seconds, rinse, done.' } },
    ],
  },
  {
    id: 'kenwick-gk2-en',
    house: 'kenwick',
    voice: 'en-gb+m3',
    language: 'en',
    size: WIDE,
    draw: kettle,
    lines: [
      { say: 'A better cup starts slowly.', show: ['A better cup', 'starts slowly'], captions: { nl: 'Betere koffie begint langzaam.' } },
      {
        say: 'Pour in small circles, from the middle outwards.',
        show: ['Small circles,', 'middle outwards'],
        captions: { nl: 'Schenk in kleine cirkels, van het midden naar buiten.' },
      },
      { say: 'The Kenwick GK two.', show: ['Kenwick', 'GK-2'], captions: { nl: 'De Kenwick GK-2.' } },
    ],
  },
  {
    id: 'solvane-ridge-en',
    house: 'solvane',
    voice: 'en-us+m3',
    language: 'en',
    size: WIDE,
    draw: shoe,
    lines: [
      { say: 'Some paths are best left unpaved.', show: ['Some paths are', 'best unpaved.'], captions: { fr: "Certains chemins n'ont pas besoin de bitume." } },
      {
        say: 'Ridge three grips wet rock, and weighs next to nothing.',
        show: ['Grips wet rock.', 'Weighs nothing.'],
        captions: { fr: 'Ridge 3 accroche la roche mouillée et ne pèse presque rien.' },
      },
      { say: 'Solvane. Go further.', show: ['Ridge 3.', 'Go further.'], captions: { fr: 'Solvane. Allez plus loin.' } },
    ],
  },
  {
    id: 'solvane-ridge-test-de',
    house: 'solvane',
    voice: 'de+m3',
    language: 'de',
    size: WIDE,
    draw: shoe,
    lines: [
      { say: 'Hundert Kilometer im Test.', show: ['100 Kilometer', 'im Test'], captions: { nl: 'Honderd kilometer in de test.' } },
      {
        say: 'Der Halt ist hervorragend, und die Ferse sitzt fest.',
        show: ['Halt: 9 von 10', 'Ferse: 10 von 10'],
        captions: { nl: 'De grip is uitstekend, en de hiel zit vast.' },
      },
      { say: 'Unser Urteil: kaufen.', show: ['Unser Urteil:', 'kaufen.'], captions: { nl: 'Ons oordeel: kopen.' } },
    ],
  },
  {
    id: 'solvane-drift-fr',
    house: 'solvane',
    voice: 'fr-fr+f2',
    language: 'fr',
    size: WIDE,
    draw: backpack,
    lines: [
      {
        say: 'Vingt-quatre litres, et tout trouve sa place.',
        show: ['24 litres.', 'Tout a sa place.'],
        captions: { en: 'Twenty-four litres, and everything finds its place.' },
      },
      {
        say: 'Toile recyclée, bretelles qui respirent.',
        show: ['Toile recyclée,', 'dos qui respire'],
        captions: { en: 'Recycled canvas, straps that breathe.' },
      },
      { say: 'Drift, le sac de tous les départs.', show: ['Drift 24'], captions: { en: 'Drift, the bag for every departure.' } },
    ],
  },
  {
    id: 'auberon-lune-fr',
    house: 'auberon',
    voice: 'fr-fr+f2',
    language: 'fr',
    size: HD,
    draw: lamp,
    lines: [
      { say: 'La nuit tombe.', show: ['La nuit', 'tombe.'], captions: { en: 'Night falls.', nl: 'De nacht valt.' } },
      {
        say: 'Auberon rallume la lune, du bout du doigt.',
        show: ['La lune, du', 'bout du doigt'],
        captions: { en: 'Auberon lights the moon again, with a fingertip.', nl: 'Auberon steekt de maan weer aan, met een vingertop.' },
      },
      { say: 'Lune. Une lumière qui apaise.', show: ['Lune'], captions: { en: 'Lune. A light that calms.', nl: 'Lune. Licht dat rust geeft.' } },
    ],
  },
  {
    id: 'auberon-lune-zxx',
    house: 'auberon',
    language: 'zxx',
    size: WIDE,
    draw: lamp,
    lines: [
      { show: ['•'], seconds: 2.6 },
      { show: ['2 700 K'], seconds: 2.6 },
      { show: ['Lune'], seconds: 2.6 },
    ],
  },
  {
    id: 'auberon-echo-fr',
    house: 'auberon',
    voice: 'fr-fr+m3',
    language: 'fr',
    size: WIDE,
    draw: headphones,
    lines: [
      { say: 'Fermez les yeux.', show: ['Fermez', 'les yeux.'], captions: {} },
      { say: 'Quarante heures de musique, sans un fil.', show: ['40 heures,', 'sans un fil'], captions: {} },
      { say: 'Auberon Écho.', show: ['Écho'], captions: {} },
    ],
  },
  {
    id: 'tikkeling-vos-zxx',
    house: 'tikkeling',
    language: 'zxx',
    size: WIDE,
    draw: fox,
    lines: [
      { show: ['1 · 2 · 3'], seconds: 2.4 },
      { show: ['4 · 5'], seconds: 2.4 },
      { show: ['♥'], seconds: 2.4 },
    ],
  },
  {
    id: 'tikkeling-vos-uitpakken-nl',
    house: 'tikkeling',
    voice: 'nl+f3',
    language: 'nl',
    size: WIDE,
    draw: fox,
    lines: [
      { say: 'Wat zit er in de doos?', show: ['Wat zit er', 'in de doos?'], captions: { de: 'Was ist in der Schachtel?' } },
      {
        say: 'Vier ringen, een staander, en een heel slimme vos.',
        show: ['4 ringen en een', 'slimme vos'],
        captions: { de: 'Vier Ringe, ein Ständer und ein sehr schlauer Fuchs.' },
      },
      { say: 'Stapelen maar!', show: ['Stapelen', 'maar!'], captions: { de: 'Jetzt wird gestapelt!' } },
    ],
  },
  {
    id: 'zandbank-haven-nl',
    house: 'zandbank',
    voice: 'nl+m3',
    language: 'nl',
    size: TALL,
    draw: book,
    lines: [
      { say: 'In de stille haven brandt nog één licht.', show: ['Nog één', 'licht.'], captions: { en: 'In the quiet harbour one light still burns.' } },
      { say: 'Wie wacht daar, en waarop?', show: ['Wie wacht', 'daar?'], captions: { en: 'Who is waiting there, and for what?' } },
      { say: 'De stille haven, van Mirthe de Velden.', show: ['Nu in de', 'boekwinkel'], captions: { en: 'The quiet harbour, by Mirthe de Velden.' } },
    ],
  },
  {
    id: 'moorland-heather-de',
    house: 'moorland',
    voice: 'de+f2',
    language: 'de',
    size: WIDE,
    draw: tea,
    lines: [
      { say: 'Ein Löffel Heather, neunzig Grad.', show: ['Ein Löffel,', '90 Grad'], captions: { en: 'One spoon of Heather, ninety degrees.' } },
      {
        say: 'Drei Minuten ziehen lassen. Nicht länger.',
        show: ['3 Minuten.', 'Nicht länger.'],
        captions: { en: 'Let it steep for three minutes. No longer.' },
      },
      { say: 'Moorland. Zeit für dich.', show: ['Zeit', 'für dich'], captions: { en: 'Moorland. Time for you.' } },
    ],
  },
  {
    id: 'moorland-heather-en',
    house: 'moorland',
    voice: 'en-gb-scotland+f2',
    language: 'en',
    size: WIDE,
    draw: tea,
    lines: [
      {
        say: 'One spoon of Heather, ninety degrees.',
        show: ['One spoon,', '90 degrees'],
        captions: { nl: 'Eén schepje Heather, negentig graden.', fr: 'Une cuillère de Heather, quatre-vingt-dix degrés.' },
      },
      {
        say: 'Three minutes, and not a moment longer.',
        show: ['3 minutes,', 'not longer'],
        captions: { nl: 'Drie minuten, en geen moment langer.', fr: 'Trois minutes, et pas un instant de plus.' },
      },
      { say: 'Moorland. Time for you.', show: ['Time', 'for you'], captions: { nl: 'Moorland. Tijd voor jou.', fr: 'Moorland. Du temps pour vous.' } },
    ],
  },
];
