//! Cron expressions with time zones: when is the next tick?

use std::str::FromStr;

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Tz;
use croner::parser::CronParser;
use fw_run::Time;

/// Why there are no ticks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// The expression is wrong.
    #[error("`{expression}` is not a cron expression: {reason}")]
    Expression {
        /// The expression.
        expression: String,
        /// What is wrong.
        reason: String,
    },
    /// There is no such time zone.
    #[error("`{0}` is not a time zone; it is named as in `Europe/Vienna`")]
    Zone(String),
    /// The expression has no next tick, such as the 31st of February.
    #[error("`{0}` never comes")]
    Never(String),
}

/// A cron expression in a time zone: five fields, or six with seconds.
#[derive(Clone, Debug)]
pub struct Cron {
    cron: croner::Cron,
    zone: Tz,
    expression: String,
}

impl Cron {
    /// Reads an expression and the name of a time zone.
    ///
    /// # Errors
    /// One of them is wrong.
    pub fn parse(expression: &str, zone: &str) -> Result<Self, CronError> {
        let parser = CronParser::builder().seconds(croner::parser::Seconds::Optional).build();
        let cron = parser
            .parse(expression)
            .map_err(|error| CronError::Expression { expression: expression.to_owned(), reason: error.to_string() })?;
        let zone = Tz::from_str(zone).map_err(|_error| CronError::Zone(zone.to_owned()))?;
        Ok(Self { cron, zone, expression: expression.to_owned() })
    }

    /// The first tick after a time. A tick that the clock leaps over in spring comes right after the leap; one that it
    /// shows twice in autumn comes once.
    ///
    /// # Errors
    /// There is none.
    pub fn next(&self, after: Time) -> Result<Time, CronError> {
        let never = || CronError::Never(self.expression.clone());
        let after: DateTime<Utc> = DateTime::from_timestamp_millis(after.0).ok_or_else(never)?;
        let local = self.zone.from_utc_datetime(&after.naive_utc());
        let next = self.cron.find_next_occurrence(&local, false).map_err(|_error| never())?;
        Ok(Time(next.timestamp_millis()))
    }
}

#[cfg(test)]
mod tests;
