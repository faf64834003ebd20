//! Writing JSON, and nothing more than beacons need: texts, whole numbers, thousandths, objects and lists.
//!
//! Hand-written because the shopper pays for it: a general writer weighs more than this whole crate. It works on bytes of UTF-8, since characters would cost
//! decoding and encoding, and what has to be escaped is ASCII.

use alloc::vec::Vec;

/// A JSON text under construction. Commas are set by what was written last.
///
/// ```
/// # use shelfreel_playback::Json;
/// let mut json = Json::default();
/// json.raw("{");
/// json.text("say", "a \"b\"".as_bytes());
/// json.count("n", 100);
/// json.key("rate");
/// json.milli(1250);
/// json.raw("}");
/// assert_eq!(json.text, br#"{"say":"a \"b\"","n":100,"rate":1.25}"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Json {
    /// What has been written so far: UTF-8.
    pub text: Vec<u8>,
}

impl Json {
    /// Something that is JSON already, or a bracket.
    pub fn raw(&mut self, json: &str) {
        self.text.extend_from_slice(json.as_bytes());
    }

    /// The name of a member, whose value comes next.
    pub fn key(&mut self, name: &str) {
        self.string(name.as_bytes());
        self.text.push(b':');
    }

    /// A member whose value is a text, in UTF-8.
    pub fn text(&mut self, name: &str, value: &[u8]) {
        self.key(name);
        self.string(value);
    }

    /// A member whose value is a whole number.
    pub fn count(&mut self, name: &str, value: u32) {
        self.key(name);
        self.number(value);
    }

    /// A number given in thousandths: 1500 is written `1.5`.
    pub fn milli(&mut self, value: u32) {
        self.number(value / 1000);
        self.text.push(b'.');
        let mut rest = value % 1000;
        loop {
            self.digit(rest / 100);
            rest = rest % 100 * 10;
            if rest == 0 {
                break;
            }
        }
    }

    /// A whole number.
    pub fn number(&mut self, value: u32) {
        self.comma();
        let mut unit = 1;
        while value / unit >= 10 {
            unit *= 10;
        }
        while unit > 0 {
            self.digit(value / unit);
            unit /= 10;
        }
    }

    /// A text, in UTF-8. Control characters, which must not stand in JSON and do not occur in what is written here, become spaces.
    pub fn string(&mut self, value: &[u8]) {
        self.comma();
        self.text.push(b'"');
        for &byte in value {
            if byte == b'"' || byte == b'\\' {
                self.text.push(b'\\');
            }
            self.text.push(byte.max(b' '));
        }
        self.text.push(b'"');
    }

    fn digit(&mut self, value: u32) {
        self.text.push(b'0' + (value % 10) as u8);
    }

    /// A comma, unless something has just been opened.
    pub fn comma(&mut self) {
        if !matches!(self.text.last(), None | Some(b'{' | b'[' | b':')) {
            self.text.push(b',');
        }
    }
}
