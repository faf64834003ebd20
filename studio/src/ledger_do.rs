//! One shard of a brand's ledger: a Durable Object with SQLite (docs/figures.md; the logic is in `ledger/`).
//!
//! One call is one transaction: a fault between any two statements leaves nothing of it behind, and the message comes again.
//!
//! While the lake is replayed a second set of tables, `next_…`, is built beside the first; beacons that arrive meanwhile go into both.

#![allow(
    missing_docs,
    reason = "what the macro `durable_object` makes has none"
)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use shelfreel_playback::ATTENTION_PARTS;
use worker::{
    DurableObject, Env, Method, Request, Response, Result, SqlStorage, SqlStorageValue, State,
    durable_object,
};

use crate::ledger::cell::{Attention, CellKey, CurveKey, FIGURES, Sums};
use crate::ledger::question::{DIMENSIONS, Line, Question};
use crate::ledger::swap::{self, Swap};
use crate::ledger::{Book, Order, Part, Portion, Store, View};
use crate::transaction::{each, together};
use crate::visitors::Touched;
use crate::visitors::touch::Touches;

/// The namespace's binding.
pub const BINDING: &str = "LEDGER";

/// The first byte of a kept page view: the form it is written in.
const FORM: u8 = 1;

/// The same of an order.
const ORDER_FORM: u8 = 2;

/// One shard of a brand's ledger.
#[durable_object]
pub struct Ledger {
    state: State,
    /// Whether this instance has seen to its tables: once, and not for every call.
    ready: Cell<bool>,
}

impl DurableObject for Ledger {
    fn new(state: State, _env: Env) -> Self {
        Self {
            state,
            ready: Cell::new(false),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let path = request.path();
        let ledger = self.tables()?;
        match (request.method(), path.as_str()) {
            (Method::Post, "/take") => {
                let given: Given = request.json().await?;
                let replay = given.replay.as_deref();
                Response::from_json(&each(&self.state, &given.parts, |parts| {
                    let parts = &Parts::from(parts);
                    if let Some(mut swap) = ledger.swap()? {
                        return swap.take_meanwhile(&parts.portions, &parts.orders, &parts.touched);
                    }
                    ledger.take_touched(&parts.touched)?;
                    let mut book = Book(ledger.clone());
                    book.take(&parts.portions)?;
                    book.take_orders(&parts.orders)?;
                    match replay {
                        Some(replay) => ledger.retake(replay, parts),
                        None => Ok(()),
                    }
                }))
            }
            (Method::Post, "/replay/take") => {
                let given: Given = request.json().await?;
                let replay = given.replay.unwrap_or_default();
                Response::from_json(&each(&self.state, &given.parts, |parts| {
                    let parts = &Parts::from(parts);
                    match ledger.swap()? {
                        Some(mut swap) => swap.touch_meanwhile(&parts.touched)?,
                        None => ledger.take_touched(&parts.touched)?,
                    }
                    ledger.retake(&replay, parts)
                }))
            }
            (Method::Post, "/replay/finish") => {
                let step: Step = request.json().await?;
                let done = together(&self.state, || ledger.finish(&step))?;
                Response::from_json(&done)
            }
            (Method::Post, "/figures") => {
                let asked: Asked = request.json().await?;
                let answers = asked.questions.iter();
                Response::from_json(&Told {
                    answers: answers
                        .map(|question| ledger.answer(question))
                        .collect::<Result<_>>()?,
                    after_watermark: ledger.number("after_watermark")?,
                })
            }
            (Method::Post, "/attention") => {
                let wanted: Wanted = request.json().await?;
                Response::from_json(&ledger.attention(&wanted)?.0.to_vec())
            }
            (Method::Get, "/state") => Response::from_json(&ledger.state()?),
            _ => Response::error("no such call", 404),
        }
    }
}

/// Parts of rows, by what they are.
#[derive(Default)]
struct Parts {
    portions: Vec<Portion>,
    orders: Vec<Order>,
    touched: Vec<Touched>,
}

impl From<&[Part]> for Parts {
    fn from(all: &[Part]) -> Self {
        let mut parts = Self::default();
        for part in all {
            match part {
                Part::Portion(portion) => parts.portions.push(portion.clone()),
                Part::Order(order) => parts.orders.push(order.clone()),
                Part::Touched(touched) => parts.touched.push(touched.clone()),
            }
        }
        parts
    }
}

/// What a ledger is given. It answers which parts it did not take ([`crate::transaction::NotTaken`]).
#[derive(Deserialize)]
struct Given {
    parts: Vec<Part>,
    /// The replay that is under way.
    replay: Option<String>,
}

/// A step of the end of a replay. It is answered whether all is done.
#[derive(Debug, Serialize, Deserialize)]
pub struct Step {
    /// Which replay.
    pub id: String,
    /// Its first hour, since 1970.
    pub from_hour: u32,
    /// The hour after its last.
    pub to_hour: u32,
    /// About how much it may do ([`Book::step`]).
    pub most: usize,
}

/// What is asked of a ledger at once.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    /// Each is answered, in order.
    pub questions: Vec<Question>,
}

/// What a ledger answers.
#[derive(Debug, Serialize, Deserialize)]
pub struct Told {
    /// To each question, in order.
    pub answers: Vec<Vec<Line>>,
    /// How many snapshots came when it may have forgotten what it had of them, since it began.
    pub after_watermark: i64,
}

/// Which curve is asked for.
#[derive(Deserialize)]
struct Wanted {
    from_hour: u32,
    to_hour: u32,
    video: String,
    /// `None`: people and machines alike.
    bots: Option<bool>,
}

impl Ledger {
    fn tables(&self) -> Result<Tables> {
        let sql = self.state.storage().sql();
        if self.ready.get() {
            return Ok(Tables { sql, prefix: "" });
        }
        let tables = Tables::open(sql, "")?;
        self.ready.set(true);
        Ok(tables)
    }
}

/// A set of tables; the one that is being rebuilt has names that begin with `next_`.
#[derive(Clone)]
struct Tables {
    sql: SqlStorage,
    prefix: &'static str,
}

/// The key of a cell: the hour, and [`DIMENSIONS`].
fn dimension_columns() -> String {
    format!("hour, {}", DIMENSIONS.join(", "))
}

impl Tables {
    fn open(sql: SqlStorage, prefix: &'static str) -> Result<Self> {
        let figures: Vec<String> = FIGURES
            .iter()
            .map(|name| format!("{name} INTEGER NOT NULL DEFAULT 0"))
            .collect();
        // Without a row id the key is the table: a row that changes is one row written, and not two.
        let make = format!(
            "CREATE TABLE IF NOT EXISTS {prefix}views (page_view TEXT PRIMARY KEY, last_hour INTEGER NOT NULL, state BLOB NOT NULL) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS {prefix}cells (hour INTEGER NOT NULL, {} TEXT NOT NULL, {}, PRIMARY KEY ({})) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS {prefix}curves (video TEXT NOT NULL, hour INTEGER NOT NULL, bot TEXT NOT NULL, curve BLOB NOT NULL, PRIMARY KEY (video, hour, bot)) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS {prefix}orders (name TEXT PRIMARY KEY, told BLOB NOT NULL) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS touches (name TEXT PRIMARY KEY, met BLOB NOT NULL) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS {prefix}numbers (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;",
            DIMENSIONS.join(" TEXT NOT NULL, "),
            figures.join(", "),
            dimension_columns()
        );
        sql.exec(&make, None)?;
        sql.exec(
            "CREATE TABLE IF NOT EXISTS replays (id TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID",
            None,
        )?;
        sql.exec(
            "CREATE TABLE IF NOT EXISTS swap (one INTEGER PRIMARY KEY, progress TEXT NOT NULL) WITHOUT ROWID",
            None,
        )?;
        if !prefix.is_empty() {
            sql.exec(
                &format!(
                    "CREATE TABLE IF NOT EXISTS {prefix}marks (name TEXT PRIMARY KEY) WITHOUT ROWID"
                ),
                None,
            )?;
        }
        let tables = Self { sql, prefix };
        tables.add_columns()?;
        Ok(tables)
    }

    /// Figures that came after the table was made.
    fn add_columns(&self) -> Result<()> {
        let there = self.sql.exec(
            "SELECT COUNT(*) FROM pragma_table_info(?)",
            vec![format!("{}cells", self.prefix).into()],
        )?;
        let row = there.raw().next().transpose()?;
        let there =
            usize::try_from(number(row.as_ref().and_then(|row| row.first()))).unwrap_or_default();
        for name in FIGURES
            .iter()
            .skip(there.saturating_sub(1 + DIMENSIONS.len()))
        {
            self.sql.exec(
                &format!(
                    "ALTER TABLE {}cells ADD COLUMN {name} INTEGER NOT NULL DEFAULT 0",
                    self.prefix
                ),
                None,
            )?;
        }
        Ok(())
    }

    /// Takes into what is rebuilt. A replay begins in a ledger with the first that it is given; of one that was given up the tables stay until then.
    fn retake(&self, replay: &str, parts: &Parts) -> Result<()> {
        let Some(next) = self.next(replay)? else {
            return Ok(());
        };
        let mut next = Book(next);
        next.retake(&parts.portions)?;
        next.take_orders(&parts.orders)
    }

    /// What visitors had met counts in what is read, and in what is being rebuilt, whichever replay that is.
    fn take_touched(&self, touched: &[Touched]) -> Result<()> {
        if touched.is_empty() {
            return Ok(());
        }
        let open = self
            .sql
            .exec("SELECT 1 FROM replays WHERE state = 'open'", None)?;
        let mut next = match open.raw().next() {
            Some(_) => Some(Book(Self::open(self.sql.clone(), "next_")?)),
            None => None,
        };
        Book(self.clone()).take_touched(touched, next.as_mut())
    }

    /// What takes the place of what was there, if anything does.
    fn swap(&self) -> Result<Option<Book<Swap<Self>>>> {
        let found = self.sql.exec("SELECT progress FROM swap", None)?;
        let Some(row) = found.raw().next().transpose()? else {
            return Ok(None);
        };
        Ok(Some(Book(Swap {
            ours: self.clone(),
            rebuilt: self.rebuilt(),
            progress: serde_json::from_str(&text(row.first())?)?,
        })))
    }

    fn rebuilt(&self) -> Self {
        Self {
            sql: self.sql.clone(),
            prefix: "next_",
        }
    }

    /// The tables that a replay builds; nothing for one that is finished here, or being finished.
    fn next(&self, replay: &str) -> Result<Option<Self>> {
        if let Some(Book(swap)) = self.swap()? {
            return match swap.progress.id {
                id if id == replay => Ok(None),
                id => Err(failed(&format!("replay {id} is not finished"))),
            };
        }
        let finished = self.sql.exec(
            "SELECT 1 FROM replays WHERE id = ? AND state = 'finished'",
            vec![replay.into()],
        )?;
        if finished.raw().next().is_some() {
            return Ok(None);
        }
        let open = self
            .sql
            .exec("SELECT id FROM replays WHERE state = 'open'", None)?;
        let open = open.raw().next().transpose()?;
        let open = open.map(|row| text(row.first())).transpose()?;
        // Ids are in the order in which replays were begun: who still speaks of one that was given up takes nothing from the next.
        if open.as_deref().is_some_and(|open| replay < open) {
            return Ok(None);
        }
        if open.as_deref() != Some(replay) {
            self.drop_next()?;
            self.sql.exec(
                "INSERT INTO replays VALUES (?, 'open')",
                vec![replay.into()],
            )?;
        }
        Self::open(self.sql.clone(), "next_").map(Some)
    }

    fn drop_next(&self) -> Result<()> {
        let drop = ["views", "cells", "curves", "orders", "numbers", "marks"]
            .map(|name| format!("DROP TABLE IF EXISTS next_{name};"))
            .concat();
        self.sql
            .exec(
                &format!("{drop} DELETE FROM replays WHERE state = 'open';"),
                None,
            )
            .map(|_| ())
    }

    /// What was rebuilt takes the place of what was there, in the span: a step of it. Says whether all is done: then the same call again finds the replay finished, and changes nothing.
    fn finish(&self, step: &Step) -> Result<bool> {
        let mut swap = match self.swap()? {
            Some(swap) if swap.0.progress.id == step.id => swap,
            _ => {
                let Some(next) = self.next(&step.id)? else {
                    return Ok(true);
                };
                let span = step.from_hour..step.to_hour;
                Book(Swap::begin(&step.id, span, self.clone(), next)?)
            }
        };
        let done = swap.step(step.most)?;
        if done {
            self.drop_next()?;
            self.sql.exec("DELETE FROM swap", None)?;
            self.sql.exec(
                "INSERT INTO replays VALUES (?, 'finished')",
                vec![step.id.as_str().into()],
            )?;
        } else {
            let progress = serde_json::to_string(&swap.0.progress)?;
            self.sql.exec(
                "INSERT OR REPLACE INTO swap VALUES (1, ?)",
                vec![progress.into()],
            )?;
        }
        Ok(done)
    }

    /// Where the cells and curves of some hours lie.
    fn places(&self, from_hour: u32, to_hour: u32) -> Result<Vec<(Self, u32, u32)>> {
        let Some(Book(swap)) = self.swap()? else {
            return Ok(vec![(self.clone(), from_hour, to_hour)]);
        };
        let elsewhere = swap.elsewhere();
        let mut places = vec![
            (self.clone(), from_hour, to_hour.min(elsewhere.start)),
            (
                swap.rebuilt,
                from_hour.max(elsewhere.start),
                to_hour.min(elsewhere.end),
            ),
            (self.clone(), from_hour.max(elsewhere.end), to_hour),
        ];
        places.retain(|(_, from, to)| from < to);
        Ok(places)
    }

    fn answer(&self, question: &Question) -> Result<Vec<Line>> {
        let mut sums: BTreeMap<(u32, Vec<String>), Sums> = BTreeMap::new();
        for (tables, from_hour, to_hour) in self.places(question.from_hour, question.to_hour)? {
            let there = Question {
                from_hour,
                to_hour,
                ..question.clone()
            };
            for line in tables.lines(&there)? {
                let sum = sums.entry((line.hour, line.values)).or_default();
                sum.merge(&line.sums, 1);
            }
        }
        let lines = sums
            .into_iter()
            .map(|((hour, values), sums)| Line { hour, values, sums });
        Ok(lines.collect())
    }

    fn lines(&self, question: &Question) -> Result<Vec<Line>> {
        let (statement, bound) = question.sql(&format!("{}cells", self.prefix));
        let bound: Vec<SqlStorageValue> = bound.into_iter().map(SqlStorageValue::from).collect();
        let mut lines = Vec::new();
        for row in self.sql.exec(&statement, bound)?.raw() {
            let row = row?;
            let mut row = row.into_iter();
            let hour = u32::try_from(number(row.next().as_ref())).unwrap_or_default();
            let values = row
                .by_ref()
                .take(question.by.len())
                .map(|value| text(Some(&value)))
                .collect::<Result<_>>()?;
            let mut sums = Sums::default();
            for (sum, value) in sums.0.iter_mut().zip(row) {
                *sum = number(Some(&value));
            }
            if !sums.is_zero() {
                lines.push(Line { hour, values, sums });
            }
        }
        Ok(lines)
    }

    fn attention(&self, wanted: &Wanted) -> Result<Attention> {
        let bots = match wanted.bots {
            None => "",
            Some(true) => " AND bot != ''",
            Some(false) => " AND bot = ''",
        };
        let mut sum = Attention::default();
        for (tables, from_hour, to_hour) in self.places(wanted.from_hour, wanted.to_hour)? {
            let found = self.sql.exec(
                &format!(
                    "SELECT curve FROM {}curves WHERE video = ? AND hour >= {from_hour} AND hour < {to_hour}{bots}",
                    tables.prefix
                ),
                vec![wanted.video.as_str().into()],
            )?;
            for row in found.raw() {
                sum.merge(&curve(row?.first())?, 1);
            }
        }
        Ok(sum)
    }

    /// How much it holds, for the bench and for whoever watches it.
    fn state(&self) -> Result<serde_json::Value> {
        let count = |table: &str| -> Result<i64> {
            let found = self
                .sql
                .exec(&format!("SELECT COUNT(*) FROM {table}"), None)?;
            let row = found.raw().next().transpose()?;
            Ok(number(row.as_ref().and_then(|row| row.first())))
        };
        Ok(serde_json::json!({
            "views": count("views")?, "cells": count("cells")?, "curves": count("curves")?, "orders": count("orders")?, "bytes": self.sql.database_size(),
            "watermark_ms": self.watermark_ms()?, "after_watermark": self.number("after_watermark")?,
        }))
    }

    fn number(&self, name: &str) -> Result<i64> {
        let found = self.sql.exec(
            &format!("SELECT number FROM {}numbers WHERE name = ?", self.prefix),
            vec![name.into()],
        )?;
        let row = found.raw().next().transpose()?;
        Ok(number(row.as_ref().and_then(|row| row.first())))
    }

    fn set_number(&self, name: &str, number: i64) -> Result<()> {
        self.sql
            .exec(
                &format!(
                    "INSERT OR REPLACE INTO {}numbers VALUES (?, ?)",
                    self.prefix
                ),
                vec![name.into(), SqlStorageValue::Integer(number)],
            )
            .map(|_| ())
    }
}

impl Store for Tables {
    type Error = worker::Error;

    fn view(&self, page_view: &str) -> Result<Option<View>> {
        let found = self.sql.exec(
            &format!("SELECT state FROM {}views WHERE page_view = ?", self.prefix),
            vec![page_view.into()],
        )?;
        let Some(row) = found.raw().next().transpose()? else {
            return Ok(None);
        };
        match blob(row.first())?.split_first() {
            Some((&FORM, state)) => postcard::from_bytes(state)
                .map(Some)
                .map_err(|error| failed(&format!("a page view cannot be read: {error}"))),
            _ => Err(failed(
                "a page view is kept in a form that this version does not know",
            )),
        }
    }

    fn put_view(&mut self, page_view: &str, view: &View) -> Result<()> {
        let state = postcard::to_extend(view, vec![FORM])
            .map_err(|error| failed(&format!("a page view cannot be written: {error}")))?;
        let last_hour = view.last_hour().unwrap_or_default();
        self.sql
            .exec(
                &format!(
                    "INSERT OR REPLACE INTO {}views VALUES (?, ?, ?)",
                    self.prefix
                ),
                vec![
                    page_view.into(),
                    SqlStorageValue::Integer(last_hour.into()),
                    SqlStorageValue::Blob(state),
                ],
            )
            .map(|_| ())
    }

    fn add(&mut self, key: &CellKey, more: &Sums) -> Result<()> {
        let changed: Vec<(&str, i64)> = FIGURES
            .iter()
            .zip(more.0)
            .filter(|(_, more)| *more != 0)
            .map(|(name, more)| (*name, more))
            .collect();
        let names: String = changed
            .iter()
            .map(|(name, _)| format!(", {name}"))
            .collect();
        let places = ", ?".repeat(changed.len());
        let sums: Vec<String> = changed
            .iter()
            .map(|(name, _)| format!("{name} = {name} + excluded.{name}"))
            .collect();
        let mut bound = dimensions(key);
        bound.extend(
            changed
                .iter()
                .map(|(_, more)| SqlStorageValue::Integer(*more)),
        );
        self.sql
            .exec(
                &format!(
                    "INSERT INTO {}cells ({}{names}) VALUES (?{}{places}) ON CONFLICT DO UPDATE SET {}",
                    self.prefix,
                    dimension_columns(),
                    ", ?".repeat(DIMENSIONS.len()),
                    sums.join(", ")
                ),
                bound,
            )
            .map(|_| ())
    }

    fn add_curve(&mut self, key: &CurveKey, more: &Attention) -> Result<()> {
        let name = || -> Vec<SqlStorageValue> {
            vec![
                key.video.as_str().into(),
                SqlStorageValue::Integer(key.hour.into()),
                key.bot.as_str().into(),
            ]
        };
        let found = self.sql.exec(
            &format!(
                "SELECT curve FROM {}curves WHERE video = ? AND hour = ? AND bot = ?",
                self.prefix
            ),
            name(),
        )?;
        let mut sum = match found.raw().next().transpose()? {
            Some(row) => curve(row.first())?,
            None => Attention::default(),
        };
        sum.merge(more, 1);
        let written = postcard::to_allocvec(&sum.0[..])
            .map_err(|error| failed(&format!("a curve cannot be written: {error}")))?;
        let mut bound = name();
        bound.push(SqlStorageValue::Blob(written));
        self.sql
            .exec(
                &format!(
                    "INSERT OR REPLACE INTO {}curves VALUES (?, ?, ?, ?)",
                    self.prefix
                ),
                bound,
            )
            .map(|_| ())
    }

    fn watermark_ms(&self) -> Result<u64> {
        Ok(u64::try_from(self.number("watermark_ms")?).unwrap_or_default())
    }

    fn set_watermark_ms(&mut self, watermark_ms: u64) -> Result<()> {
        self.set_number(
            "watermark_ms",
            i64::try_from(watermark_ms).unwrap_or(i64::MAX),
        )
    }

    fn forget_before(&mut self, hour: u32) -> Result<()> {
        self.sql
            .exec(
                &format!("DELETE FROM {}views WHERE last_hour < {hour}", self.prefix),
                None,
            )
            .map(|_| ())
    }

    fn order(&self, name: &str) -> Result<Option<Order>> {
        let found = self.sql.exec(
            &format!("SELECT told FROM {}orders WHERE name = ?", self.prefix),
            vec![name.into()],
        )?;
        let row = found.raw().next().transpose()?;
        row.map(|row| order(row.first())).transpose()
    }

    fn put_order(&mut self, order: &Order) -> Result<()> {
        let told = postcard::to_extend(order, vec![ORDER_FORM])
            .map_err(|error| failed(&format!("an order cannot be written: {error}")))?;
        self.sql
            .exec(
                &format!("INSERT OR REPLACE INTO {}orders VALUES (?, ?)", self.prefix),
                vec![order.name().into(), SqlStorageValue::Blob(told)],
            )
            .map(|_| ())
    }

    fn forget_order(&mut self, name: &str) -> Result<()> {
        self.sql
            .exec(
                &format!("DELETE FROM {}orders WHERE name = ?", self.prefix),
                vec![name.into()],
            )
            .map(|_| ())
    }

    fn touches(&self, order: &str) -> Result<Touches> {
        let found = self
            .sql
            .exec("SELECT met FROM touches WHERE name = ?", vec![order.into()])?;
        match found.raw().next().transpose()? {
            Some(row) => postcard::from_bytes(blob(row.first())?)
                .map_err(|error| failed(&format!("what visitors met cannot be read: {error}"))),
            None => Ok(Touches::new()),
        }
    }

    fn put_touches(&mut self, order: &str, touches: &Touches) -> Result<()> {
        let met = postcard::to_allocvec(touches)
            .map_err(|error| failed(&format!("what visitors met cannot be written: {error}")))?;
        self.sql
            .exec(
                "INSERT OR REPLACE INTO touches VALUES (?, ?)",
                vec![order.into(), SqlStorageValue::Blob(met)],
            )
            .map(|_| ())
    }

    fn count_after_watermark(&mut self, more: usize) -> Result<()> {
        let counted = self.number("after_watermark")?;
        self.set_number("after_watermark", counted.saturating_add(more as i64))
    }
}

impl swap::Tables for Tables {
    fn views_after(&self, name: &str, most: usize) -> Result<Vec<String>> {
        self.names_after("views", "page_view", name, most)
    }

    fn forget_view(&mut self, page_view: &str) -> Result<()> {
        self.sql
            .exec(
                &format!("DELETE FROM {}views WHERE page_view = ?", self.prefix),
                vec![page_view.into()],
            )
            .map(|_| ())
    }

    fn orders_after(&self, name: &str, most: usize) -> Result<Vec<String>> {
        self.names_after("orders", "name", name, most)
    }

    fn mark(&mut self, name: &str) -> Result<()> {
        self.sql
            .exec(
                &format!("INSERT OR IGNORE INTO {}marks VALUES (?)", self.prefix),
                vec![name.into()],
            )
            .map(|_| ())
    }

    fn is_marked(&self, name: &str) -> Result<bool> {
        let found = self.sql.exec(
            &format!("SELECT 1 FROM {}marks WHERE name = ?", self.prefix),
            vec![name.into()],
        )?;
        Ok(found.raw().next().is_some())
    }

    fn hour_after(&self, hour: u32, cells: usize) -> Result<Option<u32>> {
        let found = self.sql.exec(
            &format!(
                "SELECT hour FROM {}cells WHERE hour >= {hour} ORDER BY hour LIMIT 1 OFFSET {cells}",
                self.prefix
            ),
            None,
        )?;
        let row = found.raw().next().transpose()?;
        Ok(row.map(|row| u32::try_from(number(row.first())).unwrap_or_default()))
    }

    fn bring(&mut self, from: &Self, hours: &Range<u32>) -> Result<()> {
        let within = format!("hour >= {} AND hour < {}", hours.start, hours.end);
        let cells = format!("{}, {}", dimension_columns(), FIGURES.join(", "));
        for (table, columns) in [
            ("cells", cells.as_str()),
            ("curves", "video, hour, bot, curve"),
        ] {
            let (ours, theirs) = (self.prefix, from.prefix);
            self.sql.exec(
                &format!(
                    "DELETE FROM {ours}{table} WHERE {within}; INSERT INTO {ours}{table} ({columns}) SELECT {columns} FROM {theirs}{table} WHERE {within};"
                ),
                None,
            )?;
        }
        Ok(())
    }
}

impl Tables {
    fn names_after(
        &self,
        table: &str,
        column: &str,
        name: &str,
        most: usize,
    ) -> Result<Vec<String>> {
        let found = self.sql.exec(
            &format!(
                "SELECT {column} FROM {}{table} WHERE {column} > ? ORDER BY {column} LIMIT {most}",
                self.prefix
            ),
            vec![name.into()],
        )?;
        found.raw().map(|row| text(row?.first())).collect()
    }
}

/// The hour, and the rest in the order of [`DIMENSIONS`].
fn dimensions(key: &CellKey) -> Vec<SqlStorageValue> {
    let texts = [
        &key.video,
        &key.code,
        &key.product,
        &key.series,
        &key.category,
        &key.language,
        &key.shop,
        &key.country,
        &key.device,
        &key.bot,
        &key.currency,
    ];
    let texts = texts.map(|text| SqlStorageValue::from(text.as_str()));
    std::iter::once(SqlStorageValue::Integer(key.hour.into()))
        .chain(texts)
        .collect()
}

pub(crate) fn text(value: Option<&SqlStorageValue>) -> Result<String> {
    match value {
        Some(SqlStorageValue::String(text)) => Ok(text.clone()),
        other => Err(failed(&format!("a text was expected, found {other:?}"))),
    }
}

/// A number; 0 where there is none, which is what a sum of nothing is.
pub(crate) fn number(value: Option<&SqlStorageValue>) -> i64 {
    match value {
        Some(SqlStorageValue::Integer(number)) => *number,
        #[expect(
            clippy::cast_possible_truncation,
            reason = "sums are whole, and below 2^53"
        )]
        Some(SqlStorageValue::Float(number)) => *number as i64,
        _ => 0,
    }
}

pub(crate) fn blob(value: Option<&SqlStorageValue>) -> Result<&[u8]> {
    match value {
        Some(SqlStorageValue::Blob(bytes)) => Ok(bytes),
        other => Err(failed(&format!("bytes were expected, found {other:?}"))),
    }
}

fn order(value: Option<&SqlStorageValue>) -> Result<Order> {
    let Some((&ORDER_FORM, told)) = blob(value)?.split_first() else {
        return Err(failed(
            "an order is kept in a form that this version does not know",
        ));
    };
    postcard::from_bytes(told).map_err(|error| failed(&format!("an order cannot be read: {error}")))
}

fn curve(value: Option<&SqlStorageValue>) -> Result<Attention> {
    let numbers: Vec<i64> = postcard::from_bytes(blob(value)?)
        .map_err(|error| failed(&format!("a curve cannot be read: {error}")))?;
    numbers
        .try_into()
        .map(Attention)
        .map_err(|_| failed(&format!("a curve has {} numbers", 2 * ATTENTION_PARTS)))
}

pub(crate) fn failed(what: &str) -> worker::Error {
    worker::Error::RustError(what.to_owned())
}
