//! A server that keeps states for the backend "http".

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

/// What a server holds.
#[derive(Default)]
pub(crate) struct Held {
    /// States by path.
    pub(crate) states: BTreeMap<String, Vec<u8>>,
    /// Locks by path.
    pub(crate) locks: BTreeMap<String, Vec<u8>>,
    /// `METHOD path` of all requests.
    pub(crate) requests: Vec<String>,
    /// What `Authorization` said last.
    pub(crate) authorization: Option<String>,
    /// Requests of this method get this status.
    pub(crate) refusal: Option<(String, u16)>,
}

/// A server on a port of its own.
pub(crate) struct Server {
    /// `http://127.0.0.1:PORT`
    pub(crate) address: String,
    held: Arc<Mutex<Held>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let held: Arc<Mutex<Held>> = Arc::default();
        let shared = Arc::clone(&held);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A client that goes away is its own problem.
                std::thread::spawn(move || drop(answer(stream, &shared)));
            }
        });
        Self { address, held }
    }

    pub(crate) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().expect("nobody has panicked with it")
    }

    /// The state at a path.
    pub(crate) fn state(&self, path: &str) -> String {
        self.held().states.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
    }

    /// A backend block with a lock.
    pub(crate) fn block(&self, name: &str) -> String {
        let at = format!("{}/{name}", self.address);
        format!(
            "backend \"http\" {{\n  address = \"{at}\"\n  lock_address = \"{at}\"\n  unlock_address = \"{at}\"\n  \
             retry_max = 0\n}}"
        )
    }
}

fn answer(stream: TcpStream, shared: &Mutex<Held>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let path = target.split('?').next().unwrap_or_default().to_owned();
    let (mut length, mut authorization) = (0, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "authorization" => authorization = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, content) =
        act(&mut shared.lock().expect("nobody has panicked with it"), &method, &path, body, authorization);
    let head = format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", content.len());
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    stream.write_all(&content)
}

fn act(held: &mut Held, method: &str, path: &str, body: Vec<u8>, authorization: Option<String>) -> (u16, Vec<u8>) {
    held.requests.push(format!("{method} {path}"));
    held.authorization = authorization;
    if let Some((_, status)) = held.refusal.as_ref().filter(|(refused, _)| refused == method) {
        return (*status, Vec::new());
    }
    match method {
        "GET" => held.states.get(path).map_or((404, Vec::new()), |state| (200, state.clone())),
        "POST" | "PUT" => {
            held.states.insert(path.to_owned(), body);
            (200, Vec::new())
        }
        "LOCK" => match held.locks.get(path) {
            Some(holder) => (423, holder.clone()),
            None => {
                held.locks.insert(path.to_owned(), body);
                (200, Vec::new())
            }
        },
        "UNLOCK" => {
            held.locks.remove(path);
            (200, Vec::new())
        }
        _ => (405, Vec::new()),
    }
}
