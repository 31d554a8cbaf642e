//! Ids as types of their own: UUIDs in version 7, made outside and given in, so that they sort by age.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id")]
pub struct IdError(String);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes an id of a UUID.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::try_parse(text).map(Self).map_err(|_error| IdError(text.chars().take(64).collect()))
            }
        }
    };
}

id!(
    /// A run.
    RunId
);
id!(
    /// An account: a tenant.
    AccountId
);
id!(
    /// A stack.
    StackId
);
id!(
    /// A process that does steps.
    WorkerId
);
id!(
    /// A schedule.
    ScheduleId
);
id!(
    /// A stored version of a stack's state.
    StateVersionId
);

impl RunId {
    /// The id of the run that a child step starts. The same for every attempt to start it, so that there is one child.
    #[must_use]
    pub fn child(self, step: crate::StepId) -> Self {
        use sha2::{Digest as _, Sha256};
        let hash = Sha256::new().chain_update(self.0.as_bytes()).chain_update(step.0.to_be_bytes()).finalize();
        let mut bytes = [0; 16];
        for (byte, source) in bytes.iter_mut().zip(hash.iter()) {
            *byte = *source;
        }
        // The time of the parent, so that it sorts beside it; version 8 marks ids of one's own making.
        for (byte, source) in bytes.iter_mut().zip(self.0.as_bytes().iter().take(6)) {
            *byte = *source;
        }
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}
