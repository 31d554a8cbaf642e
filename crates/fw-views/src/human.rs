//! What people read: plans, states and outputs as text equal to terraform's. Strings only; callers print them.
//!
//! Values become [`datum`]s, two of them are compared to a tree of [`diff`]s, and the tree is rendered. A state is what does
//! not change.

mod compare;
mod datum;
mod diff;
mod ink;
mod lcs;
mod matcher;
mod outputs;
mod plan;
mod portions;
mod render;
mod state;

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::Provider;
use fw_diag::render::WIDTH_OFF_TERMINAL;
use fw_provider::ProviderSchemas;

pub(crate) use ink::{Code, Ink};
pub use outputs::{apply_outputs, outputs, value};
pub use plan::{plan, plan_next_step};
pub use state::{state, state_instance, state_of_test};

/// What the program calls itself in what people read.
pub const TOOL: &str = Tool::FORMWORK.name;
/// The command people type.
pub const COMMAND: &str = Tool::FORMWORK.command;

/// The schemas of all providers that a plan or state refers to.
pub type Schemas = BTreeMap<Provider, Arc<ProviderSchemas>>;

/// How text is to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// With colours, as it is unless `-no-color` is given.
    pub color: bool,
    /// Columns of the terminal; `None` off a terminal.
    pub width: Option<usize>,
    /// Whether a program runs this one (`TF_IN_AUTOMATION`), so that hints of what to type next are left out.
    pub automation: bool,
    /// What the program calls itself.
    pub tool: Tool,
}

/// What the program calls itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool {
    /// In sentences.
    pub name: &'static str,
    /// As people type it.
    pub command: &'static str,
}

impl Tool {
    /// Its own name.
    pub const FORMWORK: Self = Self { name: "Formwork", command: "formwork" };
    /// Under the name of the program it stands in for.
    pub const TERRAFORM: Self = Self { name: "Terraform", command: "terraform" };
}

impl Default for Tool {
    fn default() -> Self {
        Self::FORMWORK
    }
}

impl Style {
    fn columns(&self) -> usize {
        self.width.unwrap_or(WIDTH_OFF_TERMINAL)
    }

    pub(crate) fn ink(&self) -> Ink {
        Ink { color: self.color }
    }
}
