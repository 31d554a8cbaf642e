//! The service from outside: the real program with its own database, objects and workers, over HTTP.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests; what is skipped is said")]

#[path = "../../fw-run/tests/machine/checker.rs"]
#[expect(clippy::unwrap_used, reason = "shared with the tests of the machine")]
mod checker;
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
#[path = "service/distributed.rs"]
mod distributed;
#[path = "service/faults.rs"]
mod faults;
#[path = "service/inputs.rs"]
mod inputs;
#[path = "service/invariants.rs"]
mod invariants;
#[path = "service/killing.rs"]
mod killing;
#[path = "service/live.rs"]
mod live;
#[path = "service/moving.rs"]
mod moving;
#[path = "service/roles.rs"]
mod roles;
#[path = "service/stacks_rpc.rs"]
mod stacks_rpc;
#[path = "service/strangers.rs"]
mod strangers;
#[path = "service/workers.rs"]
mod workers;
