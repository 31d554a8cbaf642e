//! One operation while it runs, in words.

use std::time::Duration;

use super::duration::rounded;
use crate::human::{Code, Ink};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Modify,
    Destroy,
    Read,
    Refresh,
    PrepareImport,
    Import,
    Open,
    Renew,
    Close,
}

impl Verb {
    fn begins(self) -> &'static str {
        match self {
            Self::Create => "Creating...",
            Self::Modify => "Modifying...",
            Self::Destroy => "Destroying...",
            Self::Read => "Reading...",
            Self::Refresh => "Refreshing state...",
            Self::PrepareImport => "Preparing import...",
            Self::Import => "Importing...",
            Self::Open => "Opening...",
            Self::Renew => "Renewing...",
            Self::Close => "Closing...",
        }
    }

    /// What has ended; nothing is said of the end of a refresh or of the preparation of an import.
    fn ended(self) -> Option<&'static str> {
        match self {
            Self::Create => Some("Creation complete"),
            Self::Modify => Some("Modifications complete"),
            Self::Destroy => Some("Destruction complete"),
            Self::Read => Some("Read complete"),
            Self::Import => Some("Import complete"),
            Self::Open => Some("Opening complete"),
            Self::Renew => Some("Renewal complete"),
            Self::Close => Some("Closing complete"),
            Self::Refresh | Self::PrepareImport => None,
        }
    }

    fn still(self) -> Option<&'static str> {
        match self {
            Self::Create => Some("Still creating..."),
            Self::Modify => Some("Still modifying..."),
            Self::Destroy => Some("Still destroying..."),
            Self::Read => Some("Still reading..."),
            Self::Open => Some("Still opening..."),
            Self::Renew => Some("Still renewing..."),
            Self::Close => Some("Still closing..."),
            Self::Refresh | Self::PrepareImport | Self::Import => None,
        }
    }

    /// Whether its end is told too, so that it can be seen running.
    pub(super) fn is_followed(self) -> bool {
        self != Self::PrepareImport
    }

    /// Terraform ends the lines of these with one reset more.
    fn has_second_reset(self) -> bool {
        matches!(self, Self::Create | Self::Modify | Self::Destroy | Self::Read)
    }
}

/// An operation that has begun.
pub(super) struct Running {
    address: String,
    pub(super) verb: Verb,
    id: Option<(String, String)>,
    began: Duration,
    /// When to say that it still runs.
    next: Duration,
}

/// So often it is said that something still runs.
const STILL_EVERY: Duration = Duration::from_secs(10);
/// Longer ids are shortened in the middle.
const LONGEST_ID: usize = 80;

impl Running {
    pub(super) fn new(address: String, verb: Verb, id: Option<(String, String)>, now: Duration) -> Self {
        Self { address, verb, id, began: now, next: now + STILL_EVERY }
    }

    pub(super) fn begins(&self, ink: Ink) -> String {
        let resets = if self.verb.has_second_reset() { 2 } else { 1 };
        line(ink, &format!("{}: {}{}", self.address, self.verb.begins(), suffix(self.id.as_ref())), resets)
    }

    pub(super) fn ended(&self, address: &str, id: Option<(String, String)>, now: Duration, ink: Ink) -> String {
        let Some(ended) = self.verb.ended() else { return String::new() };
        let after = match self.verb {
            Verb::Import => String::new(),
            _ => format!(" after {}", rounded(now.saturating_sub(self.began))),
        };
        line(ink, &format!("{address}: {ended}{after}{}", suffix(id.as_ref())), 1)
    }

    /// That it still runs, when it is time to say so.
    pub(super) fn still(&mut self, now: Duration, ink: Ink) -> Option<String> {
        let still = self.verb.still().filter(|_| now >= self.next)?;
        while self.next <= now {
            self.next += STILL_EVERY;
        }
        let id = self.id.as_ref().map_or_else(String::new, |(key, value)| format!("{key}={}, ", shortened(value)));
        let elapsed = rounded(now.saturating_sub(self.began));
        Some(line(ink, &format!("{}: {still} [{id}{elapsed} elapsed]", self.address), 2))
    }

    /// As it is shown while it runs.
    pub(super) fn in_region(&self, now: Duration) -> String {
        let elapsed = rounded(now.saturating_sub(self.began));
        format!("{}: {} {elapsed}", self.address, self.verb.begins())
    }
}

/// A line as terraform colours it.
pub(super) fn line(ink: Ink, text: &str, resets: usize) -> String {
    let (bold, reset) = (ink.code(Code::Bold), ink.code(Code::Reset));
    format!("{reset}{bold}{text}{}\n", reset.repeat(resets))
}

fn suffix(id: Option<&(String, String)>) -> String {
    id.map_or_else(String::new, |(key, value)| format!(" [{key}={value}]"))
}

fn shortened(id: &str) -> String {
    let characters: Vec<char> = id.chars().collect();
    if characters.len() <= LONGEST_ID {
        return id.to_owned();
    }
    let half = LONGEST_ID / 2;
    let start = characters.iter().take(half - 1);
    // Together with the dots as long as is allowed.
    let end = characters.iter().skip(characters.len() - (half - 2));
    start.chain(&['.'; 3]).chain(end).collect()
}
