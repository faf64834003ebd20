//! The hours by which the lake keeps rows and the ledger keeps cells: UTC, written as ISO 8601 does.
//!
//! The calendar is the proleptic Gregorian one, counted after Howard Hinnant's `civil_from_days`
//! (<https://howardhinnant.github.io/date_algorithms.html>): years begin in March there, so that a leap day is the last of its year.

use alloc::format;
use alloc::string::String;

const HOUR_MS: u64 = 60 * 60 * 1000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// The last millisecond that four digits of a year can tell.
const LAST_MS: u64 = 253_402_300_799_999;

/// From 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: u64 = 719_468;
/// The calendar repeats after 400 years.
const ERA_DAYS: u64 = 146_097;

/// The UTC hour of a moment in milliseconds since 1970. What is beyond the year 9999 counts as its last hour, so that hours sort as texts.
///
/// ```
/// # use shelfreel_playback::hour;
/// assert_eq!(hour(1_795_324_800_000), "2026-11-22T05");
/// assert_eq!(hour(951_825_600_000), "2000-02-29T12");
/// ```
#[must_use]
pub fn hour(at_ms: u64) -> String {
    let at_ms = at_ms.min(LAST_MS);
    let (year, month, day) = date(at_ms / DAY_MS);
    let hour = at_ms % DAY_MS / HOUR_MS;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}")
}

/// Year, month and day, by days since 1970.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + DAYS_TO_1970;
    let (era, day_of_era) = (days / ERA_DAYS, days % ERA_DAYS);
    // Less the leap days that have gone by: one in 4 years, but not in 100, but in 400.
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // From March the months are 31, 30, 31, 30, 31 days long, and again: 153 in five.
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let (month, later) = if from_march < 10 {
        (from_march + 3, 0)
    } else {
        (from_march - 9, 1)
    };
    (era * 400 + year_of_era + later, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_those_of_the_calendar() {
        // By `date -u -d @SECONDS +%Y-%m-%dT%H`.
        for (seconds, expected) in [
            (0, "1970-01-01T00"),
            (951_782_399, "2000-02-28T23"),
            (951_825_600, "2000-02-29T12"),
            (1_795_324_800, "2026-11-22T05"),
            (4_107_542_399, "2100-02-28T23"),
            (4_107_542_400, "2100-03-01T00"),
            (253_402_300_799, "9999-12-31T23"),
        ] {
            assert_eq!(hour(seconds * 1000), expected);
            assert_eq!(hour(seconds * 1000 + 999), expected);
        }
    }

    #[test]
    fn an_hour_ends_with_its_last_millisecond() {
        assert_eq!(hour(1_795_327_199_999), "2026-11-22T05");
        assert_eq!(hour(1_795_327_200_000), "2026-11-22T06");
    }

    #[test]
    fn what_is_beyond_the_calendar_counts_as_its_last_hour() {
        assert_eq!(hour(LAST_MS + 1), "9999-12-31T23");
        assert_eq!(hour(u64::MAX), "9999-12-31T23");
    }

    #[test]
    fn every_day_to_the_end_of_the_calendar_follows_the_one_before() {
        let mut expected = (1970, 1, 1);
        for days in 0..2_932_897 {
            assert_eq!(date(days), expected);
            let (year, month, day) = expected;
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            expected = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                (_, day) if day == last => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
        assert_eq!(expected, (10_000, 1, 1));
    }
}
