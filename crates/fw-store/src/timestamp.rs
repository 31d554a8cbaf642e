//! The time as lock files and their messages have it, in UTC.

use std::time::{SystemTime, UNIX_EPOCH};

/// `2026-11-21T12:00:56.288514431Z`: RFC 3339 with the fraction that is needed and no more.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (seconds, nanoseconds) = (since.as_secs(), since.subsec_nanos());
    let (year, month, day) = civil(seconds / 86_400);
    let of_day = seconds % 86_400;
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    let mut fraction = if nanoseconds == 0 { String::new() } else { format!(".{nanoseconds:09}") };
    fraction.truncate(fraction.trim_end_matches('0').len());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// The form Go prints times in, from an RFC 3339 text in UTC; other texts stay as they are.
pub(crate) fn spelled_out(rfc3339: &str) -> String {
    match rfc3339.strip_suffix('Z').and_then(|text| text.split_once('T')) {
        Some((date, time)) => format!("{date} {time} +0000 UTC"),
        None => rfc3339.to_owned(),
    }
}

/// Year, month and day of a day counted from 1970-01-01: the calendar in eras of 400 years that begin in March.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_read_as_go_writes_them() {
        let at = |seconds, nanoseconds| rfc3339(UNIX_EPOCH + Duration::new(seconds, nanoseconds));
        assert_eq!(at(0, 0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_400, 500_000_000), "2000-02-29T00:00:00.5Z");
        assert_eq!(at(1_795_262_456, 288_514_431), "2026-11-21T12:00:56.288514431Z");
        assert_eq!(spelled_out("2026-11-21T11:46:54.123456Z"), "2026-11-21 11:46:54.123456 +0000 UTC");
    }
}
