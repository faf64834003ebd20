//! Which brands have a ledger, and whether the lake is being replayed into them: one Durable Object for all.

#![allow(
    missing_docs,
    reason = "what the macro `durable_object` makes has none"
)]

use std::cell::Cell;

use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use worker::{
    Date, DurableObject, Env, Method, Request, Response, Result, SqlCursor, SqlStorageValue, State,
    durable_object,
};

use crate::demand_cron::Added;
use crate::ledger::{SHARDS, object_name};
use crate::transaction::together;
use crate::{ledger_do, ledgers};

/// The namespace's binding.
pub const BINDING: &str = "LEDGER_INDEX";

/// The name of the only one.
pub const NAME: &str = "all";

/// A replay that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// Its id.
    pub id: String,
    /// The first hour, since 1970.
    pub from_hour: u32,
    /// The hour after the last.
    pub to_hour: u32,
}

/// What it is asked to do with a replay.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Begin it: from then on every ledger is given what comes for both. Its id becomes the end of a longer one ([`Outcome::Begun`]).
    Begin(Replay),
    /// Put what was rebuilt in the place of what was there, in some ledgers; to be repeated until none is left.
    Finish(String),
    /// Give it up.
    GiveUp(String),
}

/// What came of a [`Step`].
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has begun, and has this id.
    Begun(String),
    /// It was done.
    Done {
        /// In so many ledgers by now.
        ledgers: usize,
        /// So many are left.
        left: usize,
    },
    /// Another replay is under way, or this one is being finished.
    Busy(Replay),
    /// There is no such replay.
    Unknown,
}

/// What goes on, as whoever gives ledgers something must know.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// The replay that is under way.
    pub replay: Option<Replay>,
}

/// Of whose look-ups, and when, something is asked.
#[derive(Debug, Serialize, Deserialize)]
pub struct Wanted {
    /// The brand.
    pub brand: String,
    /// Hours since 1970, the second left out; an empty span asks nothing.
    pub hours: (u32, u32),
}

/// What is known beside the figures.
#[derive(Debug, Serialize, Deserialize)]
pub struct Known {
    /// Whether the lake is being replayed.
    pub replaying: bool,
    /// Look-ups of the hours before that one are added up,
    pub before_hour: u32,
    /// and those of them that found something of the brand in the span are so many, by shop.
    pub look_ups: Vec<(String, i64)>,
}

/// So many calls of ledgers are made in one call, of the thousand that a request may make,
const CALLS: usize = 480;

/// as long as it has not taken so long: a client waits for the answer.
const LONGEST_MS: u64 = 10_000;

/// About how much a ledger does of it in one call, of the 30 s of processor time that it has: page views, orders, and what is in them.
const MOST: usize = 4_000;

/// The index.
#[durable_object]
pub struct LedgerIndex {
    state: State,
    env: Env,
    /// Whether this instance has seen to its tables: once, and not for every call.
    ready: Cell<bool>,
}

impl DurableObject for LedgerIndex {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            ready: Cell::new(false),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        self.tables()?;
        match (request.method(), request.path().as_str()) {
            // Brands that are about to be given their first, and what goes on.
            (Method::Post, "/brands") => {
                let brands: Vec<String> = request.json().await?;
                for brand in &brands {
                    self.run("INSERT OR IGNORE INTO brands (brand) VALUES (?)", &[brand])?;
                }
                Response::from_json(&Now {
                    replay: self.replay()?.map(|(replay, _)| replay),
                })
            }
            (Method::Get, "/look-ups") => Response::from_json(&self.added()?.0),
            (Method::Post, "/look-ups") => {
                let added: Added = request.json().await?;
                together(&self.state, || self.add_look_ups(&added))?;
                Response::empty()
            }
            (Method::Post, "/known") => {
                let wanted: Wanted = request.json().await?;
                Response::from_json(&self.known(&wanted)?)
            }
            (Method::Post, "/replay") => {
                let step: Step = request.json().await?;
                Response::from_json(&self.step(step).await?)
            }
            _ => Response::error("no such call", 404),
        }
    }
}

impl LedgerIndex {
    fn tables(&self) -> Result<()> {
        if self.ready.get() {
            return Ok(());
        }
        self.state.storage().sql().exec(
            "CREATE TABLE IF NOT EXISTS brands (brand TEXT PRIMARY KEY, finished TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS replay (id TEXT PRIMARY KEY, from_hour INTEGER, to_hour INTEGER, finishing INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS begun (one INTEGER PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS look_ups (brand TEXT, hour INTEGER, shop TEXT, count INTEGER NOT NULL, PRIMARY KEY (brand, hour, shop)) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS added (one INTEGER PRIMARY KEY, last TEXT NOT NULL, until_ms INTEGER NOT NULL) WITHOUT ROWID;",
            None,
        )?;
        self.ready.set(true);
        Ok(())
    }

    fn run(&self, statement: &str, bound: &[&str]) -> Result<SqlCursor> {
        let bound: Vec<SqlStorageValue> = bound.iter().map(|text| (*text).into()).collect();
        self.state.storage().sql().exec(statement, bound)
    }

    /// The replay that is under way, and whether it is being finished.
    fn replay(&self) -> Result<Option<(Replay, bool)>> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(flatten)]
            replay: Replay,
            finishing: u32,
        }
        let rows: Vec<Row> = self
            .run("SELECT id, from_hour, to_hour, finishing FROM replay", &[])?
            .to_array()?;
        Ok(rows
            .into_iter()
            .next()
            .map(|row| (row.replay, row.finishing > 0)))
    }

    /// How far look-ups are added up: the last object's name, and the moment until which all are.
    fn added(&self) -> Result<(String, u64)> {
        #[derive(Deserialize)]
        struct Row {
            last: String,
            until_ms: u64,
        }
        let rows: Vec<Row> = self
            .run("SELECT last, until_ms FROM added", &[])?
            .to_array()?;
        let row = rows.into_iter().next();
        Ok(row.map(|row| (row.last, row.until_ms)).unwrap_or_default())
    }

    /// Nothing, when another run has added the same: it began where this did.
    fn add_look_ups(&self, added: &Added) -> Result<()> {
        if self.added()?.0 != added.after {
            return Ok(());
        }
        let sql = self.state.storage().sql();
        for (brand, hour, shop, count) in &added.look_ups {
            sql.exec(
                "INSERT INTO look_ups VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
                vec![
                    brand.as_str().into(),
                    SqlStorageValue::Integer((*hour).into()),
                    shop.as_str().into(),
                    SqlStorageValue::Integer(i64::try_from(*count).unwrap_or(i64::MAX)),
                ],
            )?;
        }
        let until_ms = i64::try_from(added.until_ms).unwrap_or(i64::MAX);
        sql.exec(
            "INSERT OR REPLACE INTO added VALUES (1, ?, ?)",
            vec![
                added.last.as_str().into(),
                SqlStorageValue::Integer(until_ms),
            ],
        )
        .map(|_| ())
    }

    fn known(&self, wanted: &Wanted) -> Result<Known> {
        #[derive(Deserialize)]
        struct Row {
            shop: String,
            count: i64,
        }
        // What is asked for is told a minute later.
        let before_hour = self.added()?.1.saturating_sub(60_000) / 3_600_000;
        let before_hour = u32::try_from(before_hour).unwrap_or_default();
        let rows: Vec<Row> = self
            .run(
                &format!(
                    "SELECT shop, SUM(count) AS count FROM look_ups WHERE brand = ? AND hour >= {} AND hour < {} GROUP BY shop",
                    wanted.hours.0,
                    wanted.hours.1.min(before_hour)
                ),
                &[&wanted.brand],
            )?
            .to_array()?;
        Ok(Known {
            replaying: self.replay()?.is_some(),
            before_hour,
            look_ups: rows.into_iter().map(|row| (row.shop, row.count)).collect(),
        })
    }

    async fn step(&self, step: Step) -> Result<Outcome> {
        let open = self.replay()?;
        match (step, open) {
            (Step::Begin(_), Some((open, _))) => Ok(Outcome::Busy(open)),
            (Step::Begin(replay), None) => {
                let id = format!("{:08}-{}", self.next_number()?, replay.id);
                self.state.storage().sql().exec(
                    "INSERT INTO replay (id, from_hour, to_hour) VALUES (?, ?, ?)",
                    vec![
                        id.as_str().into(),
                        SqlStorageValue::Integer(replay.from_hour.into()),
                        SqlStorageValue::Integer(replay.to_hour.into()),
                    ],
                )?;
                Ok(Outcome::Begun(id))
            }
            (Step::GiveUp(id), Some((open, finishing))) if open.id == id => {
                if finishing {
                    return Ok(Outcome::Busy(open));
                }
                self.run("DELETE FROM replay", &[])?;
                Ok(Outcome::Done {
                    ledgers: 0,
                    left: 0,
                })
            }
            (Step::Finish(id), Some((open, _))) if open.id == id => self.finish(&open).await,
            _ => Ok(Outcome::Unknown),
        }
    }

    /// Of a replay: ids begin with it, so that a ledger knows which of two is the later.
    fn next_number(&self) -> Result<i64> {
        #[derive(Deserialize)]
        struct Row {
            number: i64,
        }
        let rows: Vec<Row> = self
            .run(
                "INSERT INTO begun VALUES (1, 1) ON CONFLICT DO UPDATE SET number = number + 1 RETURNING number",
                &[],
            )?
            .to_array()?;
        Ok(rows.first().map_or(1, |row| row.number))
    }

    /// Goes on with the brands that are left. The same ledger may be told twice, by two of these at once: it finishes once.
    async fn finish(&self, replay: &Replay) -> Result<Outcome> {
        self.run(
            "UPDATE replay SET finishing = 1 WHERE id = ?",
            &[&replay.id],
        )?;
        let mut calls = Calls::default();
        for brand in &self.left(replay)? {
            if !self.finish_brand(brand, replay, &mut calls).await? {
                break;
            }
            self.run(
                "UPDATE brands SET finished = ? WHERE brand = ?",
                &[&replay.id, brand],
            )?;
        }
        let left = self.left(replay)?.len();
        if left == 0 {
            self.run("DELETE FROM replay WHERE id = ?", &[&replay.id])?;
        }
        let brands: Vec<serde_json::Value> =
            self.run("SELECT brand FROM brands", &[])?.to_array()?;
        let ledgers = (brands.len() - left) * usize::from(SHARDS);
        Ok(Outcome::Done {
            ledgers,
            left: left * usize::from(SHARDS),
        })
    }

    fn left(&self, replay: &Replay) -> Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Row {
            brand: String,
        }
        let rows: Vec<Row> = self
            .run(
                "SELECT brand FROM brands WHERE finished != ? ORDER BY brand",
                &[&replay.id],
            )?
            .to_array()?;
        Ok(rows.into_iter().map(|row| row.brand).collect())
    }

    /// Step by step, all of its ledgers; says whether they are done.
    async fn finish_brand(&self, brand: &str, replay: &Replay, calls: &mut Calls) -> Result<bool> {
        let namespace = self.env.durable_object(ledger_do::BINDING)?;
        let step = ledger_do::Step {
            id: replay.id.clone(),
            from_hour: replay.from_hour,
            to_hour: replay.to_hour,
            most: MOST,
        };
        let mut left: Vec<u8> = (0..SHARDS).collect();
        while !left.is_empty() {
            if !calls.may_make(left.len()) {
                return Ok(false);
            }
            let told: Vec<Result<(u8, bool)>> = stream::iter(left)
                .map(|shard| {
                    let stub = namespace.get_by_name(&object_name(brand, shard));
                    let step = &step;
                    async move {
                        let done = ledgers::call(&stub?, "/replay/finish", Some(step)).await?;
                        Ok((shard, done))
                    }
                })
                .buffer_unordered(ledgers::AT_ONCE)
                .collect()
                .await;
            let told = told.into_iter().collect::<Result<Vec<_>>>()?;
            left = told
                .into_iter()
                .filter_map(|(shard, done)| (!done).then_some(shard))
                .collect();
        }
        Ok(true)
    }
}

/// The calls that may still be made.
struct Calls {
    left: usize,
    since_ms: u64,
}

impl Default for Calls {
    fn default() -> Self {
        Self {
            left: CALLS,
            since_ms: Date::now().as_millis(),
        }
    }
}

impl Calls {
    /// Some are made, if they may; the first always.
    fn may_make(&mut self, calls: usize) -> bool {
        let late = Date::now().as_millis().saturating_sub(self.since_ms) > LONGEST_MS;
        if self.left < calls || (late && self.left < CALLS) {
            return false;
        }
        self.left -= calls;
        true
    }
}
