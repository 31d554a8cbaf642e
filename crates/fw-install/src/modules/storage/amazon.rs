//! Packages in S3 and stores that speak its protocol.

use std::path::Path;

use chrono::Utc;
use reqwest::{Method, RequestBuilder, Url};

use super::super::fetch::Fetcher;
use super::super::source_url::SourceUrl;
use super::credentials::Keys;
use super::signature::encode;
use super::{credentials, make_parent, place, signature};

/// An object, or the beginning of names of objects.
struct Bucket<'a> {
    fetcher: &'a Fetcher,
    /// The URL of the bucket, without a slash at its end.
    base: String,
    key: String,
    version: String,
    region: String,
    keys: Keys,
}

/// Saves an object.
pub(in super::super) async fn s3_file(fetcher: &Fetcher, source: SourceUrl, to: &Path) -> Result<(), String> {
    let bucket = Bucket::of(fetcher, source).await?;
    bucket.save(&bucket.key, &bucket.version, to).await
}

/// Saves all objects whose names begin like this.
pub(in super::super) async fn s3_directory(fetcher: &Fetcher, source: SourceUrl, into: &Path) -> Result<(), String> {
    let bucket = Bucket::of(fetcher, source).await?;
    let mut marker = String::new();
    loop {
        let page = bucket.list(&marker).await?;
        let names: Vec<String> = texts(&page, "Key").map(unescape).collect();
        for name in &names {
            let Some(path) = place(into, &bucket.key, name) else { continue };
            make_parent(&path)?;
            bucket.save(name, "", &path).await?;
        }
        match names.last() {
            Some(last) if texts(&page, "IsTruncated").next() == Some("true") => marker.clone_from(last),
            _ => return make_parent(&into.join("x")),
        }
    }
}

impl<'a> Bucket<'a> {
    async fn of(fetcher: &'a Fetcher, mut source: SourceUrl) -> Result<Self, String> {
        let (id, secret) = (source.take("aws_access_key_id"), source.take("aws_access_key_secret"));
        let token = Some(source.take("aws_access_token")).filter(|token| !token.is_empty());
        let profile = source.take("aws_profile");
        let (version, asked) = (source.take("version"), source.take("region"));
        let url = source.url()?;
        let (base, key, region) = parts(&url)?;
        let keys = if id.is_empty() && secret.is_empty() {
            credentials::find(fetcher, &profile).await?
        } else {
            Keys { id, secret, token }
        };
        let region = if asked.is_empty() { region } else { asked };
        Ok(Self { fetcher, base, key, version, region, keys })
    }

    fn request(&self, url: &str) -> Result<RequestBuilder, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let now = Utc::now().format("%Y%m%dT%H%M%SZ").to_string();
        let mut request = self.fetcher.http.request(Method::GET, &url)?;
        for (name, value) in signature::headers(&url, &self.region, &self.keys, &now) {
            request = request.header(name, value);
        }
        Ok(request)
    }

    async fn save(&self, key: &str, version: &str, to: &Path) -> Result<(), String> {
        let path = key.split('/').map(encode).collect::<Vec<_>>().join("/");
        let query = if version.is_empty() { String::new() } else { format!("?versionId={}", encode(version)) };
        let request = self.request(&format!("{}/{path}{query}", self.base))?;
        self.fetcher.http.save_answer(request, to).await.map_err(|why| format!("{why} for object {key}"))
    }

    async fn list(&self, marker: &str) -> Result<String, String> {
        let marker = if marker.is_empty() { String::new() } else { format!("marker={}&", encode(marker)) };
        let request = self.request(&format!("{}/?{marker}prefix={}", self.base, encode(&self.key)))?;
        let answer = self.fetcher.http.send(request).await?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        if answer.status.is_success() {
            return Ok(text);
        }
        let (code, message) = (texts(&text, "Code").next(), texts(&text, "Message").next());
        let (code, message) = (code.unwrap_or("Error"), message.unwrap_or_default());
        Err(format!("{code}: {message}\n\tstatus code: {}", answer.status.as_u16()))
    }
}

/// The URL of the bucket, the name of the object and the region.
fn parts(url: &Url) -> Result<(String, String, String), String> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = percent_encoding::percent_decode_str(url.path()).decode_utf8_lossy().into_owned();
    let path = path.trim_start_matches('/');
    let invalid = || "URL is not a valid S3 URL".to_owned();
    let in_path = |message: &str| path.split_once('/').ok_or_else(|| message.to_owned());
    let of_region = |text: &str| {
        let region = text.trim_start_matches("s3-").trim_start_matches("s3");
        if region.is_empty() { "us-east-1".to_owned() } else { region.to_owned() }
    };
    let of_bucket = |bucket: &str, region: String| {
        let base = match region.as_str() {
            "us-east-1" => format!("https://s3.amazonaws.com/{bucket}"),
            region => format!("https://s3.{region}.amazonaws.com/{bucket}"),
        };
        (base, region)
    };
    let labels: Vec<&str> = host.split('.').collect();
    let ((base, region), key) = match labels.as_slice() {
        [region, "amazonaws", "com"] => {
            let (bucket, key) = in_path("URL is not a valid S3 URL")?;
            (of_bucket(bucket, of_region(region)), key)
        }
        ["s3", region, "amazonaws", "com"] => {
            let (bucket, key) = in_path("URL is not a valid S3 URL")?;
            (of_bucket(bucket, (*region).to_owned()), key)
        }
        [bucket, region, "amazonaws", "com"] => (of_bucket(bucket, of_region(region)), path),
        [bucket, _, region, "amazonaws", "com"] => (of_bucket(bucket, (*region).to_owned()), path),
        [.., "amazonaws", "com"] => return Err(invalid()),
        _ => {
            let (bucket, key) = in_path("URL is not a valid S3 compliant URL")?;
            ((format!("{}://{host}{port}/{bucket}", url.scheme()), "us-east-1".to_owned()), key)
        }
    };
    Ok((base, key.to_owned(), region))
}

/// The texts of all elements of a name.
fn texts<'t>(xml: &'t str, name: &str) -> impl Iterator<Item = &'t str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&open)?;
        let (text, after) = after.split_once(&close)?;
        rest = after;
        Some(text)
    })
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::{Url, parts};

    #[test]
    fn urls_of_objects() {
        for (url, base, key, region) in [
            ("https://s3.amazonaws.com/b/a/k.zip", "https://s3.amazonaws.com/b", "a/k.zip", "us-east-1"),
            ("https://s3-eu-west-1.amazonaws.com/b/k", "https://s3.eu-west-1.amazonaws.com/b", "k", "eu-west-1"),
            ("https://s3.eu-west-1.amazonaws.com/b/k", "https://s3.eu-west-1.amazonaws.com/b", "k", "eu-west-1"),
            ("https://b.s3-eu-west-1.amazonaws.com/k", "https://s3.eu-west-1.amazonaws.com/b", "k", "eu-west-1"),
            ("https://b.s3.eu-west-1.amazonaws.com/k/l", "https://s3.eu-west-1.amazonaws.com/b", "k/l", "eu-west-1"),
            ("http://127.0.0.1:9000/b/k/l.zip", "http://127.0.0.1:9000/b", "k/l.zip", "us-east-1"),
        ] {
            let expected = (base.to_owned(), key.to_owned(), region.to_owned());
            assert_eq!(parts(&Url::parse(url).unwrap()), Ok(expected), "{url}");
        }
        assert!(parts(&Url::parse("https://s3.amazonaws.com/b").unwrap()).is_err());
    }
}
