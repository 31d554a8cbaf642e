//! Keys that objects are encrypted with, and where they come from.

mod local;
mod transit;

use std::fmt;
use std::sync::Arc;

pub use local::LocalKeys;
pub use transit::{Transit, TransitSettings};

use crate::Error;

/// A key that objects are encrypted with; each object's own is derived from it.
pub struct DataKey {
    pub(crate) id: String,
    /// Stored with each object; only the source can make the secret of it. Empty when the id says enough.
    pub(crate) wrapped: Vec<u8>,
    pub(crate) secret: [u8; 32],
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl DataKey {
    /// A key by its parts; id and wrapped form have at most 65,535 bytes each.
    #[must_use]
    pub fn new(id: impl Into<String>, wrapped: Vec<u8>, secret: [u8; 32]) -> Self {
        Self { id: id.into(), wrapped, secret }
    }
}

/// Where keys come from.
#[async_trait::async_trait]
pub trait KeySource: Send + Sync {
    /// The key for new objects.
    ///
    /// # Errors
    /// When it can't be had.
    async fn current(&self) -> Result<Arc<DataKey>, Error>;

    /// The key of an existing object.
    ///
    /// # Errors
    /// When it can't be had.
    async fn find(&self, id: &str, wrapped: &[u8]) -> Result<Arc<DataKey>, Error>;
}

/// Opens a source of keys: `file:PATH`, `env:NAME`, or `vault:URL` of a Transit key, such as
/// `vault:https://vault.example:8200/v1/transit/keys/formwork`, its token in the variable `VAULT_TOKEN`.
///
/// # Errors
/// When the address names no source, or the source has no keys.
pub fn open(address: &str) -> Result<Arc<dyn KeySource>, Error> {
    let wrong = |reason: &str| Error::Key { id: address.to_owned(), reason: reason.to_owned() };
    match address.split_once(':') {
        Some(("file", path)) => {
            let path = path.strip_prefix("//").unwrap_or(path);
            let text = std::fs::read_to_string(path).map_err(|error| wrong(&error.to_string()))?;
            Ok(Arc::new(LocalKeys::parse(&text).map_err(|reason| wrong(&reason))?))
        }
        Some(("env", name)) => {
            let text = std::env::var(name).map_err(|error| wrong(&error.to_string()))?;
            Ok(Arc::new(LocalKeys::parse(&text).map_err(|reason| wrong(&reason))?))
        }
        Some(("vault", url)) => {
            let token = std::env::var("VAULT_TOKEN").map_err(|_absent| wrong("VAULT_TOKEN is not set"))?;
            Ok(Arc::new(Transit::new(TransitSettings::parse(url, token)?)?))
        }
        Some(_) | None => Err(wrong("a source of keys is written file:PATH, env:NAME or vault:URL")),
    }
}

/// A new random key in the form that [`open`] reads, for who sets up an installation.
#[must_use]
pub fn generate() -> String {
    use base64::Engine as _;
    let secret = random::<32>();
    format!("{}\n", base64::engine::general_purpose::STANDARD.encode(secret))
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
