//! What is counted live, and nothing else: the five figures of which a dashboard shows the last minute and the last hour.

use serde::{Deserialize, Serialize};

/// How often each has happened. Definitions: docs/figures.md.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Placements that came to stand in a visible document.
    pub impressions: u32,
    /// Films opened.
    pub sessions: u32,
    /// Content starts.
    pub starts: u32,
    /// Starts that reached 95 % of the film.
    pub completions: u32,
    /// Times the product was put into the cart.
    pub carts: u32,
}

impl Counts {
    /// Each by the same rule.
    #[must_use]
    pub fn each(self, other: Self, rule: impl Fn(u32, u32) -> u32) -> Self {
        Self {
            impressions: rule(self.impressions, other.impressions),
            sessions: rule(self.sessions, other.sessions),
            starts: rule(self.starts, other.starts),
            completions: rule(self.completions, other.completions),
            carts: rule(self.carts, other.carts),
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.each(other, u32::saturating_add)
    }

    /// What this has more than the other; nothing where it has less.
    #[must_use]
    pub fn beyond(self, other: Self) -> Self {
        self.each(other, u32::saturating_sub)
    }

    /// Of each the larger.
    #[must_use]
    pub fn or_more(self, other: Self) -> Self {
        self.each(other, u32::max)
    }

    /// Whether nothing has happened.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }
}
