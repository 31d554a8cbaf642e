//! New ids, and the same ids again for the same `Idempotency-Key`.

use fw_run::{AccountId, RunId, StackId, StateVersionId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub(crate) fn account() -> AccountId {
    AccountId::new(Uuid::now_v7())
}

pub(crate) fn state_version() -> StateVersionId {
    StateVersionId::new(Uuid::now_v7())
}

pub(crate) fn plain() -> String {
    Uuid::now_v7().to_string()
}

/// Where the ids of what a request makes come from. A request with a key gets the same ones each time, so that it makes
/// nothing twice, even if the server was killed in between.
#[derive(Clone, Debug)]
pub(crate) struct Ids(Option<String>);

impl Ids {
    /// Of a request whose key has this seed.
    pub(crate) const fn seeded(seed: String) -> Self {
        Self(Some(seed))
    }

    /// Of a request without one.
    pub(crate) const fn fresh() -> Self {
        Self(None)
    }

    pub(crate) fn stack(&self) -> StackId {
        StackId::new(self.uuid("stack"))
    }

    pub(crate) fn run(&self) -> RunId {
        RunId::new(self.uuid("run"))
    }

    fn uuid(&self, kind: &str) -> Uuid {
        let Some(key) = &self.0 else { return Uuid::now_v7() };
        let time = Uuid::try_parse(key).unwrap_or_default();
        let hash = Sha256::new().chain_update(kind).chain_update([0]).chain_update(key).finalize();
        let mut bytes = [0; 16];
        for (byte, source) in bytes.iter_mut().zip(hash.iter()) {
            *byte = *source;
        }
        // The time of the first such request, so that ids sort by age.
        for (byte, source) in bytes.iter_mut().zip(time.as_bytes().iter().take(6)) {
            *byte = *source;
        }
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}
