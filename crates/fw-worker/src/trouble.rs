//! Why a step does not come to its end.

use fw_diag::{Diagnostic, Diagnostics};
use fw_run::{ControlError, FailureKind, UnknownOperation};

/// Why a step stops before its end.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Something is wrong that people are told of.
    Told {
        kind: FailureKind,
        told: Diagnostics,
        /// Whether another attempt may help.
        retryable: bool,
    },
    /// Operations of an earlier attempt can't be settled.
    Unknown(Vec<UnknownOperation>),
    /// The ticket is void: somebody else may be at work, so nothing more is said.
    Void,
}

impl Trouble {
    /// The configuration, or what was asked for, is wrong.
    pub(crate) fn configuration(told: impl Into<Diagnostics>) -> Self {
        Self::Told { kind: FailureKind::Configuration, told: told.into(), retryable: false }
    }

    /// Something around the worker.
    pub(crate) fn environment(summary: &str, detail: impl Into<String>) -> Self {
        let told = Diagnostic::error(summary, detail).into();
        Self::Told { kind: FailureKind::Environment, told, retryable: true }
    }

    /// A defect of ours.
    pub(crate) fn internal(summary: &str, detail: impl Into<String>) -> Self {
        Self::Told { kind: FailureKind::Internal, told: Diagnostic::error(summary, detail).into(), retryable: false }
    }
}

impl From<ControlError> for Trouble {
    fn from(error: ControlError) -> Self {
        match error {
            ControlError::StaleEpoch | ControlError::Gone => Self::Void,
            ControlError::NoObject(_) | ControlError::Refused(_) => {
                Self::internal("The service refused", error.to_string())
            }
            ControlError::StateConflict => Self::Told {
                kind: FailureKind::Environment,
                told: Diagnostic::error("The state has changed", "Another state version was stored meanwhile.").into(),
                retryable: false,
            },
            ControlError::Unavailable(_) => Self::environment("The service cannot be reached", error.to_string()),
        }
    }
}
