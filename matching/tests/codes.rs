//! Codes and tags as shops really write them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use shelfreel_matching::code::{self, BadCode};
use shelfreel_matching::gtin::{self, BadGtin, Mended};
use shelfreel_matching::look_up::Wishes;
use shelfreel_matching::{Language, LookUp, Market, Reason, mpn};

fn canonical(text: &str) -> String {
    gtin::read(text).map_or_else(
        |error| panic!("{text}: {error}"),
        |read| read.gtin.to_string(),
    )
}

#[test]
fn what_shops_put_around_a_gtin_is_taken_off() {
    for text in [
        "8710103937746",
        "08710103937746",
        " 8710103937746\t",
        "8 710103 937746",
        "8710103-937746",
        "8710103\u{A0}937746",
        "8.710103.937746",
        "'8710103937746",
        "\"8710103937746\"",
        "“8710103937746”",
        "=\"8710103937746\"",
        "８７１０１０３９３７７４６",
        "\u{FEFF}8710103937746",
        "8710103937746\u{200B}",
        "EAN: 8710103937746",
        "EAN 8710103937746",
        "EAN 8 710103 937746",
        "ean13 8710103937746",
        "EAN-13: 8710103937746",
        "EAN 13: 8710103937746",
        "EAN:8710103937746",
        "gtin=8710103937746",
        "GTIN13:8710103937746",
        "barcode #8710103937746",
        "*8710103937746*",
        "(8710103937746)",
        "8710103937746.0",
        "8710103937746,00",
    ] {
        assert_eq!(canonical(text), "08710103937746", "{text:?}");
    }
    assert_eq!(canonical("UPC-A: 036000291452"), "00036000291452");
    assert_eq!(canonical("UPC A 036000291452"), "00036000291452");
    assert_eq!(canonical("ISBN-10 0-306-40615-2"), "09780306406157");
    assert_eq!(canonical("ISBN 13: 978-0-306-40615-7"), "09780306406157");
    assert_eq!(canonical("080442957x"), "09780804429573");
    assert_eq!(canonical("96385074"), "00000096385074");
    assert_eq!(canonical("0000096385074"), "00000096385074");
    assert_eq!(canonical("UPC-E 04252614"), "00042100005264");
    assert_eq!(canonical("[8710103] 937746"), "08710103937746");
    assert_eq!(canonical("0-8044-2957-X"), "09780804429573");
}

#[test]
fn what_is_mended_is_said() {
    for (text, mended) in [
        ("8710103937746", None),
        ("18710103937743", None),
        ("36000291452", Some(Mended::LeadingZeros)),
        ("04252614", Some(Mended::UpcE)),
        ("0306406152", Some(Mended::Isbn10)),
        ("8710103937746.0", Some(Mended::Decimals)),
        ("8710103-937746", Some(Mended::Spelling)),
    ] {
        assert_eq!(gtin::read(text).unwrap().mended, mended, "{text}");
    }
    // Eight digits that are both: a UPC-E from 0 on, a GTIN-8 from 1 on; and one that is a UPC-E only.
    for (text, gtin, mended) in [
        ("02345055", "00023450000055", Some(Mended::UpcE)),
        ("12345052", "00000012345052", None),
        ("12345009", "00123000004509", Some(Mended::UpcE)),
    ] {
        let read = gtin::read(text).unwrap();
        assert_eq!((read.gtin.as_str(), read.mended), (gtin, mended));
    }
    for none in ["0425261", "042526145", "22222222"] {
        assert_eq!(gtin::expand_upc_e(none), None, "{none}");
    }
    for (mended, name, say) in [
        (
            Mended::LeadingZeros,
            "leading_zeros",
            "leading zeros put back",
        ),
        (Mended::UpcE, "upc_e", "UPC-E expanded"),
        (Mended::Isbn10, "isbn_10", "ISBN-10 turned into its GTIN-13"),
        (
            Mended::Decimals,
            "decimals",
            "the spreadsheet's decimals taken off",
        ),
        (
            Mended::Spelling,
            "spelling",
            "separators or labels taken off",
        ),
    ] {
        assert_eq!((mended.name(), mended.say()), (name, say));
    }
    // Ten digits that are no ISBN-10, but a GTIN-12 without its two zeros.
    let read = gtin::read("1234567895").unwrap();
    assert_eq!(
        (read.gtin.as_str(), read.mended),
        ("00001234567895", Some(Mended::LeadingZeros))
    );
}

#[test]
fn every_rule_of_a_gtin_that_fails_is_named() {
    for (text, reason, say) in [
        ("", Reason::CodeEmpty, "the code is empty"),
        (" '' ", Reason::CodeEmpty, "the code is empty"),
        ("EAN:", Reason::CodeEmpty, "the code is empty"),
        (
            "0000bt5205/16",
            Reason::GtinCharacters,
            "0000bt5205/16 has 'b' in it: a GTIN has digits only",
        ),
        (
            "8710103937746X",
            Reason::GtinCharacters,
            "8710103937746X has 'X' in it: a GTIN has digits only",
        ),
        (
            "8.71E+12",
            Reason::GtinCharacters,
            "8.71E+12 is how a spreadsheet shortens a long number, and its last digits are lost: format the column as text and export it again",
        ),
        (
            "8,71E12",
            Reason::GtinCharacters,
            "8,71E12 is how a spreadsheet shortens a long number, and its last digits are lost: format the column as text and export it again",
        ),
        (
            "0000000000000",
            Reason::GtinZero,
            "0000000000000 is all zeros",
        ),
        ("0", Reason::GtinZero, "0 is all zeros"),
        (
            "00000000000000",
            Reason::GtinZero,
            "00000000000000 is all zeros",
        ),
        (
            "080442957X1",
            Reason::GtinCharacters,
            "080442957X1 has 'X' in it: a GTIN has digits only",
        ),
        (
            "E12",
            Reason::GtinCharacters,
            "E12 has 'E' in it: a GTIN has digits only",
        ),
        (
            "x1e5",
            Reason::GtinCharacters,
            "x1e5 has 'x' in it: a GTIN has digits only",
        ),
        (
            "1e1234",
            Reason::GtinCharacters,
            "1e1234 has 'e' in it: a GTIN has digits only",
        ),
        (
            "8.7E",
            Reason::GtinCharacters,
            "8.7E has 'E' in it: a GTIN has digits only",
        ),
        (
            "425261",
            Reason::GtinLength,
            "425261 has 6 digits: a GTIN has 8, 12, 13 or 14 (a UPC-E is written with its first and its check digit: 8 digits)",
        ),
        (
            "030640615",
            Reason::GtinLength,
            "030640615 has 9 digits: a GTIN has 8, 12, 13 or 14 (an ISBN-10 has its check digit as the tenth)",
        ),
        (
            "8710103937746871",
            Reason::GtinLength,
            "8710103937746871 has 16 digits: a GTIN has 8, 12, 13 or 14 (one code a field, or several joined by |)",
        ),
        (
            "871010393774687101039",
            Reason::GtinLength,
            "871010393774687101039 has 21 digits: a GTIN has 8, 12, 13 or 14",
        ),
        (
            "1234567",
            Reason::GtinLength,
            "1234567 has 7 digits: a GTIN has 8, 12, 13 or 14 (a shop's own number is a sku)",
        ),
        (
            "12345678901",
            Reason::GtinLength,
            "12345678901 has 11 digits: a GTIN has 8, 12, 13 or 14 (for a GTIN-12 that lost its leading zero, the check digit should be 5)",
        ),
        (
            "8710103937747",
            Reason::GtinCheckDigit,
            "the check digit of 8710103937747 should be 6, not 7",
        ),
        (
            "0306406153",
            Reason::GtinCheckDigit,
            "the check digit of 0306406153 should be 2, not 3",
        ),
        (
            "1306406154",
            Reason::GtinCheckDigit,
            "the check digit of 1306406154 should be 3 as an ISBN-10, or 2 as a GTIN-12 without its leading zeros, not 4",
        ),
        (
            "03600029145",
            Reason::GtinLength,
            "03600029145 has 11 digits: a GTIN has 8, 12, 13 or 14",
        ),
        (
            "030640615X",
            Reason::GtinCheckDigit,
            "the check digit of 030640615X should be 2, not X",
        ),
        (
            "2012345678903",
            Reason::RestrictedCode,
            "2012345678903 begins with 2: GS1 leaves it to shops and regions, for numbers of their own, so that it does not name one product everywhere",
        ),
        (
            "12012345678900",
            Reason::RestrictedCode,
            "2012345678900 begins with 2: GS1 leaves it to shops and regions, for numbers of their own, so that it does not name one product everywhere",
        ),
        (
            "9871010393774",
            Reason::GtinCheckDigit,
            "the check digit of 9871010393774 should be 9, not 4",
        ),
        (
            "98710103937749",
            Reason::GtinIndicator,
            "98710103937749 begins with 9, which marks goods of varying weight: give the code of the product itself",
        ),
    ] {
        let error = gtin::read(text).unwrap_err();
        assert_eq!(
            (error.reason(), error.to_string().as_str()),
            (reason, say),
            "{text:?}"
        );
    }
}

#[test]
fn numbers_that_gs1_gives_to_nobody_are_restricted_and_their_neighbours_are_not() {
    let read = |payload: &str| {
        let check = char::from(gtin::check_digit(payload.as_bytes()));
        gtin::read(&format!("{payload}{check}"))
    };
    for prefix in [
        "02", "04", "05", "20", "25", "29", "980", "981", "985", "989", "990", "999",
    ] {
        let payload = format!("{prefix:1<12}");
        assert!(
            matches!(read(&payload), Err(BadGtin::Restricted { .. })),
            "{payload}"
        );
    }
    for prefix in [
        "00", "01", "03", "06", "09", "10", "19", "30", "50", "952", "977", "978", "979",
    ] {
        let payload = format!("{prefix:1<12}");
        assert!(read(&payload).is_ok(), "{payload}");
    }
    for (payload, restricted) in [
        ("0123450", true),
        ("2123450", true),
        ("3123450", false),
        ("9638507", false),
    ] {
        assert_eq!(
            matches!(read(payload), Err(BadGtin::Restricted { .. })),
            restricted,
            "{payload}"
        );
    }
}

#[test]
fn a_part_number_is_one_however_it_is_spelled() {
    for text in ["BR-7/GR", "br7gr", "BR 7 GR", "ＢＲ７ＧＲ", "Br_7.Gr"] {
        assert_eq!(
            code::mpn_key("Kenwick®", text).unwrap(),
            "mpn:kenwick:br7gr"
        );
    }
    assert_eq!(code::mpn_key("Kenwick™", "X1").unwrap(), "mpn:kenwick:x1");
    assert_eq!(
        code::mpn_key("KÄRCHER", "1").unwrap(),
        code::mpn_key("ka\u{308}rcher", "1").unwrap()
    );
    assert_eq!(mpn::fold("ﬁlm ½"), "film12");
    // Letters that become one when nothing is between them any more.
    assert_eq!(mpn::fold("ᄀ-ᅡ"), "가");
    assert_eq!(
        mpn::fold("\u{113C2}:\u{113C7}"),
        mpn::fold("\u{113C2}\u{113C7}")
    );
    assert!(matches!(
        code::mpn_key("®", "X"),
        Err(BadCode::MpnBrand { .. })
    ));
    assert!(matches!(
        code::mpn_key("a", "--"),
        Err(BadCode::Empty {
            what: "part number"
        })
    ));
    assert!(matches!(
        code::mpn_key("a", &"x".repeat(600)),
        Err(BadCode::Length { bytes: 606, .. })
    ));
    assert!(code::sku_key("shop_fjord", &"x".repeat(497)).is_ok());
    assert!(matches!(
        code::sku_key("shop_fjord", &"x".repeat(498)),
        Err(BadCode::Length { bytes: 513, .. })
    ));
}

fn keys(product: &str) -> Vec<String> {
    code::asked(product, "shop_fjord")
        .iter()
        .map(|asked| match &asked.lead {
            Ok(lead) => lead.key.to_string(),
            Err(error) => error.reason().name().to_owned(),
        })
        .collect()
}

#[test]
fn several_codes_in_one_field_are_taken_apart() {
    for list in [
        "8710103937746,9524710000125",
        "8710103937746; 9524710000125",
        "8710103937746/9524710000125",
        "8710103937746|gtin:9524710000125",
    ] {
        assert_eq!(
            keys(list),
            ["gtin:08710103937746", "gtin:09524710000125"],
            "{list}"
        );
    }
    assert_eq!(keys("8710103937746, n/a"), ["gtin_characters"]);
    assert_eq!(keys("EAN-13: 8710103937746"), ["gtin:08710103937746"]);
    assert_eq!(keys("mpn:Ken%3Awick:A%7C1:b"), ["mpn:kenwick:a1b"]);
    assert_eq!(keys("sku:50%25%20off:x"), ["sku:shop_fjord:50% off:x"]);
    assert_eq!(keys("sku:100%"), ["sku:shop_fjord:100%"]);
    assert_eq!(
        keys("mpn:X|sku: |colour:red|"),
        ["mpn_brand", "code_empty", "code_type", "code_empty"]
    );
    assert_eq!(
        keys("1|2|3|4|5|6|7"),
        [
            "gtin_length",
            "gtin_length",
            "gtin_length",
            "gtin_length",
            "too_many_codes"
        ]
    );
}

#[test]
fn a_code_is_quoted_as_it_was_written_and_one_of_a_list_by_itself() {
    for (product, quoted) in [
        (" 8710103937746 ", &["8710103937746"][..]),
        ("gtin:8710103937746", &["gtin:8710103937746"]),
        ("EAN:8710103937746", &["EAN:8710103937746"]),
        (
            "gtin:8710103937746, 9524710000125",
            &["gtin:8710103937746", "gtin:9524710000125"],
        ),
        (" sku:12 |mpn:K:B", &["sku:12", "mpn:K:B"]),
        ("18710103937743", &["18710103937743", "18710103937743"]),
    ] {
        let asked = code::asked(product, "shop_fjord");
        let written: Vec<&str> = asked.iter().map(|code| &*code.written).collect();
        assert_eq!(written, quoted, "{product}");
    }
}

#[test]
fn the_items_in_cases_take_what_is_left_of_the_four_codes() {
    let case = "18710103937743";
    assert_eq!(keys(case), ["gtin:18710103937743", "gtin:08710103937746"]);
    assert_eq!(
        keys(&format!("sku:1|{case}|sku:2")),
        [
            "sku:shop_fjord:1",
            "gtin:18710103937743",
            "gtin:08710103937746",
            "sku:shop_fjord:2"
        ]
    );
    assert_eq!(
        keys(&format!("sku:1|{case}|sku:2|sku:3")),
        [
            "sku:shop_fjord:1",
            "gtin:18710103937743",
            "sku:shop_fjord:2",
            "sku:shop_fjord:3"
        ]
    );
}

#[test]
fn tags_are_canonical_however_they_are_written() {
    for (text, tag) in [
        ("nl", "nl"),
        ("NL-be", "nl-BE"),
        ("nl_BE", "nl-BE"),
        (" de-ch ", "de-CH"),
        ("iw", "he"),
        ("in", "id"),
        ("deu", "de"),
        ("nld-NL", "nl-NL"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("cmn", "zh"),
        ("zh-yue-HK", "yue-HK"),
        ("zh-cmn-Hans", "zh-Hans"),
        ("sgn-ase", "ase"),
        ("en-UK", "en-GB"),
        ("de-DE-u-co-phonebk", "de-DE"),
        ("en-x-private", "en"),
        ("zxx", "zxx"),
        ("ca-valencia", "ca-valencia"),
        ("es-419", "es-419"),
    ] {
        assert_eq!(Language::parse(text).unwrap().as_str(), tag, "{text}");
    }
    for (text, say) in [
        ("", "the language is empty"),
        ("MX", "MX is a country, not a language: write es-MX"),
        ("gb", "gb is a country, not a language: write en-GB"),
        ("DK", "DK is a country, not a language: write da-DK"),
        ("JP", "JP is a country, not a language: write ja-JP"),
        (
            "und",
            "und says that the language is unknown: write the language, or zxx for no speech",
        ),
        (
            "xx",
            "xx is no language tag: write nl for Dutch, en-GB for British English, zxx for no speech",
        ),
        (
            "xx-NL",
            "xx-NL is no language tag: write nl for Dutch, en-GB for British English, zxx for no speech",
        ),
        (
            "xx-Latn",
            "xx-Latn is no language tag: write nl for Dutch, en-GB for British English, zxx for no speech",
        ),
        (
            "123-nl",
            "123-nl is no language tag: write nl for Dutch, en-GB for British English, zxx for no speech",
        ),
        (
            "Dutch",
            "Dutch is no language tag: write nl for Dutch, en-GB for British English, zxx for no speech",
        ),
        (
            "nl--BE",
            "nl--BE is no language tag: write nl for Dutch, en-GB for British English, zxx for no speech",
        ),
        (
            "*",
            "* is no language tag: write nl for Dutch, en-GB for British English, zxx for no speech",
        ),
    ] {
        assert_eq!(Language::parse(text).unwrap_err().to_string(), say);
    }
}

#[test]
fn wishes_are_taken_once_each_and_at_most_eight() {
    let tags = |text: &str| {
        Wishes::parse(text)
            .languages
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(tags("nl-BE, nl,,NL,nl_be"), ["nl-BE", "nl"]);
    assert_eq!(
        tags("aa,ab,af,am,ar,as,az,be,bg"),
        ["aa", "ab", "af", "am", "ar", "as", "az", "be"]
    );
}

#[test]
fn markets_are_the_249_that_iso_has_assigned() {
    let letters = || 'A'..='Z';
    let all: Vec<Market> = letters()
        .flat_map(|a| letters().filter_map(move |b| Market::parse(&format!("{a}{b}"))))
        .collect();
    assert_eq!(all.len(), 249);
    for none in ["", "N", "NLD", "UK", "EU", "XK", "AN", "SU", "n-", "ÄÖ"] {
        assert_eq!(Market::parse(none), None, "{none}");
    }
}

#[test]
fn what_is_quoted_hides_nothing_and_is_at_most_forty_letters_long() {
    use shelfreel_matching::quote::{shorten, visible};
    for plain in [
        "",
        "8710103937746",
        "Kärcher™ K 2",
        "日本",
        "👍",
        "a\u{A0}b",
    ] {
        assert_eq!(visible(plain), plain);
        assert_eq!(shorten(plain), plain);
    }
    for (text, shown) in [
        ("a\nb\t\0", r"a\nb\t\u{0}"),
        ("\u{1B}]0;x\u{7}", r"\u{1b}]0;x\u{7}"),
        (
            "\u{9B}\u{AD}\u{61C}\u{180E}",
            r"\u{9b}\u{ad}\u{61c}\u{180e}",
        ),
        (
            "\u{200B}\u{200F}\u{202A}\u{202E}",
            r"\u{200b}\u{200f}\u{202a}\u{202e}",
        ),
        (
            "\u{2028}\u{2066}\u{2069}\u{FEFF}",
            r"\u{2028}\u{2066}\u{2069}\u{feff}",
        ),
        ("\u{FFF9}\u{E0041}", r"\u{fff9}\u{e0041}"),
    ] {
        assert_eq!(visible(text), shown);
        assert_eq!(shorten(text), shown);
    }
    assert_eq!(shorten(&"é".repeat(40)), "é".repeat(40));
    assert_eq!(shorten(&"é".repeat(41)), "é".repeat(40) + "…");
    assert_eq!(
        gtin::read("87\u{202E}10\u{1B}x").unwrap_err().to_string(),
        r"87\u{202e}10\u{1b}x has '\u{1b}' in it: a GTIN has digits only"
    );
}

proptest! {
    #[test]
    fn a_valid_gtin_is_read_the_same_in_every_form(payload in "[013-8][013-8][0-9]{10}", separator in "[ .\\-\u{A0}_]", at in 1usize..12, quote in "['\"]?") {
        let digits = format!("{payload}{}", char::from(gtin::check_digit(payload.as_bytes())));
        prop_assume!(gtin::read(&digits).is_ok());
        let canonical = gtin::read(&digits).unwrap().gtin;
        let (head, tail) = digits.split_at(at);
        // What looks like a spreadsheet's decimals is taken for them.
        prop_assume!(separator != "." || !matches!(tail, "0" | "00"));
        for form in [format!("0{digits}"), format!("{quote}{digits}{quote}"), format!("{head}{separator}{tail}"), format!("EAN: {digits}"), format!("{digits}.0")] {
            prop_assert_eq!(gtin::read(&form).map(|read| read.gtin), Ok(canonical), "{}", form);
        }
    }

    #[test]
    fn one_wrong_digit_is_always_found(payload in "[0-9]{12}", at in 0usize..13, by in 1u8..10) {
        let mut digits = payload.into_bytes();
        digits.push(gtin::check_digit(&digits));
        digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
        let read = gtin::read(std::str::from_utf8(&digits).unwrap());
        let found = matches!(read, Err(BadGtin::CheckDigit { .. } | BadGtin::Zero { .. }));
        prop_assert!(found, "{:?}", read);
    }

    #[test]
    fn the_right_check_digit_that_an_error_names_is_right(digits in "[1-9][0-9]{12}") {
        if let Err(BadGtin::CheckDigit { right, digits, .. }) = gtin::read(&digits) {
            let mended = format!("{}{right}", &digits[..digits.len() - 1]);
            prop_assert!(!matches!(gtin::read(&mended), Err(BadGtin::CheckDigit { .. })), "{}", mended);
        }
    }

    #[test]
    fn a_canonical_gtin_reads_as_itself(text in "[0-9 .-]{8,16}") {
        if let Ok(read) = gtin::read(&text) {
            prop_assert_eq!(gtin::read(read.gtin.as_str()).map(|again| (again.gtin, again.mended)), Ok((read.gtin, None)));
        }
    }

    #[test]
    fn folding_again_changes_nothing(text in "\\PC{0,40}|[ᄀ-ᇿ\\-\u{11381}-\u{113D5}Σ™ß½ﬁ\u{300}-\u{345}]{0,20}") {
        let folded = mpn::fold(&text);
        prop_assert_eq!(mpn::fold(&folded), folded.clone());
        prop_assert!(folded.chars().all(char::is_alphanumeric));
    }

    #[test]
    fn any_text_is_read_or_refused_and_every_key_fits(text in "\\PC{0,700}") {
        let _ = gtin::read(&text);
        let _ = Language::parse(&text);
        let asked = code::asked(&text, "shop_fjord");
        prop_assert!(asked.len() <= 5);
        for lead in asked.iter().filter_map(|asked| asked.lead.as_ref().ok()) {
            prop_assert!(lead.key.len() <= 512);
        }
        let _ = LookUp::parse("shop_fjord", &text);
    }

    #[test]
    fn a_canonical_tag_reads_as_itself(text in "[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?") {
        if let Ok(language) = Language::parse(&text) {
            prop_assert_eq!(Language::parse(language.as_str()), Ok(language.clone()));
        }
    }
}
