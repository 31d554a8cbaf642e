//! Supervises provider plugin processes and implements the provider trait over gRPC.
