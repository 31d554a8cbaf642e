//! The engine's view of a provider: one async trait, and the algorithms on what providers answer. No gRPC here.

mod compatible;
mod computed;
mod conform;
mod correlate;
mod empty;
mod go_text;
mod ignore_changes;
mod includes;
mod node;
mod normalize;
mod plan_valid;
mod problems;
mod proposed;
mod provider;
mod schemas;
mod supply;
mod write_only;

pub use compatible::assert_object_compatible;
pub use computed::all_computed_unknown;
pub use conform::{assert_value_conforms, type_differences};
pub use empty::empty_block;
pub use ignore_changes::IgnoredChanges;
pub use normalize::normalize_legacy_object;
pub use plan_valid::assert_plan_valid;
pub use problems::problem_text;
pub use proposed::{planned_data_resource_object, proposed_new};
pub use supply::Providers;
pub use write_only::{without_write_only, write_only_values};

pub use provider::{
    Answer, ApplyRequest, ApplyResponse, ImportRequest, ImportResponse, ImportTarget, ImportedObject, ListRequest,
    ListedObject, MoveRequest, MoveResponse, OpenRequest, OpenResponse, PlanRequest, PlanResponse, PrivateData,
    Progress, Provider, ProviderDiagnostic, ProviderDiagnostics, ReadDataRequest, ReadRequest, ReadResponse,
    RenewResponse, StoredAttributes, UpgradeRequest, UpgradeResponse,
};
pub use schemas::{
    Capabilities, FunctionParameter, FunctionSignature, IdentityAttribute, IdentitySchema, ProviderSchemas, SchemaTable,
};
