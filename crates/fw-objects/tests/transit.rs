//! Keys of Vault's Transit engine, spoken to as its documentation says.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, as it should")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fw_objects::keys::{Transit, TransitSettings};
use fw_objects::{Error, KeySource, Objects};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Default)]
struct Vault {
    keys: Mutex<HashMap<String, String>>,
    asked: AtomicUsize,
}

impl Vault {
    fn answer(&self, request: &str) -> (u16, String) {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if !request.to_ascii_lowercase().contains("x-vault-token: right") {
            return (403, r#"{"errors":["permission denied"]}"#.to_owned());
        }
        let mut keys = self.keys.lock().unwrap();
        if request.starts_with("POST /v1/transit/datakey/plaintext/formwork ") {
            let plaintext = STANDARD.encode([u8::try_from(keys.len()).unwrap(); 32]);
            let ciphertext = format!("vault:v1:{}", keys.len());
            keys.insert(ciphertext.clone(), plaintext.clone());
            return (200, format!(r#"{{"data":{{"plaintext":"{plaintext}","ciphertext":"{ciphertext}"}}}}"#));
        }
        assert!(request.starts_with("POST /v1/transit/decrypt/formwork "), "{request}");
        let found = keys.iter().find(|(ciphertext, _)| request.contains(&format!("\"{ciphertext}\"")));
        match found {
            Some((_, plaintext)) => (200, format!(r#"{{"data":{{"plaintext":"{plaintext}"}}}}"#)),
            None => (400, r#"{"errors":["invalid ciphertext"]}"#.to_owned()),
        }
    }

    async fn serve(&self, mut connection: TcpStream) {
        let mut request = Vec::new();
        let mut piece = [0; 4096];
        while let Ok(read @ 1..) = connection.read(&mut piece).await {
            request.extend_from_slice(&piece[..read]);
            let text = String::from_utf8_lossy(&request).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length =
                head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() < length.unwrap_or(0) {
                continue;
            }
            let (status, body) = self.answer(&text);
            let length = body.len();
            let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            connection.write_all(answer.as_bytes()).await.unwrap();
            return;
        }
    }
}

async fn start() -> (Arc<Vault>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/transit/keys/formwork", listener.local_addr().unwrap());
    let vault = Arc::new(Vault::default());
    let serving = Arc::clone(&vault);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            serving.serve(connection).await;
        }
    });
    (vault, url)
}

fn source(url: &str, token: &str) -> Arc<dyn KeySource> {
    Arc::new(Transit::new(TransitSettings::parse(url, token.to_owned()).unwrap()).unwrap())
}

#[tokio::test]
async fn objects_are_read_by_another_process_with_the_same_vault() {
    let (vault, url) = start().await;
    let directory = tempfile::tempdir().unwrap();
    let address = format!("file://{}", directory.path().display());
    let one = Objects::open(&address, Some(source(&url, "right"))).await.unwrap();
    let (first, second) = (one.put("first").await.unwrap(), one.put("second").await.unwrap());
    assert_eq!(one.get(first).await.unwrap().unwrap(), "first");
    assert_eq!(vault.asked.load(Ordering::SeqCst), 1, "one data key serves many objects");
    let other = Objects::open(&address, Some(source(&url, "right"))).await.unwrap();
    assert_eq!(other.get(first).await.unwrap().unwrap(), "first");
    assert_eq!(other.get(second).await.unwrap().unwrap(), "second");
    assert_eq!(vault.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_refusal_is_told_with_vaults_words() {
    let (_vault, url) = start().await;
    let objects = Objects::open("memory:", Some(source(&url, "wrong"))).await.unwrap();
    let Err(Error::Key { reason, .. }) = objects.put("x").await else { panic!("a wrong token is refused") };
    assert!(reason.contains("permission denied"), "{reason}");
    assert!(TransitSettings::parse("https://host/v1/transit/keys/../x", String::new()).is_err());
}
