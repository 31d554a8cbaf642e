//! Roles to take, as settings name them.

use std::collections::BTreeMap;

use crate::Settings;

/// A role to take.
#[derive(Clone, Debug, Default)]
pub(crate) struct AssumeRole {
    pub(crate) arn: String,
    pub(crate) seconds: Option<u64>,
    pub(crate) external_id: Option<String>,
    pub(crate) policy: Option<String>,
    pub(crate) policy_arns: Vec<String>,
    pub(crate) session_name: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) transitive_tag_keys: Vec<String>,
}

impl AssumeRole {
    /// The role of an object of settings.
    pub(crate) fn of(settings: &Settings<'_>) -> Self {
        let text = |name: &str| settings.filled(name).map(str::to_owned);
        Self {
            arn: text("role_arn").unwrap_or_default(),
            seconds: settings.filled("duration").and_then(duration),
            external_id: text("external_id"),
            policy: text("policy"),
            policy_arns: settings.texts("policy_arns").unwrap_or_default(),
            session_name: text("session_name"),
            tags: settings.map("tags"),
            transitive_tag_keys: settings.texts("transitive_tag_keys").unwrap_or_default(),
        }
    }
}

/// Whole seconds of a duration as Go writes it: `1h30m`.
pub(crate) fn duration(text: &str) -> Option<u64> {
    let mut seconds = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at_checked(end)?;
        let number: f64 = number.parse().ok()?;
        let units = [("ms", 0.001), ("us", 1e-6), ("µs", 1e-6), ("ns", 1e-9), ("h", 3600.0), ("m", 60.0), ("s", 1.0)];
        let (unit, length) = units.into_iter().find(|(unit, _)| after.starts_with(unit))?;
        seconds += number * length;
        rest = after.strip_prefix(unit)?;
    }
    format!("{seconds:.0}").parse().ok()
}
