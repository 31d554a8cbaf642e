//! Declared configuration: files and overrides to modules, resources, providers and their static references.
