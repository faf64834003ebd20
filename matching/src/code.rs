//! Product codes as a page or a feed gives them, and the key under which the stores hold what is published for them.
//!
//! A product may have several codes; a page writes them `gtin:…|mpn:BRAND:PART|sku:…`, the first that matches wins. A
//! canonical code is also the key in KV: `gtin:{14 digits}`, `mpn:{folded brand}:{folded part}`, `sku:{shop}:{sku}`, at
//! most 512 bytes long (KV's limit).
//!
//! The number of a case (a GTIN-14 with an indicator of 1 to 8) is a trade item of its own: it is looked up first. A
//! shopper who looks at a case of twelve is served by the film of the one bottle too: the contained item's number is
//! looked up next, and the answer says so.

use crate::Reason;
use crate::gtin::{self, BadGtin, Gtin, Mended};
use crate::mpn::fold;
use crate::quote::shorten;

/// The most codes that one product may have in a look-up.
pub const MOST_CODES: usize = 4;
/// The longest key that KV takes, in bytes.
pub const MOST_KEY_BYTES: usize = 512;

/// One code of a product, as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// As it was written, shortened.
    pub written: Box<str>,
    /// Where it leads.
    pub lead: Result<Lead, BadCode>,
}

/// A key to look under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// The canonical code, which is the key in KV.
    pub key: Box<str>,
    /// What had to be put right to read it.
    pub mended: Option<Mended>,
    /// The canonical code of the case that was asked for, when this is the item in it.
    pub contained_in: Option<Box<str>>,
}

/// Why a code leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCode {
    /// It is no GTIN.
    #[error(transparent)]
    Gtin(#[from] BadGtin),
    /// A part number without the brand it belongs to.
    #[error("{written} has no brand: write mpn:BRAND:PART")]
    MpnBrand {
        /// The code as given, shortened.
        written: String,
    },
    /// Nothing is left of it.
    #[error("the {what} is empty")]
    Empty {
        /// Which part of it.
        what: &'static str,
    },
    /// Longer than a key may be.
    #[error(
        "{written} is {bytes} bytes long: a code may have {MOST_KEY_BYTES} with what comes before it"
    )]
    Length {
        /// The code as given, shortened.
        written: String,
        /// The length of its key in bytes.
        bytes: usize,
    },
    /// A type that does not exist.
    #[error("{written} is of no known type: write gtin:, mpn:BRAND: or sku: before a code")]
    Type {
        /// The type as given, shortened.
        written: String,
    },
    /// One too many.
    #[error(
        "a product may have {MOST_CODES} codes: this one {}was not looked at",
        if *more { "and what comes after it " } else { "" }
    )]
    TooMany {
        /// Whether there are more after it.
        more: bool,
    },
}

impl BadCode {
    /// The reason's name on the wire.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Gtin(error) => error.reason(),
            Self::MpnBrand { .. } => Reason::MpnBrand,
            Self::Empty { .. } => Reason::CodeEmpty,
            Self::Length { .. } => Reason::CodeLength,
            Self::Type { .. } => Reason::CodeType,
            Self::TooMany { .. } => Reason::TooManyCodes,
        }
    }
}

/// The key of a GTIN.
///
/// ```
/// use shelfreel_matching::{code, gtin};
/// let gtin = gtin::read("8710103937746")?.gtin;
/// assert_eq!(code::gtin_key(gtin), "gtin:08710103937746");
/// # Ok::<(), gtin::BadGtin>(())
/// ```
#[must_use]
pub fn gtin_key(gtin: Gtin) -> String {
    ["gtin:", gtin.as_str()].concat()
}

/// The key of a brand's part number, both as anybody spells them.
///
/// # Errors
/// [`BadCode`] when brand or part fold to nothing or the key is too long.
///
/// ```
/// use shelfreel_matching::code;
/// assert_eq!(code::mpn_key("Kenwick", "BR-7/E").unwrap(), "mpn:kenwick:br7e");
/// ```
pub fn mpn_key(brand: &str, part: &str) -> Result<String, BadCode> {
    let (folded_brand, folded_part) = (fold(brand), fold(part));
    if folded_brand.is_empty() {
        return Err(BadCode::MpnBrand {
            written: shorten(part),
        });
    }
    if folded_part.is_empty() {
        return Err(BadCode::Empty {
            what: "part number",
        });
    }
    fitting(["mpn:", &folded_brand, ":", &folded_part].concat(), part)
}

/// The key of a shop's own number.
///
/// # Errors
/// [`BadCode`] when it is empty or the key is too long.
pub fn sku_key(shop: &str, sku: &str) -> Result<String, BadCode> {
    let sku = sku.trim();
    if sku.is_empty() {
        return Err(BadCode::Empty { what: "sku" });
    }
    fitting(["sku:", shop, ":", sku].concat(), sku)
}

fn fitting(key: String, written: &str) -> Result<String, BadCode> {
    if key.len() > MOST_KEY_BYTES {
        return Err(BadCode::Length {
            written: shorten(written),
            bytes: key.len(),
        });
    }
    Ok(key)
}

/// The codes of one product of a look-up: `gtin:8710103937746|mpn:Kenwick:BR-7|sku:12345`.
///
/// The fifth code is refused and stands for all after it; the items in cases take what is left of the four.
///
/// ```
/// use shelfreel_matching::code;
/// let asked = code::asked("8710103937746|sku:12345", "shop_fjord");
/// let keys: Vec<_> = asked.iter().filter_map(|code| code.lead.as_ref().ok()).map(|lead| &*lead.key).collect();
/// assert_eq!(keys, ["gtin:08710103937746", "sku:shop_fjord:12345"]);
/// ```
#[must_use]
pub fn asked(product: &str, shop: &str) -> Vec<Asked> {
    let mut codes = Vec::with_capacity(1);
    for written in product.split('|') {
        let (kind, rest) = split_type(written);
        if kind == Type::Gtin {
            codes.extend(split_list(rest).map(|gtin| one_gtin(written, gtin)));
        } else {
            codes.push(Asked {
                written: shorten(written.trim()).into(),
                lead: lead(kind, written, rest, shop),
            });
        }
        if codes.len() > MOST_CODES + 1 {
            break;
        }
    }
    refuse_beyond_four(&mut codes);
    add_contained(&mut codes);
    codes
}

fn refuse_beyond_four(codes: &mut Vec<Asked>) {
    let more = codes.len() > MOST_CODES + 1;
    codes.truncate(MOST_CODES + 1);
    if let Some(code) = codes.get_mut(MOST_CODES) {
        code.lead = Err(BadCode::TooMany { more });
    }
}

fn add_contained(codes: &mut Vec<Asked>) {
    let mut at = 0;
    while let Some(code) = codes.get(at)
        && codes.len() < MOST_CODES
    {
        at += 1;
        if let Some(contained) = contained(code) {
            // The next to be looked at, which contains nothing.
            codes.insert(at, contained);
        }
    }
}

fn contained(code: &Asked) -> Option<Asked> {
    let lead = code.lead.as_ref().ok()?;
    let case = gtin::read(lead.key.strip_prefix("gtin:")?).ok()?.gtin;
    Some(Asked {
        written: code.written.clone(),
        lead: Ok(Lead {
            key: gtin_key(case.contained()?).into(),
            mended: lead.mended,
            contained_in: Some(lead.key.clone()),
        }),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Gtin,
    Mpn,
    Sku,
    Unknown,
}

/// The type before the first colon, GTIN where there is none, and the code behind it.
fn split_type(written: &str) -> (Type, &str) {
    let Some((name, rest)) = written.split_once(':') else {
        return (Type::Gtin, written);
    };
    let name = name.trim();
    let is = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    if is(&["gtin"]) {
        (Type::Gtin, rest)
    } else if is(&["mpn"]) {
        (Type::Mpn, rest)
    } else if is(&["sku"]) {
        (Type::Sku, rest)
    } else if gtin::is_label(name) {
        (Type::Gtin, rest)
    } else {
        (Type::Unknown, rest)
    }
}

fn lead(kind: Type, written: &str, rest: &str, shop: &str) -> Result<Lead, BadCode> {
    let key = match kind {
        Type::Mpn => match rest.split_once(':') {
            Some((brand, part)) => mpn_key(&unescape(brand), &unescape(part)),
            None => Err(BadCode::MpnBrand {
                written: shorten(written.trim()),
            }),
        },
        Type::Sku => sku_key(shop, &unescape(rest)),
        Type::Gtin | Type::Unknown => Err(BadCode::Type {
            written: shorten(written.trim()),
        }),
    }?;
    Ok(Lead {
        key: key.into(),
        mended: None,
        contained_in: None,
    })
}

fn one_gtin(written: &str, gtin: &str) -> Asked {
    let gtin = unescape(gtin);
    let alone = written.trim();
    let written = if alone.len() <= 5 + gtin.len() {
        shorten(alone)
    } else {
        ["gtin:", &shorten(gtin.trim())].concat()
    };
    Asked {
        written: written.into(),
        lead: gtin::read(&gtin).map_err(BadCode::from).map(|read| Lead {
            key: gtin_key(read.gtin).into(),
            mended: read.mended,
            contained_in: None,
        }),
    }
}

/// The GTINs of one field: shops join several with a comma, a semicolon or a slash. Only where each part has six digits or
/// more: else it is one code with something odd in it, and its own error says what.
pub fn split_list(field: &str) -> impl Iterator<Item = &str> {
    const JOINS: [char; 4] = [',', ';', '/', '\n'];
    let is_code = |part: &str| part.chars().filter(char::is_ascii_digit).count() >= 6;
    let several = field.contains(JOINS) && field.split(JOINS).all(is_code);
    let joins: &[char] = if several { &JOINS } else { &[] };
    field.split(joins)
}

/// Takes back `%7C`, `%3A`, `%25` (and any other well-formed escape) inside a part of a code. What is no escape stays.
#[must_use]
pub fn unescape(part: &str) -> std::borrow::Cow<'_, str> {
    if !part.contains('%') {
        return part.into();
    }
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        match (first, escaped(after)) {
            (b'%', Some((byte, after))) => {
                bytes.push(byte);
                rest = after;
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_or_else(|_| part.into(), std::borrow::Cow::Owned)
}

/// The byte that two hexadecimal digits stand for, and what follows them.
pub(crate) fn escaped(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let [high, low, rest @ ..] = bytes else {
        return None;
    };
    let nibble = |byte: &u8| char::from(*byte).to_digit(16);
    let value = nibble(high)? * 16 + nibble(low)?;
    Some((u8::try_from(value).ok()?, rest))
}
