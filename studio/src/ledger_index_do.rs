//! Which brands have a ledger, and whether the lake is being replayed into them: one Durable Object for all.

#![allow(
    missing_docs,
    reason = "what the macro `durable_object` makes has none"
)]

use serde::{Deserialize, Serialize};
use worker::{
    DurableObject, Env, Method, Request, Response, Result, SqlStorageValue, State, durable_object,
};

use crate::ledger::{SHARDS, object_name};
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
    /// Begin it in every ledger.
    Begin(Replay),
    /// Put what was rebuilt in the place of what was there.
    Finish(String),
    /// Give it up.
    GiveUp(String),
    /// Whether it is the one.
    Is(String),
}

/// What came of a [`Step`].
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done, in so many ledgers.
    Done(usize),
    /// Another replay is under way.
    Busy(Replay),
    /// There is no such replay.
    Unknown,
}

/// The index.
#[durable_object]
pub struct LedgerIndex {
    state: State,
    env: Env,
}

impl DurableObject for LedgerIndex {
    fn new(state: State, env: Env) -> Self {
        Self { state, env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        self.state.storage().sql().exec(
            "CREATE TABLE IF NOT EXISTS brands (brand TEXT PRIMARY KEY) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS replay (id TEXT PRIMARY KEY, from_hour INTEGER, to_hour INTEGER) WITHOUT ROWID;",
            None,
        )?;
        match (request.method(), request.path().as_str()) {
            (Method::Post, "/brands") => {
                let brands: Vec<String> = request.json().await?;
                self.introduce(&brands).await?;
                Response::empty()
            }
            (Method::Get, "/brands") => Response::from_json(&self.brands()?),
            (Method::Post, "/replay") => {
                let step: Step = request.json().await?;
                Response::from_json(&self.step(step).await?)
            }
            _ => Response::error("no such call", 404),
        }
    }
}

impl LedgerIndex {
    /// A brand whose first beacon comes while the lake is replayed is rebuilt with the others.
    async fn introduce(&self, brands: &[String]) -> Result<()> {
        for brand in brands {
            if self.brands()?.contains(brand) {
                continue;
            }
            if self.replay()?.is_some() {
                self.tell(brand, "/replay/begin", None).await?;
            }
            self.state.storage().sql().exec(
                "INSERT OR IGNORE INTO brands VALUES (?)",
                vec![brand.as_str().into()],
            )?;
        }
        Ok(())
    }

    fn brands(&self) -> Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Row {
            brand: String,
        }
        let rows: Vec<Row> = self
            .state
            .storage()
            .sql()
            .exec("SELECT brand FROM brands ORDER BY brand", None)?
            .to_array()?;
        Ok(rows.into_iter().map(|row| row.brand).collect())
    }

    fn replay(&self) -> Result<Option<Replay>> {
        let rows: Vec<Replay> = self
            .state
            .storage()
            .sql()
            .exec("SELECT id, from_hour, to_hour FROM replay", None)?
            .to_array()?;
        Ok(rows.into_iter().next())
    }

    async fn step(&self, step: Step) -> Result<Outcome> {
        let open = self.replay()?;
        let (id, call) = match step {
            Step::Begin(replay) => {
                if let Some(open) = open {
                    return Ok(Outcome::Busy(open));
                }
                // First the note, then the ledgers: a replay that only half began is there to be given up.
                self.state.storage().sql().exec(
                    "INSERT INTO replay VALUES (?, ?, ?)",
                    vec![
                        replay.id.as_str().into(),
                        SqlStorageValue::Integer(replay.from_hour.into()),
                        SqlStorageValue::Integer(replay.to_hour.into()),
                    ],
                )?;
                return Ok(Outcome::Done(self.tell_all("/replay/begin", None).await?));
            }
            Step::Is(id) => {
                let is = open.is_some_and(|open| open.id == id);
                return Ok(if is {
                    Outcome::Done(0)
                } else {
                    Outcome::Unknown
                });
            }
            Step::Finish(id) => (id, "/replay/finish"),
            Step::GiveUp(id) => (id, "/replay/drop"),
        };
        let Some(open) = open.filter(|open| open.id == id) else {
            return Ok(Outcome::Unknown);
        };
        let ledgers = self.tell_all(call, Some(&open)).await?;
        // Last the note: where a ledger failed, the same call is made again. One that was done already has nothing left to swap in.
        self.state
            .storage()
            .sql()
            .exec("DELETE FROM replay", None)?;
        Ok(Outcome::Done(ledgers))
    }

    async fn tell_all(&self, call: &str, body: Option<&Replay>) -> Result<usize> {
        let brands = self.brands()?;
        for brand in &brands {
            self.tell(brand, call, body).await?;
        }
        Ok(brands.len() * usize::from(SHARDS))
    }

    async fn tell(&self, brand: &str, call: &str, body: Option<&Replay>) -> Result<()> {
        let namespace = self.env.durable_object(ledger_do::BINDING)?;
        for shard in 0..SHARDS {
            let stub = namespace.get_by_name(&object_name(brand, shard))?;
            let body = serde_json::to_value(body)?;
            let _: serde_json::Value = ledgers::call(&stub, call, Some(&body)).await?;
        }
        Ok(())
    }
}
