//! One JSON object a line. No personal data: no addresses, no user agents, no page addresses, no identifiers of page views.

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

fn line(level: &str, event: &str, detail: &str) -> String {
    serde_json::json!({ "level": level, "event": event, "detail": detail }).to_string()
}
