//! Takes portions in. Over a [`Store`]: SQLite in `ledger_do.rs`, memory in tests.

use std::collections::BTreeMap;

use super::cell::{Attention, CellKey, Cells, CurveKey, Curves, Sums};
use super::order::Order;
use super::portion::Portion;
use super::view::{View, oldest_hour};
use crate::visitors::Touched;
use crate::visitors::touch::{Touches, join};

/// An order is told of so many visitors, those with the smallest names, byte by byte: each of its reports has two at most.
const MOST_VISITORS: usize = 50;

/// Where a ledger is kept. What is written between two calls of [`Book::take`] is written together or not at all: that is the caller's to see to.
pub trait Store {
    /// What may go wrong.
    type Error;
    /// A page view.
    ///
    /// # Errors
    /// When it cannot be read.
    fn view(&self, page_view: &str) -> Result<Option<View>, Self::Error>;
    /// Keeps a page view.
    ///
    /// # Errors
    /// When it cannot be written.
    fn put_view(&mut self, page_view: &str, view: &View) -> Result<(), Self::Error>;
    /// Adds to a cell; one in which nothing is left goes.
    ///
    /// # Errors
    /// When it cannot be written.
    fn add(&mut self, key: &CellKey, more: &Sums) -> Result<(), Self::Error>;
    /// Adds to a curve.
    ///
    /// # Errors
    /// When it cannot be written.
    fn add_curve(&mut self, key: &CurveKey, more: &Attention) -> Result<(), Self::Error>;
    /// When the latest beacon was received, in milliseconds since 1970; 0 before the first.
    ///
    /// # Errors
    /// When it cannot be read.
    fn watermark_ms(&self) -> Result<u64, Self::Error>;
    /// Moves it on.
    ///
    /// # Errors
    /// When it cannot be written.
    fn set_watermark_ms(&mut self, watermark_ms: u64) -> Result<(), Self::Error>;
    /// Forgets page views of which everything began before an hour.
    ///
    /// # Errors
    /// When they cannot be taken out.
    fn forget_before(&mut self, hour: u32) -> Result<(), Self::Error>;
    /// An order, by its name.
    ///
    /// # Errors
    /// When it cannot be read.
    fn order(&self, name: &str) -> Result<Option<Order>, Self::Error>;
    /// Keeps an order, for ever: its page may be opened again in a year.
    ///
    /// # Errors
    /// When it cannot be written.
    fn put_order(&mut self, order: &Order) -> Result<(), Self::Error>;
    /// Takes an order out.
    ///
    /// # Errors
    /// When it cannot be taken out.
    fn forget_order(&mut self, name: &str) -> Result<(), Self::Error>;
    /// What visitors had met of an order's films. A replay rebuilds none of it, for it only ever grows: what is rebuilt reads the same.
    ///
    /// # Errors
    /// When it cannot be read.
    fn touches(&self, order: &str) -> Result<Touches, Self::Error>;
    /// Keeps it, for ever, as the order.
    ///
    /// # Errors
    /// When it cannot be written.
    fn put_touches(&mut self, order: &str, touches: &Touches) -> Result<(), Self::Error>;
    /// Counts snapshots that were not taken in, since the ledger may have forgotten what it had of them.
    ///
    /// # Errors
    /// When it cannot be written.
    fn count_after_watermark(&mut self, more: usize) -> Result<(), Self::Error>;
}

/// A ledger.
#[derive(Debug)]
pub struct Book<S>(pub S);

impl<S: Store> Book<S> {
    /// Takes portions in.
    ///
    /// # Errors
    /// When the store fails: then nothing of it may stay written.
    pub fn take(&mut self, portions: &[Portion]) -> Result<(), S::Error> {
        self.take_since(portions, None)
    }

    /// The same while the lake is replayed: nothing is too old, and nothing is forgotten.
    ///
    /// # Errors
    /// When the store fails: then nothing of it may stay written.
    pub fn retake(&mut self, portions: &[Portion]) -> Result<(), S::Error> {
        self.take_since(portions, Some(0))
    }

    /// Takes orders in, which are never too old.
    ///
    /// # Errors
    /// When the store fails: then nothing of it may stay written.
    pub fn take_orders(&mut self, orders: &[Order]) -> Result<(), S::Error> {
        for order in orders {
            let known = self.0.order(&order.name())?;
            if known
                .as_ref()
                .is_none_or(|known| order.counts_before(known))
            {
                if let Some(known) = known {
                    self.add_order(&known, -1)?;
                }
                self.add_order(order, 1)?;
                self.0.put_order(order)?;
            }
        }
        Ok(())
    }

    /// Takes in what visitors had met of the films of orders, which may be known already or not; `next` is what a replay rebuilds beside this ledger.
    ///
    /// # Errors
    /// When the store fails: then nothing of it may stay written.
    pub fn take_touched(
        &mut self,
        touched: &[Touched],
        mut next: Option<&mut Self>,
    ) -> Result<(), S::Error> {
        for one in touched {
            let before = self.0.touches(&one.order)?;
            let mut after = before.clone();
            join(after.entry(one.visitor.clone()).or_default(), &one.touches);
            while after.len() > MOST_VISITORS {
                after.pop_last();
            }
            if after == before {
                continue;
            }
            self.touch_order(&one.order, &before, &after)?;
            if let Some(next) = &mut next {
                next.touch_order(&one.order, &before, &after)?;
            }
            self.0.put_touches(&one.order, &after)?;
        }
        Ok(())
    }

    fn touch_order(
        &mut self,
        name: &str,
        before: &Touches,
        after: &Touches,
    ) -> Result<(), S::Error> {
        let Some(order) = self.0.order(name)? else {
            return Ok(());
        };
        let mut changed = order.cells(after);
        for (key, sums) in order.cells(before) {
            changed.entry(key).or_default().merge(&sums, -1);
        }
        for (key, more) in changed.iter().filter(|(_, more)| !more.is_zero()) {
            self.0.add(key, more)?;
        }
        Ok(())
    }

    pub(super) fn add_order(&mut self, order: &Order, sign: i64) -> Result<(), S::Error> {
        for (key, sums) in order.cells(&self.0.touches(&order.name())?) {
            let mut more = Sums::default();
            more.merge(&sums, sign);
            self.0.add(&key, &more)?;
        }
        Ok(())
    }

    fn take_since(&mut self, portions: &[Portion], oldest: Option<u32>) -> Result<(), S::Error> {
        let watermark_ms = self.0.watermark_ms()?;
        let open_since = oldest.unwrap_or_else(|| oldest_hour(watermark_ms));
        let mut by_view: BTreeMap<&str, Vec<&Portion>> = BTreeMap::new();
        for portion in portions {
            by_view.entry(&portion.page_view).or_default().push(portion);
        }
        let (mut cells, mut curves, mut too_old) = (Cells::new(), Curves::new(), 0);
        for (page_view, portions) in by_view {
            let known = self.0.view(page_view)?;
            let mut view = known.clone().unwrap_or_default();
            for portion in portions {
                too_old += view.take(portion, open_since);
            }
            if known.as_ref().unwrap_or(&View::default()) == &view || view.last_hour().is_none() {
                continue;
            }
            let before = known.map(|known| known.curves()).unwrap_or_default();
            add_difference(&mut curves, before, view.curves());
            for (key, changed) in view.settle() {
                cells.entry(key).or_default().merge(&changed, 1);
            }
            self.0.put_view(page_view, &view)?;
        }
        for (key, more) in cells.iter().filter(|(_, more)| !more.is_zero()) {
            self.0.add(key, more)?;
        }
        for (key, more) in curves.iter().filter(|(_, more)| !more.is_zero()) {
            self.0.add_curve(key, more)?;
        }
        if too_old > 0 {
            self.0.count_after_watermark(too_old)?;
        }
        let latest = portions.iter().map(|portion| portion.received_at_ms).max();
        if oldest.is_none()
            && let Some(latest) = latest.filter(|latest| *latest > watermark_ms)
        {
            self.0.set_watermark_ms(latest)?;
            if oldest_hour(latest) > oldest_hour(watermark_ms) {
                self.0.forget_before(oldest_hour(latest))?;
            }
        }
        Ok(())
    }
}

fn add_difference(curves: &mut Curves, before: Curves, after: Curves) {
    for (key, curve) in after {
        curves.entry(key).or_default().merge(&curve, 1);
    }
    for (key, curve) in before {
        curves.entry(key).or_default().merge(&curve, -1);
    }
}
