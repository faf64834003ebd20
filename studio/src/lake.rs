//! The lake: every accepted beacon as it arrived, one JSON line each, gzipped, by the hour in which the edge received it.
//!
//! Rows are at least once: a batch that was written and not acknowledged is written again, and readers take each `beacon_id` once. An
//! object is named by its content, so the same batch delivered twice is one object.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use shelfreel_playback::hour;

/// The bucket's binding.
pub const BINDING: &str = "LAKE";

/// One line of the lake, with only what decides where it goes; the line itself is kept to the byte.
#[derive(Debug, Deserialize)]
struct Where {
    received_at_ms: u64,
    #[serde(default)]
    bad: Option<serde::de::IgnoredAny>,
}

/// Why a message is no row of the lake: it goes to the dead letters as it is.
#[derive(Debug, thiserror::Error)]
pub enum NotARow {
    /// The body is no JSON object with `received_at_ms`.
    #[error("the message is no row of the lake: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// A line break inside would make two lines of one row.
    #[error("the message has a line break inside: a row is one line")]
    LineBreak,
}

/// Which objects a batch becomes: prefix → rows in order, each with its place in the batch.
#[derive(Debug, Default)]
pub struct Sorted<'a> {
    by_prefix: BTreeMap<String, Vec<(usize, &'a str)>>,
}

/// One object to write, and the messages that are kept once it is written.
#[derive(Debug, PartialEq, Eq)]
pub struct Object {
    /// Its key in the bucket.
    pub key: String,
    /// Gzipped NDJSON.
    pub bytes: Vec<u8>,
    /// Places in the batch.
    pub messages: Vec<usize>,
}

impl<'a> Sorted<'a> {
    /// Puts one message's row where it belongs.
    ///
    /// # Errors
    /// When the message is no row.
    pub fn add(&mut self, place: usize, row: &'a str) -> Result<(), NotARow> {
        let to: Where = serde_json::from_str(row)?;
        if row.contains(['\n', '\r']) {
            return Err(NotARow::LineBreak);
        }
        let kind = if to.bad.is_some() { "bad" } else { "raw" };
        self.by_prefix
            .entry(format!("lake/{kind}/{}", hour(to.received_at_ms)))
            .or_default()
            .push((place, row));
        Ok(())
    }

    /// The objects, in the order of their keys.
    ///
    /// # Errors
    /// When compressing fails, which memory alone can cause.
    pub fn into_objects(self) -> std::io::Result<Vec<Object>> {
        self.by_prefix
            .into_iter()
            .map(|(prefix, rows)| {
                let mut digest = Sha256::new();
                let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
                for (_, row) in &rows {
                    digest.update(row.as_bytes());
                    digest.update(b"\n");
                    gzip.write_all(row.as_bytes())?;
                    gzip.write_all(b"\n")?;
                }
                let name: String = digest
                    .finalize()
                    .iter()
                    .take(16)
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                Ok(Object {
                    key: format!("{prefix}/{name}.ndjson.gz"),
                    bytes: gzip.finish()?,
                    messages: rows.into_iter().map(|(place, _)| place).collect(),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn unzipped(object: &Object) -> String {
        let mut text = String::new();
        flate2::read::GzDecoder::new(&object.bytes[..])
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    #[test]
    fn rows_are_kept_to_the_byte_and_by_the_hour_they_were_received() {
        let rows = [
            r#"{"received_at_ms":3599999,"beacon":{"a":1.0}}"#,
            r#"{"received_at_ms":3600000,"beacon":{ "b" : "é" }}"#,
            r#"{"received_at_ms":0,"bad":{"reason":"json","raw":"{"}}"#,
            r#"{"received_at_ms":1,"beacon":{}}"#,
        ];
        let mut sorted = Sorted::default();
        for (place, row) in rows.iter().enumerate() {
            sorted.add(place, row).unwrap();
        }
        let objects = sorted.into_objects().unwrap();
        assert_eq!(
            objects
                .iter()
                .map(|o| o.messages.clone())
                .collect::<Vec<_>>(),
            [vec![2], vec![0, 3], vec![1]]
        );
        assert!(objects[0].key.starts_with("lake/bad/1970-01-01T00/"));
        assert_eq!(unzipped(&objects[1]), format!("{}\n{}\n", rows[0], rows[3]));
        assert_eq!(unzipped(&objects[2]), format!("{}\n", rows[1]));
    }

    #[test]
    fn the_same_batch_twice_is_one_object() {
        let object = || {
            let mut sorted = Sorted::default();
            sorted.add(0, r#"{"received_at_ms":5}"#).unwrap();
            sorted.into_objects().unwrap()
        };
        assert_eq!(object(), object());
    }

    #[test]
    fn what_is_no_row_is_told_apart() {
        let mut sorted = Sorted::default();
        assert!(matches!(
            sorted.add(0, "garbage"),
            Err(NotARow::Unreadable(_))
        ));
        assert!(matches!(sorted.add(0, "{}"), Err(NotARow::Unreadable(_))));
        assert!(matches!(
            sorted.add(0, "{\"received_at_ms\":1,\n\"beacon\":{}}"),
            Err(NotARow::LineBreak)
        ));
        assert_eq!(sorted.into_objects().unwrap(), []);
    }
}
