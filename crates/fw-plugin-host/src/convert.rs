//! Between the messages of the protocol and the shapes of the engine.

pub(crate) mod diagnostic;
pub(crate) mod function;
pub(crate) mod identity;
pub(crate) mod schema;
pub(crate) mod schemas;
pub(crate) mod value;
mod version5;
