//! With OpenSSH's own server on the loopback interface, where it is installed.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "in tests, also outside the test functions themselves")]

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fw_remote::{Around, run};
use fw_value::{Type, Value};
use tempfile::TempDir;
use tokio::sync::Notify;

const SERVER: &str = "/usr/sbin/sshd";

/// What a server shows of itself.
#[derive(PartialEq)]
enum Certificate {
    Shown,
    None,
}

/// A server that knows one key, and an authority that signs others.
struct Server {
    root: TempDir,
    port: u16,
    process: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn succeed(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

impl Server {
    fn start() -> Option<Self> {
        Self::start_with(Certificate::Shown)
    }

    fn start_with(certificate: Certificate) -> Option<Self> {
        if !Path::new(SERVER).exists() || Command::new("ssh-keygen").arg("-?").output().is_err() {
            println!("skipped: no {SERVER} or no ssh-keygen; the packages openssh-server and openssh-client have them");
            return None;
        }
        // Nothing starts as root without it.
        drop(fs::create_dir_all("/run/sshd"));
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name).display().to_string();
        for (kind, name) in [("ed25519", "host"), ("ed25519", "user"), ("ecdsa", "authority"), ("ed25519", "signed")] {
            succeed("ssh-keygen", &["-q", "-t", kind, "-N", "", "-C", name, "-f", &path(name)]);
        }
        let me = std::env::var("USER").unwrap_or_else(|_| "root".to_owned());
        succeed("ssh-keygen", &["-q", "-s", &path("authority"), "-I", "x", "-n", &me, &path("signed.pub")]);
        succeed("ssh-keygen", &["-q", "-h", "-s", &path("authority"), "-I", "x", "-n", "127.0.0.1", &path("host.pub")]);
        fs::copy(path("user.pub"), path("authorized")).unwrap();
        let port = free_port();
        let mut settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nTrustedUserCAKeys {}\nPidFile none\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nLogLevel ERROR\n",
            path("host"),
            path("authorized"),
            path("authority.pub"),
        );
        if certificate == Certificate::Shown {
            settings += &format!("HostCertificate {}\n", path("host-cert.pub"));
        }
        fs::write(path("settings"), settings).unwrap();
        let process = Command::new(SERVER).args(["-D", "-e", "-f", &path("settings")]).spawn().unwrap();
        let server = Self { root, port, process };
        let begin = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begin.elapsed() < Duration::from_secs(20), "sshd does not come up");
            std::thread::yield_now();
        }
        Some(server)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn connection(&self, more: &[(&str, Value)]) -> Value {
        let me = std::env::var("USER").unwrap_or_else(|_| "root".to_owned());
        let script = self.path("script_%RAND%.sh").display().to_string();
        let mut all = vec![
            ("host", Value::string("127.0.0.1")),
            ("port", Value::from(i64::from(self.port))),
            ("user", Value::string(me)),
            ("private_key", Value::string(self.read("user"))),
            ("script_path", Value::string(script)),
            ("timeout", Value::string("20s")),
            ("agent", Value::bool(false)),
        ];
        for (name, value) in more {
            all.retain(|(other, _)| other != name);
            all.push((*name, value.clone()));
        }
        Value::object(all)
    }

    fn run(&self, kind: &str, config: &Value, connection: &Value) -> (Result<(), String>, Vec<String>) {
        self.run_with_agent(kind, config, connection, None)
    }

    fn run_with_agent(
        &self,
        kind: &str,
        config: &Value,
        connection: &Value,
        agent: Option<&str>,
    ) -> (Result<(), String>, Vec<String>) {
        let lines = RefCell::new(Vec::new());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let around = Around { directory: self.root.path(), home: None, agent };
        let output = |text: &str| lines.borrow_mut().extend(text.lines().map(str::to_owned));
        let result = runtime.block_on(run(kind, config, connection, around, &output));
        (result, lines.into_inner())
    }

    fn inline(&self, lines: &[&str], connection: &Value) -> (Result<(), String>, Vec<String>) {
        let lines = Value::list(Type::String, lines.iter().map(Value::string));
        self.run("remote-exec", &Value::object([("inline", lines)]), connection)
    }
}

#[test]
fn scripts_run_and_leave_nothing_behind() {
    let Some(server) = Server::start() else { return };
    let (result, lines) =
        server.inline(&["echo one", "echo two >&2", "test -t 1 && echo terminal"], &server.connection(&[]));
    result.unwrap();
    assert_eq!(lines[0], "Connecting to remote host via SSH...");
    assert_eq!(lines[1..9].iter().filter(|line| line.starts_with("  ")).count(), 8, "{lines:?}");
    assert_eq!(lines[9..], ["Connected!", "one", "two", "terminal"]);
    let scripts: Vec<_> = fs::read_dir(server.root.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let script = scripts.iter().find(|path| path.display().to_string().contains("script_")).unwrap();
    assert_eq!(fs::read_to_string(script).unwrap(), "", "nothing of a script stays");
}

#[test]
fn scripts_that_fail_are_told_of() {
    let Some(server) = Server::start() else { return };
    let why = server.inline(&["kill -9 $$"], &server.connection(&[])).0.unwrap_err();
    assert!(why.ends_with("Process exited with status 137 from signal KILL"), "{why}");
    let (result, lines) = server.inline(&["echo before", "exit 3"], &server.connection(&[]));
    let why = result.unwrap_err();
    assert!(why.starts_with("error executing \"") && why.ends_with(".sh\": Process exited with status 3"), "{why}");
    assert_eq!(lines.last().unwrap(), "before");
    fs::write(server.path("one.sh"), "echo first").unwrap();
    fs::write(server.path("two.sh"), "#!/bin/cat\nsecond\n").unwrap();
    let scripts = Value::list(Type::String, ["one.sh", "two.sh"].map(Value::string));
    let (result, lines) = server.run("remote-exec", &Value::object([("scripts", scripts)]), &server.connection(&[]));
    result.unwrap();
    assert_eq!(lines[10..], ["first", "#!/bin/cat", "second"]);
    let missing = Value::object([("script", Value::string("none.sh"))]);
    let (result, _) = server.run("remote-exec", &missing, &server.connection(&[]));
    assert_eq!(result.unwrap_err(), "Failed to open script 'none.sh': open none.sh: no such file or directory");
}

#[test]
fn files_and_directories_are_copied() {
    let Some(server) = Server::start() else { return };
    let text = |name: &str| Value::string(server.path(name).display().to_string());
    let copy =
        |pairs: &[(&str, Value)]| server.run("file", &Value::object(pairs.iter().cloned()), &server.connection(&[])).0;
    copy(&[("content", Value::string("some\ntext")), ("destination", text("with blank"))]).unwrap();
    assert_eq!(server.read("with blank"), "some\ntext");
    let large = "x".repeat(3 << 20);
    fs::write(server.path("large"), &large).unwrap();
    copy(&[("source", Value::string("large")), ("destination", text("copy"))]).unwrap();
    assert_eq!(server.read("copy").len(), large.len());
    fs::create_dir_all(server.path("tree/deep")).unwrap();
    fs::create_dir_all(server.path("to")).unwrap();
    fs::write(server.path("tree/deep/file"), "deep").unwrap();
    copy(&[("source", Value::string("tree")), ("destination", text("to"))]).unwrap();
    copy(&[("source", Value::string("tree/")), ("destination", text("to"))]).unwrap();
    assert_eq!((server.read("to/tree/deep/file").as_str(), server.read("to/deep/file").as_str()), ("deep", "deep"));
    copy(&[
        ("source", Value::string("large")),
        ("destination", Value::string(format!("{}/to/", server.root.path().display()))),
    ])
    .unwrap();
    assert_eq!(server.read("to/to").len(), large.len(), "terraform takes the last part for the name");
    let why = copy(&[("content", Value::string("x")), ("destination", text("no/such/place"))]).unwrap_err();
    assert!(why.starts_with("Upload failed: ") && why.contains("No such file or directory"), "{why}");
}

#[test]
fn servers_are_known_by_their_keys_and_users_by_certificates() {
    let Some(server) = Server::start() else { return };
    let known = server.connection(&[("host_key", Value::string(server.read("authority.pub")))]);
    server.inline(&["true"], &known).0.unwrap();
    let elsewhere = [("host", Value::string("localhost")), ("host_key", Value::string(server.read("authority.pub")))];
    let elsewhere = server.connection(&[&elsewhere[..], &[("timeout", Value::string("1s"))]].concat());
    let why = server.inline(&["true"], &elsewhere).0.unwrap_err();
    assert!(why.contains("ssh: principal \"localhost\" not in the set of valid principals"), "{why}");
    let other = [("host_key", Value::string(server.read("user.pub"))), ("timeout", Value::string("1s"))];
    let why = server.inline(&["true"], &server.connection(&other)).0.unwrap_err();
    assert!(
        why.starts_with("timeout - last error: ") && why.ends_with("no authorities for hostname: 127.0.0.1"),
        "{why}"
    );
    let stranger = [("private_key", Value::string(server.read("signed"))), ("timeout", Value::string("1s"))];
    let why = server.inline(&["true"], &server.connection(&stranger)).0.unwrap_err();
    assert!(why.contains("ssh: unable to authenticate, attempted methods [none publickey], no supported"), "{why}");
    let mut signed = stranger.to_vec();
    signed[1].1 = Value::string("20s");
    signed.push(("certificate", Value::string(server.read("signed-cert.pub"))));
    server.inline(&["true"], &server.connection(&signed)).0.unwrap();
}

#[test]
fn a_server_without_certificate_has_the_key_itself() {
    let Some(server) = Server::start_with(Certificate::None) else { return };
    let known = server.connection(&[("host_key", Value::string(server.read("host.pub")))]);
    server.inline(&["true"], &known).0.unwrap();
    let other = [("host_key", Value::string(server.read("user.pub"))), ("timeout", Value::string("1s"))];
    let why = server.inline(&["true"], &server.connection(&other)).0.unwrap_err();
    assert!(why.ends_with("ssh: handshake failed: knownhosts: key mismatch"), "{why}");
}

#[test]
fn keys_of_every_format_are_read() {
    let Some(server) = Server::start() else { return };
    for kind in ["rsa", "ecdsa"] {
        let path = server.path(kind).display().to_string();
        succeed("ssh-keygen", &["-q", "-t", kind, "-m", "PEM", "-N", "", "-f", &path]);
        fs::copy(server.path(&format!("{kind}.pub")), server.path("authorized")).unwrap();
        let key = server.read(kind);
        assert!(key.contains(" PRIVATE KEY-----") && !key.contains("OPENSSH"), "{key}");
        server.inline(&["true"], &server.connection(&[("private_key", Value::string(key))])).0.unwrap();
    }
    let locked = server.path("locked").display().to_string();
    for format in [&["-m", "PEM"][..], &[]] {
        drop(fs::remove_file(&locked));
        succeed("ssh-keygen", &[&["-q", "-t", "ecdsa", "-N", "secret", "-f", &locked], format].concat());
        let connection = server.connection(&[("private_key", Value::string(server.read("locked")))]);
        let why = server.inline(&["true"], &connection).0.unwrap_err();
        assert!(
            why.starts_with("Failed to read ssh private key: password protected keys are\nnot supported."),
            "{why}"
        );
    }
}

#[test]
fn a_command_ends_with_the_one_who_waits_for_it() {
    let Some(server) = Server::start() else { return };
    let pid = server.path("pid").display().to_string();
    let lines = [format!("echo $$ > {pid}"), "echo started".to_owned(), "exec sleep 1000".to_owned()];
    let config = Value::object([("inline", Value::list(Type::String, lines.map(Value::string)))]);
    let connection = server.connection(&[]);
    let started = Notify::new();
    let output = |line: &str| {
        if line == "started" {
            started.notify_one();
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let around = Around { directory: server.root.path(), home: None, agent: None };
    runtime.block_on(async {
        tokio::select! {
            result = run("remote-exec", &config, &connection, around, &output) => panic!("{result:?}"),
            () = started.notified() => {}
        }
    });
    drop(runtime);
    let process = PathBuf::from("/proc").join(server.read("pid").trim());
    let begin = Instant::now();
    while process.exists() {
        assert!(begin.elapsed() < Duration::from_secs(20), "the command runs on");
        std::thread::yield_now();
    }
}

#[test]
fn the_way_may_lead_through_another_machine() {
    let (Some(server), Some(between)) = (Server::start(), Server::start()) else { return };
    let bastion = [
        ("bastion_host", Value::string("127.0.0.1")),
        ("bastion_port", Value::from(i64::from(between.port))),
        ("bastion_private_key", Value::string(between.read("user"))),
    ];
    let (result, lines) = server.inline(&["echo through"], &server.connection(&bastion));
    result.unwrap();
    assert!(lines.contains(&"Using configured bastion host...".to_owned()), "{lines:?}");
    assert_eq!(lines.last().unwrap(), "through");
}

#[test]
fn an_agent_keeps_keys_and_is_lent_to_the_other_machine() {
    let Some(server) = Server::start() else { return };
    let socket = server.path("agent.sock").display().to_string();
    let Ok(mut agent) = Command::new("ssh-agent").args(["-D", "-a", &socket]).stdout(Stdio::null()).spawn() else {
        return;
    };
    let begin = Instant::now();
    while !Path::new(&socket).exists() && begin.elapsed() < Duration::from_secs(20) {
        std::thread::yield_now();
    }
    let added = Command::new("ssh-add").arg(server.path("user")).env("SSH_AUTH_SOCK", &socket).output().unwrap();
    let connection = server.connection(&[("private_key", Value::null(Type::String)), ("agent", Value::bool(true))]);
    let lines = Value::list(Type::String, [Value::string("ssh-add -l")]);
    let config = Value::object([("inline", lines)]);
    let (result, lines) = server.run_with_agent("remote-exec", &config, &connection, Some(&socket));
    drop(agent.kill());
    drop(agent.wait());
    assert!(added.status.success());
    result.unwrap();
    assert!(lines.last().unwrap().contains("(ED25519)"), "{lines:?}");
}

#[test]
fn what_is_wrong_in_the_block_is_told_at_once() {
    let connection =
        |pairs: &[(&str, &str)]| Value::object(pairs.iter().map(|(name, text)| (*name, Value::string(text))));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Value::object([("content", Value::string("x")), ("destination", Value::string("/x"))]);
    let around = Around { directory: Path::new("/"), home: None, agent: None };
    for (connection, expected) in [
        (Value::null(Type::Dynamic), "Missing connection configuration for provisioner."),
        (connection(&[("host", "")]), "host for provisioner cannot be empty"),
        (connection(&[("host", "h"), ("type", "foo")]), "connection type 'foo' not supported"),
        (
            connection(&[("host", "h"), ("target_platform", "foo")]),
            "target_platform for provisioner has to be either unix or windows",
        ),
        (connection(&[("host", "h"), ("private_key", "x")]), "Failed to read ssh private key: no key found"),
        (
            connection(&[("host", "127.0.0.1"), ("timeout", "1ms")]),
            "timeout - last error: dial tcp 127.0.0.1:22: connect: connection refused",
        ),
    ] {
        let why = runtime.block_on(run("file", &config, &connection, around, &|_| {})).unwrap_err();
        if !why.starts_with("timeout") {
            assert_eq!(why, expected);
        }
    }
}
