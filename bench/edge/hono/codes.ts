// Product codes: from what a page writes to the key in KV, or why not.

export interface Code {
  /** As the answer names it. */
  code: string;
  /** The key in KV. */
  key?: string;
  why?: string;
  say?: string;
}

/** A product's codes, joined by `|`; at most four. */
export function readProduct(product: string, shop: string): Code[] {
  return product.split('|').slice(0, 4).map((written) => readCode(written, shop));
}

function readCode(written: string, shop: string): Code {
  const colon = written.indexOf(':');
  const type = colon < 0 ? 'gtin' : written.slice(0, colon).toLowerCase();
  const rest = colon < 0 ? written : written.slice(colon + 1);
  switch (type) {
    case 'gtin':
      return readGtin(rest, written);
    case 'mpn': {
      const [brand, part] = rest.split(':', 2).map(unescape);
      if (!brand || !part) return { code: written, why: 'mpn_brand', say: `${written} has no brand: write mpn:BRAND:PART` };
      return found(`mpn:${fold(brand)}:${fold(part)}`);
    }
    case 'sku':
      return found(`sku:${shop}:${unescape(rest).trim()}`);
    default:
      return { code: written, why: 'code_type', say: `${written} is of no known type: write gtin:, mpn:BRAND: or sku: before a code` };
  }
}

const found = (key: string): Code => ({ code: key, key });

const PLAIN = /^\d{8,14}$/;
const RESTRICTED = /^.(02|04|05|2|98|99)/;

function readGtin(text: string, written: string): Code {
  const digits = PLAIN.test(text) ? text : text.replace(/[\s\-._]/g, '');
  const fail = (why: string, say: string): Code => ({ code: written, why, say });
  if (!/^\d*$/.test(digits)) return fail('gtin_characters', `${text} has letters in it: a GTIN has digits only`);
  if (/^0+$/.test(digits)) return fail('gtin_zero', `${digits} is all zeros`);
  if (![8, 12, 13, 14].includes(digits.length)) {
    return fail('gtin_length', `${digits} has ${digits.length} digits: a GTIN has 8, 12, 13 or 14`);
  }
  const right = checkDigit(digits);
  const last = digits[digits.length - 1];
  if (last !== right) return fail('gtin_check_digit', `the check digit of ${digits} should be ${right}, not ${last}`);
  const canonical = digits.padStart(14, '0');
  if (RESTRICTED.test(canonical)) return fail('restricted_code', `${digits} does not name one product everywhere`);
  return found(`gtin:${canonical}`);
}

function checkDigit(digits: string): string {
  let sum = 0;
  let weight = 3;
  for (let at = digits.length - 2; at >= 0; at--) {
    sum += (digits.charCodeAt(at) - 48) * weight;
    weight = 4 - weight;
  }
  return String((10 - (sum % 10)) % 10);
}

const fold = (text: string) => text.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

const unescape = (text: string) => (text.includes('%') ? decodeURIComponent(text) : text);
