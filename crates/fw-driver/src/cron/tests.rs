//! Ticks in time zones.

use super::*;

fn at(text: &str) -> Time {
    Time(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
}

fn next(expression: &str, zone: &str, after: &str) -> Time {
    Cron::parse(expression, zone).unwrap().next(at(after)).unwrap()
}

#[test]
fn a_tick_is_in_its_time_zone() {
    assert_eq!(next("0 6 * * *", "Europe/Vienna", "2026-01-10T00:00:00Z"), at("2026-01-10T05:00:00Z"));
    assert_eq!(next("0 6 * * *", "Europe/Vienna", "2026-07-10T00:00:00Z"), at("2026-07-10T04:00:00Z"));
    assert_eq!(next("*/15 6-20 * * MON-FRI", "UTC", "2026-01-09T20:45:00Z"), at("2026-01-12T06:00:00Z"));
}

#[test]
fn the_next_tick_is_after_the_last() {
    let tick = next("0 * * * *", "UTC", "2026-01-10T00:00:00Z");
    assert_eq!(tick, at("2026-01-10T01:00:00Z"));
}

#[test]
fn changes_of_the_clock_make_one_tick() {
    // 02:30 does not exist in New York on this day, and 01:30 twice on the other.
    let spring = next("30 2 * * *", "America/New_York", "2026-03-08T05:00:00Z");
    assert_eq!(spring, at("2026-03-08T07:00:00Z"));
    let autumn = next("30 1 * * *", "America/New_York", "2026-11-01T04:00:00Z");
    assert_eq!(autumn, at("2026-11-01T05:30:00Z"));
    let after = Cron::parse("30 1 * * *", "America/New_York").unwrap().next(autumn).unwrap();
    assert_eq!(after, at("2026-11-02T06:30:00Z"));
}

#[test]
fn what_is_wrong_is_said() {
    assert!(matches!(Cron::parse("61 * * * *", "UTC"), Err(CronError::Expression { .. })));
    assert!(matches!(Cron::parse("0 6 * * *", "Europe/Wien"), Err(CronError::Zone(_))));
    let never = Cron::parse("0 0 31 2 *", "UTC").unwrap();
    assert!(matches!(never.next(at("2026-01-01T00:00:00Z")), Err(CronError::Never(_))));
}
