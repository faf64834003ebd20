//! What kind of device a request comes from, by its user agent, which is then forgotten.
//!
//! Coarse on purpose: five classes are what figures are read by, and no more than that is kept of a shopper's device.

/// The class of a device, by its name on the wire: `phone`, `tablet`, `computer`, `tv`, `bot` or `unknown`.
#[must_use]
pub fn class(user_agent: &str) -> &'static str {
    let agent = user_agent.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| agent.contains(word));
    match () {
        () if agent.is_empty() => "unknown",
        // `bot` at a word's end: there are phones called CUBOT.
        () if says(&[
            "bot/",
            "bot;",
            "bot)",
            "bots",
            "crawl",
            "spider",
            "headless",
            "lighthouse",
        ]) =>
        {
            "bot"
        }
        () if says(&[
            "smart-tv",
            "smarttv",
            "appletv",
            "googletv",
            "hbbtv",
            "web0s",
            "tizen; tv",
            "crkey",
            "aftb",
            "aftt",
        ]) =>
        {
            "tv"
        }
        // Android without `Mobile` is a tablet (Chrome's own advice to developers).
        () if says(&["ipad", "tablet", "kindle", "silk/"])
            || (agent.contains("android") && !agent.contains("mobile")) =>
        {
            "tablet"
        }
        () if says(&["iphone", "ipod", "mobile", "android"]) => "phone",
        () if says(&["windows nt", "macintosh", "x11", "cros "]) => "computer",
        () => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::class;

    #[test]
    fn devices_are_told_apart_by_what_they_say() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1",
                "phone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile Safari/537.36",
                "phone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36",
                "tablet",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0",
                "computer",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15",
                "computer",
            ),
            (
                "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 Chrome/120.0 Safari/537.36",
                "tv",
            ),
            (
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                "bot",
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile Safari/537.36",
                "phone",
            ),
            ("", "unknown"),
            ("curl/8.0", "unknown"),
        ] {
            assert_eq!(class(agent), expected, "{agent}");
        }
    }
}
