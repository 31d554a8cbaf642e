//! A web server that has a side's files.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// Serves a directory until it is dropped.
pub(crate) struct Server {
    /// `http://HOST:PORT`
    pub(crate) address: String,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Begins to serve.
    pub(crate) fn start(directory: &Path) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
        let address = format!("http://{}", listener.local_addr().expect("a listener has an address"));
        let (ending, directory) = (Arc::new(AtomicBool::new(false)), directory.to_owned());
        let ended = Arc::clone(&ending);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                // Clients go away when they like.
                drop(stream.and_then(|stream| answer(stream, &directory)));
            }
        });
        Self { address, ending, thread: Some(thread) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        let host = self.address.trim_start_matches("http://");
        drop(TcpStream::connect(host));
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// The file that is asked for; one request for each connection.
fn answer(mut stream: TcpStream, directory: &Path) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = target.split('?').next().unwrap_or_default();
    let file: PathBuf = directory.join(path.trim_start_matches('/'));
    let (status, content) = fs::read(file).map_or(("404 Not Found", Vec::new()), |content| ("200 OK", content));
    let length = content.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")?;
    if method == "GET" { stream.write_all(&content) } else { Ok(()) }
}
