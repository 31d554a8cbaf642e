//! States in backends: against real servers where they can be had, and together with terraform where that is installed: one
//! writes, the other reads, and both respect the lock.

#[path = "commands/directory.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod directory;
#[path = "backends/http.rs"]
mod http;
#[path = "backends/inmem.rs"]
mod inmem;
#[path = "backends/pg.rs"]
mod pg;
#[path = "backends/s3.rs"]
mod s3;
#[path = "backends/server.rs"]
mod server;
#[path = "backends/settings.rs"]
mod settings;
#[path = "backends/together.rs"]
mod together;
