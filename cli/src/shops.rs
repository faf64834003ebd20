//! Shops come as JSON Lines: `id`, `name`, `origins`, `market`, `languages`, `age`.

use std::collections::HashSet;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;
use shelfreel_matching::catalogue::{MOST_AGE, Refusal};
use shelfreel_matching::look_up::is_shop_id;
use shelfreel_matching::projection::{self, Piece};
use shelfreel_matching::quote::shorten;
use shelfreel_matching::record::{ShopValue, VERSION};
use shelfreel_matching::{Language, Market};

use crate::feed::{BadFeed, LineEnds, next_line, open_file};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShopRow {
    id: String,
    #[serde(default)]
    name: String,
    origins: Vec<String>,
    #[serde(default)]
    market: Option<String>,
    languages: Vec<String>,
    #[serde(default)]
    age: u8,
}

/// Reads a file of shops: each as the piece of its key with its line, or why it is refused.
pub(crate) fn read(path: &Path) -> Result<Vec<Result<Piece, Vec<Refusal>>>, BadFeed> {
    let name = path.display().to_string();
    let mut reader = BufReader::new(LineEnds::new(open_file(path)?));
    let mut line = 0;
    let mut keys = HashSet::new();
    let mut shops: Vec<Result<Piece, Vec<Refusal>>> = Vec::new();
    loop {
        let text = next_line(&mut reader, &mut line).map_err(|reason| BadFeed::Line {
            path: name.clone(),
            line,
            reason,
        })?;
        let Some(text) = text else { return Ok(shops) };
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let mut shop = shop(&text, line);
        if let Ok(piece) = &shop
            && !keys.insert(piece.key.clone())
        {
            shop = Err(vec![Refusal {
                line,
                column: None,
                reason: format!("{} is there twice", piece.key),
            }]);
        }
        shops.push(shop);
    }
}

fn shop(text: &[u8], line: u64) -> Result<Piece, Vec<Refusal>> {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let refusal = |reason: String| Refusal {
        line,
        column: None,
        reason,
    };
    let row: ShopRow = serde_json::from_slice(text)
        .map_err(|error| vec![refusal(format!("is no shop: {error}"))])?;
    let mut faults = Vec::new();
    if !is_shop_id(&row.id) {
        faults.push(format!(
            "id: {} is not shop_ and 4 to 32 of a-z 0-9",
            shorten(&row.id)
        ));
    }
    faults.extend(row.origins.iter().filter_map(|origin| bad_origin(origin)));
    if row.origins.is_empty() {
        faults.push(
            "origins: is empty, so that no page could ask: write [\"*\"] for every page".to_owned(),
        );
    }
    let market = row.market.as_deref().filter(|market| !market.is_empty());
    if let Some(market) = market
        && Market::parse(market).is_none()
    {
        faults.push(format!(
            "market: {} is no country of ISO 3166-1: write two letters, such as NL",
            shorten(market)
        ));
    }
    let mut languages = Vec::new();
    for tag in &row.languages {
        match Language::parse(tag) {
            Ok(language) => languages.push(language.to_string()),
            Err(error) => faults.push(format!("languages: {error}")),
        }
    }
    if row.age > MOST_AGE {
        faults.push(format!("age: {} is not from 0 to {MOST_AGE}", row.age));
    }
    if !faults.is_empty() {
        return Err(faults.into_iter().map(refusal).collect());
    }
    let value = ShopValue {
        v: VERSION,
        name: row.name,
        origins: row.origins,
        market: market
            .and_then(Market::parse)
            .map(|market| market.to_string()),
        languages,
        age: row.age,
    };
    let piece =
        projection::shop(&row.id, &value).map_err(|error| vec![refusal(error.to_string())])?;
    Ok(Piece {
        place: (0, line),
        ..piece
    })
}

/// What is wrong with an origin: it is a scheme, a host and perhaps a port, as a browser sends it.
fn bad_origin(origin: &str) -> Option<String> {
    if origin == "*" {
        return None;
    }
    let host = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    let right = host.is_some_and(|host| {
        !host.is_empty()
            && host.bytes().all(
                |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b':' | b'[' | b']'),
            )
    });
    (!right).then(|| format!("origins: {} is no origin: write https://shop.example, in lower case and without a path", shorten(origin)))
}
