//! Ways to another machine: at once, or through a proxy.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::connection::Proxy;

/// How long a machine may take to answer at all.
const PATIENCE: Duration = Duration::from_secs(15);

/// A proxy's answer is no longer than this.
const LONGEST_ANSWER: usize = 16 << 10;

/// Connects to an address.
pub(crate) async fn connect(address: &str, proxy: Option<&Proxy>) -> Result<TcpStream, String> {
    match proxy {
        None => dial(address).await,
        Some(proxy) => {
            if proxy.scheme != "http" {
                return Err(format!("proxies of scheme \"{}\" are not supported; only \"http\" is", proxy.scheme));
            }
            let stream = dial(&format!("{}:{}", proxy.host, proxy.port)).await?;
            let tunnel = tokio::time::timeout(PATIENCE, through(stream, address, proxy)).await;
            tunnel.map_err(|_elapsed| "the proxy does not answer".to_owned())?
        }
    }
}

async fn dial(address: &str) -> Result<TcpStream, String> {
    let failed = |why: &str| format!("dial tcp {address}: {why}");
    let dialled = tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await;
    let stream = dialled.map_err(|_elapsed| failed("i/o timeout"))?;
    let stream = stream.map_err(|error| failed(&format!("connect: {}", fw_diag::system_error(&error))))?;
    // Small packets go back and forth; none shall wait for another.
    stream.set_nodelay(true).map_err(|error| failed(&error.to_string()))?;
    Ok(stream)
}

async fn through(mut stream: TcpStream, address: &str, proxy: &Proxy) -> Result<TcpStream, String> {
    let failed = |error: std::io::Error| format!("the proxy: {}", fw_diag::system_error(&error));
    let authorization = if proxy.user.is_empty() {
        String::new()
    } else {
        let login = STANDARD.encode(format!("{}:{}", proxy.user, proxy.password));
        format!("Proxy-Authorization: Basic {login}\r\n")
    };
    let request = format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n{authorization}\r\n");
    stream.write_all(request.as_bytes()).await.map_err(failed)?;
    let mut answer = Vec::new();
    // Byte by byte, since what follows the head is the other machine's.
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() > LONGEST_ANSWER {
            return Err("the proxy's answer is too long".to_owned());
        }
        answer.push(stream.read_u8().await.map_err(failed)?);
    }
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split_whitespace().nth(1).unwrap_or_default();
    if status == "200" { Ok(stream) } else { Err(format!("Connection Error: StatusCode: {status}")) }
}
