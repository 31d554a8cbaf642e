//! A connection to another machine, and the commands that run there.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use russh::client::{self, Handle, Msg};
use russh::keys::{Algorithm, PublicKey};
use russh::{Channel, ChannelMsg, ChannelOpenFailure, Disconnect, Preferred, Pty, Sig};
use tokio::time::Instant;

use crate::authentication::Proof;
use crate::client::Client;
use crate::connection::{Connection, Endpoint};
use crate::transport;
use crate::{Output, agent};

/// How long to wait before another attempt: twice as long each time, up to the second.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// A server that says nothing at all is asked whether it is there; after so many times without an answer it is not.
const SILENCE: Duration = Duration::from_secs(30);
const MOST_SILENCES: usize = 4;

/// An open connection.
pub(crate) struct Session {
    handle: Handle<Client>,
    /// The connection to the machine in between, which must stay open as long.
    bastion: Option<Handle<Client>>,
    is_windows: bool,
}

/// What is known of both machines before anybody is asked.
struct Proofs {
    target: (Proof, Option<PublicKey>),
    bastion: Option<(Proof, Option<PublicKey>)>,
}

impl Session {
    /// Connects, trying again until it succeeds or the time is over.
    pub(crate) async fn open(connection: &Connection, output: Option<&Output<'_>>) -> Result<Self, String> {
        let known = |endpoint: &Endpoint| Ok::<_, String>((Proof::read(endpoint)?, host_key(endpoint)?));
        let bastion = connection.bastion.as_ref().map(known).transpose()?;
        let proofs = Proofs { target: known(&connection.target)?, bastion };
        if let Some(socket) = &connection.agent {
            agent::reachable(socket).await?;
        }
        let (end, mut pause) = (Instant::now() + connection.timeout, FIRST_PAUSE);
        loop {
            if let Some(output) = output {
                connection.announcement().iter().for_each(|text| output(text));
            }
            let attempt = tokio::time::timeout_at(end, Self::attempt(connection, &proofs)).await;
            let last = match attempt {
                Ok(Ok(session)) => {
                    if let Some(output) = output {
                        output("Connected!");
                    }
                    return Ok(session);
                }
                Ok(Err(why)) => why,
                Err(_) => "the machine does not answer".to_owned(),
            };
            log::debug!("connecting to {}: {last}", connection.target.address());
            if Instant::now() + pause >= end {
                tokio::time::sleep_until(end).await;
                return Err(format!("timeout - last error: {last}"));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(connection: &Connection, proofs: &Proofs) -> Result<Self, String> {
        let target = &connection.target;
        let (handle, bastion) = match (&connection.bastion, &proofs.bastion) {
            (Some(endpoint), Some(known)) => {
                let failed = |why| format!("Error connecting to bastion: {why}");
                let stream =
                    transport::connect(&endpoint.address(), connection.proxy.as_ref()).await.map_err(failed)?;
                let bastion = greet(stream, endpoint, connection, known).await.map_err(failed)?;
                let host = target.host.trim_start_matches('[').trim_end_matches(']');
                let channel = bastion.channel_open_direct_tcpip(host, target.port.into(), "127.0.0.1", 0).await;
                let stream = channel.map_err(rejected)?.into_stream();
                (greet(stream, target, connection, &proofs.target).await?, Some(bastion))
            }
            _ => {
                let stream = transport::connect(&target.address(), connection.proxy.as_ref()).await?;
                (greet(stream, target, connection, &proofs.target).await?, None)
            }
        };
        let session = Self { handle, bastion, is_windows: connection.is_windows };
        if connection.agent.is_some() {
            session.lend_agent().await?;
        }
        Ok(session)
    }

    /// Lets all commands ask our agent. It is asked for in a channel, but is the connection's.
    async fn lend_agent(&self) -> Result<(), String> {
        let channel = self.channel().await?;
        channel.agent_forward(false).await.map_err(|error| error.to_string())?;
        channel.close().await.map_err(|error| error.to_string())
    }

    /// A channel for one command.
    pub(crate) async fn channel(&self) -> Result<Channel<Msg>, String> {
        self.handle.channel_open_session().await.map_err(|error| error.to_string())
    }

    /// Runs a command, and hands on each line that it writes.
    pub(crate) async fn command(&self, command: &str, output: &Output<'_>) -> Result<(), String> {
        let mut channel = self.channel().await?;
        let failed = |error: russh::Error| error.to_string();
        if !self.is_windows {
            let modes = [(Pty::ECHO, 0), (Pty::TTY_OP_ISPEED, 14400), (Pty::TTY_OP_OSPEED, 14400)];
            channel.request_pty(false, "xterm", 80, 40, 0, 0, &modes).await.map_err(failed)?;
        }
        channel.exec(true, format!("{}\n", command.trim())).await.map_err(failed)?;
        let (mut out, mut err) = (Lines::default(), Lines::default());
        let mut status = None;
        while let Some(message) = channel.wait().await {
            match message {
                ChannelMsg::Data { data } => out.add(&data, output),
                ChannelMsg::ExtendedData { data, .. } => err.add(&data, output),
                ChannelMsg::ExitStatus { exit_status } => status = Some(Ok(exit_status)),
                ChannelMsg::ExitSignal { signal_name, .. } => status = Some(Err(signal_name)),
                ChannelMsg::Failure => return Err("the command could not be started".to_owned()),
                _ => {}
            }
        }
        out.end(output);
        err.end(output);
        match status {
            Some(Ok(0)) => Ok(()),
            Some(Ok(code)) => Err(format!("error executing {command:?}: Process exited with status {code}")),
            Some(Err(signal)) => {
                let (name, number) = signal_named(&signal);
                let status = 128 + number;
                Err(format!("error executing {command:?}: Process exited with status {status} from signal {name}"))
            }
            None => Err(format!(
                "error executing {command:?}: wait: remote command exited without exit status or exit signal"
            )),
        }
    }

    /// Says good-bye.
    pub(crate) async fn close(self) {
        for handle in [Some(self.handle), self.bastion].into_iter().flatten() {
            // Whether the other side hears it or not.
            drop(handle.disconnect(Disconnect::ByApplication, "", "").await);
        }
    }
}

/// Why the machine in between does not lead on.
fn rejected(error: russh::Error) -> String {
    match error {
        russh::Error::ChannelOpenFailure(ChannelOpenFailure::ConnectFailed) => {
            "ssh: rejected: connect failed".to_owned()
        }
        russh::Error::ChannelOpenFailure(ChannelOpenFailure::AdministrativelyProhibited) => {
            "ssh: rejected: administratively prohibited".to_owned()
        }
        other => format!("ssh: rejected: {other}"),
    }
}

/// The key that a server must have.
fn host_key(endpoint: &Endpoint) -> Result<Option<PublicKey>, String> {
    match endpoint.host_key.trim() {
        "" => Ok(None),
        text => {
            PublicKey::from_openssh(text).map(Some).map_err(|error| format!("the host key cannot be read: {error}"))
        }
    }
}

/// Makes ourselves known to a server.
async fn greet(
    stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    endpoint: &Endpoint,
    connection: &Connection,
    (proof, key): &(Proof, Option<PublicKey>),
) -> Result<Handle<Client>, String> {
    let preferred = key.as_ref().map_or_else(Preferred::default, proving);
    let config = client::Config {
        preferred,
        keepalive_interval: Some(SILENCE),
        keepalive_max: MOST_SILENCES,
        ..client::Config::default()
    };
    let distrust = Arc::new(OnceLock::new());
    let client = Client {
        host: endpoint.host.clone(),
        key: key.clone(),
        distrust: Arc::clone(&distrust),
        agent: connection.agent.clone(),
    };
    let greeted = client::connect_stream(Arc::new(config), stream, client).await;
    let mut handle = greeted.map_err(|error| {
        let why = distrust.get().cloned().unwrap_or_else(|| error.to_string());
        format!("SSH authentication failed ({}@{}): ssh: handshake failed: {why}", endpoint.user, endpoint.address())
    })?;
    proof.give(&mut handle, endpoint, connection).await?;
    Ok(handle)
}

/// How a server is to prove that it has this key: with a certificate if it has one; of its own keys with one of that kind.
fn proving(key: &PublicKey) -> Preferred {
    let preferred = Preferred::default();
    let kind = key.algorithm();
    let is_own =
        |other: &Algorithm| *other == kind || matches!((other, &kind), (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }));
    let (own, others): (Vec<_>, Vec<_>) = preferred.key.iter().cloned().partition(is_own);
    let host_key_certificates = preferred.key.clone();
    Preferred { key: own.into_iter().chain(others).collect(), host_key_certificates, ..preferred }
}

/// The name of a signal, and its number, as everybody knows it.
fn signal_named(signal: &Sig) -> (&str, u8) {
    match signal {
        Sig::HUP => ("HUP", 1),
        Sig::INT => ("INT", 2),
        Sig::QUIT => ("QUIT", 3),
        Sig::ILL => ("ILL", 4),
        Sig::ABRT => ("ABRT", 6),
        Sig::FPE => ("FPE", 8),
        Sig::KILL => ("KILL", 9),
        Sig::USR1 => ("USR1", 10),
        Sig::SEGV => ("SEGV", 11),
        Sig::PIPE => ("PIPE", 13),
        Sig::ALRM => ("ALRM", 14),
        Sig::TERM => ("TERM", 15),
        Sig::Custom(name) => (name, 0),
    }
}

/// Bytes on their way to be lines.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    fn add(&mut self, bytes: &[u8], output: &Output<'_>) {
        for byte in bytes {
            if *byte == b'\n' { self.end_line(output) } else { self.0.push(*byte) }
        }
    }

    fn end_line(&mut self, output: &Output<'_>) {
        let text = String::from_utf8_lossy(&self.0).into_owned();
        output(text.trim_end_matches('\r'));
        self.0.clear();
    }

    fn end(&mut self, output: &Output<'_>) {
        if !self.0.is_empty() {
            self.end_line(output);
        }
    }
}
