//! Which live object of a brand hears of a page view: edge and studio must agree.

use crate::id::is_id;

/// A brand has so many live objects. One takes some 200 to 500 calls a second (Durable Objects, with a write each); a brand of whose films a thousand viewers a second
/// begin or end something is the largest that there is reason to expect, and every dashboard holds one socket to each.
pub const LIVE_SHARDS: u32 = 4;

/// The one that hears of a page view: by the first byte of its id, which is random. `None` for what is no id.
///
/// ```
/// # use shelfreel_playback::{encode_id, live_shard};
/// assert_eq!(live_shard(core::str::from_utf8(&encode_id(&[6; 16])).unwrap()), Some(2));
/// assert_eq!(live_shard("too-short"), None);
/// ```
#[must_use]
pub fn live_shard(page_view: &str) -> Option<u32> {
    if !is_id(page_view) {
        return None;
    }
    let mut letters = page_view.bytes().map(value);
    let (first, second) = (letters.next()?, letters.next()?);
    Some((first << 2 | second >> 4) % LIVE_SHARDS)
}

/// A letter of base64url as six bits.
fn value(letter: u8) -> u32 {
    let (from, bits) = match letter {
        b'A'..=b'Z' => (b'A', 0),
        b'a'..=b'z' => (b'a', 26),
        b'0'..=b'9' => (b'0', 52),
        b'-' => (b'-', 62),
        _ => (b'_', 63),
    };
    u32::from(letter.saturating_sub(from)) + bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::encode_id;

    #[test]
    fn the_first_byte_decides_whatever_it_is() {
        for byte in 0..=255_u8 {
            let mut bytes = [0x5a; 16];
            bytes[0] = byte;
            let id = encode_id(&bytes);
            let id = core::str::from_utf8(&id).unwrap();
            assert_eq!(live_shard(id), Some(u32::from(byte) % LIVE_SHARDS), "{id}");
        }
    }
}
