//! What a shop tells of an order (docs/wire.md, "Purchases"), and what the catalogue knows of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use shelfreel_matching::code::{self, Asked, MOST_CODES};
use shelfreel_matching::record::{Record, Video};

use crate::beacon::{Unusable, that};
use crate::memory::Held;

/// An order's number has at most so many characters.
const ORDER: usize = 64;

/// A beacon has at most so many lines of orders, each of which costs up to [`MOST_CODES`] looks into the catalogue.
pub const LINES: usize = 100;

const QUANTITY: u32 = 10_000;

/// In the currency's minor unit. Far beyond every order, and far below what a double holds exactly.
const VALUE: u64 = 1_000_000_000_000;

/// An order.
#[derive(Debug, Deserialize)]
pub struct Purchase<'a> {
    #[serde(borrow)]
    order: Cow<'a, str>,
    #[serde(borrow)]
    currency: Option<Cow<'a, str>>,
    #[serde(borrow)]
    lines: Vec<Line<'a>>,
}

#[derive(Debug, Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    code: Cow<'a, str>,
    quantity: u32,
    value_minor: Option<u64>,
}

/// What the catalogue has for a line.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct Matched {
    /// The canonical code that led there.
    code: Box<str>,
    /// Whose videos they are.
    brands: BTreeSet<Box<str>>,
    /// The videos that the shop may show.
    videos: Vec<Box<str>>,
}

/// Checks the orders of a beacon.
pub fn check(purchases: &[Purchase<'_>]) -> Result<(), Unusable> {
    let lines: usize = purchases.iter().map(|purchase| purchase.lines.len()).sum();
    that(
        lines <= LINES,
        || "purchases".into(),
        lines,
        || format!("at most {LINES} lines in one beacon"),
    )?;
    for (place, purchase) in purchases.iter().enumerate() {
        purchase.check(&|name| format!("purchases[{place}].{name}"))?;
    }
    Ok(())
}

impl Purchase<'_> {
    fn check(&self, field: &dyn Fn(&str) -> String) -> Result<(), Unusable> {
        let is_mark = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:/#=".contains(&byte);
        that(
            (1..=ORDER).contains(&self.order.len()) && self.order.bytes().all(is_mark),
            || field("order"),
            &self.order,
            || format!("1 to {ORDER} of A-Z a-z 0-9 _ - . : / # ="),
        )?;
        let currency = self.currency.as_deref();
        that(
            currency
                .is_none_or(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())),
            || field("currency"),
            currency.unwrap_or_default(),
            || "three letters of ISO 4217, such as EUR".into(),
        )?;
        for (place, line) in self.lines.iter().enumerate() {
            line.check(currency, &|name| field(&format!("lines[{place}].{name}")))?;
        }
        Ok(())
    }
}

impl Line<'_> {
    fn check(
        &self,
        currency: Option<&str>,
        field: &dyn Fn(&str) -> String,
    ) -> Result<(), Unusable> {
        that(
            !self.code.is_empty() && self.code.split('|').count() <= MOST_CODES,
            || field("code"),
            &self.code,
            || format!("1 to {MOST_CODES} codes joined by |: gtin:…, mpn:BRAND:PART or sku:…"),
        )?;
        that(
            (1..=QUANTITY).contains(&self.quantity),
            || field("quantity"),
            self.quantity,
            || format!("1 to {QUANTITY}"),
        )?;
        self.value_minor.map_or(Ok(()), |value| {
            that(
                value <= VALUE && currency.is_some(),
                || field("value_minor"),
                value,
                || format!("at most {VALUE}, of an order with a currency"),
            )
        })
    }
}

/// Lines' codes, as they were written and as the catalogue has them.
pub type Codes<'a> = BTreeMap<&'a str, Vec<Asked>>;

/// The codes of every line; those of several lines once.
pub fn codes<'a>(purchases: impl Iterator<Item = &'a Purchase<'a>>, shop: &str) -> Codes<'a> {
    purchases
        .flat_map(|purchase| &purchase.lines)
        .map(|line| (line.code.as_ref(), code::asked(&line.code, shop)))
        .collect()
}

/// The keys under which the catalogue is asked for them.
pub fn keys(codes: &Codes<'_>) -> impl Iterator<Item = String> {
    let leads = codes
        .values()
        .flatten()
        .filter_map(|code| code.lead.as_ref().ok());
    leads.map(|lead| lead.key.to_string())
}

/// For each line's codes the first that has a video which the shop may show: in whichever language and market, for what was bought was not looked at. `None` of a beacon without a
/// line, and where the stores were out of reach: then it is not known which code would have come first.
pub fn matched<'a, 'h>(
    codes: &Codes<'a>,
    shop: &str,
    held: impl Fn(&str) -> Option<&'h Held>,
) -> Option<BTreeMap<&'a str, Matched>> {
    let mut matched = BTreeMap::new();
    for (written, asked) in codes {
        for lead in asked.iter().filter_map(|code| code.lead.as_ref().ok()) {
            if let Held::Record(record) = held(&lead.key)?
                && let Some(found) = of_record(&lead.key, record, shop)
            {
                matched.insert(*written, found);
                break;
            }
        }
    }
    (!codes.is_empty()).then_some(matched)
}

fn of_record(key: &str, record: &Record, shop: &str) -> Option<Matched> {
    let lists = |shops: &[Box<str>]| shops.iter().any(|one| **one == *shop);
    let may_show = |video: &&Video| {
        (video.shops.is_empty() || lists(&video.shops)) && !lists(&video.not_shops)
    };
    let videos = || record.videos.iter().filter(may_show);
    videos().next()?;
    Some(Matched {
        code: key.into(),
        brands: videos().map(|video| video.brand.clone()).collect(),
        videos: videos().map(|video| video.id.clone()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beacon;
    use crate::memory::{Age, Memory};
    use serde_json::{Value, json};

    const SHOP: &str = "shop_demo";

    fn beacon_with(purchases: &Value) -> String {
        json!({
            "v": 1, "id": "AAAAAAAAAAAAAAAAAAAAAA", "page_view": "AAAAAAAAAAAAAAAAAAAAAQ", "n": 1, "elapsed_ms": 5,
            "widget": "0.1.0", "engine": "js", "language": "nl", "purchases": purchases,
        })
        .to_string()
    }

    fn order() -> Value {
        json!({
            "order": "A-1_b.c:d/e#f=", "currency": "EUR",
            "lines": [{ "code": "gtin:8710103937746|sku:12", "quantity": 10_000, "value_minor": VALUE }, { "code": "sku:13", "quantity": 1 }],
        })
    }

    /// Why a beacon with these orders does not count; nothing when it does.
    fn reason(purchases: &Value) -> String {
        let body = beacon_with(purchases);
        beacon::parse(&body).map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn an_order_as_the_widget_tells_it_counts() {
        assert_eq!(reason(&json!([order()])), "");
        assert_eq!(reason(&json!([])), "");
        let mut bare = order();
        bare.as_object_mut().unwrap().remove("currency");
        bare["lines"] = json!([{ "code": "sku:13", "quantity": 1 }]);
        assert_eq!(reason(&json!([bare, order()])), "");
    }

    #[test]
    fn each_broken_order_has_its_reason() {
        let line = json!({ "code": "sku:13", "quantity": 1 });
        let amount = format!("at most {VALUE}, of an order with a currency");
        for (field, value, expected) in [
            (
                "/order",
                json!(""),
                "order: \"\", should be 1 to 64 of A-Z a-z 0-9".to_owned(),
            ),
            (
                "/order",
                json!("jan@example.com"),
                "order: \"jan@example.com\", should be ".to_owned(),
            ),
            (
                "/order",
                json!("x".repeat(65)),
                format!("order: \"{}\"", "x".repeat(65)),
            ),
            (
                "/order",
                json!(7),
                "json: invalid type: integer `7`, expected a string".to_owned(),
            ),
            (
                "/currency",
                json!("eur"),
                "currency: \"eur\", should be three letters".to_owned(),
            ),
            (
                "/currency",
                json!(null),
                format!("lines[0].value_minor: \"{VALUE}\", should be {amount}"),
            ),
            (
                "/lines/0/code",
                json!(""),
                "lines[0].code: \"\", should be 1 to 4 codes".to_owned(),
            ),
            (
                "/lines/1/code",
                json!("1|2|3|4|5"),
                "lines[1].code: \"1|2|3|4|5\", should be 1 to 4 codes".to_owned(),
            ),
            (
                "/lines/0/quantity",
                json!(0),
                "lines[0].quantity: \"0\", should be 1 to 10000".to_owned(),
            ),
            (
                "/lines/0/quantity",
                json!(10_001),
                "lines[0].quantity: \"10001\"".to_owned(),
            ),
            (
                "/lines/0/quantity",
                json!(1.5),
                "json: invalid type: floating point `1.5`, expected u32".to_owned(),
            ),
            (
                "/lines/0/value_minor",
                json!(VALUE + 1),
                format!(
                    "lines[0].value_minor: \"{}\", should be {amount}",
                    VALUE + 1
                ),
            ),
            (
                "/lines/0/value_minor",
                json!(-1),
                "json: invalid value: integer `-1`, expected u64".to_owned(),
            ),
            (
                "/lines",
                json!(vec![line; 101]),
                "purchases: \"101\", should be at most 100 lines in one beacon".to_owned(),
            ),
        ] {
            let mut order = order();
            *order.pointer_mut(field).unwrap() = value;
            let found = reason(&json!([order]));
            let found = found.strip_prefix("purchases[0].").unwrap_or(&found);
            assert!(
                found.starts_with(&expected),
                "{field}\n   found {found}\nexpected {expected}"
            );
        }
    }

    /// What the catalogue has for lines with these codes.
    fn matched_in(memory: &Memory, codes_of_lines: &[&str]) -> Option<Value> {
        let lines: Vec<_> = codes_of_lines
            .iter()
            .map(|code| json!({ "code": code, "quantity": 1 }))
            .collect();
        let body = beacon_with(&json!([{ "order": "1", "lines": lines }]));
        let beacon = beacon::parse(&body).unwrap();
        let codes = codes(beacon.purchases.iter(), SHOP);
        let matched = matched(&codes, SHOP, |key| memory.get(key, Age::Any, 0))?;
        Some(serde_json::to_value(matched).unwrap())
    }

    /// A record of videos, each with its brand and further fields.
    fn record(videos: &[(&str, &str, &str)]) -> String {
        let videos: Vec<_> = videos
            .iter()
            .map(|(id, brand, more)| format!(r#"{{"id":"{id}","brand":"{brand}","kind":"guide","language":"ja","show":{{"title":"T"}}{more}}}"#))
            .collect();
        format!(r#"{{"v":1,"videos":[{}]}}"#, videos.join(","))
    }

    #[test]
    fn a_line_has_the_brands_and_videos_of_the_first_of_its_codes_that_has_any() {
        let mut memory = Memory::default();
        let both = record(&[("b2", "beta", ""), ("a1", "acme", ""), ("b1", "beta", "")]);
        assert!(memory.keep("gtin:08710103937746", None, 0));
        assert!(memory.keep("mpn:acme:x1", Some(&both), 0));
        assert!(memory.keep("sku:shop_demo:9", Some(&record(&[])), 0));
        let line = "gtin:8710103937746|sku:9|mpn:Acme:X-1";
        assert_eq!(
            matched_in(&memory, &[line, "sku:9", "8710103937747", line]),
            Some(
                json!({ line: { "code": "mpn:acme:x1", "brands": ["acme", "beta"], "videos": ["b2", "a1", "b1"] } })
            )
        );
        assert_eq!(matched_in(&memory, &[]), None, "no line");
    }

    #[test]
    fn a_video_that_the_shop_may_not_show_is_nothing_to_its_orders() {
        let mut memory = Memory::default();
        let videos = record(&[
            ("a1", "acme", r#","shops":["shop_other"]"#),
            ("b1", "beta", r#","not_shops":["shop_demo"]"#),
            ("c1", "core", r#","shops":["shop_demo"],"markets":["JP"]"#),
        ]);
        assert!(memory.keep("sku:shop_demo:9", Some(&videos), 0));
        assert_eq!(
            matched_in(&memory, &["sku:9"]),
            Some(
                json!({ "sku:9": { "code": "sku:shop_demo:9", "brands": ["core"], "videos": ["c1"] } })
            )
        );
    }

    #[test]
    fn where_the_stores_are_out_of_reach_nothing_is_said_of_what_matched() {
        let mut memory = Memory::default();
        assert!(memory.keep("sku:shop_demo:9", Some(&record(&[("a1", "acme", "")])), 0));
        assert_eq!(
            matched_in(&memory, &["sku:9", "gtin:8710103937746|sku:9"]),
            None
        );
    }
}
