//! States in backends: against real servers where they can be had, and together with terraform where that is installed: one
//! writes, the other reads, and both respect the lock.

#[path = "backends/azurerm.rs"]
mod azurerm;
#[path = "backends/consul.rs"]
mod consul;
#[path = "commands/directory.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod directory;
#[path = "backends/gcs.rs"]
mod gcs;
#[path = "backends/http.rs"]
mod http;
#[path = "backends/inmem.rs"]
mod inmem;
#[path = "backends/kubernetes.rs"]
mod kubernetes;
#[path = "backends/listener.rs"]
mod listener;
#[path = "backends/pg.rs"]
mod pg;
#[path = "backends/reading.rs"]
mod reading;
#[path = "backends/s3.rs"]
mod s3;
#[path = "backends/server.rs"]
mod server;
#[path = "backends/settings.rs"]
mod settings;
#[path = "backends/together.rs"]
mod together;
