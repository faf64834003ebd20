//! A beacon that the widget sent, as `docs/wire.md` has it; only what the inspector shows.

use serde::Deserialize;

/// One request of playback.
#[derive(Debug, Deserialize)]
pub(crate) struct Beacon {
    /// Its number in this page view, from 1.
    #[serde(default)]
    pub(crate) n: f64,
    /// The age of the page view.
    #[serde(default)]
    pub(crate) elapsed_ms: f64,
    #[serde(default)]
    pub(crate) events: Vec<Event>,
    #[serde(default)]
    pub(crate) sessions: Vec<Session>,
}

/// Something that happened.
#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) percent: Option<f64>,
}

/// A viewing so far.
#[derive(Debug, Deserialize)]
pub(crate) struct Session {
    pub(crate) video: String,
    #[serde(default)]
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) duration_ms: f64,
    #[serde(default)]
    pub(crate) played_ms: f64,
    /// How often each part was played: from and to in milliseconds, and how many times.
    #[serde(default)]
    pub(crate) played: Vec<(f64, f64, f64)>,
}

impl Event {
    /// Its name as people read it.
    pub(crate) fn name(&self) -> String {
        let name = self.kind.replace('_', " ");
        match self.percent {
            Some(percent) => format!("{percent} %"),
            None => name,
        }
    }
}

impl Session {
    /// The parts of the film that were played, as shares of its length: where each begins, how long it is, how often.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let whole = self.duration_ms.max(1.0);
        self.played
            .iter()
            .map(move |(from, to, times)| (from / whole, (to - from).max(0.0) / whole, *times))
    }

    /// The share of the film that was reached, from 0 to 1: parts played twice count once.
    pub(crate) fn reached(&self) -> f64 {
        self.parts().map(|(_, long, _)| long).sum::<f64>().min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(played: Vec<(f64, f64, f64)>) -> Session {
        Session {
            video: "v".to_owned(),
            state: "playing".to_owned(),
            duration_ms: 8000.0,
            played_ms: 0.0,
            played,
        }
    }

    #[test]
    fn what_was_played_twice_is_reached_once() {
        let seen = session(vec![(0.0, 2000.0, 1.0), (2000.0, 4000.0, 2.0)]);
        assert!((seen.reached() - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_film_of_unknown_length_divides_by_no_zero() {
        let mut seen = session(vec![(0.0, 2000.0, 1.0)]);
        seen.duration_ms = 0.0;
        assert!((seen.reached() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn progress_is_named_by_its_percent() {
        let event = Event {
            kind: "percent_progress".to_owned(),
            percent: Some(25.0),
        };
        assert_eq!(event.name(), "25 %");
        let event = Event {
            kind: "seek_end".to_owned(),
            percent: None,
        };
        assert_eq!(event.name(), "seek end");
    }
}
