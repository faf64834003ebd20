//! The words of the user interface, in the languages there are.

use crate::{Kind, Language, json};

/// The words of one language.
#[derive(Debug)]
pub struct Texts {
    /// Its tag.
    pub language: &'static str,
    /// The fields that every answer has, as JSON without braces.
    fields: &'static str,
    /// The names of the kinds, in the order of [`Kind::ALL`].
    kinds: [&'static str; 8],
}

const DUTCH: Texts = Texts {
    language: "nl",
    fields: r#""language":"nl","direction":"ltr","watch":"Bekijk video","watch_many":"Bekijk {n} video’s","close":"Sluiten","next":"Volgende video","previous":"Vorige video","of":"{i} van {n}","failed":"Deze video kan niet worden afgespeeld.","retry":"Opnieuw proberen","captions":"Ondertiteling","dialog":"Video: {title}""#,
    kinds: [
        "Reclame",
        "Keuzehulp",
        "Review",
        "Unboxing",
        "Uitleg",
        "Verhaal",
        "Recept",
        "Video",
    ],
};

const ENGLISH: Texts = Texts {
    language: "en",
    fields: r#""language":"en","direction":"ltr","watch":"Watch video","watch_many":"Watch {n} videos","close":"Close","next":"Next video","previous":"Previous video","of":"{i} of {n}","failed":"This video cannot be played.","retry":"Try again","captions":"Captions","dialog":"Video: {title}""#,
    kinds: [
        "Commercial",
        "Buying guide",
        "Review",
        "Unboxing",
        "How to",
        "Story",
        "Recipe",
        "Video",
    ],
};

const GERMAN: Texts = Texts {
    language: "de",
    fields: r#""language":"de","direction":"ltr","watch":"Video ansehen","watch_many":"{n} Videos ansehen","close":"Schließen","next":"Nächstes Video","previous":"Vorheriges Video","of":"{i} von {n}","failed":"Dieses Video kann nicht abgespielt werden.","retry":"Erneut versuchen","captions":"Untertitel","dialog":"Video: {title}""#,
    kinds: [
        "Werbung",
        "Kaufberatung",
        "Testbericht",
        "Unboxing",
        "Anleitung",
        "Geschichte",
        "Rezept",
        "Video",
    ],
};

const FRENCH: Texts = Texts {
    language: "fr",
    fields: r#""language":"fr","direction":"ltr","watch":"Voir la vidéo","watch_many":"Voir les {n} vidéos","close":"Fermer","next":"Vidéo suivante","previous":"Vidéo précédente","of":"{i} sur {n}","failed":"Impossible de lire cette vidéo.","retry":"Réessayer","captions":"Sous-titres","dialog":"Vidéo : {title}""#,
    kinds: [
        "Publicité",
        "Guide d’achat",
        "Avis",
        "Déballage",
        "Mode d’emploi",
        "Histoire",
        "Recette",
        "Vidéo",
    ],
};

/// The languages there are.
pub const ALL: [&Texts; 4] = [&DUTCH, &ENGLISH, &GERMAN, &FRENCH];

impl Texts {
    /// The words in the first of the shopper's languages that has them, else the shop's first, else English.
    #[must_use]
    pub fn for_shopper(wishes: &[Language], shop: &[Language]) -> &'static Self {
        wishes
            .iter()
            .chain(shop)
            .find_map(|wish| {
                ALL.into_iter()
                    .find(|texts| texts.language == wish.primary())
            })
            .unwrap_or(&ENGLISH)
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
