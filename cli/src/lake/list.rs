//! `shelfreel lake list`: what is there, by hour and kind.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use super::compact::done;
use super::rows::Head;
use super::{Hour, Kind, Lake, Span, text};
use crate::args::LakeList;
use crate::{Error, Outcome};

/// Objects and bytes.
#[derive(Debug, Default, Clone, Copy)]
struct Sum {
    objects: u64,
    bytes: u64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.objects = self.objects.saturating_add(other.objects);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

pub(crate) fn run(
    lake: &dyn Lake,
    options: &LakeList,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let span = options.hours.unwrap_or(Span::ALL);
    let mut cells: BTreeSet<(Hour, Kind)> = BTreeSet::new();
    for kind in Kind::ALL {
        let hours = kind.hours(lake)?.into_iter().filter(|hour| span.has(*hour));
        cells.extend(hours.map(|hour| (hour, kind)));
    }
    let mut sums: BTreeMap<Kind, Sum> = BTreeMap::new();
    let mut all_reasons: BTreeMap<String, u64> = BTreeMap::new();
    writeln!(
        out,
        "{:<13}  {:<9}  {:>8}  {:>12}",
        "hour", "kind", "objects", "bytes"
    )?;
    for (hour, kind) in cells {
        let (sum, reasons) = cell(lake, hour, kind)?;
        sums.entry(kind).or_default().add(sum);
        line(out, &hour.to_string(), kind, sum, &reasons)?;
        for (reason, count) in reasons {
            let all = all_reasons.entry(reason).or_default();
            *all = all.saturating_add(count);
        }
    }
    for (kind, sum) in sums {
        let none = BTreeMap::new();
        let reasons = if kind == Kind::Bad {
            &all_reasons
        } else {
            &none
        };
        line(out, "together", kind, sum, reasons)?;
    }
    Ok(Outcome::All)
}

fn line(
    out: &mut dyn Write,
    hour: &str,
    kind: Kind,
    sum: Sum,
    reasons: &BTreeMap<String, u64>,
) -> Result<(), Error> {
    let Sum { objects, bytes } = sum;
    write!(
        out,
        "{hour:<13}  {:<9}  {objects:>8}  {bytes:>12}",
        kind.name()
    )?;
    if !reasons.is_empty() {
        let rows: u64 = reasons.values().sum();
        let each: Vec<String> = reasons
            .iter()
            .map(|(reason, count)| format!("{reason} {count}"))
            .collect();
        write!(out, "  {rows} rows: {}", each.join(", "))?;
    }
    writeln!(out)?;
    Ok(())
}

/// The objects of one kind and hour; of bad rows, how many have each reason.
fn cell(lake: &dyn Lake, hour: Hour, kind: Kind) -> Result<(Sum, BTreeMap<String, u64>), Error> {
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    if kind == Kind::Compacted {
        let mut sum = Sum::default();
        for made in done(lake, hour)?.map_or_else(Vec::new, |done| done.objects) {
            sum.add(Sum {
                objects: 1,
                bytes: made.bytes,
            });
        }
        return Ok((sum, reasons));
    }
    let mut sum = Sum::default();
    for object in lake.list(&kind.of(hour))? {
        sum.add(Sum {
            objects: 1,
            bytes: object.bytes,
        });
        if kind == Kind::Bad {
            for line in text(lake, &object.key)?.unwrap_or_default().lines() {
                let count = reasons.entry(reason(line)).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
    Ok((sum, reasons))
}

/// The reason of a bad row as far as it is a kind of reasons: what stands before the colon, without the places in lists.
fn reason(line: &str) -> String {
    let Ok(Head { bad: Some(bad), .. }) = serde_json::from_str(line) else {
        return "unreadable".to_owned();
    };
    let field = bad.reason.split(':').next().unwrap_or_default();
    let digits = |c: char| !c.is_ascii_digit();
    field.chars().filter(|c| digits(*c)).collect()
}
