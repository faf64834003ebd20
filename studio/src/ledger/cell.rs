//! What is added up. A cell is a combination of dimensions; in it stand sums, each of which something can be put into and taken out of again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shelfreel_playback::{ATTENTION_PARTS, PlacementContribution, SessionContribution};

/// The dimensions of a cell (docs/figures.md, "Dimensions"). Empty where one does not apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the dimensions of docs/figures.md")]
pub struct CellKey {
    /// Hours since 1970.
    pub hour: u32,
    pub video: String,
    pub code: String,
    pub product: String,
    pub series: String,
    pub category: String,
    pub language: String,
    pub shop: String,
    pub country: String,
    pub device: String,
    /// Why it is taken for a machine; empty for people.
    pub bot: String,
    /// ISO 4217, of what was bought.
    pub currency: String,
}

/// The figures, in the order in which sums are kept. A new one is added at the end.
pub const FIGURES: [&str; 47] = [
    "page_views",
    "impressions",
    "viewable_impressions",
    "opens",
    "carts",
    "carts_direct",
    "carts_assisted",
    "sessions",
    "starts",
    "starts_tap",
    "starts_next",
    "starts_previous",
    "starts_auto",
    "valid_plays",
    "completions",
    "ends",
    "exits_before_start",
    "playing_ms",
    "played_ms",
    "reached_ms",
    "duration_ms",
    "startup_ms",
    "startups",
    "startups_250",
    "startups_500",
    "startups_1000",
    "startups_2000",
    "startups_4000",
    "rebuffering_ms",
    "rebuffers",
    "seeks",
    "pauses",
    "rate_changes",
    "errors",
    "snapshots",
    "snapshots_lost",
    "late",
    "purchases",
    "purchase_lines",
    "purchase_units",
    "value_minor",
    "purchases_direct",
    "purchases_assisted",
    "purchase_units_direct",
    "purchase_units_assisted",
    "value_direct_minor",
    "value_assisted_minor",
];

/// Where each of [`FIGURES`] that is named in code stands.
pub(crate) mod at {
    pub(crate) const PAGE_VIEWS: usize = 0;
    pub(crate) const IMPRESSIONS: usize = 1;
    pub(crate) const CARTS: usize = 4;
    pub(crate) const CARTS_DIRECT: usize = 5;
    pub(crate) const CARTS_ASSISTED: usize = 6;
    pub(crate) const SESSIONS: usize = 7;
    pub(crate) const SNAPSHOTS: usize = 34;
    pub(crate) const SNAPSHOTS_LOST: usize = 35;
    pub(crate) const LATE: usize = 36;
    pub(crate) const PURCHASES: usize = 37;
    pub(crate) const PURCHASE_LINES: usize = 38;
    pub(crate) const PURCHASE_UNITS: usize = 39;
    pub(crate) const VALUE_MINOR: usize = 40;
    pub(crate) const PURCHASES_DIRECT: usize = 41;
    pub(crate) const PURCHASES_ASSISTED: usize = 42;
    pub(crate) const PURCHASE_UNITS_DIRECT: usize = 43;
    pub(crate) const PURCHASE_UNITS_ASSISTED: usize = 44;
    pub(crate) const VALUE_DIRECT_MINOR: usize = 45;
    pub(crate) const VALUE_ASSISTED_MINOR: usize = 46;
}

/// A sum for each of [`FIGURES`]. Signed, since a difference of two is one too. Written as `[place, sum]` of those that are not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<(u8, i64)>", from = "Vec<(u8, i64)>")]
pub struct Sums(pub [i64; FIGURES.len()]);

impl Default for Sums {
    fn default() -> Self {
        Self([0; FIGURES.len()])
    }
}

impl Sums {
    /// Adds to one figure.
    pub fn add(&mut self, at: usize, more: impl Into<i64>) {
        if let Some(sum) = self.0.get_mut(at) {
            *sum += more.into();
        }
    }

    /// Puts all of another in (`sign` 1) or takes it out (`sign` −1).
    pub fn merge(&mut self, other: &Self, sign: i64) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum += sign * more;
        }
    }

    /// One figure.
    #[must_use]
    pub fn get(&self, at: usize) -> i64 {
        self.0.get(at).copied().unwrap_or_default()
    }

    /// Whether nothing stands in it.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|sum| *sum == 0)
    }
}

impl From<Sums> for Vec<(u8, i64)> {
    fn from(sums: Sums) -> Self {
        (0..).zip(sums.0).filter(|(_, sum)| *sum != 0).collect()
    }
}

impl From<Vec<(u8, i64)>> for Sums {
    fn from(pairs: Vec<(u8, i64)>) -> Self {
        let mut sums = Self::default();
        for (at, number) in pairs {
            if let Some(sum) = sums.0.get_mut(usize::from(at)) {
                *sum = number;
            }
        }
        sums
    }
}

/// From a place in [`FIGURES`] on, so many figures in a row.
fn spread<const N: usize>(from: usize, numbers: [u32; N]) -> Sums {
    let mut sums = Sums::default();
    for (at, number) in (from..).zip(numbers) {
        sums.add(at, number);
    }
    sums
}

impl From<&PlacementContribution> for Sums {
    fn from(of: &PlacementContribution) -> Self {
        spread(
            at::IMPRESSIONS,
            [of.impressions, of.viewable_impressions, of.opens],
        )
    }
}

impl From<&SessionContribution> for Sums {
    fn from(of: &SessionContribution) -> Self {
        let [tap, next, previous, auto] = of.starts_by_reason;
        let [
            within_250,
            within_500,
            within_1000,
            within_2000,
            within_4000,
        ] = of.startups_within;
        spread(
            at::SESSIONS,
            [
                of.sessions,
                of.starts,
                tap,
                next,
                previous,
                auto,
                of.valid_plays,
                of.completions,
                of.ends,
                of.exits_before_start,
                of.playing_ms,
                of.played_ms,
                of.reached_ms,
                of.duration_ms,
                of.startup_ms,
                of.startups,
                within_250,
                within_500,
                within_1000,
                within_2000,
                within_4000,
                of.rebuffering_ms,
                of.rebuffers,
                of.seeks,
                of.pauses,
                of.rate_changes,
                of.errors,
            ],
        )
    }
}

/// Sums by cell.
pub type Cells = BTreeMap<CellKey, Sums>;

/// How often each hundredth of a film was played, and by how many sessions: `plays`, then `reach`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attention(pub [i64; 2 * ATTENTION_PARTS]);

impl Default for Attention {
    fn default() -> Self {
        Self([0; 2 * ATTENTION_PARTS])
    }
}

impl Attention {
    /// Puts in how often one session played each part (`sign` 1), or takes it out (`sign` −1).
    pub fn merge_session(&mut self, times: &[u32], sign: i64) {
        let (plays, reach) = self.0.split_at_mut(ATTENTION_PARTS);
        for ((plays, reach), times) in plays.iter_mut().zip(reach).zip(times) {
            *plays += sign * i64::from(*times);
            *reach += sign * i64::from(*times > 0);
        }
    }

    /// Puts all of another in (`sign` 1) or takes it out (`sign` −1).
    pub fn merge(&mut self, other: &Self, sign: i64) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum += sign * more;
        }
    }

    /// Whether nothing stands in it.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|sum| *sum == 0)
    }
}

/// Which curve: hours since 1970, video, and why it is taken for a machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CurveKey {
    /// Hours since 1970.
    pub hour: u32,
    /// The video's id.
    pub video: String,
    /// Empty for people.
    pub bot: String,
}

/// Curves by video.
pub type Curves = BTreeMap<CurveKey, Attention>;
