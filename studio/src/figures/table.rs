//! Rows, totals and ratios, as JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::crowd::{CROWD, OTHER, stand_alone};
use super::query::{Bots, Query};
use crate::ledger::cell::at;
use crate::ledger::question::Line;
use crate::ledger::{FIGURES, Sums};

/// The dimensions that are about people.
const OF_PEOPLE: [&str; 2] = ["country", "device"];

/// In the minor unit of a currency.
const VALUES: [&str; 3] = ["value_minor", "value_direct_minor", "value_assisted_minor"];

/// Made of two figures each (docs/figures.md, "Made of these"): the name, what is divided, and what by.
const RATIOS: [(&str, &[&str], &[&str]); 7] = [
    ("viewable_rate", &["viewable_impressions"], &["impressions"]),
    ("play_rate", &["starts"], &["impressions"]),
    ("watched_share", &["reached_ms"], &["duration_ms"]),
    ("completion_rate", &["completions"], &["starts"]),
    (
        "exits_before_start_rate",
        &["exits_before_start"],
        &["sessions"],
    ),
    (
        "rebuffering_ratio",
        &["rebuffering_ms"],
        &["playing_ms", "rebuffering_ms"],
    ),
    ("startup_mean_ms", &["startup_ms"], &["startups"]),
];

/// `total`, and where rows are told apart `rows`, with `suppressed`.
#[must_use]
pub fn fields(query: &Query, mut lines: Vec<Line>) -> Map<String, Value> {
    if query.bots == Bots::Only {
        lines = only_bots(query, lines);
    }
    let mut total = Sums::default();
    for line in &lines {
        total.merge(&line.sums, 1);
    }
    let mut fields = Map::new();
    // A filter is a cell too.
    if is_filtered_by_people(query) && total.get(at::SESSIONS) < CROWD && !total.is_zero() {
        fields.insert("total".to_owned(), Value::Null);
        fields.insert("rows".to_owned(), json!([]));
        fields.insert("suppressed".to_owned(), json!(1));
        return fields;
    }
    let one_currency = of_one_currency(query);
    fields.insert("total".to_owned(), figures(&total, one_currency).into());
    if query.unit.is_none() && query.by.is_empty() {
        return fields;
    }
    let (rows, suppressed) = crowds(query, rows(query, lines));
    let one_currency = one_currency || query.by.iter().any(|name| name == "currency");
    let rows = rows.into_iter().map(|(names, sums)| {
        let names = names.into_iter().map(Value::String);
        let by = query.by_names().into_iter().map(str::to_owned).zip(names);
        Value::Object(by.chain(figures(&sums, one_currency)).collect())
    });
    fields.insert("rows".to_owned(), rows.collect());
    fields.insert("suppressed".to_owned(), json!(suppressed));
    fields
}

/// Machines alone; the dimension that told them apart goes, unless it was asked for.
fn only_bots(query: &Query, lines: Vec<Line>) -> Vec<Line> {
    let asked = query.by.iter().any(|name| name == "bot");
    let place = query
        .by
        .iter()
        .position(|name| name == "bot")
        .unwrap_or(query.by.len());
    lines
        .into_iter()
        .filter(|line| line.values.get(place).is_some_and(|bot| !bot.is_empty()))
        .map(|mut line| {
            if !asked {
                line.values.truncate(query.by.len());
            }
            line
        })
        .collect()
}

type Rows = BTreeMap<Vec<String>, Sums>;

/// By the names of time and dimensions, in their order.
fn rows(query: &Query, lines: Vec<Line>) -> Rows {
    let mut rows = Rows::new();
    for line in lines {
        let names = query.bucket(line.hour).into_iter().chain(line.values);
        rows.entry(names.collect())
            .or_default()
            .merge(&line.sums, 1);
    }
    rows
}

fn is_filtered_by_people(query: &Query) -> bool {
    let mut names = query.only.iter().map(|(name, _)| name.as_str());
    names.any(|name| OF_PEOPLE.contains(&name))
}

/// Puts the small cells of countries and devices together, within whatever else rows are told apart by.
fn crowds(query: &Query, rows: Rows) -> (Rows, usize) {
    // Where a country or device is asked for alone, every row is about its people, whatever it is told apart by.
    let filtered = is_filtered_by_people(query);
    let people: Vec<usize> = query
        .by_names()
        .iter()
        .enumerate()
        .filter(|(_, name)| filtered || OF_PEOPLE.contains(name))
        .map(|(place, _)| place)
        .collect();
    if people.is_empty() {
        return (rows, 0);
    }
    let other = |names: &[String]| -> Vec<String> {
        names
            .iter()
            .enumerate()
            .map(|(place, name)| {
                if people.contains(&place) {
                    OTHER.to_owned()
                } else {
                    name.clone()
                }
            })
            .collect()
    };
    let mut groups: BTreeMap<Vec<String>, Vec<(Vec<String>, Sums)>> = BTreeMap::new();
    for (names, sums) in rows {
        groups.entry(other(&names)).or_default().push((names, sums));
    }
    let (mut shown, mut suppressed) = (Rows::new(), 0);
    for (together, cells) in groups {
        let sessions: Vec<i64> = cells
            .iter()
            .map(|(_, sums)| sums.get(at::SESSIONS))
            .collect();
        for ((names, sums), alone) in cells.into_iter().zip(stand_alone(&sessions)) {
            suppressed += usize::from(!alone);
            let names = if alone { names } else { together.clone() };
            shown.entry(names).or_default().merge(&sums, 1);
        }
    }
    (shown, suppressed)
}

/// Euros and yen are not added up: in a total neither, where its rows are by currency.
fn of_one_currency(query: &Query) -> bool {
    let one = |(name, values): &(String, Vec<String>)| name == "currency" && values.len() == 1;
    query.only.iter().any(one)
}

fn figures(sums: &Sums, one_currency: bool) -> Map<String, Value> {
    let of = |name: &&str| {
        let place = FIGURES.iter().position(|known| known == name);
        place.map_or(0, |place| sums.get(place))
    };
    let mut all: Map<String, Value> = FIGURES
        .iter()
        .zip(sums.0)
        .map(|(name, sum)| ((*name).to_owned(), sum.into()))
        .collect();
    if !one_currency {
        all.extend(VALUES.map(|name| (name.to_owned(), Value::Null)));
    }
    for (name, of_these, by_these) in RATIOS {
        let value = ratio(of_these.iter().map(of).sum(), by_these.iter().map(of).sum());
        all.insert(name.to_owned(), value);
    }
    all
}

/// One number divided by another, to six digits, a half rounded up; nothing when that is 0. In whole numbers: in binary most halves are a little less than they are.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "millionths are below 2^53")]
pub fn ratio(of: i64, by: i64) -> Value {
    if by == 0 {
        return Value::Null;
    }
    let (of, by) = (i128::from(of), i128::from(by));
    let millionths = (2_000_000 * of + by).div_euclid(2 * by);
    json!(millionths as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(values: &[&str], sessions: u32) -> Line {
        let mut sums = Sums::default();
        sums.add(at::SESSIONS, sessions);
        Line {
            hour: 0,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            sums,
        }
    }

    fn answer(more: &[(&str, &str)], lines: Vec<Line>) -> Value {
        let span = [("from", "2026-11-22"), ("to", "2026-11-23")];
        let pairs: Vec<(String, String)> = span
            .iter()
            .chain(more)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Value::Object(fields(&Query::parse(&pairs).unwrap(), lines))
    }

    fn rows(answer: &Value, name: &str) -> Vec<(String, i64)> {
        let rows = answer["rows"].as_array().unwrap().iter();
        rows.map(|row| {
            (
                row[name].as_str().unwrap().to_owned(),
                row["sessions"].as_i64().unwrap(),
            )
        })
        .collect()
    }

    #[test]
    fn small_countries_go_together_and_small_shops_do_not() {
        let found = answer(
            &[("by", "country")],
            vec![line(&["DE"], 40), line(&["LI"], 3), line(&["LU"], 8)],
        );
        assert_eq!(
            rows(&found, "country"),
            [("DE".to_owned(), 40), ("other".to_owned(), 11)]
        );
        assert_eq!(found["suppressed"], 2);
        let found = answer(&[("by", "shop")], vec![line(&["shop_a"], 1)]);
        assert_eq!(rows(&found, "shop"), [("shop_a".to_owned(), 1)]);
    }

    #[test]
    fn where_a_country_is_filtered_by_every_row_is_about_its_people() {
        let few: Vec<Line> = (0..9)
            .map(|shop| line(&[&format!("shop_{shop}")], 2))
            .chain([line(&["shop_big"], 30)])
            .collect();
        let found = answer(&[("country", "LI"), ("by", "shop")], few);
        assert_eq!(
            rows(&found, "shop"),
            [("other".to_owned(), 18), ("shop_big".to_owned(), 30)]
        );
        let found = answer(
            &[("country", "LI"), ("by", "shop")],
            vec![line(&["shop_a"], 9)],
        );
        assert_eq!(
            (&found["total"], &found["rows"]),
            (&Value::Null, &json!([]))
        );
    }

    #[test]
    fn what_costs_euros_and_what_costs_yen_is_not_added_up() {
        let found = answer(
            &[("by", "currency")],
            vec![line(&["EUR"], 1), line(&["JPY"], 1)],
        );
        assert!(found["rows"][0]["value_minor"].is_number());
        assert!(answer(&[], vec![line(&[], 1)])["total"]["value_minor"].is_null());
        assert!(
            answer(&[("currency", "EUR")], vec![line(&[], 1)])["total"]["value_minor"].is_number()
        );
    }

    #[test]
    fn a_ratio_has_six_digits_and_a_half_is_rounded_up() {
        assert_eq!(ratio(1, 3), json!(0.333_333));
        assert_eq!(ratio(2, 3), json!(0.666_667));
        assert_eq!(
            ratio(8293, 16_000),
            json!(0.518_313),
            "0.5183125, which is 0.51831249… in binary"
        );
        assert_eq!(ratio(9, 3), json!(3.0));
        assert_eq!(ratio(0, 0), Value::Null);
    }
}
