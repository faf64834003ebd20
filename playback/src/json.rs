//! Writing JSON, and nothing more than beacons need: texts, whole numbers, thousandths, objects and lists.
//!
//! Hand-written because the shopper pays for it: a general writer with floating-point numbers weighs more than this whole crate.

use alloc::string::String;

/// A JSON text under construction. Commas are set by what was written last.
#[derive(Default)]
pub struct Json {
    /// What has been written so far.
    pub text: String,
}

impl Json {
    /// Begins an object or a list.
    pub fn open(&mut self, bracket: char) {
        self.comma();
        self.text.push(bracket);
    }

    /// Ends an object or a list.
    pub fn close(&mut self, bracket: char) {
        self.text.push(bracket);
    }

    /// The name of a member, whose value comes next.
    pub fn key(&mut self, name: &str) {
        self.string(name);
        self.text.push(':');
    }

    /// A member whose value is a text.
    pub fn text(&mut self, name: &str, value: &str) {
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
        let mut rest = value % 1000;
        if rest > 0 {
            self.text.push('.');
        }
        while rest > 0 {
            self.digit(rest / 100);
            rest = rest % 100 * 10;
        }
    }

    /// A member that is true or false.
    pub fn flag(&mut self, name: &str, value: bool) {
        self.key(name);
        self.text.push_str(if value { "true" } else { "false" });
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

    /// A text.
    pub fn string(&mut self, value: &str) {
        self.comma();
        self.text.push('"');
        for letter in value.chars() {
            match letter {
                '"' | '\\' => {
                    self.text.push('\\');
                    self.text.push(letter);
                }
                // Control characters must not stand in a JSON text. None occurs in what the widget writes; a space keeps words apart.
                '\0'..='\x1f' => self.text.push(' '),
                _ => self.text.push(letter),
            }
        }
        self.text.push('"');
    }

    /// Something that is JSON already.
    pub fn raw(&mut self, value: &str) {
        self.comma();
        self.text.push_str(value);
    }

    fn digit(&mut self, value: u32) {
        self.text.push(char::from(b'0' + (value % 10) as u8));
    }

    /// A comma, unless something has just been opened.
    fn comma(&mut self) {
        if !matches!(self.text.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.text.push(',');
        }
    }
}
