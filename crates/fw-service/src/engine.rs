//! What keeps runs going: the embedded engine, or Temporal where the program was built with it.

use std::sync::Arc;

use fw_driver::{Embedded, EmbeddedOptions, Engine, TickOptions};
#[cfg(feature = "temporal")]
use fw_driver_temporal::{Relay, TemporalEngine, TemporalError, TemporalOptions};

use crate::Settings;
use crate::parts::Parts;
use crate::serve::ServeError;

/// The engine of this server.
pub(crate) enum Running {
    Embedded(Embedded),
    #[cfg(feature = "temporal")]
    Temporal {
        engine: TemporalEngine,
        relay: Relay,
    },
}

impl Running {
    /// Starts the one that the settings name.
    pub(crate) async fn start(settings: &Settings, parts: &Parts) -> Result<Self, ServeError> {
        let bound = Some(settings.number("queue_limit"));
        let ticks = TickOptions { bound, ..TickOptions::default() };
        if settings.text("engine") == "temporal" {
            return Self::start_temporal(settings, parts, ticks).await;
        }
        let options = EmbeddedOptions { ticks, ..EmbeddedOptions::default() };
        Ok(Self::Embedded(Embedded::start(parts.database.clone(), options).await?))
    }

    #[cfg(feature = "temporal")]
    async fn start_temporal(settings: &Settings, parts: &Parts, ticks: TickOptions) -> Result<Self, ServeError> {
        fw_driver::give_up_orphans(&parts.database).await?;
        let options = TemporalOptions {
            address: settings.text("temporal").to_owned(),
            namespace: settings.text("temporal_namespace").to_owned(),
            // Several installations may share a Temporal.
            queue: format!("formwork-{}", parts.installation),
        };
        let engine = TemporalEngine::start(parts.database.clone(), options).map_err(|error| match error {
            TemporalError::Address(_) => ServeError::Setting { name: "temporal", message: error.to_string() },
            TemporalError::Thread(error) => ServeError::Io(error),
        })?;
        let relay = Relay::start(parts.database.clone(), engine.clone(), ticks);
        Ok(Self::Temporal { engine, relay })
    }

    #[cfg(not(feature = "temporal"))]
    #[expect(clippy::unused_async, reason = "as with the feature")]
    async fn start_temporal(_: &Settings, _: &Parts, _: TickOptions) -> Result<Self, ServeError> {
        let message = "this program was built without the Temporal engine, its feature `temporal`".to_owned();
        Err(ServeError::Setting { name: "engine", message })
    }

    /// For who makes runs.
    pub(crate) fn handle(&self) -> Arc<dyn Engine> {
        match self {
            Self::Embedded(engine) => Arc::new(engine.handle()),
            #[cfg(feature = "temporal")]
            Self::Temporal { engine, .. } => Arc::new(engine.clone()),
        }
    }

    /// Stops it after what is under way.
    pub(crate) async fn stop(self) {
        match self {
            Self::Embedded(engine) => engine.stop().await,
            #[cfg(feature = "temporal")]
            Self::Temporal { engine, relay } => {
                relay.stop().await;
                engine.stop();
            }
        }
    }
}
