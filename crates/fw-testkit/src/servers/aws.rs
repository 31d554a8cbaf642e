//! An emulator of AWS that runs already, for tests that are satisfied with requests nobody looks at closely.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// An emulator of AWS.
#[derive(Clone, Debug)]
pub struct AwsEmulator {
    /// As endpoints are named in configurations: `http://HOST:PORT`.
    pub address: String,
}

impl AwsEmulator {
    /// The first one that `FORMWORK_TEST_AWS` names; nothing, which is said, where it names none.
    #[must_use]
    #[expect(clippy::print_stdout, reason = "tests say what they skip")]
    pub fn find() -> Option<Self> {
        let named = std::env::var("FORMWORK_TEST_AWS").unwrap_or_default();
        let first = named.split_whitespace().next().map(|address| Self { address: address.to_owned() });
        if first.is_none() {
            println!("skipped: no emulator of AWS. Name its address in FORMWORK_TEST_AWS.");
        }
        first
    }

    /// Sends a request whose signature it does not look at, with headers that each end a line; the whole answer.
    ///
    /// # Panics
    /// When it does not answer.
    #[must_use]
    pub fn request(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let host = self.address.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("the emulator listens");
        let length = body.len();
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\nConnection: \
             close\r\n\r\n{body}"
        );
        stream.write_all(text.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }

    /// Calls an operation of a service that speaks JSON: `call("kms", "1.1", "TrentService.CreateKey", "{}")`.
    ///
    /// # Panics
    /// When it does not answer as it should.
    #[must_use]
    pub fn call(&self, service: &str, version: &str, operation: &str, body: &str) -> serde_json::Value {
        // It finds the service by what the request was signed for.
        let headers = format!(
            "X-Amz-Target: {operation}\r\nContent-Type: application/x-amz-json-{version}\r\nAuthorization: \
             AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, \
             Signature=0\r\n"
        );
        let answer = self.request("POST", "/", &headers, body);
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a body");
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
        serde_json::from_str(body).expect("the answer is JSON")
    }
}
