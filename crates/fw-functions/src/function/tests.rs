//! The rules every call obeys.
