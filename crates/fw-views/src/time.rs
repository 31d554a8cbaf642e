//! Points in time as texts, in UTC.

/// Seconds and nanoseconds since the Unix epoch.
pub type Time = (i64, u32);

/// Year, month, day, hour, minute and second of a point in time.
fn parts(seconds: i64) -> (i64, i64, i64, i64, i64, i64) {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days are counted from 1 March of year 0, so that the leap day is the last of its year; 400 years have 146,097 days.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day, rest / 3_600, rest / 60 % 60, rest % 60)
}

/// `2024-05-06T07:08:09Z`
#[must_use]
pub fn seconds((seconds, _): Time) -> String {
    let (year, month, day, hour, minute, second) = parts(seconds);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `2024-05-06T07:08:09.123Z`
#[must_use]
pub fn milliseconds((seconds, nanoseconds): Time) -> String {
    let (year, month, day, hour, minute, second) = parts(seconds);
    let fraction = nanoseconds / 1_000_000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:03}Z")
}

/// `2024-05-06T07:08:09.123456Z`
#[must_use]
pub fn microseconds((seconds, nanoseconds): Time) -> String {
    let (year, month, day, hour, minute, second) = parts(seconds);
    let fraction = nanoseconds / 1_000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z")
}

#[cfg(test)]
mod tests {
    use super::{microseconds, seconds};

    #[test]
    fn points_in_time() {
        assert_eq!(seconds((0, 0)), "1970-01-01T00:00:00Z");
        assert_eq!(seconds((951_782_400, 0)), "2000-02-29T00:00:00Z");
        assert_eq!(seconds((4_107_542_399, 0)), "2100-02-28T23:59:59Z");
        assert_eq!(seconds((4_107_542_400, 0)), "2100-03-01T00:00:00Z");
        assert_eq!(seconds((-1, 0)), "1969-12-31T23:59:59Z");
        assert_eq!(microseconds((1_795_273_644, 1_999)), "2026-11-21T15:07:24.000001Z");
    }
}
