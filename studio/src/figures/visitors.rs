//! How many different shoppers were shown a brand's films, or watched them (docs/figures.md, "Visitors").

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use worker::Env;

use super::parameters::Parameters;
use super::query::{check_span, hour_of, midnight};
use crate::ledgers::Ledgers;
use crate::problem::Problem;
use crate::tenant::Brand;
use crate::visitors::audience::Audience;
use crate::visitors::question::{DIMENSIONS, Gathered, NoAnswer, Question};
use crate::visitors::visit::Identity;

/// What is filtered by.
const FILTERS: [&str; 2] = ["shop", "video"];

/// `GET /api/v1/brands/{brand}/visitors`.
///
/// # Errors
/// 400 for a question that is none; 503 when an object does not answer.
pub async fn answer(
    env: &Env,
    brand: &Brand,
    pairs: &[(String, String)],
) -> Result<Value, Problem> {
    let asked = Asked::parse(pairs)?;
    let gathered = Ledgers::of(env)?.visitors(brand, &asked.question).await?;
    let mut answer = super::object([("v", json!(1)), ("brand", json!(brand.slug()))]);
    let fields = asked.fields(&gathered);
    answer.extend(fields.map_err(|error| worker::Error::RustError(error.to_string()))?);
    Ok(answer.into())
}

/// A question, checked.
#[derive(Debug)]
struct Asked {
    /// As it was asked.
    from: String,
    /// As it was asked.
    to: String,
    question: Question,
}

impl Asked {
    fn parse(pairs: &[(String, String)]) -> Result<Self, Problem> {
        if pairs.iter().any(|(name, _)| name == "tz") {
            return Err(Problem::wrong(
                "tz: visitors are of UTC days, since the hash by which they are told apart is of one; leave it out",
            ));
        }
        let parameters = Parameters::of(pairs, &["from", "to", "identity", "by"], &FILTERS)?;
        let day = |name: &str| -> Result<(&str, u32), Problem> {
            let text = parameters.one(name)?.ok_or_else(|| {
                Problem::wrong(format!("{name} is missing: a day in UTC, as 2026-11-22"))
            })?;
            let at = midnight(text).ok_or_else(|| {
                Problem::wrong(format!(
                    "{name}: {text:?} should be a day in UTC, as 2026-11-22"
                ))
            })?;
            Ok((text, hour_of(at, &TimeZone::UTC)?))
        };
        let ((from, first), (to, end)) = (day("from")?, day("to")?);
        check_span((from, to), (first, end))?;
        let identity = match parameters.one("identity")?.unwrap_or("day") {
            "day" => Identity::Day,
            "shop" => Identity::Shop,
            other => {
                return Err(Problem::wrong(format!(
                    "identity: {other:?} should be day, by the edge's hash of the day, or shop, by the shop's own id"
                )));
            }
        };
        Ok(Self {
            from: from.to_owned(),
            to: to.to_owned(),
            question: Question {
                from_day: first / 24,
                to_day: end / 24,
                identity,
                by: groups(parameters.one("by")?.unwrap_or_default())?,
                only: parameters.only(&FILTERS)?,
            },
        })
    }

    fn fields(&self, gathered: &Gathered) -> Result<Map<String, Value>, NoAnswer> {
        let question = &self.question;
        let mut fields = super::object([
            ("from", json!(self.from)),
            ("to", json!(self.to)),
            ("identity", json!(question.identity.name())),
            ("by", json!(question.by)),
            ("estimate", json!(true)),
            ("total", estimates(&gathered.total()?).into()),
        ]);
        if !question.by.is_empty() {
            let rows = gathered.rows().iter().map(|(values, audience)| {
                let mut row: Map<String, Value> = question
                    .by
                    .iter()
                    .zip(values)
                    .map(|(name, value)| (name.clone(), json!(value)))
                    .collect();
                row.extend(estimates(audience));
                Value::Object(row)
            });
            fields.insert("rows".to_owned(), rows.collect());
        }
        Ok(fields)
    }
}

fn groups(by: &str) -> Result<Vec<String>, Problem> {
    let mut groups: Vec<String> = Vec::new();
    for name in by.split(',').filter(|name| !name.is_empty()) {
        if !DIMENSIONS.contains(&name) {
            return Err(Problem::wrong(format!(
                "by: {name:?} is nothing that visitors are told apart by: there are {}",
                DIMENSIONS.join(", ")
            )));
        }
        if groups.iter().any(|known| known == name) {
            return Err(Problem::wrong(format!("by: {name} stands twice")));
        }
        groups.push(name.to_owned());
    }
    Ok(groups)
}

fn estimates(audience: &Audience) -> Map<String, Value> {
    let (shown, watched) = (audience.shown.estimate(), audience.watched.estimate());
    super::object([
        ("shown", json!(shown.count)),
        ("shown_low", json!(shown.low)),
        ("shown_high", json!(shown.high)),
        ("watched", json!(watched.count)),
        ("watched_low", json!(watched.low)),
        ("watched_high", json!(watched.high)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visitors::sketch::Sketch;

    fn parse(query: &str) -> Result<Asked, Problem> {
        let pairs: Vec<(String, String)> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Asked::parse(&pairs)
    }

    #[test]
    fn a_question_is_of_days_and_by_the_hash_of_the_day_unless_it_says_otherwise() {
        let asked = parse("from=1970-01-02&to=1970-02-01&by=shop,day&shop=a&shop=b").unwrap();
        let owned = |values: [&str; 2]| values.map(str::to_owned).to_vec();
        let expected = Question {
            from_day: 1,
            to_day: 31,
            identity: Identity::Day,
            by: owned(["shop", "day"]),
            only: vec![("shop".to_owned(), owned(["a", "b"]))],
        };
        assert_eq!(asked.question, expected);
        let by_shop = parse("from=2026-11-01&to=2026-12-01&identity=shop").unwrap();
        assert_eq!(by_shop.question.identity, Identity::Shop);
    }

    #[test]
    fn the_total_has_who_is_in_several_rows_once() {
        let asked = parse("from=2026-11-01&to=2026-12-01&by=video").unwrap();
        let of = |visitors: &[&str]| {
            let mut sketch = Sketch::new().unwrap();
            visitors.iter().for_each(|visitor| sketch.add(visitor));
            sketch.bytes()
        };
        let mut gathered = Gathered::default();
        for (video, shown, watched) in [
            ("film", of(&["a", "b"]), of(&["a"])),
            ("guide", of(&["b", "c"]), Vec::new()),
        ] {
            gathered
                .add(vec![video.to_owned()], &shown, &watched)
                .unwrap();
        }
        let numbers = |shown: u64, watched: u64| json!({ "shown": shown, "shown_low": shown, "shown_high": shown, "watched": watched, "watched_low": watched, "watched_high": watched });
        let (mut film, mut guide) = (numbers(2, 1), numbers(2, 0));
        film["video"] = "film".into();
        guide["video"] = "guide".into();
        let fields = asked.fields(&gathered).unwrap();
        let expected = json!({ "from": "2026-11-01", "to": "2026-12-01", "identity": "day", "by": ["video"], "estimate": true, "total": numbers(3, 1), "rows": [film, guide] });
        assert_eq!(Value::Object(fields), expected);
        let whole = parse("from=2026-11-01&to=2026-12-01").unwrap();
        let fields = whole.fields(&Gathered::default()).unwrap();
        assert_eq!(
            (fields.get("rows"), &fields["total"]),
            (None, &numbers(0, 0))
        );
    }

    #[test]
    fn what_cannot_be_meant_is_told_with_what_would_be_right() {
        let span = "from=2026-11-22&to=2026-11-23";
        for (more, expected) in [
            ("&tz=UTC", "tz: visitors are of UTC days, since the hash"),
            ("&from=2026-11-21", "from stands more than once"),
            (
                "&by=country",
                "by: \"country\" is nothing that visitors are told apart by: there are day, shop, video",
            ),
            ("&by=day,day", "by: day stands twice"),
            ("&identity=person", "identity: \"person\" should be day,"),
            (
                "&country=NL",
                "\"country\" is no parameter: there are from, to, identity, by and the dimensions shop, video",
            ),
        ] {
            let problem = parse(&format!("{span}{more}")).unwrap_err();
            assert_eq!(problem.status, 400);
            assert!(
                problem.detail.starts_with(expected),
                "{more}: {}",
                problem.detail
            );
        }
        for (query, expected) in [
            (
                "from=2026-11-22",
                "to is missing: a day in UTC, as 2026-11-22",
            ),
            (
                "from=2026-11-22T05:00&to=2026-11-23",
                "from: \"2026-11-22T05:00\" should be a day in UTC",
            ),
            (
                "from=2026-11-23&to=2026-11-23",
                "from (2026-11-23) should be before to",
            ),
            (
                "from=2022-11-22&to=2026-11-23",
                "from 2022-11-22 to 2026-11-23 are 1462 days: at most 1099",
            ),
            (
                "from=1969-11-22&to=1970-11-23",
                "1969-11-22T00:00:00 is not between 1970 and 9999",
            ),
        ] {
            let problem = parse(query).unwrap_err();
            assert!(
                problem.detail.starts_with(expected),
                "{query}: {}",
                problem.detail
            );
        }
        let values: String = (0..51).map(|nth| format!("&video={nth}")).collect();
        let problem = parse(&format!("{span}{values}")).unwrap_err();
        assert!(
            problem
                .detail
                .starts_with("51 values of dimensions: at most 50")
        );
    }
}
