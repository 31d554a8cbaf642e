//! A working directory with its CLI configuration and environment.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use fw_diag::{Diagnostics, SourceMap};
use fw_install::cli_config::{Location, Method, ProviderInstallation};
use fw_install::{
    CliConfig, Environment, Event, Events, HashCache, InitOptions, Installer, LOCK_FILE_NAME, LockFile, LockOptions,
    MirrorOptions, Requirements, Site,
};
use tempfile::TempDir;

use crate::packages::PLATFORM;
use crate::server::Server;

/// A temporary directory with a working directory in it.
pub(crate) struct World {
    pub(crate) root: TempDir,
    pub(crate) config: CliConfig,
    pub(crate) environment: Environment,
}

/// What an operation has told.
pub(crate) struct Told {
    pub(crate) lines: Vec<String>,
    pub(crate) problems: Diagnostics,
}

#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

impl Events for Recorder {
    fn event(&self, event: &Event) {
        self.0.lock().unwrap().push(event.human());
    }
}

impl Told {
    /// The first problem: summary and detail.
    #[track_caller]
    pub(crate) fn problem(&self) -> (&str, &str) {
        let first = self.problems.iter().next().expect("there is a problem");
        (&first.summary, &first.detail)
    }

    /// The detail of the first problem, which has this summary.
    #[track_caller]
    pub(crate) fn detail(&self, summary: &str) -> &str {
        assert_eq!(self.problem().0, summary, "{:?}", self.problems);
        self.problem().1
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Vec<String> {
        assert!(!self.problems.has_errors(), "{:?}", self.problems);
        self.lines
    }
}

pub(crate) fn requirements(all: &[(&str, &str)]) -> Requirements {
    let parse = |(provider, constraints): &(&str, &str)| {
        let constraints = if constraints.is_empty() { Ok(Default::default()) } else { constraints.parse() };
        (provider.parse().unwrap(), constraints.unwrap())
    };
    all.iter().map(parse).collect()
}

impl World {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("work")).unwrap();
        let environment = Environment { working_directory: root.path().join("work"), ..Environment::default() };
        Self { root, config: CliConfig::default(), environment }
    }

    /// The same with one source of packages.
    pub(crate) fn with(mut self, location: Location) -> Self {
        let method = Method { location, include: Vec::new(), exclude: Vec::new() };
        self.config.installation = Some(ProviderInstallation { methods: vec![method], ..Default::default() });
        self
    }

    /// The same, trusting a server, and not patient with it.
    pub(crate) fn trusting(mut self, server: &Server) -> Self {
        let path = self.root.path().join("certificate.pem");
        std::fs::write(&path, &server.certificate).unwrap();
        self.set("SSL_CERT_FILE", path.to_str().unwrap());
        self.set("TF_REGISTRY_CLIENT_TIMEOUT", "1");
        self.set("TF_REGISTRY_DISCOVERY_RETRY", "0");
        self.set("TF_PROVIDER_DOWNLOAD_RETRY", "0");
        self
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.variables.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    pub(crate) fn site(&self) -> Site {
        Site {
            root: self.work(),
            data_directory: self.work().join(".terraform"),
            config: self.config.clone(),
            environment: self.environment.clone(),
            platform: PLATFORM.parse().unwrap(),
            reattached: Default::default(),
            hashes: HashCache::in_memory(),
        }
    }

    pub(crate) fn init(&self, required: &[(&str, &str)]) -> Told {
        self.init_with(required, &InitOptions::default())
    }

    pub(crate) fn init_with(&self, required: &[(&str, &str)], options: &InitOptions) -> Told {
        self.run(async |installer: &Installer| {
            installer.initialize(&requirements(required), options, &SourceMap::new()).await
        })
    }

    pub(crate) fn lock(&self, required: &[(&str, &str)], options: &LockOptions) -> Told {
        self.run(async |installer: &Installer| {
            installer.lock(&requirements(required), options, &SourceMap::new()).await
        })
    }

    pub(crate) fn mirror(&self, required: &[(&str, &str)], options: &MirrorOptions) -> Told {
        self.run(async |installer: &Installer| {
            installer.mirror(&requirements(required), options, &SourceMap::new()).await
        })
    }

    fn run(&self, operation: impl AsyncFnOnce(&Installer) -> Diagnostics) -> Told {
        let recorder = Arc::new(Recorder::default());
        let installer = Installer::new(self.site(), Arc::clone(&recorder) as Arc<dyn Events>);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let problems = runtime.block_on(operation(&installer));
        let lines = recorder.0.lock().unwrap().clone();
        Told { lines, problems }
    }

    pub(crate) fn lock_file(&self) -> String {
        std::fs::read_to_string(self.work().join(LOCK_FILE_NAME)).unwrap_or_default()
    }

    pub(crate) fn locks(&self) -> LockFile {
        LockFile::load(&self.work(), &SourceMap::new()).unwrap()
    }

    /// Where a version of `foo` is installed.
    pub(crate) fn installed(&self, provider: &str, version: &str) -> PathBuf {
        self.work().join(".terraform/providers").join(provider).join(version).join(PLATFORM)
    }

    pub(crate) fn forget_installed(&self) {
        std::fs::remove_dir_all(self.work().join(".terraform")).unwrap();
    }

    pub(crate) fn forget_lock_file(&self) {
        std::fs::remove_file(self.work().join(LOCK_FILE_NAME)).unwrap();
    }
}
