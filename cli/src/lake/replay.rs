//! `shelfreel lake replay`: rebuilds a span of all ledgers from the lake, by the studio's interface (`/api/v1/replays`).
//!
//! What counts in an hour was received at most 36 h later, and what it takes out of another hour as much before: so rows of 37 h on either side go along. They go as they are, in any order; the
//! ledgers take each once. Until the end nothing that anybody reads has changed, so that whatever fails on the way is given up and changes nothing.

use std::io::Write;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::rows::Head;
use super::{Hour, Kind, Lake, Span, text};
use crate::api::{Api, garbled, token_of};
use crate::args::LakeReplay;
use crate::{Error, Outcome};

/// So many hours before and after the span.
const AROUND: u64 = 37;
/// The studio takes so many rows a call,
const MOST_ROWS: usize = 500;
/// and so many bytes.
const MOST_BYTES: usize = 8 << 20;
/// So many lines that are no rows are named.
const MOST_NAMED: u64 = 5;

pub(crate) fn run(
    lake: &dyn Lake,
    options: &LakeReplay,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let token = token_of(&options.studio_token_env).ok_or_else(|| {
        format!(
            "the environment variable {} is not set: put an operator's token there (`shelfreel token create --operator`)",
            options.studio_token_env
        )
    })?;
    let studio = Studio {
        api: Api::studio(&options.studio, &token),
    };
    run_with(lake, options, &studio, out)
}

pub(crate) fn run_with(
    lake: &dyn Lake,
    options: &LakeReplay,
    studio: &Studio,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let which = &options.which;
    match (&which.finish, &which.give_up, which.from.zip(options.to)) {
        (Some(id), ..) => {
            let ledgers = studio.finish(id)?;
            writeln!(out, "Finished: replay {id} is in {ledgers} ledgers.")?;
            Ok(Outcome::All)
        }
        (_, Some(id), _) => {
            studio.give_up(id)?;
            writeln!(out, "Given up: replay {id}. No figure has changed.")?;
            Ok(Outcome::All)
        }
        (.., Some((from, to))) => replay(lake, from, to, studio, out),
        _ => Err("say which hours: --from 2026-11-22T05 --to 2026-11-22T09".into()),
    }
}

fn replay(
    lake: &dyn Lake,
    from: Hour,
    to: Hour,
    studio: &Studio,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let id = studio.begin(from, to)?;
    writeln!(
        out,
        "Replay {id} of the hours from {from} to {to}, the last excluded."
    )?;
    let sent = match send(lake, from, to, studio, &id, out) {
        Ok(sent) => sent,
        Err(error) => {
            return Err(match studio.give_up(&id) {
                Ok(()) => format!("{error}: the replay was given up, and no figure has changed"),
                Err(again) => format!(
                    "{error}: no figure has changed, and the replay could not be given up either ({again}): do it with --give-up {id}"
                ),
            }
            .into());
        }
    };
    let ledgers = studio.finish(&id).map_err(|error| {
        format!("{error}: all rows are there, and what was rebuilt may not be in every ledger yet: end it with --finish {id}")
    })?;
    writeln!(
        out,
        "{} rows of {} hours, in {} calls, rebuilt {ledgers} ledgers.",
        sent.rows, sent.hours, sent.calls
    )?;
    if sent.not_rows > 0 {
        writeln!(
            out,
            "{} lines are no rows and count nowhere.",
            sent.not_rows
        )?;
        return Ok(Outcome::Some);
    }
    Ok(Outcome::All)
}

#[derive(Default)]
struct Sent {
    hours: u64,
    calls: u64,
    rows: u64,
    not_rows: u64,
}

/// Rows that go in one call.
#[derive(Default)]
struct Batch {
    body: String,
    rows: usize,
}

fn send(
    lake: &dyn Lake,
    from: Hour,
    to: Hour,
    studio: &Studio,
    id: &str,
    out: &mut dyn Write,
) -> Result<Sent, Error> {
    let span = Span::new(from.less(AROUND), to.plus(AROUND));
    let mut sent = Sent::default();
    let mut batch = Batch::default();
    let mut hours = Kind::Raw.hours(lake)?;
    hours.extend(Kind::Spill.hours(lake)?);
    hours.retain(|hour| span.has(*hour));
    hours.sort();
    hours.dedup();
    for hour in hours {
        sent.hours = sent.hours.saturating_add(1);
        // The spill first: a row that has left it meanwhile is in the lake by then.
        for kind in [Kind::Spill, Kind::Raw] {
            for object in lake.list(&kind.of(hour))? {
                for line in text(lake, &object.key)?.unwrap_or_default().lines() {
                    // Bad rows lie in the spill beside good ones.
                    if let Ok(Head { bad: Some(_), .. }) = serde_json::from_str(line) {
                        continue;
                    }
                    let full = batch.body.len().saturating_add(line.len()) >= MOST_BYTES;
                    if full || batch.rows >= MOST_ROWS {
                        studio.rows(id, &mut batch, &mut sent, out)?;
                    }
                    batch.body.push_str(line);
                    batch.body.push('\n');
                    batch.rows = batch.rows.saturating_add(1);
                }
            }
        }
    }
    if batch.rows > 0 {
        studio.rows(id, &mut batch, &mut sent, out)?;
    }
    Ok(sent)
}

/// The studio's interface.
pub(crate) struct Studio {
    pub(crate) api: Api,
}

#[derive(Deserialize)]
struct Begun {
    id: String,
}

#[derive(Deserialize)]
struct Taken {
    taken: u64,
    #[serde(default)]
    not_rows: Vec<NotARow>,
}

#[derive(Deserialize)]
struct NotARow {
    why: String,
}

#[derive(Deserialize)]
struct Finished {
    ledgers: u64,
    /// Those that are to be finished by another call.
    #[serde(default)]
    left: u64,
}

impl Studio {
    fn begin(&self, from: Hour, to: Hour) -> Result<String, Error> {
        let wanted = serde_json::json!({ "from": from.to_string(), "to": to.to_string() });
        let begun: Begun = self.post("beginning a replay", "replays", &wanted.to_string())?;
        Ok(begun.id)
    }

    fn rows(
        &self,
        id: &str,
        batch: &mut Batch,
        sent: &mut Sent,
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        let batch = std::mem::take(batch);
        let taken: Taken = self.post("sending rows", &format!("replays/{id}/rows"), &batch.body)?;
        for not in &taken.not_rows {
            sent.not_rows = sent.not_rows.saturating_add(1);
            if sent.not_rows <= MOST_NAMED {
                writeln!(out, "no row: {}", not.why)?;
            }
        }
        sent.rows = sent.rows.saturating_add(taken.taken);
        sent.calls = sent.calls.saturating_add(1);
        Ok(())
    }

    fn finish(&self, id: &str) -> Result<u64, Error> {
        let path = format!("replays/{id}/finish");
        loop {
            let finished: Finished = self.post("finishing the replay", &path, "")?;
            if finished.left == 0 {
                return Ok(finished.ledgers);
            }
        }
    }

    fn give_up(&self, id: &str) -> Result<(), Error> {
        let path = format!("replays/{id}");
        self.api
            .call("giving the replay up", || self.api.delete(&path).call())?;
        Ok(())
    }

    fn post<T: DeserializeOwned>(&self, what: &str, path: &str, body: &str) -> Result<T, Error> {
        let answer = self.api.call(what, || {
            self.api
                .post(path)
                .header("content-type", "application/x-ndjson")
                .send(body)
        })?;
        Ok(serde_json::from_slice(&answer).map_err(|error| garbled(what, &error))?)
    }
}
