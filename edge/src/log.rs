//! One JSON object a line. No personal data: no addresses, no user agents, no page addresses, no identifiers of page views.

/// Something an operator should see.
pub fn warn(event: &str, detail: &str) {
    write("warn", event, detail);
}

/// Something an operator must see.
pub fn error(event: &str, detail: &str) {
    write("error", event, detail);
}

fn write(level: &str, event: &str, detail: &str) {
    let line = serde_json::json!({ "level": level, "event": event, "detail": detail }).to_string();
    if cfg!(target_family = "wasm") {
        worker::console_log!("{line}");
    } else {
        let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{line}\n").as_bytes());
    }
}
