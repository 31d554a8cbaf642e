//! Files and directories for the other machine, by the protocol of its `scp`.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use fw_diag::system_error;
use russh::client::Msg;
use russh::{Channel, ChannelMsg};

use crate::connection::Connection;
use crate::session::Session;

/// Deeper directories are refused.
const DEEPEST: usize = 200;

/// So much of a file is in memory.
const PIECE: usize = 32 << 10;

/// Writes a file that has this in it.
pub(crate) async fn content(
    session: &Session,
    connection: &Connection,
    path: &str,
    content: &[u8],
) -> Result<(), String> {
    let size = u64::try_from(content.len()).expect("lengths have 64 bits at most");
    let mut content = content;
    one(session, connection, path, (&mut content, size)).await
}

/// Writes a file like this one, which was `written` so.
pub(crate) async fn file(
    session: &Session,
    connection: &Connection,
    path: &str,
    source: &Path,
    written: &str,
) -> Result<(), String> {
    let (mut file, size) = opened(source, written)?;
    one(session, connection, path, (&mut file, size)).await
}

fn opened(path: &Path, written: &str) -> Result<(File, u64), String> {
    let failed = |error: std::io::Error| format!("open {written}: {}", system_error(&error));
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    Ok((file, size))
}

async fn one(
    session: &Session,
    connection: &Connection,
    path: &str,
    (source, size): (&mut dyn Read, u64),
) -> Result<(), String> {
    let directory = match path.rsplit_once('/') {
        Some((directory, _)) if directory.trim_end_matches('/').is_empty() => "/",
        Some((directory, _)) => directory.trim_end_matches('/'),
        None => ".",
    };
    let mut copy = Copy::begin(session, &format!("scp -vt {}", quoted(directory, connection))).await?;
    copy.file(last_part(path), size, source).await?;
    copy.end().await
}

/// Writes a directory with all that is in it; only what is in it if the source was `written` with a slash at its end.
pub(crate) async fn directory(
    session: &Session,
    connection: &Connection,
    path: &str,
    source: &Path,
    written: &str,
) -> Result<(), String> {
    let mut copy = Copy::begin(session, &format!("scp -rvt {}", quoted(path, connection))).await?;
    let contents_only = written.ends_with('/');
    if !contents_only {
        copy.enter(last_part(written)).await?;
    }
    copy.entries(source).await?;
    if !contents_only {
        copy.leave().await?;
    }
    copy.end().await
}

/// The name at the end of a path, whether or not a slash follows it.
fn last_part(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

fn quoted(path: &str, connection: &Connection) -> String {
    if connection.is_windows {
        return if path.contains(' ') { format!("\"{path}\"") } else { path.to_owned() };
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:,@%=".contains(c);
    if !path.is_empty() && path.chars().all(is_plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

/// A running copy.
struct Copy {
    channel: Channel<Msg>,
    /// What the other side has said that was not read yet.
    said: VecDeque<u8>,
    complaints: String,
    status: Option<u32>,
}

impl Copy {
    async fn begin(session: &Session, command: &str) -> Result<Self, String> {
        let channel = session.channel().await?;
        channel.exec(true, command).await.map_err(|error| error.to_string())?;
        Ok(Self { channel, said: VecDeque::new(), complaints: String::new(), status: None })
    }

    /// Waits for a message. `false` at the end.
    async fn hear(&mut self) -> bool {
        match self.channel.wait().await {
            Some(ChannelMsg::Data { data }) => self.said.extend(data.iter()),
            Some(ChannelMsg::ExtendedData { data, .. }) => self.complaints.push_str(&String::from_utf8_lossy(&data)),
            Some(ChannelMsg::ExitStatus { exit_status }) => self.status = Some(exit_status),
            Some(_) => {}
            None => return false,
        }
        true
    }

    async fn byte(&mut self) -> Result<u8, String> {
        loop {
            if let Some(byte) = self.said.pop_front() {
                return Ok(byte);
            }
            if !self.hear().await {
                return Err(self.failure());
            }
        }
    }

    fn failure(&self) -> String {
        match self.status {
            Some(127) => {
                "SCP failed to start. This usually means that SCP is not\nproperly installed on the remote system."
                    .to_owned()
            }
            Some(code) => format!("Process exited with status {code}"),
            None => "EOF".to_owned(),
        }
    }

    /// The other side has understood, or says what is wrong.
    async fn understood(&mut self) -> Result<(), String> {
        if self.byte().await? == 0 {
            return Ok(());
        }
        let mut message = Vec::new();
        loop {
            match self.byte().await {
                Ok(byte) if byte != b'\n' => message.push(byte),
                _ => return Err(String::from_utf8_lossy(&message).into_owned()),
            }
        }
    }

    async fn send(&self, bytes: &[u8]) -> Result<(), String> {
        self.channel.data(bytes).await.map_err(|error| error.to_string())
    }

    async fn file(&mut self, name: &str, size: u64, source: &mut dyn Read) -> Result<(), String> {
        self.send(format!("C0644 {size} {}\n", plain_name(name)?).as_bytes()).await?;
        self.understood().await?;
        let (mut source, mut sent, mut piece) = (source.take(size), 0, vec![0; PIECE]);
        loop {
            let length = source.read(&mut piece).map_err(|error| format!("read {name}: {}", system_error(&error)))?;
            let Some(bytes @ [_, ..]) = piece.get(..length) else { break };
            self.send(bytes).await?;
            sent += u64::try_from(length).unwrap_or(u64::MAX);
        }
        if sent != size {
            return Err(format!("{name} became shorter while it was copied"));
        }
        self.send(&[0]).await?;
        self.understood().await
    }

    async fn enter(&mut self, name: &str) -> Result<(), String> {
        self.send(format!("D0755 0 {}\n", plain_name(name)?).as_bytes()).await?;
        self.understood().await
    }

    async fn leave(&mut self) -> Result<(), String> {
        self.send(b"E\n").await?;
        self.understood().await
    }

    /// All that is in a directory, links as what they lead to.
    async fn entries(&mut self, source: &Path) -> Result<(), String> {
        let read = |path: &Path| {
            let entries =
                fs::read_dir(path).map_err(|error| format!("open {}: {}", path.display(), system_error(&error)))?;
            let mut entries: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            entries.sort();
            Ok::<_, String>(entries.into_iter())
        };
        let mut open = vec![read(source)?];
        while let Some(directory) = open.last_mut() {
            let Some(path) = directory.next() else {
                open.pop();
                if !open.is_empty() {
                    self.leave().await?;
                }
                continue;
            };
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if path.is_dir() {
                if open.len() > DEEPEST {
                    return Err(format!("{}: nested too deeply", path.display()));
                }
                self.enter(&name).await?;
                open.push(read(&path)?);
            } else {
                let (mut file, size) = opened(&path, &path.display().to_string())?;
                self.file(&name, size, &mut file).await?;
            }
        }
        Ok(())
    }

    async fn end(mut self) -> Result<(), String> {
        self.channel.eof().await.map_err(|error| error.to_string())?;
        while self.hear().await {}
        if !self.complaints.is_empty() {
            log::debug!("scp: {}", self.complaints);
        }
        match self.status {
            Some(0) | None => Ok(()),
            Some(_) => Err(self.failure()),
        }
    }
}

/// The protocol has one line for a name.
fn plain_name(name: &str) -> Result<&str, String> {
    if name.contains('\n') { Err(format!("{name:?} is no name that can be copied")) } else { Ok(name) }
}
