//! Signals: what writers tell the rest of the program, and of other programs on the same database, after a commit.
//!
//! A signal may be lost or come twice. Whoever waits for one also looks by himself now and then.

use fw_run::RunId;

/// Something has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// There is a step that a worker could take.
    Work,
    /// A run has to be advanced, now or sooner than was known.
    Due,
    /// A run's log, output or status has changed.
    Run(RunId),
}

impl Signal {
    pub(crate) fn text(self) -> String {
        match self {
            Self::Work => "work".to_owned(),
            Self::Due => "due".to_owned(),
            Self::Run(run) => format!("run:{run}"),
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "work" => Some(Self::Work),
            "due" => Some(Self::Due),
            _ => text.strip_prefix("run:")?.parse().ok().map(Self::Run),
        }
    }
}
