//! Takes the words of the user interface (`texts/*.json`, one file a language) into the library, as the JSON that answers carry. A file that lacks a word, has one too many or
//! leaves a placeholder out stops the build, with the file and the word.

use serde_json::{Map, Value};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

/// The words, with what each must hold.
const WORDS: [(&str, &[&str]); 11] = [
    ("direction", &[]),
    ("watch", &[]),
    ("watch_many", &["{n}"]),
    ("close", &[]),
    ("next", &[]),
    ("previous", &[]),
    ("of", &["{i}", "{n}"]),
    ("failed", &[]),
    ("retry", &[]),
    ("captions", &[]),
    ("dialog", &["{title}"]),
];

/// The kinds of videos, in the order of `Kind::ALL`.
const KINDS: [&str; 8] = [
    "commercial",
    "guide",
    "review",
    "unboxing",
    "howto",
    "story",
    "recipe",
    "other",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=texts");
    let dir = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("texts");
    let mut files = Vec::new();
    for entry in fs::read_dir(&dir)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        files.push((name.into_owned(), fs::read_to_string(&path)?));
    }
    // A language in a certain script comes before the language alone.
    files.sort_by_key(|(tag, _)| (std::cmp::Reverse(tag.len()), tag.clone()));
    let mut table = String::from("&[\n");
    for (tag, json) in &files {
        let wrong = |what: String| format!("matching/texts/{tag}.json: {what}");
        let texts: Map<String, Value> =
            serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
        let fields = fields(tag, &texts).map_err(wrong)?;
        let kinds = kinds(&texts).map_err(wrong)?;
        writeln!(
            table,
            "    Texts {{ language: {tag:?}, fields: {fields:?}, kinds: {kinds:?} }},"
        )?;
    }
    table.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("texts.rs"), table)?;
    Ok(())
}

/// The words as JSON without braces, in a fixed order.
fn fields(tag: &str, texts: &Map<String, Value>) -> Result<String, String> {
    let known = |name: &str| name == "kinds" || WORDS.iter().any(|(word, _)| *word == name);
    if let Some(name) = texts.keys().find(|name| !known(name)) {
        return Err(format!("{name:?} is no word of the user interface"));
    }
    let mut fields = format!("\"language\":{}", Value::from(tag));
    for (word, holds) in WORDS {
        let text = text(texts, word)?;
        if let Some(missing) = holds.iter().find(|held| !text.contains(**held)) {
            return Err(format!("{word:?} must hold {missing}"));
        }
        let _ = write!(fields, ",\"{word}\":{}", Value::from(text));
    }
    match text(texts, "direction")? {
        "ltr" | "rtl" => Ok(fields),
        other => Err(format!("\"direction\" is {other:?}: ltr or rtl")),
    }
}

/// The names of the kinds.
fn kinds(texts: &Map<String, Value>) -> Result<Vec<&str>, String> {
    let kinds = texts.get("kinds").and_then(Value::as_object);
    let kinds = kinds.ok_or("\"kinds\" is missing")?;
    if kinds.len() > KINDS.len() {
        return Err(format!("\"kinds\" has more than {KINDS:?}"));
    }
    KINDS.iter().map(|kind| text(kinds, kind)).collect()
}

fn text<'a>(texts: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    let text = texts.get(name).and_then(Value::as_str).unwrap_or_default();
    match text.trim() {
        "" => Err(format!("{name:?} is missing")),
        text => Ok(text),
    }
}
