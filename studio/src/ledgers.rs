//! All ledgers of all brands, and the objects of their visitors, as the rest of the studio calls them: which shard, one call each, answers added up.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::pin::pin;

use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::wasm_bindgen::JsValue;
use worker::{Env, Method, ObjectNamespace, Request, RequestInit, Response, Stub};

use crate::ledger::question::{Line, MOST_LINES, Question};
use crate::ledger::{Part, SHARDS, object_name};
use crate::ledger_do::{Asked, Told};
use crate::ledger_index_do::{Known, Now, Replay, Wanted};
use crate::problem::Problem;
use crate::tenant::Brand;
use crate::transaction::NotTaken;
use crate::visitors::question::{Gathered, MOST_GROUPS, NoAnswer};
use crate::visitors::{Visit, visits};
use crate::visitors_do::{self, Answer, Tell};
use crate::{ledger_do, ledger_index_do, visitors};

/// A worker has six connections at a time; more calls than that only wait inside the runtime.
pub(crate) const AT_ONCE: usize = 6;

thread_local! {
    /// Brands that the index knows, so far as this isolate has seen.
    static KNOWN: RefCell<HashSet<String>> = RefCell::default();
}

/// What an object is given.
#[derive(Serialize)]
struct Given<'a> {
    parts: Vec<Part>,
    replay: Option<&'a str>,
}

/// Which object: brand and shard.
type Address = (String, u8);

/// Every ledger there is.
pub struct Ledgers {
    ledgers: ObjectNamespace,
    visitors: ObjectNamespace,
    index: ObjectNamespace,
}

/// What came of telling visitors.
#[derive(Default)]
pub struct ToldVisitors {
    /// What orders are to be told, as parts of messages for the ledgers.
    pub parts: Vec<(usize, String, Part)>,
    /// Messages of which something was not taken, and why.
    pub failed: BTreeMap<usize, String>,
}

/// What one ledger takes of some messages: of which, in order, and what.
#[derive(Default)]
struct Sorted {
    messages: Vec<usize>,
    parts: Vec<Part>,
}

fn sort(parts: Vec<(usize, String, Part)>) -> BTreeMap<Address, Sorted> {
    let mut sorted: BTreeMap<Address, Sorted> = BTreeMap::new();
    for (message, brand, part) in parts {
        let of_ledger = sorted.entry((brand, part.shard())).or_default();
        of_ledger.messages.push(message);
        of_ledger.parts.push(part);
    }
    sorted
}

impl Ledgers {
    /// By the worker's bindings.
    ///
    /// # Errors
    /// When one is missing.
    pub fn of(env: &Env) -> worker::Result<Self> {
        Ok(Self {
            ledgers: env.durable_object(ledger_do::BINDING)?,
            visitors: env.durable_object(visitors_do::BINDING)?,
            index: env.durable_object(ledger_index_do::BINDING)?,
        })
    }

    /// Gives each ledger its parts: of each the message that it is of, the brand, and the part. Returns the messages of which something was not taken, with the reason.
    ///
    /// While the lake is replayed the ledgers take them twice. What goes on is asked after the rows are in the lake: a row that was written before a replay began is among those that it reads.
    pub async fn take(&self, parts: Vec<(usize, String, Part)>) -> BTreeMap<usize, String> {
        let sorted = sort(parts);
        match self.now(sorted.keys()).await {
            Ok(now) => {
                let replay = now.replay.map(|replay| replay.id);
                self.give("/take", sorted, replay.as_deref()).await
            }
            Err(error) => {
                let why = error.to_string();
                let messages = sorted.into_values().flat_map(|sorted| sorted.messages);
                messages.map(|message| (message, why.clone())).collect()
            }
        }
    }

    /// The same into what a replay rebuilds, and there alone.
    pub async fn retake(
        &self,
        parts: Vec<(usize, String, Part)>,
        replay: &str,
    ) -> worker::Result<BTreeMap<usize, String>> {
        let sorted = sort(parts);
        self.now(sorted.keys()).await?;
        Ok(self.give("/replay/take", sorted, Some(replay)).await)
    }

    /// Tells the objects of visitors what parts of messages say of them.
    pub async fn tell(&self, parts: &[(usize, String, Part)], keeps: bool) -> ToldVisitors {
        let mut sorted: BTreeMap<Address, (Vec<usize>, Vec<Visit>)> = BTreeMap::new();
        for (message, brand, part) in parts {
            for visit in visits(part) {
                let address = (brand.clone(), visit.shard());
                let (messages, of_object) = sorted.entry(address).or_default();
                messages.push(*message);
                of_object.push(visit);
            }
        }
        let mut told = ToldVisitors::default();
        let mut answers = stream::iter(sorted)
            .map(|((brand, shard), (messages, visits))| async move {
                let names: Vec<String> = visits.iter().map(|one| one.visitor.clone()).collect();
                let answer = self.tell_one(&brand, shard, &Tell { visits, keeps }).await;
                (brand, shard, messages, names, answer)
            })
            .buffer_unordered(AT_ONCE);
        while let Some((brand, shard, messages, names, answer)) = answers.next().await {
            let (touched, not_taken) = match answer {
                Ok(Answer { touched, not_taken }) => (touched, not_taken),
                Err(error) => {
                    let all = 0..messages.len();
                    (
                        Vec::new(),
                        all.map(|place| (place, error.to_string())).collect(),
                    )
                }
            };
            for (place, why) in not_taken {
                if let Some(message) = messages.get(place) {
                    let why = format!("visitors of {brand}/{shard}: {why}");
                    told.failed.insert(*message, why);
                }
            }
            // Where an order is not told, a message that names its visitor comes again, and is answered the same.
            for touched in touched {
                let of = names.iter().position(|name| *name == touched.visitor);
                if let Some(message) = of.and_then(|place| messages.get(place)) {
                    told.parts
                        .push((*message, brand.clone(), Part::Touched(touched)));
                }
            }
        }
        told
    }

    async fn tell_one(&self, brand: &str, shard: u8, told: &Tell) -> worker::Result<Answer> {
        let stub = self.visitors.get_by_name(&object_name(brand, shard))?;
        call(&stub, "/tell", Some(told)).await
    }

    async fn give(
        &self,
        call: &str,
        sorted: BTreeMap<Address, Sorted>,
        replay: Option<&str>,
    ) -> BTreeMap<usize, String> {
        let not_taken: Vec<Vec<(usize, String)>> = stream::iter(sorted)
            .map(|(address, Sorted { messages, parts })| async move {
                let given = Given { parts, replay };
                let (brand, shard) = &address;
                match self.call::<_, NotTaken>(&address, call, &given).await {
                    Ok(not_taken) => not_taken
                        .into_iter()
                        .filter_map(|(place, why)| {
                            Some((*messages.get(place)?, format!("{brand}/{shard}: {why}")))
                        })
                        .collect(),
                    Err(error) => {
                        let why = format!("{brand}/{shard}: {error}");
                        let all = messages.into_iter();
                        all.map(|message| (message, why.clone())).collect()
                    }
                }
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        not_taken.into_iter().flatten().collect()
    }

    /// What goes on. Tells the index of brands that have a ledger from now on, before their first part: what it does not know, no replay rebuilds.
    async fn now(&self, of: impl Iterator<Item = &Address>) -> worker::Result<Now> {
        let new: BTreeSet<&str> = KNOWN.with_borrow(|known| {
            of.map(|(brand, _)| brand.as_str())
                .filter(|brand| !known.contains(*brand))
                .collect()
        });
        let now = call(&self.index_stub()?, "/brands", Some(&new)).await?;
        KNOWN.with_borrow_mut(|known| known.extend(new.into_iter().map(str::to_owned)));
        Ok(now)
    }

    /// The replay that is under way.
    ///
    /// # Errors
    /// When the index does not answer.
    pub async fn replay(&self) -> worker::Result<Option<Replay>> {
        Ok(self.now(std::iter::empty()).await?.replay)
    }

    /// The figures of a brand, added up over its shards: an answer to each question, and how many snapshots came when the ledgers may have forgotten what they had of them.
    ///
    /// # Errors
    /// 400 for a question with too long an answer; 503 when a shard does not answer: a part of the truth is not the truth.
    pub async fn ask(
        &self,
        brand: &Brand,
        questions: Vec<Question>,
    ) -> Result<(Vec<Vec<Line>>, i64), Problem> {
        let asked = Asked { questions };
        let mut sums: Vec<BTreeMap<(u32, Vec<String>), Line>> =
            vec![BTreeMap::new(); asked.questions.len()];
        let mut after_watermark = 0;
        for told in self.all::<_, Told>(brand, "/figures", &asked).await? {
            after_watermark += told.after_watermark;
            for (sums, lines) in sums.iter_mut().zip(told.answers) {
                if lines.len() > MOST_LINES || sums.len() > MOST_LINES {
                    return Err(Problem::wrong(format!(
                        "the answer has more than {MOST_LINES} rows: ask for a shorter span, a longer unit of time, or by fewer dimensions"
                    )));
                }
                for line in lines {
                    match sums.get_mut(&(line.hour, line.values.clone())) {
                        Some(known) => known.sums.merge(&line.sums, 1),
                        None => {
                            sums.insert((line.hour, line.values.clone()), line);
                        }
                    }
                }
            }
        }
        let answers = sums.into_iter().map(|sums| sums.into_values().collect());
        Ok((answers.collect(), after_watermark))
    }

    /// A film's curve of attention: plays, then reach, of each hundredth. `bots` is whether machines are wanted, people, or both.
    ///
    /// # Errors
    /// When a shard does not answer.
    pub async fn attention(
        &self,
        brand: &Brand,
        video: &str,
        hours: (u32, u32),
        bots: Option<bool>,
    ) -> worker::Result<Vec<i64>> {
        let wanted = serde_json::json!({ "from_hour": hours.0, "to_hour": hours.1, "video": video, "bots": bots });
        let curves: Vec<Vec<i64>> = self.all(brand, "/attention", &wanted).await?;
        let mut sum = vec![0; curves.first().map_or(0, Vec::len)];
        for curve in &curves {
            for (sum, more) in sum.iter_mut().zip(curve) {
                *sum += more;
            }
        }
        Ok(sum)
    }

    /// What the index knows beside a brand's figures.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn known(&self, brand: &Brand, hours: (u32, u32)) -> worker::Result<Known> {
        let brand = brand.slug().to_owned();
        let wanted = Wanted { brand, hours };
        call(&self.index_stub()?, "/known", Some(&wanted)).await
    }

    /// How many different visitors a brand had, put together of its shards.
    ///
    /// # Errors
    /// 400 for a question with too long an answer; 503 when a shard does not answer: a part of the truth is not the truth.
    pub async fn visitors(
        &self,
        brand: &Brand,
        question: &visitors::question::Question,
    ) -> Result<Gathered, Problem> {
        let mut gathered = Gathered::default();
        let mut answers = pin!(each(&self.visitors, brand, "/count", question));
        // One after the other as they come: sketches are large.
        while let Some(answer) = answers.next().await {
            let answer: visitors_do::Counted = answer?;
            let heard = answer
                .ok_or(NoAnswer::TooMuch)
                .and_then(|groups| gathered.hear(groups));
            heard.map_err(|error| match error {
                NoAnswer::TooMuch => Problem::wrong(format!(
                    "the answer is too large, or takes too long (at most {MOST_GROUPS} rows): ask for a shorter span, by fewer dimensions, or for some shops or videos alone"
                )),
                error => worker::Error::RustError(error.to_string()).into(),
            })?;
        }
        Ok(gathered)
    }

    async fn all<Q: Serialize, A: DeserializeOwned>(
        &self,
        brand: &Brand,
        path: &str,
        question: &Q,
    ) -> worker::Result<Vec<A>> {
        let answers: Vec<worker::Result<A>> =
            each(&self.ledgers, brand, path, question).collect().await;
        answers.into_iter().collect()
    }

    async fn call<Q: Serialize, A: DeserializeOwned>(
        &self,
        (brand, shard): &Address,
        path: &str,
        body: &Q,
    ) -> worker::Result<A> {
        let stub = self.ledgers.get_by_name(&object_name(brand, *shard))?;
        call(&stub, path, Some(body)).await
    }

    pub(crate) fn index_stub(&self) -> worker::Result<Stub> {
        self.index.get_by_name(ledger_index_do::NAME)
    }
}

/// The answers of a brand's objects to one call, in their order.
fn each<'a, Q: Serialize, A: DeserializeOwned + 'a>(
    objects: &'a ObjectNamespace,
    brand: &'a Brand,
    path: &'a str,
    question: &'a Q,
) -> impl Stream<Item = worker::Result<A>> + 'a {
    stream::iter(0..SHARDS)
        .map(move |shard| async move {
            let stub = objects.get_by_name(&object_name(brand.slug(), shard))?;
            call(&stub, path, Some(question)).await
        })
        .buffered(AT_ONCE)
}

/// One call of an object: a body or none, JSON both ways; an answer without a body is `null`.
///
/// # Errors
/// When the object is out of reach or says that it failed.
pub(crate) async fn call<Q: Serialize, A: DeserializeOwned>(
    stub: &Stub,
    path: &str,
    body: Option<&Q>,
) -> worker::Result<A> {
    let mut init = RequestInit::new();
    if let Some(body) = body {
        let body = serde_json::to_string(body)?;
        init.with_method(Method::Post)
            .with_body(Some(JsValue::from_str(&body)));
    }
    // The host is never looked up.
    let request = Request::new_with_init(&format!("http://object{path}"), &init)?;
    let mut response: Response = stub.fetch_with_request(request).await?;
    let text = response.text().await?;
    if response.status_code() >= 400 {
        return Err(worker::Error::RustError(format!(
            "{path} was answered {}: {}",
            response.status_code(),
            text.chars().take(300).collect::<String>()
        )));
    }
    let text = if text.is_empty() { "null" } else { &text };
    Ok(serde_json::from_str(text)?)
}
