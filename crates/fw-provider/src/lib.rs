//! The engine's view of a provider: one async trait, and the algorithms on what providers answer. No gRPC here.

mod provider;
mod schemas;

pub use provider::{
    Answer, ApplyRequest, ApplyResponse, ImportRequest, ImportResponse, ImportTarget, ImportedObject, MoveRequest,
    MoveResponse, OpenRequest, OpenResponse, PlanRequest, PlanResponse, PrivateData, Provider, ProviderDiagnostic,
    ProviderDiagnostics, ReadDataRequest, ReadRequest, ReadResponse, RenewResponse, StoredAttributes, UpgradeRequest,
    UpgradeResponse,
};
pub use schemas::{
    Capabilities, FunctionParameter, FunctionSignature, IdentityAttribute, IdentitySchema, ProviderSchemas, SchemaTable,
};
