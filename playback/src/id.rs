//! Identifiers are 16 random bytes, written as base64url without padding (RFC 4648, section 5): 22 characters.

/// An identifier as it is written: 22 ASCII characters.
pub type Id = [u8; 22];

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Writes 16 random bytes as an identifier.
///
/// ```
/// # use shelfreel_playback::encode_id;
/// assert_eq!(&encode_id(&[0; 16]), b"AAAAAAAAAAAAAAAAAAAAAA");
/// assert_eq!(&encode_id(&[0xff; 16]), b"_____________________w");
/// ```
#[must_use]
pub fn encode_id(bytes: &[u8; 16]) -> Id {
    let mut id = [0; 22];
    let mut bytes = bytes.iter();
    let (mut bits, mut held) = (0, 0);
    for place in &mut id {
        if held < 6 {
            // 128 bits are 21 letters of six and two bits over, which zeros fill up.
            bits = bits << 8 | bytes.next().map_or(0, |byte| u32::from(*byte));
            held += 8;
        }
        held -= 6;
        *place = letter((bits >> held) as u8);
    }
    id
}

/// The letter of the last six bits.
fn letter(bits: u8) -> u8 {
    ALPHABET
        .get(usize::from(bits & 63))
        .copied()
        .unwrap_or_default()
}

/// Makes an identifier of random bytes, of which it takes six bits each, and of the last one two: as random as one of [`encode_id`], and for the shopper cheaper to make.
///
/// ```
/// # use shelfreel_playback::{is_id, random_id};
/// assert_eq!(&random_id([0; 22]), b"AAAAAAAAAAAAAAAAAAAAAA");
/// assert_eq!(&random_id([0xff; 22]), b"_____________________w");
/// ```
#[must_use]
pub fn random_id(mut bytes: Id) -> Id {
    // Bits that the sixteen bytes of the longhand would not have.
    bytes[21] &= 0b11_0000;
    bytes.map(letter)
}

/// Whether a text has the form that [`encode_id`] writes, its four unused bits being zero.
///
/// ```
/// # use shelfreel_playback::is_id;
/// assert!(is_id("AAAAAAAAAAAAAAAAAAAAAQ"));
/// assert!(!is_id("AAAAAAAAAAAAAAAAAAAAAB"), "bits are set that no 16 bytes have");
/// assert!(!is_id("too-short"));
/// ```
#[must_use]
pub fn is_id(text: &str) -> bool {
    text.len() == 22
        && text
            .bytes()
            .all(|byte| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
        && matches!(text.bytes().last(), Some(b'A' | b'Q' | b'g' | b'w'))
}

/// Reads what [`encode_id`] wrote; nothing of any other text.
///
/// ```
/// # use shelfreel_playback::{decode_id, encode_id};
/// let bytes = *b"sixteen bytes!\xff\x00";
/// let id = encode_id(&bytes);
/// assert_eq!(decode_id(core::str::from_utf8(&id).unwrap()), Some(bytes));
/// assert_eq!(decode_id("too-short"), None);
/// ```
#[must_use]
pub fn decode_id(text: &str) -> Option<[u8; 16]> {
    if !is_id(text) {
        return None;
    }
    let mut bytes = [0; 16];
    let mut places = bytes.iter_mut();
    let (mut bits, mut held) = (0_u32, 0);
    for letter in text.bytes() {
        let six = ALPHABET.iter().position(|known| *known == letter)?;
        bits = bits << 6 | six as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            if let Some(place) = places.next() {
                *place = (bits >> held) as u8;
            }
        }
    }
    Some(bytes)
}
