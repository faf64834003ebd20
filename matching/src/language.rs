//! Languages as pages, feeds and shoppers name them, and the order in which a shopper is served.
//!
//! A tag is one of BCP 47 (RFC 5646), canonicalised by the rules of CLDR: case, deprecated and three-letter codes
//! (`iw` is `he`, `DEU` is `de`), extended languages (`zh-yue` is `yue`). Extensions (`-u-…`, `-x-…`) say nothing about
//! what is spoken and are left out.
//!
//! The order of a film for a shopper with several wishes: for each wish in turn the same tag, a broader one (`nl-BE` →
//! `nl`, by cutting off subtags as RFC 4647 does), a near one that its readers understand (by CLDR's distance); then a
//! film without speech (`zxx`); then other speech with captions in a wished language; then the shop's own list. A
//! language that neither the shopper nor the shop asked for is never served.
//!
//! Cutting off subtags may drop a script (`zh-Hant` → `zh`): that is right here, since what is heard has no script.

use std::cmp::Ordering;

use icu_locale::{LanguageIdentifier, Locale, LocaleCanonicalizer, LocaleExpander};

use crate::Market;
use crate::near::{self, Likely};
use crate::quote::shorten;

thread_local! {
    static CANONICALIZER: LocaleCanonicalizer<LocaleExpander> = const { LocaleCanonicalizer::new_extended() };
    static EXPANDER: LocaleExpander = const { LocaleExpander::new_extended() };
}

/// A canonical language tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language {
    tag: Box<str>,
    likely: Likely,
}

/// Why a text names no language. Each message says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLanguage {
    /// Nothing is there.
    #[error("the language is empty")]
    Empty,
    /// A country's code.
    #[error("{text} is a country, not a language: write {right}")]
    Country {
        /// The text as given.
        text: String,
        /// The language most people there speak, with the country.
        right: String,
    },
    /// Not the form of a tag, or a language that does not exist.
    #[error(
        "{text} is no language tag: write nl for Dutch, en-GB for British English, zxx for no speech"
    )]
    Malformed {
        /// The text as given, shortened.
        text: String,
    },
    /// A tag that says that the language is unknown.
    #[error("{text} says that the language is unknown: write the language, or zxx for no speech")]
    Undetermined {
        /// The text as given.
        text: String,
    },
}

impl Language {
    /// Reads and canonicalises a tag. `_` is taken for `-`, as in the locale names of operating systems.
    ///
    /// # Errors
    /// [`BadLanguage`] says what would be right.
    ///
    /// ```
    /// use shelfreel_matching::Language;
    /// assert_eq!(Language::parse("nl_be").unwrap().as_str(), "nl-BE");
    /// assert_eq!(Language::parse("iw").unwrap().as_str(), "he");
    /// assert_eq!(Language::parse("MX").unwrap_err().to_string(), "MX is a country, not a language: write es-MX");
    /// ```
    pub fn parse(text: &str) -> Result<Self, BadLanguage> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadLanguage::Empty);
        }
        let malformed = || BadLanguage::Malformed {
            text: shorten(text),
        };
        let hyphens = text.replace('_', "-");
        let mut locale = parse_locale(&hyphens).ok_or_else(malformed)?;
        CANONICALIZER.with(|canonicalizer| canonicalizer.canonicalize(&mut locale));
        let id = locale.id;
        if id.language.is_unknown() {
            return Err(BadLanguage::Undetermined {
                text: shorten(text),
            });
        }
        let likely = likely(&id);
        match id.language.as_str().len() {
            2 if likely.region.is_none() || likely.script.is_none() => {
                Err(country(text).unwrap_or_else(malformed))
            }
            2 | 3 => Ok(Self {
                tag: id.to_string().into_boxed_str(),
                likely,
            }),
            _ => Err(malformed()),
        }
    }

    /// The tag, in its canonical form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.tag
    }

    /// Whether this is the tag of films without speech.
    #[must_use]
    pub fn is_no_speech(&self) -> bool {
        &*self.tag == NO_SPEECH
    }

    /// Its first subtag, the language without region and script.
    #[must_use]
    pub fn primary(&self) -> &str {
        self.tag.split('-').next().unwrap_or_default()
    }

    /// The script in which it is likely to be read: `Hant` for `zh-TW`.
    #[must_use]
    pub(crate) fn script(&self) -> Option<icu_locale::subtags::Script> {
        self.likely.script
    }

    /// A country whose code is spelled as this whole tag and which speaks something else: `SE` is Northern Sami, where
    /// Sweden would be `sv-SE`.
    #[must_use]
    pub(crate) fn country_in_disguise(&self) -> Option<String> {
        let market = Market::parse(&self.tag)?;
        let right = spoken_in(market)?;
        (right.primary() != self.primary()).then(|| right.tag.into())
    }

    /// How a wish for this language is served by `film`.
    fn fit(&self, film: &Self) -> Option<(Rule, u16)> {
        if self.tag == film.tag {
            return Some((Rule::Same, 0));
        }
        if let Some(rest) = self.tag.strip_prefix(&*film.tag)
            && rest.starts_with('-')
        {
            return Some((Rule::Broader, u16::try_from(rest.len()).unwrap_or(u16::MAX)));
        }
        near::distance(self.likely, film.likely).map(|distance| (Rule::Near, distance))
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.tag)
    }
}

/// The tag of films without speech (ISO 639-2: no linguistic content).
pub const NO_SPEECH: &str = "zxx";

fn parse_locale(text: &str) -> Option<Locale> {
    let parsed = Locale::try_from_str(text).ok();
    parsed.or_else(|| Locale::try_from_str(&without_extended(text)?).ok())
}

/// `zh-yue-HK` → `yue-HK`: an extended language is also a language of its own (RFC 5646, section 4.5).
fn without_extended(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('-')?;
    let extended = rest.split('-').next()?;
    (extended.len() == 3 && extended.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .then(|| rest.to_owned())
}

pub(crate) fn likely(id: &LanguageIdentifier) -> Likely {
    let mut id = id.clone();
    EXPANDER.with(|expander| expander.maximize(&mut id));
    Likely::of(&id)
}

fn country(text: &str) -> Option<BadLanguage> {
    Some(BadLanguage::Country {
        text: text.to_owned(),
        right: spoken_in(Market::parse(text)?)?.to_string(),
    })
}

/// The language that most people of a country speak, with the country. CLDR lists none where it is English.
fn spoken_in(market: Market) -> Option<Language> {
    let id = LanguageIdentifier::try_from_str(&format!("und-{market}")).ok()?;
    let language = likely(&id).language;
    let language = if language.is_unknown() {
        "en"
    } else {
        language.as_str()
    };
    Language::parse(&format!("{language}-{market}")).ok()
}

/// By which rule a film's language serves a shopper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The wish's own tag.
    Same,
    /// The wish with subtags cut off.
    Broader,
    /// A language that the wish's readers understand.
    Near,
    /// A film without speech.
    NoSpeech,
    /// Other speech, captions in a wished language.
    Captions,
    /// A language of the shop's own list.
    Shop,
}

impl Rule {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Broader => "broader",
            Self::Near => "near",
            Self::NoSpeech => "no_speech",
            Self::Captions => "captions",
            Self::Shop => "shop",
        }
    }
}

/// How a film's language serves a shopper: the smaller, the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit<'a> {
    /// The rule that holds.
    pub rule: Rule,
    /// The wish that is served; none for a film without speech.
    pub wish: Option<&'a Language>,
    /// Spoken wish, no speech, captions, shop: which of these steps.
    step: u8,
    /// The place of the wish in its list.
    place: usize,
    /// How near the language is to the wish, by the rule and then by distance.
    nearness: (Rule, u16),
}

impl Fit<'_> {
    fn key(&self) -> (u8, usize, (Rule, u16)) {
        (self.step, self.place, self.nearness)
    }

    /// Which of two is better: the smaller.
    #[must_use]
    pub fn better(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// What may be heard: the shopper's wishes, and what the shop offers when they lead nowhere.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The shopper's wishes, the dearest first; without any, the shop's list takes their place.
    pub wishes: &'a [Language],
    /// The shop's own list, in order.
    pub shop: &'a [Language],
}

impl<'a> Wanted<'a> {
    /// How a film with this speech and these captions serves; none if it is in a language that nobody asked for.
    #[must_use]
    pub fn fit(&self, film: &Language, captions: &[Language]) -> Option<Fit<'a>> {
        let (wishes, fallback): (_, &[_]) = if self.wishes.is_empty() {
            (self.shop, &[])
        } else {
            (self.wishes, self.shop)
        };
        let spoken = Self::among(wishes, std::slice::from_ref(film), 0, None);
        if spoken.is_some() {
            return spoken;
        }
        if film.is_no_speech() {
            return Some(Fit {
                rule: Rule::NoSpeech,
                wish: self.wishes.first(),
                step: 1,
                place: 0,
                nearness: (Rule::NoSpeech, 0),
            });
        }
        Self::among(wishes, captions, 2, Some(Rule::Captions))
            .or_else(|| Self::among(fallback, std::slice::from_ref(film), 3, Some(Rule::Shop)))
    }

    /// The first wish that one of the languages serves, and the nearest of them; `rule` is what it is called when not by
    /// its nearness.
    fn among(
        wishes: &'a [Language],
        offered: &[Language],
        step: u8,
        rule: Option<Rule>,
    ) -> Option<Fit<'a>> {
        wishes.iter().enumerate().find_map(|(place, wish)| {
            let nearness = offered
                .iter()
                .filter_map(|language| wish.fit(language))
                .min()?;
            Some(Fit {
                rule: rule.unwrap_or(nearness.0),
                wish: Some(wish),
                step,
                place,
                nearness,
            })
        })
    }
}
