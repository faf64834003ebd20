//! To whom films were shown, and who watched them: two sketches for each day, shop and film, and for each day and shop as a whole, of visitors by the hash of the day and of those by the shop's own id apart.
//!
//! The day is that of the touch. A hash is that of the day in which its row was received: what began the day before is that day's, of which the same shopper has another hash, so it is not counted by this one.

use std::collections::{BTreeMap, BTreeSet};

use super::sketch::{NoSketch, Sketch};
use super::visit::{Identity, Visit, What};

/// Where visitors are counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AudienceKey {
    /// By which name they are known.
    pub identity: Identity,
    /// Days since 1970, UTC.
    pub day: u32,
    /// The shop.
    pub shop: String,
    /// The film; empty for any of the brand's.
    pub video: String,
}

/// Visitors by name, as some rows tell of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names<'v> {
    /// Those to whom something was shown.
    pub shown: BTreeSet<&'v str>,
    /// Those who watched something.
    pub watched: BTreeSet<&'v str>,
}

/// Whom visits tell of, by key. What began before `oldest` is left out.
#[must_use]
pub fn names(visits: &[Visit], oldest: u32) -> BTreeMap<AudienceKey, Names<'_>> {
    let mut keys: BTreeMap<AudienceKey, Names<'_>> = BTreeMap::new();
    for visit in visits {
        let What::Met(met) = &visit.what else {
            continue;
        };
        let counts =
            |day: u32| day >= oldest && (met.identity == Identity::Shop || day == visit.day);
        for touch in met.touches.iter().filter(|touch| counts(touch.day)) {
            for video in ["", &touch.video] {
                let key = AudienceKey {
                    identity: met.identity,
                    day: touch.day,
                    shop: met.shop.clone(),
                    video: video.to_owned(),
                };
                let names = keys.entry(key).or_default();
                if touch.shown_ms.is_some() {
                    names.shown.insert(&visit.visitor);
                }
                if touch.watched_ms.is_some() {
                    names.watched.insert(&visit.visitor);
                }
            }
        }
    }
    keys
}

/// Two sketches: whom something was shown to, and who watched.
#[derive(Clone, Debug, PartialEq)]
pub struct Audience {
    /// Those to whom something was shown.
    pub shown: Sketch,
    /// Those who watched something. (Some of them by another hash than that by which it was shown to them, the day before.)
    pub watched: Sketch,
}

impl Audience {
    /// Nobody.
    ///
    /// # Errors
    /// Never: the library demands it.
    pub fn new() -> Result<Self, NoSketch> {
        Ok(Self {
            shown: Sketch::new()?,
            watched: Sketch::new()?,
        })
    }

    /// Adds visitors; returns whether there are more now, so far as a sketch can tell.
    pub fn add(&mut self, names: &Names<'_>) -> bool {
        let before = self.clone();
        for visitor in &names.shown {
            self.shown.add(visitor);
        }
        for visitor in &names.watched {
            self.watched.add(visitor);
        }
        *self != before
    }

    /// Adds another, of which either sketch is as [`Sketch::bytes`] wrote it.
    ///
    /// # Errors
    /// When one of them is no sketch.
    pub fn merge(&mut self, shown: &[u8], watched: &[u8]) -> Result<(), NoSketch> {
        self.shown.merge(shown)?;
        self.watched.merge(watched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::portion::Facts;
    use crate::visitors::question::{Gathered, Group};
    use crate::visitors::touch::Touch;
    use crate::visitors::visit::Met;
    use proptest::prelude::*;

    fn touch(video: &str, day: u32, watched: bool) -> Touch {
        Touch {
            video: video.to_owned(),
            day,
            shown_ms: (!watched).then_some(1),
            watched_ms: watched.then_some(1),
            facts: Facts::default(),
        }
    }

    fn visit(visitor: &str, day: u32, identity: Identity, touches: &[Touch]) -> Visit {
        Visit {
            visitor: visitor.to_owned(),
            day,
            what: What::Met(Met {
                identity,
                shop: "shop_demo".to_owned(),
                touches: touches.to_vec(),
            }),
        }
    }

    /// What an object keeps.
    type Kept = BTreeMap<AudienceKey, Audience>;

    fn take(kept: &mut Kept, visits: &[Visit]) -> usize {
        let mut written = 0;
        for (key, names) in names(visits, 0) {
            let known = kept.get(&key).cloned();
            let mut audience = known.unwrap_or_else(|| Audience::new().unwrap());
            if audience.add(&names) {
                written += 1;
                kept.insert(key, audience);
            }
        }
        written
    }

    /// Of single films or of any, by what is told apart.
    fn gathered(
        kept: &[&Kept],
        of_films: bool,
        by: impl Fn(&AudienceKey) -> Vec<String>,
    ) -> Gathered {
        let mut gathered = Gathered::default();
        for kept in kept {
            let mut of_object = Gathered::default();
            for (key, audience) in *kept {
                if key.video.is_empty() != of_films {
                    let (shown, watched) = (audience.shown.bytes(), audience.watched.bytes());
                    of_object.add(by(key), &shown, &watched).unwrap();
                }
            }
            let groups: Vec<Group> = of_object.groups().unwrap();
            gathered.hear(groups).unwrap();
        }
        gathered
    }

    #[test]
    fn a_visitor_is_in_the_films_that_he_met_and_in_the_whole() {
        let met = [
            touch("film", 9, false),
            touch("film", 9, true),
            touch("guide", 9, false),
        ];
        let visits = [visit("a", 9, Identity::Day, &met)];
        let keys = names(&visits, 0);
        let of = |video: &str| {
            let key = keys.iter().find(|(key, _)| key.video == video);
            let (key, names) = key.unwrap();
            assert_eq!((key.day, key.identity), (9, Identity::Day));
            (names.shown.len(), names.watched.len())
        };
        assert_eq!(
            (of(""), of("film"), of("guide"), keys.len()),
            ((1, 1), (1, 1), (1, 0), 3)
        );
    }

    #[test]
    fn a_hash_counts_on_its_own_day_and_the_shops_id_on_each() {
        let met = [touch("film", 8, false), touch("film", 9, true)];
        let days = |identity| -> Vec<u32> {
            let visits = [visit("a", 9, identity, &met)];
            let of_film = names(&visits, 0)
                .into_keys()
                .filter(|key| !key.video.is_empty());
            of_film.map(|key| key.day).collect()
        };
        assert_eq!(days(Identity::Day), [9]);
        assert_eq!(days(Identity::Shop), [8, 9]);
        assert_eq!(names(&[visit("a", 9, Identity::Shop, &met)], 10).len(), 0);
    }

    prop_compose! {
        fn any_visit()(visitor in 0..30_u32, day in 7..10_u32, by_shop in any::<bool>(), met in proptest::collection::vec((0..3_u32, 7..10_u32, any::<bool>()), 1..4)) -> Visit {
            let touches: Vec<Touch> = met.into_iter().map(|(film, day, watched)| touch(&format!("film-{film}"), day, watched)).collect();
            visit(&format!("visitor {visitor}"), day, if by_shop { Identity::Shop } else { Identity::Day }, &touches)
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_is_the_same_in_every_order_however_often_and_in_whatever_portions(all in proptest::collection::vec(any_visit(), 0..60), turn in any::<usize>(), size in 1..9_usize) {
            let (mut one, mut other) = (Kept::new(), Kept::new());
            take(&mut one, &all);
            let mut turned = all.clone();
            turned.rotate_left(turn % all.len().max(1));
            turned.reverse();
            turned.extend_from_slice(&all[..all.len() / 3]);
            for some in turned.chunks(size) {
                take(&mut other, some);
            }
            prop_assert_eq!(&one, &other);
            prop_assert_eq!(take(&mut one, &all), 0, "nothing is written the second time");
        }

        #[test]
        fn shards_together_are_as_one_and_all_films_are_the_whole(all in proptest::collection::vec(any_visit(), 0..60)) {
            let mut one = Kept::new();
            take(&mut one, &all);
            let mut shards = vec![Kept::new(); 4];
            for visit in &all {
                let shard = visit.visitor.len() + usize::from(visit.visitor.as_bytes()[visit.visitor.len() - 1]);
                take(&mut shards[shard % 4], std::slice::from_ref(visit));
            }
            let shards: Vec<&Kept> = shards.iter().collect();
            let by = |key: &AudienceKey| vec![key.identity.name().to_owned(), key.video.clone()];
            let (parts, once) = (gathered(&shards, true, by), gathered(&[&one], true, by));
            prop_assert_eq!(parts.rows(), once.rows());
            let whole = gathered(&shards, false, |_| Vec::new()).total().unwrap();
            prop_assert_eq!(gathered(&shards, true, by).total().unwrap(), whole);
        }
    }
}
