//! `shelfreel lake`: the raw playback, its Parquet, and what has to be mended.
//!
//! What is in the lake is said in docs/lake.md. All of it works by keys and bytes alone ([`Lake`]), so that a bucket and a folder that is a copy of
//! one are treated alike.

mod bucket;
mod compact;
mod demand;
mod folder;
mod hour;
mod list;
mod mend;
mod parquet;
mod replay;
mod rows;
mod tables;

use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::args::{LakeAt, LakeCommand};
use crate::{Error, Outcome};
use bucket::Bucket;
use folder::Folder;
pub(crate) use hour::{Hour, Span};

/// One object: its key and its size.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Object {
    pub(crate) key: String,
    pub(crate) bytes: u64,
}

/// Where the lake is.
pub(crate) trait Lake {
    /// The objects whose keys begin so, in the order of their keys.
    fn list(&self, prefix: &str) -> Result<Vec<Object>, Error>;
    /// What stands between a prefix and the next `/`, in order.
    fn folders(&self, prefix: &str) -> Result<Vec<String>, Error>;
    /// An object; none when it is not there.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error>;
    /// Writes an object, whole or not at all, in place of one that is there.
    fn put(&self, key: &str, file: &Path) -> Result<(), Error>;
    /// Takes an object out, if it is there.
    fn delete(&self, key: &str) -> Result<(), Error>;
}

/// Where rows stand, by the hour in which the edge received them, and what was asked for, by the hour in which it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Raw,
    Bad,
    Spill,
    Dead,
    Demand,
    Compacted,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Raw,
        Self::Bad,
        Self::Spill,
        Self::Dead,
        Self::Demand,
        Self::Compacted,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Bad => "bad",
            Self::Spill => "spill",
            Self::Dead => "dead",
            Self::Demand => "demand",
            Self::Compacted => "compacted",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Raw => "lake/raw/",
            Self::Bad => "lake/bad/",
            Self::Spill => "spill/",
            Self::Dead => "dead/",
            Self::Demand => "lake/demand/",
            Self::Compacted => compact::DONE,
        }
    }

    /// The prefix of one hour's objects.
    pub(crate) fn of(self, hour: Hour) -> String {
        match self {
            Self::Compacted => compact::done_key(hour),
            _ => format!("{}{hour}/", self.prefix()),
        }
    }

    /// The hours that have objects, in order. What is no hour was put there by others.
    pub(crate) fn hours(self, lake: &dyn Lake) -> Result<Vec<Hour>, Error> {
        let names = match self {
            Self::Compacted => {
                let done = lake.list(self.prefix())?;
                let name = |object: Object| {
                    let name = object.key.strip_prefix(self.prefix())?;
                    Some(name.strip_suffix(".json")?.to_owned())
                };
                done.into_iter().filter_map(name).collect()
            }
            _ => lake.folders(self.prefix())?,
        };
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }
}

pub(crate) fn run(command: &LakeCommand) -> Result<Outcome, Error> {
    let lake = open(command.at())?;
    let mut out = std::io::stdout().lock();
    match command {
        LakeCommand::List(options) => list::run(lake.as_ref(), options, &mut out),
        LakeCommand::Compact(options) => compact::run(lake.as_ref(), options, now_ms(), &mut out),
        LakeCommand::Replay(options) => replay::run(lake.as_ref(), options, &mut out),
        LakeCommand::Mend(options) => mend::run(lake.as_ref(), options, &mut out),
    }
}

fn open(at: &LakeAt) -> Result<Box<dyn Lake>, Error> {
    Ok(match &at.dir {
        Some(dir) => Box::new(Folder::open(dir)?),
        None => Box::new(Bucket::of(at)?),
    })
}

/// Milliseconds since 1970.
fn now_ms() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

/// An object's text, unzipped where its key says that it is zipped; none when it is gone, as what is swept from the spill is.
fn text(lake: &dyn Lake, key: &str) -> Result<Option<String>, Error> {
    let Some(bytes) = lake.get(key)? else {
        return Ok(None);
    };
    let mut text = String::new();
    if key.ends_with(".gz") {
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text)
    } else {
        bytes.as_slice().read_to_string(&mut text)
    }
    .map_err(|error| format!("{key} cannot be read: {error}"))?;
    Ok(Some(text))
}

/// Writes an object from memory.
fn put_bytes(lake: &dyn Lake, key: &str, bytes: &[u8]) -> Result<(), Error> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(bytes)?;
    file.flush()?;
    lake.put(key, file.path())
}

#[cfg(test)]
mod tests;
