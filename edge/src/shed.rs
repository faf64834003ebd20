//! What is let go of the live lane when there is too much of it: first what only says that a film plays on, then all of it. Look-ups and the durable lane
//! are never among it.
//!
//! The measure is how many calls of this isolate are under way: it needs no clock and no store, and grows of itself when what is called slows down.

use std::cell::Cell;
use std::rc::Rc;

/// Above this many calls under way no ping is told. A call takes some 20 ms, so an isolate that has so many makes 3,000 a second, more than it takes beacons in; what
/// fills it up is an object that is slow.
pub const PINGS: u32 = 64;

/// Above this many nothing is told. Each holds some 2 KB and a connection, of the 128 MB of an isolate that look-ups want.
pub const ALL: u32 = 256;

/// What is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// That a film plays on: the next one says it again in ten seconds.
    Ping,
    /// Something has happened.
    Change,
}

/// Counts the calls under way.
#[derive(Debug, Clone, Default)]
pub struct Gauge(Rc<Cell<u32>>);

/// One call under way, until it is dropped.
#[derive(Debug)]
#[must_use = "a call counts as under way for as long as this is held"]
pub struct Ticket(Gauge);

impl Gauge {
    /// Lets a call begin, or says that it is to be let go.
    pub fn admit(&self, kind: Kind) -> Option<Ticket> {
        let most = match kind {
            Kind::Ping => PINGS,
            Kind::Change => ALL,
        };
        let under_way = self.0.get();
        (under_way < most).then(|| {
            self.0.set(under_way.saturating_add(1));
            Ticket(self.clone())
        })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(gauge: &Gauge, kind: Kind, tries: u32) -> Vec<Ticket> {
        (0..tries).filter_map(|_| gauge.admit(kind)).collect()
    }

    #[test]
    fn pings_are_let_go_first_and_then_everything() {
        let gauge = Gauge::default();
        let pings = admitted(&gauge, Kind::Ping, 1_000);
        assert_eq!(pings.len(), 64);
        let changes = admitted(&gauge, Kind::Change, 1_000);
        assert_eq!(pings.len() + changes.len(), 256);
        assert!(gauge.admit(Kind::Change).is_none());
    }

    #[test]
    fn what_has_ended_makes_room_again() {
        let gauge = Gauge::default();
        let mut changes = admitted(&gauge, Kind::Change, 300);
        assert!(gauge.admit(Kind::Change).is_none());
        changes.truncate(63);
        assert!(gauge.admit(Kind::Ping).is_some());
        drop(changes);
        assert_eq!(admitted(&gauge, Kind::Change, 300).len(), 256);
    }
}
