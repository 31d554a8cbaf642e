//! The built-in functions of the Terraform language.
