//! Diagnostics as text and JSON, in the forms the terraform CLI gives them.
