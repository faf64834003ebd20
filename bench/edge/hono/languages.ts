// Languages: what the shopper wishes, and how a film serves it.

const kept = new Map<string, string[]>();

/** The tags of `lang`, canonical, in order. The same few texts come again and again. */
export function wishesOf(text: string): string[] {
  let wishes = kept.get(text);
  if (!wishes) {
    wishes = [...new Set(text.split(',').slice(0, 8).flatMap(canonical))];
    if (kept.size >= 256) kept.clear();
    kept.set(text, wishes);
  }
  return wishes;
}

function canonical(tag: string): string[] {
  try {
    return Intl.getCanonicalLocales(tag.trim());
  } catch {
    return [];
  }
}

export interface Fit {
  rule: 'same' | 'broader' | 'no_speech' | 'captions' | 'shop';
  wish?: string;
  /** The smaller, the better. */
  rank: number;
}

/** For each wish the same tag, then a broader one; then no speech; then captions; then the shop's own list. */
export function fit(film: { language: string; captions?: string[] }, asked: string[], shop: string[]): Fit | undefined {
  const wishes = asked.length > 0 ? asked : shop;
  const spoken = among(wishes, film.language);
  if (spoken) return spoken;
  if (film.language === 'zxx') return { rule: 'no_speech', wish: asked[0], rank: 1e6 };
  const captioned = film.captions?.flatMap((caption) => among(wishes, caption) ?? []).sort((a, b) => a.rank - b.rank)[0];
  if (captioned) return { rule: 'captions', wish: captioned.wish, rank: 2e6 + captioned.rank };
  const offered = asked.length > 0 ? among(shop, film.language) : undefined;
  return offered && { rule: 'shop', wish: offered.wish, rank: 3e6 + offered.rank };
}

function among(wishes: string[], language: string): Fit | undefined {
  for (let place = 0; place < wishes.length; place++) {
    const wish = wishes[place];
    if (wish === language) return { rule: 'same', wish, rank: place * 1000 };
    if (wish.startsWith(language) && wish[language.length] === '-') {
      return { rule: 'broader', wish, rank: place * 1000 + wish.length - language.length };
    }
  }
  return undefined;
}
