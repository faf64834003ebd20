//! The hasher of what is held: keyed by chance, since keys come from strangers.
//!
//! Who knows the hash can make up codes that all fall into one place of a map, and every look-up would then compare its way through them.
//! `std`'s own hasher is made for that, but has no chance on this target: its keys are the same in every isolate. `foldhash` takes a seed;
//! the runtime gives one once a request is there.

use std::hash::BuildHasher;

use foldhash::SharedSeed;
use foldhash::fast::{FoldHasher, SeedableRandomState};

/// Makes hashers of one seed.
#[derive(Debug, Clone)]
pub struct Hasher(SeedableRandomState);

impl Default for Hasher {
    fn default() -> Self {
        Self(SeedableRandomState::with_seed(
            chance(),
            SharedSeed::global_fixed(),
        ))
    }
}

impl BuildHasher for Hasher {
    type Hasher = FoldHasher<'static>;

    fn build_hasher(&self) -> Self::Hasher {
        self.0.build_hasher()
    }
}

/// 52 bits of chance in a `u64`: nobody can ask for the same twice.
#[cfg(target_family = "wasm")]
fn chance() -> u64 {
    js_sys::Math::random().to_bits()
}

#[cfg(not(target_family = "wasm"))]
fn chance() -> u64 {
    std::hash::RandomState::new().hash_one(0)
}
