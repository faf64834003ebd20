//! The `Live` Durable Object: one shard of one brand. The edge tells it of beacons, dashboards watch it through WebSockets.
//!
//! | inside | |
//! |---|---|
//! | `POST /told` | what the edge tells of one beacon ([`Told`]) |
//! | `GET /state` | what is shown now, as JSON |
//! | `GET /watch` with `Upgrade: websocket` | the same at once and with every change, at most ten times a second |
//! | `GET /alarm` | when the object wakes by itself: `null` while nobody watches |
//!
//! Sockets hibernate: while nothing changes the object is not in memory, and nothing is paid for. Timers run only while somebody watches; what is shown
//! changes by time alone as well, and for that there is one alarm, at the next moment at which it does.
//!
//! What was counted is kept in SQLite for an hour, a row for all of a beacon that counted something, since an object may be evicted at any moment: what it knew is
//! made again from these rows.

#![allow(
    missing_docs,
    reason = "the macro makes methods of the runtime's handlers"
)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use worker::{
    DurableObject, Env, Method, Request, Response, Result, SqlStorageValue, State, WebSocket,
    WebSocketIncomingMessage, WebSocketPair, WebSocketRequestResponsePair, durable_object,
};

use crate::live::pace::{Pace, When};
use crate::live::told::Told;
use crate::live::{Counted, Live as Memory, REMEMBERED_MS};

/// The class's binding.
pub const BINDING: &str = "LIVE";

/// The subprotocol that a browser's client offers beside its token, and that is spoken.
pub const SUBPROTOCOL: &str = "shelfreel.v1";

/// One shard may be watched by so many: each message goes to every one of them, ten times a second at most.
const WATCHERS: usize = 500;

/// What is kept of what was counted.
const SCHEMA: &str =
    "CREATE TABLE IF NOT EXISTS counted (at_ms INTEGER NOT NULL, counted TEXT NOT NULL)";

/// One shard of one brand, live.
#[durable_object]
pub struct Live {
    inner: Rc<Inner>,
}

struct Inner {
    state: State,
    /// Made again from what was kept, when it is first needed.
    memory: RefCell<Option<Memory>>,
    pace: RefCell<Pace>,
    alarm_ms: Cell<Option<u64>>,
    pruned_ms: Cell<u64>,
}

impl DurableObject for Live {
    fn new(state: State, _env: Env) -> Self {
        // So that a client learns that its connection is dead, and the object need not wake for it.
        if let Ok(pair) = WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        Self {
            inner: Rc::new(Inner {
                state,
                memory: RefCell::default(),
                pace: RefCell::default(),
                alarm_ms: Cell::new(None),
                pruned_ms: Cell::new(0),
            }),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let path = request.path();
        match (request.method(), path.as_str()) {
            (Method::Post, "/told") => match Told::parse(&request.text().await?) {
                Ok(told) => self.inner.hear(&told).await,
                Err(why) => Response::error(why, 400),
            },
            (Method::Get, "/state") => {
                let now_ms = now_ms();
                self.inner
                    .with(|memory| Response::from_json(&memory.state(now_ms)))?
            }
            (Method::Get, "/watch") => self.inner.watch(&request).await,
            (Method::Get, "/alarm") => {
                Response::from_json(&self.inner.state.storage().get_alarm().await?)
            }
            _ => Response::error("there are /told, /state, /watch and /alarm", 404),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        self.inner.alarm_ms.set(None);
        self.inner.changed().await?;
        Response::empty()
    }

    /// Whoever watches has nothing to say.
    async fn websocket_message(&self, _: WebSocket, _: WebSocketIncomingMessage) -> Result<()> {
        Ok(())
    }

    async fn websocket_close(&self, socket: WebSocket, _: usize, _: String, _: bool) -> Result<()> {
        // The other side waits for the answer; there is none to give when it is gone already.
        let _ = socket.close(Some(1000), Some(""));
        self.inner.left().await
    }

    async fn websocket_error(&self, _: WebSocket, _: worker::Error) -> Result<()> {
        self.inner.left().await
    }
}

impl Inner {
    /// Reads or changes the memory. Never over an `await`: that is why this takes a closure.
    fn with<T>(&self, work: impl FnOnce(&mut Memory) -> T) -> Result<T> {
        let mut memory = self.memory.borrow_mut();
        let memory = match &mut *memory {
            Some(memory) => memory,
            none => none.insert(self.recall()?),
        };
        Ok(work(memory))
    }

    /// The memory as it was before the object was evicted.
    fn recall(&self) -> Result<Memory> {
        #[derive(serde::Deserialize)]
        struct Row {
            counted: String,
        }
        let sql = self.state.storage().sql();
        sql.exec(SCHEMA, None)?;
        let now_ms = now_ms();
        let since = number(now_ms.saturating_sub(REMEMBERED_MS));
        let rows = sql.exec(
            "SELECT counted FROM counted WHERE at_ms >= ? ORDER BY at_ms, rowid",
            vec![since],
        )?;
        let mut memory = Memory::default();
        for row in rows.next::<Row>() {
            match serde_json::from_str::<Counted>(&row?.counted) {
                Ok(counted) => memory.recall(counted, now_ms),
                Err(error) => log("live_unreadable", &error.to_string()),
            }
        }
        Ok(memory)
    }

    async fn hear(self: &Rc<Self>, told: &Told) -> Result<Response> {
        let now_ms = now_ms();
        let heard = self.with(|memory| memory.hear(told, now_ms))?;
        if !heard.counted.more.is_empty() {
            self.keep(&heard.counted, now_ms)?;
        }
        if heard.changed {
            self.changed().await?;
        }
        Ok(Response::empty()?.with_status(204))
    }

    fn keep(&self, counted: &Counted, now_ms: u64) -> Result<()> {
        let sql = self.state.storage().sql();
        let json = serde_json::to_string(counted)?;
        sql.exec(
            "INSERT INTO counted (at_ms, counted) VALUES (?, ?)",
            vec![number(counted.at_ms), json.into()],
        )?;
        // Once a minute: each row that is deleted is paid for either way, but a statement for each beacon need not be.
        if now_ms.saturating_sub(self.pruned_ms.get()) >= 60_000 {
            self.pruned_ms.set(now_ms);
            let until = number(now_ms.saturating_sub(REMEMBERED_MS));
            sql.exec("DELETE FROM counted WHERE at_ms < ?", vec![until])?;
        }
        Ok(())
    }

    async fn watch(self: &Rc<Self>, request: &Request) -> Result<Response> {
        if self.state.get_websockets().len() >= WATCHERS {
            return Response::error(format!("{WATCHERS} watch this already"), 503);
        }
        let now_ms = now_ms();
        let snapshot = self.with(|memory| serde_json::to_string(&memory.state(now_ms)))??;
        let pair = WebSocketPair::new()?;
        self.state.accept_web_socket(&pair.server);
        pair.server.send_with_str(snapshot)?;
        self.wake_in_time().await?;
        let response = Response::from_websocket(pair.client)?;
        // A server must not choose what was not offered.
        let offered = request.headers().get("sec-websocket-protocol")?;
        if offered.is_some_and(|all| all.split(',').any(|one| one.trim() == SUBPROTOCOL)) {
            response
                .headers()
                .set("sec-websocket-protocol", SUBPROTOCOL)?;
        }
        Ok(response)
    }

    /// Tells those who watch, now or as soon as the pace allows.
    async fn changed(self: &Rc<Self>) -> Result<()> {
        if !self.is_watched() {
            return Ok(());
        }
        let when = self.pace.borrow_mut().changed(now_ms());
        self.speak(when).await
    }

    async fn speak(self: &Rc<Self>, when: When) -> Result<()> {
        match when {
            When::Now => {
                self.tell()?;
                self.wake_in_time().await
            }
            When::After(wait_ms) => {
                let inner = Rc::clone(self);
                self.state.wait_until(async move {
                    let mut wait_ms = wait_ms;
                    loop {
                        worker::Delay::from(Duration::from_millis(wait_ms)).await;
                        let when = inner.pace.borrow_mut().waited(now_ms());
                        if let When::After(more_ms) = when {
                            wait_ms = more_ms;
                            continue;
                        }
                        let told = inner.tell();
                        if let Err(error) = told.and(inner.wake_in_time().await) {
                            log("live_not_told", &error.to_string());
                        }
                        break;
                    }
                });
                Ok(())
            }
            When::Waiting => Ok(()),
        }
    }

    fn tell(&self) -> Result<()> {
        let now_ms = now_ms();
        let message = self.with(|memory| serde_json::to_string(&memory.state(now_ms)))??;
        for socket in self.state.get_websockets() {
            // One that is closing hears no more; the others do.
            let _ = socket.send_with_str(&message);
        }
        Ok(())
    }

    /// Sees to it that the object wakes when what is shown changes by time alone, and only then.
    async fn wake_in_time(&self) -> Result<()> {
        let now_ms = now_ms();
        let next_ms = match self.is_watched() {
            true => self.with(|memory| memory.next_change_ms(now_ms))?,
            false => None,
        };
        if next_ms == self.alarm_ms.get() {
            return Ok(());
        }
        self.alarm_ms.set(next_ms);
        let storage = self.state.storage();
        match next_ms {
            Some(next_ms) => {
                let wait_ms = next_ms.saturating_sub(now_ms);
                storage
                    .set_alarm(i64::try_from(wait_ms).unwrap_or(i64::MAX))
                    .await
            }
            None => storage.delete_alarm().await,
        }
    }

    /// One who watched has gone.
    async fn left(&self) -> Result<()> {
        if self.is_watched() {
            return Ok(());
        }
        self.alarm_ms.set(None);
        self.state.storage().delete_alarm().await
    }

    fn is_watched(&self) -> bool {
        const OPEN: u16 = 1;
        let sockets = self.state.get_websockets();
        sockets
            .iter()
            .any(|socket| socket.as_ref().ready_state() == OPEN)
    }
}

fn now_ms() -> u64 {
    worker::Date::now().as_millis()
}

/// SQLite's integers are signed; the clock is far from their end.
fn number(ms: u64) -> SqlStorageValue {
    SqlStorageValue::Integer(i64::try_from(ms).unwrap_or(i64::MAX))
}

fn log(event: &str, detail: &str) {
    worker::console_error!(
        "{}",
        serde_json::json!({ "level": "error", "event": event, "detail": detail })
    );
}
