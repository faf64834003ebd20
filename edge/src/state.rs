//! What this isolate holds between requests.

use std::cell::RefCell;

use crate::memory::{Age, Memory};
use crate::stores::{Catalogue, StoreError};

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::new(Memory::default());
}

/// Reads the memory. Never hold its borrow over an `await`: that is why this takes a closure.
pub fn memory<T>(read: impl FnOnce(&Memory) -> T) -> T {
    MEMORY.with_borrow(read)
}

/// Sees to it that every key is held fresh, with at most one round of the store.
///
/// # Errors
/// When the store did not answer; what is still held may then be served stale.
pub async fn hold(
    mut keys: Vec<String>,
    catalogue: &impl Catalogue,
    now_ms: u64,
) -> Result<(), StoreError> {
    keys.sort_unstable();
    keys.dedup();
    let missing: Vec<String> = memory(|memory| {
        keys.into_iter()
            .filter(|key| memory.get(key, Age::Fresh, now_ms).is_none())
            .collect()
    });
    if missing.is_empty() {
        return Ok(());
    }
    let values = catalogue.get(&missing).await?;
    MEMORY.with_borrow_mut(|memory| {
        for (key, value) in missing.iter().zip(values) {
            if !memory.keep(key, value.as_deref(), now_ms) {
                crate::log::error("unreadable_record", key);
            }
        }
    });
    Ok(())
}
