//! Global Trade Item Numbers, as shops really write them.
//!
//! The rules are those of the GS1 General Specifications: a GTIN has 8, 12, 13 or 14 digits; its last digit is a check
//! digit (section 7.9); written in 14 digits, with zeros in front, all four lengths are one number space. A UPC-E is a
//! GTIN-12 with its zeros left out (section 5.2.2.4), and a book's ISBN-10 becomes a GTIN-13 behind 978 (ISO 2108).
//!
//! What is *mended*: separators, quotes and labels around the digits, digits of other widths, a UPC-E, an ISBN-10, the
//! `.0` of a spreadsheet, and leading zeros that a spreadsheet ate, the last only where the check digit then holds.
//! What is *refused*: all else, each with the rule that failed. Nothing is ever padded blindly or cut off: a wrong code
//! shows a wrong film.
//!
//! Numbers that are only unique within a shop, a region or a till are refused too ([`BadGtin::Restricted`]): two shops
//! give the same one to different products.
//!
//! ```
//! use shelfreel_matching::gtin;
//!
//! let read = gtin::read("EAN: 8 710103-937746")?;
//! assert_eq!(read.gtin.as_str(), "08710103937746");
//!
//! let error = gtin::read("8710103937747").unwrap_err();
//! assert_eq!(error.to_string(), "the check digit of 8710103937747 should be 6, not 7");
//! # Ok::<(), gtin::BadGtin>(())
//! ```

use crate::Reason;
use crate::quote::shorten;

/// A valid GTIN in its canonical form: 14 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gtin([u8; 14]);

impl Gtin {
    /// Its 14 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The item that a case contains, when this is the number of a case.
    ///
    /// A GTIN-14 whose first digit (the indicator) is 1 to 8 numbers a grouping of one item: the twelve digits after the
    /// indicator are the item's, and the check digit is computed anew (GS1 General Specifications, section 2.1.7).
    ///
    /// ```
    /// use shelfreel_matching::gtin;
    /// let case = gtin::read("18710103937743")?.gtin;
    /// assert_eq!(case.contained().unwrap().as_str(), "08710103937746");
    /// assert_eq!(case.contained().unwrap().contained(), None);
    /// # Ok::<(), gtin::BadGtin>(())
    /// ```
    #[must_use]
    pub fn contained(&self) -> Option<Self> {
        let mut digits = self.0;
        let first = digits.first_mut()?;
        if *first == b'0' {
            return None;
        }
        *first = b'0';
        let (last, payload) = digits.split_last_mut()?;
        *last = check_digit(payload);
        Some(Self(digits))
    }
}

impl std::fmt::Display for Gtin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A GTIN that could be read, and what had to be put right for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// The number.
    pub gtin: Gtin,
    /// What was put right; none when the digits stood there as they are.
    pub mended: Option<Mended>,
}

/// What had to be put right to read a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mended {
    /// Leading zeros that a spreadsheet ate are back.
    LeadingZeros,
    /// A UPC-E was expanded to its GTIN-12.
    UpcE,
    /// An ISBN-10 was turned into its GTIN-13.
    Isbn10,
    /// The decimals that a spreadsheet added (`.0`) were taken off.
    Decimals,
    /// Separators, quotes, labels or wide digits were taken off.
    Spelling,
}

impl Mended {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LeadingZeros => "leading_zeros",
            Self::UpcE => "upc_e",
            Self::Isbn10 => "isbn_10",
            Self::Decimals => "decimals",
            Self::Spelling => "spelling",
        }
    }

    /// What was done, in words.
    #[must_use]
    pub const fn say(self) -> &'static str {
        match self {
            Self::LeadingZeros => "leading zeros put back",
            Self::UpcE => "UPC-E expanded",
            Self::Isbn10 => "ISBN-10 turned into its GTIN-13",
            Self::Decimals => "the spreadsheet's decimals taken off",
            Self::Spelling => "separators or labels taken off",
        }
    }
}

/// Why a text is no GTIN that can be looked up. Each variant's message says what is wrong and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadGtin {
    /// Nothing is left once separators and labels are taken off.
    #[error("the code is empty")]
    Empty,
    /// Something that is neither a digit nor a separator.
    #[error("{text} has {letter:?} in it: a GTIN has digits only")]
    Characters {
        /// The text as given, shortened.
        text: String,
        /// The first letter that cannot be.
        letter: char,
    },
    /// A number as a spreadsheet shows it when the column is too narrow.
    #[error(
        "{text} is how a spreadsheet shortens a long number, and its last digits are lost: format the column as text and export it again"
    )]
    Scientific {
        /// The text as given, shortened.
        text: String,
    },
    /// All zeros.
    #[error("{digits} is all zeros")]
    Zero {
        /// The digits.
        digits: String,
    },
    /// No GTIN has this many digits.
    #[error("{digits} has {count} digits: a GTIN has 8, 12, 13 or 14{hint}")]
    Length {
        /// The digits, shortened.
        digits: String,
        /// How many there are.
        count: usize,
        /// What it may have been, or nothing.
        hint: String,
    },
    /// The check digit does not fit the others.
    #[error("the check digit of {digits} should be {right}, not {found}")]
    CheckDigit {
        /// The digits.
        digits: String,
        /// The check digit that fits the others.
        right: char,
        /// The one that is there.
        found: char,
    },
    /// Ten digits that are neither an ISBN-10 nor a GTIN that lost its zeros.
    #[error(
        "the check digit of {digits} should be {isbn} as an ISBN-10, or {gtin} as a GTIN-12 without its leading zeros, not {found}"
    )]
    CheckDigitOfTen {
        /// The digits.
        digits: String,
        /// The check digit that an ISBN-10 would have.
        isbn: char,
        /// The check digit that a GTIN would have.
        gtin: char,
        /// The one that is there.
        found: char,
    },
    /// A GTIN-14 of goods by weight.
    #[error(
        "{digits} begins with 9, which marks goods of varying weight: give the code of the product itself"
    )]
    VariableMeasure {
        /// The digits.
        digits: String,
    },
    /// A number that GS1 leaves to shops, regions, coupons or refunds.
    #[error(
        "{digits} begins with {prefix}: {meaning}, so that it does not name one product everywhere"
    )]
    Restricted {
        /// The digits as 8 or 13 figures.
        digits: String,
        /// The prefix that says so.
        prefix: &'static str,
        /// What GS1 keeps the prefix for.
        meaning: &'static str,
    },
}

impl BadGtin {
    /// The reason's name on the wire.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Empty => Reason::CodeEmpty,
            Self::Characters { .. } | Self::Scientific { .. } => Reason::GtinCharacters,
            Self::Zero { .. } => Reason::GtinZero,
            Self::Length { .. } => Reason::GtinLength,
            Self::CheckDigit { .. } | Self::CheckDigitOfTen { .. } => Reason::GtinCheckDigit,
            Self::VariableMeasure { .. } => Reason::GtinIndicator,
            Self::Restricted { .. } => Reason::RestrictedCode,
        }
    }
}

/// Reads a GTIN as a shop, a feed or a person wrote it.
///
/// # Errors
/// [`BadGtin`] says which rule failed.
pub fn read(text: &str) -> Result<Read, BadGtin> {
    if let Some(read) = read_plain(text) {
        return Ok(read);
    }
    let written = Written::of(text)?;
    if written.digits.is_empty() {
        return Err(BadGtin::Empty);
    }
    if !written.x && written.digits.bytes().all(|digit| digit == b'0') {
        return Err(BadGtin::Zero {
            digits: shorten(&written.digits),
        });
    }
    let (digits, mended) = complete(&written)?;
    let gtin = fourteen(&digits)?;
    refuse_restricted(&gtin)?;
    let mended = mended
        .or(written.decimals.then_some(Mended::Decimals))
        .or((written.digits != text).then_some(Mended::Spelling));
    Ok(Read { gtin, mended })
}

/// The way most codes are written, without an allocation: 13 or 14 digits that are right.
fn read_plain(text: &str) -> Option<Read> {
    let mut digits = [b'0'; 14];
    let start = match text.len() {
        13 => 1,
        14 => 0,
        _ => return None,
    };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.get_mut(start..)?.copy_from_slice(text.as_bytes());
    let gtin = Gtin(digits);
    let (last, payload) = digits.split_last()?;
    // All zeros are restricted too.
    let sound = check_digit(payload) == *last && refuse_restricted(&gtin).is_ok();
    sound.then_some(Read { gtin, mended: None })
}

/// The digits of a text, once what shops put around them is taken off.
struct Written {
    digits: String,
    /// An ISBN-10's check digit X, which stands for ten, follows the digits.
    x: bool,
    /// A spreadsheet's `.0` was taken off.
    decimals: bool,
}

impl Written {
    fn of(text: &str) -> Result<Self, BadGtin> {
        let bare = without_label(text.trim_matches(is_wrapping));
        if is_scientific(bare) {
            return Err(BadGtin::Scientific {
                text: shorten(bare),
            });
        }
        let (bare, decimals) = without_decimals(bare);
        let mut digits = String::with_capacity(bare.len());
        let mut x = false;
        for letter in bare.chars() {
            match digit(letter) {
                _ if x && !is_separator(letter) => return Err(characters(text, 'X')),
                Some(digit) => digits.push(digit),
                None if matches!(letter, 'X' | 'x') && digits.len() == 9 => x = true,
                None if is_wrapping(letter) => {}
                None => return Err(characters(text, letter)),
            }
        }
        Ok(Self {
            digits,
            x,
            decimals,
        })
    }
}

fn characters(text: &str, letter: char) -> BadGtin {
    BadGtin::Characters {
        text: shorten(text.trim()),
        letter,
    }
}

/// A plain digit for a plain or full-width one.
fn digit(letter: char) -> Option<char> {
    match letter {
        '0'..='9' => Some(letter),
        '\u{FF10}'..='\u{FF19}' => char::from_digit(u32::from(letter) - 0xFF10, 10),
        _ => None,
    }
}

/// What people put between the digits of one code.
fn is_separator(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            '-' | '.'
                | '_'
                | '\u{AD}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2010}'..='\u{2015}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'
                | '\u{2212}'
                | '\u{FEFF}'
                | '\u{FF0D}'
                | '\u{FF0E}'
        )
}

/// What people and programs put around a code: spaces, quotes, the apostrophe that keeps a spreadsheet from calculating,
/// the asterisks of Code 39.
fn is_wrapping(letter: char) -> bool {
    is_separator(letter)
        || matches!(
            letter,
            '\'' | '"' | '`' | '´' | '\u{2018}'
                ..='\u{201F}' | '«' | '»' | '=' | '*' | '(' | ')' | '[' | ']' | '#' | ':'
        )
}

/// Takes off `EAN:`, `UPC-A`, `gtin13 =` and the like.
fn without_label(text: &str) -> &str {
    const NAMES: [&str; 7] = ["gtin", "ean", "upc", "isbn", "barcode", "jan", "itf"];
    const SIZES: [&str; 7] = ["14", "13", "12", "10", "8", "a", "e"];
    let Some(rest) = NAMES
        .iter()
        .find_map(|name| strip_prefix_ignore_case(text, name))
    else {
        return text;
    };
    let attached = rest.strip_prefix(['-', '_', ' ']).unwrap_or(rest);
    let sized = SIZES.iter().find_map(|size| {
        let after = strip_prefix_ignore_case(attached, size)?;
        ends_a_label(rest, size, after).then_some(after)
    });
    sized.unwrap_or(rest).trim_start_matches(is_wrapping)
}

/// Whether a text is nothing but a label, such as `EAN-13`.
pub(crate) fn is_label(text: &str) -> bool {
    without_label(&[text, ":"].concat()).is_empty()
}

/// Whether a size such as the 13 of `EAN-13` is part of the label, or the first digits of the code. `EAN 8 710103 937746`
/// is a code in groups: after a space, only a colon or the like makes a number a size.
fn ends_a_label(rest: &str, size: &str, after: &str) -> bool {
    let is_letter = !size.starts_with(|first: char| first.is_ascii_digit());
    let may_be_spaced = is_letter || !rest.starts_with(' ');
    after.trim_start_matches(' ').starts_with([':', '=', '#'])
        || (may_be_spaced && after.starts_with(char::is_whitespace))
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| text.get(prefix.len()..))
        .flatten()
}

/// `8.71E+12`, with a point or a comma.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let exponent = exponent.trim_start_matches('+');
    !mantissa.is_empty()
        && mantissa
            .chars()
            .all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ','))
        && (1..=3).contains(&exponent.len())
        && exponent.bytes().all(|byte| byte.is_ascii_digit())
}

/// Takes off the `.0` that a spreadsheet adds to what it takes for a number: the only point, with zeros behind it.
fn without_decimals(text: &str) -> (&str, bool) {
    match text.split_once(['.', ',']) {
        Some((number, zeros))
            if matches!(zeros, "0" | "00")
                && number.len() >= 8
                && number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            (number, true)
        }
        _ => (text, false),
    }
}

/// From the digits that are there to 8, 12, 13 or 14 digits with a check digit that holds.
fn complete(written: &Written) -> Result<(String, Option<Mended>), BadGtin> {
    let digits = written.digits.as_str();
    if written.x {
        return isbn_10(digits, 'X');
    }
    match digits.len() {
        8 => eight(digits),
        10 => ten(digits),
        11 => eleven(digits),
        12..=14 => checked(digits).map(|()| (digits.to_owned(), None)),
        count => Err(BadGtin::Length {
            digits: shorten(digits),
            count,
            hint: length_hint(count).to_owned(),
        }),
    }
}

const fn length_hint(count: usize) -> &'static str {
    match count {
        6 => " (a UPC-E is written with its first and its check digit: 8 digits)",
        7 => " (a shop's own number is a sku)",
        9 => " (an ISBN-10 has its check digit as the tenth)",
        15..=17 => " (one code a field, or several joined by |)",
        _ => "",
    }
}

/// Eight digits are a GTIN-8 or a UPC-E. GTIN-8s that begin with 0 are only unique inside a shop, and UPC-Es begin with
/// 0, in old lists with 1: so the UPC-E goes first at 0, and the GTIN-8 at 1.
fn eight(digits: &str) -> Result<(String, Option<Mended>), BadGtin> {
    let as_gtin_8 = checked(digits);
    let as_upc_e = expand_upc_e(digits).filter(|upc| checked(upc).is_ok());
    match as_upc_e {
        Some(upc) if digits.starts_with('0') || as_gtin_8.is_err() => Ok((upc, Some(Mended::UpcE))),
        _ => as_gtin_8.map(|()| (digits.to_owned(), None)),
    }
}

/// The twelve digits of a UPC-E written in eight: number system, six digits, check digit (GS1 General Specifications,
/// figure 5.2.2.4.2-1). None when the number system is neither 0 nor 1.
///
/// ```
/// use shelfreel_matching::gtin::expand_upc_e;
/// assert_eq!(expand_upc_e("04252614").as_deref(), Some("042100005264"));
/// ```
#[must_use]
pub fn expand_upc_e(digits: &str) -> Option<String> {
    let part = |from: usize, to: usize| digits.get(from..to);
    if digits.len() != 8 || !digits.starts_with(['0', '1']) {
        return None;
    }
    let (system, check) = (part(0, 1)?, part(7, 8)?);
    let body = match part(6, 7)? {
        "0" | "1" | "2" => [part(1, 3)?, part(6, 7)?, "0000", part(3, 6)?],
        "3" => [part(1, 4)?, "00000", part(4, 6)?, ""],
        "4" => [part(1, 5)?, "00000", part(5, 6)?, ""],
        last => [part(1, 6)?, "0000", last, ""],
    };
    Some([system, &body.concat(), check].concat())
}

/// Ten digits are an ISBN-10, else a GTIN-12 whose two zeros a spreadsheet ate: which eats all of them, so that what is
/// left begins with none.
fn ten(digits: &str) -> Result<(String, Option<Mended>), BadGtin> {
    let Some((payload, found)) = split_check_digit(digits) else {
        return Err(BadGtin::Empty);
    };
    let isbn = isbn_10_check(payload);
    if isbn == found || digits.starts_with('0') {
        return isbn_10(payload, found);
    }
    let gtin = char::from(check_digit(payload.as_bytes()));
    if gtin == found {
        return Ok((format!("00{digits}"), Some(Mended::LeadingZeros)));
    }
    Err(BadGtin::CheckDigitOfTen {
        digits: digits.to_owned(),
        isbn,
        gtin,
        found,
    })
}

/// Eleven digits are a GTIN-12 whose zero a spreadsheet ate, if the check digit holds.
fn eleven(digits: &str) -> Result<(String, Option<Mended>), BadGtin> {
    match checked(digits) {
        _ if digits.starts_with('0') => Err(BadGtin::Length {
            digits: digits.to_owned(),
            count: digits.len(),
            hint: String::new(),
        }),
        Ok(()) => Ok((format!("0{digits}"), Some(Mended::LeadingZeros))),
        Err(BadGtin::CheckDigit { right, .. }) => Err(BadGtin::Length {
            digits: digits.to_owned(),
            count: digits.len(),
            hint: format!(
                " (for a GTIN-12 that lost its leading zero, the check digit should be {right})"
            ),
        }),
        Err(error) => Err(error),
    }
}

/// The GTIN-13 of an ISBN-10: 978, the nine digits, a new check digit.
fn isbn_10(payload: &str, found: char) -> Result<(String, Option<Mended>), BadGtin> {
    let right = isbn_10_check(payload);
    if right != found {
        return Err(BadGtin::CheckDigit {
            digits: format!("{payload}{found}"),
            right,
            found,
        });
    }
    let mut digits = format!("978{payload}");
    let check = check_digit(digits.as_bytes());
    digits.push(char::from(check));
    Ok((digits, Some(Mended::Isbn10)))
}

/// The check digit of nine digits as an ISBN-10: modulo 11 with the weights 10 to 2, where X stands for ten.
fn isbn_10_check(payload: &str) -> char {
    let sum: u32 = payload
        .bytes()
        .zip((2..=10u32).rev())
        .map(|(digit, weight)| u32::from(digit.saturating_sub(b'0')) * weight)
        .sum();
    match (11 - sum % 11) % 11 {
        10 => 'X',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

/// The check digit that belongs behind `payload`, ASCII digits of any number: weights 3 and 1 from the right, up to the
/// next ten.
#[must_use]
pub fn check_digit(payload: &[u8]) -> u8 {
    let sum: u32 = payload
        .iter()
        .rev()
        .zip([3u32, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit.saturating_sub(b'0')) * weight)
        .fold(0, |sum, product| (sum + product) % 10);
    b'0' + u8::try_from((10 - sum) % 10).unwrap_or(0)
}

fn checked(digits: &str) -> Result<(), BadGtin> {
    let Some((payload, found)) = split_check_digit(digits) else {
        return Err(BadGtin::Empty);
    };
    let right = char::from(check_digit(payload.as_bytes()));
    if right == found {
        return Ok(());
    }
    Err(BadGtin::CheckDigit {
        digits: digits.to_owned(),
        right,
        found,
    })
}

fn split_check_digit(digits: &str) -> Option<(&str, char)> {
    let mut letters = digits.chars();
    let found = letters.next_back()?;
    Some((letters.as_str(), found))
}

/// Zeros in front, up to 14 digits.
fn fourteen(digits: &str) -> Result<Gtin, BadGtin> {
    let mut padded = [b'0'; 14];
    let target = 14usize
        .checked_sub(digits.len())
        .and_then(|zeros| padded.get_mut(zeros..));
    match target {
        Some(target) => {
            target.copy_from_slice(digits.as_bytes());
            Ok(Gtin(padded))
        }
        None => Err(BadGtin::Length {
            digits: shorten(digits),
            count: digits.len(),
            hint: String::new(),
        }),
    }
}

/// Prefixes of a GTIN-13 that GS1 assigns to nobody's product (GS1 General Specifications, section 1.4.2).
const RESTRICTED_13: [(&str, &str); 7] = [
    (
        "02",
        "GS1 leaves it to shops and regions, for goods by weight",
    ),
    (
        "04",
        "GS1 leaves it to each company, for numbers of its own",
    ),
    ("05", "GS1 keeps it for coupons"),
    (
        "2",
        "GS1 leaves it to shops and regions, for numbers of their own",
    ),
    ("980", "GS1 keeps it for refund receipts"),
    ("98", "GS1 keeps it for coupons"),
    ("99", "GS1 keeps it for coupons"),
];

/// Prefixes of a GTIN-8 that are assigned to nobody's product (GS1 General Specifications, section 1.4.3).
const RESTRICTED_8: [(&str, &str); 2] = [
    (
        "0",
        "in eight digits, GS1 leaves it to each company, for numbers of its own",
    ),
    (
        "2",
        "in eight digits, GS1 leaves it to shops and regions, for numbers of their own",
    ),
];

/// Refuses what does not name one product everywhere: restricted circulation, coupons, refunds, goods by weight.
///
/// The prefix of a case is that of the item in it. Six zeros in front mean a GTIN-8: GS1 assigns no company prefix there.
fn refuse_restricted(gtin: &Gtin) -> Result<(), BadGtin> {
    let digits = gtin.as_str();
    if digits.starts_with('9') {
        return Err(BadGtin::VariableMeasure {
            digits: digits.to_owned(),
        });
    }
    let (prefixes, number): (&[_], _) = if digits.starts_with("000000") {
        (&RESTRICTED_8, digits.get(6..))
    } else {
        (&RESTRICTED_13, digits.get(1..))
    };
    let number = number.unwrap_or_default();
    match prefixes
        .iter()
        .find(|(prefix, _)| number.starts_with(prefix))
    {
        Some((prefix, meaning)) => Err(BadGtin::Restricted {
            digits: number.to_owned(),
            prefix,
            meaning,
        }),
        None => Ok(()),
    }
}
