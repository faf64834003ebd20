// The answer: for each product the films that may be shown, in order, each with why; or why there is none.
import type { Code } from './codes';
import { type Fit, fit } from './languages';
import type { Shop, Video } from './memory';
import { textsFor } from './texts';

export interface Ask {
  wishes: string[];
  kinds: string[];
  market?: string;
  shopId: string;
  shop: Shop;
  now: number;
}

/** From the furthest to the least far. */
const REASONS = [
  'shop_excluded', 'not_yet', 'no_longer', 'not_in_market', 'age_restricted', 'no_kind', 'no_language', 'no_video', 'restricted_code',
  'gtin_check_digit', 'gtin_length', 'gtin_zero', 'gtin_characters', 'mpn_brand', 'code_empty', 'code_type',
];

const SAY: Record<string, string> = {
  shop_excluded: 'the brand does not let this shop show it',
  not_yet: 'its publication date is still to come',
  no_longer: 'its publication has ended',
  not_in_market: 'it is published for other markets',
  age_restricted: 'it is rated for older viewers',
  no_kind: 'there are videos of other kinds only',
  no_language: 'there are videos in other languages only',
  no_video: 'nothing is published for it',
};

export function answer(products: Code[][], ask: Ask, record: (key: string) => Video[] | null) {
  const kinds = new Set<string>();
  const answered = products.map((codes) => product(codes, ask, record, kinds));
  return { v: 1, products: answered, ...(kinds.size > 0 && { texts: textsFor(ask.wishes, ask.shop.languages, kinds) }) };
}

function product(codes: Code[], ask: Ask, record: (key: string) => Video[] | null, kinds: Set<string>) {
  const failed: { code: string; why: string; say?: string }[] = [];
  const languages: string[] = [];
  for (const { code, key, why, say } of codes) {
    if (!key) {
      failed.push({ code, why: why!, say });
      continue;
    }
    const { videos, reason } = match(record(key) ?? [], ask, languages);
    if (videos.length > 0) {
      for (const { video } of videos) kinds.add(video.kind);
      return { videos: videos.map((shown) => shownVideo(shown, key)) };
    }
    failed.push({ code, why: reason, say: SAY[reason] });
  }
  const why = furthest(failed.map((one) => one.why));
  return { videos: [], why, codes: failed, ...(why === 'no_language' && { languages }) };
}

function shownVideo({ video, fit }: Shown, code: string) {
  const { id, brand, kind, language, show } = video;
  return { id, brand, kind, language, ...show, why: { code, language: fit.rule, wish: fit.wish } };
}

interface Shown {
  video: Video;
  fit: Fit;
  kind: number;
}

function match(record: Video[], ask: Ask, languages: string[]): { videos: Shown[]; reason: string } {
  const videos: Shown[] = [];
  const reasons: string[] = [];
  for (const video of record) {
    const served = fit(video, ask.wishes, ask.shop.languages);
    const refusal = refused(video, ask);
    if (!served) {
      reasons.push('no_language');
      if (!refusal && !languages.includes(video.language)) languages.push(video.language);
    } else if (refusal) {
      reasons.push(refusal);
    } else {
      videos.push({ video, fit: served, kind: ask.kinds.indexOf(video.kind) });
    }
  }
  videos.sort((a, b) => a.fit.rank - b.fit.rank || a.kind - b.kind);
  return { videos: videos.slice(0, 12), reason: furthest(reasons) };
}

function refused(video: Video, ask: Ask): string | undefined {
  if (ask.kinds.length > 0 && !ask.kinds.includes(video.kind)) return 'no_kind';
  if ((video.age ?? 0) > ask.shop.age) return 'age_restricted';
  if (video.markets?.length && !(ask.market && video.markets.includes(ask.market))) return 'not_in_market';
  if (video.until_ms && video.until_ms <= ask.now) return 'no_longer';
  if (video.from_ms && video.from_ms > ask.now) return 'not_yet';
  if (video.shops?.length && !video.shops.includes(ask.shopId)) return 'shop_excluded';
  if (video.not_shops?.includes(ask.shopId)) return 'shop_excluded';
  return undefined;
}

const furthest = (reasons: string[]) => REASONS.find((reason) => reasons.includes(reason)) ?? 'no_video';
