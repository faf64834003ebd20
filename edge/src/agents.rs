//! What a user agent says, remembered: a few hundred of them are behind most requests, and to judge one anew, word by word and by the long pattern of `isbot`, was a twentieth of what a beacon cost (bench/README.md).
//!
//! A user agent itself is not kept: what is remembered of it is a hash, keyed by chance in each isolate, and what it was judged to be.

use std::cell::RefCell;
use std::hash::BuildHasher as _;

use crate::hasher::Hasher;

/// So many are remembered at most; where two want the same place, the later one has it.
const PLACES: usize = 1024;

/// What a user agent says of who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agent {
    /// The class of the device.
    pub device: &'static str,
    /// It says that it is a machine.
    pub bot: bool,
}

/// The user agents that were judged last.
#[derive(Default)]
pub struct Agents {
    hasher: Hasher,
    places: Vec<Option<(u64, Agent)>>,
}

impl Agents {
    /// What was said of this user agent before, or else what `judge` says now.
    pub fn know(&mut self, user_agent: &str, judge: impl FnOnce(&str) -> Agent) -> Agent {
        self.places.resize(PLACES, None);
        let hash = self.hasher.hash_one(user_agent);
        let place = usize::try_from(hash % PLACES as u64).unwrap_or_default();
        match self.places.get_mut(place) {
            Some(Some((known, agent))) if *known == hash => *agent,
            Some(place) => place.insert((hash, judge(user_agent))).1,
            None => judge(user_agent),
        }
    }
}

thread_local! {
    static AGENTS: RefCell<Agents> = RefCell::default();
}

/// What this isolate knows of a user agent, or else what `judge` says.
pub fn known(user_agent: &str, judge: impl FnOnce(&str) -> Agent) -> Agent {
    AGENTS.with_borrow_mut(|agents| agents.know(user_agent, judge))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_is_judged_once_and_each_by_itself() {
        let mut agents = Agents::default();
        let mut judged = 0;
        let mut know = |user_agent: &str| {
            agents.know(user_agent, |agent| {
                judged += 1;
                Agent {
                    device: if agent == "phone" { "phone" } else { "tv" },
                    bot: agent == "bot",
                }
            })
        };
        for _ in 0..3 {
            assert_eq!(know("phone").device, "phone");
            assert!(know("bot").bot);
            assert!(!know("").bot);
        }
        assert!(judged <= 9, "at worst all three want the same place");
        let before = judged;
        let mut again = Agents::default();
        for _ in 0..3 {
            again.know("phone", |_| {
                judged += 1;
                Agent {
                    device: "phone",
                    bot: false,
                }
            });
        }
        assert_eq!(judged - before, 1);
    }

    #[test]
    fn a_million_made_up_ones_are_judged_rightly_and_take_no_more_than_their_places() {
        let mut agents = Agents::default();
        for n in 0..1_000_000_u32 {
            let bot = n % 3 == 0;
            let judged = agents.know(&n.to_string(), |_| Agent { device: "", bot });
            assert_eq!(judged.bot, bot, "{n}");
        }
        assert_eq!(agents.places.len(), PLACES);
    }
}
