//! `login` and `logout` with a host on this machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use crate::directory::Directory;

/// A server that answers every request in its own way.
struct Host {
    port: u16,
    /// Lines of requests and their bodies.
    heard: Arc<Mutex<Vec<String>>>,
}

impl Host {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = Arc::clone(&heard);
        std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(stream, &ears)));
        Self { port, heard }
    }

    fn directory(&self) -> Directory {
        let directory = Directory::empty();
        let services = format!(
            r#"host "oauth.test" {{
  services = {{
    "login.v1" = {{
      client      = "cli"
      authz       = "http://127.0.0.1:{0}/authz"
      token       = "http://127.0.0.1:{0}/token"
      grant_types = ["authz_code"]
    }}
  }}
}}
host "tokens.test" {{
  services = {{ "tfe.v2" = "http://127.0.0.1:{0}/api/v2/" }}
}}
host "none.test" {{
  services = {{}}
}}
credentials "manual.test" {{
  token = "mine"
}}
host "manual.test" {{
  services = {{ "tfe.v2" = "http://127.0.0.1:{0}/api/v2/" }}
}}
"#,
            self.port
        );
        directory.write(".terraformrc", &services);
        // Where no browser is.
        directory.set("PATH", "")
    }
}

fn answer(stream: TcpStream, heard: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    let (mut first, mut token, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut first).expect("a request");
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a request");
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.clone_into(&mut token),
            "content-length" => length = value.parse().expect("a number"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    heard.lock().expect("nobody panics with it").push(format!("{} {}", first.trim(), String::from_utf8_lossy(&body)));
    let (status, text) = match first.split(' ').nth(1).unwrap_or_default() {
        "/token" => ("200 OK", "{\"access_token\":\"by-code\",\"token_type\":\"bearer\"}"),
        _ if token == "Bearer good" => ("200 OK", "{\"data\":{\"attributes\":{\"username\":\"joe\"}}}"),
        _ => ("401 Unauthorized", "{}"),
    };
    let length = text.len();
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}");
    drop(reader.into_inner().write_all(answer.as_bytes()));
}

#[test]
fn a_token_that_is_typed_in() {
    let host = Host::start();
    let directory = host.directory();
    directory.answer("login -no-color tokens.test", "no\n").with_code(1).complaining("Error: Login cancelled");
    directory
        .answer("login -no-color tokens.test", "yes\nbad\n")
        .with_code(1)
        .complaining("Error: Token is invalid: unauthorized");
    assert!(!directory.has(".terraform.d/credentials.tfrc.json"));
    directory
        .answer("login -no-color tokens.test", "yes\ngood\n")
        .with_code(0)
        .saying("Retrieved token for user joe")
        .saying("Success! Logged in to Terraform Enterprise (tokens.test)");
    let kept = "{\n  \"credentials\": {\n    \"tokens.test\": {\n      \"token\": \"good\"\n    }\n  }\n}";
    assert_eq!(directory.read(".terraform.d/credentials.tfrc.json"), kept);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let found = std::fs::metadata(directory.path(".terraform.d/credentials.tfrc.json")).expect("it is there");
        assert_eq!(found.permissions().mode() & 0o77, 0, "nobody else may read it");
    }
    directory.run("logout -no-color tokens.test").with_code(0).saying("removed the stored API token for tokens.test.");
    assert_eq!(directory.read(".terraform.d/credentials.tfrc.json"), "{\n  \"credentials\": {}\n}");
    directory.run("logout tokens.test").with_code(0).saying("No credentials for tokens.test are stored.");
}

#[test]
fn a_token_by_way_of_a_browser() {
    let host = Host::start();
    let directory = host.directory();
    let mut command = directory.command("login -no-color oauth.test");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    child.stdin.take().expect("piped").write_all(b"yes\n").expect("it reads");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("http://") {
        line.clear();
        assert!(out.read_line(&mut line).expect("it can be read") > 0, "it has ended");
    }
    let page = line.trim();
    let value = |name: &str| {
        let pairs = page.split_once('?').expect("a query").1.split('&');
        let found = pairs.filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).expect(name).1;
        found.replace("%3A", ":").replace("%2F", "/")
    };
    assert_eq!((value("client_id"), value("code_challenge_method")), ("cli".to_owned(), "S256".to_owned()));
    let back = value("redirect_uri");
    let (address, path) = back.trim_start_matches("http://").split_once('/').expect("a path");
    let visit = |query: &str| {
        let mut stream = TcpStream::connect(address).expect("somebody listens");
        write!(stream, "GET /{path}?{query} HTTP/1.1\r\nHost: {address}\r\n\r\n").expect("it can be sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    };
    assert!(visit("state=other&code=c").starts_with("HTTP/1.1 400 "));
    assert!(visit(&format!("state={}&code=c0de", value("state"))).starts_with("HTTP/1.1 200 "));
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("it can be read");
    assert!(child.wait().expect("it ends").success(), "{rest}");
    assert!(rest.contains("Success! Terraform has obtained and saved an API token."), "{rest}");
    assert!(directory.read(".terraform.d/credentials.tfrc.json").contains("by-code"));
    let heard = host.heard.lock().unwrap().join("\n");
    assert!(
        heard.contains("code=c0de") && heard.contains("code_verifier=") && heard.contains("client_id=cli"),
        "{heard}"
    );
}

#[test]
fn hosts_that_give_no_token() {
    let directory = Host::start().directory();
    for (host, complaint) in [
        ("none.test", "Error: Host does not support Terraform tokens API"),
        ("manual.test", "Error: Credentials for manual.test are manually configured"),
        ("bad_host", "Error: Invalid hostname"),
        ("-input=false none.test", "Error: Login is an interactive command"),
        ("a b", "The login command expects at most one argument"),
    ] {
        directory.run(&format!("login -no-color {host}")).with_code(1).complaining(complaint);
    }
    directory.run("logout -no-color manual.test").with_code(1).complaining("manually configured");
}

#[cfg(unix)]
#[test]
fn a_helper_keeps_tokens() {
    use std::os::unix::fs::PermissionsExt;
    let host = Host::start();
    let directory = host.directory();
    let settings = directory.read(".terraformrc");
    directory.write(".terraformrc", &format!("{settings}credentials_helper \"safe\" {{\n  args = [\"-x\"]\n}}\n"));
    let program = ".terraform.d/plugins/terraform-credentials-safe";
    directory.write(program, "#!/bin/sh\n{ echo \"$@\"; [ \"$2\" = store ] && read -r line || [ -n \"$line\" ] && echo \"$line\"; } >> heard\nexit 0\n");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(directory.path(program), executable).expect("it can be made executable");
    let question =
        "If login is successful, Terraform will store the token in the configured\n\"safe\" credentials helper";
    directory.answer("login -no-color tokens.test", "yes\ngood\n").with_code(0).saying(question);
    directory.run("logout -no-color tokens.test").with_code(0).saying("\"safe\" credentials helper.");
    assert_eq!(directory.read("heard"), "-x store tokens.test\n{\"token\":\"good\"}\n-x forget tokens.test\n");
    assert!(!directory.has(".terraform.d/credentials.tfrc.json"));
}
