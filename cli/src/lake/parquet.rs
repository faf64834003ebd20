//! Rows as Parquet: a row is cells with their names, from which the schema follows, so that no column can be written under another's name.
//!
//! Without Arrow: what this writes is flat but for lists, whose levels (Dremel's, as Parquet has them) are said where they are made. Memory is bounded by
//! one row group; the same rows in the same order are the same bytes.

use std::fs::File;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::TypePtr;
use tempfile::NamedTempFile;

use crate::Error;

/// A row group has about so many bytes of values.
const MOST_GROUP_BYTES: usize = 64 << 20;
/// And at most so many rows: what DuckDB reads at a time (122,880).
const MOST_GROUP_ROWS: usize = 122_880;
/// A file that has so many bytes is ended and another begun: an object may have 300 MiB, and a row group comes on top.
const MOST_FILE_BYTES: usize = 192 << 20;

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Int(u64),
    MaybeInt(Option<u64>),
    Bool(bool),
    Text(String),
    MaybeText(Option<String>),
    Json(String),
    Texts(Vec<String>),
    MaybeInts(Option<Vec<u64>>),
    /// `[from_ms, to_ms, times]`.
    Played(Vec<[u32; 3]>),
}

/// A row: the same names in the same order in every row of a table.
pub(crate) type Row = Vec<(&'static str, Cell)>;

impl Cell {
    /// The column, in Parquet's own notation.
    fn declaration(&self, name: &str) -> String {
        match self {
            Self::Int(_) => format!("REQUIRED INT64 {name};"),
            Self::MaybeInt(_) => format!("OPTIONAL INT64 {name};"),
            Self::Bool(_) => format!("REQUIRED BOOLEAN {name};"),
            Self::Text(_) => format!("REQUIRED BYTE_ARRAY {name} (STRING);"),
            Self::MaybeText(_) => format!("OPTIONAL BYTE_ARRAY {name} (STRING);"),
            Self::Json(_) => format!("REQUIRED BYTE_ARRAY {name} (JSON);"),
            Self::Texts(_) => format!(
                "REQUIRED group {name} (LIST) {{ REPEATED group list {{ REQUIRED BYTE_ARRAY element (STRING); }} }}"
            ),
            Self::MaybeInts(_) => format!(
                "OPTIONAL group {name} (LIST) {{ REPEATED group list {{ REQUIRED INT64 element; }} }}"
            ),
            Self::Played(_) => format!(
                "REQUIRED group {name} (LIST) {{ REPEATED group list {{ REQUIRED group element {{ \
                 REQUIRED INT64 from_ms; REQUIRED INT64 to_ms; REQUIRED INT64 times; }} }} }}"
            ),
        }
    }

    /// The columns that are stored for it, empty.
    fn leaves(&self) -> Vec<Leaf> {
        let leaf = match self {
            Self::Int(_) | Self::MaybeInt(_) | Self::MaybeInts(_) | Self::Played(_) => {
                Leaf::of(Values::Ints(Vec::new()))
            }
            Self::Bool(_) => Leaf::of(Values::Bools(Vec::new())),
            Self::Text(_) | Self::MaybeText(_) | Self::Json(_) | Self::Texts(_) => {
                Leaf::of(Values::Texts(Vec::new()))
            }
        };
        match self {
            Self::Played(_) => vec![leaf.clone(), leaf.clone(), leaf],
            _ => vec![leaf],
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Int(_) | Self::MaybeInt(_) | Self::Bool(_) => 8,
            Self::Text(text) | Self::Json(text) => text.len().saturating_add(32),
            Self::MaybeText(text) => text.as_ref().map_or(0, String::len).saturating_add(34),
            Self::Texts(texts) => texts.iter().map(|text| text.len().saturating_add(36)).sum(),
            Self::MaybeInts(ints) => ints.as_ref().map_or(0, Vec::len).saturating_mul(12),
            Self::Played(parts) => parts.len().saturating_mul(36),
        }
    }

    fn push(self, leaves: &mut [Leaf]) -> Result<(), Error> {
        let mismatch = || Error::from("a row has a value of another type than its column");
        match (self, leaves) {
            (Self::Int(int), [leaf]) => leaf.int(int),
            (Self::MaybeInt(int), [leaf]) => {
                leaf.level(int.is_some().into(), 0);
                int.map_or(Ok(()), |int| leaf.int(int))
            }
            (Self::Bool(bool), [leaf]) => leaf.bool(bool),
            (Self::Text(text) | Self::Json(text), [leaf]) => leaf.text(text),
            (Self::MaybeText(text), [leaf]) => {
                leaf.level(text.is_some().into(), 0);
                text.map_or(Ok(()), |text| leaf.text(text))
            }
            (Self::Texts(texts), [leaf]) => leaf.list(0, texts, Leaf::text),
            (Self::MaybeInts(None), [leaf]) => {
                leaf.level(0, 0);
                Ok(())
            }
            (Self::MaybeInts(Some(ints)), [leaf]) => leaf.list(1, ints, Leaf::int),
            (Self::Played(parts), [from, to, times]) => {
                let column = |place: usize| {
                    let value =
                        move |part: &[u32; 3]| part.get(place).copied().map_or(0, u64::from);
                    parts.iter().map(value).collect::<Vec<u64>>()
                };
                from.list(0, column(0), Leaf::int)?;
                to.list(0, column(1), Leaf::int)?;
                times.list(0, column(2), Leaf::int)
            }
            _ => Err(mismatch()),
        }
    }
}

/// One stored column of a row group, with the levels that say where values are missing and where lists begin.
#[derive(Debug, Clone)]
struct Leaf {
    values: Values,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

#[derive(Debug, Clone)]
enum Values {
    Ints(Vec<i64>),
    Bools(Vec<bool>),
    Texts(Vec<ByteArray>),
}

impl Leaf {
    fn of(values: Values) -> Self {
        Self {
            values,
            definitions: Vec::new(),
            repetitions: Vec::new(),
        }
    }

    fn level(&mut self, definition: i16, repetition: i16) {
        self.definitions.push(definition);
        self.repetitions.push(repetition);
    }

    /// A list that is there: its own level is 1 when it might have been absent, else 0; a value in it is one deeper.
    fn list<T>(
        &mut self,
        level: i16,
        values: Vec<T>,
        push: impl Fn(&mut Self, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if values.is_empty() {
            self.level(level, 0);
        }
        for (place, value) in values.into_iter().enumerate() {
            self.level(level.saturating_add(1), i16::from(place > 0));
            push(self, value)?;
        }
        Ok(())
    }

    fn int(&mut self, int: u64) -> Result<(), Error> {
        match &mut self.values {
            Values::Ints(ints) => ints.push(i64::try_from(int).unwrap_or(i64::MAX)),
            _ => return Err("a number in a column of another type".into()),
        }
        Ok(())
    }

    fn bool(&mut self, bool: bool) -> Result<(), Error> {
        match &mut self.values {
            Values::Bools(bools) => bools.push(bool),
            _ => return Err("a yes or no in a column of another type".into()),
        }
        Ok(())
    }

    fn text(&mut self, text: String) -> Result<(), Error> {
        match &mut self.values {
            Values::Texts(texts) => texts.push(text.into_bytes().into()),
            _ => return Err("a text in a column of another type".into()),
        }
        Ok(())
    }

    fn write(&mut self, mut column: SerializedColumnWriter<'_>) -> Result<(), Error> {
        let levels =
            |levels: &mut Vec<i16>| Some(std::mem::take(levels)).filter(|all| !all.is_empty());
        let definitions = levels(&mut self.definitions);
        let repetitions = levels(&mut self.repetitions);
        let (definitions, repetitions) = (definitions.as_deref(), repetitions.as_deref());
        fn all<T: DataType>(
            column: &mut SerializedColumnWriter<'_>,
            values: &mut Vec<T::T>,
            definitions: Option<&[i16]>,
            repetitions: Option<&[i16]>,
        ) -> Result<(), Error> {
            let values = std::mem::take(values);
            column
                .typed::<T>()
                .write_batch(&values, definitions, repetitions)?;
            Ok(())
        }
        match &mut self.values {
            Values::Ints(ints) => all::<Int64Type>(&mut column, ints, definitions, repetitions)?,
            Values::Bools(bools) => all::<BoolType>(&mut column, bools, definitions, repetitions)?,
            Values::Texts(texts) => {
                all::<ByteArrayType>(&mut column, texts, definitions, repetitions)?;
            }
        }
        Ok(column.close()?)
    }
}

/// Writes one table into files on disk.
pub(crate) struct Writer {
    schema: TypePtr,
    properties: WriterPropertiesPtr,
    names: Vec<&'static str>,
    columns: Vec<Vec<Leaf>>,
    group_rows: usize,
    group_bytes: usize,
    most_file_bytes: usize,
    open: Option<(NamedTempFile, SerializedFileWriter<File>)>,
    done: Vec<NamedTempFile>,
    pub(crate) rows: u64,
}

impl Writer {
    /// `pattern` is a row like every other: its names and types count.
    pub(crate) fn new(table: &str, pattern: &Row) -> Result<Self, Error> {
        let columns: Vec<String> = pattern
            .iter()
            .map(|(name, cell)| cell.declaration(name))
            .collect();
        let schema = parse_message_type(&format!("message {table} {{ {} }}", columns.join(" ")))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .build();
        Ok(Self {
            schema: Arc::new(schema),
            properties: Arc::new(properties),
            names: pattern.iter().map(|(name, _)| *name).collect(),
            columns: pattern.iter().map(|(_, cell)| cell.leaves()).collect(),
            group_rows: 0,
            group_bytes: 0,
            most_file_bytes: MOST_FILE_BYTES,
            open: None,
            done: Vec::new(),
            rows: 0,
        })
    }

    #[cfg(test)]
    pub(crate) fn with_file_bytes(mut self, bytes: usize) -> Self {
        self.most_file_bytes = bytes;
        self
    }

    pub(crate) fn push(&mut self, row: Row) -> Result<(), Error> {
        if !row.iter().map(|(name, _)| name).eq(&self.names) {
            return Err("a row has other columns than its table".into());
        }
        for ((_, cell), leaves) in row.into_iter().zip(&mut self.columns) {
            self.group_bytes = self.group_bytes.saturating_add(cell.bytes());
            cell.push(leaves)?;
        }
        self.rows = self.rows.saturating_add(1);
        self.group_rows = self.group_rows.saturating_add(1);
        let most_bytes = MOST_GROUP_BYTES.min(self.most_file_bytes);
        if self.group_rows >= MOST_GROUP_ROWS || self.group_bytes >= most_bytes {
            self.end_group()?;
        }
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), Error> {
        let (file, mut writer) = match self.open.take() {
            Some(open) => open,
            None => self.begin()?,
        };
        if self.group_rows > 0 {
            let mut group = writer.next_row_group()?;
            for leaf in self.columns.iter_mut().flatten() {
                let column = group.next_column()?;
                leaf.write(column.ok_or("the schema has fewer columns than a row")?)?;
            }
            group.close()?;
        }
        (self.group_rows, self.group_bytes) = (0, 0);
        if writer.bytes_written() >= self.most_file_bytes {
            writer.close()?;
            self.done.push(file);
        } else {
            self.open = Some((file, writer));
        }
        Ok(())
    }

    fn begin(&self) -> Result<(NamedTempFile, SerializedFileWriter<File>), Error> {
        let file = NamedTempFile::new()?;
        let writer = SerializedFileWriter::new(
            file.reopen()?,
            Arc::clone(&self.schema),
            Arc::clone(&self.properties),
        )?;
        Ok((file, writer))
    }

    /// The files: at least one, so that a reader finds the columns also where there are no rows.
    pub(crate) fn finish(mut self) -> Result<Vec<NamedTempFile>, Error> {
        if self.group_rows > 0 || self.done.is_empty() {
            self.end_group()?;
        }
        if let Some((file, writer)) = self.open.take() {
            writer.close()?;
            self.done.push(file);
        }
        Ok(self.done)
    }
}
