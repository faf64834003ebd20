//! `shelfreel import`: from a feed to the stores.
//!
//! The rows are checked one by one; each leaves pieces of keys in a sorter. Sorted, they are laid beside the keys that are
//! there, which KV lists in order too, so that only what differs is written, whatever the size of either. A key is always
//! old or new. Facts of videos are written before the records that name them, and records are taken out before the facts.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use shelfreel_matching::catalogue::{Column, Refusal, Row, is_video_id};
use shelfreel_matching::projection::{self, Metadata, Piece};

use crate::args::Import;
use crate::feed::{Feed, Read1};
use crate::files::{Measured, Shelf};
use crate::report::Report;
use crate::sorter::{Said, Sorted, Sorter};
use crate::store::{MOST_BATCH_BYTES, MOST_PAIRS, Pair, Store};
use crate::{Error, Outcome, shops};

/// The types of keys, in the order in which they are written.
pub(crate) const PREFIXES: [&str; 5] = ["video:", "shop:", "gtin:", "mpn:", "sku:"];
const VIDEOS: u8 = 0;
const SHOPS: u8 = 1;
/// While a row is refused, so many records that differ are read to see what would vanish from them; the rest is kept
/// unread. Cloudflare's API takes 1,200 calls in five minutes.
const MOST_READ: u16 = 1_000;
/// The longest value of a key: some 2,000 videos, of which 12 are shown. The edge reads a record whole for a look-up, and has
/// 128 MB for everything; a code that stands in every row is a mistake.
const MOST_VALUE_BYTES: usize = 1 << 20;
/// The records are taken out before the facts of their videos; shops last.
const ORDER_OUT: [u8; 5] = [2, 3, 4, VIDEOS, SHOPS];

pub(crate) fn run(options: &Import) -> Result<Outcome, Error> {
    let store = if options.check {
        None
    } else {
        Some(Store::of(&options.catalogue, &options.bucket)?)
    };
    let mut report = Report::new();
    run_with(options, store.as_ref(), &mut report)
}

pub(crate) fn run_with(
    options: &Import,
    store: Option<&Store>,
    report: &mut Report,
) -> Result<Outcome, Error> {
    let feed = feed_name(options)?;
    let mut import = Importer {
        options,
        feed,
        store,
        report,
        sorter: Sorter::new(),
        said: 0,
        ids: HashMap::new(),
        refused: HashSet::new(),
        read: 0,
        uploaded: HashSet::new(),
        blocked: HashSet::new(),
        batch: Batch::default(),
    };
    import.rows()?;
    import.shops()?;
    if import.report.counts.rows_taken == 0
        && import.report.counts.rows_refused > 0
        && import.report.counts.shops_taken == 0
    {
        import.report.end(true);
        return Err("no row could be taken: nothing was done".into());
    }
    if let Some(store) = store {
        import.publish(store)?;
        import.take_out(store)?;
    }
    let counts = &import.report.counts;
    let refused =
        counts.rows_refused + counts.shops_refused + counts.keys_of_others + counts.keys_too_large
            > 0;
    import.report.end(options.check);
    Ok(if refused { Outcome::Some } else { Outcome::All })
}

/// The feed's name: as given, else that of the file.
fn feed_name(options: &Import) -> Result<String, Error> {
    let stem = options.file.file_stem().and_then(|stem| stem.to_str());
    let name = options.feed.as_deref().or(stem).unwrap_or_default();
    let right = (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if right {
        return Ok(name.to_owned());
    }
    Err(format!("{name:?} cannot be a feed's name: give one of 1 to 64 letters, digits and . _ - with --feed").into())
}

struct Importer<'a> {
    options: &'a Import,
    feed: String,
    store: Option<&'a Store>,
    report: &'a mut Report,
    sorter: Sorter<Said>,
    /// How many pieces the sorter has.
    said: u64,
    /// The line of each video's id; ids as hashes of sixteen bytes, so that a million rows take some 30 MB.
    ids: HashMap<[u8; 16], u64>,
    /// The ids of the rows that were refused, as hashes.
    refused: HashSet<[u8; 16]>,
    /// How many records were read to see what would vanish from them.
    read: u16,
    /// The files that are in the bucket.
    uploaded: HashSet<String>,
    /// The lines whose video's facts belong to another feed: nothing of them is published.
    blocked: HashSet<u64>,
    batch: Batch,
}

#[derive(Default)]
struct Batch {
    pairs: Vec<Pair>,
    bytes: usize,
}

/// All that is said of one key.
struct Group {
    key: String,
    /// As many as fit into a value.
    pieces: Vec<Piece>,
    /// How many there are.
    count: u64,
    /// The bytes of all of them.
    bytes: usize,
    /// The first line that was refused and names the key.
    held_by: Option<u64>,
}

impl Importer<'_> {
    fn rows(&mut self) -> Result<(), Error> {
        let path = &self.options.file;
        let mut feed = Feed::open(path)?;
        let total = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        self.report.step("checking rows", total);
        let mut shelf = Shelf::new(path, &self.options.media_base);
        while let Some(row) = feed.next() {
            self.row(row?, &mut shelf)?;
            self.report.at(feed.position());
        }
        let counts = &self.report.counts;
        if counts.rows_taken + counts.rows_refused == 0
            && self.options.replace
            && !self.options.force
        {
            return Err("the feed has no rows, and --replace would take out everything: add --force if that is meant".into());
        }
        Ok(())
    }

    fn row(&mut self, read: Read1, shelf: &mut Shelf) -> Result<(), Error> {
        let (row, checked) = match read {
            Ok(row) => {
                let checked = row.check();
                (row, checked)
            }
            Err(unread) => (unread.row, Err(unread.refusals)),
        };
        let draft = match (self.repeated(&row), checked) {
            (None, Ok(draft)) => draft,
            (None, Err(refusals)) => return self.refuse_and_hold(&row, &refusals),
            (Some(repeated), checked) => {
                let mut refusals = vec![repeated];
                refusals.extend(checked.err().into_iter().flatten());
                self.refuse(&row, &refusals);
                return Ok(());
            }
        };
        let (files, uploads) = match shelf.files(&draft) {
            Ok(files) => files,
            Err(refusals) => return self.refuse_and_hold(&row, &refusals),
        };
        for file in &uploads {
            self.upload(file)?;
        }
        self.report.mended(row.line, &draft.mended);
        for piece in projection::pieces(&draft.publish(&files)?)? {
            self.say(piece.key, piece.place, Some(piece.value))?;
        }
        self.report.counts.rows_taken += 1;
        Ok(())
    }

    /// Remembers the row's id, whatever else is wrong with the row, and says when an earlier row has it.
    fn repeated(&mut self, row: &Row) -> Option<Refusal> {
        let id = id_of(row)?;
        let first = *self.ids.entry(hash(id)).or_insert(row.line);
        (first != row.line).then(|| Refusal {
            line: row.line,
            column: Some(Column::Video),
            reason: format!("{id} is on line {first} too: an id is unique in a feed"),
        })
    }

    fn refuse(&mut self, row: &Row, refusals: &[Refusal]) {
        self.report.counts.rows_refused += 1;
        self.report.refused(&name_of(&self.options.file), refusals);
        self.refused.extend(id_of(row).map(hash));
    }

    /// Refuses a row, and holds the keys that it names: a fault in a row takes nothing away. What it does not name is
    /// held by [`Self::would_lose`].
    fn refuse_and_hold(&mut self, row: &Row, refusals: &[Refusal]) -> Result<(), Error> {
        self.refuse(row, refusals);
        let mut keys = row.keys();
        keys.extend(id_of(row).map(|id| format!("video:{id}")));
        for key in keys {
            self.say(key, (0, row.line), None)?;
        }
        Ok(())
    }

    fn say(&mut self, key: String, place: (i64, u64), value: Option<String>) -> Result<(), Error> {
        let rank = (0..)
            .zip(PREFIXES)
            .find(|(_, prefix)| key.starts_with(prefix))
            .map_or(u8::MAX, |(rank, _)| rank);
        self.said += 1;
        self.sorter.push(Said {
            rank,
            key,
            place,
            value,
        })
    }

    fn upload(&mut self, file: &Measured) -> Result<(), Error> {
        let Some(store) = self.store else {
            return Ok(());
        };
        if self.uploaded.contains(&file.name) {
            return Ok(());
        }
        if store.has_object(&file.name)? {
            self.report.counts.files_there += 1;
        } else {
            store.put_object(file)?;
            self.report.counts.files_uploaded += 1;
        }
        self.uploaded.insert(file.name.clone());
        Ok(())
    }

    fn shops(&mut self) -> Result<(), Error> {
        let Some(path) = &self.options.shops else {
            return Ok(());
        };
        for shop in shops::read(path)? {
            match shop {
                Ok(piece) => {
                    self.report.counts.shops_taken += 1;
                    self.say(piece.key, piece.place, Some(piece.value))?;
                }
                Err(refusals) => {
                    self.report.counts.shops_refused += 1;
                    self.report.refused(&name_of(path), &refusals);
                }
            }
        }
        Ok(())
    }

    /// Writes every key that differs from what is there.
    fn publish(&mut self, store: &Store) -> Result<(), Error> {
        self.report.step("writing keys", self.said);
        let mut sorter = std::mem::replace(&mut self.sorter, Sorter::new());
        let mut sorted = sorter.sorted()?;
        for (rank, prefix) in (0..).zip(PREFIXES) {
            let mut listing = store.keys(prefix);
            while let Some(group) = next_group(&mut sorted, rank)? {
                let there = listing.seek(&group.key)?;
                self.report.advance(group.count);
                self.decide(store, group, there)?;
            }
            // Nothing of the next type is written before all of this one is.
            self.flush(store)?;
        }
        drop(sorted);
        self.sorter = sorter;
        Ok(())
    }

    fn decide(
        &mut self,
        store: &Store,
        mut group: Group,
        there: Option<Metadata>,
    ) -> Result<(), Error> {
        let ours = there.as_ref().is_some_and(|there| there.feed == self.feed);
        if let Some(line) = group.held_by
            && ours
        {
            self.report.kept(&group.key, line);
            return Ok(());
        }
        if group.bytes > MOST_VALUE_BYTES {
            self.report.too_large(&group.key, group.count, group.bytes);
            return Ok(());
        }
        group.pieces.retain(|piece| {
            !self.blocked.contains(&piece.place.1) || group.key.starts_with("shop:")
        });
        if group.pieces.is_empty() {
            return Ok(());
        }
        let value = projection::value(&group.key, &group.pieces);
        let metadata = Metadata::of(&self.feed, &value);
        match there {
            Some(there) if there.hash == metadata.hash && (ours || !self.options.take_over) => {
                self.report.counts.keys_unchanged += 1;
                Ok(())
            }
            Some(there) if !ours && !self.options.take_over => {
                let line = group.pieces.first().map_or(0, |piece| piece.place.1);
                self.report.of_another_feed(&group.key, &there.feed, line);
                if group.key.starts_with("video:") {
                    self.blocked
                        .extend(group.pieces.iter().map(|piece| piece.place.1));
                }
                Ok(())
            }
            Some(_) if ours && self.would_lose(store, &group.key, &value)? => Ok(()),
            _ => self.write(
                store,
                Pair {
                    key: group.key,
                    value,
                    metadata,
                },
            ),
        }
    }

    /// Whether writing this record would take a video away that a refused row may be about: one that no row has that was
    /// taken. A refused row need not name it, since its id or its codes may be what is wrong with it.
    fn would_lose(&mut self, store: &Store, key: &str, value: &str) -> Result<bool, Error> {
        let whole = key.starts_with("video:") || key.starts_with("shop:");
        if whole || self.report.counts.rows_refused == 0 || self.options.force {
            return Ok(false);
        }
        if self.read >= MOST_READ {
            self.report.kept_unread(key);
            return Ok(true);
        }
        self.read += 1;
        let Some(there) = store.value(key)? else {
            return Ok(false);
        };
        let new = videos(value)?;
        let lost = videos(&there)?
            .into_iter()
            .find(|id| !new.contains(id) && !self.is_taken(id));
        if let Some(id) = &lost {
            self.report.kept_for(key, id);
        }
        Ok(lost.is_some())
    }

    fn is_taken(&self, id: &str) -> bool {
        let hash = hash(id);
        self.ids.contains_key(&hash) && !self.refused.contains(&hash)
    }

    fn write(&mut self, store: &Store, pair: Pair) -> Result<(), Error> {
        self.batch.bytes += pair.key.len() + pair.value.len();
        self.batch.pairs.push(pair);
        if self.batch.pairs.len() >= MOST_PAIRS || self.batch.bytes >= MOST_BATCH_BYTES {
            self.flush(store)?;
        }
        Ok(())
    }

    fn flush(&mut self, store: &Store) -> Result<(), Error> {
        let batch = std::mem::take(&mut self.batch);
        if !batch.pairs.is_empty() {
            store.put(&batch.pairs)?;
            self.report.counts.keys_written += batch.pairs.len() as u64;
        }
        Ok(())
    }

    /// Takes out the keys of this feed that are no longer in it.
    fn take_out(&mut self, store: &Store) -> Result<(), Error> {
        if !self.options.replace {
            return Ok(());
        }
        let refused = self.report.counts.rows_refused + self.report.counts.shops_refused;
        if refused > 0 && !self.options.force {
            self.report.line(&format!(
                "nothing was taken out, since {refused} rows were refused and their codes may not be known: mend them, or add --force"
            ));
            return Ok(());
        }
        self.report.step("taking out keys", 0);
        for rank in ORDER_OUT {
            if rank != SHOPS || self.options.shops.is_some() {
                self.take_out_of(store, rank)?;
            }
        }
        Ok(())
    }

    fn take_out_of(&mut self, store: &Store, rank: u8) -> Result<(), Error> {
        let Some(prefix) = PREFIXES.get(usize::from(rank)) else {
            return Ok(());
        };
        let mut sorted = self.sorter.sorted()?;
        let mut listing = store.keys(prefix);
        let mut gone = Vec::new();
        while let Some((key, metadata)) = listing.next()? {
            self.report.advance(1);
            if metadata.feed == self.feed && !is_said(&mut sorted, rank, &key)? {
                gone.push(key);
            }
            if gone.len() >= MOST_PAIRS {
                store.delete(&gone)?;
                self.report.counts.keys_taken_out += gone.len() as u64;
                gone.clear();
            }
        }
        if !gone.is_empty() {
            store.delete(&gone)?;
            self.report.counts.keys_taken_out += gone.len() as u64;
        }
        Ok(())
    }
}

/// The id of a row's video, if it can be one.
fn id_of(row: &Row) -> Option<&str> {
    let id = row.get(Column::Video).first()?;
    is_video_id(id).then_some(id)
}

/// The first sixteen bytes of an id's SHA-256.
fn hash(id: &str) -> [u8; 16] {
    let digest = Sha256::digest(id.as_bytes());
    digest.first_chunk().copied().unwrap_or_default()
}

/// The ids of the videos in a record.
fn videos(record: &str) -> Result<HashSet<String>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Record {
        videos: Vec<Video>,
    }
    #[derive(Deserialize)]
    struct Video {
        id: String,
    }
    let record: Record = serde_json::from_str(record)?;
    Ok(record.videos.into_iter().map(|video| video.id).collect())
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// All pieces of the next key of this type; none when the next is of another type.
fn next_group(sorted: &mut Sorted<'_, Said>, rank: u8) -> Result<Option<Group>, Error> {
    let Some(first) = sorted.peek().filter(|said| said.rank == rank) else {
        return Ok(None);
    };
    let mut group = Group {
        key: first.key.clone(),
        pieces: Vec::new(),
        count: 0,
        bytes: 0,
        held_by: None,
    };
    while sorted
        .peek()
        .is_some_and(|said| said.rank == rank && said.key == group.key)
    {
        let Some(said) = sorted.next()? else { break };
        group.count += 1;
        match said.value {
            Some(value) => {
                group.bytes = group.bytes.saturating_add(value.len());
                if group.bytes <= MOST_VALUE_BYTES {
                    group.pieces.push(Piece {
                        key: said.key,
                        place: said.place,
                        value,
                    });
                }
            }
            None => group.held_by = group.held_by.or(Some(said.place.1)),
        }
    }
    Ok(Some(group))
}

/// Whether the feed says anything of a key; keys must be asked for in order.
fn is_said(sorted: &mut Sorted<'_, Said>, rank: u8, key: &str) -> Result<bool, Error> {
    while sorted
        .peek()
        .is_some_and(|said| (said.rank, said.key.as_str()) < (rank, key))
    {
        sorted.next()?;
    }
    Ok(sorted
        .peek()
        .is_some_and(|said| said.rank == rank && said.key == key))
}

#[cfg(test)]
mod tests;
