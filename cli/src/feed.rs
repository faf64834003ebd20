//! Reading a feed row by row, in bounded memory: CSV or JSON Lines (`docs/feed.md`).
//!
//! What is wrong with the file as a whole (its encoding, its header) stops the import before anything is done; what is
//! wrong with a row refuses that row.

use std::cell::Cell;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use shelfreel_matching::catalogue::{Column, Refusal, Row};
use shelfreel_matching::quote::shorten;

/// The longest row, in bytes: far more than a row needs, and what an unclosed quote may cost.
const MOST_ROW_BYTES: usize = 1 << 20;

/// What is wrong with a feed as a whole.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadFeed {
    #[error("cannot read {path}")]
    Io {
        path: String,
        source: std::io::Error,
    },
    #[error("{path} is {what}, not a file: write the feed to a file first")]
    NoFile { path: String, what: &'static str },
    #[error("{path} is UTF-16: save it as \"CSV UTF-8\"")]
    Utf16 { path: String },
    #[error(
        "{path} is no text, but a spreadsheet, an archive, a film or the like: save it as \"CSV UTF-8\""
    )]
    Binary { path: String },
    #[error("{path} is one JSON array: write one object a line (JSON Lines)")]
    JsonArray { path: String },
    #[error("{path} is empty: the first line names the columns")]
    Empty { path: String },
    #[error("line {line} of {path} cannot be read: {reason}")]
    Line {
        path: String,
        line: u64,
        reason: String,
    },
    #[error("the header of {path} is not UTF-8: save it as \"CSV UTF-8\"")]
    HeaderEncoding { path: String },
    #[error("{path}: {reason}")]
    Header { path: String, reason: String },
}

/// A row that was read, or why it cannot be.
pub(crate) type Read1 = Result<Row, Box<Unread>>;

/// A row that cannot be read.
pub(crate) struct Unread {
    /// What could be read of it.
    pub(crate) row: Row,
    /// What is wrong.
    pub(crate) refusals: Vec<Refusal>,
}

/// The rows of a feed.
pub(crate) struct Feed {
    path: String,
    rows: Rows,
}

enum Rows {
    Csv(Box<CsvRows>),
    Json(JsonRows),
}

impl Feed {
    pub(crate) fn open(path: &Path) -> Result<Self, BadFeed> {
        let name = path.display().to_string();
        let mut file = open_file(path)?;
        let start = look_at_start(&mut file, &name)?;
        let extension = path
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default();
        let json = ["jsonl", "ndjson", "json"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known));
        let rows = if json || start.first_letter == Some('{') {
            Rows::Json(JsonRows {
                reader: BufReader::with_capacity(1 << 16, LineEnds::new(file)),
                line: 0,
                position: start.skip,
            })
        } else {
            Rows::Csv(Box::new(CsvRows::open(file, &name)?))
        };
        Ok(Self { path: name, rows })
    }

    /// The next row; none at the end.
    pub(crate) fn next(&mut self) -> Option<Result<Read1, BadFeed>> {
        match &mut self.rows {
            Rows::Csv(rows) => rows.next(&self.path),
            Rows::Json(rows) => rows.next(&self.path),
        }
    }

    /// How many bytes have been read.
    pub(crate) fn position(&self) -> u64 {
        match &self.rows {
            Rows::Csv(rows) => rows.reader.get_ref().lines.read,
            Rows::Json(rows) => rows.position,
        }
    }
}

/// Opens a file of rows. A folder cannot be read, a device never ends, and to open a pipe waits for who writes into it.
pub(crate) fn open_file(path: &Path) -> Result<File, BadFeed> {
    let io = |source| BadFeed::Io {
        path: path.display().to_string(),
        source,
    };
    let metadata = std::fs::metadata(path).map_err(io)?;
    if metadata.is_file() {
        return File::open(path).map_err(io);
    }
    Err(BadFeed::NoFile {
        path: path.display().to_string(),
        what: if metadata.is_dir() {
            "a folder"
        } else {
            "a device or a pipe"
        },
    })
}

struct Start {
    /// How long the byte order mark is; the file stands behind it.
    skip: u64,
    first_letter: Option<char>,
}

/// Looks at the first bytes for what no feed begins with, and stands behind a byte order mark.
fn look_at_start(file: &mut File, path: &str) -> Result<Start, BadFeed> {
    let io = |source| BadFeed::Io {
        path: path.to_owned(),
        source,
    };
    let mut head = Vec::new();
    file.by_ref().take(512).read_to_end(&mut head).map_err(io)?;
    let path = path.to_owned();
    match head.as_slice() {
        [] => return Err(BadFeed::Empty { path }),
        [0xFF, 0xFE, ..]
        | [0xFE, 0xFF, ..]
        | [1..=255, 0, 1..=255, 0, ..]
        | [0, 1..=255, 0, 1..=255, ..] => {
            return Err(BadFeed::Utf16 { path });
        }
        // Archives and spreadsheets (ZIP, gzip, the older .xls), pictures and films.
        [b'P', b'K', ..]
        | [0x1F, 0x8B, ..]
        | [0xD0, 0xCF, 0x11, 0xE0, ..]
        | [0x89, b'P', b'N', b'G', ..]
        | [0xFF, 0xD8, 0xFF, ..]
        | [0, ..]
        | [_, 0, ..] => return Err(BadFeed::Binary { path }),
        _ => {}
    }
    let skip = if head.starts_with(&[0xEF, 0xBB, 0xBF]) {
        3
    } else {
        0
    };
    file.seek(SeekFrom::Start(skip)).map_err(io)?;
    let first_letter = head
        .iter()
        .skip(usize::try_from(skip).unwrap_or(0))
        .map(|byte| char::from(*byte))
        .find(|letter| !letter.is_whitespace());
    if first_letter == Some('[') {
        return Err(BadFeed::JsonArray { path });
    }
    Ok(Start { skip, first_letter })
}

/// A reader that ends every line, the last one too, with one line feed: the file may have CR LF, or CR alone as old
/// spreadsheets write it, and lines are counted by their line feeds.
pub(crate) struct LineEnds {
    file: BufReader<File>,
    after_cr: bool,
    /// Whether the last line has not ended yet.
    in_line: bool,
    /// How many bytes of the file have been read.
    read: u64,
}

impl LineEnds {
    pub(crate) fn new(file: File) -> Self {
        Self {
            file: BufReader::with_capacity(1 << 16, file),
            after_cr: false,
            in_line: false,
            read: 0,
        }
    }

    /// Mends the ends of lines in place; how many bytes are left.
    fn mend(&mut self, bytes: &mut [u8]) -> usize {
        if !self.after_cr && !bytes.contains(&b'\r') {
            return bytes.len();
        }
        let mended: Vec<u8> = bytes
            .iter()
            .filter_map(|&byte| {
                let second_half = byte == b'\n' && self.after_cr;
                self.after_cr = byte == b'\r';
                (!second_half).then_some(if self.after_cr { b'\n' } else { byte })
            })
            .collect();
        for (place, byte) in bytes.iter_mut().zip(&mended) {
            *place = *byte;
        }
        mended.len()
    }

    /// Ends the last line.
    fn end(&mut self, buffer: &mut [u8]) -> usize {
        match buffer.first_mut() {
            Some(place) if self.in_line => {
                *place = b'\n';
                self.in_line = false;
                1
            }
            _ => 0,
        }
    }
}

impl Read for LineEnds {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let read = self.file.read(buffer)?;
            self.read = self.read.saturating_add(read as u64);
            let kept = self.mend(buffer.get_mut(..read).unwrap_or_default());
            if let Some(last) = kept.checked_sub(1) {
                self.in_line = buffer.get(last) != Some(&b'\n');
                return Ok(kept);
            }
            if read == 0 {
                return Ok(self.end(buffer));
            }
        }
    }
}

/// A reader that fails when one row takes too many bytes: an unclosed quote makes the rest of a file one cell.
struct Guarded {
    lines: LineEnds,
    left: Rc<Cell<usize>>,
}

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.lines.read(buffer)?;
        match self.left.get().checked_sub(read) {
            Some(left) => {
                self.left.set(left);
                Ok(read)
            }
            None => Err(std::io::Error::other(format!(
                "the row that begins there is longer than {MOST_ROW_BYTES} bytes: is a quote not closed?"
            ))),
        }
    }
}

struct CsvRows {
    reader: csv::Reader<Guarded>,
    left: Rc<Cell<usize>>,
    columns: Vec<Column>,
    record: csv::ByteRecord,
}

impl CsvRows {
    fn open(mut file: File, path: &str) -> Result<Self, BadFeed> {
        let delimiter = delimiter(&mut file).map_err(|source| BadFeed::Io {
            path: path.to_owned(),
            source,
        })?;
        let left = Rc::new(Cell::new(MOST_ROW_BYTES));
        let guarded = Guarded {
            lines: LineEnds::new(file),
            left: Rc::clone(&left),
        };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(guarded);
        let mut record = csv::ByteRecord::new();
        reader
            .read_byte_record(&mut record)
            .map_err(|error| BadFeed::Line {
                path: path.to_owned(),
                line: 1,
                reason: error.to_string(),
            })?;
        let columns = columns(&record, path)?;
        Ok(Self {
            reader,
            left,
            columns,
            record,
        })
    }

    fn next(&mut self, path: &str) -> Option<Result<Read1, BadFeed>> {
        self.left.set(MOST_ROW_BYTES);
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => Some(Ok(self.row())),
            Ok(false) => None,
            Err(error) => Some(Err(BadFeed::Line {
                path: path.to_owned(),
                line: self.record.position().map_or(1, csv::Position::line),
                reason: match error.into_kind() {
                    csv::ErrorKind::Io(error) => error.to_string(),
                    kind => format!("{kind:?}"),
                },
            })),
        }
    }

    /// The line on which the row begins. The reader's own position is that of the empty lines before it.
    fn line(&self) -> u64 {
        let after = self.reader.position().line();
        let breaks: u64 = self.record.iter().map(line_breaks).sum();
        let begins = after.saturating_sub(breaks).saturating_sub(1);
        // A quote that is open at the end of the file takes the last line's end too.
        begins.max(self.record.position().map_or(1, csv::Position::line))
    }

    /// Why a row has more or fewer cells than the header.
    fn likely_cause(&self, line: u64) -> String {
        let mut begins = line;
        for (column, cell) in self.columns.iter().zip(&self.record) {
            let cell = cell.strip_suffix(b"\n").unwrap_or(cell);
            let ends = begins.saturating_add(line_breaks(cell));
            if ends > begins {
                return format!(
                    "its {column} opens a quote on line {begins} that ends on line {ends}"
                );
            }
            begins = ends;
        }
        "is a separator missing, or a quote?".to_owned()
    }

    fn row(&self) -> Read1 {
        let line = self.line();
        let refuse = |column, reason: String| Refusal {
            line,
            column,
            reason,
        };
        let mut row = Row::new(line);
        let mut refusals = Vec::new();
        let (found, wanted) = (self.record.len(), self.columns.len());
        if found != wanted {
            refusals.push(refuse(
                None,
                format!(
                    "has {found} cells, and the header has {wanted}: {}",
                    self.likely_cause(line)
                ),
            ));
        }
        for (column, cell) in self.columns.iter().zip(&self.record) {
            match std::str::from_utf8(cell) {
                Ok(text) => row.set(*column, text),
                Err(error) => {
                    refusals.push(refuse(Some(*column), not_utf_8(cell, error.valid_up_to())));
                }
            }
        }
        if refusals.is_empty() {
            Ok(row)
        } else {
            Err(Box::new(Unread { row, refusals }))
        }
    }
}

fn line_breaks(cell: &[u8]) -> u64 {
    cell.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// What a cell that is not UTF-8 most likely says: programs that do not write UTF-8 write Windows-1252.
fn not_utf_8(cell: &[u8], at: usize) -> String {
    let text: String = cell.iter().map(|byte| char::from(*byte)).take(40).collect();
    let byte = cell.get(at).copied().unwrap_or_default();
    format!(
        "is not UTF-8 (byte {byte:#04x}; in Windows-1252 it would read {text:?}): save the file as \"CSV UTF-8\""
    )
}

/// Comma or semicolon, whichever the header has more of outside quotes.
fn delimiter(file: &mut File) -> std::io::Result<u8> {
    let start = file.stream_position()?;
    let mut header = Vec::new();
    BufReader::new(&mut *file)
        .take(1 << 16)
        .read_until(b'\n', &mut header)?;
    file.seek(SeekFrom::Start(start))?;
    let (mut commas, mut semicolons, mut quoted) = (0usize, 0usize, false);
    for byte in header {
        match byte {
            b'\r' if !quoted => break,
            b'"' => quoted = !quoted,
            b',' if !quoted => commas += 1,
            b';' if !quoted => semicolons += 1,
            _ => {}
        }
    }
    Ok(if semicolons > commas { b';' } else { b',' })
}

fn columns(header: &csv::ByteRecord, path: &str) -> Result<Vec<Column>, BadFeed> {
    let bad = |reason: String| BadFeed::Header {
        path: path.to_owned(),
        reason,
    };
    let mut columns = Vec::with_capacity(header.len());
    for (number, name) in (1..).zip(header) {
        let name = std::str::from_utf8(name).map_err(|_| BadFeed::HeaderEncoding {
            path: path.to_owned(),
        })?;
        let column = Column::from_name(name).ok_or_else(|| bad(unknown_column(number, name)))?;
        if columns.contains(&column) {
            return Err(bad(format!("there are two columns called {column}")));
        }
        columns.push(column);
    }
    let missing: Vec<&str> = Column::REQUIRED
        .into_iter()
        .filter(|column| !columns.contains(column))
        .map(Column::name)
        .collect();
    if !missing.is_empty() {
        return Err(bad(format!(
            "the header lacks {}, which every feed has",
            missing.join(", ")
        )));
    }
    Ok(columns)
}

/// What is wrong with the name of the header's column of this number.
fn unknown_column(number: usize, name: &str) -> String {
    if name.trim().is_empty() {
        return format!("column {number} of the header has no name");
    }
    if name.contains('\t') {
        return "the header is separated by tabs: save the file with commas or semicolons"
            .to_owned();
    }
    unknown_name(name)
}

/// Names the column that is meant, if one is near.
fn unknown_name(name: &str) -> String {
    let name = shorten(name.trim());
    let lower = name.to_lowercase();
    let nearest = Column::ALL
        .into_iter()
        .map(|column| (strsim::damerau_levenshtein(&lower, column.name()), column))
        .min_by_key(|(distance, _)| *distance);
    match nearest {
        Some((distance, column)) if 2 * distance <= lower.len().min(column.name().len()) => {
            format!("there is no column \"{name}\": is {column} meant?")
        }
        _ => format!(
            "there is no column \"{name}\": the columns are {}",
            Column::ALL.map(Column::name).join(", ")
        ),
    }
}

struct JsonRows {
    reader: BufReader<LineEnds>,
    line: u64,
    position: u64,
}

impl JsonRows {
    fn next(&mut self, path: &str) -> Option<Result<Read1, BadFeed>> {
        loop {
            let text = match next_line(&mut self.reader, &mut self.line) {
                Ok(Some(text)) => text,
                Ok(None) => return None,
                Err(reason) => {
                    return Some(Err(BadFeed::Line {
                        path: path.to_owned(),
                        line: self.line,
                        reason,
                    }));
                }
            };
            self.position = self.position.saturating_add(text.len() as u64);
            if !text.iter().all(u8::is_ascii_whitespace) {
                return Some(Ok(json_row(&text, self.line)));
            }
        }
    }
}

/// The next line as bytes; none at the end.
pub(crate) fn next_line(
    reader: &mut impl BufRead,
    line: &mut u64,
) -> Result<Option<Vec<u8>>, String> {
    let mut text = Vec::new();
    *line = line.saturating_add(1);
    let mut limited = reader.take(MOST_ROW_BYTES as u64);
    let read = limited
        .read_until(b'\n', &mut text)
        .map_err(|error| error.to_string())?;
    if read == MOST_ROW_BYTES && !text.ends_with(b"\n") {
        return Err(format!("it is longer than {MOST_ROW_BYTES} bytes"));
    }
    Ok((read > 0).then_some(text))
}

fn json_row(text: &[u8], line: u64) -> Read1 {
    let refuse = |column: Option<Column>, reason: String| Refusal {
        line,
        column,
        reason,
    };
    let Fields(fields) = match serde_json::from_slice(text) {
        Ok(fields) => fields,
        Err(error) => {
            let reason = match std::str::from_utf8(text) {
                Ok(_) => format!("is not one JSON object: {error}"),
                Err(error) => not_utf_8(text, error.valid_up_to()),
            };
            return Err(Box::new(Unread {
                row: Row::new(line),
                refusals: vec![refuse(None, reason)],
            }));
        }
    };
    let mut row = Row::new(line);
    let mut refusals = Vec::new();
    let mut seen = Vec::new();
    for (name, value) in fields {
        let Some(column) = Column::from_name(&name) else {
            refusals.push(refuse(None, unknown_name(&name)));
            continue;
        };
        if seen.contains(&column) {
            refusals.push(refuse(Some(column), "is there twice".to_owned()));
            continue;
        }
        seen.push(column);
        match cell(column, &value) {
            Ok(Cell1::Text(text)) => row.set(column, &text),
            Ok(Cell1::List(values)) => row.set_list(column, values),
            Err(reason) => refusals.push(refuse(Some(column), reason)),
        }
    }
    if refusals.is_empty() {
        Ok(row)
    } else {
        Err(Box::new(Unread { row, refusals }))
    }
}

/// The fields of one JSON object, as many times as they are there.
struct Fields(Vec<(String, serde_json::Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

enum Cell1 {
    Text(String),
    List(Vec<String>),
}

fn cell(column: Column, value: &serde_json::Value) -> Result<Cell1, String> {
    use serde_json::Value;
    match value {
        Value::Null => Ok(Cell1::List(Vec::new())),
        Value::Array(values) if column.is_list() => {
            let texts: Result<Vec<String>, String> = values.iter().map(text_of).collect();
            Ok(Cell1::List(
                texts?
                    .iter()
                    .map(|text| text.trim().to_owned())
                    .filter(|text| !text.is_empty())
                    .collect(),
            ))
        }
        Value::Array(_) => Err("is a list: one value is wanted".to_owned()),
        value => text_of(value).map(Cell1::Text),
    }
}

fn text_of(value: &serde_json::Value) -> Result<String, String> {
    use serde_json::Value;
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(format!(
            "is {}: a text or a number is wanted",
            shorten(&other.to_string())
        )),
    }
}
