//! `/api/v1/replays`: rebuilding a span of all ledgers from the lake. `shelfreel lake replay` drives it.
//!
//! A replay begins in every ledger at once, with empty tables beside those that are read; rows of the lake come in any order and however often; at the end what was rebuilt takes the
//! place of what was there, in the span alone, ledger by ledger and step by step (`ledger/swap.rs`). Until then nothing that anybody reads has changed.

use serde::Deserialize;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Env, Request, Response};

use crate::ledger_index_do::{Outcome, Replay, Step};
use crate::ledgers::{self, Ledgers};
use crate::problem::Problem;
use crate::rows;

/// So many bytes of rows a call.
const BODY_BYTES: usize = 8 << 20;

/// So many rows a call.
const ROWS: usize = 500;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID)]
    fn random_uuid() -> String;
}

#[derive(Deserialize)]
struct Wanted {
    from: String,
    to: String,
}

/// Begins one.
///
/// # Errors
/// 400 for a span that is none, 409 while another is under way.
pub async fn begin(mut request: Request, env: &Env) -> Result<Response, Problem> {
    let wanted: Wanted = request.json().await.map_err(|error| {
        Problem::wrong(format!(
            "the body should be {{\"from\":\"2026-11-22T05\",\"to\":\"2026-11-22T09\"}}: {error}"
        ))
    })?;
    let (from_hour, to_hour) = (hour("from", &wanted.from)?, hour("to", &wanted.to)?);
    if from_hour >= to_hour {
        return Err(Problem::wrong(format!(
            "from ({}) should be before to ({}), which is the first hour that is left alone",
            wanted.from, wanted.to
        )));
    }
    let replay = Replay {
        id: random_uuid(),
        from_hour,
        to_hour,
    };
    match step(env, &Step::Begin(replay)).await? {
        Outcome::Busy(other) => Err(busy(&other)),
        Outcome::Begun(id) => Ok(Response::from_json(
            &serde_json::json!({ "v": 1, "id": id, "from": wanted.from, "to": wanted.to }),
        )?
        .with_status(201)),
        Outcome::Done { .. } | Outcome::Unknown => {
            Err(worker::Error::RustError("the replay did not begin".to_owned()).into())
        }
    }
}

/// Takes rows of the lake, as they are.
///
/// # Errors
/// 400 and 413 for a body that is none, 404 when there is no such replay, 503 when a ledger did not take its part: then all of it may come again.
pub async fn rows(mut request: Request, env: &Env, id: &str) -> Result<Response, Problem> {
    let ledgers = Ledgers::of(env)?;
    let open = ledgers.replay().await?;
    if open.is_none_or(|open| open.id != id) {
        return Err(unknown(id));
    }
    let body = request
        .text()
        .await
        .map_err(|error| Problem::wrong(format!("the body should be NDJSON: {error}")))?;
    let lines: Vec<&str> = body.lines().filter(|line| !line.is_empty()).collect();
    if body.len() > BODY_BYTES || lines.len() > ROWS {
        return Err(Problem::new(
            413,
            "too large",
            format!(
                "{} rows and {} bytes: at most {ROWS} and {BODY_BYTES} a call",
                lines.len(),
                body.len()
            ),
        ));
    }
    let cut = rows::cut(env, &lines).await;
    let mut not_rows = Vec::new();
    let mut parts = Vec::new();
    for (place, cut) in cut.into_iter().enumerate() {
        match cut {
            Ok(of_row) => {
                parts.extend(of_row.into_iter().map(|(brand, part)| (place, brand, part)));
            }
            Err(rows::NotCut::NoRow(why)) => {
                not_rows.push(serde_json::json!({ "line": place + 1, "why": why }));
            }
            Err(rows::NotCut::Unknown(why)) => return Err(worker::Error::RustError(why).into()),
        }
    }
    let told = ledgers.tell(&parts, true).await;
    if let Some(why) = told.failed.into_values().next() {
        return Err(worker::Error::RustError(why).into());
    }
    parts.extend(told.parts);
    let failed = ledgers.retake(parts, id).await?;
    if let Some(why) = failed.into_values().next() {
        return Err(worker::Error::RustError(why).into());
    }
    let taken = lines.len() - not_rows.len();
    Ok(Response::from_json(
        &serde_json::json!({ "v": 1, "taken": taken, "not_rows": not_rows }),
    )?)
}

/// Puts what was rebuilt in the place of what was there, in some ledgers; to be called until none is left.
///
/// # Errors
/// 404 when there is no such replay.
pub async fn finish(env: &Env, id: &str) -> Result<Response, Problem> {
    match step(env, &Step::Finish(id.to_owned())).await? {
        Outcome::Done { ledgers, left } => Ok(Response::from_json(
            &serde_json::json!({ "v": 1, "ledgers": ledgers, "left": left }),
        )?),
        _ => Err(unknown(id)),
    }
}

/// Gives it up: nothing that anybody reads has changed.
///
/// # Errors
/// 404 when there is no such replay.
pub async fn give_up(env: &Env, id: &str) -> Result<Response, Problem> {
    match step(env, &Step::GiveUp(id.to_owned())).await? {
        Outcome::Done { .. } => Ok(Response::empty()?.with_status(204)),
        Outcome::Busy(open) => Err(busy(&open)),
        _ => Err(unknown(id)),
    }
}

async fn step(env: &Env, step: &Step) -> Result<Outcome, Problem> {
    Ok(ledgers::call(&Ledgers::of(env)?.index_stub()?, "/replay", Some(step)).await?)
}

fn busy(open: &Replay) -> Problem {
    Problem::new(
        409,
        "busy",
        format!(
            "replay {} is under way: finish it, or, as long as that has not begun, give it up with DELETE /api/v1/replays/{}",
            open.id, open.id
        ),
    )
}

fn unknown(id: &str) -> Problem {
    Problem::nowhere(format!("no replay {id:?} is under way"))
}

/// `2026-11-22T05`, UTC, as hours since 1970.
pub(crate) fn hour(field: &str, text: &str) -> Result<u32, Problem> {
    format!("{text}:00:00Z")
        .parse::<jiff::Timestamp>()
        .ok()
        .and_then(|at| u32::try_from(at.as_second() / 3600).ok())
        .ok_or_else(|| {
            Problem::wrong(format!(
                "{field}: {text:?} should be an hour in UTC, as 2026-11-22T05"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::hour;

    #[test]
    fn an_hour_is_read_as_the_lake_names_it() {
        assert_eq!(hour("from", "1970-01-02T03").unwrap(), 27);
        assert_eq!(
            shelfreel_playback::hour(u64::from(hour("to", "2026-11-22T05").unwrap()) * 3_600_000),
            "2026-11-22T05"
        );
        for no_hour in ["", "2026-11-22", "2026-11-22T05:30", "1960-01-01T00", "5"] {
            let problem = hour("from", no_hour).unwrap_err();
            assert_eq!(problem.status, 400);
            assert!(problem.detail.contains("from: "), "{}", problem.detail);
        }
    }
}
