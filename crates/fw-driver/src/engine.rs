//! What an engine has to do for runs: keep them going.

use async_trait::async_trait;
use fw_run::RunId;

/// An engine could not be told. The run is safe: a sweep finds it.
#[derive(Debug, thiserror::Error)]
#[error("the engine could not be told of a run")]
pub struct EngineError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Keeps runs going.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Drives a run from now on, or has a look at it if it does so already.
    ///
    /// # Errors
    /// The engine can't be reached.
    async fn ensure(&self, run: RunId) -> Result<(), EngineError>;
}

/// For an engine that sees the database by itself, as the embedded one does.
#[derive(Clone, Copy, Debug)]
pub struct NoEngine;

#[async_trait]
impl Engine for NoEngine {
    async fn ensure(&self, _run: RunId) -> Result<(), EngineError> {
        Ok(())
    }
}
