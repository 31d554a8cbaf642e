//! A worker's place: its directory, a mirror with the scriptable provider, the cloud.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fw_install::CliConfig;
use fw_install::cli_config::{Location, Method, ProviderInstallation};
use fw_plugin_host::Launcher;
use fw_testkit::{Cloud, TestProvider};
use fw_worker::{Slots, Worker, WorkerOptions};

use crate::memory::Memory;

/// Asks for the scriptable provider.
pub(crate) const REQUIRED: &str =
    "terraform {\n  required_providers {\n    fwtest = {\n      source = \"hashicorp/fwtest\"\n    }\n  }\n}\n";

pub(crate) struct Place {
    directory: PathBuf,
    _own: Option<tempfile::TempDir>,
    pub(crate) cloud: Cloud,
}

impl Place {
    pub(crate) fn new() -> Self {
        let own = tempfile::tempdir().unwrap();
        let directory = own.path().to_owned();
        let cloud = directory.join("cloud");
        let platform = fw_install::Platform::current().to_string();
        let package = directory.join("mirror/registry.terraform.io/hashicorp/fwtest/1.0.0").join(platform);
        // Its path is only known to the program that starts it.
        let script = format!("@{}", directory.join("script.json").display());
        drop(TestProvider::default().with("FW_TESTPROVIDER_SCRIPT", script).install(&package, &cloud));
        let place = Self { cloud: Cloud::new(cloud), directory, _own: Some(own) };
        place.script("{}");
        place
    }

    /// The place of another process.
    pub(crate) fn existing(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), _own: None, cloud: Cloud::new(directory.join("cloud")) }
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn options(&self, name: &str) -> WorkerOptions {
        let location = Location::FilesystemMirror(self.directory.join("mirror"));
        let methods = vec![Method { location, include: Vec::new(), exclude: Vec::new() }];
        let installation = Some(ProviderInstallation { methods, dev_overrides: BTreeMap::new() });
        let environment = std::env::vars().collect();
        WorkerOptions {
            slots: Slots { least: 1, most: 2 },
            cli_config: CliConfig { installation, ..CliConfig::default() },
            environment: fw_worker::visible_environment(&environment, &[]),
            launcher: Some(Launcher {
                program: fw_testkit::program("formwork"),
                arguments: vec!["__exec-plugin".into()],
            }),
            // Scripts are read when a provider starts.
            spares: 0,
            wait: Duration::from_secs(1),
            ..WorkerOptions::new(name, self.directory.join(name))
        }
    }

    pub(crate) fn start(&self, memory: &Memory, name: &str) -> Worker {
        Worker::start(Arc::new(memory.clone()), self.options(name)).unwrap()
    }

    /// The processes of the provider that a worker has started, by the directory they run in.
    #[cfg(target_os = "linux")]
    pub(crate) fn processes(&self, worker: &str) -> BTreeMap<u32, PathBuf> {
        let within = self.directory.join(worker).canonicalize().unwrap();
        let program = fw_testkit::program("fw-testprovider").canonicalize().unwrap();
        let process = |entry: std::io::Result<std::fs::DirEntry>| {
            let path = entry.ok()?.path();
            let pid = path.file_name()?.to_str()?.parse().ok()?;
            let directory = std::fs::read_link(path.join("cwd")).ok()?;
            let ours = std::fs::read_link(path.join("exe")).ok()? == program && directory.starts_with(&within);
            ours.then_some((pid, directory))
        };
        std::fs::read_dir("/proc").unwrap().filter_map(process).collect()
    }

    /// How often something was called for an object of the provider.
    pub(crate) fn calls(log: &str, call: &str, name: &str) -> usize {
        log.lines().filter(|line| *line == format!("{call} fwtest_object {name}")).count()
    }

    /// What all providers do from now on, if they are not running yet.
    pub(crate) fn script(&self, script: &str) {
        std::fs::write(self.directory.join("script.json"), script).unwrap();
    }
}
