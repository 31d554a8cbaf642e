//! The program: environment, wiring, exit code.
fn main() {}
