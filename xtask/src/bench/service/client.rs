//! As much of an HTTP client as measuring needs: one connection that is kept, one request at a time.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// A connection.
pub(super) struct Client {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Client {
    pub(super) fn connect(address: &str, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), token: token.to_owned() })
    }

    /// Asks, and reads the answer as JSON.
    pub(super) fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let answer = self.send(method, path, &body.map(Value::to_string).unwrap_or_default())?;
        serde_json::from_slice(&answer).with_context(|| format!("{method} {path} does not answer with JSON"))
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Result<Vec<u8>> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let status = self.line()?;
        let (mut length, mut chunked) = (0, false);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            let Some((name, value)) = line.split_once(": ") else { break };
            match name {
                "content-length" => length = value.parse()?,
                "transfer-encoding" => chunked = value == "chunked",
                _ => {}
            }
        }
        let answer = if chunked { self.chunks()? } else { self.bytes(length)? };
        if !status.contains(" 20") {
            bail!("{method} {path}: {status}: {}", String::from_utf8_lossy(&answer));
        }
        Ok(answer)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            bail!("the service has closed the connection");
        }
        Ok(line.trim_end().to_owned())
    }

    fn bytes(&mut self, length: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn chunks(&mut self) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        loop {
            let length = usize::from_str_radix(&self.line()?, 16)?;
            all.extend(self.bytes(length)?);
            self.line()?;
            if length == 0 {
                return Ok(all);
            }
        }
    }
}

/// Reads at a steady pace. Who is late asks at once, so that a slow service is asked no less; and a read is late from the
/// time it was due.
pub(super) struct Load {
    pub(super) paths: Vec<String>,
    pub(super) a_second: u32,
    pub(super) connections: u32,
    pub(super) lasting: Duration,
}

impl Load {
    /// How long each read took.
    pub(super) fn run(&self, address: &str, token: &str) -> Result<Vec<Duration>> {
        let every = Duration::from_secs(1) * self.connections / self.a_second;
        std::thread::scope(|scope| {
            let readers: Vec<_> = (0..self.connections)
                .map(|number| {
                    let first = Instant::now() + every * number / self.connections;
                    scope.spawn(move || self.read(Client::connect(address, token)?, first, every))
                })
                .collect();
            let mut all = Vec::new();
            for reader in readers {
                all.extend(reader.join().map_err(|_panic| anyhow::anyhow!("a reader has failed"))??);
            }
            Ok(all)
        })
    }

    fn read(&self, mut client: Client, first: Instant, every: Duration) -> Result<Vec<Duration>> {
        let mut times = Vec::new();
        let mut due = first;
        for path in self.paths.iter().cycle() {
            if due.duration_since(first) >= self.lasting || first.elapsed() >= self.lasting {
                break;
            }
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            client.send("GET", path, "")?;
            times.push(due.elapsed());
            due += every;
        }
        Ok(times)
    }
}
