//! One page view in one brand's ledger: of each placement and session the snapshot that counts, and what all of them add.
//!
//! What it adds is a function of what it keeps, and what it keeps is a function of the *set* of snapshots that arrived. What it has added so far is kept beside, and is what is taken out: should
//! either function ever change, the cells are put right by the next snapshot and do not drift.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use shelfreel_playback::{Rank, SeqSet, best, is_late};

use super::cell::{CellKey, Cells, CurveKey, Curves, Sums, at};
use super::portion::{Facts, Placed, Portion, Watched, hour, unrun};

/// So many placements and so many sessions of a page view count, those with the smallest ids (docs/figures.md, "Bounds"). With their bitmaps (1 KB each), codes (512 bytes) and films that is well below the 2 MB that a row may have.
pub const BOUND: usize = 100;

/// Of a placement or session so many snapshots are told apart: one in ten seconds, for a day.
pub const MOST_SEQ: u32 = 8_192;

/// Which of the snapshots counts, and which arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept<T> {
    seq: u32,
    received_at_ms: u64,
    beacon_id: String,
    /// The set of `seq`s, as [`SeqSet`] writes it.
    seen: Vec<u8>,
    from: Origin,
    what: T,
}

/// What the row says of where it came from, and when what it tells of began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Origin {
    /// Hours since 1970.
    hour: u32,
    shop: String,
    country: String,
    device: String,
    bot: String,
}

/// What counts of a placement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Placement {
    code: String,
    films: Vec<(String, Facts)>,
    cart: u32,
    carts_ms: Vec<u32>,
    sums: Sums,
}

/// What counts of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Session {
    code: String,
    video: String,
    facts: Facts,
    language: String,
    started_ms: Option<u32>,
    sums: Sums,
    attention: Vec<[u32; 2]>,
}

/// When the page view itself began, by its first beacon that arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Began {
    n: u32,
    received_at_ms: u64,
    beacon_id: String,
    from: Origin,
}

impl Began {
    fn order(&self) -> (u32, u64, &str) {
        (self.n, self.received_at_ms, &self.beacon_id)
    }
}

/// One page view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    began: Option<Began>,
    placements: BTreeMap<String, Kept<Placement>>,
    sessions: BTreeMap<String, Kept<Session>>,
    /// Of snapshots that came too late, by id and `seq`, the hour in which that began, and the shop.
    late: BTreeMap<(String, u32), (u32, String)>,
    /// What stands in the cells of it.
    added: Vec<(CellKey, Sums)>,
}

impl View {
    /// Takes in what one beacon says. Order and repetition do not matter.
    ///
    /// Snapshots that began before `oldest_hour` are left out, and counted: of those the ledger may have forgotten what it has already.
    pub fn take(&mut self, portion: &Portion, oldest_hour: u32) -> usize {
        let mut too_old = 0;
        let mut took = false;
        for placed in &portion.placements {
            match portion.age(placed.elapsed_ms, oldest_hour) {
                Age::Late(hour) => self.late(&placed.id, placed.seq, hour, portion),
                Age::TooOld => too_old += 1,
                Age::Counts(hour) => {
                    keep(
                        &mut self.placements,
                        &placed.id,
                        placed.seq,
                        hour,
                        portion,
                        || Placement::from(placed),
                    );
                    took = true;
                }
            }
        }
        for watched in &portion.sessions {
            match portion.age(watched.elapsed_ms, oldest_hour) {
                Age::Late(hour) => self.late(&watched.id, watched.seq, hour, portion),
                Age::TooOld => too_old += 1,
                Age::Counts(hour) => {
                    keep(
                        &mut self.sessions,
                        &watched.id,
                        watched.seq,
                        hour,
                        portion,
                        || Session::from(watched),
                    );
                    took = true;
                }
            }
        }
        let began = portion.hour(portion.elapsed_ms);
        // Older than that it may have been counted and forgotten.
        if took && !is_late(portion.elapsed_ms) && began >= oldest_hour {
            self.begin(Began {
                n: portion.n,
                received_at_ms: portion.received_at_ms,
                beacon_id: portion.beacon_id.clone(),
                from: Origin::of(portion, began),
            });
        }
        too_old
    }

    /// The page view began when its first beacon says.
    fn begin(&mut self, this: Began) {
        let known = self.began.as_ref();
        if known.is_none_or(|known| this.order() < known.order()) {
            self.began = Some(this);
        }
    }

    fn late(&mut self, id: &str, seq: u32, hour: u32, portion: &Portion) {
        let this = (hour, portion.shop.clone());
        let kept = self
            .late
            .entry((id.to_owned(), seq))
            .or_insert_with(|| this.clone());
        if this < *kept {
            *kept = this;
        }
        if self.late.len() > BOUND {
            self.late.pop_last();
        }
    }

    /// What changed of what it adds since this was last asked: to be put into the cells at once, in the same transaction as the view itself.
    pub fn settle(&mut self) -> Cells {
        let now = self.cells();
        let mut changed = now.clone();
        for (key, sums) in &self.added {
            changed.entry(key.clone()).or_default().merge(sums, -1);
        }
        changed.retain(|_, sums| !sums.is_zero());
        self.added = now.into_iter().collect();
        changed
    }

    /// What it adds to the curves of attention: of sessions that are kept.
    #[must_use]
    pub fn curves(&self) -> Curves {
        let mut curves = Curves::new();
        for session in self.sessions.values() {
            let key = CurveKey {
                hour: session.from.hour,
                video: session.what.video.clone(),
                bot: session.from.bot.clone(),
            };
            curves
                .entry(key)
                .or_default()
                .merge_session(&unrun(&session.what.attention), 1);
        }
        curves.retain(|_, curve| !curve.is_zero());
        curves
    }

    /// What was rebuilt of it takes the place of what it has, in a span of hours whose cells and curves hold what was rebuilt already. Returns what changes in the cells and curves beside that: something that
    /// moves into the span, or out of it, by what is now known leaves its old cell.
    ///
    /// Beside the span, the better of what either has counts, if it began in `oldest_hour` or later: of what is older the ledger may have forgotten that it counted it.
    pub fn mend(&mut self, rebuilt: Self, span: Range<u32>, oldest_hour: u32) -> (Cells, Curves) {
        let within = |hour: u32| span.contains(&hour);
        let open = |hour: u32| within(hour) || hour >= oldest_hour;
        let mut curves_before = self.curves();
        curves_before.retain(|key, _| !within(key.hour));
        curves_before.extend(
            rebuilt
                .curves()
                .into_iter()
                .filter(|(key, _)| within(key.hour)),
        );
        merge(&mut self.placements, rebuilt.placements, within, open);
        merge(&mut self.sessions, rebuilt.sessions, within, open);
        self.late.retain(|_, (hour, _)| !within(*hour));
        let late = rebuilt.late.into_iter();
        self.late.extend(late.filter(|(_, (hour, _))| open(*hour)));
        let here =
            |began: &Option<Began>| began.as_ref().is_some_and(|began| within(began.from.hour));
        if here(&self.began) || here(&rebuilt.began) {
            self.began = rebuilt.began;
        } else if let Some(began) = rebuilt.began.filter(|began| open(began.from.hour)) {
            self.begin(began);
        }
        self.added.retain(|(key, _)| !within(key.hour));
        let added = rebuilt.added.into_iter();
        self.added.extend(added.filter(|(key, _)| within(key.hour)));
        let mut curves = self.curves();
        for (key, curve) in curves_before {
            curves.entry(key).or_default().merge(&curve, -1);
        }
        curves.retain(|_, curve| !curve.is_zero());
        (self.settle(), curves)
    }

    /// How much there is of it, and in the cells.
    #[must_use]
    pub fn size(&self) -> usize {
        self.placements.len() + self.sessions.len() + self.late.len() + self.added.len()
    }

    /// The last hour in which something of it began; nothing when there is nothing in it.
    #[must_use]
    pub fn last_hour(&self) -> Option<u32> {
        let placements = self.placements.values().map(|kept| kept.from.hour);
        let sessions = self.sessions.values().map(|kept| kept.from.hour);
        placements
            .chain(sessions)
            .chain(self.late.values().map(|(hour, _)| *hour))
            .max()
    }

    /// What it adds altogether.
    fn cells(&self) -> Cells {
        let mut cells = Cells::new();
        if let Some(began) = &self.began {
            cells
                .entry(began.from.key())
                .or_default()
                .add(at::PAGE_VIEWS, 1);
        }
        for kept in self.placements.values() {
            let whole = cells.entry(key_of(kept, None)).or_default();
            whole.merge(&kept.what.sums, 1);
            kept.count_snapshots(whole);
            for film in &kept.what.films {
                let of_film = cells.entry(key_of(kept, Some(film))).or_default();
                of_film.merge(&kept.what.sums, 1);
            }
        }
        for kept in self.sessions.values() {
            let key = CellKey {
                video: kept.what.video.clone(),
                code: kept.what.code.clone(),
                product: kept.what.facts.product.clone(),
                series: kept.what.facts.series.clone(),
                category: kept.what.facts.category.clone(),
                language: kept.what.language.clone(),
                ..kept.from.key()
            };
            let cell = cells.entry(key).or_default();
            cell.merge(&kept.what.sums, 1);
            kept.count_snapshots(cell);
        }
        for (hour, shop) in self.late.values() {
            let key = CellKey {
                hour: *hour,
                shop: shop.clone(),
                ..CellKey::default()
            };
            cells.entry(key).or_default().add(at::LATE, 1);
        }
        self.carts(&mut cells);
        cells.retain(|_, sums| !sums.is_zero());
        cells
    }

    /// Carts, of each code by the placement that heard most of them, and whether the film had started (docs/figures.md, "Attribution").
    fn carts(&self, cells: &mut Cells) {
        let mut by_code: BTreeMap<&str, &Kept<Placement>> = BTreeMap::new();
        for kept in self.placements.values() {
            // In the order of ids: where two heard equally many, the first stays.
            let counts = by_code.entry(&kept.what.code).or_insert(kept);
            if kept.what.cart > counts.what.cart {
                *counts = kept;
            }
        }
        for kept in by_code.into_values().filter(|kept| kept.what.cart > 0) {
            let mut direct_for_any = 0;
            for film in &kept.what.films {
                let started_ms = self.first_start_ms(&kept.what.code, &film.0);
                let direct = kept.what.carts_after(started_ms);
                direct_for_any = direct.max(direct_for_any);
                count_carts(
                    cells.entry(key_of(kept, Some(film))).or_default(),
                    kept.what.cart,
                    direct,
                );
            }
            count_carts(
                cells.entry(key_of(kept, None)).or_default(),
                kept.what.cart,
                direct_for_any,
            );
        }
    }

    /// When a film was first started under a code, by the page view's clock.
    fn first_start_ms(&self, code: &str, video: &str) -> Option<u32> {
        self.sessions
            .values()
            .filter(|kept| kept.what.code == code && kept.what.video == video)
            .filter_map(|kept| kept.what.started_ms)
            .min()
    }
}

fn key_of(kept: &Kept<Placement>, film: Option<&(String, Facts)>) -> CellKey {
    let key = CellKey {
        code: kept.what.code.clone(),
        ..kept.from.key()
    };
    match film {
        None => key,
        Some((video, facts)) => CellKey {
            video: video.clone(),
            product: facts.product.clone(),
            series: facts.series.clone(),
            category: facts.category.clone(),
            ..key
        },
    }
}

fn count_carts(cell: &mut Sums, carts: u32, direct: u32) {
    cell.add(at::CARTS, carts);
    cell.add(at::CARTS_DIRECT, direct);
    cell.add(at::CARTS_ASSISTED, carts.saturating_sub(direct));
}

impl Placement {
    /// How many carts came at or after a time.
    fn carts_after(&self, started_ms: Option<u32>) -> u32 {
        let Some(started_ms) = started_ms else {
            return 0;
        };
        let told = self.carts_ms.iter().filter(|at_ms| **at_ms >= started_ms);
        let beyond = self.cart.saturating_sub(self.carts_ms.len() as u32);
        let last = self.carts_ms.last();
        let beyond = if last.is_some_and(|last_ms| *last_ms >= started_ms) {
            beyond
        } else {
            0
        };
        told.count() as u32 + beyond
    }
}

impl From<&Placed> for Placement {
    fn from(placed: &Placed) -> Self {
        Self {
            code: placed.code.clone(),
            films: placed.films.clone(),
            cart: placed.cart,
            carts_ms: placed.carts_ms.clone(),
            sums: placed.sums,
        }
    }
}

impl From<&Watched> for Session {
    fn from(watched: &Watched) -> Self {
        Self {
            code: watched.code.clone(),
            video: watched.video.clone(),
            facts: watched.facts.clone(),
            language: watched.language.clone(),
            started_ms: watched.started_ms,
            sums: watched.sums,
            attention: watched.attention.clone(),
        }
    }
}

impl Origin {
    fn of(portion: &Portion, hour: u32) -> Self {
        Self {
            hour,
            shop: portion.shop.clone(),
            country: portion.country.clone(),
            device: portion.device.clone(),
            bot: portion.bot.clone(),
        }
    }

    fn key(&self) -> CellKey {
        CellKey {
            hour: self.hour,
            shop: self.shop.clone(),
            country: self.country.clone(),
            device: self.device.clone(),
            bot: self.bot.clone(),
            ..CellKey::default()
        }
    }
}

impl<T> Kept<T> {
    fn rank(&self) -> Rank<'_> {
        Rank {
            seq: self.seq,
            received_at_ms: self.received_at_ms,
            beacon_id: &self.beacon_id,
        }
    }

    fn count_snapshots(&self, cell: &mut Sums) {
        let seen = SeqSet::from_bytes(&self.seen);
        cell.add(at::SNAPSHOTS, seen.count());
        cell.add(at::SNAPSHOTS_LOST, seen.missing());
    }
}

/// What ours has in the span is nothing beside what was rebuilt; elsewhere the better counts.
fn merge<T>(
    ours: &mut BTreeMap<String, Kept<T>>,
    rebuilt: BTreeMap<String, Kept<T>>,
    within: impl Fn(u32) -> bool,
    open: impl Fn(u32) -> bool,
) {
    ours.retain(|_, kept| !within(kept.from.hour));
    for (id, mut kept) in rebuilt {
        match ours.get_mut(&id) {
            Some(known) => {
                let mut seen = SeqSet::from_bytes(&known.seen);
                seen.merge(&SeqSet::from_bytes(&kept.seen));
                if best(known.rank(), kept.rank()) != known.rank() {
                    std::mem::swap(known, &mut kept);
                }
                known.seen = seen.as_bytes().to_vec();
            }
            None if open(kept.from.hour) => {
                ours.insert(id, kept);
            }
            None => {}
        }
    }
    while ours.len() > BOUND {
        ours.pop_last();
    }
}

/// Keeps a snapshot if it is the best of its kind so far, and that it arrived in any case.
fn keep<T>(
    all: &mut BTreeMap<String, Kept<T>>,
    id: &str,
    seq: u32,
    hour: u32,
    portion: &Portion,
    what: impl FnOnce() -> T,
) {
    let rank = Rank {
        seq,
        received_at_ms: portion.received_at_ms,
        beacon_id: &portion.beacon_id,
    };
    let known = all.get(id);
    let mut seen = known.map_or_else(SeqSet::default, |known| SeqSet::from_bytes(&known.seen));
    if seq <= MOST_SEQ {
        seen.insert(seq);
    }
    let seen = seen.as_bytes().to_vec();
    if known.is_none_or(|known| best(known.rank(), rank) != known.rank()) {
        let kept = Kept {
            seq,
            received_at_ms: portion.received_at_ms,
            beacon_id: portion.beacon_id.clone(),
            seen,
            from: Origin::of(portion, hour),
            what: what(),
        };
        all.insert(id.to_owned(), kept);
        if all.len() > BOUND {
            all.pop_last();
        }
    } else if let Some(known) = all.get_mut(id) {
        known.seen = seen;
    }
}

/// Whether a snapshot counts.
enum Age {
    Counts(u32),
    Late(u32),
    TooOld,
}

impl Portion {
    fn age(&self, elapsed_ms: u32, oldest_hour: u32) -> Age {
        let began = self.hour(elapsed_ms);
        if began < oldest_hour {
            Age::TooOld
        } else if is_late(elapsed_ms) {
            Age::Late(began)
        } else {
            Age::Counts(began)
        }
    }
}

/// The first hour that is still open when the latest beacon was received then: 72 h before.
#[must_use]
pub fn oldest_hour(watermark_ms: u64) -> u32 {
    hour(watermark_ms).saturating_sub(72)
}
