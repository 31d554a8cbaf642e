//! The provider trait and the algorithms on provider answers. No gRPC.
