//! Manufacturers' part numbers, which every shop spells in its own way.
//!
//! `RX-78/2`, `rx 78 2` and `ＲＸ７８２` are one part. A brand and a part number are *folded*: Unicode normal form KC (full-width
//! letters become plain, ligatures come apart), lower case, then everything but letters and digits is taken out. The signs ™ and
//! ℠ go first: the normal form would write them out as letters. Two
//! spellings are the same part of the same brand when they fold to the same text.

use icu_normalizer::ComposingNormalizerBorrowed;

/// Folds a brand or a part number.
///
/// ```
/// use shelfreel_matching::mpn::fold;
/// assert_eq!(fold("RX-78/2"), "rx782");
/// assert_eq!(fold("ＲＸ ７８ ２"), "rx782");
/// assert_eq!(fold("Kärcher®"), "kärcher");
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
    }
    const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
    let without_marks: String = text.chars().filter(|letter| !is_mark(*letter)).collect();
    // Letter by letter: `str::to_lowercase` would make a Greek sigma depend on what follows it.
    let plain = NFKC.normalize(&without_marks);
    let lower: String = plain.chars().flat_map(char::to_lowercase).collect();
    let letters: String = NFKC
        .normalize(&lower)
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect();
    // Letters that stood apart may be one now that nothing is between them.
    NFKC.normalize(&letters).into_owned()
}

/// Signs that normal form KC turns into letters which nobody means.
fn is_mark(letter: char) -> bool {
    matches!(letter, '™' | '℠')
}
