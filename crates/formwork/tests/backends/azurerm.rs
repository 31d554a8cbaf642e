//! `azurerm`, on Azurite, whose program for blobs `FORMWORK_TEST_AZURITE` names. Terraform has no way to be pointed to it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::directory::Directory;
use crate::reading::source;

const ACCOUNT: &str = "devstoreaccount1";
/// The key that everybody knows.
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

struct Azurite {
    server: Child,
    port: u16,
}

impl Azurite {
    #[expect(clippy::print_stdout, reason = "tests say what they skip")]
    fn start() -> Option<Self> {
        let Some(program) = std::env::var_os("FORMWORK_TEST_AZURITE").filter(|program| !program.is_empty()) else {
            println!("skipped: no Azurite. Name its program azurite-blob in FORMWORK_TEST_AZURITE.");
            return None;
        };
        let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = free.local_addr().expect("it is bound").port();
        drop(free);
        let mut command = Command::new(program);
        command.args(["--silent", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"]);
        command.args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string()]);
        let mut server = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(server.try_wait().expect("it can be asked").is_none(), "Azurite does not start");
            std::thread::yield_now();
        }
        Some(Self { server, port })
    }

    fn make_container(&self, name: &str) {
        let date = "Sat, 21 Nov 2026 22:00:00 GMT";
        let text = format!(
            "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:2021-12-02\n/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
        );
        let key = STANDARD.decode(KEY).expect("it is base64");
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("keys may have any length");
        mac.update(text.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        let request = format!(
            "PUT /{ACCOUNT}/{name}?restype=container HTTP/1.1\r\nHost: x\r\nx-ms-date: {date}\r\nx-ms-version: \
             2021-12-02\r\nAuthorization: SharedKey {ACCOUNT}:{signature}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

#[test]
fn states_are_kept_and_leased() {
    let Some(server) = Azurite::start() else { return };
    server.make_container("states");
    let address = format!("http://127.0.0.1:{}/{ACCOUNT}", server.port);
    let directory = Directory::empty().set("AZURE_STORAGE_BLOB_ENDPOINT", &address).set("ARM_ACCESS_KEY", KEY);
    let configuration = format!(
        "terraform {{\n  backend \"azurerm\" {{\n    storage_account_name = \"{ACCOUNT}\"\n    container_name = \"states\"\n    \
         key = \"deep/state\"\n    snapshot = true\n  }}\n}}\noutput \"o\" {{\n  value = \"first\"\n}}\n\
         resource \"terraform_data\" \"a\" {{\n  provisioner \
         \"local-exec\" {{\n    command = \"{} plan -no-color > told 2>&1 || true\"\n  }}\n}}\n",
        env!("CARGO_BIN_EXE_formwork")
    );
    directory.write("main.tf", &configuration);
    directory.run("init -no-color").with_code(0);
    directory.run("apply -auto-approve -no-color").with_code(0).saying("1 added");
    let told = directory.read("told");
    assert!(told.contains("state blob is already locked") && told.contains("OperationTypeApply"), "{told}");
    directory.run("plan -no-color").with_code(0).saying("No changes.");
    outputs_are_read(&directory);
    directory.run("workspace new second").with_code(0);
    directory.run("plan -no-color").with_code(0).saying("1 to add");
    directory.run("workspace select default").with_code(0);
    directory.run("workspace delete second").with_code(0);
    directory.run("workspace list").with_code(0).saying("* default\n\n");
    directory.run("destroy -auto-approve -no-color").with_code(0).saying("1 destroyed");
}

/// `terraform_remote_state` finds the outputs of the state that `directory` has applied, in the workspace that is asked for.
fn outputs_are_read(directory: &Directory) {
    let block = format!(
        "backend \"azurerm\" {{\n    storage_account_name = \"{ACCOUNT}\"\n    container_name = \"states\"\n    \
         key = \"deep/state\"\n}}"
    );
    let other = "data.terraform_remote_state.other.outputs";
    let output = format!("output \"seen\" {{\n  value = \"${{{other}.o}}, ${{{other}.extra}}\"\n}}\n");
    let reader = |workspace: &str, more: &str| format!("{}{output}", source(&block, workspace, more));
    directory.write("reader.tf", &reader("workspace = \"default\"", ""));
    directory.run("apply -auto-approve -no-color").with_code(0).saying("seen = \"first, default\"");
    directory.write("reader.tf", &reader("workspace = \"nowhere\"", ""));
    // Nothing is there, so the defaults count.
    directory.run("plan -no-color").with_code(0).saying("never, default");
    directory.write("reader.tf", &reader("", "    bogus = 1\n"));
    directory.run("plan -no-color").with_code(1).complaining("\"bogus\"");
    // Reading it has made it, as in terraform's backends.
    directory.run("workspace delete nowhere").with_code(0);
    std::fs::remove_file(directory.path("reader.tf")).expect("it was written");
    directory.run("apply -auto-approve -no-color").with_code(0);
}
