//! The scriptable provider as a program to be started in a certain way.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// How the scriptable provider is started.
#[derive(Clone, Debug)]
pub struct TestProvider {
    /// 5 or 6.
    pub protocol: u32,
    /// Environment variables, beside the cloud.
    pub environment: Vec<(String, String)>,
}

impl Default for TestProvider {
    fn default() -> Self {
        Self { protocol: 6, environment: Vec::new() }
    }
}

impl TestProvider {
    /// With this protocol version.
    #[must_use]
    pub fn version(protocol: u32) -> Self {
        Self { protocol, ..Self::default() }
    }

    /// With an environment variable more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Makes a program in `directory` that starts the provider this way, with its cloud there.
    ///
    /// # Panics
    /// When the file can't be written.
    #[must_use]
    pub fn install(&self, directory: &Path, cloud: &Path) -> PathBuf {
        let mut script = String::from("#!/bin/sh\n");
        let protocol = ("FW_TESTPROVIDER_PROTOCOL".to_owned(), self.protocol.to_string());
        let cloud = ("FW_TESTPROVIDER_CLOUD".to_owned(), cloud.display().to_string());
        for (name, value) in [protocol, cloud].iter().chain(&self.environment) {
            writeln!(script, "export {name}='{}'", value.replace('\'', r"'\''")).expect("strings take text");
        }
        writeln!(script, "exec '{}' \"$@\"", crate::program("fw-testprovider").display()).expect("strings take text");
        let path = directory.join("terraform-provider-fwtest");
        std::fs::create_dir_all(directory).expect("the directory can be made");
        std::fs::write(&path, script).expect("the program can be written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it can be made executable");
        path
    }
}
