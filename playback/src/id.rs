//! Identifiers are 16 random bytes, written as base64url without padding (RFC 4648, section 5): 22 characters.

use alloc::string::String;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Writes 16 random bytes as an identifier of 22 characters.
///
/// ```
/// # use shelfreel_playback::encode_id;
/// assert_eq!(encode_id(&[0; 16]), "AAAAAAAAAAAAAAAAAAAAAA");
/// assert_eq!(encode_id(&[0xff; 16]), "_____________________w");
/// ```
#[must_use]
pub fn encode_id(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(22);
    let mut bits = 0_u32;
    let mut held = 0_u32;
    for &byte in bytes {
        bits = bits << 8 | u32::from(byte);
        held += 8;
        while held >= 6 {
            held -= 6;
            push(&mut text, bits >> held);
        }
    }
    // 128 bits are 21 characters of six and two bits over.
    push(&mut text, bits << (6 - held));
    text
}

fn push(text: &mut String, bits: u32) {
    if let Some(&letter) = ALPHABET.get((bits & 63) as usize) {
        text.push(char::from(letter));
    }
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
        && text.bytes().all(|byte| ALPHABET.contains(&byte))
        && matches!(text.bytes().last(), Some(b'A' | b'Q' | b'g' | b'w'))
}
