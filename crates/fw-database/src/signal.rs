//! Signals: what writers tell the rest of the program, and of other programs on the same database, after a commit.
//!
//! A signal may come twice, and one of another program late or never: whoever waits for one also looks by himself now and
//! then. Those of the same program are there before the writer hears that its commit has succeeded.

use fw_run::{RunId, StackId};

/// Something has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// There is a step that a worker could take.
    Work,
    /// A run has to be advanced, now or sooner than was known.
    Due,
    /// A run's log, output or status has changed.
    Run(RunId),
    /// A stack has another run, state, name or set of options, or one of its runs another status. Other programs are not told.
    Stack(StackId),
    /// A token was taken back.
    Revoked,
}

impl Signal {
    /// What other programs are told.
    pub(crate) fn text(self) -> Option<String> {
        match self {
            Self::Work => Some("work".to_owned()),
            Self::Due => Some("due".to_owned()),
            Self::Run(run) => Some(format!("run:{run}")),
            Self::Stack(_) => None,
            Self::Revoked => Some("revoked".to_owned()),
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "work" => Some(Self::Work),
            "due" => Some(Self::Due),
            "revoked" => Some(Self::Revoked),
            _ => text.strip_prefix("run:")?.parse().ok().map(Self::Run),
        }
    }
}
