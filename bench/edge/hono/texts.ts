// The words of the user interface, in the languages there are.

const KINDS = ['commercial', 'guide', 'review', 'unboxing', 'howto', 'story', 'recipe', 'other'];

const TEXTS = [
  {
    words: {
      language: 'nl',
      direction: 'ltr',
      watch: 'Bekijk video',
      watch_many: 'Bekijk {n} video’s',
      close: 'Sluiten',
      next: 'Volgende video',
      previous: 'Vorige video',
      of: '{i} van {n}',
      failed: 'Deze video kan niet worden afgespeeld.',
      retry: 'Opnieuw proberen',
      captions: 'Ondertiteling',
      dialog: 'Video: {title}',
    },
    kinds: ['Reclame', 'Keuzehulp', 'Review', 'Unboxing', 'Uitleg', 'Verhaal', 'Recept', 'Video'],
  },
  {
    words: {
      language: 'en',
      direction: 'ltr',
      watch: 'Watch video',
      watch_many: 'Watch {n} videos',
      close: 'Close',
      next: 'Next video',
      previous: 'Previous video',
      of: '{i} of {n}',
      failed: 'This video cannot be played.',
      retry: 'Try again',
      captions: 'Captions',
      dialog: 'Video: {title}',
    },
    kinds: ['Commercial', 'Buying guide', 'Review', 'Unboxing', 'How to', 'Story', 'Recipe', 'Video'],
  },
  {
    words: {
      language: 'de',
      direction: 'ltr',
      watch: 'Video ansehen',
      watch_many: '{n} Videos ansehen',
      close: 'Schließen',
      next: 'Nächstes Video',
      previous: 'Vorheriges Video',
      of: '{i} von {n}',
      failed: 'Dieses Video kann nicht abgespielt werden.',
      retry: 'Erneut versuchen',
      captions: 'Untertitel',
      dialog: 'Video: {title}',
    },
    kinds: ['Werbung', 'Kaufberatung', 'Testbericht', 'Unboxing', 'Anleitung', 'Geschichte', 'Rezept', 'Video'],
  },
  {
    words: {
      language: 'fr',
      direction: 'ltr',
      watch: 'Voir la vidéo',
      watch_many: 'Voir les {n} vidéos',
      close: 'Fermer',
      next: 'Vidéo suivante',
      previous: 'Vidéo précédente',
      of: '{i} sur {n}',
      failed: 'Impossible de lire cette vidéo.',
      retry: 'Réessayer',
      captions: 'Sous-titres',
      dialog: 'Vidéo : {title}',
    },
    kinds: ['Publicité', 'Guide d’achat', 'Avis', 'Déballage', 'Mode d’emploi', 'Histoire', 'Recette', 'Vidéo'],
  },
];

/** The words in the first of the shopper's languages that has them, else the shop's first, else English. */
export function textsFor(wishes: string[], shop: string[], kinds: Set<string>) {
  const texts = [...wishes, ...shop].map(textsIn).find(Boolean) ?? textsIn('en')!;
  const named = KINDS.flatMap((kind, at) => (kinds.has(kind) ? [[kind, texts.kinds[at]]] : []));
  return { ...texts.words, kinds: Object.fromEntries(named) };
}

const textsIn = (tag: string) => TEXTS.find(({ words }) => words.language === tag.split('-')[0]);
