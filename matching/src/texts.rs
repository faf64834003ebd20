//! The words of the user interface, in the languages there are: a file each in `matching/texts`, from which the build makes the table.

use crate::{Kind, Language, json};

/// The words of one language.
#[derive(Debug)]
pub struct Texts {
    /// Its tag: a language, or a language in a certain script.
    pub language: &'static str,
    /// The fields that every answer has, as JSON without braces.
    fields: &'static str,
    /// The names of the kinds, in the order of [`Kind::ALL`].
    kinds: [&'static str; 8],
}

/// The languages there are; a language in a certain script stands before the language alone.
pub const ALL: &[Texts] = include!(concat!(env!("OUT_DIR"), "/texts.rs"));

impl Texts {
    /// The words in the first of the shopper's languages that has them, else the shop's first, else English.
    #[must_use]
    pub fn for_shopper(wishes: &[Language], shop: &[Language]) -> &'static Self {
        wishes
            .iter()
            .chain(shop)
            .find_map(|wish| ALL.iter().find(|texts| texts.serves(wish)))
            .unwrap_or(ENGLISH)
    }

    /// Whether these are words for who wishes for a language: the same language, and the script in which it is likely to be read (`zh-TW` reads `zh-Hant`).
    fn serves(&self, wish: &Language) -> bool {
        match self.language.split_once('-') {
            Some((language, script)) => {
                wish.primary() == language
                    && wish.script().is_some_and(|its| its.as_str() == script)
            }
            None => wish.primary() == self.language,
        }
    }

    /// Writes them as JSON, with the names of the given kinds.
    pub(crate) fn write(&self, kinds: KindSet, out: &mut String) {
        out.push('{');
        out.push_str(self.fields);
        out.push_str(",\"kinds\":{");
        let mut first = true;
        for (kind, name) in Kind::ALL.into_iter().zip(self.kinds) {
            if kinds.has(kind) {
                if !first {
                    out.push(',');
                }
                first = false;
                json::field(out, kind.name(), name);
            }
        }
        out.push_str("}}");
    }
}

/// The words of those for whose languages there are none.
const ENGLISH: &Texts = {
    let mut place = 0;
    loop {
        #[expect(
            clippy::indexing_slicing,
            reason = "evaluated by the compiler: without English words nothing is built"
        )]
        let texts = &ALL[place];
        if matches!(texts.language.as_bytes(), b"en") {
            break texts;
        }
        place += 1;
    }
};

/// Which kinds occur in an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct KindSet(u8);

impl KindSet {
    pub(crate) fn add(&mut self, kind: Kind) {
        self.0 |= Self::bit(kind);
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn has(self, kind: Kind) -> bool {
        self.0 & Self::bit(kind) != 0
    }

    fn bit(kind: Kind) -> u8 {
        1 << kind as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_of(wish: &str) -> &'static str {
        Texts::for_shopper(&[Language::parse(wish).unwrap()], &[]).language
    }

    #[test]
    fn every_official_language_of_the_european_union_has_words() {
        for tag in [
            "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr", "hu", "it",
            "lt", "lv", "mt", "nl", "pl", "pt", "ro", "sk", "sl", "sv",
        ] {
            assert_eq!(words_of(tag), tag);
        }
    }

    #[test]
    fn chinese_is_written_as_its_readers_write_it() {
        for (wish, words) in [
            ("zh", "zh"),
            ("zh-CN", "zh"),
            ("zh-Hans-TW", "zh"),
            ("zh-TW", "zh-Hant"),
            ("zh-HK", "zh-Hant"),
            ("zh-Hant-CN", "zh-Hant"),
        ] {
            assert_eq!(words_of(wish), words, "{wish}");
        }
    }

    #[test]
    fn what_is_read_from_right_to_left_says_so() {
        let rtl = |texts: &&Texts| texts.fields.contains(r#""direction":"rtl""#);
        let mut tags: Vec<_> = ALL.iter().filter(rtl).map(|texts| texts.language).collect();
        tags.sort_unstable();
        assert_eq!(tags, ["ar", "he"]);
    }
}
