//! `shelfreel lake compact`: an hour's rows, each once, as Parquet.
//!
//! The result is a function of the set of lines that are there: whatever their order and number of copies, and however often it is made, it is the same bytes
//! under the same names. So there is nothing to lock: a run that was broken off is run again, and two at once write the same.
//!
//! Each table of an hour is one object of a fixed name, overwritten at once: who reads meanwhile has the old one or the new one. (Objects named by their content
//! would need an index, which the one line of DuckDB would have to read first.) Only a table of more than some 200 MB has several objects, which are replaced
//! one after the other. What was compacted is noted last, in `lake/compacted/{hour}.json`.
//!
//! Memory is bounded by the sorters' runs and a row group each: some 64 MB each, whatever an hour has.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use shelfreel_matching::projection::hex;

use super::parquet::Writer;
use super::rows::{Beacon, Head, Placement, Row, Session};
use super::tables::{self, Around, Of, Raw, Snapshot};
use super::{Hour, Kind, Lake, Object, demand, put_bytes, text};
use crate::args::LakeCompact;
use crate::sorter::{Piece, Sorted, Sorter};
use crate::{Error, Outcome};

/// Where it is noted what was compacted.
pub(crate) const DONE: &str = "lake/compacted/";

/// An hour is closed so long after its end: by then the queue has delivered what was not held up.
const GRACE_MS: u64 = 10 * 60 * 1000;

/// Hours that are older are looked at again only where rows lie in the spill: a message is tried for four days, and a dead letter for four more.
const LATE_HOURS: u64 = 14 * 24;

pub(crate) fn done_key(hour: Hour) -> String {
    format!("{DONE}{hour}.json")
}

pub(crate) fn run(
    lake: &dyn Lake,
    options: &LakeCompact,
    now_ms: u64,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let mut outcome = Outcome::All;
    let hours = match options.which.hour {
        Some(hour) => vec![hour],
        None => pending(lake, now_ms)?.into_iter().collect(),
    };
    for hour in hours {
        let inputs = inputs(lake, hour)?;
        let done = done(lake, hour)?;
        let digest = digest(&inputs);
        if options.which.hour.is_none() && done.as_ref().is_some_and(|done| done.digest == digest) {
            continue;
        }
        let now = compact(lake, hour, &inputs, digest)?;
        if let Some(before) = done {
            take_out(lake, &before, &now)?;
        }
        writeln!(
            out,
            "{hour}  {} rows ({} copies left out), {} sessions, {} placements, {} of demand; {} bytes from {} objects",
            now.rows,
            now.copies,
            now.sessions,
            now.placements,
            now.demand,
            now.objects.iter().map(|object| object.bytes).sum::<u64>(),
            now.inputs,
        )?;
        if now.unreadable > 0 {
            writeln!(
                out,
                "{hour}  {} lines could not be read as rows: they stay where they are and are in no table",
                now.unreadable
            )?;
            outcome = Outcome::Some;
        }
    }
    Ok(outcome)
}

/// What was compacted of an hour, and what it became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    v: u32,
    /// Of the keys and sizes of what was read.
    digest: String,
    inputs: u64,
    pub(crate) rows: u64,
    /// Rows that were there more than once count once: so many were left out.
    pub(crate) copies: u64,
    pub(crate) unreadable: u64,
    pub(crate) sessions: u64,
    pub(crate) placements: u64,
    #[serde(default)]
    demand: u64,
    pub(crate) objects: Vec<Made>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Made {
    key: String,
    pub(crate) bytes: u64,
}

pub(crate) fn done(lake: &dyn Lake, hour: Hour) -> Result<Option<Done>, Error> {
    let key = done_key(hour);
    let Some(bytes) = lake.get(&key)? else {
        return Ok(None);
    };
    // One of another version, or a broken one: the hour is compacted again.
    Ok(serde_json::from_slice(&bytes).ok())
}

/// The hours that are closed and may have something new, in order.
fn pending(lake: &dyn Lake, now_ms: u64) -> Result<BTreeSet<Hour>, Error> {
    let closed = Hour::at(now_ms.saturating_sub(GRACE_MS));
    let late = closed.less(LATE_HOURS);
    let done: BTreeSet<Hour> = Kind::Compacted.hours(lake)?.into_iter().collect();
    let raw = Kind::Raw.hours(lake)?.into_iter();
    let asked = Kind::Demand.hours(lake)?.into_iter();
    let lasting = raw.chain(asked);
    let lasting = lasting.filter(|hour| *hour >= late || !done.contains(hour));
    let spilt = Kind::Spill.hours(lake)?;
    let all = lasting.chain(spilt).filter(|hour| *hour < closed);
    Ok(all.collect())
}

fn inputs(lake: &dyn Lake, hour: Hour) -> Result<Vec<Object>, Error> {
    let mut inputs = lake.list(&Kind::Raw.of(hour))?;
    inputs.extend(lake.list(&Kind::Spill.of(hour))?);
    inputs.extend(lake.list(&Kind::Demand.of(hour))?);
    Ok(inputs)
}

fn digest(inputs: &[Object]) -> String {
    let mut digest = Sha256::new();
    digest.update(format!("tables {}\n", tables::VERSION));
    for object in inputs {
        digest.update(format!("{} {}\n", object.key, object.bytes));
    }
    hex(&digest.finalize(), 32)
}

/// A line with what it is sorted by: of copies, the one received first counts, then the smallest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Line {
    beacon_id: String,
    received_at_ms: u64,
    line: String,
}

impl Piece for Line {
    fn bytes(&self) -> usize {
        self.beacon_id.len().saturating_add(self.line.len())
    }
}

/// A snapshot with what it is sorted by: of those of a session, the first counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Ranked {
    page_view: String,
    id: String,
    seq: Reverse<u64>,
    received_at_ms: u64,
    beacon_id: String,
    /// The snapshot and what is around it, as JSON.
    of: String,
}

impl Piece for Ranked {
    fn bytes(&self) -> usize {
        let texts = [&self.page_view, &self.id, &self.beacon_id, &self.of];
        texts.iter().map(|text| text.len()).sum()
    }
}

fn compact(lake: &dyn Lake, hour: Hour, inputs: &[Object], digest: String) -> Result<Done, Error> {
    let mut lines = Sorter::new();
    let mut done = Done {
        v: 1,
        digest,
        inputs: inputs.len().try_into()?,
        rows: 0,
        copies: 0,
        unreadable: 0,
        sessions: 0,
        placements: 0,
        demand: 0,
        objects: Vec::new(),
    };
    let asked = Kind::Demand.of(hour);
    let (asked, rows): (Vec<Object>, Vec<Object>) = inputs
        .iter()
        .cloned()
        .partition(|object| object.key.starts_with(&asked));
    for object in &rows {
        // What left the spill meanwhile is in another object of the lake: then the inputs have changed, and the hour is pending again.
        let Some(text) = text(lake, &object.key)? else {
            continue;
        };
        for line in text.lines() {
            match serde_json::from_str::<Head>(line) {
                // Bad rows lie in the spill beside good ones.
                Ok(Head { bad: Some(_), .. }) => {}
                Ok(Head {
                    beacon_id: Some(beacon_id),
                    received_at_ms,
                    ..
                }) => lines.push(Line {
                    beacon_id,
                    received_at_ms,
                    line: line.to_owned(),
                })?,
                _ => done.unreadable = done.unreadable.saturating_add(1),
            }
        }
    }
    let mut snapshots = Snapshots {
        sessions: Sorter::new(),
        placements: Sorter::new(),
    };
    let mut rows = Writer::new("rows", &Raw::default().cells())?;
    let mut sorted = lines.sorted()?;
    let mut last = String::new();
    while let Some(line) = sorted.next()? {
        if line.beacon_id == last {
            done.copies = done.copies.saturating_add(1);
            continue;
        }
        match snapshots.take(&line.line)? {
            Some(raw) => {
                rows.push(raw.cells())?;
                last = line.beacon_id;
            }
            None => done.unreadable = done.unreadable.saturating_add(1),
        }
    }
    done.rows = rows.rows;
    keep(lake, hour, "rows", rows, &mut done.objects)?;
    done.sessions = table::<Session>(lake, hour, snapshots.sessions, &mut done.objects)?;
    done.placements = table::<Placement>(lake, hour, snapshots.placements, &mut done.objects)?;
    if let Some((writer, unreadable)) = demand::table(lake, &asked)? {
        done.demand = writer.rows;
        done.unreadable = done.unreadable.saturating_add(unreadable);
        keep(lake, hour, demand::TABLE, writer, &mut done.objects)?;
    }
    put_bytes(lake, &done_key(hour), &serde_json::to_vec(&done)?)?;
    Ok(done)
}

struct Snapshots {
    sessions: Sorter<Ranked>,
    placements: Sorter<Ranked>,
}

impl Snapshots {
    /// Takes a row's snapshots, and returns the row; none when it cannot be read.
    fn take(&mut self, line: &str) -> Result<Option<Raw>, Error> {
        let Ok(row) = serde_json::from_str::<Row<'_>>(line) else {
            return Ok(None);
        };
        let Ok(beacon) = serde_json::from_str::<Beacon>(row.beacon.get()) else {
            return Ok(None);
        };
        let around = Around::of(&row, &beacon);
        for snapshot in beacon.sessions {
            let facts = row.videos.get(&snapshot.video).cloned();
            let of = Of {
                around: around.clone(),
                snapshot,
                facts,
            };
            self.sessions.push(ranked(&of)?)?;
        }
        for snapshot in beacon.placements {
            let of = Of {
                around: around.clone(),
                snapshot,
                facts: None,
            };
            self.placements.push(ranked(&of)?)?;
        }
        Ok(Some(Raw {
            around,
            videos: serde_json::to_string(&row.videos)?,
            beacon: row.beacon.get().to_owned(),
            more: more(line)?,
        }))
    }
}

/// The fields of a row that have no column of their own.
fn more(line: &str) -> Result<String, Error> {
    let mut fields: BTreeMap<String, &RawValue> = serde_json::from_str(line)?;
    fields.retain(|name, _| !tables::IN_COLUMNS.contains(&name.as_str()));
    Ok(serde_json::to_string(&fields)?)
}

fn ranked<T: Snapshot>(of: &Of<T>) -> Result<Ranked, Error> {
    Ok(Ranked {
        page_view: of.page_view().to_owned(),
        id: of.snapshot.id().to_owned(),
        seq: Reverse(of.snapshot.seq()),
        received_at_ms: of.around.received_at_ms,
        beacon_id: of.around.beacon_id.clone(),
        of: serde_json::to_string(of)?,
    })
}

/// Writes the best snapshot of each placement or session; how many there are.
fn table<T: Snapshot>(
    lake: &dyn Lake,
    hour: Hour,
    mut ranked: Sorter<Ranked>,
    made: &mut Vec<Made>,
) -> Result<u64, Error> {
    let pattern = Of::<T>::default();
    let mut writer = Writer::new(T::TABLE, &T::cells(&pattern))?;
    let mut sorted: Sorted<'_, Ranked> = ranked.sorted()?;
    let mut last = None;
    while let Some(ranked) = sorted.next()? {
        let which = Some((ranked.page_view, ranked.id));
        if which == last {
            continue;
        }
        let of: Of<T> = serde_json::from_str(&ranked.of)?;
        writer.push(T::cells(&of))?;
        last = which;
    }
    let rows = writer.rows;
    keep(lake, hour, T::TABLE, writer, made)?;
    Ok(rows)
}

fn keep(
    lake: &dyn Lake,
    hour: Hour,
    table: &str,
    writer: Writer,
    made: &mut Vec<Made>,
) -> Result<(), Error> {
    for (part, file) in writer.finish()?.iter().enumerate() {
        let key = format!(
            "lake/parquet/{table}/{}/part-{part:03}.parquet",
            hour.partition()
        );
        lake.put(&key, file.path())?;
        made.push(Made {
            key,
            bytes: file.as_file().metadata()?.len(),
        });
    }
    Ok(())
}

/// Takes out the parts that an hour has no longer.
fn take_out(lake: &dyn Lake, before: &Done, now: &Done) -> Result<(), Error> {
    let now: BTreeMap<&str, ()> = now
        .objects
        .iter()
        .map(|made| (made.key.as_str(), ()))
        .collect();
    for made in &before.objects {
        if !now.contains_key(made.key.as_str()) {
            lake.delete(&made.key)?;
        }
    }
    Ok(())
}
