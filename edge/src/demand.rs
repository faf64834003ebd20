//! Demand: which products were asked for, in which language, at which shop, and what came of it. A **lower bound**: browsers ask again only after half a minute, an isolate that
//! ends takes what it has not yet told with it, and what does not fit is let go.
//!
//! A look-up from memory must not become slower, so it only bumps a counter that is kept beside its answer ([`Asked`]). Once a minute what was counted is
//! written into the lake, when nobody waits any more.
//!
//! A crawler's million made-up codes must not take the memory. Counters are held in a list of bounded size, by the rule of Misra and Gries ("Finding repeated elements", 1982): when
//! there is no room for another, one is taken off each, and those at nothing are let go. So whatever is asked for often stays, no count is ever too high, and none
//! is too low by more than the minute's look-ups divided by the places (docs/decisions/0007-demand.md has the measurement).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use shelfreel_matching::answer::{Demand, Held};
use shelfreel_matching::{LookUp, Reason};
use shelfreel_playback::{Json, hour};
use worker::Env;

use crate::log;
use crate::look_up::now_ms;
use crate::stores::{Bucket, Spill as _};

/// So often what was counted is written. Each isolate writes an object of its own: with a thousand isolates that is a million and a half a day, some seven dollars of R2.
pub const EVERY_MS: u64 = 60_000;

/// Questions counted at once, of the isolate's 128 MB: a few hundred bytes each.
pub const PLACES: usize = 4_096;

/// A question of more than this is not counted: 24 products with four codes each have some 3 KB.
const LONGEST_BYTES: usize = 8 * 1024;

/// One question of one shop, and how often it was asked since it was last told.
#[derive(Debug, PartialEq, Eq)]
pub struct Asked {
    shop: Box<str>,
    language: Box<str>,
    products: Box<[Product]>,
    count: Cell<u32>,
}

/// A product that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Product {
    code: Box<str>,
    /// Why there was no video; `None` when there was.
    why: Option<Reason>,
    /// Whose code it is, if anything is published for it.
    brand: Option<Box<str>>,
    /// Whether it is the first of its brand that was found in its look-up: so many of these, so many look-ups found something.
    first: bool,
}

impl Asked {
    /// What a look-up asks for. `None` when there is nothing to be counted: no code that can be read, or more than is kept.
    #[must_use]
    pub fn of<'r>(
        look_up: &LookUp,
        demand: &[Demand],
        held: impl Fn(&str) -> Held<'r>,
    ) -> Option<Self> {
        let product = |demand: &Demand| {
            let code = look_up.products.get(demand.product)?.get(demand.code)?;
            let key = &code.lead.as_ref().ok()?.key;
            let brand = match held(key) {
                Held::Record(record) => record.videos.first().map(|video| video.brand.clone()),
                _ => None,
            };
            Some(Product {
                code: key.clone(),
                why: demand.why,
                brand,
                first: false,
            })
        };
        let mut products: Box<[Product]> = demand.iter().filter_map(product).collect();
        mark_first(&mut products);
        let wish = look_up.wishes.languages.first();
        let asked = Self {
            shop: look_up.shop.clone(),
            language: wish.map(|wish| wish.as_str().into()).unwrap_or_default(),
            products,
            count: Cell::new(0),
        };
        (!asked.products.is_empty() && asked.bytes() <= LONGEST_BYTES).then_some(asked)
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let texts: usize = self
            .products
            .iter()
            .map(|one| one.code.len() + one.brand.as_ref().map_or(0, |brand| brand.len()) + 48)
            .sum();
        texts + self.shop.len() + self.language.len() + 64
    }
}

fn mark_first(products: &mut [Product]) {
    let mut brands: Vec<&str> = Vec::new();
    for one in products.iter_mut().filter(|one| one.why.is_none()) {
        if let Some(brand) = one.brand.as_deref().filter(|brand| !brands.contains(brand)) {
            one.first = true;
            brands.push(brand);
        }
    }
}

/// What is counted and not yet told.
#[derive(Debug)]
pub struct Tally {
    places: usize,
    asked: Vec<Rc<Asked>>,
    since_ms: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self::with_places(PLACES)
    }
}

impl Tally {
    /// With so many places.
    #[must_use]
    pub fn with_places(places: usize) -> Self {
        Self {
            places,
            asked: Vec::new(),
            since_ms: 0,
        }
    }

    /// Counts one.
    pub fn count(&mut self, asked: &Rc<Asked>, now_ms: u64) {
        let count = asked.count.get();
        if count > 0 {
            asked.count.set(count.saturating_add(1));
            return;
        }
        if self.asked.is_empty() {
            self.since_ms = now_ms;
        }
        if self.asked.len() < self.places {
            asked.count.set(1);
            self.asked.push(Rc::clone(asked));
            return;
        }
        // This one's is among those that are taken off.
        self.asked.retain(|one| {
            let left = one.count.get().saturating_sub(1);
            one.count.set(left);
            left > 0
        });
    }

    /// Whether it is time to tell.
    #[must_use]
    pub fn is_due(&self, now_ms: u64) -> bool {
        !self.asked.is_empty() && now_ms.saturating_sub(self.since_ms) >= EVERY_MS
    }

    /// Takes out all that was counted.
    pub fn take(&mut self) -> Counted {
        let counted = self.asked.drain(..);
        Counted {
            since_ms: self.since_ms,
            asked: counted.map(|one| (one.count.replace(0), one)).collect(),
        }
    }
}

/// What is told at once.
#[derive(Debug)]
pub struct Counted {
    since_ms: u64,
    asked: Vec<(u32, Rc<Asked>)>,
}

impl Counted {
    /// The lines of `lake/demand/` (docs/wire.md, "Demand"). Several may say the same of different questions: who reads adds up.
    fn lines(&self, now_ms: u64) -> Vec<u8> {
        let mut json = Json::default();
        for (count, asked) in &self.asked {
            for one in &asked.products {
                json.text.extend_from_slice(b"{\"v\":1");
                for (name, ms) in [("from_ms", self.since_ms), ("to_ms", now_ms)] {
                    json.key(name);
                    json.raw(&ms.to_string());
                }
                json.text("shop", asked.shop.as_bytes());
                json.text("code", one.code.as_bytes());
                json.text("language", asked.language.as_bytes());
                if let Some(brand) = &one.brand {
                    json.text("brand", brand.as_bytes());
                }
                if let Some(why) = one.why {
                    json.text("why", why.name().as_bytes());
                }
                json.count("count", *count);
                if one.first {
                    json.key("look_up");
                    json.raw("true");
                }
                json.text.extend_from_slice(b"}\n");
            }
        }
        json.text
    }
}

thread_local! {
    static TALLY: RefCell<Tally> = RefCell::new(Tally::default());
    static DUE: Cell<bool> = const { Cell::new(false) };
}

/// Counts that something was asked for.
pub fn count(asked: &Rc<Asked>, now_ms: u64) {
    TALLY.with_borrow_mut(|tally| {
        tally.count(asked, now_ms);
        if tally.is_due(now_ms) {
            DUE.set(true);
        }
    });
}

/// What is to be done now that somebody was answered: nothing, but for once a minute.
#[must_use]
pub fn due(env: &Env) -> Option<impl Future<Output = ()> + 'static> {
    if !DUE.replace(false) {
        return None;
    }
    let counted = TALLY.with_borrow_mut(Tally::take);
    let env = env.clone();
    Some(async move {
        if let Err(why) = tell(&env, &counted).await {
            log::warn("demand_not_told", &why);
        }
    })
}

async fn tell(env: &Env, counted: &Counted) -> Result<(), String> {
    let now_ms = now_ms();
    let lines = String::from_utf8(counted.lines(now_ms)).unwrap_or_default();
    // Apart from every other isolate's of the same millisecond.
    let chance = (js_sys::Math::random() * f64::from(u32::MAX)).to_bits();
    let key = format!("lake/demand/{}/{now_ms}-{chance:016x}.ndjson", hour(now_ms));
    let bucket = Bucket::lake(env).map_err(|error| error.to_string())?;
    bucket
        .put(&key, &lines)
        .await
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn asked(shop: &str, code: &str, why: Option<Reason>, brand: Option<&str>) -> Rc<Asked> {
        Rc::new(Asked {
            shop: shop.into(),
            language: "nl".into(),
            products: Box::new([Product {
                code: code.into(),
                why,
                brand: brand.map(Into::into),
                first: why.is_none(),
            }]),
            count: Cell::new(0),
        })
    }

    fn counts(tally: &mut Tally) -> BTreeMap<String, u32> {
        let counted = tally.take().asked;
        let code = |asked: &Asked| asked.products[0].code.to_string();
        counted
            .iter()
            .map(|(count, asked)| (code(asked), *count))
            .collect()
    }

    #[test]
    fn what_is_asked_often_stays_whatever_a_crawler_asks_once() {
        let mut tally = Tally::with_places(100);
        let wanted: Vec<Rc<Asked>> = (0..20)
            .map(|n| asked("shop_demo", &format!("wanted-{n}"), None, None))
            .collect();
        let mut true_count = 0;
        for n in 0..100_000 {
            tally.count(
                &asked(
                    "shop_demo",
                    &format!("made-up-{n}"),
                    Some(Reason::NoVideo),
                    None,
                ),
                0,
            );
            if n % 40 == 0 {
                true_count += 1;
                wanted.iter().for_each(|one| tally.count(one, 0));
            }
            assert!(tally.asked.len() <= 100);
        }
        let counts = counts(&mut tally);
        let most_lost = (100_000 + 20 * true_count) / 101;
        for n in 0..20 {
            let count = counts[&format!("wanted-{n}")];
            assert!(
                count <= true_count,
                "a lower bound: {count} of {true_count}"
            );
            assert!(
                count + most_lost >= true_count,
                "{count} of {true_count}, at most {most_lost} may be missing"
            );
        }
    }

    #[test]
    fn what_is_told_once_is_counted_from_nothing() {
        let mut tally = Tally::default();
        let film = asked("shop_demo", "gtin:08710103937746", None, Some("kenwick"));
        for _ in 0..3 {
            tally.count(&film, 1_000);
        }
        assert!(!tally.is_due(60_999) && tally.is_due(61_000));
        let told = tally.take();
        let line = told.lines(61_000);
        assert_eq!(
            String::from_utf8(line).unwrap(),
            "{\"v\":1,\"from_ms\":1000,\"to_ms\":61000,\"shop\":\"shop_demo\",\"code\":\"gtin:08710103937746\",\"language\":\"nl\",\"brand\":\"kenwick\",\"count\":3,\"look_up\":true}\n"
        );
        assert!(!tally.is_due(u64::MAX), "there is nothing to tell");
        tally.count(&film, 70_000);
        assert_eq!(
            counts(&mut tally),
            [("gtin:08710103937746".to_owned(), 1)].into()
        );
    }

    #[test]
    fn a_look_up_that_found_several_products_of_a_brand_is_one_look_up() {
        let product = |why, brand: Option<&str>| Product {
            code: "gtin:08710103937746".into(),
            why,
            brand: brand.map(Into::into),
            first: false,
        };
        let mut products = [
            product(Some(Reason::NoLanguage), Some("kenwick")),
            product(None, Some("kenwick")),
            product(None, Some("solvane")),
            product(None, Some("kenwick")),
            product(Some(Reason::NoVideo), None),
        ];
        mark_first(&mut products);
        assert_eq!(
            products.map(|one| one.first),
            [false, true, true, false, false]
        );
    }
}
