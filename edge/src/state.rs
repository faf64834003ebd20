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

/// The keys that are not held fresh, each once, in order.
#[must_use]
pub fn missing(keys: impl IntoIterator<Item = String>, now_ms: u64) -> Vec<String> {
    let mut missing: Vec<String> = memory(|memory| {
        keys.into_iter()
            .filter(|key| memory.get(key, Age::Fresh, now_ms).is_none())
            .collect()
    });
    missing.sort_unstable();
    missing.dedup();
    missing
}

/// Sees to it that every key is held fresh, with at most one round of the store.
///
/// # Errors
/// When the store did not answer; what is still held may then be served stale.
pub async fn hold(
    keys: Vec<String>,
    catalogue: &impl Catalogue,
    now_ms: u64,
) -> Result<(), StoreError> {
    let missing = missing(keys, now_ms);
    if missing.is_empty() {
        return Ok(());
    }
    let values = catalogue.get(&missing).await?;
    MEMORY.with_borrow_mut(|memory| {
        for (key, value) in missing.iter().zip(values) {
            // Another request may have read it meanwhile: what is fresh stays as it is, so that an answer made of it stays right.
            if memory.get(key, Age::Fresh, now_ms).is_some() {
                continue;
            }
            if !memory.keep(key, value.as_deref(), now_ms) {
                crate::log::error("unreadable_record", key);
            }
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Held;
    use futures_executor::block_on;

    /// Answers the older value, and has let another request read the newer one meanwhile.
    struct Overtaken;

    struct Newer;

    impl Catalogue for Newer {
        async fn get(&self, keys: &[String]) -> Result<Vec<Option<String>>, StoreError> {
            Ok(keys
                .iter()
                .map(|_| Some(r#"{"v":1,"videos":[]}"#.to_owned()))
                .collect())
        }
    }

    impl Catalogue for Overtaken {
        async fn get(&self, keys: &[String]) -> Result<Vec<Option<String>>, StoreError> {
            hold(keys.to_vec(), &Newer, 1_000).await?;
            Ok(vec![None; keys.len()])
        }
    }

    #[test]
    fn what_is_fresh_is_not_replaced_by_a_read_that_began_earlier() {
        let key = "gtin:00000000000024";
        assert!(block_on(hold(vec![key.to_owned()], &Overtaken, 900)).is_ok());
        memory(|memory| {
            assert!(matches!(
                memory.get(key, Age::Fresh, 31_000),
                Some(Held::Record(_))
            ));
        });
    }
}
