//! What the widget writes, read by others: identifiers against Python's base64, JSON by `serde_json`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use serde_json::Value;
use shelfreel_playback::{Json, encode_id, is_id};

/// `base64.urlsafe_b64encode(bytes).rstrip(b'=')` of Python 3.11.
const VECTORS: [(u128, &str); 5] = [
    (
        0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f,
        "AAECAwQFBgcICQoLDA0ODw",
    ),
    (
        0xf0f1_f2f3_f4f5_f6f7_f8f9_fafb_fcfd_feff,
        "8PHy8_T19vf4-fr7_P3-_w",
    ),
    (
        0xfbef_befb_efbe_fbef_befb_efbe_fbef_befb,
        "---------------------w",
    ),
    (
        0x0011_2233_4455_6677_8899_aabb_ccdd_eeff,
        "ABEiM0RVZneImaq7zN3u_w",
    ),
    (
        0x0101_0101_0101_0101_0101_0101_0101_0101,
        "AQEBAQEBAQEBAQEBAQEBAQ",
    ),
];

#[test]
fn identifiers_are_base64url_as_python_writes_it() {
    for (bytes, text) in VECTORS {
        let id = encode_id(&bytes.to_be_bytes());
        assert_eq!(std::str::from_utf8(&id).unwrap(), text);
        assert!(is_id(text), "{text}");
    }
}

#[test]
fn what_is_no_identifier_is_told_apart() {
    for text in [
        "",
        "AAECAwQFBgcICQoLDA0OD",
        "AAECAwQFBgcICQoLDA0ODwA",
        "AAECAwQFBgcICQoLDA0OD+",
        "AAECAwQFBgcICQoL/A0ODw",
        "AAECAwQFBgcICQoLDA0ODx",
        "éAECAwQFBgcICQoLDA0Dw",
    ] {
        assert!(!is_id(text), "{text}");
    }
}

fn read(json: &Json) -> Value {
    serde_json::from_slice(&json.text).unwrap()
}

proptest! {
    #[test]
    fn every_identifier_is_one(bytes in any::<[u8; 16]>()) {
        let id = encode_id(&bytes);
        prop_assert!(is_id(std::str::from_utf8(&id).unwrap()));
    }

    #[test]
    fn a_text_is_read_as_it_was_with_spaces_for_control_characters(text in "\\PC*[\u{0}-\u{1f}\"\\\\]{0,3}\\PC*") {
        let mut json = Json::default();
        json.raw("{");
        json.text("say", text.as_bytes());
        json.raw("}");
        let expected: String = text.chars().map(|char| if char < ' ' { ' ' } else { char }).collect();
        let read = read(&json);
        prop_assert_eq!(read["say"].as_str(), Some(expected.as_str()));
    }

    #[test]
    fn numbers_and_thousandths_are_read_as_they_were(count in any::<u32>(), milli in any::<u32>()) {
        let mut json = Json::default();
        json.raw("{");
        json.count("count", count);
        json.key("milli");
        json.milli(milli);
        json.key("list");
        json.raw("[");
        json.number(count);
        json.number(0);
        json.raw("]");
        json.raw("}");
        let read = read(&json);
        prop_assert_eq!(read["count"].as_u64(), Some(count.into()));
        let thousandths = read["milli"].as_f64().unwrap() * 1000.0;
        prop_assert!((thousandths - f64::from(milli)).abs() < 0.01, "{} for {}", thousandths, milli);
        prop_assert_eq!(read["list"].as_array().map(Vec::len), Some(2));
    }
}
