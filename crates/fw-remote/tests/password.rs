//! With a server of our own, which knows passwords: who gets in, and in which way.

#![expect(clippy::unwrap_used, reason = "in tests, also outside the test functions themselves")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fw_remote::{Around, run};
use fw_value::Value;
use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Response, Session, run_stream};
use russh::{Channel, ChannelId, Error};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PASSWORD: &str = "a secret";

/// Lets in who knows the password, and does nothing that is asked for.
struct Door {
    by_keyboard: bool,
}

impl Handler for Door {
    type Error = Error;

    async fn auth_password(&mut self, _user: &str, password: &str) -> Result<Auth, Error> {
        Ok(if password == PASSWORD && !self.by_keyboard { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Error> {
        let Some(mut answers) = response.filter(|_| self.by_keyboard) else {
            let prompts = vec![("Password: ".into(), false)];
            return Ok(Auth::Partial { name: "".into(), instructions: "".into(), prompts: prompts.into() });
        };
        Ok(if answers.next().is_some_and(|answer| answer == PASSWORD.as_bytes()) {
            Auth::Accept
        } else {
            Auth::reject()
        })
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(&mut self, channel: ChannelId, _command: &[u8], session: &mut Session) -> Result<(), Error> {
        session.channel_success(channel)?;
        session.exit_status_request(channel, 127)?;
        session.eof(channel)?;
        session.close(channel)
    }
}

/// What becomes of a file that is copied there.
async fn copied(by_keyboard: bool, password: &str, more: &[(&'static str, Value)]) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]));
    let (keys, auth_rejection_time) = (vec![key], Duration::ZERO);
    let config = Arc::new(Config { keys, auth_rejection_time, ..Config::default() });
    let server = async {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(run_stream(Arc::clone(&config), stream, Door { by_keyboard }).await.unwrap());
        }
    };
    let texts = [("host", "127.0.0.1"), ("password", password), ("timeout", "1s")];
    let mut connection: Vec<_> = texts.map(|(name, text)| (name, Value::string(text))).into();
    connection.push(("port", Value::from(i64::from(port))));
    connection.extend_from_slice(more);
    let config = Value::object([("content", Value::string("x")), ("destination", Value::string("/x"))]);
    let around = Around { directory: Path::new("/"), home: None, agent: None };
    let (connection, output) = (Value::object(connection), |_: &str| {});
    let client = run("file", &config, &connection, around, &output);
    tokio::select! {
        () = server => unreachable!("it serves for ever"),
        result = client => result.unwrap_err(),
    }
}

/// Lets through who says the right words.
async fn proxy(listener: TcpListener) {
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        if !head.contains("\r\nProxy-Authorization: Basic bWU6eA==\r\n") {
            client.write_all(b"HTTP/1.1 407 Who are you\r\n\r\n").await.unwrap();
            continue;
        }
        let target = head.strip_prefix("CONNECT ").unwrap().split(' ').next().unwrap();
        let mut server = TcpStream::connect(target).await.unwrap();
        client.write_all(b"HTTP/1.1 200 Go on\r\nVia: a test\r\n\r\n").await.unwrap();
        tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
    }
}

const INSIDE: &str = "Upload failed: SCP failed to start. This usually means that SCP is not\nproperly installed on the \
                      remote system.";

#[tokio::test]
async fn a_password_is_given_as_such_or_as_an_answer() {
    for by_keyboard in [false, true] {
        assert_eq!(copied(by_keyboard, PASSWORD, &[]).await, INSIDE);
        let why = copied(by_keyboard, "another", &[]).await;
        assert!(why.starts_with("timeout - last error: SSH authentication failed (root@127.0.0.1:"), "{why}");
        assert!(why.contains("attempted methods [none password"), "{why}");
    }
}

#[tokio::test]
async fn the_way_may_lead_through_a_proxy() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = Value::from(i64::from(listener.local_addr().unwrap().port()));
    tokio::spawn(proxy(listener));
    let through = [("proxy_host", Value::string("127.0.0.1")), ("proxy_port", port)];
    let known = [("proxy_user_name", Value::string("me")), ("proxy_user_password", Value::string("x"))];
    assert_eq!(copied(false, PASSWORD, &[through.clone(), known].concat()).await, INSIDE);
    let why = copied(false, PASSWORD, &through).await;
    assert_eq!(why, "timeout - last error: Connection Error: StatusCode: 407");
}
