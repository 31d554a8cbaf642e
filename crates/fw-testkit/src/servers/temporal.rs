//! Temporal's development server over a file, on a port of loopback. It is gone with the value.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How often it is looked whether it is ready, and how many times.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS: u32 = 1200;

/// A running server.
#[derive(Debug)]
pub struct Temporal {
    program: PathBuf,
    directory: PathBuf,
    port: u16,
    server: Option<Child>,
}

impl Temporal {
    /// The program: the one that `FORMWORK_TEST_TEMPORAL` names, or one on the path.
    #[must_use]
    pub fn program() -> Option<PathBuf> {
        let named = std::env::var_os("FORMWORK_TEST_TEMPORAL").map(PathBuf::from);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut places = named.into_iter().chain(std::env::split_paths(&path).map(|place| place.join("temporal")));
        places.find(|place| place.is_file())
    }

    /// Starts a server over the data in a directory, which is made when there is none.
    ///
    /// # Errors
    /// When the program can't be started.
    pub fn start(program: &Path, directory: &Path) -> io::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut temporal = Self { program: program.to_owned(), directory: directory.to_owned(), port, server: None };
        temporal.up()?;
        Ok(temporal)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The id of its process while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    /// Whether it runs.
    #[must_use]
    pub fn runs(&mut self) -> bool {
        self.server.as_mut().is_some_and(|server| matches!(server.try_wait(), Ok(None)))
    }

    /// Kills it: the machine is gone.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            // It may be dead already.
            drop(server.kill());
            drop(server.wait());
        }
    }

    /// Starts it, or starts it again, over the same data; it takes a while until it listens.
    ///
    /// # Errors
    /// When the program can't be started.
    pub fn up(&mut self) -> io::Result<()> {
        self.kill();
        let mut command = Command::new(&self.program);
        command.args(["server", "start-dev", "--ip", "127.0.0.1", "--headless", "--log-level", "error"]);
        command.arg("--port").arg(self.port.to_string());
        command.arg("--db-filename").arg(self.directory.join("temporal.db"));
        // Its one shard would else look at its queue 20 times a second only.
        command.args(["--dynamic-config-value", "history.transferProcessorMaxPollRPS=1000"]);
        command.args(["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL"]);
        let server = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        self.server = Some(server);
        Ok(())
    }

    /// Waits until it listens.
    ///
    /// # Errors
    /// When it does not.
    pub fn ready(&self) -> io::Result<()> {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        for _ in 0..LOOKS {
            if TcpStream::connect(address).is_ok() {
                return Ok(());
            }
            std::thread::sleep(LOOK);
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "Temporal does not listen"))
    }
}

impl Drop for Temporal {
    fn drop(&mut self) {
        self.kill();
    }
}
