//! `pg`, on a PostgreSQL of our own: its programs are found in the directory that `FORMWORK_TEST_POSTGRESQL` names, or on
//! the path.

use std::env;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::together::share_a_backend;

struct Postgres {
    server: Child,
    port: u16,
    _directory: tempfile::TempDir,
}

impl Postgres {
    #[expect(clippy::print_stdout, reason = "tests say what they skip")]
    fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            println!(
                "skipped: no PostgreSQL. Name the directory with initdb and postgres in FORMWORK_TEST_POSTGRESQL."
            );
            return None;
        };
        let directory = tempfile::tempdir().expect("a directory can be made");
        // The server refuses to be root.
        let user = (fs::metadata(directory.path()).expect("it is there").uid() == 0).then_some((65_534, 65_534));
        if let Some((uid, gid)) = user {
            chown(directory.path(), Some(uid), Some(gid)).expect("we are root");
        }
        let as_user = |program: &str| {
            let mut command = Command::new(programs.join(program));
            if let Some((uid, gid)) = user {
                command.uid(uid).gid(gid);
            }
            command.current_dir(directory.path()).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let data = directory.path().join("data");
        let mut initdb = as_user("initdb");
        initdb.arg("-D").arg(&data).args(["-A", "trust", "-N", "-U", "formwork", "--locale=C", "-E", "UTF8"]);
        assert!(initdb.status().expect("it starts").success(), "initdb");
        let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = free.local_addr().expect("it is bound").port();
        drop(free);
        let mut postgres = as_user("postgres");
        postgres.arg("-D").arg(&data).arg("-k").arg(directory.path()).args(["-p", &port.to_string()]);
        postgres.args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]);
        let mut server = postgres.spawn().expect("it starts");
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(server.try_wait().expect("it can be asked").is_none(), "PostgreSQL does not start");
            std::thread::yield_now();
        }
        Some(Self { server, port, _directory: directory })
    }

    fn block(&self, schema: &str) -> String {
        format!(
            "backend \"pg\" {{\n  conn_str = \"postgres://formwork@127.0.0.1:{}/postgres?sslmode=disable\"\n  schema_name = \
             \"{schema}\"\n}}",
            self.port
        )
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

fn programs() -> Option<PathBuf> {
    let named = env::var_os("FORMWORK_TEST_POSTGRESQL").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = named.into_iter().chain(env::split_paths(&path));
    places.find(|place| ["initdb", "postgres"].iter().all(|program| place.join(program).is_file()))
}

#[test]
fn both_programs_share_a_table() {
    let Some(server) = Postgres::start() else { return };
    share_a_backend(&server.block("states-of-us"), true);
}
