//! What shops asked for, as one table an hour: the edge writes an object for each isolate and minute (docs/wire.md, "Demand"), of which many say the same.

use serde::{Deserialize, Serialize};

use super::parquet::{Cell, Row, Writer};
use super::{Lake, Object, text};
use crate::Error;
use crate::sorter::{Piece, Sorter};

pub(crate) const TABLE: &str = "demand";

/// What was asked for at one shop in one language, and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Asked {
    code: String,
    language: String,
    shop: String,
    /// Whose films are published for the code: none where nobody has published any.
    #[serde(default)]
    brand: Option<String>,
    /// Why there was none: none where a film was found.
    #[serde(default)]
    why: Option<String>,
    /// Whether each of these stands for its look-up: it was the first of the brand that was found.
    #[serde(default)]
    look_up: bool,
}

/// One line, and one row: how often, and in which time it was told.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Line {
    v: u32,
    #[serde(flatten)]
    asked: Asked,
    from_ms: u64,
    to_ms: u64,
    count: u64,
}

impl Line {
    fn cells(&self) -> Row {
        let Asked {
            code,
            language,
            shop,
            brand,
            why,
            look_up,
        } = &self.asked;
        vec![
            ("code", Cell::Text(code.clone())),
            ("language", Cell::Text(language.clone())),
            ("shop", Cell::Text(shop.clone())),
            ("brand", Cell::MaybeText(brand.clone())),
            ("why", Cell::MaybeText(why.clone())),
            ("look_up", Cell::Bool(*look_up)),
            ("from_ms", Cell::Int(self.from_ms)),
            ("to_ms", Cell::Int(self.to_ms)),
            ("count", Cell::Int(self.count)),
        ]
    }
}

impl Piece for Line {
    fn bytes(&self) -> usize {
        let Asked {
            code,
            language,
            shop,
            brand,
            why,
            ..
        } = &self.asked;
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        code.len() + language.len() + shop.len() + length(brand) + length(why)
    }
}

/// Adds up an hour's lines: the table, and how many lines could not be read. None where there is no object: an hour in which nobody asked has no table.
pub(crate) fn table(lake: &dyn Lake, inputs: &[Object]) -> Result<Option<(Writer, u64)>, Error> {
    if inputs.is_empty() {
        return Ok(None);
    }
    let mut unreadable = 0_u64;
    let mut lines = Sorter::new();
    for object in inputs {
        for line in text(lake, &object.key)?.unwrap_or_default().lines() {
            match serde_json::from_str::<Line>(line) {
                Ok(line) if line.v == 1 => lines.push(line)?,
                _ => unreadable = unreadable.saturating_add(1),
            }
        }
    }
    let mut writer = Writer::new(TABLE, &Line::default().cells())?;
    let mut sorted = lines.sorted()?;
    let mut sum: Option<Line> = None;
    while let Some(line) = sorted.next()? {
        match &mut sum {
            Some(sum) if sum.asked == line.asked => {
                sum.from_ms = sum.from_ms.min(line.from_ms);
                sum.to_ms = sum.to_ms.max(line.to_ms);
                sum.count = sum.count.saturating_add(line.count);
            }
            _ => {
                if let Some(done) = sum.replace(line) {
                    writer.push(done.cells())?;
                }
            }
        }
    }
    if let Some(done) = sum {
        writer.push(done.cells())?;
    }
    Ok(Some((writer, unreadable)))
}
