//! Configuration and inputs to values: variables, locals, outputs, `count` and `for_each`, per module instance, lazy and
//! memoised. Knows no state, no plan and no plugin: whoever plans or applies tells it the values of resource instances.
//!
//! Everything is synchronous and on one thread. An expression that names `a[3].id` costs one look-up of one instance;
//! whole resources are only put together when an expression asks for one.

mod conditions;
mod evaluator;
mod expansion;
mod frame;
mod providers;
mod scope;
mod settings;
mod variables;

pub use conditions::{CHECK_FAILED, CHECK_UNDECIDED, Outcome, check, check_all};
pub use evaluator::Evaluator;
pub use expansion::{Expansion, RepetitionData};
pub use frame::Frame;
pub use scope::ModuleScope;
pub use settings::{Phase, ProviderFunctions, Settings};
pub use variables::{GivenVariable, VariableSource, prepare_root_variables};
