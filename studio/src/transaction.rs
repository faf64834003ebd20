//! Several statements of a Durable Object's SQLite as one: all of them, or none. (What an object wrote before it failed stays otherwise, since it answers and does not end.)

use wasm_bindgen::prelude::*;
use worker::{Result, State};

#[wasm_bindgen]
extern "C" {
    type Storage;
    /// <https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#transactionsync>, which the `worker` crate does not have.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &Storage,
        work: &mut dyn FnMut() -> std::result::Result<JsValue, JsValue>,
    ) -> std::result::Result<JsValue, JsValue>;
}

/// All of it, or nothing.
///
/// # Errors
/// What the work says, or the store.
pub fn together<T>(state: &State, work: impl Fn() -> Result<T>) -> Result<T> {
    let storage = state.storage();
    let storage: &Storage = storage.as_raw().unchecked_ref();
    let mut came_of_it = None;
    storage
        .transaction_sync(&mut || match work() {
            Ok(done) => {
                came_of_it = Some(done);
                Ok(JsValue::UNDEFINED)
            }
            Err(error) => Err(JsError::new(&error.to_string()).into()),
        })
        .map_err(worker::Error::from)?;
    came_of_it.ok_or_else(|| worker::Error::RustError("nothing was done".to_owned()))
}

/// The places of those that were not taken, and why.
pub type NotTaken = Vec<(usize, String)>;

/// All of them in one transaction; where that fails, each in its own: what cannot be taken stands in no other's way.
pub fn each<T>(state: &State, all: &[T], take: impl Fn(&[T]) -> Result<()>) -> NotTaken {
    let took = |some: &[T]| together(state, || take(some));
    if took(all).is_ok() {
        return NotTaken::new();
    }
    let one_by_one = all.chunks(1).map(took).enumerate();
    one_by_one
        .filter_map(|(place, took)| took.err().map(|why| (place, why.to_string())))
        .collect()
}
