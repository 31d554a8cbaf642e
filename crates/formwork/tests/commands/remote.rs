//! Provisioners on another machine, through the whole program: OpenSSH's own server on the loopback interface, where it is
//! installed.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::directory::Directory;
use crate::interrupts::Running;

const SERVER: &str = "/usr/sbin/sshd";

/// A server that knows one key.
struct Server {
    port: u16,
    process: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Server {
    /// The server with its files in a directory; nothing, which is said, where there is none.
    #[expect(clippy::print_stdout, reason = "tests say what they skip")]
    fn start(directory: &Directory) -> Option<Self> {
        let path = |name: &str| directory.path(name).display().to_string();
        let keys = ["host", "user"].map(|name| {
            let arguments = ["-q", "-t", "ed25519", "-N", "", "-f", &path(name)];
            Command::new("ssh-keygen")
                .args(arguments)
                .stdin(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        });
        if !Path::new(SERVER).exists() || keys.contains(&false) {
            println!("skipped: no {SERVER} or no ssh-keygen");
            return None;
        }
        // Nothing starts as root without it.
        drop(fs::create_dir_all("/run/sshd"));
        let free = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = free.local_addr().expect("it is bound").port();
        drop(free);
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM \
             no\nPasswordAuthentication no\nPermitRootLogin yes\nLogLevel ERROR\n",
            path("host"),
            path("user.pub")
        );
        directory.write("settings", &settings);
        let process = Command::new(SERVER).args(["-D", "-e", "-f", &path("settings")]).spawn().expect("it starts");
        let server = Self { port, process };
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begin.elapsed() < Duration::from_secs(30), "sshd does not come up");
            std::thread::yield_now();
        }
        Some(server)
    }

    /// A resource with these provisioners, and one that comes after it.
    fn configuration(&self, directory: &Directory, provisioners: &str) -> String {
        let me = std::env::var("USER").unwrap_or_else(|_| "root".to_owned());
        let root = directory.path(".").display().to_string();
        format!(
            "resource \"terraform_data\" \"a\" {{\n  connection {{\n    host = \"127.0.0.1\"\n    port = {}\n    user = \
             \"{me}\"\n    agent = false\n    private_key = file(\"user\")\n    script_path = \"{root}/script_%RAND%.sh\"\n  \
             }}\n{}\n}}\nresource \"terraform_data\" \"b\" {{\n  input = terraform_data.a.id\n}}\n",
            self.port,
            provisioners.replace("ROOT", &root)
        )
    }
}

#[test]
fn files_and_commands_before_a_destruction() {
    let directory = Directory::empty();
    let Some(server) = Server::start(&directory) else { return };
    let good = "  provisioner \"file\" {\n    when = destroy\n    content = \"bye ${self.id}\"\n    destination = \
                \"ROOT/copied\"\n  }\n  provisioner \"remote-exec\" {\n    when = destroy\n    inline = [\"cat ROOT/copied\", \
                \"STEP\"]\n  }\n";
    directory.write("main.tf", &server.configuration(&directory, &good.replace("STEP", "exit 3")));
    directory.run("apply -auto-approve -no-color").with_code(0).saying("2 added");
    // What a provisioner refuses stays, and what depended on it is gone already.
    directory
        .run("destroy -auto-approve -no-color")
        .with_code(1)
        .saying("(remote-exec): bye ")
        .complaining("Error: remote-exec provisioner error")
        .complaining("Process exited with status 3");
    directory.run("state list").with_code(0).saying("terraform_data.a\n");
    let state = directory.read("terraform.tfstate");
    assert!(!state.contains("\"b\"") && !state.contains("tainted"), "{state}");
    directory.write("main.tf", &server.configuration(&directory, &good.replace("STEP", "touch ROOT/gone")));
    directory.run("destroy -auto-approve -no-color").with_code(0).saying("Destroy complete! Resources: 1 destroyed.");
    assert!(directory.has("gone"));
}

#[test]
fn interrupts_end_what_runs_there() {
    let directory = Directory::empty();
    let Some(server) = Server::start(&directory) else { return };
    for (provisioner, told) in [
        (
            "provisioner \"remote-exec\" {\n    inline = [\"echo begun\", \"sleep 600\"]\n  }",
            "remote-exec provisioner error",
        ),
        ("provisioner \"local-exec\" {\n    command = \"echo begun; sleep 600\"\n  }", "signal: killed. Output: begun"),
    ] {
        directory.write("main.tf", &server.configuration(&directory, provisioner));
        let mut running = Running::begin(&directory, "apply -auto-approve -no-color");
        running.wait_for("exec): begun");
        running.interrupt();
        running.wait_for("Stopping operation...");
        running.end().with_code(1).complaining(told);
        let state = directory.read("terraform.tfstate");
        assert!(state.contains("\"tainted\"") && !state.contains("\"name\": \"b\""), "{state}");
        assert!(!directory.has(".terraform.tfstate.lock.info"));
        directory.write("main.tf", "");
        directory.run("apply -auto-approve -no-color").with_code(0).saying("1 destroyed");
    }
}
