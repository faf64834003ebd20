//! From a feed's row to the record that a look-up reads, and the match's rules as properties.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};
use shelfreel_matching::catalogue::{Column, Files, Place, Row, Source, Video};
use shelfreel_matching::language::{Rule, Wanted};
use shelfreel_matching::matcher::{self, Ask, MOST_VIDEOS};
use shelfreel_matching::projection::{self, Metadata};
use shelfreel_matching::{Kind, Language, Market, Record, Shop, VideoFacts};

fn row(cells: &[(Column, &str)]) -> Row {
    let mut row = Row::new(7);
    for (column, text) in [
        (Column::Video, "kenwick-br7"),
        (Column::Brand, "kenwick"),
        (Column::Kind, "Guide"),
        (Column::Language, "nl_BE"),
        (Column::Title, "Zo \"doe\" je\\dat"),
        (Column::Gtin, "9524710000125|9524710000293,9524710000125"),
        (Column::Media, "https://media.example/a.mp4"),
        (Column::Width, "1280"),
        (Column::Height, "720"),
        (Column::DurationMs, "8000"),
    ] {
        row.set(column, text);
    }
    for (column, text) in cells {
        row.set(*column, text);
    }
    row
}

fn published(row: &Row) -> Video {
    let draft = row.check().unwrap();
    let files = Files {
        sources: vec![Source {
            url: "/v1/media/a.mp4".to_owned(),
            media_type: "video/mp4".to_owned(),
            width: 1280,
            height: 720,
            bytes: Some(9),
        }],
        poster: None,
        captions: Vec::new(),
        duration_ms: 8000,
    };
    draft.publish(&files).unwrap()
}

#[test]
fn a_row_becomes_a_record_on_each_of_its_codes_that_reads_as_the_wire_says() {
    let video = published(&row(&[
        (Column::BrandNames, "Kenwick Keuken|KENWICK®"),
        (Column::Mpn, "BR-7/GR"),
        (Column::Sku, "shop_fjord: 12 34 "),
        (Column::Markets, "nl|BE|NL"),
        (Column::From, "2026-11-22"),
        (Column::Until, "2026-12-01T09:00:00+01:00"),
        (Column::Shops, "shop_fjord"),
        (Column::Age, "16"),
        (Column::Order, "-3"),
        (Column::Series, "Breeze"),
    ]));
    let pieces = projection::pieces(&video).unwrap();
    let keys: Vec<&str> = pieces.iter().map(|piece| piece.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "gtin:09524710000125",
            "gtin:09524710000293",
            "mpn:kenwick:br7gr",
            "mpn:kenwickkeuken:br7gr",
            "sku:shop_fjord:12 34",
            "video:kenwick-br7",
        ]
    );
    assert_eq!(pieces[0].place, (-3, 7));
    let value = projection::value(&pieces[0].key, &pieces[..1]);
    assert_eq!(
        serde_json::from_str::<Value>(&value).unwrap(),
        json!({ "v": 1, "videos": [{
            "id": "kenwick-br7", "brand": "kenwick", "kind": "guide", "language": "nl-BE", "markets": ["NL", "BE"],
            "from_ms": 1_795_305_600_000u64, "until_ms": 1_796_112_000_000u64, "shops": ["shop_fjord"], "age": 16,
            "show": { "title": "Zo \"doe\" je\\dat", "duration_ms": 8000, "width": 1280, "height": 720,
                "sources": [{ "url": "/v1/media/a.mp4", "type": "video/mp4", "width": 1280, "height": 720, "bytes": 9 }], "captions": [] }
        }] })
    );
    let record = Record::parse(&value).unwrap();
    assert_eq!(
        (record.videos[0].kind, record.videos[0].age),
        (Kind::Guide, 16)
    );
    assert!(record.size_bytes() > value.len() / 2);
    let facts = VideoFacts::parse(&projection::value(&pieces[5].key, &pieces[5..])).unwrap();
    assert_eq!((facts.series.as_str(), facts.duration_ms), ("Breeze", 8000));
    assert_eq!(Metadata::of("demo", "abc").hash, "ba7816bf8f01cfea");
}

#[test]
fn each_column_is_checked_and_the_fault_named() {
    for (column, text, wanted) in [
        (
            Column::Video,
            "a b",
            "a b is not 1 to 64 of A-Z a-z 0-9 _ -",
        ),
        (Column::Brand, "Ken", "Ken is not 1 to 64 of a-z 0-9 -"),
        (
            Column::Kind,
            "advert",
            "advert is not one of commercial, guide, review, unboxing, howto, story, recipe, other",
        ),
        (
            Column::Language,
            "MX",
            "MX is a country, not a language: write es-MX",
        ),
        (
            Column::Title,
            "a\u{7}b",
            "has the control character '\\u{7}' in it",
        ),
        (
            Column::Product,
            "a\nb",
            "has the control character '\\n' in it",
        ),
        (
            Column::Sku,
            "shop_fjord:1\u{0}2",
            "has the control character '\\0' in it",
        ),
        (
            Column::Age,
            "1\u{202E}6",
            r"1\u{202e}6 is not a whole number from 0 to 21",
        ),
        (Column::Mpn, "--", "the part number is empty"),
        (
            Column::Sku,
            "12345",
            "12345 is not shop_id:sku, such as shop_fjord:12345",
        ),
        (
            Column::Captions,
            "film.vtt",
            "film.vtt is not language=file, such as nl=film.nl.vtt",
        ),
        (
            Column::Captions,
            "nl=a.vtt|NL=b.vtt",
            "there are two captions in nl",
        ),
        (
            Column::Captions,
            "zxx=a.vtt",
            "captions are in a language: zxx is for films without speech",
        ),
        (
            Column::Media,
            "https://media.example/a b.mp4",
            "https://media.example/a b.mp4 is no URL: spaces are written %20",
        ),
        (
            Column::Media,
            "https://media.example/film.mp4#t=30",
            "https://media.example/film.mp4#t=30 has a part behind #, which no host is told: leave it out (where a film is to go on, the player says there)",
        ),
        (
            Column::Width,
            "0",
            "0 is not a whole number from 1 to 16384",
        ),
        (
            Column::Height,
            "1|2",
            "has 2 numbers: one number is needed, since media has 1 URLs",
        ),
        (
            Column::Markets,
            "NL|UK",
            "UK is no country of ISO 3166-1: write two letters, such as NL",
        ),
        (
            Column::From,
            "22-11-2026",
            "22-11-2026 is not a date such as 2027-01-31, or a time such as 2027-01-31T09:00:00+01:00",
        ),
        (
            Column::Until,
            "2026-02-30",
            "2026-02-30 is not a date such as 2027-01-31, or a time such as 2027-01-31T09:00:00+01:00",
        ),
        (
            Column::Shops,
            "fjord",
            "fjord is no shop's id: shop_ and 4 to 32 of a-z 0-9",
        ),
        (Column::Age, "22", "22 is not a whole number from 0 to 21"),
        (Column::Order, "first", "first is not a whole number"),
    ] {
        let refusals = row(&[(column, text)]).check().unwrap_err();
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        assert_eq!(
            (
                refusals[0].line,
                refusals[0].column,
                refusals[0].reason.as_str()
            ),
            (7, Some(column), wanted)
        );
    }
    let refusals = row(&[(Column::From, "2026-11-22"), (Column::Until, "2026-11-22")])
        .check()
        .unwrap_err();
    assert!(
        refusals[0].reason.starts_with("is not after from"),
        "{refusals:?}"
    );
    let refusals = row(&[(Column::Media, "film.mp4")]).check().unwrap_err();
    assert!(
        refusals
            .iter()
            .all(|refusal| refusal.reason.starts_with("is for URLs")),
        "{refusals:?}"
    );
    // Names and part numbers multiply: the brand and 99 names, 100 parts.
    let names = "a|".repeat(99);
    let parts = |count: usize| {
        row(&[
            (Column::BrandNames, &names),
            (Column::Mpn, &"b|".repeat(count)),
        ])
        .check()
    };
    assert!(parts(100).is_ok());
    let refusals = parts(101).unwrap_err();
    assert_eq!(
        refusals[0].reason,
        "has 101 part numbers under 100 names of the brand: at most 10000 together, so write several rows"
    );
    // A row is written under each of its codes.
    let skus = |bytes: usize| -> String {
        let skus = (0..1_000).map(|n| format!("shop_fjord:{n:0bytes$}|"));
        skus.collect()
    };
    assert!(row(&[(Column::Sku, &skus(40))]).check().is_ok());
    // 64 KiB times 1,024 codes, to the byte: 121 are in the other cells.
    let edge = |more: usize| {
        let short = (1..1_022).map(|n| format!("shop_fjord:{n:053}|"));
        let skus = short.collect::<String>() + &format!("shop_fjord:{:01$}", 0, 60 + more);
        row(&[(Column::Sku, &skus)]).check()
    };
    assert_eq!(edge(0).unwrap().keys.len(), 1_024);
    assert!(edge(1).is_err());
    let refusals = row(&[(Column::Sku, &skus(60))]).check().unwrap_err();
    assert_eq!(
        (refusals[0].column, refusals[0].reason.as_str()),
        (
            None,
            "has 71121 bytes and 1002 codes: together at most 67108864, so write several rows"
        )
    );
    let long = row(&[(Column::Title, &"é".repeat(200))]);
    assert!(long.check().is_ok());
    assert!(row(&[(Column::Title, &"é".repeat(201))]).check().is_err());
}

#[test]
fn each_column_reaches_to_its_edge_and_no_further() {
    let id = |length: usize| "aZ_-9".chars().cycle().take(length).collect::<String>();
    let slug = |length: usize| "az-9".chars().cycle().take(length).collect::<String>();
    let words = |length: usize| "é".repeat(length);
    for (column, right, wrong) in [
        (
            Column::Video,
            vec![id(1), id(64)],
            vec![id(65), "a.b".into()],
        ),
        (
            Column::Brand,
            vec![slug(1), slug(64)],
            vec![slug(65), "a_b".into()],
        ),
        (Column::Title, vec![words(200)], vec![words(201)]),
        (Column::Product, vec![words(200)], vec![words(201)]),
        (
            Column::Age,
            vec!["0".into(), "21".into(), " 7 ".into()],
            vec!["22".into(), "-1".into(), "1.5".into()],
        ),
        (
            Column::Order,
            vec!["-9".into(), "9000000000".into()],
            vec!["1.0".into()],
        ),
        (
            Column::Width,
            vec!["1".into(), "16384".into()],
            vec!["0".into(), "16385".into(), "-1".into()],
        ),
        (
            Column::DurationMs,
            vec!["1".into(), "86400000".into()],
            vec!["0".into(), "86400001".into(), "1|2".into()],
        ),
        (
            Column::From,
            vec!["1970-01-01".into(), "2026-11-22T09:00:00Z".into()],
            vec![
                "1969-12-31".into(),
                "20261122".into(),
                "2026-11-22T09:00:00".into(),
            ],
        ),
        (
            Column::Media,
            vec!["film.mp4".into(), "HTTPS://m.example/a.mp4".into()],
            vec![
                "ftp://m.example/a.mp4".into(),
                "https://".into(),
                "https:///a.mp4".into(),
                "https://?a.mp4".into(),
                "https://m.example/\u{7}.mp4".into(),
                "https://m.example/<a>.mp4".into(),
            ],
        ),
    ] {
        for text in right {
            let mut row = row(&[(column, &text)]);
            if text == "film.mp4" {
                for measured in [Column::Width, Column::Height, Column::DurationMs] {
                    row.set(measured, "");
                }
            }
            assert_eq!(row.check().err(), None, "{column}: {text}");
        }
        for text in wrong {
            let refusals = row(&[(column, &text)]).check().unwrap_err();
            assert_eq!(refusals.len(), 1, "{column}: {text}: {refusals:?}");
            assert_eq!(refusals[0].column, Some(column));
        }
    }
    // A moment later is after; the same moment is not.
    let dates = |until: &str| row(&[(Column::From, "2026-11-22"), (Column::Until, until)]).check();
    assert!(dates("2026-11-22T00:00:00.001Z").is_ok());
    assert!(dates("2026-11-22T00:00:00Z").is_err());
}

#[test]
fn what_every_row_needs_is_asked_for_and_a_product_code_of_any_type() {
    for column in Column::REQUIRED {
        let refusals = row(&[(column, " ")]).check().unwrap_err();
        let said: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        let wanted = format!("line 7, {column}: is empty, and every row needs it");
        assert!(said.contains(&wanted), "{said:?}");
    }
    for (column, code) in [
        (Column::Gtin, "9524710000125"),
        (Column::Mpn, "X"),
        (Column::Sku, "shop_fjord:1"),
    ] {
        let draft = row(&[(Column::Gtin, ""), (column, code)]).check().unwrap();
        assert_eq!(draft.keys.len(), 1);
    }
    let refusals = row(&[(Column::Gtin, "")]).check().unwrap_err();
    assert_eq!(
        refusals[0].to_string(),
        "line 7, gtin: is empty, and so are mpn and sku: every row needs a product code"
    );
    // A code that cannot be read is its own fault, and not also a code that is missing.
    let refusals = row(&[(Column::Gtin, "1")]).check().unwrap_err();
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    let whole = shelfreel_matching::catalogue::Refusal {
        line: 3,
        column: None,
        reason: "is odd".to_owned(),
    };
    assert_eq!(whole.to_string(), "line 3: is odd");
}

#[test]
fn columns_have_their_names_in_any_case_and_lists_are_taken_apart() {
    for column in Column::ALL {
        let name = column.name();
        assert_eq!(
            Column::from_name(&format!(" {} ", name.to_uppercase())),
            Some(column)
        );
        assert_eq!(column.to_string(), name);
        let mut row = Row::new(1);
        assert_eq!(row.get(column), Vec::<String>::new());
        row.set(column, " a || b ");
        let wanted: &[&str] = if column.is_list() {
            &["a", "b"]
        } else {
            &["a || b"]
        };
        assert_eq!(row.get(column), wanted);
    }
    assert_eq!(Column::from_name(""), None);
    let lists: Vec<&str> = Column::ALL
        .iter()
        .filter(|column| column.is_list())
        .map(|column| column.name())
        .collect();
    assert_eq!(
        lists.join(" "),
        "brand_names gtin mpn sku media captions width height markets shops not_shops"
    );
}

#[test]
fn a_video_is_as_large_as_its_largest_film_the_first_of_several() {
    let source = |width: u32, height: u32| Source {
        url: "/v1/media/a.mp4".to_owned(),
        media_type: "video/mp4".to_owned(),
        width,
        height,
        bytes: None,
    };
    let shown = |sources: Vec<Source>| {
        let files = Files {
            sources,
            poster: Some("/p.jpg".to_owned()),
            captions: Vec::new(),
            duration_ms: 9,
        };
        let video = row(&[]).check().unwrap().publish(&files).unwrap();
        let show: Value = serde_json::from_str(video.value.show.get()).unwrap();
        assert_eq!(show["poster"], "/p.jpg");
        (
            show["width"].as_u64().unwrap(),
            show["height"].as_u64().unwrap(),
        )
    };
    assert_eq!(
        shown(vec![source(640, 360), source(1280, 720)]),
        (1280, 720)
    );
    assert_eq!(
        shown(vec![source(1280, 720), source(720, 1280)]),
        (1280, 720)
    );
    assert_eq!(shown(vec![source(100, 900), source(400, 300)]), (400, 300));
    assert_eq!(shown(Vec::new()), (0, 0));
}

#[test]
fn a_row_says_its_codes_as_they_were_mended_and_its_keys_whatever_else_is_wrong() {
    let draft = row(&[(Column::Gtin, "9524-710000125|36000291452")])
        .check()
        .unwrap();
    let mended: Vec<_> = draft
        .mended
        .iter()
        .map(|code| {
            (
                code.written.as_str(),
                code.code.as_str(),
                code.mended.name(),
            )
        })
        .collect();
    assert_eq!(
        mended,
        [
            ("9524-710000125", "gtin:09524710000125", "spelling"),
            ("36000291452", "gtin:00036000291452", "leading_zeros")
        ]
    );
    let broken = row(&[
        (Column::Kind, "x"),
        (Column::Mpn, "BR-7|--"),
        (Column::Sku, "shop_fjord:1|nowhere:2"),
    ]);
    assert_eq!(
        broken.keys(),
        [
            "gtin:09524710000125",
            "gtin:09524710000293",
            "mpn:kenwick:br7",
            "sku:shop_fjord:1"
        ]
    );
}

#[test]
fn sizes_of_several_urls_are_one_for_all_or_one_each() {
    let urls = (
        Column::Media,
        "https://m.example/a.mp4|https://m.example/b.mp4",
    );
    let draft = row(&[urls]).check().unwrap();
    assert_eq!(
        draft
            .sizes
            .iter()
            .map(|size| size.width)
            .collect::<Vec<_>>(),
        [1280, 1280]
    );
    let draft = row(&[
        urls,
        (Column::Width, "1280|640"),
        (Column::Height, "720|360"),
    ])
    .check()
    .unwrap();
    assert_eq!(
        draft
            .sizes
            .iter()
            .map(|size| size.height)
            .collect::<Vec<_>>(),
        [720, 360]
    );
    assert_eq!(
        draft.media[1],
        Place::Url("https://m.example/b.mp4".to_owned())
    );
    for (column, text, wanted) in [
        (
            Column::Width,
            "1|2|3",
            "has 3 numbers: one number, or 2, are needed, since media has 2 URLs",
        ),
        (
            Column::DurationMs,
            "",
            "has 0 numbers: one number is needed, since all URLs of a row are one film",
        ),
    ] {
        let refusals = row(&[urls, (column, text)]).check().unwrap_err();
        assert_eq!(refusals[0].reason, wanted);
    }
    // A refused URL is not said again as a number too many.
    let refused = (
        Column::Media,
        "https://m.example/a.mp4|http://m.example/b.mp4",
    );
    let refusals = row(&[refused, (Column::Width, "1|2")]).check().unwrap_err();
    assert_eq!(refusals.len(), 1, "{refusals:?}");
}

#[test]
fn a_record_has_its_videos_in_order_and_a_fact_or_a_shop_stands_alone() {
    let record = |videos: &[&str]| projection::record(videos.iter().copied());
    assert_eq!(record(&[]), r#"{"v":1,"videos":[]}"#);
    assert_eq!(
        record(&[r#"{"id":"b"}"#, r#"{"id":"a"}"#, "{}"]),
        r#"{"v":1,"videos":[{"id":"b"},{"id":"a"},{}]}"#
    );
    let piece = |key: &str| projection::Piece {
        key: key.to_owned(),
        place: (0, 0),
        value: "{}".to_owned(),
    };
    for (key, wanted) in [
        ("video:a", "{}"),
        ("shop:shop_fjord", "{}"),
        ("gtin:1", r#"{"v":1,"videos":[{}]}"#),
    ] {
        assert_eq!(projection::value(key, &[piece(key)]), wanted);
    }
}

#[test]
fn what_does_not_restrict_a_video_is_not_written() {
    let pieces = projection::pieces(&published(&row(&[]))).unwrap();
    let video: Value = serde_json::from_str(&pieces[0].value).unwrap();
    let names: Vec<&String> = video.as_object().unwrap().keys().collect();
    assert_eq!(names, ["brand", "id", "kind", "language", "show"]);
    let facts = &pieces.last().unwrap().value;
    assert_eq!(
        facts,
        r#"{"v":1,"brand":"kenwick","language":"nl-BE","duration_ms":8000}"#
    );
}

#[test]
fn values_of_a_newer_version_or_of_no_version_are_refused() {
    assert!(
        Record::parse(r#"{"v":2,"videos":[]}"#)
            .unwrap_err()
            .to_string()
            .contains("version 2")
    );
    for value in [
        "",
        "null",
        "[]",
        r#"{"videos":[]}"#,
        r#"{"v":1,"videos":[{}]}"#,
    ] {
        assert!(Record::parse(value).is_err(), "{value}");
    }
    assert!(Shop::parse(r#"{"v":3}"#).is_err());
    assert!(VideoFacts::parse(r#"{"v":1,"brand":"a"}"#).is_err());
    // Fields that a later program adds are passed over.
    assert!(Record::parse(r#"{"v":1,"videos":[],"more":{}}"#).is_ok());
}

#[test]
fn a_market_that_cannot_be_read_closes_a_video_rather_than_opening_it() {
    let record = r#"{"v":1,"videos":[{"id":"a","brand":"b","kind":"guide","language":"nl","markets":["??"],"show":{}}]}"#;
    let video = &Record::parse(record).unwrap().videos[0];
    assert_eq!(video.markets.len(), 1);
    assert!(!video.markets.contains(&Market::parse("NL").unwrap()));
}

#[test]
fn what_is_held_is_counted_with_all_its_texts() {
    use shelfreel_matching::record::Video;
    // A boxed text, with what the allocator keeps beside it.
    const BOX: usize = 32;
    let size = |more: &str| {
        let record = format!(
            r#"{{"v":1,"videos":[{{"id":"a","brand":"b","kind":"guide","language":"nl",{more}"show":{{}}}}]}}"#
        );
        Record::parse(&record).unwrap().size_bytes()
    };
    let opening = r#"{"id":"a","brand":"b","kind":"guide","language":"nl""#;
    let texts = opening.len() + "a".len() + "b".len() + "nl".len() + 7 * BOX;
    let bare = size_of::<Record>() + size_of::<Video>() + texts;
    assert_eq!(size(""), bare);
    for (more, bytes) in [
        (r#""markets":["NL","BE","DE"],"#, 3 * size_of::<Market>()),
        (r#""shops":["shop_fjord"],"#, 10 + BOX),
        (
            r#""not_shops":["shop_fjord","shop_other1"],"#,
            10 + 11 + 2 * BOX,
        ),
        (
            r#""captions":["nl-BE","en"],"#,
            2 * size_of::<Language>() + 5 + 2 + 2 * BOX,
        ),
    ] {
        assert_eq!(size(more), bare + bytes, "{more}");
    }
    assert_eq!(
        Record::parse(r#"{"v":1,"videos":[]}"#)
            .unwrap()
            .size_bytes(),
        size_of::<Record>()
    );

    let shop = r#"{"v":1,"origins":["https://a.example","*"],"languages":["nl","en","de"]}"#;
    assert_eq!(
        Shop::parse(shop).unwrap().size_bytes(),
        size_of::<Shop>() + 17 + 1 + 2 * BOX + 3 * (size_of::<Language>() + BOX)
    );
    let facts = r#"{"v":1,"brand":"b","product":"pr","series":"ser","category":"cate","language":"nl-BE","duration_ms":1}"#;
    assert_eq!(
        VideoFacts::parse(facts).unwrap().size_bytes(),
        size_of::<VideoFacts>() + 1 + 2 + 3 + 4 + 5
    );
}

#[test]
fn a_shop_is_asked_from_its_own_pages() {
    let shop = |origins: &str| {
        Shop::parse(&format!(
            r#"{{"v":1,"origins":{origins},"languages":["nl"]}}"#
        ))
        .unwrap()
    };
    let own = shop(r#"["https://shop.example"]"#);
    assert!(
        own.allows(Some("https://shop.example"))
            && own.allows(Some("HTTPS://Shop.example"))
            && own.allows(None)
    );
    assert!(
        !own.allows(Some("https://shop.example.evil.example"))
            && !own.allows(Some("http://shop.example"))
            && !own.allows(Some("null"))
    );
    assert!(
        shop(r#"["*"]"#).allows(Some("null")) && !shop("[]").allows(Some("https://shop.example"))
    );
}

const NOW_MS: u64 = 1_000_000;

fn any_video() -> impl Strategy<Value = Value> {
    let language = select(&["nl", "nl-BE", "en", "en-GB", "de", "zxx", "ja", "fy"][..]);
    let captions = subsequence(&["nl", "en", "fr"][..], 0..3);
    let markets = subsequence(&["NL", "BE", "DE"][..], 0..3);
    let shops = subsequence(&["shop_fjord", "shop_other"][..], 0..2);
    let not_shops = subsequence(&["shop_fjord", "shop_other"][..], 0..2);
    let time = select(&[0, NOW_MS - 1, NOW_MS, NOW_MS + 1][..]);
    (language, captions, markets, (time.clone(), time), shops, not_shops, select(&[0, 16, 18][..]), select(&Kind::ALL[..])).prop_map(
        |(language, captions, markets, (from_ms, until_ms), shops, not_shops, age, kind)| {
            json!({ "id": "x", "brand": "b", "kind": kind.name(), "language": language, "captions": captions, "markets": markets,
                "from_ms": from_ms, "until_ms": until_ms, "shops": shops, "not_shops": not_shops, "age": age, "show": {} })
        },
    )
}

fn languages(tags: &[&str]) -> Vec<Language> {
    tags.iter()
        .map(|tag| Language::parse(tag).unwrap())
        .collect()
}

proptest! {
    #[test]
    fn what_is_shown_keeps_every_rule_and_what_is_hidden_breaks_one(
        videos in prop::collection::vec(any_video(), 0..30),
        wishes in subsequence(&["nl-BE", "fy", "en-US", "fr"][..], 0..4),
        own in subsequence(&["nl", "de"][..], 0..2),
        kinds in subsequence(&Kind::ALL[..], 0..8),
        market in select(&[None, Some("NL"), Some("FR")][..]),
        age in select(&[0u8, 16, 18][..]),
    ) {
        let record = Record::parse(&json!({ "v": 1, "videos": videos }).to_string()).unwrap();
        let (wishes, own) = (languages(&wishes), languages(&own));
        let kinds: Vec<_> = kinds.into_iter().map(Some).collect();
        let market = market.and_then(Market::parse);
        let ask = Ask { wanted: Wanted { wishes: &wishes, shop: &own }, kinds: &kinds, market, shop: "shop_fjord", age, now_ms: NOW_MS };
        let allowed = |video: &shelfreel_matching::record::Video| {
            (kinds.is_empty() || kinds.contains(&Some(video.kind)))
                && video.age <= age
                && (video.markets.is_empty() || market.is_some_and(|market| video.markets.contains(&market)))
                && video.from_ms <= NOW_MS
                && NOW_MS < video.until_ms
                && (video.shops.is_empty() || video.shops.iter().any(|shop| &**shop == "shop_fjord"))
                && !video.not_shops.iter().any(|shop| &**shop == "shop_fjord")
                && ask.wanted.fit(&video.language, &video.captions).is_some()
        };
        let right = record.videos.iter().filter(|video| allowed(video)).count();
        let matched = matcher::matched(&ask, &record);
        prop_assert!(matched.until_ms > NOW_MS);
        match matched.videos {
            Err(_) => prop_assert_eq!(right, 0),
            Ok(shown) => {
                prop_assert_eq!(shown.len(), right.min(MOST_VIDEOS));
                prop_assert!(shown.iter().all(|shown| allowed(shown.video)));
                // Speech in a wished language, then none, then captions, then the shop's own.
                let step = |rule: Rule| match rule {
                    Rule::Same | Rule::Broader | Rule::Near => 0,
                    Rule::NoSpeech => 1,
                    Rule::Captions => 2,
                    Rule::Shop => 3,
                };
                prop_assert!(shown.is_sorted_by_key(|shown| step(shown.fit.rule)));
                // A wish comes before all later wishes.
                let place = |wish: Option<&Language>| wishes.iter().position(|known| Some(known) == wish);
                let spoken: Vec<_> = shown.iter().filter(|shown| step(shown.fit.rule) == 0 && !wishes.is_empty()).map(|shown| place(shown.fit.wish)).collect();
                prop_assert!(spoken.is_sorted() && !spoken.contains(&None));
            }
        }
    }

    #[test]
    fn the_same_pieces_give_the_same_record_whatever_their_order(orders in prop::collection::vec(-3i64..3, 1..20), seed in any::<u64>()) {
        let mut pieces: Vec<_> = orders
            .iter()
            .enumerate()
            .map(|(n, order)| projection::Piece { key: "gtin:1".to_owned(), place: (*order, n as u64), value: format!("{{\"n\":{n}}}") })
            .collect();
        let mut shuffled = pieces.clone();
        shuffled.rotate_left((seed % orders.len() as u64) as usize);
        shuffled.reverse();
        pieces.sort();
        shuffled.sort();
        prop_assert_eq!(projection::value("gtin:1", &pieces), projection::value("gtin:1", &shuffled));
    }
}
