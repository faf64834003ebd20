//! The figures as a brand asks for them (docs/api.md; every definition is in docs/figures.md).
//!
//! | | |
//! |---|---|
//! | [`parameters`] | the parameters of an address |
//! | [`query`] | what the address asks, checked |
//! | [`crowd`] | people are not told apart: countries and devices of fewer than ten sessions go together |
//! | [`coverage`] | page views against look-ups that found something |
//! | [`table`] | rows, totals and ratios, as JSON |
//! | [`visitors`] | how many different shoppers |

pub mod coverage;
pub mod crowd;
pub mod parameters;
pub mod query;
pub mod table;
pub mod visitors;

use serde_json::{Map, Value, json};
use worker::Env;

use crate::ledger::cell::{Sums, at};
use crate::ledger::question::{Line, Question};
use crate::ledgers::Ledgers;
use crate::problem::Problem;
use crate::tenant::Brand;

use coverage::Coverage;
use query::{Bots, Query};

/// `GET /api/v1/brands/{brand}/figures`.
///
/// # Errors
/// 400 for a question that is none; 503 when a ledger does not answer.
pub async fn figures(
    env: &Env,
    brand: &Brand,
    pairs: &[(String, String)],
) -> Result<Value, Problem> {
    let query = Query::parse(pairs)?;
    let ledgers = Ledgers::of(env)?;
    let question = query.question(query.hours);
    let of_films = question.of_films();
    let coverage = Coverage::of(&query);
    let hours = coverage.as_ref().map_or((0, 0), |asked| asked.hours);
    let known = ledgers.known(brand, hours).await?;
    let coverage = coverage.and_then(|asked| asked.before(known.before_hour));
    let mut questions = vec![question, everything(&query)];
    questions.extend(query.before.iter().map(|span| query.question(span.hours)));
    questions.extend(coverage.iter().map(Coverage::question));
    let (answers, after_watermark) = ledgers.ask(brand, questions).await?;
    let mut answers = answers.into_iter();
    let mut next = || answers.next().unwrap_or_default();
    let mut answer = object([
        ("v", json!(1)),
        ("brand", json!(brand.slug())),
        ("from", json!(query.from)),
        ("to", json!(query.to)),
        ("time_zone", json!(query.zone_name)),
        ("by", json!(query.by_names())),
        ("bots", json!(query.bots.name())),
        ("of", json!(if of_films { "films" } else { "placements" })),
    ]);
    answer.extend(table::fields(&query, next()));
    let everything = next();
    if let Some(before) = &query.before {
        let mut previous = object([("from", json!(before.from)), ("to", json!(before.to))]);
        previous.extend(table::fields(&query, next()));
        answer.insert("previous".to_owned(), previous.into());
    }
    let coverage = match coverage {
        Ok(asked) => asked.answer(&known.look_ups, &next()),
        Err(why) => json!({ "share": null, "why": why }),
    };
    let mut quality = quality(&everything, after_watermark);
    quality.insert("coverage".to_owned(), coverage);
    quality.insert("replaying".to_owned(), known.replaying.into());
    answer.insert("quality".to_owned(), quality.into());
    Ok(answer.into())
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

/// Of people and machines, told apart: what is known of the figures themselves.
fn everything(query: &Query) -> Question {
    Question {
        by: vec!["bot".to_owned()],
        ..query.span(query.hours)
    }
}

/// How far the figures can be trusted: what was lost on the way, what came too late, what was left out.
fn quality(known: &[Line], after_watermark: i64) -> Map<String, Value> {
    let mut all = Sums::default();
    let mut bots = Map::new();
    for Line { values, sums, .. } in known {
        all.merge(sums, 1);
        if let Some(reason) = values.first().filter(|reason| !reason.is_empty()) {
            bots.insert(reason.clone(), sums.get(at::PAGE_VIEWS).into());
        }
    }
    let (arrived, lost) = (all.get(at::SNAPSHOTS), all.get(at::SNAPSHOTS_LOST));
    object([
        ("snapshots", json!(arrived)),
        ("snapshots_lost", json!(lost)),
        ("loss", table::ratio(lost, arrived + lost)),
        ("late", json!(all.get(at::LATE))),
        ("after_watermark", json!(after_watermark)),
        ("bot_page_views", bots.into()),
    ])
}

/// `GET /api/v1/brands/{brand}/attention/{video}`.
///
/// # Errors
/// 400 for a question that is none; 503 when a ledger does not answer.
pub async fn attention(
    env: &Env,
    brand: &Brand,
    video: &str,
    pairs: &[(String, String)],
) -> Result<Value, Problem> {
    let query = Query::parse(pairs)?;
    if !query.by.is_empty() || !query.only.is_empty() || query.unit.is_some() {
        return Err(Problem::wrong(
            "a curve is of a film and a span of time: it takes from, to, tz and bots alone",
        ));
    }
    let bots = match query.bots {
        Bots::Exclude => Some(false),
        Bots::Only => Some(true),
        Bots::Include => None,
    };
    let curve = Ledgers::of(env)?
        .attention(brand, video, query.hours, bots)
        .await?;
    let (plays, reach) = curve.split_at(curve.len() / 2);
    Ok(json!({
        "v": 1, "brand": brand.slug(), "video": video, "from": query.from, "to": query.to, "time_zone": query.zone_name,
        "plays": plays, "reach": reach,
    }))
}
