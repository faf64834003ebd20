//! Byte ranges (RFC 9110, section 14): what a player asks for when it seeks.
//!
//! One range is served as 206. Several ranges in one request are answered with the whole file, which section 14.2 allows and no player
//! minds; a range beyond the file is 416 with the file's length, so that the player can ask again.

/// What a `Range` header asks of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// No range, or one that does not count: the whole file.
    Whole,
    /// Bytes `first..=last`, both within the file.
    Part {
        /// The first byte, from 0.
        first: u64,
        /// The last byte, inclusive.
        last: u64,
    },
    /// Nothing of the file: 416.
    Beyond,
}

/// Reads a `Range` header for a file of `size_bytes`.
///
/// ```
/// use shelfreel_edge::range::{Asked, asked};
/// assert_eq!(asked("bytes=0-", 100), Asked::Part { first: 0, last: 99 });
/// assert_eq!(asked("bytes=-10", 100), Asked::Part { first: 90, last: 99 });
/// assert_eq!(asked("bytes=100-", 100), Asked::Beyond);
/// assert_eq!(asked("bytes=5-1", 100), Asked::Whole); // invalid: ignored, as section 14.2 says
/// ```
#[must_use]
pub fn asked(header: &str, size_bytes: u64) -> Asked {
    let Some(range) = header.trim().strip_prefix("bytes=") else {
        return Asked::Whole;
    };
    let Some((first, last)) = range.split_once('-') else {
        return Asked::Whole;
    };
    match (digits(first), digits(last)) {
        (Some(Some(first)), Some(last)) => {
            if last.is_some_and(|last| last < first) {
                return Asked::Whole;
            }
            if first >= size_bytes {
                return Asked::Beyond;
            }
            let end = size_bytes.saturating_sub(1);
            Asked::Part {
                first,
                last: last.map_or(end, |last| last.min(end)),
            }
        }
        (Some(None), Some(Some(suffix))) => {
            if suffix == 0 || size_bytes == 0 {
                return Asked::Beyond;
            }
            Asked::Part {
                first: size_bytes.saturating_sub(suffix),
                last: size_bytes.saturating_sub(1),
            }
        }
        _ => Asked::Whole,
    }
}

/// `None` for what is no number (a list of ranges among it), `Some(None)` for nothing. A number too large to hold is beyond every file.
#[allow(clippy::option_option)]
fn digits(text: &str) -> Option<Option<u64>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(None);
    }
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| Some(text.parse().unwrap_or(u64::MAX)))
}

/// Whether an `If-None-Match` header names this entity (RFC 9110, section 13.1.2: a list, weak comparison, `*` for any).
#[must_use]
pub fn none_match(header: &str, etag: &str) -> bool {
    header
        .split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.trim_start_matches("W/").trim_matches('"') == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_the_file() {
        assert_eq!(
            asked("bytes=10-1000000", 100),
            Asked::Part {
                first: 10,
                last: 99
            }
        );
        assert_eq!(asked("bytes=0-0", 100), Asked::Part { first: 0, last: 0 });
        assert_eq!(
            asked("bytes=-1000", 100),
            Asked::Part { first: 0, last: 99 }
        );
        assert_eq!(
            asked("bytes=0-99999999999999999999999999", 100),
            Asked::Part { first: 0, last: 99 }
        );
    }

    #[test]
    fn nothing_of_an_empty_file_can_be_asked_for() {
        assert_eq!(asked("bytes=0-", 0), Asked::Beyond);
        assert_eq!(asked("bytes=-1", 0), Asked::Beyond);
        assert_eq!(asked("bytes=-0", 10), Asked::Beyond);
    }

    #[test]
    fn garbage_and_several_ranges_mean_the_whole_file() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=0-1,4-5",
            "items=0-1",
            "bytes=--1",
            "bytes=1-2-3",
        ] {
            assert_eq!(asked(header, 100), Asked::Whole, "{header}");
        }
    }

    #[test]
    fn an_entity_tag_matches_weak_quoted_or_any() {
        assert!(none_match("\"abc\"", "abc"));
        assert!(none_match("\"x\", W/\"abc\"", "abc"));
        assert!(none_match("*", "abc"));
        assert!(!none_match("\"abcd\"", "abc"));
    }
}
