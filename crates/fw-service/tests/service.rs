//! The service from outside: the real program with its own database, objects and workers, over HTTP.

#[path = "service/harness.rs"]
mod harness;

#[path = "service/approvals.rs"]
mod approvals;
#[path = "service/backend.rs"]
mod backend;
#[path = "service/client.rs"]
mod client;
#[path = "service/deployments.rs"]
mod deployments;
#[path = "service/faults.rs"]
mod faults;
#[path = "service/inputs.rs"]
mod inputs;
#[path = "service/live.rs"]
mod live;
#[path = "service/roles.rs"]
mod roles;
