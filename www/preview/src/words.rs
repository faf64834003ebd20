//! The edge's reasons in words: what `why` means, and what would mend it. The reasons are those of `docs/wire.md`.

/// A reason in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Explained {
    /// What is the case, in a few words.
    pub(crate) title: &'static str,
    /// What would mend it.
    pub(crate) mend: &'static str,
}

/// Why a product, a code or a whole look-up has no video. A reason that is not known yet is shown as it came.
pub(crate) fn reason(why: &str) -> Explained {
    let (title, mend) = match why {
        "shop_excluded" => (
            "This shop may not show it",
            "There are videos, but the brand has left this shop out, or named the shops that may show them.",
        ),
        "not_yet" => (
            "Not yet",
            "There is a video whose first day is still to come.",
        ),
        "no_longer" => ("No longer", "There was a video; its last day has passed."),
        "not_in_market" => (
            "Not in this market",
            "There is a video for other countries. Try another market, or publish it here.",
        ),
        "age_restricted" => (
            "For older viewers",
            "There is a video, rated above the age to which this shop shows.",
        ),
        "no_kind" => (
            "Not of this kind",
            "There are videos for this product, of other kinds.",
        ),
        "no_language" => (
            "Not in this language",
            "There are videos for this product, in languages nobody asked for.",
        ),
        "no_video" => (
            "No video for this product",
            "The code is right; nothing has been published for it.",
        ),
        "restricted_code" => (
            "Not a worldwide code",
            "Codes in this range are only unique inside one shop or region. Use the number the brand gave the product.",
        ),
        "gtin_check_digit" => (
            "The check digit is wrong",
            "One of the digits was mistyped.",
        ),
        "gtin_length" => (
            "Too few or too many digits",
            "A GTIN has 8, 12, 13 or 14 digits.",
        ),
        "gtin_zero" => ("Only zeros", "This is a placeholder, not a product's code."),
        "gtin_characters" => ("Not only digits", "A GTIN has digits only."),
        "gtin_indicator" => (
            "Goods sold by weight",
            "A GTIN-14 that begins with 9 numbers goods by weight, not one product.",
        ),
        "mpn_brand" => (
            "No brand",
            "A part number says nothing without its brand: fill in both.",
        ),
        "code_empty" => ("No code", "There is nothing to look for in this code."),
        "code_length" => (
            "The code is too long",
            "No product's code is as long as this.",
        ),
        "code_type" => ("Unknown type of code", "Codes are gtin, mpn or sku."),
        "too_many_codes" => (
            "Too many codes",
            "A product has at most four codes; take some out.",
        ),
        "unknown_shop" => (
            "Unknown shop",
            "No shop has this id. It stands in the tag that the shop was given.",
        ),
        "origin_not_registered" => (
            "This page is not registered",
            "The shop exists, but pages of this address may not ask in its name.",
        ),
        "unavailable" => (
            "The edge has no answer now",
            "Its stores are out of reach. The page stays as it is; try again in a moment.",
        ),
        _ => (
            "No video",
            "The edge gave a reason that this page does not know yet.",
        ),
    };
    Explained { title, mend }
}

/// How a video's language came to fit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fit<'a> {
    /// The rule, as the wire names it.
    pub(crate) rule: &'a str,
    /// What is spoken.
    pub(crate) spoken: &'a str,
    /// The wish that it serves.
    pub(crate) wish: Option<&'a str>,
    /// Whether the look-up asked for that wish; else it comes from the shop's own list.
    pub(crate) asked: bool,
    /// Whether there are captions in just that language.
    pub(crate) captioned: bool,
}

/// By which rule a video's language fits. `name` gives a language's name in English.
pub(crate) fn language_rule(fit: Fit<'_>, name: &dyn Fn(&str) -> String) -> String {
    let spoken = name(fit.spoken);
    let wished = fit.wish.map(name).unwrap_or_default();
    match fit.rule {
        "no_speech" => "without speech, so that it suits every language".to_owned(),
        "shop" => {
            format!("spoken in {spoken}, from the shop’s own list, since no wish could be met")
        }
        "same" | "broader" | "near" if !fit.asked => {
            format!("spoken in {spoken}, from the shop’s own list, since no language was asked for")
        }
        "same" => format!("spoken in {spoken}, as asked for"),
        "broader" => format!("spoken in {spoken}, which {wished} is a form of"),
        "near" => format!("spoken in {spoken}, which who asks for {wished} understands"),
        "captions" if fit.captioned => format!("spoken in {spoken}, with captions in {wished}"),
        "captions" => {
            format!("spoken in {spoken}, with captions that who asks for {wished} can read")
        }
        other => format!("spoken in {spoken} ({other})"),
    }
}

/// What a canonical code is, in words: `gtin:09524710000125` is "GTIN 9524710000125".
pub(crate) fn code(code: &str) -> String {
    match code.split_once(':') {
        Some(("gtin", digits)) => format!("GTIN {}", shortest_gtin(digits)),
        Some(("mpn", rest)) => {
            let (brand, part) = rest.split_once(':').unwrap_or(("", rest));
            format!("brand {brand} and part number {part}")
        }
        Some(("sku", rest)) => {
            let (_, sku) = rest.split_once(':').unwrap_or(("", rest));
            format!("the shop’s own number {sku}")
        }
        _ => code.to_owned(),
    }
}

/// A GTIN in the shortest length it was given out in: 8, 12, 13 or 14 digits.
fn shortest_gtin(digits: &str) -> String {
    let significant = digits.trim_start_matches('0');
    let length = match significant.len() {
        0..=8 => 8,
        9..=12 => 12,
        13 => 13,
        _ => return digits.to_owned(),
    };
    format!("{significant:0>length$}")
}

/// What the edge says of a code as a sentence: a full stop at the end, and a capital, unless it begins with the code.
pub(crate) fn sentence(code: &str, say: &str) -> String {
    let written = code.rsplit(':').next().unwrap_or_default();
    let stop = if say.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    let mut letters = say.chars();
    match letters.next() {
        Some(first) if say.split(' ').next() != Some(written) => {
            let capital: String = first.to_uppercase().collect();
            format!("{capital}{}{stop}", letters.as_str())
        }
        _ => format!("{say}{stop}"),
    }
}

/// A length of time as people read it.
pub(crate) fn duration(ms: f64) -> String {
    let seconds = (ms / 1000.0).round();
    if seconds < 60.0 {
        format!("{seconds} s")
    } else {
        format!("{}:{:02} min", (seconds / 60.0).floor(), seconds % 60.0)
    }
}

/// A count with its noun.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {many}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reasons in the words of the contract, read from its document.
    fn reasons_of_the_wire() -> Vec<String> {
        let wire = include_str!("../../../docs/wire.md");
        let (_, from) = wire
            .split_once("from the furthest to the least far")
            .unwrap();
        let (reasons, _) = from.split_once("(stores out of reach").unwrap();
        reasons
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn every_reason_of_the_wire_has_words_of_its_own() {
        let reasons = reasons_of_the_wire();
        assert!(reasons.len() > 15);
        let unknown = reason("a reason of tomorrow");
        for name in &reasons {
            assert_ne!(reason(name), unknown, "{name} has no words");
        }
    }

    #[test]
    fn a_gtin_is_shown_in_the_length_it_was_given_out_in() {
        assert_eq!(code("gtin:09524710000125"), "GTIN 9524710000125");
        assert_eq!(code("gtin:00614141003013"), "GTIN 614141003013");
        assert_eq!(code("gtin:00000095273013"), "GTIN 95273013");
        assert_eq!(code("gtin:19524740000192"), "GTIN 19524740000192");
        assert_eq!(code("gtin:00000000001236"), "GTIN 00001236");
    }

    #[test]
    fn part_numbers_and_own_numbers_are_told_apart() {
        assert_eq!(
            code("mpn:kenwick:gk2b"),
            "brand kenwick and part number gk2b"
        );
        assert_eq!(code("sku:shop_demo:A:1"), "the shop’s own number A:1");
    }

    fn say(rule: &str, asked: bool, captioned: bool) -> String {
        let fit = Fit {
            rule,
            spoken: "en",
            wish: Some("nl"),
            asked,
            captioned,
        };
        language_rule(fit, &|tag| format!("<{tag}>"))
    }

    #[test]
    fn captions_are_said_to_be_in_a_language_only_where_they_are() {
        assert_eq!(
            say("captions", true, true),
            "spoken in <en>, with captions in <nl>"
        );
        assert_eq!(
            say("captions", true, false),
            "spoken in <en>, with captions that who asks for <nl> can read"
        );
    }

    #[test]
    fn nothing_is_said_to_be_asked_for_that_nobody_asked_for() {
        assert_eq!(say("same", true, false), "spoken in <en>, as asked for");
        assert!(say("same", false, false).ends_with("since no language was asked for"));
    }

    #[test]
    fn a_code_keeps_its_spelling_at_the_beginning_of_a_sentence() {
        assert_eq!(sentence("gtin:abc", "abc has letters"), "abc has letters.");
        assert_eq!(
            sentence("gtin:1", "the check digit of 1"),
            "The check digit of 1."
        );
    }

    #[test]
    fn lengths_of_time_are_in_seconds_or_minutes() {
        assert_eq!(duration(10_200.0), "10 s");
        assert_eq!(duration(125_000.0), "2:05 min");
    }
}
