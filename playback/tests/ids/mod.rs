//! Identifiers that count, so that what is told with them is the same each time.

use shelfreel_playback::{Id, encode_id};
use std::cell::Cell;

#[derive(Default)]
pub(crate) struct Ids(Cell<u8>);

impl Ids {
    pub(crate) fn next(&self) -> Id {
        self.0.set(self.0.get().wrapping_add(1));
        encode_id(&[self.0.get(); 16])
    }
}
