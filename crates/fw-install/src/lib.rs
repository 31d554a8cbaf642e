//! Provider installation: registries, mirrors, cache, checksums, signatures, lock file, CLI configuration.
