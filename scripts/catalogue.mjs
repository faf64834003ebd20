// The KV namespace that edge and studio share. Their configs leave its id out, so that on every machine the binding's name stands for it; deployed so, wrangler would make one for
// each worker, and what the operator's tool writes into one the other would not see.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Told, root } from './lib.mjs';

/** What wrangler called it when it made it for the edge alone: a namespace of then is found again. */
export const TITLE = 'shelfreel-edge-catalog';

/** The namespace's id; `list` prints all as wrangler does, `create` makes it. */
export async function namespaceId({ list, create }) {
  const find = async () => JSON.parse(await list()).find(({ title }) => title === TITLE)?.id;
  const there = await find();
  if (there) return there;
  await create();
  const made = await find();
  if (!made) throw new Told(`the KV namespace ${TITLE} was made and is not in the list of namespaces: run the deploy again`);
  return made;
}

/** A config's text with the namespace's id in the binding CATALOG; an id that an operator wrote there stays. */
export function withNamespace(config, id, text = readFileSync(join(root, config), 'utf8')) {
  const table = /^\[\[kv_namespaces\]\]\n(?:(?!\[).*\n)*?binding = "CATALOG"\n(?:(?!\[).*(?:\n|$))*/m;
  const [found] = table.exec(text) ?? [];
  if (!found) throw new Told(`${config} has no KV namespace with the binding CATALOG`);
  if (/^id = /m.test(found)) return text;
  return text.replace(found, found.replace('binding = "CATALOG"\n', `binding = "CATALOG"\nid = ${JSON.stringify(id)}\n`));
}
