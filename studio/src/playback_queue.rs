//! The consumer of playback: writes each batch into the lake, then acknowledges message by message.
//!
//! What could not be written comes again (the queue redelivers); what is no row comes again until its tries are used up and then goes,
//! alone, to the dead-letter queue, whose consumer keeps it in R2 under `dead/` as it is. A crash between writing and acknowledging only
//! writes the same object again.

use shelfreel_playback::hour;
use worker::{Bucket, Env, MessageBatch, MessageExt, RawMessage};

use crate::lake::{self, Sorted};

/// The dead-letter queue's name ends so, whatever prefix an operator gives the queues.
const DEAD_LETTERS: &str = "-dead";

/// Keeps a batch. Never fails as a whole: what is not acknowledged is delivered again.
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
    if batch.queue().ends_with(DEAD_LETTERS) {
        for message in &messages {
            settle(message, keep_dead(&bucket, message).await);
        }
    } else {
        write_lake(&bucket, &messages).await;
    }
}

async fn write_lake(bucket: &Bucket, messages: &[RawMessage]) {
    let rows: Vec<Option<String>> = messages
        .iter()
        .map(|message| message.body().as_string())
        .collect();
    let mut sorted = Sorted::default();
    for (place, (message, row)) in messages.iter().zip(&rows).enumerate() {
        let added = match row {
            Some(row) => sorted.add(place, row).map_err(|error| error.to_string()),
            None => Err("the message's body is no text".to_owned()),
        };
        if let Err(why) = added {
            settle(message, Err(why));
        }
    }
    let objects = match sorted.into_objects() {
        Ok(objects) => objects,
        // Nothing was acknowledged: every row comes again.
        Err(error) => {
            return worker::console_error!(
                "{}",
                log_line("lake_not_compressed", &error.to_string())
            );
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
}

/// A dead letter is kept as it came: its body as JSON text, under the hour in which it was sent.
async fn keep_dead(bucket: &Bucket, message: &RawMessage) -> Result<(), String> {
    let body = message.body();
    let text = body
        .as_string()
        .or_else(|| js_text(&body))
        .ok_or("the body has no text form")?;
    let sent_at_ms = message.timestamp().as_millis();
    let key = format!("dead/{}/{}.json", hour(sent_at_ms), message.id());
    bucket
        .put(key, text.into_bytes())
        .execute()
        .await
        .map(|_| ())
        .map_err(|error| error.to_string())
}

fn js_text(value: &worker::wasm_bindgen::JsValue) -> Option<String> {
    worker::js_sys::JSON::stringify(value)
        .ok()
        .map(String::from)
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
