//! How near two languages are, by CLDR.
//!
//! The rules and the algorithm are those of Unicode Technical Standard 35, "Enhanced Language Matching": both tags are
//! completed with their likely subtags, then the distances of region, script and language are added, each from the first
//! rule that fits. The data is CLDR's (`data/language-matching.txt`, made by `data/extract.mjs`), read when it is first
//! needed.
//!
//! Two crates were looked at first: `icu_locale` has no matcher yet, and `language-matcher` 0.2.2 does not write out the
//! Americas, so that for it Mexico is as near to Spain as to Argentina.

use std::collections::HashMap;
use std::sync::OnceLock;

use icu_locale::LanguageIdentifier;
use icu_locale::subtags::{Language, Region, Script};

/// A language with its likely script and region, where CLDR knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Likely {
    pub(crate) language: Language,
    pub(crate) script: Option<Script>,
    pub(crate) region: Option<Region>,
}

impl Likely {
    pub(crate) fn of(id: &LanguageIdentifier) -> Self {
        Self {
            language: id.language,
            script: id.script,
            region: id.region,
        }
    }
}

/// Distances from here on mean that readers of the one cannot be expected to understand the other: CLDR's distance
/// between scripts that have nothing to do with each other, which ICU too uses as its limit.
const TOO_FAR: u16 = 50;

/// How far the film's language is from the wish: tenths of CLDR's distance, less one for the locales that CLDR prefers
/// among equals. None when it is too far.
pub(crate) fn distance(wish: Likely, film: Likely) -> Option<u16> {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES
        .get_or_init(|| Rules::parse(include_str!("../data/language-matching.txt")))
        .distance(wish, film)
}

#[derive(Default)]
struct Rules {
    languages: HashMap<(&'static str, &'static str), u16>,
    scripts: Vec<Rule>,
    regions: Vec<Rule>,
    variables: HashMap<&'static str, Vec<&'static str>>,
    paradigms: Vec<Likely>,
}

/// One line of the data: two patterns of as many subtags, and the distance.
struct Rule {
    desired: Vec<&'static str>,
    supported: Vec<&'static str>,
    distance: u16,
    oneway: bool,
}

impl Rules {
    fn parse(data: &'static str) -> Self {
        let mut rules = Self::default();
        for line in data.lines() {
            rules.read(line);
        }
        rules
    }

    fn read(&mut self, line: &'static str) {
        let mut words = line.split(' ');
        match words.next() {
            None | Some("" | "#") => {}
            Some("paradigm") => self.paradigms = words.filter_map(paradigm).collect(),
            Some(name) if name.starts_with('$') => {
                self.variables.insert(name, words.collect());
            }
            Some(desired) => self.rule(desired, words),
        }
    }

    fn rule(&mut self, desired: &'static str, mut words: std::str::Split<'static, char>) {
        let (Some(supported), Some(Ok(distance))) = (words.next(), words.next().map(str::parse))
        else {
            return;
        };
        let rule = Rule {
            desired: desired.split('-').collect(),
            supported: supported.split('-').collect(),
            distance,
            oneway: words.next() == Some("oneway"),
        };
        match rule.desired.len() {
            1 => {
                self.languages
                    .entry((desired, supported))
                    .or_insert(distance);
                if !rule.oneway {
                    self.languages
                        .entry((supported, desired))
                        .or_insert(distance);
                }
            }
            2 => self.scripts.push(rule),
            _ => self.regions.push(rule),
        }
    }

    fn distance(&self, wish: Likely, film: Likely) -> Option<u16> {
        let language = self.language(wish.language.as_str(), film.language.as_str())?;
        let script = if wish.script == film.script {
            0
        } else {
            self.first(&self.scripts, &wish, &film)?
        };
        let region = if wish.region == film.region {
            0
        } else {
            self.first(&self.regions, &wish, &film)?
        };
        let distance = language.checked_add(script)?.checked_add(region)?;
        let preferred = u16::from(self.paradigms.contains(&film));
        (distance < TOO_FAR).then(|| distance.saturating_mul(10).saturating_sub(preferred))
    }

    fn language(&self, wish: &str, film: &str) -> Option<u16> {
        if wish == film {
            return Some(0);
        }
        self.languages.get(&(wish, film)).copied()
    }

    fn first(&self, rules: &[Rule], wish: &Likely, film: &Likely) -> Option<u16> {
        rules
            .iter()
            .find(|rule| {
                self.fits(&rule.desired, wish) && self.fits(&rule.supported, film)
                    || !rule.oneway
                        && self.fits(&rule.desired, film)
                        && self.fits(&rule.supported, wish)
            })
            .map(|rule| rule.distance)
    }

    fn fits(&self, pattern: &[&str], language: &Likely) -> bool {
        let script = language
            .script
            .as_ref()
            .map_or("", |script| script.as_str());
        let region = language
            .region
            .as_ref()
            .map_or("", |region| region.as_str());
        pattern
            .iter()
            .zip([language.language.as_str(), script, region])
            .all(|(pattern, subtag)| self.subtag_fits(pattern, subtag))
    }

    fn subtag_fits(&self, pattern: &str, subtag: &str) -> bool {
        if pattern == "*" {
            return true;
        }
        let Some(variable) = pattern.strip_prefix('$') else {
            return pattern == subtag;
        };
        let (name, wanted) = match variable.strip_prefix('!') {
            Some(name) => (name, false),
            None => (variable, true),
        };
        let listed = self.variables.iter().any(|(variable, regions)| {
            variable.strip_prefix('$') == Some(name) && regions.contains(&subtag)
        });
        listed == wanted
    }
}

fn paradigm(tag: &str) -> Option<Likely> {
    Some(crate::language::likely(
        &LanguageIdentifier::try_from_str(tag).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(wish: &str, film: &str) -> Option<u16> {
        let likely =
            |tag: &str| crate::language::likely(&LanguageIdentifier::try_from_str(tag).unwrap());
        distance(likely(wish), likely(film))
    }

    #[derive(serde::Deserialize)]
    struct Oracle {
        languages: Vec<String>,
        distances: Vec<Vec<Option<u16>>>,
    }

    /// `tests/oracles/language.cpp` asks ICU 72, which has CLDR 42. Since then Afrikaans reads English before Dutch, and
    /// Ukrainian no longer Russian.
    fn has_changed_since_icu_72(wish: &str, film: &str) -> bool {
        wish == "af" && (film.starts_with("nl") || film.starts_with("en"))
            || wish == "uk" && film == "ru"
    }

    #[test]
    fn distances_are_those_of_icu() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/fixtures/language-distances.json"
        );
        let oracle: Oracle = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut different = Vec::new();
        for (wish, row) in oracle.languages.iter().zip(&oracle.distances) {
            for (film, right) in oracle.languages.iter().zip(row) {
                let found = between(wish, film).map(|distance| distance.div_ceil(10));
                if found != *right && !has_changed_since_icu_72(wish, film) {
                    different.push(format!("{wish} {film}: {found:?}, ICU has {right:?}"));
                }
            }
        }
        assert_eq!(different, Vec::<String>::new());
    }

    #[test]
    fn a_distance_of_fifty_is_too_far_and_a_preferred_locale_is_nearer_by_a_tenth() {
        assert_eq!(between("az-Cyrl", "az-Latn"), None);
        assert_eq!(between("en-NZ", "en-AU"), Some(40));
        assert_eq!(between("en-NZ", "en-GB"), Some(29));
        assert_eq!(between("en-GB", "en-GB"), Some(0));
    }
}
