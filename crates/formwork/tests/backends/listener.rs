//! Small HTTP servers that stand for services: one request per connection, one at a time.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

/// A request.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// As it came, escapes and all.
    pub(crate) path: String,
    /// Unescaped.
    pub(crate) query: BTreeMap<String, String>,
    /// By names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn json(status: u16, json: &serde_json::Value) -> Self {
        Self::new(status, json.to_string()).with("Content-Type", "application/json")
    }

    pub(crate) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}

/// Answers requests.
pub(crate) trait Service: Send + 'static {
    fn answer(&mut self, request: &Request) -> Answer;
}

/// A service on a port of its own.
pub(crate) struct Running<S> {
    /// `http://127.0.0.1:PORT`
    pub(crate) address: String,
    service: Arc<Mutex<S>>,
}

impl<S: Service> Running<S> {
    pub(crate) fn start(service: S) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let service = Arc::new(Mutex::new(service));
        let shared = Arc::clone(&service);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A client that goes away is its own problem.
                std::thread::spawn(move || drop(serve(stream, &shared)));
            }
        });
        Self { address, service }
    }

    pub(crate) fn service(&self) -> MutexGuard<'_, S> {
        self.service.lock().expect("nobody has panicked with it")
    }
}

fn serve<S: Service>(mut stream: TcpStream, service: &Mutex<S>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let request = read(&mut reader, &mut stream)?;
    let answer = service.lock().expect("nobody has panicked with it").answer(&request);
    let mut head =
        format!("HTTP/1.1 {} x\r\nContent-Length: {}\r\nConnection: close\r\n", answer.status, answer.body.len());
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    if request.method != "HEAD" {
        stream.write_all(&answer.body)?;
    }
    Ok(())
}

fn read(reader: &mut BufReader<TcpStream>, stream: &mut TcpStream) -> std::io::Result<Request> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: pairs.map(|(name, value)| (unescaped(name), unescaped(value))).collect(),
        ..Request::default()
    };
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        request.headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    if request.headers.contains_key("expect") {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    if request.headers.get("transfer-encoding").is_some_and(|how| how == "chunked") {
        loop {
            let mut length = String::new();
            reader.read_line(&mut length)?;
            let mut piece = vec![0; usize::from_str_radix(length.trim(), 16).unwrap_or(0)];
            reader.read_exact(&mut piece)?;
            reader.read_line(&mut length)?;
            if piece.is_empty() {
                break;
            }
            request.body.extend(piece);
        }
    } else {
        let length = request.headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        request.body = vec![0; length];
        reader.read_exact(&mut request.body)?;
    }
    Ok(request)
}

/// Text without escapes.
pub(crate) fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let digits = String::from_utf8_lossy(&digits).into_owned();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'%'));
            }
            b'+' => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
