//! What others wrote, as answers, reports and logs quote it.
//!
//! A code, a tag or a cell may hold what a terminal obeys (control characters), what turns a line around (the bidirectional
//! overrides, CVE-2021-42574) or what nobody sees (zero-width characters): quoted as it is, it would hide what is wrong
//! with it, or forge a line of the report. It is written out as in Rust's source: `\u{202e}`.

use std::borrow::Cow;

/// At most forty letters of what was written, all of them to be seen.
///
/// ```
/// use shelfreel_matching::quote::shorten;
/// assert_eq!(shorten("871010\u{202E}3937746"), r"871010\u{202e}3937746");
/// assert_eq!(shorten(&"7".repeat(41)), format!("{}…", "7".repeat(40)));
/// ```
#[must_use]
pub fn shorten(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        None => visible(text).into_owned(),
        Some((end, _)) => {
            let head = text.get(..end).unwrap_or_default();
            [&visible(head), "…"].concat()
        }
    }
}

/// The text with all that cannot be seen written out.
///
/// ```
/// use shelfreel_matching::quote::visible;
/// assert_eq!(visible("Kärcher K 2"), "Kärcher K 2");
/// assert_eq!(visible("a\u{1B}[2Jb\n"), r"a\u{1b}[2Jb\n");
/// ```
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unseen) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_unseen(letter) {
            out.extend(letter.escape_default());
        } else {
            out.push(letter);
        }
    }
    out.into()
}

/// Control characters, and what Unicode calls default ignorable or formatting: marks of direction, joiners, line
/// separators, annotations, tags.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{AD}'
                | '\u{61C}'
                | '\u{180E}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}
