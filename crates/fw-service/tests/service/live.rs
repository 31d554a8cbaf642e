//! Being told: WebSockets, the feed of all runs, webhooks.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;

use futures::StreamExt as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::harness::{Service, one};

#[tokio::test]
async fn a_websocket_tells_what_server_sent_events_tell() {
    let service = Service::start(&[]);
    let body = json!({"name": "x", "terraform_json": one(&json!("x"))});
    let made = service.post("/api/v1/deployments", &body).await.expect(201);
    let run = made["run_id"].as_str().unwrap();
    let url = format!("{}/api/v1/runs/{run}/stream", service.address.replace("http://", "ws://"));
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {}", service.token).parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let mut heard = Vec::new();
    while let Some(Ok(message)) = socket.next().await {
        if let Ok(text) = message.into_text()
            && !text.is_empty()
        {
            let event: Value = serde_json::from_str(&text).unwrap();
            heard.push((event["event"].as_str().unwrap().to_owned(), event["data"].clone()));
        }
    }
    let mut followed = service.follow(run).await;
    assert_eq!(followed.pop().unwrap().0, "end");
    assert_eq!(heard, followed);
    assert!(
        tokio_tungstenite::connect_async(format!("{}/api/v1/runs/{run}/stream", service.address.replace("http", "ws")))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_feed_goes_on_where_it_broke_off() {
    let service = Service::start(&[]);
    service.deploy("a", one(&json!("x"))).await;
    let all = service.get("/api/v1/events?limit=1000").await.expect(200);
    let all = all.as_array().unwrap();
    assert!(all.len() > 5 && all[0]["event"] == "run.created", "{all:#?}");
    let middle = &all[all.len() / 2];
    let rest = service.get(&format!("/api/v1/events?after={}", middle["position"])).await.expect(200);
    assert_eq!(rest.as_array().unwrap()[..], all[all.len() / 2 + 1..]);
}

#[tokio::test]
async fn webhooks_get_signed_events_until_they_take_them() {
    let service = Service::start(&[]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let secret = "a secret of a test";
    let hook = json!({"url": url, "events": ["run.finished"], "secret": secret});
    service.post("/api/v1/webhooks", &hook).await.expect(201);
    let receiver = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut signature, mut event, mut length) = (String::new(), String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if line.starts_with("POST ") {
                continue;
            }
            let Some((name, value)) = line.trim().split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "x-formwork-signature" => value.clone_into(&mut signature),
                "x-formwork-event" => value.clone_into(&mut event),
                "content-length" => length = value.parse().unwrap(),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
        (signature, event, String::from_utf8(body).unwrap())
    });
    service.deploy("hooked", one(&json!("x"))).await;
    let (signature, event, body) = receiver.join().unwrap();
    assert_eq!(event, "run.finished");
    let (time, given) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    assert_eq!(given, hex::encode(mac.finalize().into_bytes()));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["type"], &body["status"]), (&json!("finished"), &json!("succeeded")), "{body:#}");
}
