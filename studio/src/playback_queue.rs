//! The consumer of playback: keeps each batch (`rows.rs`: the lake, then the ledgers), then settles message by message.
//!
//! What could not be kept is retried; what is no row is handed to the dead-letter queue at once, whose consumer keeps it in R2 under
//! `dead/` as it is. A row that was tried so long that the platform moved it there is still a row: it goes its way. A crash between any two
//! steps only makes the same steps again.

use worker::{
    Bucket, Env, MessageBatch, MessageExt, Queue, QueueContentType, RawMessage, RawMessageBuilder,
};

use crate::lake;
use crate::rows::{self, Outcome};

/// The dead-letter queue's name ends so, whatever prefix an operator gives the queues.
const DEAD_QUEUE: &str = "-dead";

/// The dead-letter queue as a producer's binding.
pub const DEAD_LETTERS: &str = "DEAD_LETTERS";

/// Keeps a batch, and settles every message of it: the platform takes for done what a handler that returns has not settled.
pub async fn consume(batch: MessageBatch<serde_json::Value>, env: &Env) {
    // By `raw_iter`: through the typed one, a body that does not deserialise is acknowledged and lost.
    let messages: Vec<RawMessage> = batch.raw_iter().collect();
    let bodies: Vec<Option<String>> = messages
        .iter()
        .map(|message| message.body().as_string())
        .collect();
    // What is no text is no row.
    let lines: Vec<&str> = bodies
        .iter()
        .map(|body| body.as_deref().unwrap_or_default())
        .collect();
    let dead = batch.queue().ends_with(DEAD_QUEUE);
    for (message, outcome) in messages.iter().zip(rows::keep(env, &lines).await) {
        let kept = match outcome {
            Outcome::Kept => Ok(()),
            Outcome::Failed(why) => Err(why),
            Outcome::NoRow(_) if dead => keep_dead(env, message).await,
            Outcome::NoRow(why) => {
                worker::console_error!("{}", log_line("dead_letter", &why));
                hand_on(env, message).await
            }
        };
        settle(message, kept);
    }
}

async fn hand_on(env: &Env, message: &RawMessage) -> Result<(), String> {
    let letters: Queue = env.queue(DEAD_LETTERS).map_err(|error| error.to_string())?;
    let body = text(message)?;
    let letter =
        RawMessageBuilder::new(body.into()).build_with_content_type(QueueContentType::Text);
    letters
        .send_raw(letter)
        .await
        .map_err(|error| error.to_string())
}

/// A dead letter is kept as it came, under the hour in which it was sent.
async fn keep_dead(env: &Env, message: &RawMessage) -> Result<(), String> {
    let bucket: Bucket = env
        .bucket(lake::BINDING)
        .map_err(|error| error.to_string())?;
    let hour = shelfreel_playback::hour(message.timestamp().as_millis());
    let key = format!("dead/{hour}/{}.json", message.id());
    bucket
        .put(key, text(message)?.into_bytes())
        .execute()
        .await
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// The body as text: as it is, or as JSON.
fn text(message: &RawMessage) -> Result<String, String> {
    let body = message.body();
    let json = || {
        worker::js_sys::JSON::stringify(&body)
            .ok()
            .and_then(|json| json.as_string())
    };
    body.as_string()
        .or_else(json)
        .ok_or_else(|| "the body has no text form".to_owned())
}

fn settle(message: &RawMessage, kept: Result<(), String>) {
    match kept {
        Ok(()) => message.ack(),
        Err(why) => {
            worker::console_error!("{}", log_line("message_not_kept", &why));
            message.retry();
        }
    }
}

/// The log says what happened, never what was in a message.
fn log_line(event: &str, detail: &str) -> String {
    serde_json::json!({ "level": "error", "event": event, "detail": detail }).to_string()
}
