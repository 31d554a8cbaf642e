//! Desired and prior state and provider answers to an immutable plan.
