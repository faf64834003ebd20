//! One JSON object a line. No personal data: no addresses, no user agents, no page addresses, no identifiers of page views.

use serde::Serialize;

/// Something an operator should see.
pub fn warn(event: &str, detail: &str) {
    let line = line("warn", event, detail);
    if cfg!(target_family = "wasm") {
        worker::console_warn!("{line}");
    }
}

/// Something an operator must see.
pub fn error(event: &str, detail: &str) {
    let line = line("error", event, detail);
    if cfg!(target_family = "wasm") {
        worker::console_error!("{line}");
    }
}

#[derive(Serialize)]
struct Line<'a> {
    level: &'a str,
    event: &'a str,
    detail: &'a str,
}

fn line(level: &str, event: &str, detail: &str) -> String {
    let line = Line {
        level,
        event,
        detail,
    };
    serde_json::to_string(&line).unwrap_or_default()
}
