//! The scriptable provider.
fn main() {}
