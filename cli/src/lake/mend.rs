//! `shelfreel lake mend`: puts back what can count now.
//!
//! Dead letters that are rows go into the lake as they are. Of bad rows, those go that were wrong for their shop alone: the edge had found nothing wrong with the beacon, and the catalogue
//! permits it now. They keep the moment at which they were received, and say why they did not count at first (`mended`). What is wrong in itself stays: to judge that is the edge's, and
//! nothing makes it right.
//!
//! Written first, taken out last: what is broken off leaves a row twice at worst, and readers take each once.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use shelfreel_matching::projection::hex;
use shelfreel_matching::record::Shop;

use super::rows::{Beacon, Head};
use super::{Hour, Kind, Lake, Span, put_bytes, text};
use crate::args::LakeMend;
use crate::store::Store;
use crate::{Error, Outcome};

/// The reasons that the catalogue can mend: a shop that was not there, an origin that was not its own.
const OF_THE_SHOP: [&str; 2] = ["unknown_shop: there is no shop ", "origin_not_registered: "];
/// As the edge: facts of so many videos of a beacon, those that are watched first.
const FACTS: usize = 99;
/// As the edge: a beacon nests at most so deep.
const DEPTH: usize = 16;
/// So many dead letters that are no rows are named.
const MOST_NAMED: u64 = 5;

pub(crate) fn run(
    lake: &dyn Lake,
    options: &LakeMend,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let span = options.hours.unwrap_or(Span::ALL);
    // A copy of the bucket has no catalogue.
    let store = match options.at.dir {
        Some(_) => None,
        None => Some(Store::at(
            &options.at.account,
            options.namespace.as_deref(),
            "",
        )?),
    };
    run_with(lake, store.as_ref(), span, out)
}

pub(crate) fn run_with(
    lake: &dyn Lake,
    store: Option<&Store>,
    span: Span,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let hours = |kind: Kind| -> Result<Vec<Hour>, Error> {
        let all = kind.hours(lake)?.into_iter();
        Ok(all.filter(|hour| span.has(*hour)).collect())
    };
    let mut mended: BTreeMap<Hour, u64> = BTreeMap::new();
    let mut left = 0_u64;
    for hour in hours(Kind::Dead)? {
        for object in lake.list(&Kind::Dead.of(hour))? {
            let letter = text(lake, &object.key)?.unwrap_or_default();
            match row(&letter) {
                Ok((kind, hour)) => {
                    put_lines(lake, kind, hour, &[letter.trim_end()])?;
                    lake.delete(&object.key)?;
                    count(&mut mended, hour);
                }
                Err(why) => {
                    left = left.saturating_add(1);
                    if left <= MOST_NAMED {
                        writeln!(out, "{} is no row: {why}", object.key)?;
                    }
                }
            }
        }
    }
    let mut bad = 0_u64;
    if let Some(store) = store {
        let mut catalogue = Catalogue {
            store,
            held: HashMap::new(),
        };
        for hour in hours(Kind::Bad)? {
            for object in lake.list(&Kind::Bad.of(hour))? {
                let lines = text(lake, &object.key)?.unwrap_or_default();
                let (mut good, mut rest) = (Vec::new(), Vec::new());
                for line in lines.lines() {
                    match catalogue.mend(line)? {
                        Some(row) => good.push(row.to_string()),
                        None => rest.push(line),
                    }
                }
                bad = bad.saturating_add(rest.len().try_into()?);
                if good.is_empty() {
                    continue;
                }
                let good: Vec<&str> = good.iter().map(String::as_str).collect();
                put_lines(lake, Kind::Raw, hour, &good)?;
                if !rest.is_empty() {
                    put_lines(lake, Kind::Bad, hour, &rest)?;
                }
                lake.delete(&object.key)?;
                good.iter().for_each(|_| count(&mut mended, hour));
            }
        }
    } else {
        writeln!(
            out,
            "Bad rows were not looked at: a copy of the bucket has no catalogue beside it."
        )?;
    }
    for (hour, rows) in &mended {
        writeln!(out, "{hour}  {rows} rows put back")?;
    }
    if let (Some((first, _)), Some((last, _))) = (mended.first_key_value(), mended.last_key_value())
    {
        writeln!(
            out,
            "They are in the lake. For the figures: shelfreel lake replay --from {} --to {}",
            first.less(36),
            last.plus(1)
        )?;
    }
    writeln!(
        out,
        "{left} dead letters and {bad} bad rows stay as they are."
    )?;
    Ok(Outcome::All)
}

fn count(mended: &mut BTreeMap<Hour, u64>, hour: Hour) {
    let rows = mended.entry(hour).or_default();
    *rows = rows.saturating_add(1);
}

/// Where a dead letter belongs that is a row.
fn row(letter: &str) -> Result<(Kind, Hour), String> {
    let line = letter.trim_end();
    if line.contains(['\n', '\r']) {
        return Err("it has a line break inside: a row is one line".to_owned());
    }
    let head: Head = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let hour = Hour::at(head.received_at_ms);
    match (head.bad, head.beacon_id) {
        (Some(_), _) => Ok((Kind::Bad, hour)),
        (None, Some(_)) => Ok((Kind::Raw, hour)),
        (None, None) => Err("it has no beacon_id".to_owned()),
    }
}

/// Writes lines as an object named by their content, as the studio's consumer does (studio/src/lake.rs).
fn put_lines(lake: &dyn Lake, kind: Kind, hour: Hour, lines: &[&str]) -> Result<(), Error> {
    let mut digest = Sha256::new();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    for line in lines {
        for bytes in [line.as_bytes(), b"\n"] {
            digest.update(bytes);
            gzip.write_all(bytes)?;
        }
    }
    let key = format!("{}{}.ndjson.gz", kind.of(hour), hex(&digest.finalize(), 32));
    put_bytes(lake, &key, &gzip.finish()?)
}

/// The catalogue, each key of it read once.
struct Catalogue<'a> {
    store: &'a Store,
    held: HashMap<String, Option<String>>,
}

impl Catalogue<'_> {
    fn value(&mut self, key: String) -> Result<Option<String>, Error> {
        if let Some(held) = self.held.get(&key) {
            return Ok(held.clone());
        }
        let value = self.store.value(&key)?;
        self.held.insert(key, value.clone());
        Ok(value)
    }

    /// A bad row as the row that it is now; none when it is as bad as before.
    fn mend(&mut self, line: &str) -> Result<Option<Value>, Error> {
        let Ok(mut row) = serde_json::from_str::<Map<String, Value>>(line) else {
            return Ok(None);
        };
        let text =
            |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let bad = row.get("bad");
        let reason = text(bad.and_then(|bad| bad.get("reason")));
        let raw = text(bad.and_then(|bad| bad.get("raw")));
        let of_the_shop = OF_THE_SHOP.iter().any(|start| reason.starts_with(start));
        if !of_the_shop || !row.contains_key("beacon_id") {
            return Ok(None);
        }
        let (shop, origin) = (text(row.get("shop")), text(row.get("origin")));
        let Some(shop) = self.value(format!("shop:{shop}"))? else {
            return Ok(None);
        };
        let permitted =
            Shop::parse(&shop).is_ok_and(|shop| origin.is_empty() || shop.allows(Some(&origin)));
        let (Ok(mut beacon), Ok(parsed)) = (
            serde_json::from_str::<Value>(&raw),
            serde_json::from_str::<Beacon>(&raw),
        ) else {
            return Ok(None);
        };
        if !permitted || depth(&beacon) > DEPTH {
            return Ok(None);
        }
        // What the browser refuses for its user no script on the page can grant.
        if row.get("gpc") == Some(&Value::Bool(true)) {
            beacon
                .as_object_mut()
                .and_then(|fields| fields.remove("consent"));
        }
        row.remove("bad");
        row.insert("videos".to_owned(), self.facts(&parsed)?);
        row.insert("beacon".to_owned(), beacon);
        row.insert("mended".to_owned(), json!(reason));
        Ok(Some(Value::Object(row)))
    }

    /// What the catalogue knows of a beacon's videos.
    fn facts(&mut self, beacon: &Beacon) -> Result<Value, Error> {
        let watched = beacon.sessions.iter().map(|session| &session.video);
        let placed = beacon
            .placements
            .iter()
            .flat_map(|placement| &placement.videos);
        let mut facts = Map::new();
        let mut seen: Vec<&String> = Vec::new();
        for video in watched.chain(placed) {
            if seen.len() >= FACTS {
                break;
            }
            if seen.contains(&video) {
                continue;
            }
            seen.push(video);
            let known = self.value(format!("video:{video}"))?;
            if let Some(known) = known.and_then(|known| serde_json::from_str(&known).ok()) {
                facts.insert(video.clone(), known);
            }
        }
        Ok(Value::Object(facts))
    }
}

fn depth(value: &Value) -> usize {
    let within = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(fields) => fields.values().map(depth).max(),
        _ => return 0,
    };
    within.unwrap_or(0).saturating_add(1)
}
