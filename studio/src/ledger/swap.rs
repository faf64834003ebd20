//! What a replay rebuilt takes the place of what was there, in the span that was replayed, in steps: each is a transaction, and what a platform lets one call do is less than a large ledger holds.
//!
//! From the first step on the span's cells and curves are those that were rebuilt, wherever they lie: what is read, and what is added meanwhile, goes to either set of tables by its hour. The steps then mend page views
//! and orders one after another ([`View::mend`]), and last bring the span's cells over. What comes meanwhile is taken in as ever, once the page views and orders that it concerns are mended: those are marked,
//! for to be mended twice would take out what came since. Whenever a step fails, or none comes for a while, the next goes on where the last ended.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::book::{Book, Store};
use super::cell::{Attention, CellKey, CurveKey, Sums};
use super::order::Order;
use super::portion::Portion;
use super::view::{View, oldest_hour};
use crate::visitors::Touched;
use crate::visitors::touch::Touches;

/// At most so many cells, of either set, are brought over in one step, unless one hour has more.
const CELLS: usize = 10_000;

/// What a set of tables can do beside.
pub trait Tables: Store {
    /// The names of page views after one, in order.
    ///
    /// # Errors
    /// When they cannot be read.
    fn views_after(&self, name: &str, most: usize) -> Result<Vec<String>, Self::Error>;
    /// Takes a page view out.
    ///
    /// # Errors
    /// When it cannot be taken out.
    fn forget_view(&mut self, page_view: &str) -> Result<(), Self::Error>;
    /// The names of orders after one, in order.
    ///
    /// # Errors
    /// When they cannot be read.
    fn orders_after(&self, name: &str, most: usize) -> Result<Vec<String>, Self::Error>;
    /// Remembers the name of something that was mended before its turn.
    ///
    /// # Errors
    /// When it cannot be written.
    fn mark(&mut self, name: &str) -> Result<(), Self::Error>;
    /// Whether it was.
    ///
    /// # Errors
    /// When it cannot be read.
    fn is_marked(&self, name: &str) -> Result<bool, Self::Error>;
    /// The hour of the cell that comes so many after the first of an hour.
    ///
    /// # Errors
    /// When it cannot be read.
    fn hour_after(&self, hour: u32, cells: usize) -> Result<Option<u32>, Self::Error>;
    /// Puts another's cells and curves of some hours in the place of its own.
    ///
    /// # Errors
    /// When they cannot be written.
    fn bring(&mut self, from: &Self, hours: &Range<u32>) -> Result<(), Self::Error>;
}

/// What is done, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Phase {
    Views,
    Orders,
    Hours,
}

/// How far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which replay.
    pub id: String,
    /// Hours since 1970, the second excluded.
    span: Range<u32>,
    /// What began before had been closed when this began.
    oldest_hour: u32,
    phase: Phase,
    /// The last name that was mended in this phase.
    after: String,
    /// The span's hours before this one have been brought over.
    brought: u32,
}

/// Both sets of tables, while one takes the place of the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Swap<S> {
    /// What is there.
    pub ours: S,
    /// What was rebuilt.
    pub rebuilt: S,
    /// How far it has come.
    pub progress: Progress,
}

impl<S: Tables> Swap<S> {
    /// Begins one.
    ///
    /// # Errors
    /// When the store fails.
    pub fn begin(id: &str, span: Range<u32>, ours: S, rebuilt: S) -> Result<Self, S::Error> {
        let progress = Progress {
            id: id.to_owned(),
            oldest_hour: oldest_hour(ours.watermark_ms()?),
            phase: Phase::Views,
            after: String::new(),
            brought: span.start,
            span,
        };
        Ok(Self {
            ours,
            rebuilt,
            progress,
        })
    }

    /// The hours whose cells and curves lie where they were rebuilt.
    #[must_use]
    pub fn elsewhere(&self) -> Range<u32> {
        self.progress.brought..self.progress.span.end
    }

    fn holding(&mut self, hour: u32) -> &mut S {
        if self.elsewhere().contains(&hour) {
            &mut self.rebuilt
        } else {
            &mut self.ours
        }
    }

    /// Where it goes on, in a phase that goes by names.
    fn names(&self, most: usize) -> Result<Vec<String>, S::Error> {
        let after = &self.progress.after;
        let mut names = if self.progress.phase == Phase::Views {
            let mut names = self.ours.views_after(after, most)?;
            names.extend(self.rebuilt.views_after(after, most)?);
            names
        } else {
            let mut names = self.ours.orders_after(after, most)?;
            names.extend(self.rebuilt.orders_after(after, most)?);
            names
        };
        names.sort_unstable();
        names.dedup();
        names.truncate(most);
        Ok(names)
    }

    fn is_mended(&self, phase: Phase, name: &str) -> Result<bool, S::Error> {
        let progress = &self.progress;
        let past = match phase {
            Phase::Views => progress.phase != Phase::Views,
            Phase::Orders | Phase::Hours => progress.phase == Phase::Hours,
        };
        let behind = progress.phase == phase && name <= progress.after.as_str();
        Ok(past || behind || self.rebuilt.is_marked(name)?)
    }
}

impl<S: Tables> Book<Swap<S>> {
    /// Takes in what comes meanwhile.
    ///
    /// # Errors
    /// When the store fails: then nothing of it may stay written.
    pub fn take_meanwhile(
        &mut self,
        portions: &[Portion],
        orders: &[Order],
        touched: &[Touched],
    ) -> Result<(), S::Error> {
        self.touch_meanwhile(touched)?;
        for portion in portions {
            let name = &portion.page_view;
            if !self.0.is_mended(Phase::Views, name)? {
                self.mend_view(name)?;
                self.0.rebuilt.mark(name)?;
            }
        }
        for order in orders {
            self.mend_order_first(&order.name())?;
        }
        self.take(portions)?;
        self.take_orders(orders)
    }

    /// Takes in what visitors had met, meanwhile.
    ///
    /// # Errors
    /// When the store fails: then nothing of it may stay written.
    pub fn touch_meanwhile(&mut self, touched: &[Touched]) -> Result<(), S::Error> {
        for touched in touched {
            self.mend_order_first(&touched.order)?;
        }
        self.take_touched(touched, None)
    }

    fn mend_order_first(&mut self, name: &str) -> Result<(), S::Error> {
        if !self.0.is_mended(Phase::Orders, name)? {
            self.mend_order(name)?;
            self.0.rebuilt.mark(name)?;
        }
        Ok(())
    }

    /// Goes on, by about so much: a page view, an order or something in one is one. Says whether all is done; then the ledger is whole without what was rebuilt.
    ///
    /// # Errors
    /// When the store fails: then nothing of it may stay written.
    pub fn step(&mut self, most: usize) -> Result<bool, S::Error> {
        let mut left = most;
        while self.0.progress.phase != Phase::Hours {
            if left == 0 {
                return Ok(false);
            }
            let phase = self.0.progress.phase;
            let names = self.0.names(left)?;
            if names.is_empty() {
                self.0.progress.after.clear();
                self.0.progress.phase = match phase {
                    Phase::Views => Phase::Orders,
                    Phase::Orders | Phase::Hours => Phase::Hours,
                };
            }
            for name in names {
                if left == 0 {
                    break;
                }
                let took = match (self.0.is_mended(phase, &name)?, phase) {
                    (true, _) => 1,
                    (false, Phase::Views) => self.mend_view(&name)?,
                    (false, _) => self.mend_order(&name)?,
                };
                left = left.saturating_sub(took);
                self.0.progress.after = name;
            }
        }
        let hours = self.hours()?;
        self.0.ours.bring(&self.0.rebuilt, &hours)?;
        self.0.progress.brought = hours.end;
        if !self.0.elsewhere().is_empty() {
            return Ok(false);
        }
        // What would have been forgotten meanwhile.
        let oldest = oldest_hour(self.0.ours.watermark_ms()?);
        self.0.ours.forget_before(oldest)?;
        Ok(true)
    }

    /// The next hours that are brought over.
    fn hours(&self) -> Result<Range<u32>, S::Error> {
        let Range { start, end } = self.0.elsewhere();
        let mut to = end;
        for tables in [&self.0.ours, &self.0.rebuilt] {
            if let Some(hour) = tables.hour_after(start, CELLS)? {
                to = to.min(hour.max(start + 1));
            }
        }
        Ok(start..to)
    }

    /// Returns how much there was to do.
    fn mend_view(&mut self, page_view: &str) -> Result<usize, S::Error> {
        let known = self.0.ours.view(page_view)?;
        let rebuilt = self.0.rebuilt.view(page_view)?.unwrap_or_default();
        let (span, oldest) = (self.0.progress.span.clone(), self.0.progress.oldest_hour);
        let size = known.as_ref().map_or(0, View::size) + rebuilt.size();
        // Closed long ago: its cells are all that is left of it.
        if known.is_none() && rebuilt.last_hour() < Some(oldest) {
            return Ok(1 + size);
        }
        let mut view = known.clone().unwrap_or_default();
        let (cells, curves) = view.mend(rebuilt, span, oldest);
        for (key, more) in &cells {
            self.0.add(key, more)?;
        }
        for (key, more) in &curves {
            self.0.add_curve(key, more)?;
        }
        match view.last_hour() {
            Some(hour) if hour >= oldest => {
                if known.as_ref() != Some(&view) {
                    self.0.put_view(page_view, &view)?;
                }
            }
            _ => self.0.ours.forget_view(page_view)?,
        }
        Ok(1 + size)
    }

    fn mend_order(&mut self, name: &str) -> Result<usize, S::Error> {
        let span = self.0.progress.span.clone();
        let within = |order: &Order| span.contains(&order.hour());
        let mut known = self.0.ours.order(name)?;
        // Its cells are gone: those of the span are what was rebuilt.
        if known.as_ref().is_some_and(within) {
            self.0.ours.forget_order(name)?;
            known = None;
        }
        let Some(rebuilt) = self.0.rebuilt.order(name)? else {
            return Ok(1);
        };
        let counts = known
            .as_ref()
            .is_none_or(|known| rebuilt.counts_before(known));
        // Its cells stand already where it was rebuilt in the span.
        match (counts, within(&rebuilt)) {
            (true, false) => self.add_order(&rebuilt, 1)?,
            (false, true) => self.add_order(&rebuilt, -1)?,
            _ => {}
        }
        if counts {
            if let Some(known) = known {
                self.add_order(&known, -1)?;
            }
            self.0.put_order(&rebuilt)?;
        }
        Ok(1)
    }
}

/// Cells and curves lie where their hour does; all else is ours.
impl<S: Tables> Store for Swap<S> {
    type Error = S::Error;

    fn view(&self, page_view: &str) -> Result<Option<View>, S::Error> {
        self.ours.view(page_view)
    }

    fn put_view(&mut self, page_view: &str, view: &View) -> Result<(), S::Error> {
        self.ours.put_view(page_view, view)
    }

    fn add(&mut self, key: &CellKey, more: &Sums) -> Result<(), S::Error> {
        self.holding(key.hour).add(key, more)
    }

    fn add_curve(&mut self, key: &CurveKey, more: &Attention) -> Result<(), S::Error> {
        self.holding(key.hour).add_curve(key, more)
    }

    fn watermark_ms(&self) -> Result<u64, S::Error> {
        self.ours.watermark_ms()
    }

    fn set_watermark_ms(&mut self, watermark_ms: u64) -> Result<(), S::Error> {
        self.ours.set_watermark_ms(watermark_ms)
    }

    /// At the end: what is not mended yet must not be forgotten.
    fn forget_before(&mut self, _hour: u32) -> Result<(), S::Error> {
        Ok(())
    }

    fn order(&self, name: &str) -> Result<Option<Order>, S::Error> {
        self.ours.order(name)
    }

    fn put_order(&mut self, order: &Order) -> Result<(), S::Error> {
        self.ours.put_order(order)
    }

    fn forget_order(&mut self, name: &str) -> Result<(), S::Error> {
        self.ours.forget_order(name)
    }

    fn touches(&self, order: &str) -> Result<Touches, S::Error> {
        self.ours.touches(order)
    }

    fn put_touches(&mut self, order: &str, touches: &Touches) -> Result<(), S::Error> {
        self.ours.put_touches(order, touches)
    }

    fn count_after_watermark(&mut self, more: usize) -> Result<(), S::Error> {
        self.ours.count_after_watermark(more)
    }
}
