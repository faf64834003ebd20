//! Whatever the order in which rows come, an order knows what its buyer had met before it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::touch::{Touch, Touches, join};
use super::visit::{Identity, Met, Visit, What, day, visits};
use super::{Touched, WINDOW_DAYS};
use crate::ledger::cell::{CellKey, at};
use crate::ledger::portion::{Facts, hour};
use crate::ledger::tests::{Memory, id, placement, session, swap, take};
use crate::ledger::{Order, Part, cut};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
/// 2026-11-22T12:00:00Z
const NOON_MS: u64 = 1_795_348_800_000;

/// A row with a placement of two of the brand's films, one of which started a second into the page view, two seconds before the beacon.
fn row(more: &Value) -> Value {
    let placement = placement(
        3,
        1,
        &json!({ "elapsed_ms": 2900, "videos": ["film", "guide"], "opened": 1 }),
    );
    let session = session(4, 1, &json!({ "elapsed_ms": 2500, "startup_ms": 500 }));
    let mut row = json!({ "v": 1, "beacon_id": id(1), "shop": "shop_demo", "received_at_ms": NOON_MS, "country": "NL", "device": "phone",
        "videos": { "film": { "brand": "kenwick", "series": "kitchen" }, "guide": { "brand": "kenwick" } },
        "beacon": { "v": 1, "id": id(1), "page_view": id(2), "n": 1, "elapsed_ms": 3000, "consent": { "measurement": true }, "placements": [placement], "sessions": [session] } });
    merge(&mut row, more);
    row
}

fn merge(value: &mut Value, more: &Value) {
    match (value, more) {
        (Value::Object(value), Value::Object(more)) => {
            for (name, more) in more {
                merge(value.entry(name).or_insert(Value::Null), more);
            }
        }
        (value, more) => *value = more.clone(),
    }
}

fn told(row: &Value) -> Vec<Visit> {
    let parts = cut(&row.to_string(), &BTreeMap::new()).unwrap();
    parts.iter().flat_map(|(_, part)| visits(part)).collect()
}

#[test]
fn what_was_shown_and_what_started_is_told_of_a_shopper_who_agreed() {
    let visits = told(&row(&json!({ "visitor": id(9) })));
    assert_eq!(visits.len(), 1);
    let met = met_in(&visits[0]);
    assert_eq!(
        (met.identity, met.shop.as_str()),
        (Identity::Day, "shop_demo")
    );
    let times: Vec<_> = met
        .touches
        .iter()
        .map(|touch| {
            (
                touch.video.as_str(),
                touch.day,
                touch.shown_ms,
                touch.watched_ms,
            )
        })
        .collect();
    let (shown, started) = (Some(NOON_MS - 2900), Some(NOON_MS - 2000));
    let today = day(NOON_MS);
    assert_eq!(
        times,
        [
            ("film", today, shown, started),
            ("guide", today, shown, None)
        ]
    );
    assert_eq!(met.touches[0].facts.series, "kitchen");
}

fn met_in(visit: &Visit) -> &Met {
    match &visit.what {
        What::Met(met) => met,
        What::Bought(wanted) => panic!("{wanted:?}"),
    }
}

#[test]
fn nothing_is_told_of_who_did_not_agree_nor_of_machines_nor_of_what_is_late() {
    for (what, more) in [
        ("no name", json!({})),
        (
            "no consent",
            json!({ "visitor": id(9), "beacon": { "consent": null } }),
        ),
        (
            "a machine",
            json!({ "visitor": id(9), "bot": "user_agent" }),
        ),
        (
            "nothing shown",
            json!({ "visitor": id(9), "beacon": { "placements": [], "sessions": [] } }),
        ),
    ] {
        assert_eq!(told(&row(&more)), [], "{what}");
    }
    let old = 37 * HOUR_MS;
    let mut late = row(&json!({ "visitor": id(9), "beacon": { "elapsed_ms": old } }));
    late["beacon"]["placements"][0]["elapsed_ms"] = old.into();
    late["beacon"]["sessions"][0]["elapsed_ms"] = old.into();
    assert_eq!(told(&late), []);
}

#[test]
fn a_visitor_is_another_in_another_shop_and_the_shops_own_id_is_one_more() {
    let visitors = |more: &Value| -> Vec<String> {
        told(&row(more))
            .into_iter()
            .map(|visit| visit.visitor)
            .collect()
    };
    let own = json!({ "visitor": id(9), "beacon": { "consent": { "visitor": "customer-7" } } });
    let (here, mut there) = (visitors(&own), own);
    there["shop"] = "shop_other".into();
    let there = visitors(&there);
    assert_eq!((here.len(), there.len()), (2, 2));
    assert!(here.iter().all(|visitor| !there.contains(visitor)));
    assert!(
        here.iter()
            .all(|visitor| *visitor != id(9) && !visitor.contains("customer"))
    );
    let by_shop = json!({ "beacon": { "consent": { "visitor": "customer-7" } } });
    assert_eq!(here[1..], visitors(&by_shop));
    assert_eq!(met_in(&told(&row(&by_shop))[0]).identity, Identity::Shop);
}

fn touch(video: &str, shown_ms: Option<u64>, watched_ms: Option<u64>) -> Touch {
    Touch {
        video: video.to_owned(),
        day: day(shown_ms.or(watched_ms).unwrap()),
        shown_ms,
        watched_ms,
        facts: Facts {
            brand: "kenwick".into(),
            series: format!("at {:?}", shown_ms.or(watched_ms)),
            ..Facts::default()
        },
    }
}

fn order(received_at_ms: u64) -> Order {
    let row = json!({ "beacon_id": id(1), "shop": "shop_demo", "received_at_ms": received_at_ms, "visitor": id(9),
        "matched": { "1": { "code": "gtin:1", "brands": ["kenwick"], "videos": ["film", "guide"] }, "2": { "code": "gtin:2", "brands": ["kenwick"], "videos": ["guide"] } },
        "beacon": { "id": id(1), "page_view": id(1), "n": 1, "elapsed_ms": 40, "consent": { "measurement": true },
            "purchases": [{ "order": "A1", "currency": "EUR", "lines": [{ "code": "1", "quantity": 2, "value_minor": 500 }, { "code": "2", "quantity": 1, "value_minor": 90 }] }] } });
    let parts = cut(&row.to_string(), &BTreeMap::new()).unwrap();
    match parts.into_iter().next() {
        Some((_, Part::Order(order))) => order,
        other => panic!("{other:?}"),
    }
}

/// Orders direct and assisted, units direct and assisted, value direct and assisted: of the whole (`""`) or of a film.
fn sums(order: &Order, touches: &[Touch], video: &str) -> [i64; 6] {
    let touches = Touches::from([(order.visitors[0].clone(), touches.to_vec())]);
    let mut sums = [0; 6];
    for (_, cell) in order
        .cells(&touches)
        .iter()
        .filter(|(key, _)| key.video == video)
    {
        for (sum, place) in sums.iter_mut().zip(at::PURCHASES_DIRECT..) {
            *sum += cell.get(place);
        }
    }
    sums
}

#[test]
fn what_was_watched_is_direct_and_what_was_shown_is_assisted_by_film_and_once_for_the_whole() {
    let order = order(NOON_MS);
    let met = [
        touch("film", Some(NOON_MS - 9), Some(NOON_MS)),
        touch("guide", Some(NOON_MS), None),
        touch("nothing", Some(1), None),
    ];
    assert_eq!(sums(&order, &met, "film"), [1, 0, 2, 0, 500, 0]);
    assert_eq!(sums(&order, &met, "guide"), [0, 1, 0, 3, 0, 590]);
    assert_eq!(sums(&order, &met, ""), [1, 0, 2, 1, 500, 90]);
    assert_eq!(sums(&order, &met, "nothing"), [0; 6]);
    assert_eq!(sums(&order, &[], ""), [0; 6]);
    let of_order = |key: &CellKey| key.code.is_empty() && key.currency.is_empty();
    let touches = Touches::from([(order.visitors[0].clone(), met.to_vec())]);
    let orders = order
        .cells(&touches)
        .into_iter()
        .filter(|(key, _)| of_order(key))
        .map(|(key, _)| key.video);
    assert_eq!(orders.collect::<Vec<_>>(), ["", "film", "guide"]);
}

#[test]
fn what_was_met_after_the_order_or_too_long_before_it_or_by_another_counts_for_nothing() {
    let order = order(NOON_MS);
    assert_eq!(
        sums(&order, &[touch("film", Some(NOON_MS + 1), None)], ""),
        [0; 6]
    );
    assert_eq!(
        sums(
            &order,
            &[touch("film", Some(NOON_MS), Some(NOON_MS + 1))],
            ""
        ),
        [0, 1, 0, 2, 0, 500]
    );
    let window_ms = u64::from(WINDOW_DAYS) * DAY_MS;
    assert_eq!(
        sums(
            &order,
            &[touch("film", None, Some(NOON_MS - window_ms))],
            ""
        ),
        [1, 0, 2, 0, 500, 0]
    );
    assert_eq!(
        sums(
            &order,
            &[touch("film", None, Some(NOON_MS - window_ms - DAY_MS))],
            ""
        ),
        [0; 6]
    );
    let other = Touches::from([(id(7), vec![touch("film", None, Some(NOON_MS))])]);
    assert!(
        order
            .cells(&other)
            .values()
            .all(|cell| cell.get(at::PURCHASES_DIRECT) == 0)
    );
}

#[test]
fn what_the_catalogue_said_at_the_earliest_touch_that_counts_is_what_the_film_is_of() {
    let order = order(NOON_MS);
    let (early, late) = (NOON_MS - 2 * DAY_MS, NOON_MS - DAY_MS);
    let met = vec![
        touch("film", Some(late), None),
        touch("film", Some(early), None),
    ];
    let cells = order.cells(&Touches::from([(order.visitors[0].clone(), met)]));
    let series: Vec<&str> = cells
        .keys()
        .filter(|key| key.video == "film")
        .map(|key| key.series.as_str())
        .collect();
    assert!(
        !series.is_empty()
            && series
                .iter()
                .all(|series| *series == format!("at Some({early})")),
        "{series:?}"
    );
}

prop_compose! {
    fn met()(video in prop_oneof![Just("film"), Just("guide")], at_ms in NOON_MS - 3 * HOUR_MS..NOON_MS + HOUR_MS, watched in any::<bool>()) -> Touch {
        if watched { touch(video, None, Some(at_ms)) } else { touch(video, Some(at_ms), None) }
    }
}

proptest! {
    #[test]
    fn touches_are_joined_alike_in_every_order_and_however_often(all in proptest::collection::vec(met(), 0..12), turn in any::<usize>(), twice in any::<usize>()) {
        let (mut one, mut other) = (Vec::new(), Vec::new());
        join(&mut one, &all);
        let mut turned = all.clone();
        turned.rotate_left(turn % all.len().max(1));
        turned.extend(all.get(twice % all.len().max(1)).cloned());
        for touch in turned.iter().rev() {
            join(&mut other, std::slice::from_ref(touch));
        }
        prop_assert_eq!(&one, &other);
        prop_assert!(!join(&mut one, &all), "nothing is new the second time");
    }
}

/// What a ledger of orders is told: reports of one order by two visitors, in two hours, and what either had met.
fn tellings() -> impl Strategy<Value = Vec<Part>> {
    let report = (0..4_u64, 0..2_u8).prop_map(|(later, visitor)| {
        let mut order = order(NOON_MS + later * HOUR_MS / 2);
        order.visitors = vec![id(visitor)];
        order.beacon_id = id(visitor);
        Part::Order(order)
    });
    let touched = (met(), 0..2_u8).prop_map(|(touch, visitor)| {
        Part::Touched(Touched {
            order: order(0).name(),
            visitor: id(visitor),
            touches: vec![touch],
        })
    });
    proptest::collection::vec(prop_oneof![1 => report, 2 => touched], 0..12)
}

fn sorted(parts: &[Part]) -> (Vec<Touched>, Vec<Order>) {
    let (mut touched, mut orders) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Part::Order(order) => orders.push(order.clone()),
            Part::Touched(one) => touched.push(one.clone()),
            Part::Portion(_) => {}
        }
    }
    (touched, orders)
}

/// A ledger that is told all of it at once.
fn whole(parts: &[Part]) -> Memory {
    let (touched, orders) = sorted(parts);
    let mut whole = Memory::default();
    take(&mut whole, &touched, &orders, &mut Memory::default());
    whole
}

proptest! {
    #[test]
    fn an_order_has_the_same_cells_whether_it_comes_before_what_its_buyer_met_or_after(told in tellings()) {
        let (mut ledger, mut next) = (Memory::default(), Memory::default());
        for part in told.chunks(1) {
            let (touched, orders) = sorted(part);
            take(&mut ledger, &touched, &orders, &mut next);
        }
        prop_assert_eq!(&ledger.cells, &whole(&told).cells);
        prop_assert_eq!(&next.cells, &ledger.cells, "what a replay builds beside it is the same");
    }

    #[test]
    fn a_replay_finds_the_same_however_it_is_cut_up_and_whatever_comes_while_it_ends(told in tellings(), when in proptest::collection::vec(0..3_u8, 12), most in 1..4_usize, length in 0..3_u32) {
        let at = |wanted: u8| -> Vec<Part> { told.iter().zip(&when).filter(|(_, when)| **when == wanted).map(|(part, _)| part.clone()).collect() };
        let (mut ledger, mut next) = (Memory::default(), Memory::default());
        // There from the beginning; lost once, so that the replay alone finds the order; and what comes while it ends.
        let (touched, orders) = sorted(&at(0));
        take(&mut ledger, &touched, &orders, &mut next);
        let (touched, orders) = sorted(&at(1));
        take(&mut ledger, &touched, &[], &mut next);
        let mut lost = Memory::default();
        lost.touches.clone_from(&ledger.touches);
        take(&mut lost, &[], &orders, &mut next);
        let meanwhile = at(2);
        let mut coming = meanwhile.clone().into_iter();
        let from = hour(NOON_MS);
        let mut mended = swap(ledger, next, from..from + length, most, &mut coming);
        let (touched, orders) = sorted(coming.as_slice());
        take(&mut mended, &touched, &orders, &mut Memory::default());
        prop_assert_eq!(mended.cells, whole(&told).cells);
    }
}
