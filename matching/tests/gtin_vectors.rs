//! GTINs against vectors that nobody here wrote: `tests/fixtures/gtin-vectors.json`, made by `tests/oracles/gtin.py` from
//! python-stdnum and npm's `gtin`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

use serde::Deserialize;
use shelfreel_matching::gtin::{self, BadGtin, Mended};

#[derive(Deserialize)]
struct Vector {
    source: String,
    text: String,
    canonical: Option<String>,
}

fn vectors() -> Vec<Vector> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/fixtures/gtin-vectors.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn codes_that_others_accept_are_read_alike_or_refused_for_a_rule_they_do_not_know() {
    let mut alike = 0;
    for vector in vectors() {
        let Some(canonical) = vector.canonical else {
            continue;
        };
        match gtin::read(&vector.text) {
            Ok(read) if read.gtin.as_str() == canonical => alike += 1,
            // Eight digits from 0 on are a UPC-E, where one holds: as a GTIN-8 they would be a shop's own number.
            Ok(read) => assert!(
                canonical.starts_with("0000000") && read.mended == Some(Mended::UpcE),
                "{} reads {} as {canonical}, here {}",
                vector.source,
                vector.text,
                read.gtin
            ),
            Err(
                BadGtin::Restricted { .. } | BadGtin::VariableMeasure { .. } | BadGtin::Zero { .. },
            ) => {}
            Err(error) => panic!("{} accepts {}, here: {error}", vector.source, vector.text),
        }
    }
    assert!(alike > 500, "only {alike} vectors are read alike");
}

#[test]
fn codes_that_others_refuse_are_refused_unless_they_can_be_mended() {
    let mut refused = 0;
    for vector in vectors() {
        if vector.canonical.is_some() {
            continue;
        }
        match gtin::read(&vector.text) {
            Err(_) => refused += 1,
            Ok(read) => assert!(
                matches!(
                    read.mended,
                    Some(Mended::UpcE | Mended::LeadingZeros | Mended::Isbn10)
                ),
                "{} refuses {}, here it is {}",
                vector.source,
                vector.text,
                read.gtin
            ),
        }
    }
    assert!(refused > 300, "only {refused} vectors are refused");
}
