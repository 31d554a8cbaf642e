//! What tests share: the programs of the workspace, the scriptable provider, and a [`Stack`]: a directory with a
//! configuration and a state that is planned and applied inside the test's process, by real provider plugins.

mod cloud;
mod dice;
mod program;
mod provider;
mod recorded;
mod report;
mod scenario;
mod servers;
mod stack;
mod terraform;

pub use cloud::Cloud;
pub use dice::Dice;
pub use program::program;
pub use provider::TestProvider;
pub use recorded::check_files;
pub use report::{Applied, Planned, told};
pub use scenario::{Host, Scenario};
pub use servers::{AwsEmulator, Postgres, Temporal};
pub use stack::{Ask, Stack};
pub use terraform::Terraform;
