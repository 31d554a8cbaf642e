//! Keys that services make and keep: each gives a new key in plain and in a form that only the service reads again.

mod aws_kms;
mod openbao;

pub use aws_kms::AwsKms;
pub use openbao::OpenBao;

/// A new key; never shown.
pub struct DataKey {
    /// To encrypt with.
    pub plain: Vec<u8>,
    /// To be stored; the service makes the key of it again.
    pub wrapped: Vec<u8>,
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey")
    }
}

/// A service that keeps keys.
pub trait KeyService: Send + Sync + std::fmt::Debug {
    /// A new key.
    ///
    /// # Errors
    /// When the service gives none.
    fn make(&self) -> Result<DataKey, String>;

    /// A key that was made before.
    ///
    /// # Errors
    /// When the service does not know it, or is not to be reached.
    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, String>;
}
