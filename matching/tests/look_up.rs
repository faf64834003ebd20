//! From a query and records to the answer. The golden files `tests/fixtures/match-*.json` are this side's word on the wire;
//! `SHELFREEL_REGENERATE=1 cargo test -p shelfreel-matching` writes them anew.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::needless_pass_by_value,
    reason = "a test fails by panicking"
)]

use std::collections::HashMap;

use serde_json::{Value, json};
use shelfreel_matching::Reason;
use shelfreel_matching::answer::{self, Held, ShopState, Written};
use shelfreel_matching::{LookUp, Record, Shop};

const NOW_MS: u64 = 1_795_324_800_000;

/// Videos of one product, as short as a test needs them: language, then what differs.
fn video(id: &str, language: &str, more: Value) -> Value {
    let mut video = json!({
        "id": id, "brand": "kenwick", "kind": "commercial", "language": language,
        "show": { "title": format!("Film {id}"), "duration_ms": 8000, "width": 1280, "height": 720, "poster": "/v1/media/p.jpg",
            "sources": [{ "url": "/v1/media/a.mp4", "type": "video/mp4", "width": 1280, "height": 720, "bytes": 312_345 }],
            "captions": [] }
    });
    for (name, value) in more.as_object().unwrap() {
        video[name] = value.clone();
    }
    video
}

fn plain(id: &str, language: &str) -> Value {
    video(id, language, json!({}))
}

struct Stores {
    shop: Shop,
    records: HashMap<String, Record>,
    unavailable: bool,
}

impl Stores {
    fn new(videos: &[Value]) -> Self {
        Self::with_shop(json!({ "languages": ["nl", "en"], "market": "NL" }), videos)
    }

    fn with_shop(mut shop: Value, videos: &[Value]) -> Self {
        shop["v"] = json!(1);
        shop["origins"] = json!(["*"]);
        let mut stores = Self {
            shop: Shop::parse(&shop.to_string()).unwrap(),
            records: HashMap::new(),
            unavailable: false,
        };
        stores.publish("gtin:09524710000125", videos);
        stores
    }

    fn publish(&mut self, key: &str, videos: &[Value]) {
        let record = json!({ "v": 1, "videos": videos }).to_string();
        self.records
            .insert(key.to_owned(), Record::parse(&record).unwrap());
    }

    fn ask(&self, query: &str) -> (Value, Written) {
        self.ask_from(query, Some("DE"))
    }

    fn ask_from(&self, query: &str, country: Option<&str>) -> (Value, Written) {
        let look_up = LookUp::parse("shop_fjord", query).unwrap();
        let held = |key: &str| match self.records.get(key) {
            _ if self.unavailable => Held::Unavailable,
            Some(record) => Held::Record(record),
            None => Held::Nothing,
        };
        let mut out = String::new();
        let written = answer::write(
            &look_up,
            ShopState::Known(&self.shop),
            held,
            country,
            NOW_MS,
            &mut out,
        );
        (
            serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}")),
            written,
        )
    }

    /// The ids of the first product's videos, each with the rule of its language.
    fn order(&self, query: &str) -> Vec<String> {
        let (answer, _) = self.ask(query);
        let videos = answer["products"][0]["videos"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        videos
            .iter()
            .map(|video| {
                format!(
                    "{} {} {}",
                    text(&video["id"]),
                    text(&video["why"]["language"]),
                    text(&video["why"]["wish"])
                )
            })
            .collect()
    }

    fn why(&self, query: &str) -> String {
        let (answer, _) = self.ask(query);
        answer["products"][0]["why"]
            .as_str()
            .unwrap_or("a video")
            .to_owned()
    }
}

const P: &str = "p=gtin:9524710000125";

#[test]
fn languages_come_in_the_order_of_the_wishes_and_then_no_speech_captions_and_the_shops_own() {
    let stores = Stores::with_shop(
        json!({ "languages": ["en"] }),
        &[
            plain("shops", "en-US"),
            video("captioned", "ja", json!({ "captions": ["nl"] })),
            plain("silent", "zxx"),
            plain("frisian", "fy"),
            plain("second", "de"),
            plain("near", "nl-NL"),
            plain("broader", "nl"),
            plain("same", "nl-BE"),
            plain("nobody", "ko"),
        ],
    );
    assert_eq!(
        stores.order(&format!("lang=nl-BE,de-AT&{P}")),
        [
            "same same nl-BE",
            "broader broader nl-BE",
            "near near nl-BE",
            "second broader de-AT",
            "silent no_speech nl-BE",
            "captioned captions nl-BE",
            "shops shop en",
        ]
    );
    // Without wishes the shop's list takes their place.
    assert_eq!(stores.order(P), ["shops near en", "silent no_speech -"]);
    // A Frisian reads Dutch; a Dutchman is not expected to read Frisian.
    assert_eq!(
        stores.order(&format!("lang=fy&{P}"))[..2],
        ["frisian same fy", "near near fy"]
    );
}

#[test]
fn a_near_language_is_the_nearer_the_better() {
    let stores = Stores::new(&[
        plain("us", "en-US"),
        plain("au", "en-AU"),
        plain("gb", "en-GB"),
    ]);
    assert_eq!(
        stores.order(&format!("lang=en-NZ&{P}")),
        ["gb near en-NZ", "au near en-NZ", "us near en-NZ"]
    );
    let stores = Stores::new(&[plain("spain", "es-ES"), plain("argentina", "es-AR")]);
    assert_eq!(
        stores.order(&format!("lang=es-MX&{P}")),
        ["argentina near es-MX", "spain near es-MX"]
    );
}

#[test]
fn of_broader_languages_the_one_that_says_most_comes_first_and_a_longer_word_is_none() {
    let stores = Stores::new(&[
        plain("word", "zha"),
        plain("chinese", "zh"),
        plain("traditional", "zh-Hant"),
    ]);
    assert_eq!(
        stores.order(&format!("lang=zh-Hant-TW&{P}")),
        [
            "traditional broader zh-Hant-TW",
            "chinese broader zh-Hant-TW"
        ]
    );
    let stores = Stores::with_shop(json!({}), &[plain("short", "fi")]);
    assert_eq!(stores.why(&format!("lang=fil&{P}")), "no_language");
    // The nearest of several captions counts, and the dearest wish before it.
    let stores = Stores::new(&[
        video("later", "ja", json!({ "captions": ["de", "en-GB"] })),
        video("near", "ja", json!({ "captions": ["nl-NL"] })),
        video("same", "ja", json!({ "captions": ["en", "nl-BE"] })),
    ]);
    assert_eq!(
        stores.order(&format!("lang=nl-BE,de&{P}")),
        [
            "same captions nl-BE",
            "near captions nl-BE",
            "later captions de"
        ]
    );
}

#[test]
fn captions_in_a_language_near_a_wish_serve_too() {
    let stores = Stores::new(&[
        video("a", "ja", json!({ "captions": ["no"] })),
        video("b", "ko", json!({ "captions": ["da", "nn"] })),
    ]);
    assert_eq!(
        stores.order(&format!("lang=nn,da&{P}")),
        ["b captions nn", "a captions nn"]
    );
}

#[test]
fn kinds_are_only_those_asked_for_and_in_that_order_within_a_language() {
    let stores = Stores::new(&[
        plain("commercial", "nl"),
        video("guide", "nl", json!({ "kind": "guide" })),
        video("english", "en", json!({ "kind": "guide" })),
        video("review", "nl", json!({ "kind": "review" })),
    ]);
    assert_eq!(
        stores.order(&format!("lang=nl,en&kind=guide,commercial&{P}")),
        ["guide same nl", "commercial same nl", "english same en"]
    );
    assert_eq!(stores.why(&format!("lang=nl&kind=recipe&{P}")), "no_kind");
    let (answer, _) = stores.ask(&format!("lang=nl&kind=advert&{P}"));
    assert_eq!(answer["products"][0]["why"], "no_kind");
    assert_eq!(answer["ignored"][0]["value"], "advert");
}

#[test]
fn each_rule_that_fails_is_the_reason_and_the_video_that_came_furthest_speaks() {
    let rules = [
        ("no_language", video("a", "ko", json!({}))),
        ("no_kind", video("b", "nl", json!({ "kind": "story" }))),
        ("age_restricted", video("c", "nl", json!({ "age": 18 }))),
        (
            "not_in_market",
            video("d", "nl", json!({ "markets": ["BE"] })),
        ),
        ("no_longer", video("e", "nl", json!({ "until_ms": NOW_MS }))),
        (
            "not_yet",
            video("f", "nl", json!({ "from_ms": NOW_MS + 1 })),
        ),
        (
            "shop_excluded",
            video("g", "nl", json!({ "shops": ["shop_other"] })),
        ),
        (
            "shop_excluded",
            video("h", "nl", json!({ "not_shops": ["shop_fjord"] })),
        ),
    ];
    let query = format!("lang=nl&kind=commercial&{P}");
    let mut all = Vec::new();
    for (reason, video) in rules {
        assert_eq!(
            Stores::new(std::slice::from_ref(&video)).why(&query),
            reason
        );
        all.push(video);
        assert_eq!(
            Stores::new(&all).why(&query),
            reason,
            "the furthest of {}",
            all.len()
        );
    }
    assert_eq!(Stores::new(&[]).why(&query), "no_video");
    for kept in [
        json!({ "from_ms": NOW_MS }),
        json!({ "until_ms": NOW_MS + 1 }),
        json!({ "markets": ["BE", "NL"] }),
        json!({ "shops": ["shop_fjord"], "not_shops": ["shop_other"] }),
    ] {
        assert_eq!(
            Stores::new(&[video("a", "nl", kept)]).why(&query),
            "a video"
        );
    }
}

#[test]
fn the_market_is_the_pages_else_the_shops_else_the_shoppers() {
    let german = [video("a", "nl", json!({ "markets": ["DE"] }))];
    let (dutch_shop, any_shop) = (
        Stores::new(&german),
        Stores::with_shop(json!({ "languages": ["nl"] }), &german),
    );
    assert_eq!(dutch_shop.why(P), "not_in_market");
    assert_eq!(dutch_shop.why(&format!("market=de&{P}")), "a video");
    assert_eq!(any_shop.why(P), "a video");
    assert_eq!(
        any_shop.ask_from(P, None).0["products"][0]["why"],
        "not_in_market"
    );
    let (answer, _) = any_shop.ask(&format!("market=Germany&{P}"));
    assert_eq!(answer["ignored"][0]["parameter"], "market");
}

#[test]
fn an_answer_says_until_when_it_holds() {
    let later = video(
        "later",
        "nl",
        json!({ "from_ms": NOW_MS + 500, "until_ms": NOW_MS + 900 }),
    );
    let ending = video("ending", "nl", json!({ "until_ms": NOW_MS + 700 }));
    assert_eq!(Stores::new(&[plain("a", "nl")]).ask(P).1.until_ms, u64::MAX);
    assert_eq!(
        Stores::new(std::slice::from_ref(&ending)).ask(P).1.until_ms,
        NOW_MS + 700
    );
    assert_eq!(
        Stores::new(&[ending, later]).ask(P).1.until_ms,
        NOW_MS + 500
    );
}

#[test]
fn at_most_twelve_videos_are_shown_in_the_brands_order() {
    let videos: Vec<Value> = (0..20).map(|n| plain(&format!("v{n}"), "nl")).collect();
    let shown = Stores::new(&videos).order(&format!("lang=nl&{P}"));
    assert_eq!(shown.len(), 12);
    assert_eq!(
        (shown[0].as_str(), shown[11].as_str()),
        ("v0 same nl", "v11 same nl")
    );
}

#[test]
fn the_first_code_that_matches_wins_and_a_case_is_served_by_the_item_in_it() {
    let mut stores = Stores::new(&[plain("item", "nl")]);
    let (answer, _) = stores.ask("p=gtin:19524710000122");
    let why = &answer["products"][0]["videos"][0]["why"];
    assert_eq!(
        (&why["code"], &why["contained_in"]),
        (&json!("gtin:09524710000125"), &json!("gtin:19524710000122"))
    );

    stores.publish("gtin:19524710000122", &[plain("case", "nl")]);
    assert_eq!(stores.order("p=gtin:19524710000122"), ["case same nl"]);
    stores.publish("sku:shop_fjord:a|b", &[plain("sku", "nl")]);
    assert_eq!(
        stores.order("p=gtin:9524710000293|sku:a%257Cb|gtin:9524710000125"),
        ["sku same nl"]
    );
    stores.publish("mpn:kenwick:br7", &[plain("part", "nl")]);
    assert_eq!(
        stores.order("p=mpn:KEN-WICK%C2%AE:%EF%BC%A2R/7"),
        ["part same nl"]
    );
}

#[test]
fn stores_out_of_reach_are_no_reason_to_say_that_there_is_no_video() {
    let mut stores = Stores::new(&[plain("a", "nl")]);
    stores.unavailable = true;
    let (answer, written) = stores.ask("p=9524710000125&p=9524710000126");
    assert_eq!(answer["products"][0]["why"], "unavailable");
    assert_eq!(answer["products"][1]["why"], "gtin_check_digit");
    assert_eq!((written.until_ms, written.unavailable), (u64::MAX, true));
    let look_up = LookUp::parse("shop_fjord", "p=1&p=2").unwrap();
    for (state, why) in [
        (ShopState::Unknown, "unknown_shop"),
        (ShopState::OriginNotRegistered, "origin_not_registered"),
        (ShopState::Unavailable, "unavailable"),
    ] {
        let mut out = String::new();
        answer::write(&look_up, state, |_| Held::Nothing, None, NOW_MS, &mut out);
        let answer: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            (&answer["why"], &answer["products"][1]["why"]),
            (&json!(why), &json!(why))
        );
    }
}

#[test]
fn what_is_beyond_the_eighth_language_or_the_fourth_code_is_said() {
    let stores = Stores::new(&[]);
    let ignored =
        |lang: &str| stores.ask(&format!("lang={lang}&{P}")).0["ignored_languages"].clone();
    let eight = "nl,de,fr,en,es,it,sv,xx1";
    assert_eq!(ignored(eight).as_array().unwrap().len(), 1);
    assert_eq!(ignored(&format!("{eight},nl")), ignored(eight));
    let say = "a look-up may have 8 languages: this one and what comes after it was not looked at";
    for (more, ninth) in [
        ("da", "da"),
        ("da,fi,no", "da"),
        ("da,MX", "da"),
        ("MX,da", "MX"),
    ] {
        let ignored = ignored(&format!("{eight},{more}"));
        assert_eq!(ignored.as_array().unwrap().len(), 2, "{ignored}");
        assert_eq!(ignored[1], json!({ "tag": ninth, "say": say }));
    }

    for (codes, say) in [
        (
            "1|2|3|4|5",
            "a product may have 4 codes: this one was not looked at",
        ),
        (
            "1|2|3|4|5|6",
            "a product may have 4 codes: this one and what comes after it was not looked at",
        ),
        (
            "1|2|3|111111,222222,333333",
            "a product may have 4 codes: this one and what comes after it was not looked at",
        ),
    ] {
        let (answer, _) = stores.ask(&format!("p={codes}"));
        assert_eq!(answer["products"][0]["codes"][4]["say"], say, "{codes}");
    }
}

#[test]
fn a_country_given_as_a_language_gets_a_clear_answer() {
    let stores = Stores::with_shop(json!({}), &[plain("a", "sv")]);
    let (answer, _) = stores.ask(&format!("lang=MX,english,SE&{P}"));
    assert_eq!(
        answer["ignored_languages"],
        json!([
            { "tag": "MX", "say": "MX is a country, not a language: write es-MX" },
            { "tag": "english", "say": "english is no language tag: write nl for Dutch, en-GB for British English, zxx for no speech" },
        ])
    );
    let product = &answer["products"][0];
    assert_eq!(
        (&product["why"], &product["languages"]),
        (&json!("no_language"), &json!(["sv"]))
    );
    assert_eq!(
        product["codes"][0]["say"],
        "there are videos in other languages only: sv; se is taken for a language: if the country is meant, write sv-SE"
    );
}

#[test]
fn a_request_that_is_no_look_up_is_refused() {
    let many = "&p=1".repeat(25);
    for (query, wanted) in [
        ("", "no product is asked for: add p=gtin:… once per product"),
        (
            "lang=nl",
            "no product is asked for: add p=gtin:… once per product",
        ),
        (
            many.as_str(),
            "25 products are asked for: at most 24 in one look-up",
        ),
        ("p=%ZZ", "the value of p is not percent-encoded UTF-8: %ZZ"),
        ("p=%FF", "the value of p is not percent-encoded UTF-8: %FF"),
    ] {
        assert_eq!(
            LookUp::parse("shop_fjord", query).unwrap_err().to_string(),
            wanted
        );
    }
    assert!(LookUp::parse("shop_fjord", &"&p=1".repeat(24)).is_ok());
}

fn golden(name: &str, stores: &Stores, query: &str) {
    let path = format!(
        "{}/../tests/fixtures/match-{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let (answer, _) = stores.ask(query);
    let found =
        serde_json::to_string_pretty(&json!({ "query": query, "answer": answer })).unwrap() + "\n";
    if std::env::var_os("SHELFREEL_REGENERATE").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found, wanted,
        "{path} is not what is answered now; SHELFREEL_REGENERATE=1 writes it"
    );
}

#[test]
fn answers_are_those_of_the_golden_files() {
    let caption = json!({ "captions": ["nl"], "kind": "guide" });
    let stores = Stores::new(&[
        plain("kenwick-br7-nl", "nl"),
        video("kenwick-br7-guide", "de", caption),
        plain("kenwick-br7-mood", "zxx"),
    ]);
    golden("hit", &stores, "lang=nl-BE,en&p=gtin:9524710000125");
    golden("miss", &stores, "lang=nl&p=gtin:9524710000293");
    golden(
        "codes",
        &stores,
        "lang=nl&p=gtin:9524710000126|gtin:2012345678903|mpn::X|size:4|gtin:&p=gtin:19524710000122&p=36000291452",
    );
    golden(
        "language",
        &Stores::with_shop(json!({}), &[plain("a", "ko")]),
        "lang=MX,fr&p=9524710000125",
    );
}

#[test]
fn each_reason_is_said_in_words() {
    let say = |stores: &Stores, query: &str, country: Option<&str>| {
        let (answer, _) = stores.ask_from(query, country);
        let code = &answer["products"][0]["codes"][0];
        format!(
            "{}: {}",
            code["why"].as_str().unwrap(),
            code["say"].as_str().unwrap()
        )
    };
    let shop = json!({ "languages": ["nl"], "age": 12 });
    for (more, wanted) in [
        (
            json!({ "shops": ["shop_other"] }),
            "shop_excluded: the brand does not let this shop show it",
        ),
        (
            json!({ "from_ms": NOW_MS + 1 }),
            "not_yet: its publication date is still to come",
        ),
        (
            json!({ "until_ms": NOW_MS }),
            "no_longer: its publication has ended",
        ),
        (
            json!({ "markets": ["BE"] }),
            "not_in_market: it is published for other markets than DE",
        ),
        (
            json!({ "age": 16 }),
            "age_restricted: it is rated for older viewers than 12, the shop's limit",
        ),
        (
            json!({ "kind": "story" }),
            "no_kind: there are videos of other kinds only",
        ),
    ] {
        let stores = Stores::with_shop(shop.clone(), &[video("a", "nl", more)]);
        let query = format!("kind=commercial&{P}");
        assert_eq!(say(&stores, &query, Some("DE")), wanted);
    }
    let abroad = Stores::with_shop(
        shop.clone(),
        &[video("a", "nl", json!({ "markets": ["BE"] }))],
    );
    assert_eq!(
        say(&abroad, P, None),
        "not_in_market: it is published for certain markets, and the page's is not known: add market="
    );
    let mut empty = Stores::with_shop(shop, &[]);
    assert_eq!(
        say(&empty, P, None),
        "no_video: nothing is published for it"
    );
    empty.unavailable = true;
    assert_eq!(
        say(&empty, P, None),
        "unavailable: the stores are out of reach: ask again later"
    );
    let silent = Stores::with_shop(
        json!({}),
        &[plain("a", "ko"), plain("b", "ja"), plain("c", "ko")],
    );
    assert_eq!(
        say(&silent, P, None),
        "no_language: neither the page nor the shop says a language: ko, ja"
    );
    assert_eq!(
        say(&silent, &format!("lang=nl&{P}"), None),
        "no_language: there are videos in other languages only: ko, ja"
    );
    let own = Stores::with_shop(json!({ "languages": ["nl"] }), &[plain("a", "ko")]);
    assert_eq!(
        say(&own, P, None),
        "no_language: there are videos in other languages only: ko"
    );
}

#[test]
fn a_shop_that_may_not_ask_is_told_why_for_each_product() {
    let look_up = LookUp::parse("shop_fjord", "p=1&p=2").unwrap();
    for (state, why, say, unavailable) in [
        (
            ShopState::Unknown,
            "unknown_shop",
            "no shop has this id: see data-shop in the script tag",
            false,
        ),
        (
            ShopState::OriginNotRegistered,
            "origin_not_registered",
            "this page's origin is not one of the shop's: the operator can add it",
            false,
        ),
        (
            ShopState::Unavailable,
            "unavailable",
            "the stores are out of reach: ask again later",
            true,
        ),
    ] {
        let mut out = String::new();
        let written = answer::write(&look_up, state, |_| Held::Nothing, None, NOW_MS, &mut out);
        let product = json!({ "videos": [], "why": why });
        assert_eq!(
            serde_json::from_str::<Value>(&out).unwrap(),
            json!({ "v": 1, "why": why, "say": say, "products": [product, product] })
        );
        assert_eq!(
            written,
            Written {
                until_ms: u64::MAX,
                unavailable,
                demand: vec![]
            }
        );
    }
}

#[test]
fn languages_there_would_have_been_are_listed_once_over_all_codes() {
    let mut stores = Stores::with_shop(json!({}), &[plain("a", "ko"), plain("b", "ja")]);
    stores.publish(
        "gtin:09524710000293",
        &[
            plain("c", "ja"),
            plain("d", "th"),
            video("e", "hu", json!({ "age": 18 })),
        ],
    );
    let (answer, _) = stores.ask("lang=nl&p=9524710000125|9524710000293|sku:1");
    assert_eq!(answer["products"][0]["why"], "no_language");
    assert_eq!(
        answer["products"][0]["languages"],
        json!(["ko", "ja", "th"])
    );
    let (answer, _) = stores.ask("lang=nl&p=sku:1");
    assert!(answer["products"][0].get("languages").is_none());
}

#[test]
fn the_texts_are_those_of_the_shopper_and_name_the_kinds_that_occur() {
    let stores = Stores::with_shop(
        json!({ "languages": ["fr", "ko"] }),
        &[
            video("a", "zxx", json!({ "kind": "guide" })),
            video("b", "zxx", json!({ "kind": "recipe" })),
        ],
    );
    for (lang, language, watch, kinds) in [
        (
            "nl-BE",
            "nl",
            "Bekijk video",
            json!({ "guide": "Keuzehulp", "recipe": "Recept" }),
        ),
        (
            "ko,de",
            "de",
            "Video ansehen",
            json!({ "guide": "Kaufberatung", "recipe": "Rezept" }),
        ),
        (
            "en-GB",
            "en",
            "Watch video",
            json!({ "guide": "Buying guide", "recipe": "Recipe" }),
        ),
        (
            "ko",
            "fr",
            "Voir la vidéo",
            json!({ "guide": "Guide d’achat", "recipe": "Recette" }),
        ),
    ] {
        let texts = &stores.ask(&format!("lang={lang}&{P}")).0["texts"];
        assert_eq!(
            (&texts["language"], &texts["watch"], &texts["kinds"]),
            (&json!(language), &json!(watch), &kinds)
        );
    }
    let nobody = Stores::with_shop(json!({ "languages": ["ko"] }), &[plain("a", "ko")]);
    assert_eq!(nobody.ask(P).0["texts"]["language"], "en");
    let none = Stores::new(&[]);
    assert!(none.ask(P).0.get("texts").is_none());
}

#[test]
fn whatever_a_page_writes_comes_back_as_sound_json() {
    let stores = Stores::new(&[]);
    let query = "kind=%22a%5C%0A%0D%09%01%1F%7F%22&market=%22&lang=%22&p=%22%5C%01:x|sku:%22%5C%01";
    let (answer, _) = stores.ask(query);
    assert_eq!(
        answer["ignored"][0]["value"],
        r#""a\\n\r\t\u{1}\u{1f}\u{7f}""#
    );
    assert_eq!(answer["ignored"].as_array().unwrap().len(), 2);
    assert_eq!(answer["ignored_languages"][0]["tag"], "\"");
    let codes = &answer["products"][0]["codes"];
    assert_eq!(codes[0]["code"], "\"\\\\u{1}:x");
    assert_eq!(codes[1]["code"], "sku:shop_fjord:\"\\\u{1}");
    let record = video("a\u{1}\u{1F}\"\\\n\r\t", "nl", json!({}));
    let (answer, _) = Stores::new(&[record]).ask(P);
    assert_eq!(
        answer["products"][0]["videos"][0]["id"],
        "a\u{1}\u{1F}\"\\\n\r\t"
    );
}

#[test]
fn an_id_is_a_shops_by_its_form() {
    use shelfreel_matching::look_up::is_shop_id;
    let id = |length: usize| format!("shop_{}", "a".repeat(length));
    for right in [id(4), id(32), "shop_az09".to_owned()] {
        assert!(is_shop_id(&right), "{right}");
        let look_up = LookUp::parse(&right, "p=1").unwrap();
        assert_eq!(look_up.shop_key(), Some(format!("shop:{right}")));
    }
    let look_up = LookUp::parse("shop_fjord", "p=9524710000125|1|sku:2&p=sku:2").unwrap();
    let (gtin, sku) = ("gtin:09524710000125", "sku:shop_fjord:2");
    assert_eq!(look_up.keys().collect::<Vec<_>>(), [gtin, sku, sku]);
    for wrong in [
        id(3).as_str(),
        &id(33),
        "shop_Fjord",
        "shop_fj-rd",
        "fjord",
        "",
    ] {
        assert!(!is_shop_id(wrong), "{wrong}");
        assert_eq!(LookUp::parse(wrong, "p=1").unwrap().shop_key(), None);
    }
}

#[test]
fn kinds_and_markets_are_read_as_they_come_and_plus_is_a_space() {
    let parse = |query: &str| LookUp::parse("shop_fjord", &format!("p=1&{query}")).unwrap();
    let kinds = |query: &str| {
        let names = parse(query).kinds.into_iter();
        names
            .map(|kind| kind.map_or("?", shelfreel_matching::Kind::name))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(kinds("kind=Guide,+story,,guide,x,y"), "guide story ?");
    assert_eq!(parse("kind=x,y").ignored.len(), 2);
    assert_eq!(parse("kind=,&market=+").ignored, []);
    assert_eq!(
        parse("market=+nl+").market.map(|market| market.to_string()),
        Some("NL".to_owned())
    );
    assert_eq!(
        parse("kind=advert").ignored[0].say,
        "advert is no kind: write one of commercial, guide, review, unboxing, howto, story, recipe, other"
    );
    assert_eq!(
        parse("market=Holland").ignored[0].say,
        "Holland is no country of ISO 3166-1: write two letters, such as NL"
    );
    // Texts too long to be remembered are read all the same; what is remembered stays what it was.
    let long = "nl,".repeat(60);
    for _ in 0..2 {
        assert_eq!(parse(&format!("lang={long}")).wishes.languages.len(), 1);
        for n in 0..300 {
            let wishes = parse(&format!("lang=nl-x-a{n},de")).wishes;
            assert_eq!(wishes.languages.len(), 2);
        }
    }
}

#[test]
fn what_was_asked_for_is_told_by_the_code_that_matched_or_came_furthest() {
    use answer::Demand;
    let stores = Stores::new(&[plain("a", "ko")]);
    let told = |query: &str| stores.ask(query).1.demand;
    let hit = |code| Demand {
        product: 0,
        code,
        why: None,
    };
    assert_eq!(told("lang=ko&p=9524710000125"), [hit(0)]);
    assert_eq!(told("lang=ko&p=9524710000126|9524710000125"), [hit(1)]);
    let miss = |product, code, why| Demand {
        product,
        code,
        why: Some(why),
    };
    assert_eq!(
        told("lang=nl&p=9524710000293|9524710000125&p=4006381333931"),
        [miss(0, 1, Reason::NoLanguage), miss(1, 0, Reason::NoVideo)]
    );
    assert_eq!(told("lang=nl&p=9524710000126"), []);
}
