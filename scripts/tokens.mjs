// Bearer tokens of the studio, as it keeps them: their digests alone (studio/src/tenant.rs). For this machine; elsewhere `shelfreel token` makes them.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** One for each brand, and for `operator`, by name. */
export const newTokens = (names) => Object.fromEntries(names.map((name) => [name, `sfr_${randomBytes(32).toString('base64url')}`]));

/** Those that a file holds, with new ones for who has none; by chance, and the same from start to start. */
export function keptTokens(file, names) {
  const held = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const tokens = { ...newTokens(names), ...held };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(tokens, null, 2)}\n`, { mode: 0o600 });
  return tokens;
}

/** Makes them valid, by the front door on this machine. */
export async function giveTokens(port, tokens) {
  const pairs = Object.entries(tokens).map(([name, token]) => ({
    key: `token:${createHash('sha256').update(token).digest('hex')}`,
    value: JSON.stringify({ v: 1, ...(name === 'operator' ? { operator: true } : { brand: name }) }),
  }));
  const { status } = await fetch(`http://127.0.0.1:${port}/client/v4/accounts/local/storage/kv/namespaces/CATALOG/bulk`, { method: 'PUT', body: JSON.stringify(pairs) });
  if (status !== 200) throw new Error(`the studio's tokens were not taken: ${status}`);
}
