//! What people read: plans, states and outputs as text equal to terraform's. Strings only; callers print them.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::{AbsResourceInstance, Provider};
use fw_exec::Plan;
use fw_provider::ProviderSchemas;
use fw_state::{OutputState, State};
use fw_value::Value;

/// What the program calls itself in what people read.
pub const TOOL: &str = "Formwork";
/// The command people type.
pub const COMMAND: &str = "formwork";

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
}

/// The whole text of a plan: drift, changes, outputs, or that there is nothing to do. Starts with an empty line and ends
/// with a newline. Warnings, the note on `-out` and errors are not part of it.
#[must_use]
pub fn plan(_plan: &Plan, _schemas: &Schemas, _style: &Style) -> String {
    String::new()
}

/// What follows a plan that was not saved (`None`) or was saved to a file: a ruler and what to do next. Empty where a
/// program runs this one.
#[must_use]
pub fn plan_next_step(_saved_to: Option<&str>, _style: &Style) -> String {
    String::new()
}

/// A whole state, as `show` prints it.
#[must_use]
pub fn state(_state: &State, _schemas: &Schemas, _style: &Style) -> String {
    String::new()
}

/// One resource instance, as `state show` prints it; `None` when the state has no such object.
#[must_use]
pub fn state_instance(
    _state: &State,
    _address: &AbsResourceInstance,
    _schemas: &Schemas,
    _style: &Style,
) -> Option<String> {
    None
}

/// Root outputs, one after the other: `name = value`, sensitive ones hidden; as `output` prints them.
#[must_use]
pub fn outputs(_outputs: &BTreeMap<String, OutputState>) -> String {
    String::new()
}

/// The block `Outputs:` at the end of an apply; empty when there are none.
#[must_use]
pub fn apply_outputs(_outputs: &BTreeMap<String, OutputState>, _style: &Style) -> String {
    String::new()
}

/// One value, as `output NAME` and `console` print it, without a newline at its end.
#[must_use]
pub fn value(_value: &Value) -> String {
    String::new()
}
