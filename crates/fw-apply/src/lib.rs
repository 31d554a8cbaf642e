//! Runs the execution graph of a plan; chooses nothing.
