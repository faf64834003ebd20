//! Hours as the lake names them: `2026-11-22T05`, UTC.

use std::fmt;
use std::str::FromStr;

const HOUR_MS: u64 = 3_600_000;

/// An hour, counted from 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Hour(u64);

impl Hour {
    pub(crate) fn at(ms: u64) -> Self {
        Self(ms / HOUR_MS)
    }

    pub(crate) fn begins_ms(self) -> u64 {
        self.0.saturating_mul(HOUR_MS)
    }

    pub(crate) fn plus(self, hours: u64) -> Self {
        Self(self.0.saturating_add(hours))
    }

    pub(crate) fn less(self, hours: u64) -> Self {
        Self(self.0.saturating_sub(hours))
    }

    /// As Hive names partitions: `date=2026-11-22/hour=05`.
    pub(crate) fn partition(self) -> String {
        let name = self.to_string();
        let (date, hour) = name.split_once('T').unwrap_or((&name, ""));
        format!("date={date}/hour={hour}")
    }
}

impl fmt::Display for Hour {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&shelfreel_playback::hour(self.begins_ms()))
    }
}

impl FromStr for Hour {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no hour: write 2026-11-22T05, in UTC");
        let begins: jiff::Timestamp = format!("{text}:00Z").parse().map_err(|_| wrong())?;
        let ms = u64::try_from(begins.as_millisecond()).map_err(|_| wrong())?;
        Some(Self::at(ms))
            .filter(|hour| hour.to_string() == text)
            .ok_or_else(wrong)
    }
}

/// From an hour to another, both included: `2026-11-22T05..2026-11-22T09`; either may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    from: Hour,
    to: Hour,
}

impl Span {
    pub(crate) const ALL: Self = Self {
        from: Hour(0),
        to: Hour(u64::MAX),
    };

    pub(crate) fn new(from: Hour, to: Hour) -> Self {
        Self { from, to }
    }

    pub(crate) fn has(&self, hour: Hour) -> bool {
        (self.from..=self.to).contains(&hour)
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let one = |text: &str, open: Hour| match text {
            "" => Ok(open),
            text => text.parse(),
        };
        let (from, to) = match text.split_once("..") {
            Some((from, to)) => (one(from, Self::ALL.from)?, one(to, Self::ALL.to)?),
            None => (text.parse()?, text.parse()?),
        };
        if from > to {
            return Err(format!("{text:?} ends before it begins"));
        }
        Ok(Self { from, to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_written_and_read_in_one_way() {
        let hour: Hour = "2026-11-22T05".parse().unwrap();
        assert_eq!(hour, Hour::at(1_795_324_800_000));
        assert_eq!(hour.to_string(), "2026-11-22T05");
        assert_eq!(hour.partition(), "date=2026-11-22/hour=05");
        assert_eq!(hour.less(6).to_string(), "2026-11-21T23");
        for wrong in [
            "",
            "2026-11-22",
            "2026-11-22T5",
            "2026-11-22t05",
            "2026-11-31T05",
            "2026-11-22T24",
            "2026-11-22T05:30",
            "+002026-11-22T05",
            "1969-12-31T23",
        ] {
            assert!(wrong.parse::<Hour>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_span_has_both_of_its_ends() {
        let span: Span = "2026-11-22T05..2026-11-22T06".parse().unwrap();
        let hour = |text: &str| text.parse::<Hour>().unwrap();
        assert!(span.has(hour("2026-11-22T05")) && span.has(hour("2026-11-22T06")));
        assert!(!span.has(hour("2026-11-22T04")) && !span.has(hour("2026-11-22T07")));
        let open: Span = "2026-11-22T05..".parse().unwrap();
        assert!(open.has(hour("2030-01-01T00")) && !open.has(hour("2026-11-22T04")));
        assert!("2026-11-22T06..2026-11-22T05".parse::<Span>().is_err());
    }
}
