//! What an address asks: a span of time, dimensions, filters.
//!
//! Cells are by UTC hour. A day, week or month of a time zone is made of the hours that *begin* in it, so in zones that are not whole hours from UTC it begins up to 45 minutes late.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

use super::parameters::Parameters;
use crate::ledger::question::{DIMENSIONS, Question};
use crate::problem::Problem;

/// The longest span: three years and a day. What is older than that nobody compares by the hour.
pub const MOST_DAYS: u32 = 3 * 366 + 1;
const MOST_HOURS: u32 = 24 * MOST_DAYS;

/// What rows are told apart by in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are what they are called")]
pub enum Unit {
    Hour,
    Day,
    Week,
    Month,
}

const UNITS: [(&str, Unit); 4] = [
    ("hour", Unit::Hour),
    ("day", Unit::Day),
    ("week", Unit::Week),
    ("month", Unit::Month),
];

/// What is done with machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are what they are called")]
pub enum Bots {
    Exclude,
    Include,
    Only,
}

impl Bots {
    /// As the address has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exclude => "exclude",
            Self::Include => "include",
            Self::Only => "only",
        }
    }
}

/// A span before the one that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// As it is told.
    pub from: String,
    /// As it is told.
    pub to: String,
    /// Hours since 1970, the second excluded.
    pub hours: (u32, u32),
}

/// A question, checked.
#[derive(Clone, Debug)]
pub struct Query {
    /// As it was asked.
    pub from: String,
    /// As it was asked.
    pub to: String,
    /// Hours since 1970, the second excluded.
    pub hours: (u32, u32),
    /// The time zone's name, as it was asked.
    pub zone_name: String,
    zone: TimeZone,
    /// What rows are told apart by in time.
    pub unit: Option<Unit>,
    /// And by dimensions.
    pub by: Vec<String>,
    /// Only these values, by dimension.
    pub only: Vec<(String, Vec<String>)>,
    /// What is done with machines.
    pub bots: Bots,
    /// The span to compare with.
    pub before: Option<Before>,
}

impl Query {
    /// Reads the parameters of an address.
    ///
    /// # Errors
    /// 400, with the parameter, what stands there, and what would be right.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Problem> {
        const OTHERS: [&str; 6] = ["from", "to", "tz", "by", "bots", "compare"];
        let parameters = Parameters::of(pairs, &OTHERS, &DIMENSIONS)?;
        let one = |name: &str| parameters.one(name);
        let zone_name = one("tz")?.unwrap_or("UTC").to_owned();
        let zone = TimeZone::get(&zone_name).map_err(|_| {
            Problem::wrong(format!(
                "tz: {zone_name:?} should be a time zone's name, as Europe/Amsterdam"
            ))
        })?;
        let wanted = |name: &str| {
            one(name)?.ok_or_else(|| {
                Problem::wrong(format!(
                    "{name} is missing: a day, as 2026-11-22, or a time of day, as 2026-11-22T05:00"
                ))
            })
        };
        let (from, to) = (wanted("from")?, wanted("to")?);
        let (start, end) = (moment("from", from)?, moment("to", to)?);
        let hours = (hour_of(start, &zone)?, hour_of(end, &zone)?);
        check_span((from, to), hours)?;
        let (unit, by) = groups(one("by")?.unwrap_or_default())?;
        // Who asks for some machines asks for machines.
        let default = if parameters.all("bot").is_empty() {
            "exclude"
        } else {
            "include"
        };
        let bots = match one("bots")?.unwrap_or(default) {
            "exclude" => Bots::Exclude,
            "include" => Bots::Include,
            "only" => Bots::Only,
            other => {
                return Err(Problem::wrong(format!(
                    "bots: {other:?} should be exclude, include or only"
                )));
            }
        };
        let before = match one("compare")? {
            None => None,
            Some("previous") => Some(before(start, end, &zone)?),
            Some(other) => {
                return Err(Problem::wrong(format!(
                    "compare: {other:?} should be previous"
                )));
            }
        };
        Ok(Self {
            from: from.to_owned(),
            to: to.to_owned(),
            hours,
            zone_name,
            zone,
            unit,
            by,
            only: parameters.only(&DIMENSIONS)?,
            bots,
            before,
        })
    }

    /// The names of what rows are told apart by.
    #[must_use]
    pub fn by_names(&self) -> Vec<&str> {
        let unit = UNITS
            .iter()
            .find(|(_, unit)| Some(*unit) == self.unit)
            .map(|(name, _)| *name);
        unit.into_iter()
            .chain(self.by.iter().map(String::as_str))
            .collect()
    }

    /// All of a span.
    #[must_use]
    pub fn span(&self, hours: (u32, u32)) -> Question {
        Question {
            from_hour: hours.0,
            to_hour: hours.1,
            ..Question::default()
        }
    }

    /// What every ledger is asked. Machines are told apart by the dimension `bot`, which is one more here: what is not wanted is left out of the answer.
    #[must_use]
    pub fn question(&self, hours: (u32, u32)) -> Question {
        let mut only = self.only.clone();
        if self.bots == Bots::Exclude {
            only.push(("bot".to_owned(), vec![String::new()]));
        }
        let mut by = self.by.clone();
        // To leave people out, they must be told apart.
        if self.bots == Bots::Only && !by.iter().any(|name| name == "bot") {
            by.push("bot".to_owned());
        }
        Question {
            by_hour: self.unit.is_some(),
            by,
            only,
            ..self.span(hours)
        }
    }

    /// The name of the hour, day, week or month in which an hour begins.
    #[must_use]
    pub fn bucket(&self, hour: u32) -> Option<String> {
        let at = Timestamp::from_second(i64::from(hour) * 3600).ok()?;
        let local = self.zone.to_datetime(at);
        Some(match self.unit? {
            // With its distance from UTC: where clocks go back an hour's name comes twice.
            Unit::Hour => at
                .to_zoned(self.zone.clone())
                .strftime("%Y-%m-%dT%H:%M%:z")
                .to_string(),
            Unit::Day => local.date().to_string(),
            Unit::Week => {
                let into = i64::from(local.date().weekday().to_monday_zero_offset());
                local.date().checked_sub(into.days()).ok()?.to_string()
            }
            Unit::Month => local.strftime("%Y-%m").to_string(),
        })
    }
}

/// Whether a span of hours is one, and not too long.
///
/// # Errors
/// 400, with the span as it was asked.
pub(super) fn check_span(
    (from, to): (&str, &str),
    (first, end): (u32, u32),
) -> Result<(), Problem> {
    if first >= end {
        return Err(Problem::wrong(format!(
            "from ({from}) should be before to ({to}), which is the first day or hour that is left out"
        )));
    }
    if end - first > MOST_HOURS {
        return Err(Problem::wrong(format!(
            "from {from} to {to} are {} days: at most {} are asked at once",
            (end - first) / 24,
            MOST_HOURS / 24
        )));
    }
    Ok(())
}

/// The midnight with which a day begins.
pub(super) fn midnight(text: &str) -> Option<DateTime> {
    let day = text.parse::<Date>().ok()?;
    (text.len() == "2026-11-22".len()).then(|| day.at(0, 0, 0, 0))
}

/// A day, or a time of one.
fn moment(name: &str, text: &str) -> Result<DateTime, Problem> {
    let time = || {
        text.parse::<DateTime>().ok().filter(|at| {
            text.len() == "2026-11-22T05:00".len() && at.minute() == 0 && at.second() == 0
        })
    };
    midnight(text).or_else(time).ok_or_else(|| {
        Problem::wrong(format!(
            "{name}: {text:?} should be a day, as 2026-11-22, or a whole hour of one, as 2026-11-22T05:00"
        ))
    })
}

/// The first UTC hour that begins then or later.
pub(super) fn hour_of(at: DateTime, zone: &TimeZone) -> Result<u32, Problem> {
    let wrong = || Problem::wrong(format!("{at} is not between 1970 and 9999"));
    let second = zone.to_timestamp(at).map_err(|_| wrong())?.as_second();
    u32::try_from(second.div_euclid(3600) + i64::from(second.rem_euclid(3600) > 0))
        .map_err(|_| wrong())
}

/// The span of the same length that ends where this begins, by the calendar.
fn before(start: DateTime, end: DateTime, zone: &TimeZone) -> Result<Before, Problem> {
    let far = |_| Problem::wrong("there is nothing so long ago");
    let length: Span = start.until(end).map_err(far)?;
    let from = start.checked_sub(length).map_err(far)?;
    let say = |at: DateTime| {
        if at.time() == jiff::civil::Time::midnight() {
            at.date().to_string()
        } else {
            at.strftime("%Y-%m-%dT%H:%M").to_string()
        }
    };
    Ok(Before {
        hours: (hour_of(from, zone)?, hour_of(start, zone)?),
        from: say(from),
        to: say(start),
    })
}

fn groups(by: &str) -> Result<(Option<Unit>, Vec<String>), Problem> {
    let (mut unit, mut dimensions) = (None, Vec::new());
    for name in by.split(',').filter(|name| !name.is_empty()) {
        let known = UNITS.iter().find(|(known, _)| *known == name);
        match known {
            Some((_, known)) if unit.is_none() => unit = Some(*known),
            Some(_) => {
                return Err(Problem::wrong(format!(
                    "by: {name} beside another of hour, day, week and month"
                )));
            }
            None if !DIMENSIONS.contains(&name) => {
                return Err(Problem::wrong(format!(
                    "by: {name:?} is no dimension: there are hour, day, week, month and {}",
                    DIMENSIONS.join(", ")
                )));
            }
            None if dimensions.iter().any(|known| known == name) => {
                return Err(Problem::wrong(format!("by: {name} stands twice")));
            }
            None => dimensions.push(name.to_owned()),
        }
    }
    Ok((unit, dimensions))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Query, Problem> {
        let pairs: Vec<(String, String)> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Query::parse(&pairs)
    }

    fn hours(text: &str) -> u32 {
        let at: Timestamp = text.parse().unwrap();
        u32::try_from(at.as_second() / 3600).unwrap()
    }

    #[test]
    fn a_day_is_the_zones_own_also_where_the_clock_changes() {
        let query = parse("from=2026-10-25&to=2026-10-26&tz=Europe/Amsterdam&by=day").unwrap();
        assert_eq!(
            query.hours,
            (hours("2026-10-24T22:00:00Z"), hours("2026-10-25T23:00:00Z"))
        );
        assert_eq!(query.hours.1 - query.hours.0, 25);
        assert_eq!(query.bucket(query.hours.0).as_deref(), Some("2026-10-25"));
        assert_eq!(
            query.bucket(query.hours.1 - 1).as_deref(),
            Some("2026-10-25")
        );
        assert_eq!(query.bucket(query.hours.1).as_deref(), Some("2026-10-26"));
    }

    #[test]
    fn in_a_zone_of_half_hours_a_day_is_the_hours_that_begin_in_it() {
        let query = parse("from=2026-11-22&to=2026-11-23&tz=Asia/Kolkata&by=day").unwrap();
        assert_eq!(
            query.hours,
            (hours("2026-11-21T19:00:00Z"), hours("2026-11-22T19:00:00Z"))
        );
        assert_eq!(query.bucket(query.hours.0).as_deref(), Some("2026-11-22"));
        assert_eq!(
            query.bucket(query.hours.0 - 1).as_deref(),
            Some("2026-11-21")
        );
    }

    #[test]
    fn rows_are_named_by_hour_week_and_month() {
        let named = |by: &str, at: &str| {
            let query = parse(&format!(
                "from=2026-11-01&to=2026-12-01&tz=Europe/Amsterdam&by={by}"
            ))
            .unwrap();
            query.bucket(hours(at)).unwrap()
        };
        assert_eq!(
            named("hour", "2026-11-22T05:00:00Z"),
            "2026-11-22T06:00+01:00"
        );
        assert_eq!(named("week", "2026-11-22T05:00:00Z"), "2026-11-16");
        assert_eq!(named("month", "2026-11-30T23:00:00Z"), "2026-12");
    }

    #[test]
    fn the_period_before_is_as_long_by_the_calendar() {
        let query =
            parse("from=2026-10-25&to=2026-11-01&tz=Europe/Amsterdam&compare=previous").unwrap();
        let before = query.before.unwrap();
        assert_eq!(
            (before.from.as_str(), before.to.as_str()),
            ("2026-10-18", "2026-10-25")
        );
        assert_eq!(before.hours.1, query.hours.0);
        assert_eq!(before.hours.1 - before.hours.0, 7 * 24);
    }

    #[test]
    fn people_alone_are_counted_unless_machines_are_asked_for() {
        let asked = |bots: &str| {
            let query = parse(&format!("from=2026-11-01&to=2026-12-01{bots}")).unwrap();
            query.question(query.hours)
        };
        assert_eq!(asked("").only, [("bot".to_owned(), vec![String::new()])]);
        assert_eq!(asked("&bots=include").only, []);
        assert_eq!(asked("&bots=only").by, ["bot"]);
        assert_eq!(
            asked("&bot=network").only,
            [("bot".to_owned(), vec!["network".to_owned()])]
        );
    }

    #[test]
    fn what_cannot_be_meant_is_told_with_what_would_be_right() {
        for (query, expected) in [
            ("to=2026-11-23", "from is missing: a day, as 2026-11-22"),
            (
                "from=2026-11-22&to=2026-11-22",
                "from (2026-11-22) should be before to",
            ),
            (
                "from=22-11-2026&to=2026-11-23",
                "from: \"22-11-2026\" should be a day",
            ),
            (
                "from=2026-11-22T05:30&to=2026-11-23",
                "from: \"2026-11-22T05:30\" should be a day",
            ),
            (
                "from=2026-11-22&to=2026-11-23&tz=Amsterdam",
                "tz: \"Amsterdam\" should be a time zone's name",
            ),
            (
                "from=2026-11-22&to=2026-11-23&by=colour",
                "by: \"colour\" is no dimension",
            ),
            (
                "from=2026-11-22&to=2026-11-23&by=day,week",
                "by: week beside another",
            ),
            (
                "from=2026-11-22&to=2026-11-23&by=video,video",
                "by: video stands twice",
            ),
            (
                "from=2026-11-22&to=2026-11-23&bots=yes",
                "bots: \"yes\" should be",
            ),
            (
                "from=2026-11-22&to=2026-11-23&compare=last",
                "compare: \"last\" should be previous",
            ),
            (
                "from=2026-11-22&to=2026-11-23&colour=red",
                "\"colour\" is no parameter",
            ),
            (
                "from=2026-11-22&from=2026-11-21&to=2026-11-23",
                "from stands more than once",
            ),
            (
                "from=2016-11-22&to=2026-11-23",
                "from 2016-11-22 to 2026-11-23 are 3653 days",
            ),
            (
                "from=1969-11-22&to=1970-11-23",
                "1969-11-22T00:00:00 is not between 1970 and 9999",
            ),
        ] {
            let problem = parse(query).unwrap_err();
            assert_eq!(problem.status, 400);
            assert!(
                problem.detail.starts_with(expected),
                "{query}: {}",
                problem.detail
            );
        }
    }
}
