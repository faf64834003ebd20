//! What is asked of a ledger: which cells, and by which dimensions they are added up.

use serde::{Deserialize, Serialize};

use super::cell::{FIGURES, Sums, at};

/// The dimensions that a question may name, beside the hour.
pub const DIMENSIONS: [&str; 11] = [
    "video", "code", "product", "series", "category", "language", "shop", "country", "device",
    "bot", "currency",
];

/// Named by one of these, a question is about films: placements count once for each film in them, and not as a whole.
const OF_FILMS: [&str; 4] = ["video", "product", "series", "category"];

/// Whether a figure, by its place, is of placements, or of what was bought after one met a film: it stands in the cells of films and in those of the whole.
fn of_whole_and_films(place: usize) -> bool {
    matches!(
        place,
        at::IMPRESSIONS..=at::CARTS_ASSISTED | at::PURCHASES_DIRECT..=at::VALUE_ASSISTED_MINOR
    )
}

/// An answer has at most so many lines: one is some 400 bytes in memory, and an object has 128 MB with others.
pub const MOST_LINES: usize = 20_000;

/// A question, as one ledger is asked it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The first hour, since 1970.
    pub from_hour: u32,
    /// The hour after the last.
    pub to_hour: u32,
    /// Whether each hour is told apart.
    pub by_hour: bool,
    /// Which of [`DIMENSIONS`] are told apart.
    pub by: Vec<String>,
    /// Only cells with one of these values, by dimension.
    pub only: Vec<(String, Vec<String>)>,
}

/// A sum of cells: the hour (0 when hours are not told apart), the values of the dimensions asked for, in order, and the figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Hours since 1970.
    pub hour: u32,
    /// In the order of [`Question::by`].
    pub values: Vec<String>,
    /// The figures.
    pub sums: Sums,
}

impl Question {
    /// Whether it is about films.
    #[must_use]
    pub fn of_films(&self) -> bool {
        let named = self.by.iter().chain(self.only.iter().map(|(name, _)| name));
        named
            .into_iter()
            .any(|name| OF_FILMS.contains(&name.as_str()))
    }

    /// As SQL over a table of cells, with what is bound in its place.
    #[must_use]
    pub fn sql(&self, cells: &str) -> (String, Vec<String>) {
        let known = |name: &&String| DIMENSIONS.contains(&name.as_str());
        let by: Vec<&String> = self.by.iter().filter(known).collect();
        let mut columns = vec![if self.by_hour { "hour" } else { "0" }.to_owned()];
        columns.extend(by.iter().map(|name| (*name).clone()));
        let films = self.of_films();
        columns.extend(FIGURES.iter().enumerate().map(|(place, name)| {
            if !films && of_whole_and_films(place) {
                format!("SUM(CASE WHEN video = '' THEN {name} ELSE 0 END)")
            } else {
                format!("SUM({name})")
            }
        }));
        let mut wanted = format!("hour >= {} AND hour < {}", self.from_hour, self.to_hour);
        if films {
            wanted.push_str(" AND video != ''");
        }
        let mut bound = Vec::new();
        for (name, values) in self.only.iter().filter(|(name, _)| known(&name)) {
            let places = vec!["?"; values.len()].join(",");
            wanted.push_str(&format!(" AND {name} IN ({places})"));
            bound.extend(values.iter().cloned());
        }
        let mut groups: Vec<&str> = by.iter().map(|name| name.as_str()).collect();
        if self.by_hour {
            groups.push("hour");
        }
        let group = if groups.is_empty() {
            String::new()
        } else {
            format!(" GROUP BY {}", groups.join(","))
        };
        (
            format!(
                "SELECT {} FROM {cells} WHERE {wanted}{group} LIMIT {}",
                columns.join(","),
                MOST_LINES + 1
            ),
            bound,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placements_are_counted_as_a_whole_unless_films_are_asked_for() {
        let mut question = Question {
            from_hour: 1,
            to_hour: 3,
            by: vec!["shop".into()],
            ..Question::default()
        };
        let (sql, _) = question.sql("cells");
        assert!(
            sql.contains("SUM(CASE WHEN video = '' THEN impressions ELSE 0 END)"),
            "{sql}"
        );
        assert!(
            sql.contains("SUM(starts)") && !sql.contains("video != ''"),
            "{sql}"
        );
        assert!(
            sql.ends_with("FROM cells WHERE hour >= 1 AND hour < 3 GROUP BY shop LIMIT 20001"),
            "{sql}"
        );
        question.only = vec![("series".into(), vec!["kitchen".into(), "'; DROP".into()])];
        let (sql, bound) = question.sql("cells");
        assert!(
            sql.contains("SUM(impressions)") && sql.contains("AND video != '' AND series IN (?,?)"),
            "{sql}"
        );
        assert_eq!(bound, ["kitchen", "'; DROP"]);
    }

    #[test]
    fn what_is_no_dimension_never_comes_into_the_statement() {
        let question = Question {
            by: vec!["1; DROP TABLE cells".into()],
            only: vec![("hour) OR (1".into(), vec!["1".into()])],
            ..Question::default()
        };
        let (sql, bound) = question.sql("cells");
        assert!(!sql.contains("DROP") && !sql.contains("OR (1"), "{sql}");
        assert!(bound.is_empty());
    }
}
