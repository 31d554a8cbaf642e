//! How long providers take, for whoever wants to know.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// A call that has ended, or the start of a process.
#[derive(Clone, Debug)]
pub struct Call {
    /// What messages call the plugin.
    pub plugin: Arc<str>,
    /// The remote procedure, as `PlanResourceChange`; `start` for the start of the process.
    pub method: &'static str,
    /// When it began.
    pub began: Instant,
    /// When it had ended.
    pub ended: Instant,
}

/// Is told of calls when they have ended, from several threads.
#[derive(Clone)]
pub struct CallSink(Arc<dyn Fn(Call) + Send + Sync>);

impl CallSink {
    /// Tells this function.
    pub fn new(tell: impl Fn(Call) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    pub(crate) fn tell(&self, plugin: &Arc<str>, method: &'static str, began: Instant) {
        (self.0)(Call { plugin: Arc::clone(plugin), method, began, ended: Instant::now() });
    }
}

impl fmt::Debug for CallSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallSink")
    }
}
