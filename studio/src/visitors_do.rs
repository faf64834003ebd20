//! One shard of a brand's visitors: a Durable Object with SQLite (the rules are in `visitors/`).
//!
//! A call tells what some rows say of visitors, and is answered what all orders of these are to be told: also where nothing is new, for who asked before may have died before he told it. Another
//! asks how many there were.

#![allow(
    missing_docs,
    reason = "what the macro `durable_object` makes has none"
)]

use std::cell::Cell;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use worker::{
    Date, DurableObject, Env, Method, Request, Response, Result, SqlCursor, SqlStorageValue, State,
    durable_object,
};

use crate::ledger_do::{blob, failed, number, text};
use crate::transaction::{NotTaken, each};
use crate::visitors::audience::{Audience, AudienceKey, Names, names};
use crate::visitors::question::{Gathered, Group, NoAnswer, OF_BRAND, OF_FILMS, Question};
use crate::visitors::touch::{Touch, Touched, join};
use crate::visitors::visit::{Identity, Met, What, day};
use crate::visitors::{COUNTED_DAYS, KEPT_DAYS, MOST_ORDERS, Visit, Wanted};

/// The namespace's binding.
pub const BINDING: &str = "VISITORS";

/// A replay takes no longer than this, and what it brings is forgotten no sooner.
const HELD_DAYS: u32 = 2;

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct Tell {
    /// What rows tell of visitors.
    pub visits: Vec<Visit>,
    /// While the lake is replayed nothing is too old: what came long ago comes in any order.
    pub keeps: bool,
}

/// What it says.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answer {
    /// What all orders of these visitors are to be told.
    pub touched: Vec<Touched>,
    /// The places of visits that were not taken, and why.
    pub not_taken: NotTaken,
}

/// What it says when it is asked how many there were: nothing where that would be too much.
pub type Counted = Option<Vec<Group>>;

/// One shard of a brand's visitors.
#[durable_object]
pub struct Visitors {
    state: State,
    /// Whether this instance has seen to its tables.
    ready: Cell<bool>,
}

impl DurableObject for Visitors {
    fn new(state: State, _env: Env) -> Self {
        Self {
            state,
            ready: Cell::new(false),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        self.tables()?;
        match (request.method(), request.path().as_str()) {
            (Method::Post, "/tell") => {
                let told: Tell = request.json().await?;
                let not_taken = each(&self.state, &told.visits, |visits| {
                    self.take(visits, told.keeps)
                });
                Response::from_json(&Answer {
                    touched: self.touched(&told.visits)?,
                    not_taken,
                })
            }
            (Method::Post, "/count") => Response::from_json(&self.counted(&request.json().await?)?),
            (Method::Get, "/state") => Response::from_json(&serde_json::json!({
                "touches": self.count("touches")?, "orders": self.count("orders")?,
                "bytes": self.state.storage().sql().database_size(),
            })),
            _ => Response::error("no such call", 404),
        }
    }
}

impl Visitors {
    fn tables(&self) -> Result<()> {
        if self.ready.get() {
            return Ok(());
        }
        // Two tables of one shape, so that a question about the whole does not read past all films.
        for table in [OF_BRAND, OF_FILMS] {
            self.run(
                &format!("CREATE TABLE IF NOT EXISTS {table} (identity TEXT NOT NULL, day INTEGER NOT NULL, shop TEXT NOT NULL, video TEXT NOT NULL, shown BLOB NOT NULL, watched BLOB NOT NULL, PRIMARY KEY (identity, day, shop, video)) WITHOUT ROWID"),
                Vec::new(),
            )?;
        }
        self.run(
            "CREATE TABLE IF NOT EXISTS touches (visitor TEXT NOT NULL, day INTEGER NOT NULL, video TEXT NOT NULL, met BLOB NOT NULL, PRIMARY KEY (visitor, day, video)) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS orders (visitor TEXT NOT NULL, name TEXT NOT NULL, day INTEGER NOT NULL, films TEXT NOT NULL, PRIMARY KEY (visitor, name)) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS days (name TEXT PRIMARY KEY, day INTEGER NOT NULL) WITHOUT ROWID;",
            Vec::new(),
        )?;
        self.ready.set(true);
        Ok(())
    }

    fn run(&self, statement: &str, bound: Vec<SqlStorageValue>) -> Result<SqlCursor> {
        self.state.storage().sql().exec(statement, bound)
    }

    fn take(&self, visits: &[Visit], keeps: bool) -> Result<()> {
        let today = day(Date::now().as_millis());
        let oldest = if keeps {
            // From today on: the latest of an object that has lost all is in 1970.
            let held_until = today + HELD_DAYS;
            if held_until > self.day("held_until")? {
                self.set_day("held_until", held_until)?;
            }
            0
        } else {
            // What a wrong clock stamped is no reason to forget what is right.
            let newest = visits.iter().map(|visit| visit.day).max();
            self.forget(newest.unwrap_or_default().min(today + 1))?
        };
        // Most of what is told was told before, and who is known already is counted: touches and sketches are written together. A replay tells all again, for sketches that are not whole.
        let mut new = Vec::new();
        for visit in visits {
            match &visit.what {
                What::Met(met) => {
                    let mut touches = Vec::new();
                    for touch in met.touches.iter().filter(|touch| touch.day >= oldest) {
                        if self.touch(&visit.visitor, touch)? || keeps {
                            touches.push(touch.clone());
                        }
                    }
                    new.push(Visit {
                        visitor: visit.visitor.clone(),
                        day: visit.day,
                        what: What::Met(Met {
                            identity: met.identity,
                            shop: met.shop.clone(),
                            touches,
                        }),
                    });
                }
                What::Bought(wanted) if visit.day >= oldest => self.want(visit, wanted)?,
                What::Bought(_) => {}
            }
        }
        for (key, names) in names(&new, oldest) {
            self.add(&key, &names)?;
        }
        Ok(())
    }

    /// Forgets what is too old by the latest day, `newest` if it is; returns the oldest that is not. Before anything is added, so that there is room for it.
    fn forget(&self, newest: u32) -> Result<u32> {
        let latest = self.day("latest")?;
        if newest <= latest {
            return Ok(latest.saturating_sub(KEPT_DAYS));
        }
        self.set_day("latest", newest)?;
        if newest <= self.day("held_until")? {
            return Ok(latest.saturating_sub(KEPT_DAYS));
        }
        let oldest = newest.saturating_sub(KEPT_DAYS);
        for table in ["touches", "orders"] {
            self.run(
                &format!("DELETE FROM {table} WHERE day < {oldest}"),
                Vec::new(),
            )?;
        }
        let counted = newest.saturating_sub(COUNTED_DAYS);
        for table in [OF_BRAND, OF_FILMS] {
            // By identity, as they are kept, or every row would be read.
            for identity in Identity::ALL {
                self.run(
                    &format!("DELETE FROM {table} WHERE identity = ? AND day < {counted}"),
                    vec![identity.name().into()],
                )?;
            }
        }
        Ok(oldest)
    }

    /// The latest in which a row was received, or that until which nothing is forgotten; 0 before the first.
    fn day(&self, name: &str) -> Result<u32> {
        let found = self.run("SELECT day FROM days WHERE name = ?", vec![name.into()])?;
        let row = found.raw().next().transpose()?;
        Ok(u32::try_from(number(row.as_ref().and_then(|row| row.first()))).unwrap_or_default())
    }

    fn set_day(&self, name: &str, day: u32) -> Result<()> {
        let bound = vec![name.into(), SqlStorageValue::Integer(day.into())];
        self.run("INSERT OR REPLACE INTO days VALUES (?, ?)", bound)
            .map(|_| ())
    }

    /// Whether it says anything new.
    fn touch(&self, visitor: &str, touch: &Touch) -> Result<bool> {
        let key = || -> Vec<SqlStorageValue> {
            vec![
                visitor.into(),
                SqlStorageValue::Integer(touch.day.into()),
                touch.video.as_str().into(),
            ]
        };
        let found = self.run(
            "SELECT met FROM touches WHERE visitor = ? AND day = ? AND video = ?",
            key(),
        )?;
        let mut known: Vec<Touch> = match found.raw().next().transpose()? {
            Some(row) => vec![read(row.first())?],
            None => Vec::new(),
        };
        if !join(&mut known, std::slice::from_ref(touch)) {
            return Ok(false);
        }
        let [touch] = known.as_slice() else {
            return Ok(false);
        };
        let met = postcard::to_allocvec(touch)
            .map_err(|error| failed(&format!("a touch cannot be written: {error}")))?;
        let mut bound = key();
        bound.push(SqlStorageValue::Blob(met));
        self.run("INSERT OR REPLACE INTO touches VALUES (?, ?, ?, ?)", bound)
            .map(|_| true)
    }

    /// Written only where it changes anything.
    fn add(&self, of: &AudienceKey, names: &Names<'_>) -> Result<()> {
        let table = if of.video.is_empty() {
            OF_BRAND
        } else {
            OF_FILMS
        };
        let key = || -> Vec<SqlStorageValue> {
            vec![
                of.identity.name().into(),
                SqlStorageValue::Integer(of.day.into()),
                of.shop.as_str().into(),
                of.video.as_str().into(),
            ]
        };
        let found = self.run(
            &format!("SELECT shown, watched FROM {table} WHERE identity = ? AND day = ? AND shop = ? AND video = ?"),
            key(),
        )?;
        let mut audience = Audience::new().map_err(unreadable)?;
        if let Some(row) = found.raw().next().transpose()? {
            let known = audience.merge(blob(row.first())?, blob(row.get(1))?);
            // What is attributed must not wait for what is estimated: it begins anew, and a replay brings back who is missing.
            if let Err(error) = known {
                worker::console_error!("{}", unreadable(error));
                audience = Audience::new().map_err(unreadable)?;
            }
        }
        if !audience.add(names) {
            return Ok(());
        }
        let mut bound = key();
        bound.push(SqlStorageValue::Blob(audience.shown.bytes()));
        bound.push(SqlStorageValue::Blob(audience.watched.bytes()));
        self.run(
            &format!("INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?, ?, ?)"),
            bound,
        )
        .map(|_| ())
    }

    /// How many there were. One row after the other is read: all of them may be more than an object can hold.
    fn counted(&self, question: &Question) -> Result<Counted> {
        let (statement, bound) = question.sql();
        let bound = bound.into_iter().map(SqlStorageValue::from).collect();
        let mut gathered = Gathered::default();
        for row in self.run(&statement, bound)?.raw() {
            let row = row?;
            let values = row.iter().skip(2).map(|value| text(Some(value)));
            let values = values.collect::<Result<_>>()?;
            match gathered.add(values, blob(row.first())?, blob(row.get(1))?) {
                Ok(()) => {}
                Err(NoAnswer::TooMuch) => return Ok(None),
                Err(error) => return Err(unreadable(error)),
            }
        }
        match gathered.groups() {
            Ok(groups) => Ok(Some(groups)),
            Err(NoAnswer::TooMuch) => Ok(None),
            Err(error) => Err(unreadable(error)),
        }
    }

    /// Of an order that is told again, with other lines, all films are wanted, and it is kept as long as its latest report.
    fn want(&self, visit: &Visit, wanted: &Wanted) -> Result<()> {
        let key = || -> Vec<SqlStorageValue> {
            vec![visit.visitor.as_str().into(), wanted.order.as_str().into()]
        };
        let found = self.run(
            "SELECT day, films FROM orders WHERE visitor = ? AND name = ?",
            key(),
        )?;
        let (mut day, mut films) = (visit.day, wanted.films.clone());
        if let Some(row) = found.raw().next().transpose()? {
            day = day.max(u32::try_from(number(row.first())).unwrap_or_default());
            films.extend(self::films(row.get(1))?);
        }
        let mut bound = key();
        bound.push(SqlStorageValue::Integer(day.into()));
        bound.push(serde_json::to_string(&films)?.into());
        self.run("INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?)", bound)?;
        self.run(
            &format!("DELETE FROM orders WHERE visitor = ?1 AND name > (SELECT name FROM orders WHERE visitor = ?1 ORDER BY name LIMIT 1 OFFSET {})", MOST_ORDERS - 1),
            vec![visit.visitor.as_str().into()],
        )
        .map(|_| ())
    }

    /// What the orders of these visitors are to be told.
    fn touched(&self, visits: &[Visit]) -> Result<Vec<Touched>> {
        let visitors: BTreeSet<&str> = visits.iter().map(|visit| visit.visitor.as_str()).collect();
        let mut all = Vec::new();
        for visitor in visitors {
            let orders: Vec<Vec<SqlStorageValue>> = self
                .run(
                    "SELECT name, films FROM orders WHERE visitor = ?",
                    vec![visitor.into()],
                )?
                .raw()
                .collect::<Result<_>>()?;
            if orders.is_empty() {
                continue;
            }
            let met: Vec<Touch> = self
                .run(
                    "SELECT met FROM touches WHERE visitor = ?",
                    vec![visitor.into()],
                )?
                .raw()
                .map(|row| read(row?.first()))
                .collect::<Result<_>>()?;
            for row in orders {
                let films = films(row.get(1))?;
                let touches: Vec<Touch> = met
                    .iter()
                    .filter(|touch| films.contains(&touch.video))
                    .cloned()
                    .collect();
                if !touches.is_empty() {
                    all.push(Touched {
                        order: text(row.first())?,
                        visitor: visitor.to_owned(),
                        touches,
                    });
                }
            }
        }
        Ok(all)
    }

    fn count(&self, table: &str) -> Result<i64> {
        let row = self
            .run(&format!("SELECT COUNT(*) FROM {table}"), Vec::new())?
            .raw()
            .next()
            .transpose()?;
        Ok(number(row.as_ref().and_then(|row| row.first())))
    }
}

fn unreadable(error: impl std::fmt::Display) -> worker::Error {
    failed(&format!("visitors cannot be counted: {error}"))
}

fn read(value: Option<&SqlStorageValue>) -> Result<Touch> {
    postcard::from_bytes(blob(value)?)
        .map_err(|error| failed(&format!("a touch cannot be read: {error}")))
}

fn films(value: Option<&SqlStorageValue>) -> Result<BTreeSet<String>> {
    Ok(serde_json::from_str(&text(value)?)?)
}
