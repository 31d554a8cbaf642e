//! The small server on this machine that the browser is sent back to with a code.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use fw_install::login::Url;

use crate::session::Session;

/// Longer requests are none of a browser that was sent to us.
const LONGEST_REQUEST: u64 = 64 << 10;

const THANKS: &str = "<html>\n<head>\n<title>Login</title>\n</head>\n<body>\n\n<p>The login server has sent a code. Now close \
                      this page and return to the terminal\nwhere <tt>login</tt> is running.</p>\n\n</body>\n</html>\n";

/// A server that waits for one request.
pub(super) struct Callback {
    listener: TcpListener,
    port: u16,
}

impl Callback {
    /// Listens at the first free one of these ports.
    pub(super) fn listen((first, last): (u16, u16)) -> Option<Self> {
        (first..=last).find_map(|port| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?;
            Some(Self { listener, port })
        })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Waits for the code that comes with this state, or for an interrupt.
    pub(super) fn wait(self, session: &Session, state: &str) -> Result<String, String> {
        let (send, receive) = mpsc::channel();
        let interrupted = send.clone();
        session.interrupts.listen(move |_| drop(interrupted.send(Err("interrupted".to_owned()))));
        if session.interrupts.count() > 0 {
            return Err("interrupted".to_owned());
        }
        let state = state.to_owned();
        let serve = move || {
            for stream in self.listener.incoming().flatten() {
                if let Some(code) = answer(stream, &state) {
                    // Nobody waits any more when this fails.
                    drop(send.send(Ok(code)));
                    return;
                }
            }
        };
        let server = std::thread::Builder::new().name("login".to_owned()).spawn(serve);
        let code = match server {
            Ok(_) => receive.recv().unwrap_or_else(|error| Err(error.to_string())),
            Err(error) => Err(error.to_string()),
        };
        session.interrupts.stop_listening();
        code
    }
}

/// Answers one request; the code, if it is the one that is waited for.
fn answer(mut stream: TcpStream, state: &str) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let mut reader = BufReader::new((&stream).take(LONGEST_REQUEST));
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 0) && !line.trim().is_empty() {
        line.clear();
    }
    let code = code_of(&first, state);
    let (status, body) = if code.is_some() { ("200 OK", THANKS) } else { ("400 Bad Request", "") };
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    // That the browser cannot be thanked is no reason not to go on.
    drop(stream.write_all(text.as_bytes()));
    code
}

/// The code in `GET /login?code=…&state=… HTTP/1.1`.
fn code_of(request: &str, state: &str) -> Option<String> {
    let target = request.split(' ').nth(1)?;
    let url = Url::parse("http://localhost").ok()?.join(target).ok()?;
    let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    if value("state").as_deref() != Some(state) {
        return None;
    }
    value("code").filter(|code| !code.is_empty())
}

#[cfg(test)]
mod tests {
    use super::code_of;

    #[test]
    fn only_the_right_state_brings_a_code() {
        let code = |target: &str| code_of(&format!("GET {target} HTTP/1.1\r\n"), "s");
        assert_eq!(code("/login?state=s&code=a%20b").as_deref(), Some("a b"));
        for wrong in ["/login?state=t&code=a", "/login?code=a", "/login?state=s", "/login?state=s&code=", "", "//"] {
            assert_eq!(code(wrong), None, "{wrong}");
        }
    }
}
