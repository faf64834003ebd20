//! Caches that are bounded in bytes, with a hash that strangers cannot know.

use std::hash::Hash;

use quick_cache::Weighter;
use quick_cache::unsync::{Cache, DefaultLifecycle};

use crate::hasher::Hasher;

/// What is held by an isolate: scan-resistant, and never more than its bytes.
pub type Bounded<K, V, W> = Cache<K, V, W, Hasher>;

/// Room for `bytes` bytes, as `weigh` counts them; its map is made for entries of `average_bytes`.
#[must_use]
pub fn bounded<K: Eq + Hash, V, W: Weighter<K, V> + Clone>(
    bytes: u64,
    average_bytes: u64,
    weigh: W,
) -> Bounded<K, V, W> {
    let items = bytes.checked_div(average_bytes).unwrap_or_default();
    Cache::with(
        usize::try_from(items).unwrap_or(usize::MAX),
        bytes,
        weigh,
        Hasher::default(),
        DefaultLifecycle::default(),
    )
}
