//! Sorting more pieces than memory holds: sorted runs on disk, merged when they are read.
//!
//! Memory is bounded by one run ([`MOST_RUN_BYTES`]) while sorting, and by one piece a run while merging.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Error;

/// About how many bytes of pieces are sorted in memory at once.
const MOST_RUN_BYTES: usize = 64 << 20;

/// One thing that a row says of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Said {
    /// The place of the key's type: keys are written in the order of [`crate::import::PREFIXES`].
    pub(crate) rank: u8,
    pub(crate) key: String,
    /// The place among the pieces of a key.
    pub(crate) place: (i64, u64),
    /// The JSON that goes into the key's value; none when the row was refused: it holds what is there.
    pub(crate) value: Option<String>,
}

impl Piece for Said {
    fn bytes(&self) -> usize {
        self.key.len() + self.value.as_ref().map_or(0, String::len)
    }
}

/// What can be sorted: it is written to disk and read again.
pub(crate) trait Piece: Ord + Clone + Serialize + DeserializeOwned {
    /// About how many bytes of memory it has beside its own size.
    fn bytes(&self) -> usize;
}

/// Takes pieces in any order.
pub(crate) struct Sorter<T> {
    pending: Vec<T>,
    pending_bytes: usize,
    most_run_bytes: usize,
    runs: Vec<File>,
}

impl<T: Piece> Sorter<T> {
    pub(crate) fn new() -> Self {
        Self::with_run_bytes(MOST_RUN_BYTES)
    }

    fn with_run_bytes(most_run_bytes: usize) -> Self {
        Self {
            pending: Vec::new(),
            pending_bytes: 0,
            most_run_bytes,
            runs: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, said: T) -> Result<(), Error> {
        let bytes = size_of::<T>() + said.bytes();
        self.pending_bytes = self.pending_bytes.saturating_add(bytes);
        self.pending.push(said);
        if self.pending_bytes >= self.most_run_bytes {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<(), Error> {
        self.pending.sort_unstable();
        let mut writer = BufWriter::new(tempfile::tempfile()?);
        for said in self.pending.drain(..) {
            serde_json::to_writer(&mut writer, &said)?;
            writer.write_all(b"\n")?;
        }
        self.pending_bytes = 0;
        self.runs.push(
            writer
                .into_inner()
                .map_err(std::io::IntoInnerError::into_error)?,
        );
        Ok(())
    }

    /// All pieces in order; may be called again.
    pub(crate) fn sorted(&mut self) -> Result<Sorted<'_, T>, Error> {
        self.pending.sort_unstable();
        let mut sorted = Sorted {
            memory: self.pending.iter(),
            runs: Vec::with_capacity(self.runs.len()),
            heap: BinaryHeap::new(),
        };
        for run in &mut self.runs {
            run.seek(SeekFrom::Start(0))?;
            sorted.runs.push(BufReader::new(&*run));
        }
        for source in 0..=sorted.runs.len() {
            sorted.refill(source)?;
        }
        Ok(sorted)
    }
}

/// The merged runs.
pub(crate) struct Sorted<'a, T> {
    memory: std::slice::Iter<'a, T>,
    runs: Vec<BufReader<&'a File>>,
    heap: BinaryHeap<Reverse<(T, usize)>>,
}

impl<T: Piece> Sorted<'_, T> {
    pub(crate) fn next(&mut self) -> Result<Option<T>, Error> {
        let Some(Reverse((said, source))) = self.heap.pop() else {
            return Ok(None);
        };
        self.refill(source)?;
        Ok(Some(said))
    }

    pub(crate) fn peek(&self) -> Option<&T> {
        self.heap.peek().map(|Reverse((said, _))| said)
    }

    /// Puts the next piece of a source on the heap; the source behind the last run is memory.
    fn refill(&mut self, source: usize) -> Result<(), Error> {
        let said = match self.runs.get_mut(source) {
            Some(run) => {
                let mut line = String::new();
                if run.read_line(&mut line)? == 0 {
                    None
                } else {
                    Some(serde_json::from_str(&line)?)
                }
            }
            None => self.memory.next().cloned(),
        };
        if let Some(said) = said {
            self.heap.push(Reverse((said, source)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(rank: u8, key: u32, place: i64) -> Said {
        Said {
            rank,
            key: format!("{key:05}"),
            place: (place, 1),
            value: Some(format!("\"{place}\"")),
        }
    }

    #[test]
    fn pieces_come_out_in_order_whether_they_fit_in_memory_or_not() {
        let mut wanted: Vec<Said> = (0..2_000u32)
            .map(|n| said((n % 3) as u8, n * 7919 % 2_003, i64::from(n)))
            .collect();
        for run_bytes in [20_000, 10_000_000] {
            let mut sorter = Sorter::with_run_bytes(run_bytes);
            for said in &wanted {
                sorter.push(said.clone()).unwrap();
            }
            for _ in 0..2 {
                let mut sorted = sorter.sorted().unwrap();
                let mut found = Vec::new();
                while let Some(said) = sorted.next().unwrap() {
                    found.push(said);
                }
                wanted.sort();
                assert_eq!(found, wanted);
            }
        }
    }
}
