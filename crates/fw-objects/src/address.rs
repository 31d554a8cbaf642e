//! Addresses of stores.

use std::sync::Arc;

use reqwest::Url;

use crate::Error;
use crate::backend::Backend;
use crate::backend::directory::Directory;
use crate::backend::memory::Memory;
use crate::backend::s3::{Place, S3};

pub(crate) async fn open(address: &str) -> Result<Arc<dyn Backend>, Error> {
    let wrong = |reason: &str| Error::Address { address: address.to_owned(), reason: reason.to_owned() };
    let url = Url::parse(address).map_err(|error| wrong(&error.to_string()))?;
    match url.scheme() {
        "memory" => Ok(Arc::new(Memory::default())),
        "file" => {
            let path = url.to_file_path().map_err(|()| wrong("the path of a file:// address is absolute"))?;
            let opened = Directory::open(path);
            let opened = opened.map_err(|e| Error::Store { action: "make the directory of objects", source: e.into() });
            Ok(Arc::new(opened?))
        }
        "s3" => {
            let opened = S3::open(&place(&url).map_err(|reason| wrong(&reason))?).await;
            Ok(Arc::new(opened.map_err(|source| Error::Store { action: "open the bucket of objects", source })?))
        }
        _ => Err(wrong("it starts with file://, memory: or s3://")),
    }
}

fn place(url: &Url) -> Result<Place, String> {
    let bucket = url.host_str().filter(|host| !host.is_empty()).ok_or("it names no bucket")?;
    let prefix = url.path().trim_matches('/').to_owned();
    let mut place = Place { bucket: bucket.to_owned(), prefix, ..Place::default() };
    for (name, value) in url.query_pairs() {
        match &*name {
            "lock_table" => place.lock_table = Some(value.into_owned()),
            "endpoint" => place.endpoint = Some(value.into_owned()),
            "region" => place.region = Some(value.into_owned()),
            "access_key_id" => place.access_key_id = Some(value.into_owned()),
            "secret_access_key" => place.secret_access_key = Some(value.into_owned()),
            other => {
                return Err(format!(
                    "`{other}` is not a setting of it; `endpoint`, `region`, `lock_table`, `access_key_id` and \
                     `secret_access_key` are"
                ));
            }
        }
    }
    Ok(place)
}
