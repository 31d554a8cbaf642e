//! Signatures of requests, version 4.

use std::time::SystemTime;

use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use super::Credentials;
use crate::transport::Request;

/// All but what needs no escape anywhere in an address.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A part of a path or query, escaped.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A request with the headers that prove who sends it. Its path and query must be escaped with [`encode`].
pub(super) fn sign(
    mut request: Request,
    credentials: &Credentials,
    (region, service): (&str, &str),
    now: SystemTime,
) -> Request {
    let time = chrono::DateTime::<chrono::Utc>::from(now).format("%Y%m%dT%H%M%SZ").to_string();
    let date = time.get(..8).unwrap_or_default();
    let digest = hex::encode(Sha256::digest(&request.body));
    request = request.header("x-amz-date", time.as_str());
    if service == "s3" {
        request = request.header("x-amz-content-sha256", digest.as_str());
    }
    if let Some(token) = &credentials.token {
        request = request.header("x-amz-security-token", token.as_str());
    }
    let (host, path, query) = parts(&request.url);
    let mut headers: Vec<(String, String)> =
        request.headers.iter().map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
    headers.push(("host".to_owned(), host));
    headers.sort();
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let canonical = format!("{}\n{path}\n{query}\n{lines}\n{names}\n{digest}", request.method);
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex::encode(Sha256::digest(canonical)));
    let mut key = mac(format!("AWS4{}", credentials.secret).as_bytes(), date);
    for part in [region, service, "aws4_request"] {
        key = mac(&key, part);
    }
    let signature = hex::encode(mac(&key, &text));
    let value = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        credentials.key
    );
    request.header("Authorization", value)
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("keys may have any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Host, path and query of an address, the query in order.
fn parts(url: &str) -> (String, String, String) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = place.split_once('/').unwrap_or((place, ""));
    let mut pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    pairs.sort_unstable();
    let default_port = if url.starts_with("https:") { ":443" } else { ":80" };
    let host = host.strip_suffix(default_port).unwrap_or(host);
    (host.to_owned(), format!("/{path}"), pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    /// The example "get-vanilla-query-order-key-case" of AWS's suite of signatures.
    #[test]
    fn signatures_are_those_of_the_suite() {
        let credentials = Credentials {
            key: "AKIDEXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            token: None,
        };
        let request = Request::new("GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1");
        let at = UNIX_EPOCH + Duration::from_secs(1_440_938_160);
        let signed = sign(request, &credentials, ("us-east-1", "service"), at);
        let (_, value) = signed.headers.iter().find(|(name, _)| name == "Authorization").unwrap();
        assert!(
            value.ends_with("Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
            "{value}"
        );
    }
}
