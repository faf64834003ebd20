//! Coverage: page views that a brand's ledgers know, against look-ups that found something of it (docs/figures.md, "Coverage").
//!
//! Demand knows shops and hours, and neither films nor people: what a question is filtered by beside shops makes it one that cannot be answered, and the answer says why.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use shelfreel_playback::hour;

use super::query::Query;
use super::table::ratio;
use crate::ledger::cell::at;
use crate::ledger::question::{Line, Question};

/// The longest span: each hour and shop is a row to be read.
const MOST_HOURS: u32 = 92 * 24;

/// Which look-ups are asked for: hours since 1970, the second left out, and those of some shops or of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Hours since 1970, the second left out.
    pub hours: (u32, u32),
    /// None: all.
    shops: Vec<String>,
    by_shop: bool,
}

impl Coverage {
    /// What a question asks of it.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn of(query: &Query) -> Result<Self, String> {
        let mut shops = Vec::new();
        for (name, values) in &query.only {
            if name != "shop" {
                return Err(format!("look-ups are not told apart by {name}"));
            }
            shops.clone_from(values);
        }
        let (from, to) = query.hours;
        if to - from > MOST_HOURS {
            return Err(format!(
                "{} days: it is told of at most {}",
                (to - from) / 24,
                MOST_HOURS / 24
            ));
        }
        Ok(Self {
            hours: query.hours,
            shops,
            by_shop: query.by.iter().any(|name| name == "shop"),
        })
    }

    /// The same, as far as look-ups are added up.
    ///
    /// # Errors
    /// When they are not yet.
    pub fn before(mut self, hour: u32) -> Result<Self, String> {
        self.hours.1 = self.hours.1.min(hour);
        if self.hours.0 >= self.hours.1 {
            return Err(
                "no whole hour of it is added up yet: that is some minutes after the hour"
                    .to_owned(),
            );
        }
        Ok(self)
    }

    /// What the ledgers are asked: page views of people and machines, which look-ups do not tell apart either.
    #[must_use]
    pub fn question(&self) -> Question {
        let only = (!self.shops.is_empty()).then(|| ("shop".to_owned(), self.shops.clone()));
        Question {
            from_hour: self.hours.0,
            to_hour: self.hours.1,
            by: self
                .by_shop
                .then(|| "shop".to_owned())
                .into_iter()
                .collect(),
            only: only.into_iter().collect(),
            ..Question::default()
        }
    }

    /// The answer. `found` is how many look-ups found something, by shop.
    #[must_use]
    pub fn answer(&self, found: &[(String, i64)], lines: &[Line]) -> Value {
        let mut shops: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        for (shop, count) in found {
            if self.shops.is_empty() || self.shops.contains(shop) {
                shops.entry(shop).or_default().0 += count;
            }
        }
        for line in lines {
            let shop = line.values.first().map_or("", String::as_str);
            shops.entry(shop).or_default().1 += line.sums.get(at::PAGE_VIEWS);
        }
        let both = shops.values().fold((0, 0), |(look_ups, page_views), of| {
            (look_ups + of.0, page_views + of.1)
        });
        let mut answer = numbers(both);
        let before = hour(u64::from(self.hours.1) * 3_600_000);
        answer.insert("before".to_owned(), json!(before));
        if self.by_shop {
            let rows = shops.into_iter().filter(|(_, of)| *of != (0, 0));
            let rows = rows.map(|(shop, of)| {
                let mut row = numbers(of);
                row.insert("shop".to_owned(), json!(shop));
                Value::Object(row)
            });
            answer.insert("shops".to_owned(), rows.collect());
        }
        answer.into()
    }
}

fn numbers((look_ups, page_views): (i64, i64)) -> Map<String, Value> {
    super::object([
        ("look_ups", json!(look_ups)),
        ("page_views", json!(page_views)),
        ("share", ratio(page_views, look_ups)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Sums;

    fn query(more: &[(&str, &str)]) -> Query {
        let span = [("from", "2026-11-22T05:00"), ("to", "2026-11-22T08:00")];
        let all = span.iter().chain(more);
        let pairs = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Query::parse(&pairs.collect::<Vec<_>>()).unwrap()
    }

    /// 2026-11-22T05:00:00Z
    const FROM_HOUR: u32 = 498_701;

    fn line(values: &[&str], page_views: u32) -> Line {
        let mut sums = Sums::default();
        sums.add(at::PAGE_VIEWS, page_views);
        Line {
            hour: 0,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            sums,
        }
    }

    #[test]
    fn both_are_of_the_hours_whose_look_ups_are_all_told() {
        let hours = |before| {
            let coverage = Coverage::of(&query(&[])).unwrap().before(before);
            coverage.map(|coverage| coverage.hours)
        };
        assert_eq!(hours(FROM_HOUR + 9), Ok((FROM_HOUR, FROM_HOUR + 3)));
        assert_eq!(hours(FROM_HOUR + 2), Ok((FROM_HOUR, FROM_HOUR + 2)));
        assert!(hours(FROM_HOUR).unwrap_err().contains("yet"));
        assert!(hours(0).is_err());
    }

    #[test]
    fn what_demand_does_not_know_is_not_answered_and_the_answer_says_why() {
        let of = |more: &[(&str, &str)]| Coverage::of(&query(more));
        for name in ["video", "country", "bot", "code"] {
            let why = of(&[("shop", "shop_a"), (name, "x")]).unwrap_err();
            assert_eq!(why, format!("look-ups are not told apart by {name}"));
        }
        assert!(of(&[("shop", "shop_a"), ("by", "country,video")]).is_ok());
    }

    #[test]
    fn the_share_is_of_the_shops_that_are_asked_for() {
        let found = [("shop_a".to_owned(), 8), ("shop_b".to_owned(), 3)];
        let coverage = Coverage::of(&query(&[])).unwrap();
        assert_eq!(
            coverage.answer(&found, &[line(&[], 5)]),
            json!({ "look_ups": 11, "page_views": 5, "share": 0.454_545, "before": "2026-11-22T08" })
        );
        let of_one = Coverage::of(&query(&[("shop", "shop_a")])).unwrap();
        assert_eq!(
            of_one.question().only,
            [("shop".to_owned(), vec!["shop_a".to_owned()])]
        );
        assert_eq!(of_one.answer(&found, &[line(&[], 6)])["share"], json!(0.75));
        let by_shop = Coverage::of(&query(&[("by", "day,shop")])).unwrap();
        assert_eq!(by_shop.question().by, ["shop"]);
        let answer = by_shop.answer(&found, &[line(&["shop_b"], 3), line(&["shop_c"], 1)]);
        assert_eq!(
            answer["shops"],
            json!([{ "shop": "shop_a", "look_ups": 8, "page_views": 0, "share": 0.0 }, { "shop": "shop_b", "look_ups": 3, "page_views": 3, "share": 1.0 },
                { "shop": "shop_c", "look_ups": 0, "page_views": 1, "share": null }])
        );
        assert_eq!(
            of_one.answer(&[], &[])["share"],
            Value::Null,
            "nothing was looked up"
        );
    }

    #[test]
    fn a_span_of_more_rows_than_are_read_is_not_answered() {
        let pairs = [("from", "2026-01-01"), ("to", "2026-11-01")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let why = Coverage::of(&Query::parse(&pairs).unwrap()).unwrap_err();
        assert_eq!(why, "304 days: it is told of at most 92");
    }
}
