//! Schemas kept on disk between runs, by the content hash of the provider's program.
//!
//! A file holds the answers exactly as the provider gave them, still encoded, so reading one costs a read and no more.
//! Only answers of providers that say they work without being asked for their schema are kept: the others need the call.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use fw_plugin_proto::tfplugin::{GetProviderSchemaResponse, GetResourceIdentitySchemasResponse};
use fw_plugin_proto::{Bytes, Message as _};
use fw_provider::ProviderSchemas;

use crate::convert::schemas::convert;
use crate::handshake::Protocol;

/// First in every file; the digit is the version of this format.
const MAGIC: &[u8; 16] = b"formwork schema2";

/// Where schemas of one provider program are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaCache {
    /// Made when needed.
    pub directory: PathBuf,
    /// Says which program it is: a hash of its content.
    pub key: String,
}

/// What a provider answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) protocol: Protocol,
    pub(crate) schema: GetProviderSchemaResponse,
    pub(crate) identities: BTreeMap<String, Bytes>,
}

impl SchemaCache {
    /// What is kept, if it is whole: a plugin need not run for this.
    #[must_use]
    pub fn load(&self) -> Option<ProviderSchemas> {
        let kept = self.read()?;
        convert(kept.protocol, kept.schema, kept.identities).ok()
    }

    pub(crate) fn read(&self) -> Option<Kept> {
        decode(Bytes::from(std::fs::read(self.path()).ok()?))
    }

    /// Keeps an answer. Others may read and write at the same time, so it appears whole or not at all.
    pub(crate) fn write(&self, kept: &Kept) -> io::Result<()> {
        std::fs::create_dir_all(&self.directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        let schema = kept.schema.encode_to_vec();
        let identities = identities_message(kept.identities.clone()).encode_to_vec();
        file.write_all(MAGIC)?;
        for number in [u64::from(kept.protocol.number()), length(&schema), length(&identities)] {
            file.write_all(&number.to_le_bytes())?;
        }
        file.write_all(&schema)?;
        file.write_all(&identities)?;
        file.persist(self.path())?;
        Ok(())
    }

    fn path(&self) -> PathBuf {
        // The key is anything; the name of the file must be a name.
        let mut name = String::from("schema-");
        for byte in self.key.bytes() {
            if byte.is_ascii_alphanumeric() {
                name.push(char::from(byte));
            } else {
                name.push_str(&format!("-{byte:02x}"));
            }
        }
        Path::new(&self.directory).join(name)
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn identities_message(identity_schemas: BTreeMap<String, Bytes>) -> GetResourceIdentitySchemasResponse {
    GetResourceIdentitySchemasResponse { identity_schemas, diagnostics: Vec::new() }
}

fn decode(mut bytes: Bytes) -> Option<Kept> {
    let mut take = |length: usize| (bytes.len() >= length).then(|| bytes.split_to(length));
    if take(MAGIC.len())?.as_ref() != MAGIC {
        return None;
    }
    let mut number = || Some(u64::from_le_bytes(take(8)?.as_ref().try_into().ok()?));
    let (protocol, schema, identities) = (number()?, number()?, number()?);
    let protocol = Protocol::from_number(u32::try_from(protocol).ok()?)?;
    let schema = take(usize::try_from(schema).ok()?)?;
    let identities = take(usize::try_from(identities).ok()?)?;
    if !bytes.is_empty() {
        return None;
    }
    Some(Kept {
        protocol,
        schema: GetProviderSchemaResponse::decode(schema).ok()?,
        identities: GetResourceIdentitySchemasResponse::decode(identities).ok()?.identity_schemas,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Kept {
        let schema = GetProviderSchemaResponse {
            resource_schemas: [("a".to_owned(), Bytes::from_static(b"\x08\x03"))].into(),
            ..GetProviderSchemaResponse::default()
        };
        Kept { protocol: Protocol::V5, schema, identities: [("a".to_owned(), Bytes::new())].into() }
    }

    #[test]
    fn what_is_kept_comes_back() {
        let directory = tempfile::tempdir().unwrap();
        let cache = SchemaCache { directory: directory.path().join("new"), key: "h1:a/b+c=".to_owned() };
        assert_eq!(cache.read(), None);
        cache.write(&kept()).unwrap();
        cache.write(&kept()).unwrap();
        assert_eq!(cache.read(), Some(kept()));
        assert_eq!(cache.load().unwrap().resource("a").unwrap().version, 3);
        assert_eq!(std::fs::read_dir(&cache.directory).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_file_is_not_there() {
        let directory = tempfile::tempdir().unwrap();
        let cache = SchemaCache { directory: directory.path().to_owned(), key: "k".to_owned() };
        cache.write(&kept()).unwrap();
        let whole = std::fs::read(cache.path()).unwrap();
        for length in 0..whole.len() {
            std::fs::write(cache.path(), &whole[..length]).unwrap();
            assert_eq!(cache.read(), None, "{length} of {}", whole.len());
        }
        std::fs::write(cache.path(), [&whole[..], b"x"].concat()).unwrap();
        assert_eq!(cache.read(), None);
    }
}
