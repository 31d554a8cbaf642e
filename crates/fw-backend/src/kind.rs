//! What a kind of backend is, and which there are.

use fw_schema::Block;
use fw_store::StateBackend;

use crate::{Problem, Problems, Settings, azurerm, consul, gcs, http, inmem, kubernetes, local, s3};

/// A backend ready for use, or what keeps it from being that.
pub type Configured = Result<Box<dyn StateBackend>, Problems>;

/// A kind of backend: `s3`.
pub trait Kind: Sync {
    /// The label of its block.
    fn name(&self) -> &'static str;

    /// What may stand in the block. Nothing is required: that is for [`Self::check`] to say, who knows the environment too.
    fn schema(&self) -> Block;

    /// Settings that `terraform_remote_state` has to give: what it says of their absence comes before [`Self::check`].
    fn required(&self) -> &'static [&'static str] {
        &[]
    }

    /// Looks at the settings without asking anybody.
    fn check(&self, _settings: &Settings<'_>) -> Problems {
        Vec::new()
    }

    /// Makes what the states are kept in where it is missing, and that is not done on the way anyhow: what was made, for
    /// people.
    ///
    /// # Errors
    /// When it cannot be made.
    fn make(&self, _settings: &Settings<'_>) -> Result<Vec<String>, Problems> {
        Ok(Vec::new())
    }

    /// A backend with these settings, which were checked.
    ///
    /// # Errors
    /// When it cannot be used.
    fn configure(&self, settings: &Settings<'_>) -> Configured;
}

/// The kinds of this crate.
#[must_use]
pub fn own_kinds() -> &'static [&'static dyn Kind] {
    &[
        &local::Local,
        &http::Http,
        &inmem::InMemory,
        &s3::S3,
        &gcs::Gcs,
        &azurerm::Azurerm,
        &consul::Consul,
        &kubernetes::Kubernetes,
    ]
}

/// An error in one line, as the only problem.
pub(crate) fn failed(why: impl Into<String>) -> Problems {
    vec![Problem::error(why)]
}
