//! The consumer of playback: writes each batch into the lake, then acknowledges message by message.
//!
//! What could not be written is retried; what is no row is handed to the dead-letter queue at once, whose consumer keeps it in R2 under
//! `dead/` as it is. A row that was tried so long that the platform moved it there is still a row: it goes into the lake. A crash between
//! writing and acknowledging only writes the same object again.

use worker::{
    Bucket, Env, MessageBatch, MessageExt, Queue, QueueContentType, RawMessage, RawMessageBuilder,
};

use crate::lake::{self, Sorted};

/// The dead-letter queue's name ends so, whatever prefix an operator gives the queues.
const DEAD_QUEUE: &str = "-dead";

/// The dead-letter queue as a producer's binding.
pub const DEAD_LETTERS: &str = "DEAD_LETTERS";

/// Keeps a batch, and settles every message of it: the platform takes for done what a handler that returns has not settled.
pub async fn consume(batch: MessageBatch<serde_json::Value>, env: &Env) {
    // By `raw_iter`: through the typed one, a body that does not deserialise is acknowledged and lost.
    let messages: Vec<RawMessage> = batch.raw_iter().collect();
    let bucket = match env.bucket(lake::BINDING) {
        Ok(bucket) => bucket,
        Err(error) => {
            worker::console_error!("{}", log_line("missing_binding", &error.to_string()));
            return batch.retry_all();
        }
    };
    let no_rows = write_lake(&bucket, &messages).await;
    if no_rows.is_empty() {
        return;
    }
    let dead = batch.queue().ends_with(DEAD_QUEUE);
    let letters = env.queue(DEAD_LETTERS);
    for (message, why) in no_rows {
        let kept = match &letters {
            _ if dead => keep_dead(&bucket, message).await,
            Ok(letters) => {
                worker::console_error!("{}", log_line("dead_letter", &why));
                hand_on(letters, message).await
            }
            Err(error) => Err(error.to_string()),
        };
        settle(message, kept);
    }
}

/// Writes what are rows and settles them; returns the others, with the reason.
async fn write_lake<'m>(
    bucket: &Bucket,
    messages: &'m [RawMessage],
) -> Vec<(&'m RawMessage, String)> {
    let rows: Vec<Option<String>> = messages
        .iter()
        .map(|message| message.body().as_string())
        .collect();
    let mut sorted = Sorted::default();
    let mut no_rows = Vec::new();
    for (place, (message, row)) in messages.iter().zip(&rows).enumerate() {
        let added = match row {
            Some(row) => sorted.add(place, row).map_err(|error| error.to_string()),
            None => Err("the message's body is no text".to_owned()),
        };
        if let Err(why) = added {
            no_rows.push((message, why));
        }
    }
    let objects = match sorted.into_objects() {
        Ok(objects) => objects,
        Err(error) => {
            messages
                .iter()
                .for_each(|message| settle(message, Err(error.to_string())));
            return Vec::new();
        }
    };
    for object in objects {
        let written = bucket
            .put(object.key, object.bytes)
            .execute()
            .await
            .map(|_| ())
            .map_err(|error| error.to_string());
        for message in object
            .messages
            .iter()
            .filter_map(|place| messages.get(*place))
        {
            settle(message, written.clone());
        }
    }
    no_rows
}

async fn hand_on(letters: &Queue, message: &RawMessage) -> Result<(), String> {
    let body = text(message)?;
    let letter =
        RawMessageBuilder::new(body.into()).build_with_content_type(QueueContentType::Text);
    letters
        .send_raw(letter)
        .await
        .map_err(|error| error.to_string())
}

/// A dead letter is kept as it came, under the hour in which it was sent.
async fn keep_dead(bucket: &Bucket, message: &RawMessage) -> Result<(), String> {
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
