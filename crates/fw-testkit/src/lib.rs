//! What tests share: finding programs, providers and mirrors, running the binary.
