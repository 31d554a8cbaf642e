//! Views of plans, states and diagnostics for people and machines: strings and JSON, no output.

pub mod human;
pub mod json;
pub mod junit;
pub mod live;
pub mod time;
