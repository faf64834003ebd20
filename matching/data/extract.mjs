// Takes what `src/near.rs` needs out of Unicode's CLDR, as npm's `cldr-core` carries it:
//
//   npm pack cldr-core@48.2.0 && tar xzf cldr-core-48.2.0.tgz
//   node matching/data/extract.mjs package > matching/data/language-matching.txt
//
// Variables that name a region of several countries (019, the Americas) are written out as all that lies in it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('say where cldr-core is: node extract.mjs FOLDER');
const read = (name) => JSON.parse(readFileSync(join(folder, 'supplemental', name), 'utf8')).supplemental;
const matching = read('languageMatching.json');
const contains = read('territoryContainment.json').territoryContainment;

/** A region and all that lies in it: continents and groupings such as Latin America (419) as well as countries. */
const within = (region) => [region, ...[region, `${region}-status-grouping`].flatMap((name) => contains[name]?._contains ?? []).flatMap(within)];
const { paradigmLocales, matchVariables, languageMatch } = matching.languageMatching['written-new'];
const rules = languageMatch.map(({ _desired, _supported, _distance, _oneway }) =>
  [_desired, _supported, _distance, ...(_oneway ? ['oneway'] : [])].join(' ').replaceAll('_', '-'));

console.log(`# Language matching of CLDR ${matching.version._cldrVersion}, Unicode-3.0 licence (https://www.unicode.org/license.txt).`);
console.log('# Made by extract.mjs: desired, supported, distance, and whether it holds in one direction only.');
console.log(`paradigm ${paradigmLocales._locales.join(' ')}`);
for (const [name, { _value }] of Object.entries(matchVariables)) {
  const all = _value.split('+').flatMap(within);
  console.log(`${name} ${[...new Set(all)].sort().join(' ')}`);
}
for (const rule of rules) console.log(rule);
