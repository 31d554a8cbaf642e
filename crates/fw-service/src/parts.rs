//! The parts of the service that others are made of: directories, database, objects.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fw_cli::Process;
use fw_database::{Database, DatabaseError, installation};
use fw_driver::{Engine, Runs};
use fw_objects::{Digest, KeySource, Objects, keys};
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
    #[error("another server runs on the database {path}; several at once need PostgreSQL")]
    Held { path: PathBuf },
    #[error("this installation was moved to {to}")]
    Moved { to: String },
    #[error(
        "this installation is being moved to {to}: run `formwork admin migrate-engine` again to finish that, or with \
         -abandon to stay; then nothing may use the new database"
    )]
    Moving { to: String },
    #[error(
        "the object store or the encryption key is not the one this database belongs to: all servers on a database \
         need the same `objects` and `encryption_key`"
    )]
    Strangers(#[source] Option<fw_objects::Error>),
}

/// Names of the installation: the object that shows that a store is its own, where it is being moved, where it was moved.
const OBJECT: &str = "object";
pub(crate) const MOVING: &str = "moving";
pub(crate) const MOVED: &str = "moved";

/// Keeps other servers off a database.
pub(crate) struct Hold(#[expect(dead_code, reason = "the lock lasts as long as it is open")] File);

/// Database and objects, open.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) directory: PathBuf,
    pub(crate) database: Database,
    pub(crate) objects: Objects,
    /// What objects are encrypted with.
    pub(crate) keys: Option<Arc<dyn KeySource>>,
    /// The id of the installation: that of its database.
    pub(crate) installation: String,
    /// The file with the database, if it is SQLite.
    file: Option<PathBuf>,
}

impl Parts {
    /// Opens what the settings name; what is not there yet is made.
    pub(crate) async fn open(settings: &Settings, process: &Process) -> Result<Self, PartsError> {
        let parts = Self::open_moved(settings, process).await?;
        if let Some(to) = parts.marked(MOVED).await? {
            return Err(PartsError::Moved { to });
        }
        match parts.marked(MOVING).await? {
            Some(to) => Err(PartsError::Moving { to }),
            None => Ok(parts),
        }
    }

    /// As [`Self::open`], also if the installation was moved elsewhere.
    pub(crate) async fn open_moved(settings: &Settings, process: &Process) -> Result<Self, PartsError> {
        let directory = process.directory.join(settings.text("data_dir"));
        make_private(&directory).map_err(|source| PartsError::Directory { path: directory.clone(), source })?;
        let database = match settings.text("database") {
            "" => format!("sqlite:{}", directory.join("formwork.db").display()),
            address => address.to_owned(),
        };
        let file = database.strip_prefix("sqlite:").map(|path| process.directory.join(path));
        let database = Database::open(&database, fw_database::Options::default()).await?;
        let installation = settled(&database, "id", uuid::Uuid::new_v4().to_string()).await?;
        let keys = encryption(settings.text("encryption_key"), &directory)?;
        let objects = match settings.text("objects") {
            "" => format!("file://{}", directory.join("objects").display()),
            address => address.to_owned(),
        };
        let objects = Objects::open(&objects, keys.clone()).await?;
        Ok(Self { directory, database, objects, keys, installation, file })
    }

    /// The server over these parts.
    pub(crate) fn app(&self, settings: &Settings, engine: Arc<dyn Engine>) -> Result<App, PartsError> {
        let runs = Runs::new(self.database.clone(), engine);
        Ok(App::new(runs, self.objects.clone(), options(settings)?))
    }

    /// Whether the database is a SQLite.
    pub(crate) const fn is_sqlite(&self) -> bool {
        self.file.is_some()
    }

    /// What a name of the installation stands for, if that is anything.
    pub(crate) async fn marked(&self, name: &'static str) -> Result<Option<String>, DatabaseError> {
        let value = self.database.read((), |tx, ()| Box::pin(installation::value(tx, name))).await?;
        Ok(value.filter(|value| !value.is_empty()))
    }

    /// Keeps other servers off a SQLite database as long as the value lives: each would take the other's workers for dead.
    pub(crate) fn hold(&self) -> Result<Option<Hold>, PartsError> {
        use rustix::fs::{FlockOperation, flock};
        let Some(path) = &self.file else { return Ok(None) };
        let lock = path.with_added_extension("lock");
        let failed = |source| PartsError::Directory { path: lock.clone(), source };
        let mut file = File::options().create(true).write(true).truncate(false).open(&lock).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(PartsError::Held { path: path.clone() }),
            Err(error) => return Err(failed(error.into())),
        }
        let noted = file.set_len(0).and_then(|()| file.write_all(std::process::id().to_string().as_bytes()));
        noted.map_err(failed)?;
        Ok(Some(Hold(file)))
    }

    /// The process that keeps others off, as it has noted.
    pub(crate) fn holder(&self) -> Option<i32> {
        let lock = self.file.as_ref()?.with_added_extension("lock");
        std::fs::read_to_string(lock).ok()?.parse().ok()
    }

    /// Makes the object by which servers know that they share the store, if there is none yet.
    pub(crate) async fn mark_objects(&self) -> Result<Digest, PartsError> {
        let known = match self.marked(OBJECT).await? {
            Some(known) => known,
            None => {
                let mark = self.objects.put(format!("formwork installation {}\n", self.installation)).await?;
                settled(&self.database, OBJECT, mark.to_string()).await?
            }
        };
        let corrupt = |error: fw_objects::NotADigest| DatabaseError::Corrupt(error.to_string());
        Ok(known.parse().map_err(corrupt)?)
    }

    /// Makes sure that objects and keys are those of the other servers on the database.
    pub(crate) async fn belong_together(&self) -> Result<(), PartsError> {
        let mark = self.mark_objects().await?;
        match self.objects.get(mark).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(PartsError::Strangers(None)),
            Err(error @ (fw_objects::Error::Key { .. } | fw_objects::Error::Damaged { .. })) => {
                Err(PartsError::Strangers(Some(error)))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The value of a name of the installation; the proposed one if it had none.
async fn settled(database: &Database, name: &'static str, proposed: String) -> Result<String, DatabaseError> {
    database
        .write(proposed, move |tx, proposed| Box::pin(async move { installation::settle(tx, name, &proposed).await }))
        .await
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
        lease: lease(settings),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Options::default()
    })
}

/// How long workers may be silent.
pub(crate) fn lease(settings: &Settings) -> std::time::Duration {
    std::time::Duration::from_secs(settings.number("worker_lease").into())
}

/// An address for people: without the password that may be in it.
pub(crate) fn without_password(value: &str) -> String {
    match value.split_once("://") {
        Some((scheme, rest)) if rest.contains('@') => {
            format!("{scheme}://…@{}", rest.rsplit('@').next().unwrap_or_default())
        }
        _ => value.to_owned(),
    }
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
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}
