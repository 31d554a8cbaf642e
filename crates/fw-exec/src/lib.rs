//! Plan and execution-graph types and the plan file format.
