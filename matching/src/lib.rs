//! What the field knows of products and languages.
//!
//! A shop asks with product codes as it writes them and languages as its shopper wants them ([`LookUp`]); the stores hold
//! one [`Record`] per canonical code; [`answer::write`] puts the two together into the JSON of `docs/wire.md`, with a reason
//! for everything. The other way round, [`catalogue`] checks what a brand offers and [`projection`] turns it into the
//! keys and values that the stores hold.
//!
//! Pure Rust: no clock (the time is passed in as milliseconds since 1970), no network, no Workers types.

pub mod answer;
pub mod catalogue;
pub mod code;
pub mod gtin;
mod json;
pub mod kind;
pub mod language;
pub mod look_up;
pub mod market;
pub mod matcher;
pub mod mpn;
mod near;
pub mod projection;
pub mod quote;
pub mod reason;
pub mod record;
pub mod texts;

pub use kind::Kind;
pub use language::Language;
pub use look_up::{BadLookUp, LookUp};
pub use market::Market;
pub use reason::Reason;
pub use record::{Record, Shop, VideoFacts};
