//! HCL native syntax and Terraform JSON: scanner, parser with recovery, formatter. Text to tree and diagnostics.
