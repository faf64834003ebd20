//! Demand: what shops asked for and what came of it (docs/figures.md, "Demand"), summed up from the rows that the edge writes below `lake/demand/`. A lower bound, and labelled so.
//!
//! A row has a brand when something is published for its code; those without one, what nobody has published anything for, are the operator's to see.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use shelfreel_playback::hour;
use worker::{Bucket, Env};

use crate::lake;
use crate::problem::Problem;
use crate::replays;
use crate::tenant::Brand;

/// At most so many hours are summed up at once, and so many objects read: a worker may ask its stores a thousand times in one request.
const HOURS: u32 = 72;

/// See [`HOURS`].
const OBJECTS: usize = 900;

/// At most so many rows are named; the rest stands together under `others`.
const NAMED: usize = 1_000;

/// Whose demand is asked for.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// A brand's: of its own codes.
    Brand(&'a Brand),
    /// Nobody's: of codes that nothing is published for.
    Nobody,
}

/// One line of `lake/demand/`.
#[derive(Debug, Deserialize)]
struct Line {
    v: u32,
    shop: String,
    code: String,
    language: String,
    #[serde(default)]
    brand: String,
    #[serde(default)]
    why: String,
    count: u64,
    #[serde(default)]
    from_ms: u64,
    #[serde(default)]
    look_up: bool,
}

/// What counts are by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    code: String,
    language: String,
    shop: String,
    why: String,
}

/// What was counted.
#[derive(Debug, Default)]
struct Sums(BTreeMap<Cell, u64>);

impl Sums {
    /// Adds the lines that are wanted. What is no line of this version is left out.
    fn add(&mut self, lines: &str, brand: &str) {
        let lines = lines
            .lines()
            .filter_map(|line| serde_json::from_str::<Line>(line).ok());
        for line in lines.filter(|line| line.v == 1 && line.brand == brand) {
            let cell = Cell {
                code: line.code,
                language: line.language,
                shop: line.shop,
                why: line.why,
            };
            *self.0.entry(cell).or_default() += line.count;
        }
    }

    /// The rows, the most asked for first, and how often all others were.
    fn rows(self) -> (Vec<Value>, u64) {
        let mut cells: Vec<(Cell, u64)> = self.0.into_iter().collect();
        cells.sort_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.cmp(b)));
        let others = cells.split_off(cells.len().min(NAMED));
        let row = |(cell, count): (Cell, u64)| match cell.why.as_str() {
            "" => {
                json!({ "code": cell.code, "language": cell.language, "shop": cell.shop, "found": true, "count": count })
            }
            why => {
                json!({ "code": cell.code, "language": cell.language, "shop": cell.shop, "found": false, "why": why, "count": count })
            }
        };
        let rest = others.iter().map(|(_, count)| count).sum();
        (cells.into_iter().map(row).collect(), rest)
    }
}

/// Adds look-ups that found something: by brand, the hour since which they were counted, and shop.
pub fn look_ups(lines: &str, sums: &mut BTreeMap<(String, u32, String), u64>) {
    let lines = lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Line>(line).ok());
    for line in lines.filter(|line| line.v == 1 && line.look_up && !line.brand.is_empty()) {
        let hour = u32::try_from(line.from_ms / 3_600_000).unwrap_or_default();
        let sum = sums.entry((line.brand, hour, line.shop)).or_default();
        *sum = sum.saturating_add(line.count);
    }
}

/// Answers `from` and `to`, hours in UTC, `to` left out.
///
/// # Errors
/// A problem: no hours, or more than can be summed up at once.
pub async fn answer(
    env: &Env,
    whose: Whose<'_>,
    pairs: &[(String, String)],
) -> Result<Value, Problem> {
    let said = |name: &str| {
        let said = pairs.iter().find(|(said, _)| said == name);
        said.map(|(_, value)| value.as_str()).ok_or_else(|| {
            Problem::wrong(format!(
                "{name} is missing: an hour in UTC, as {name}=2026-11-22T05"
            ))
        })
    };
    let (from, to) = (said("from")?, said("to")?);
    let hours = replays::hour("from", from)?..replays::hour("to", to)?;
    if hours.is_empty() || hours.len() > HOURS as usize {
        return Err(Problem::wrong(format!(
            "from {from} to {to} are {} hours: ask for 1 to {HOURS}, `to` being the first that is left out",
            hours.len()
        )));
    }
    let bucket = env.bucket(lake::BINDING)?;
    let brand = match whose {
        Whose::Brand(brand) => brand.slug(),
        Whose::Nobody => "",
    };
    let mut sums = Sums::default();
    let mut read = 0_usize;
    for at in hours {
        let hour = hour(u64::from(at) * 3_600_000);
        for key in keys(&bucket, &format!("lake/demand/{hour}/")).await? {
            read = read.saturating_add(1);
            if read > OBJECTS {
                return Err(Problem::wrong(format!(
                    "up to {hour} there are more than {OBJECTS} objects: ask for fewer hours"
                )));
            }
            if let Some(object) = bucket.get(key).execute().await?
                && let Some(body) = object.body()
            {
                sums.add(&body.text().await?, brand);
            }
        }
    }
    let (rows, others) = sums.rows();
    let mut body = json!({ "v": 1, "from": from, "to": to, "lower_bound": true, "rows": rows, "others": others });
    if let (Whose::Brand(brand), Some(fields)) = (whose, body.as_object_mut()) {
        fields.insert("brand".into(), brand.slug().into());
    }
    Ok(body)
}

async fn keys(bucket: &Bucket, prefix: &str) -> Result<Vec<String>, Problem> {
    let page = bucket.list().prefix(prefix).execute().await?;
    // More than a page holds is more than is read.
    Ok(page.objects().iter().map(worker::Object::key).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = r#"{"v":1,"from_ms":0,"to_ms":1,"shop":"shop_a","code":"gtin:1","language":"nl","brand":"kenwick","count":3}
{"v":1,"from_ms":0,"to_ms":1,"shop":"shop_a","code":"gtin:1","language":"fr","brand":"kenwick","why":"no_language","count":5}
{"v":1,"from_ms":0,"to_ms":1,"shop":"shop_a","code":"gtin:2","language":"nl","brand":"solvane","count":7}
{"v":1,"from_ms":0,"to_ms":1,"shop":"shop_a","code":"gtin:3","language":"nl","why":"no_video","count":9}
no line
{"v":2}"#;

    #[test]
    fn look_ups_are_those_that_found_something_and_each_is_one() {
        let lines = r#"{"v":1,"from_ms":7199999,"shop":"shop_a","code":"gtin:1","language":"nl","brand":"kenwick","count":3,"look_up":true}
{"v":1,"from_ms":7199999,"shop":"shop_a","code":"gtin:2","language":"nl","brand":"kenwick","count":3}
{"v":1,"from_ms":7199999,"shop":"shop_a","code":"gtin:3","language":"fr","brand":"kenwick","why":"no_language","count":9}"#;
        let mut sums = BTreeMap::new();
        look_ups(lines, &mut sums);
        look_ups(lines, &mut sums);
        assert_eq!(
            sums,
            [(("kenwick".to_owned(), 1, "shop_a".to_owned()), 6)].into()
        );
    }

    #[test]
    fn a_brand_sees_its_own_codes_and_nobodys_are_apart() {
        let rows = |brand: &str| {
            let mut sums = Sums::default();
            sums.add(LINES, brand);
            sums.add(LINES, brand);
            sums.rows()
        };
        assert_eq!(
            rows("kenwick"),
            (
                vec![
                    json!({ "code": "gtin:1", "language": "fr", "shop": "shop_a", "found": false, "why": "no_language", "count": 10 }),
                    json!({ "code": "gtin:1", "language": "nl", "shop": "shop_a", "found": true, "count": 6 }),
                ],
                0
            )
        );
        assert_eq!(
            rows("").0,
            [
                json!({ "code": "gtin:3", "language": "nl", "shop": "shop_a", "found": false, "why": "no_video", "count": 18 })
            ]
        );
    }
}
