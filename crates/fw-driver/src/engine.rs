//! What an engine has to do for runs: keep them going.

use async_trait::async_trait;
use fw_run::RunId;

/// An engine can't be reached. Runs are safe: a sweep finds them.
#[derive(Debug, thiserror::Error)]
#[error("the engine cannot be reached")]
pub struct EngineError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Keeps runs going.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Its name, as the settings have it.
    fn name(&self) -> &'static str;

    /// Drives a run from now on, or has a look at it if it does so already.
    ///
    /// # Errors
    /// The engine can't be reached.
    async fn ensure(&self, run: RunId) -> Result<(), EngineError>;

    /// Whether it does its work.
    ///
    /// # Errors
    /// Why it does not.
    async fn check(&self) -> Result<(), EngineError>;
}

/// For who makes no runs, or tests that drive them by themselves.
#[derive(Clone, Copy, Debug)]
pub struct NoEngine;

#[async_trait]
impl Engine for NoEngine {
    fn name(&self) -> &'static str {
        "none"
    }

    async fn ensure(&self, _run: RunId) -> Result<(), EngineError> {
        Ok(())
    }

    async fn check(&self) -> Result<(), EngineError> {
        Ok(())
    }
}
