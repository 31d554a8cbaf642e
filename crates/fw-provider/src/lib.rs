//! The engine's view of a provider: one async trait, and the algorithms on what providers answer. No gRPC here.

mod provider;

pub use provider::{
    Answer, ApplyRequest, ApplyResponse, Capabilities, FunctionParameter, FunctionSignature, IdentitySchema,
    ImportRequest, ImportResponse, ImportTarget, ImportedObject, MoveRequest, MoveResponse, OpenRequest, OpenResponse,
    PlanRequest, PlanResponse, PrivateData, Provider, ProviderDiagnostic, ProviderDiagnostics, ProviderSchemas,
    ReadDataRequest, ReadRequest, ReadResponse, RenewResponse, StoredAttributes, UpgradeRequest, UpgradeResponse,
};
