//! Keys that a service makes and keeps: what is stored is the key as only the service reads it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fw_backend::keys::{DataKey, KeyService};

use super::Key;

pub(super) fn sealing(service: &dyn KeyService, name: &str) -> Result<(Key, Vec<u8>), String> {
    let DataKey { plain, wrapped } = service.make()?;
    let meta = BTreeMap::from([(name, STANDARD.encode(wrapped))]);
    Ok((Key(plain), serde_json::to_vec(&meta).map_err(|error| error.to_string())?))
}

pub(super) fn opening(service: &dyn KeyService, name: &str, stored: Option<&[u8]>) -> Result<Option<Key>, String> {
    let Some(stored) = stored else { return Ok(None) };
    let meta: BTreeMap<String, String> = super::stored(stored)?;
    let Some(wrapped) = meta.get(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    let wrapped = STANDARD.decode(wrapped).map_err(|error| format!("the stored key cannot be read: {error}"))?;
    service.unwrap(&wrapped).map(|key| Some(Key(key)))
}
