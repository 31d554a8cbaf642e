//! Objects of a bucket.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::aws::{Aws, CallError, Service, element, elements, encode};
use crate::transport::Request;

/// A bucket and how objects are put into it.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    pub(super) aws: Aws,
    pub(super) name: String,
    pub(super) path_style: bool,
    pub(super) acl: Option<String>,
    pub(super) encryption: Encryption,
    pub(super) checksums: bool,
}

/// How the server encrypts what it keeps.
#[derive(Clone)]
pub(super) enum Encryption {
    /// As the bucket says.
    None,
    /// With a key of S3's own.
    Bucket,
    /// With a key of the key service.
    Kms(String),
    /// With a key that comes with each request.
    Customer(Vec<u8>),
}

impl std::fmt::Debug for Encryption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encryption")
    }
}

/// What is said of a bucket that is not there.
pub(super) fn explained(error: &CallError, bucket: &str) -> String {
    if error.code != "NoSuchBucket" {
        return error.to_string();
    }
    format!(
        "S3 bucket \"{bucket}\" does not exist.\n\nThe referenced S3 bucket must have been previously created. If the S3 \
         bucket\nwas created within the last minute, please wait for a minute or two and try\nagain.\n\nError: {error}\n"
    )
}

impl Bucket {
    /// The address of a key.
    pub(super) fn url(&self, key: &str) -> String {
        let (address, chosen) = self.aws.endpoints.address(Service::S3);
        let path: Vec<String> = key.split('/').map(encode).collect();
        let path = path.join("/");
        // A name with dots is in no certificate.
        let by_path = self.path_style || !chosen && self.name.contains('.');
        match address.split_once("://") {
            Some((scheme, host)) if !by_path => format!("{scheme}://{}.{host}/{path}", self.name),
            _ => format!("{address}/{}/{path}", encode(&self.name)).trim_end_matches('/').to_owned(),
        }
    }

    fn customer_key(&self, mut request: Request) -> Request {
        if let Encryption::Customer(key) = &self.encryption {
            request = request
                .header("x-amz-server-side-encryption-customer-algorithm", "AES256")
                .header("x-amz-server-side-encryption-customer-key", STANDARD.encode(key))
                .header("x-amz-server-side-encryption-customer-key-md5", STANDARD.encode(Md5::digest(key)));
        }
        request
    }

    /// The bytes of an object; `None` where there is none.
    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, CallError> {
        // Some servers say of a missing object that the bucket is missing; of that HEAD knows better.
        let head = self.customer_key(Request::new("HEAD", self.url(key)));
        match self.aws.call(Service::S3, "HeadObject", &head) {
            Err(error) if error.status == Some(404) && error.code == "NotFound" => {
                return self.is_there().map(|()| None);
            }
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        let get = self.customer_key(Request::new("GET", self.url(key)));
        match self.aws.call(Service::S3, "GetObject", &get) {
            Err(error) if error.code == "NoSuchKey" => Ok(None),
            Err(error) => Err(error),
            Ok(answer) => Ok(Some(answer.body).filter(|body| !body.is_empty())),
        }
    }

    /// Fails where the bucket is known not to be there, of which HEAD of an object says nothing.
    fn is_there(&self) -> Result<(), CallError> {
        match self.page("", None, 1) {
            Err(error) if error.code == "NoSuchBucket" => Err(error),
            _ => Ok(()),
        }
    }

    /// Stores an object, if wanted only where there is none.
    pub(super) fn put(&self, key: &str, content: &[u8], only_new: bool) -> Result<(), CallError> {
        let mut put = Request::new("PUT", self.url(key)).header("Content-Type", "application/json").body(content);
        if self.checksums {
            put = put
                .header("x-amz-sdk-checksum-algorithm", "SHA256")
                .header("x-amz-checksum-sha256", STANDARD.encode(Sha256::digest(content)));
        }
        put = match &self.encryption {
            Encryption::None | Encryption::Customer(_) => put,
            Encryption::Bucket => put.header("x-amz-server-side-encryption", "AES256"),
            Encryption::Kms(id) => put
                .header("x-amz-server-side-encryption", "aws:kms")
                .header("x-amz-server-side-encryption-aws-kms-key-id", id.as_str()),
        };
        if let Some(acl) = &self.acl {
            put = put.header("x-amz-acl", acl.as_str());
        }
        if only_new {
            put = put.header("If-None-Match", "*");
        }
        self.aws.call(Service::S3, "PutObject", &self.customer_key(put)).map(drop)
    }

    /// Removes an object.
    pub(super) fn delete(&self, key: &str) -> Result<(), CallError> {
        self.aws.call(Service::S3, "DeleteObject", &Request::new("DELETE", self.url(key))).map(drop)
    }

    /// The keys that begin so.
    pub(super) fn list(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        let mut keys = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let text = self.page(prefix, next.as_deref(), 1000)?;
            let contents = elements(&text, "Contents");
            keys.extend(contents.iter().filter_map(|one| element(one, "Key")));
            next = element(&text, "NextContinuationToken");
            if next.is_none() || contents.is_empty() {
                return Ok(keys);
            }
        }
    }

    fn page(&self, prefix: &str, next: Option<&str>, most: usize) -> Result<String, CallError> {
        let mut query = vec![
            ("list-type".to_owned(), "2".to_owned()),
            ("max-keys".to_owned(), most.to_string()),
            ("prefix".to_owned(), prefix.to_owned()),
        ];
        query.extend(next.map(|token| ("continuation-token".to_owned(), token.to_owned())));
        let pairs: Vec<String> =
            query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let url = format!("{}?{}", self.url(""), pairs.join("&"));
        self.aws.call(Service::S3, "ListObjectsV2", &Request::new("GET", url)).map(|answer| answer.text())
    }
}
