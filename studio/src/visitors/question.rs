//! What is asked of a brand's visitors, and the answer put together: of rows in an object, of objects in the studio.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::audience::Audience;
use super::sketch::NoSketch;
use super::visit::Identity;

/// What rows may be told apart by, in the order of the tables' keys.
pub const DIMENSIONS: [&str; 3] = ["day", "shop", "video"];

/// An answer has at most so many groups: one is two sketches of 4 KB in memory, and an object has 128 MB with others. Three years have 1,099 days.
pub const MOST_GROUPS: usize = 2_000;

/// What an object says has at most so many bytes of sketches, since six objects are listened to at once, each of whose answers is there three times for a moment, as text, as the worker's, and read.
pub const MOST_BYTES: usize = 2_000_000;

/// An object reads at most so many bytes of sketches for an answer, which takes some 2 s, in which it takes nothing in: 23,000 rows of full sketches, or 450,000 of a few visitors.
pub const MOST_READ: usize = 100_000_000;

/// A row takes as long as so many bytes beside its sketches: 4 µs, where two full ones take 90.
const ROW_BYTES: usize = 200;

/// The sketches of any of a brand's films.
pub const OF_BRAND: &str = "brand_sketches";

/// The sketches of single films.
pub const OF_FILMS: &str = "film_sketches";

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The first day, since 1970.
    pub from_day: u32,
    /// The day after the last.
    pub to_day: u32,
    /// By which name visitors are told apart.
    pub identity: Identity,
    /// Which of [`DIMENSIONS`] rows are told apart by.
    pub by: Vec<String>,
    /// Only those with one of these values, by dimension.
    pub only: Vec<(String, Vec<String>)>,
}

impl Question {
    /// Whether single films are asked for, and not any of the brand's.
    #[must_use]
    pub fn is_of_films(&self) -> bool {
        let filtered = self.only.iter().map(|(name, _)| name);
        self.by.iter().chain(filtered).any(|name| name == "video")
    }

    /// As SQL, with what is bound in its place: first `shown` and `watched`, then the values of what is told apart.
    #[must_use]
    pub fn sql(&self) -> (String, Vec<String>) {
        let known = |name: &&String| DIMENSIONS.contains(&name.as_str());
        let mut columns = vec!["shown", "watched"];
        columns.extend(
            self.by
                .iter()
                .filter(known)
                .map(|name| match name.as_str() {
                    // As the answer has it: 2026-11-22.
                    "day" => "date(day * 86400, 'unixepoch')",
                    name => name,
                }),
        );
        let table = if self.is_of_films() {
            OF_FILMS
        } else {
            OF_BRAND
        };
        let mut wanted = format!(
            "identity = '{}' AND day >= {} AND day < {}",
            self.identity.name(),
            self.from_day,
            self.to_day
        );
        let mut bound = Vec::new();
        for (name, values) in self.only.iter().filter(|(name, _)| known(&name)) {
            let places = vec!["?"; values.len()].join(",");
            wanted.push_str(&format!(" AND {name} IN ({places})"));
            bound.extend(values.iter().cloned());
        }
        let columns = columns.join(",");
        (
            format!("SELECT {columns} FROM {table} WHERE {wanted}"),
            bound,
        )
    }
}

/// The visitors of one group, as an object says them: the values of what is told apart, and the sketches in base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in `Audience`")]
pub struct Group {
    pub values: Vec<String>,
    pub shown: String,
    pub watched: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// It would be too large, or take too long.
    #[error("it is too much")]
    TooMuch,
    /// What is kept, or was said, is none.
    #[error(transparent)]
    NoSketch(#[from] NoSketch),
    /// What was said is no base64.
    #[error("a sketch is no base64: {0}")]
    NoBase64(String),
}

/// An answer that is put together.
#[derive(Debug, Default)]
pub struct Gathered {
    groups: BTreeMap<Vec<String>, Audience>,
    read: usize,
}

impl Gathered {
    /// Adds what is kept in a row.
    ///
    /// # Errors
    /// When that is too much to read, these are too many groups, or something is no sketch.
    pub fn add(
        &mut self,
        values: Vec<String>,
        shown: &[u8],
        watched: &[u8],
    ) -> Result<(), NoAnswer> {
        self.read += ROW_BYTES + shown.len() + watched.len();
        if self.read > MOST_READ {
            return Err(NoAnswer::TooMuch);
        }
        if let Some(known) = self.groups.get_mut(&values) {
            return Ok(known.merge(shown, watched)?);
        }
        if self.groups.len() == MOST_GROUPS {
            return Err(NoAnswer::TooMuch);
        }
        let mut new = Audience::new()?;
        new.merge(shown, watched)?;
        self.groups.insert(values, new);
        Ok(())
    }

    /// Adds what an object says.
    ///
    /// # Errors
    /// When these are too many groups, or something is no sketch.
    pub fn hear(&mut self, groups: Vec<Group>) -> Result<(), NoAnswer> {
        for group in groups {
            let (shown, watched) = (bytes(&group.shown)?, bytes(&group.watched)?);
            self.add(group.values, &shown, &watched)?;
        }
        Ok(())
    }

    /// As an object says it.
    ///
    /// # Errors
    /// When it is too large.
    pub fn groups(self) -> Result<Vec<Group>, NoAnswer> {
        let mut bytes = 0;
        let mut groups = Vec::new();
        for (values, audience) in self.groups {
            let (shown, watched) = (audience.shown.bytes(), audience.watched.bytes());
            bytes += shown.len() + watched.len();
            if bytes > MOST_BYTES {
                return Err(NoAnswer::TooMuch);
            }
            groups.push(Group {
                values,
                shown: STANDARD.encode(shown),
                watched: STANDARD.encode(watched),
            });
        }
        Ok(groups)
    }

    /// By the values of what is told apart, in order.
    #[must_use]
    pub fn rows(&self) -> &BTreeMap<Vec<String>, Audience> {
        &self.groups
    }

    /// All of them together: who is in several groups is there once.
    ///
    /// # Errors
    /// Never: what was read before can be read again.
    pub fn total(&self) -> Result<Audience, NoAnswer> {
        let mut total = Audience::new()?;
        for audience in self.groups.values() {
            total.merge(&audience.shown.bytes(), &audience.watched.bytes())?;
        }
        Ok(total)
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, NoAnswer> {
    let bytes = STANDARD.decode(text);
    bytes.map_err(|error| NoAnswer::NoBase64(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visitors::sketch::Sketch;

    fn question(by: &[&str], only: &[(&str, &[&str])]) -> Question {
        let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        Question {
            from_day: 1,
            to_day: 3,
            identity: Identity::Shop,
            by: owned(by),
            only: only
                .iter()
                .map(|(name, values)| ((*name).to_owned(), owned(values)))
                .collect(),
        }
    }

    #[test]
    fn single_films_are_read_only_where_they_are_asked_for() {
        let (sql, bound) = question(&["day"], &[("shop", &["a", "'; DROP"])]).sql();
        assert_eq!(
            sql,
            "SELECT shown,watched,date(day * 86400, 'unixepoch') FROM brand_sketches WHERE identity = 'shop' AND day >= 1 AND day < 3 AND shop IN (?,?)"
        );
        assert_eq!(bound, ["a", "'; DROP"]);
        let of_films = [
            question(&["video"], &[]),
            question(&[], &[("video", &["film"])]),
        ];
        for question in of_films {
            assert!(question.sql().0.contains("FROM film_sketches"));
        }
        let (sql, bound) = question(&["1; DROP TABLE touches"], &[("day) OR (1", &["1"])]).sql();
        assert!(!sql.contains("DROP") && !sql.contains("OR (1"), "{sql}");
        assert!(bound.is_empty());
    }

    fn many(count: usize) -> Vec<u8> {
        let mut sketch = Sketch::new().unwrap();
        for visitor in 0..count {
            sketch.add(&visitor.to_string());
        }
        sketch.bytes()
    }

    #[test]
    fn an_answer_that_is_too_large_is_none() {
        let mut gathered = Gathered::default();
        let few = many(1);
        for group in 0..MOST_GROUPS {
            let values = vec![group.to_string()];
            gathered.add(values, &few, &[]).unwrap();
        }
        let more = gathered.add(vec!["more".to_owned()], &few, &[]);
        assert!(matches!(more, Err(NoAnswer::TooMuch)));
        assert_eq!(gathered.groups().unwrap().len(), MOST_GROUPS);
        let (full, mut large) = (many(1000), Gathered::default());
        for group in 0..MOST_BYTES / full.len() + 1 {
            large.add(vec![group.to_string()], &full, &[]).unwrap();
        }
        assert!(matches!(large.groups(), Err(NoAnswer::TooMuch)));
        let mut long = Gathered {
            read: MOST_READ - ROW_BYTES - few.len(),
            ..Gathered::default()
        };
        long.add(Vec::new(), &few, &[]).unwrap();
        let more = long.add(Vec::new(), &few, &[]);
        assert!(matches!(more, Err(NoAnswer::TooMuch)));
    }

    #[test]
    fn what_is_no_sketch_is_told() {
        let group = |shown: &str| Group {
            values: Vec::new(),
            shown: shown.to_owned(),
            watched: String::new(),
        };
        let heard = |shown| Gathered::default().hear(vec![group(shown)]).unwrap_err();
        assert!(
            heard("?")
                .to_string()
                .starts_with("a sketch is no base64: ")
        );
        assert!(
            heard("AAAA")
                .to_string()
                .starts_with("a sketch cannot be read: ")
        );
    }
}
