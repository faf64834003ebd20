//! Whatever the order in which rows come, however often each, and in whatever batches, the cells are the same: those that the set of rows makes by itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::ops::Range;

use proptest::prelude::*;
use serde_json::{Value, json};
use shelfreel_playback::encode_id;

use super::cell::{Attention, CellKey, Cells, CurveKey, Curves, Sums, at};
use super::order::Order;
use super::portion::{Part, Portion, cut, hour};
use super::swap::{Swap, Tables};
use super::view::{BOUND, View, oldest_hour};
use super::{Book, FIGURES, Store};
use crate::visitors::Touched;
use crate::visitors::touch::Touches;

/// A ledger in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Memory {
    views: HashMap<String, View>,
    pub(crate) cells: Cells,
    curves: Curves,
    orders: BTreeMap<String, Order>,
    pub(crate) touches: BTreeMap<String, Touches>,
    watermark_ms: u64,
    after_watermark: usize,
    marks: BTreeSet<String>,
}

/// Takes what visitors had met, and orders, into a ledger and into what is rebuilt beside it.
pub(crate) fn take(ledger: &mut Memory, touched: &[Touched], orders: &[Order], next: &mut Memory) {
    let mut book = Book(std::mem::take(ledger));
    let mut beside = Book(std::mem::take(next));
    book.take_touched(touched, Some(&mut beside)).unwrap();
    // There is one table of these.
    beside.0.touches = book.0.touches.clone();
    book.take_orders(orders).unwrap();
    beside.take_orders(orders).unwrap();
    (*ledger, *next) = (book.0, beside.0);
}

impl Store for Memory {
    type Error = Infallible;

    fn view(&self, page_view: &str) -> Result<Option<View>, Infallible> {
        Ok(self.views.get(page_view).cloned())
    }

    fn put_view(&mut self, page_view: &str, view: &View) -> Result<(), Infallible> {
        // As it is kept, so that what a round trip loses is missed here.
        let kept: View = postcard::from_bytes(&postcard::to_allocvec(view).unwrap()).unwrap();
        assert_eq!(&kept, view);
        self.views.insert(page_view.to_owned(), kept);
        Ok(())
    }

    fn add(&mut self, key: &CellKey, more: &Sums) -> Result<(), Infallible> {
        let cell = self.cells.entry(key.clone()).or_default();
        cell.merge(more, 1);
        assert!(cell.0.iter().all(|sum| *sum >= 0), "{key:?} {cell:?}");
        self.cells.retain(|_, sums| !sums.is_zero());
        Ok(())
    }

    fn add_curve(&mut self, key: &CurveKey, more: &Attention) -> Result<(), Infallible> {
        self.curves.entry(key.clone()).or_default().merge(more, 1);
        self.curves.retain(|_, curve| !curve.is_zero());
        Ok(())
    }

    fn watermark_ms(&self) -> Result<u64, Infallible> {
        Ok(self.watermark_ms)
    }

    fn set_watermark_ms(&mut self, watermark_ms: u64) -> Result<(), Infallible> {
        self.watermark_ms = watermark_ms;
        Ok(())
    }

    fn forget_before(&mut self, hour: u32) -> Result<(), Infallible> {
        self.views.retain(|_, view| view.last_hour() >= Some(hour));
        Ok(())
    }

    fn order(&self, name: &str) -> Result<Option<Order>, Infallible> {
        Ok(self.orders.get(name).cloned())
    }

    fn put_order(&mut self, order: &Order) -> Result<(), Infallible> {
        let kept: Order = postcard::from_bytes(&postcard::to_allocvec(order).unwrap()).unwrap();
        self.orders.insert(order.name(), kept);
        Ok(())
    }

    fn forget_order(&mut self, name: &str) -> Result<(), Infallible> {
        self.orders.remove(name);
        Ok(())
    }

    fn touches(&self, order: &str) -> Result<Touches, Infallible> {
        Ok(self.touches.get(order).cloned().unwrap_or_default())
    }

    fn put_touches(&mut self, order: &str, touches: &Touches) -> Result<(), Infallible> {
        let kept = postcard::from_bytes(&postcard::to_allocvec(touches).unwrap()).unwrap();
        self.touches.insert(order.to_owned(), kept);
        Ok(())
    }

    fn count_after_watermark(&mut self, more: usize) -> Result<(), Infallible> {
        self.after_watermark += more;
        Ok(())
    }
}

impl Tables for Memory {
    fn views_after(&self, name: &str, most: usize) -> Result<Vec<String>, Infallible> {
        let mut names: Vec<String> = self.views.keys().cloned().collect();
        names.retain(|known| known.as_str() > name);
        names.sort();
        names.truncate(most);
        Ok(names)
    }

    fn forget_view(&mut self, page_view: &str) -> Result<(), Infallible> {
        self.views.remove(page_view);
        Ok(())
    }

    fn orders_after(&self, name: &str, most: usize) -> Result<Vec<String>, Infallible> {
        let names = self.orders.keys().filter(|known| known.as_str() > name);
        Ok(names.take(most).cloned().collect())
    }

    fn mark(&mut self, name: &str) -> Result<(), Infallible> {
        self.marks.insert(name.to_owned());
        Ok(())
    }

    fn is_marked(&self, name: &str) -> Result<bool, Infallible> {
        Ok(self.marks.contains(name))
    }

    // One hour at a time, however few cells it has.
    fn hour_after(&self, hour: u32, _cells: usize) -> Result<Option<u32>, Infallible> {
        Ok(Some(hour))
    }

    fn bring(&mut self, from: &Self, hours: &Range<u32>) -> Result<(), Infallible> {
        self.cells.retain(|key, _| !hours.contains(&key.hour));
        self.curves.retain(|key, _| !hours.contains(&key.hour));
        let cells = from.cells.clone().into_iter();
        self.cells
            .extend(cells.filter(|(key, _)| hours.contains(&key.hour)));
        let curves = from.curves.clone().into_iter();
        self.curves
            .extend(curves.filter(|(key, _)| hours.contains(&key.hour)));
        Ok(())
    }
}

/// What a replay rebuilt takes its place, by steps of some size, before each of which something may come.
pub(crate) fn swap(
    ours: Memory,
    rebuilt: Memory,
    span: Range<u32>,
    most: usize,
    coming: &mut dyn Iterator<Item = Part>,
) -> Memory {
    let mut book = Book(Swap::begin("replay", span, ours, rebuilt).unwrap());
    loop {
        let (mut portions, mut orders, mut touched) = (Vec::new(), Vec::new(), Vec::new());
        match coming.next() {
            Some(Part::Portion(portion)) => portions.push(portion),
            Some(Part::Order(order)) => orders.push(order),
            Some(Part::Touched(one)) => touched.push(one),
            None => {}
        }
        book.take_meanwhile(&portions, &orders, &touched).unwrap();
        if book.step(most).unwrap() {
            return book.0.ours;
        }
        // As it is kept from one call to the next.
        let progress = serde_json::to_string(&book.0.progress).unwrap();
        book.0.progress = serde_json::from_str(&progress).unwrap();
    }
}

const HOUR_MS: u64 = 3_600_000;
/// 2026-11-22T05:00:00Z
const START_MS: u64 = 1_795_323_600_000;

pub(crate) fn id(number: u8) -> String {
    String::from_utf8(encode_id(&[number; 16]).to_vec()).unwrap()
}

pub(crate) fn placement(number: u8, seq: u32, more: &Value) -> Value {
    with(
        json!({ "id": id(number), "seq": seq, "elapsed_ms": 3000, "code": "gtin:08710103937746", "videos": ["film", "other", "rival"], "layout": "button",
            "shown": 1, "viewable": 1, "opened": 0, "cart": 0 }),
        more,
    )
}

pub(crate) fn session(number: u8, seq: u32, more: &Value) -> Value {
    with(
        json!({ "id": id(number), "seq": seq, "elapsed_ms": 3000, "placement": id(1), "video": "film", "code": "gtin:08710103937746", "language": "nl", "state": "playing",
            "reason": "tap", "position_ms": 2000, "duration_ms": 8000, "startup_ms": 100, "started": 1, "ended": 0, "playing_ms": 2000, "played_ms": 2000,
            "rebuffering_ms": 0, "rebuffers": 0, "seeks": 0, "pauses": 0, "rate_changes": 0, "errors": 0, "played": [[0, 2000, 1]] }),
        more,
    )
}

fn with(mut value: Value, more: &Value) -> Value {
    let fields = more.as_object().cloned().unwrap_or_default();
    value.as_object_mut().unwrap().extend(fields);
    value
}

fn row(
    beacon: u8,
    view: u8,
    received_at_ms: u64,
    placements: &[Value],
    sessions: &[Value],
) -> String {
    json!({ "v": 1, "beacon_id": id(beacon), "shop": "shop_demo", "received_at_ms": received_at_ms, "country": "NL", "device": "phone",
        "videos": { "film": { "v": 1, "brand": "kenwick", "product": "Mixer", "series": "kitchen", "category": "appliances", "duration_ms": 8000 },
            "other": { "v": 1, "brand": "kenwick", "series": "garden", "duration_ms": 8000 }, "rival": { "v": 1, "brand": "solvane", "duration_ms": 8000 } },
        "beacon": { "v": 1, "id": id(beacon), "page_view": id(view), "n": 1, "elapsed_ms": 4000, "placements": placements, "sessions": sessions } })
    .to_string()
}

fn portions(line: &str) -> BTreeMap<String, Portion> {
    let parts = cut(line, &BTreeMap::new()).unwrap().into_iter();
    let portion = |(brand, part)| match part {
        Part::Portion(portion) => Some((brand, portion)),
        Part::Order(_) | Part::Touched(_) => None,
    };
    parts.filter_map(portion).collect()
}

fn kenwick(line: &str) -> Portion {
    portions(line).remove("kenwick").unwrap()
}

fn book(batches: &[Vec<Portion>]) -> Memory {
    let mut book = Book(Memory::default());
    for batch in batches {
        book.take(batch).unwrap();
    }
    book.0
}

/// Over all cells: of placements as a whole, and of sessions.
fn total(cells: &Cells, name: &str) -> i64 {
    let place = FIGURES.iter().position(|known| *known == name).unwrap();
    cells
        .iter()
        .filter(|(key, _)| key.video.is_empty() || !key.language.is_empty())
        .map(|(_, sums)| sums.get(place))
        .sum()
}

#[test]
fn a_row_is_cut_up_by_brand_and_a_film_that_nobody_knows_is_nobodys() {
    let line = row(
        1,
        9,
        START_MS,
        &[placement(
            1,
            1,
            &json!({ "videos": ["film", "other", "rival", "nobodys", "film"] }),
        )],
        &[session(2, 1, &json!({ "video": "nobodys" }))],
    );
    let portions = portions(&line);
    assert_eq!(portions.keys().collect::<Vec<_>>(), ["kenwick", "solvane"]);
    let films = |brand: &str| -> Vec<String> {
        portions[brand].placements[0]
            .films
            .iter()
            .map(|(video, _)| video.clone())
            .collect()
    };
    assert_eq!(films("kenwick"), ["film", "other"]);
    assert_eq!(films("solvane"), ["rival"]);
    assert!(portions["kenwick"].sessions.is_empty());
    assert!(
        super::portion::unknown(&line).unwrap().is_empty(),
        "the edge has asked"
    );
    let line = line.replacen('{', r#"{"incomplete":true,"#, 1);
    assert_eq!(
        super::portion::unknown(&line)
            .unwrap()
            .into_iter()
            .collect::<Vec<_>>(),
        ["nobodys"]
    );
    let facts = super::portion::Facts {
        brand: "late".into(),
        ..Default::default()
    };
    let more = BTreeMap::from([("nobodys".to_owned(), facts)]);
    let late = cut(&line, &more)
        .unwrap()
        .into_iter()
        .find(|(brand, _)| brand == "late");
    assert!(matches!(late, Some((_, Part::Portion(portion))) if portion.sessions.len() == 1));
}

#[test]
fn a_film_is_as_long_as_the_row_says_and_where_it_does_not_as_the_player_found() {
    let played = json!({ "duration_ms": 2000, "position_ms": 2000, "played": [[0, 2000, 1]] });
    let line = row(1, 9, START_MS, &[], &[session(2, 1, &played)]);
    let shares = |line: &str| {
        let watched = &portions(line)["kenwick"].sessions[0];
        let place = |name| FIGURES.iter().position(|known| *known == name).unwrap();
        let figure = |name| watched.sums.get(place(name));
        let attention = watched.attention.clone();
        (figure("duration_ms"), figure("completions"), attention)
    };
    assert_eq!(shares(&line), (8000, 0, vec![[1, 25], [0, 75]]));
    let said = |duration: &str| line.replacen(r#""duration_ms":8000,"#, duration, 1);
    for unknown in [r#""duration_ms":0,"#, ""] {
        let (length_ms, completions, attention) = shares(&said(unknown));
        assert_eq!((length_ms, completions), (2000, 1), "{unknown:?}");
        assert_eq!(attention, [[1, 100]]);
    }
    // A length beyond 32 bits is a length all the same.
    let longest = shares(&said(r#""duration_ms":99999999999,"#));
    assert_eq!(longest.0, i64::from(u32::MAX));
}

#[test]
fn a_bad_row_is_nobodys_and_garbage_is_no_row() {
    assert!(
        cut(
            r#"{"received_at_ms":1,"bad":{"reason":"x","raw":"y"}}"#,
            &BTreeMap::new()
        )
        .unwrap()
        .is_empty()
    );
    for garbage in [
        "",
        "{}",
        "[]",
        r#"{"received_at_ms":1,"beacon":{"id":"x","page_view":"y","n":1,"elapsed_ms":1}}"#,
    ] {
        assert!(cut(garbage, &BTreeMap::new()).is_err(), "{garbage}");
    }
}

#[test]
fn a_cart_is_direct_for_the_film_that_had_started_by_then_and_one_call_is_one_cart() {
    // Two placements heard the same call; the film started 1,100 ms after the page view began.
    let carts = |carts_ms: Value| json!({ "cart": 1, "carts_ms": carts_ms });
    let cells = |carts_ms: Value| {
        let line = row(
            1,
            9,
            START_MS,
            &[
                placement(1, 1, &carts(carts_ms.clone())),
                placement(2, 1, &carts(carts_ms)),
            ],
            &[session(3, 1, &json!({}))],
        );
        book(&[vec![kenwick(&line)]]).cells
    };
    let of = |cells: &Cells, video: &str| -> [i64; 3] {
        let sums = cells
            .iter()
            .filter(|(key, _)| key.video == video && key.language.is_empty())
            .fold(Sums::default(), |mut sum, (_, more)| {
                sum.merge(more, 1);
                sum
            });
        [
            sums.get(at::CARTS),
            sums.get(at::CARTS_DIRECT),
            sums.get(at::CARTS_ASSISTED),
        ]
    };
    // The placement began 1,000 ms after the page view.
    let after = cells(json!([100]));
    assert_eq!(
        [of(&after, ""), of(&after, "film"), of(&after, "other")],
        [[1, 1, 0], [1, 1, 0], [1, 0, 1]]
    );
    let before = cells(json!([99]));
    assert_eq!(
        [of(&before, ""), of(&before, "film"), of(&before, "other")],
        [[1, 0, 1], [1, 0, 1], [1, 0, 1]]
    );
    let untold = cells(json!([]));
    assert_eq!(of(&untold, "film"), [1, 0, 1]);
}

#[test]
fn a_film_that_the_viewer_kept_waiting_had_not_started_when_it_could_have() {
    // The session began 1,000 ms after the page view, as the placement did; the film took 100 ms to start once it was asked for.
    let direct = |started: Value, cart_ms: u32| {
        let cart = json!({ "cart": 1, "carts_ms": [cart_ms] });
        let line = row(
            1,
            9,
            START_MS,
            &[placement(1, 1, &cart)],
            &[session(3, 1, &started)],
        );
        total(&book(&[vec![kenwick(&line)]]).cells, "carts_direct")
    };
    let kept_waiting = json!({ "started_ms": 2500 });
    assert_eq!(
        [2499, 2500].map(|at_ms| direct(kept_waiting.clone(), at_ms)),
        [0, 1]
    );
    let goes_on = json!({ "reason": "renewed", "startup_ms": null, "started_ms": 0 });
    assert_eq!(direct(goes_on, 0), 1);
}

#[test]
fn carts_beyond_those_whose_time_is_told_are_as_the_last() {
    let cells = |carts_ms: Value| {
        let line = row(
            1,
            9,
            START_MS,
            &[placement(1, 1, &json!({ "cart": 5, "carts_ms": carts_ms }))],
            &[session(3, 1, &json!({}))],
        );
        let cells = book(&[vec![kenwick(&line)]]).cells;
        [
            total(&cells, "carts_direct"),
            total(&cells, "carts_assisted"),
        ]
    };
    assert_eq!(cells(json!([50, 200])), [4, 1]);
    assert_eq!(cells(json!([50, 60])), [0, 5]);
}

#[test]
fn what_comes_too_late_is_counted_as_that_and_as_nothing_else() {
    let late = json!({ "elapsed_ms": 36 * 3_600_000 + 1 });
    let line = row(
        1,
        9,
        START_MS,
        &[],
        &[session(3, 7, &late), session(4, 1, &json!({}))],
    );
    let memory = book(&[vec![kenwick(&line)], vec![kenwick(&line)]]);
    assert_eq!(
        [
            total(&memory.cells, "late"),
            total(&memory.cells, "sessions"),
            total(&memory.cells, "page_views")
        ],
        [1, 1, 1]
    );
}

#[test]
fn what_the_ledger_may_have_forgotten_is_not_taken_in_again_but_by_a_replay() {
    let old = row(1, 8, START_MS, &[], &[session(3, 1, &json!({}))]);
    let young = row(
        2,
        9,
        START_MS + 73 * HOUR_MS,
        &[],
        &[session(4, 1, &json!({}))],
    );
    let mut book = Book(book(&[vec![kenwick(&old)], vec![kenwick(&young)]]));
    assert_eq!(
        book.0.views.len(),
        1,
        "{:?}",
        oldest_hour(book.0.watermark_ms)
    );
    let before = book.0.cells.clone();
    book.take(&[kenwick(&old)]).unwrap();
    assert_eq!((&book.0.cells, book.0.after_watermark), (&before, 1));
    let mut rebuilt = Book(Memory::default());
    rebuilt.retake(&[kenwick(&young), kenwick(&old)]).unwrap();
    assert_eq!(rebuilt.0.cells, before);
}

#[test]
fn of_a_page_view_count_the_placements_with_the_smallest_ids_whichever_came_first() {
    let all: Vec<Portion> = (0..=255)
        .flat_map(|number| [0_u8, 1].map(|more| (number, more)))
        .map(|(number, more)| {
            let mut bytes = [number; 16];
            bytes[15] = more;
            let id = String::from_utf8(encode_id(&bytes).to_vec()).unwrap();
            kenwick(&row(
                number,
                9,
                START_MS,
                &[placement(1, 1, &json!({ "id": id }))],
                &[],
            ))
        })
        .collect();
    let turned: Vec<Portion> = all.iter().rev().cloned().collect();
    let (one, other) = (book(&[all]), book(&[turned]));
    assert_eq!(one.cells, other.cells);
    assert_eq!(total(&one.cells, "impressions"), BOUND as i64);
}

#[test]
fn the_largest_page_view_fits_a_row() {
    let text = |letter: char, length: usize| letter.to_string().repeat(length);
    let mut view = View::default();
    for number in 0..=255_u8 {
        let films: Vec<String> = (0..12)
            .map(|film| format!("{}{film:02}", text('v', 62)))
            .collect();
        let code = format!("mpn:{}", text('c', 508));
        let more = json!({ "seq": 100_000, "code": code, "videos": films, "cart": 20, "carts_ms": vec![2000; 20] });
        let watched = json!({ "seq": 100_000, "code": code, "video": films[0], "played": (0..200).map(|part| json!([part * 40, part * 40 + 20, 1 + part % 2])).collect::<Vec<_>>() });
        let mut line: Value = serde_json::from_str(&row(
            number,
            9,
            START_MS,
            &[placement(number, 1, &more)],
            &[session(number, 1, &watched)],
        ))
        .unwrap();
        let facts = json!({ "brand": "kenwick", "product": text('p', 80), "series": text('s', 80), "category": text('k', 80), "language": "nl" });
        line["videos"] = films
            .iter()
            .map(|film| (film.clone(), facts.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into();
        view.take(&kenwick(&line.to_string()), 0);
    }
    view.settle();
    let bytes = postcard::to_allocvec(&view).unwrap().len();
    assert!(bytes < 1_900_000, "{bytes}");
}

/// Rows that tie in everything in which they can.
fn rows() -> impl Strategy<Value = Vec<String>> {
    let one = (
        0..6_u8,
        0..2_u8,
        1..4_u32,
        0..3_u64,
        0..3_u32,
        prop_oneof![
            Just(0_u32),
            Just(2_000_000),
            Just(4_000_000),
            Just(140_000_000)
        ],
        any::<bool>(),
    );
    proptest::collection::vec(one, 1..24).prop_map(|all| {
        all.into_iter()
            .enumerate()
            .map(|(beacon, (number, view, seq, later, carts, older_ms, other))| {
                let elapsed_ms = 3000 + older_ms;
                let video = if other { "other" } else { "film" };
                let played = json!([[0, 1000 * u64::from(seq), 1 + carts]]);
                let session = session(number, seq, &json!({ "elapsed_ms": elapsed_ms, "video": video, "played": played, "state": if other { "quit" } else { "playing" } }));
                let carts_ms: Vec<u32> = (0..carts).map(|cart| cart * 1500).collect();
                let placement = placement(number, seq, &json!({ "elapsed_ms": elapsed_ms, "cart": carts, "carts_ms": carts_ms }));
                row(100 + u8::try_from(beacon).unwrap(), view, START_MS + later * 1_800_000, &[placement], &[session])
            })
            .collect()
    })
}

fn orders(line: &str) -> Vec<(String, Order)> {
    let parts = cut(line, &BTreeMap::new()).unwrap().into_iter();
    let order = |(brand, part)| match part {
        Part::Order(order) => Some((brand, order)),
        Part::Portion(_) | Part::Touched(_) => None,
    };
    parts.filter_map(order).collect()
}

fn order_row(beacon: u8, received_at_ms: u64, purchases: &Value) -> String {
    json!({ "v": 1, "beacon_id": id(beacon), "shop": "shop_demo", "received_at_ms": received_at_ms, "country": "NL", "device": "phone",
        "matched": { "8710103937746": { "code": "gtin:08710103937746", "brands": ["kenwick", "solvane"], "videos": ["film", "rival"] },
            "sku:1": { "code": "sku:shop_demo:1", "brands": ["kenwick"], "videos": ["film"] } },
        "beacon": { "v": 1, "id": id(beacon), "page_view": id(beacon), "n": 1, "elapsed_ms": 4000, "purchases": purchases } })
    .to_string()
}

fn an_order(name: &str) -> Value {
    json!([{ "order": name, "currency": "EUR", "lines": [{ "code": "8710103937746", "quantity": 2, "value_minor": 1999 }, { "code": "sku:1", "quantity": 1 }, { "code": "sku:2", "quantity": 9 }] }])
}

#[test]
fn an_order_is_cut_up_by_brand_and_a_line_that_nobody_published_on_is_nobodys() {
    let orders = orders(&order_row(1, START_MS, &an_order("A1")));
    let lines: Vec<(&str, Vec<(&str, u32)>)> = orders
        .iter()
        .map(|(brand, order)| {
            (
                brand.as_str(),
                order
                    .lines
                    .iter()
                    .map(|line| (line.code.as_str(), line.quantity))
                    .collect(),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            (
                "kenwick",
                vec![("gtin:08710103937746", 2), ("sku:shop_demo:1", 1)]
            ),
            ("solvane", vec![("gtin:08710103937746", 2)])
        ]
    );
}

#[test]
fn an_order_counts_once_by_its_first_report_however_often_it_is_told() {
    let kenwick = |beacon, received_at_ms, quantity: u32| {
        let mut told = an_order("A1");
        told[0]["lines"][0]["quantity"] = quantity.into();
        orders(&order_row(beacon, received_at_ms, &told))
            .remove(0)
            .1
    };
    let reports = [
        kenwick(1, START_MS + HOUR_MS, 5),
        kenwick(3, START_MS, 2),
        kenwick(2, START_MS, 7),
        kenwick(2, START_MS, 7),
    ];
    for first in 0..reports.len() {
        let mut book = Book(Memory::default());
        let mut turned = reports.clone();
        turned.rotate_left(first);
        turned
            .iter()
            .for_each(|order| book.take_orders(std::slice::from_ref(order)).unwrap());
        let cells = &book.0.cells;
        assert_eq!(
            [
                "purchases",
                "purchase_lines",
                "purchase_units",
                "value_minor"
            ]
            .map(|name| total(cells, name)),
            [1, 2, 8, 1999]
        );
        assert!(cells.keys().all(|key| key.hour == hour(START_MS)));
    }
}

#[test]
fn an_order_that_is_told_again_within_a_span_that_is_rebuilt_stays_where_it_was_first() {
    let of = |beacon, name: &str, received_at_ms| {
        orders(&order_row(beacon, received_at_ms, &an_order(name)))
            .remove(0)
            .1
    };
    let (old, again) = (
        of(1, "A1", START_MS),
        of(2, "A1", START_MS + 1000 * HOUR_MS),
    );
    let (lost, ours) = (
        of(3, "A2", START_MS + 1000 * HOUR_MS),
        of(4, "A3", START_MS + 1001 * HOUR_MS),
    );
    let mut whole = Book(Memory::default());
    whole.take_orders(&[old.clone(), lost.clone()]).unwrap();
    // The ledger lost one, and has one that the lake has not.
    let mut book = Book(Memory::default());
    book.take_orders(&[old, ours]).unwrap();
    let mut next = Book(Memory::default());
    next.take_orders(&[again, lost]).unwrap();
    let span = hour(START_MS) + 900..hour(START_MS) + 1100;
    for most in 1..4 {
        let mended = swap(
            book.0.clone(),
            next.0.clone(),
            span.clone(),
            most,
            &mut std::iter::empty(),
        );
        assert_eq!(mended.cells, whole.0.cells);
        assert_eq!(mended.orders, whole.0.orders);
    }
}

#[test]
fn a_page_view_that_began_before_the_span_is_not_counted_again_by_what_comes_later() {
    let beacon = |beacon, received_at_ms| {
        kenwick(&row(
            beacon,
            9,
            received_at_ms,
            &[],
            &[session(beacon, 1, &json!({}))],
        ))
    };
    // It began in the hour before that in which the rest of it lies, and the ledger had lost it all.
    let [first, second, last] = [
        beacon(1, START_MS),
        beacon(2, START_MS + HOUR_MS / 2),
        beacon(3, START_MS + HOUR_MS / 2),
    ];
    let mut next = Book(Memory::default());
    next.retake(&[first.clone(), second.clone()]).unwrap();
    let span = hour(START_MS)..hour(START_MS) + 1;
    let mended = swap(
        Memory::default(),
        next.0,
        span,
        1,
        &mut std::iter::once(Part::Portion(last.clone())),
    );
    assert_eq!(mended.cells, book(&[vec![first, second, last]]).cells);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn neither_order_nor_repetition_nor_batches_change_a_cell(rows in rows(), again in proptest::collection::vec(0..24_usize, 0..12), cuts in proptest::collection::vec(1..5_usize, 1..12), seed in any::<u64>()) {
        let once = book(&[rows.iter().map(|line| kenwick(line)).collect()]);
        let mut other: Vec<Portion> = rows.iter().map(|line| kenwick(line)).collect();
        other.extend(again.into_iter().filter_map(|place| rows.get(place)).map(|line| kenwick(line)));
        let count = other.len();
        for place in 0..count {
            other.swap(place, (seed.rotate_left(u32::try_from(place).unwrap()) % count as u64) as usize);
        }
        let mut batches = Vec::new();
        for size in cuts.into_iter().cycle() {
            if other.is_empty() { break; }
            batches.push(other.split_off(other.len().saturating_sub(size)));
        }
        let many = book(&batches);
        prop_assert_eq!(&once.cells, &many.cells);
        prop_assert_eq!(&once.curves, &many.curves);
        prop_assert_eq!(once.views, many.views);
    }

    #[test]
    fn what_is_rebuilt_takes_its_span_and_leaves_the_rest_however_it_is_cut_up_and_whatever_comes_meanwhile(
        rows in rows(),
        arrives in proptest::collection::vec(0..4_u8, 24),
        from in 0..3_u32,
        length in 0..4_u32,
        most in 1..12_usize,
    ) {
        let all: Vec<Portion> = rows.iter().map(|line| kenwick(line)).collect();
        let whole = book(std::slice::from_ref(&all));
        let which = |wanted: fn(u8) -> bool| -> Vec<Portion> {
            let some = all.iter().zip(&arrives).filter(|(_, when)| wanted(**when));
            some.map(|(portion, _)| portion.clone()).collect()
        };
        // Lost once, there from the beginning, or in neither before the swap: what comes meanwhile comes to the ledger alone.
        let damaged = book(&[which(|when| when == 1)]);
        let mut next = Book(Memory::default());
        next.retake(&which(|when| when < 3)).unwrap();
        let from = hour(START_MS) - 1 + from;
        let span = from..from + length;
        let meanwhile = which(|when| when == 3);
        let mut coming = meanwhile.clone().into_iter().map(Part::Portion);
        let mended = swap(damaged, next.0, span.clone(), most, &mut coming);
        let came = meanwhile.len() - coming.len();
        let mut book = Book(mended);
        book.take(&meanwhile[came..]).unwrap();
        for (key, sums) in whole.cells.iter().filter(|(key, _)| span.contains(&key.hour)) {
            prop_assert_eq!(Some(sums), book.0.cells.get(key));
        }
        // What comes again after the mend makes the rest whole, and the span not more than whole.
        book.take(&all).unwrap();
        prop_assert_eq!(&book.0.cells, &whole.cells);
        prop_assert_eq!(&book.0.curves, &whole.curves);
    }
}
