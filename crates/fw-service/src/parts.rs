//! The parts of the service that others are made of: directories, database, objects.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fw_cli::Process;
use fw_database::{Database, DatabaseError};
use fw_driver::{NoEngine, Runs};
use fw_objects::{KeySource, Objects, keys};
use fw_server::{App, Options, TrustedProxies};

use crate::Settings;

/// Why the service could not be put together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PartsError {
    #[error("cannot use the data directory {path}")]
    Directory {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot open the database")]
    Database(#[from] DatabaseError),
    #[error("cannot open the object store")]
    Objects(#[from] fw_objects::Error),
    #[error("{0}")]
    Setting(String),
}

/// Database and objects, open.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) directory: PathBuf,
    pub(crate) database: Database,
    pub(crate) objects: Objects,
}

impl Parts {
    /// Opens what the settings name; what is not there yet is made.
    pub(crate) async fn open(settings: &Settings, process: &Process) -> Result<Self, PartsError> {
        let directory = process.directory.join(settings.text("data_dir"));
        make_private(&directory).map_err(|source| PartsError::Directory { path: directory.clone(), source })?;
        let database = match settings.text("database") {
            "" => format!("sqlite:{}", directory.join("formwork.db").display()),
            address => address.to_owned(),
        };
        let database = Database::open(&database, fw_database::Options::default()).await?;
        let keys = encryption(settings.text("encryption_key"), &directory)?;
        let objects = match settings.text("objects") {
            "" => format!("file://{}", directory.join("objects").display()),
            address => address.to_owned(),
        };
        let objects = Objects::open(&objects, keys).await?;
        Ok(Self { directory, database, objects })
    }

    /// The server over these parts.
    pub(crate) fn app(&self, settings: &Settings) -> Result<App, PartsError> {
        let runs = Runs::new(self.database.clone(), Arc::new(NoEngine));
        Ok(App::new(runs, self.objects.clone(), options(settings)?))
    }
}

fn options(settings: &Settings) -> Result<Options, PartsError> {
    let wrong = |error| PartsError::Setting(format!("the setting `trusted_proxies`: {error}"));
    let trusted_proxies = settings.text("trusted_proxies").parse::<TrustedProxies>().map_err(wrong)?;
    Ok(Options {
        trusted_proxies,
        cors_origins: list(settings.text("cors_origins")),
        rate_limit: settings.number("rate_limit"),
        rate_burst: settings.number("rate_burst"),
        request_timeout: std::time::Duration::from_secs(settings.number("request_timeout").into()),
        body_limit: usize::try_from(settings.number("body_limit")).unwrap_or(usize::MAX),
        queue_limit: settings.number("queue_limit"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Options::default()
    })
}

/// Words with commas between.
pub(crate) fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Makes a directory that only we may look into: states have secrets.
fn make_private(directory: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// The source of the keys; a file in the data directory if nothing else is said, made when it is missing.
fn encryption(setting: &str, directory: &Path) -> Result<Option<Arc<dyn KeySource>>, PartsError> {
    match setting {
        "none" => Ok(None),
        "" => {
            let path = directory.join("encryption.key");
            if !path.exists() {
                write_private(&path, &keys::generate())
                    .map_err(|source| PartsError::Directory { path: path.clone(), source })?;
            }
            Ok(Some(keys::open(&format!("file:{}", path.display()))?))
        }
        address => Ok(Some(keys::open(address)?)),
    }
}

/// Writes a file that only we may read, whole or not at all.
pub(crate) fn write_private(path: &Path, content: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}
