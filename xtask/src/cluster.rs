//! `cargo xtask cluster`: three servers and five workers on PostgreSQL and Temporal, on this machine, to be killed at will.
//! What dies is started again after a while, as a supervisor would.

use std::fmt;
use std::io::BufRead as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::commands::{build_release, run_quietly};
use crate::postgres::Postgres;
use crate::servers;
use crate::temporal::Temporal;

const SERVERS: u16 = 3;
const WORKERS: u16 = 5;
/// Seconds after which silent workers lose their steps: less than usual, as somebody is watching, and enough for a server
/// that comes back.
const LEASE: u16 = 15;
/// The first server listens here if it can, the others right after.
const PORT: u16 = 8084;
/// How often it is looked who is dead.
const LOOK: Duration = Duration::from_millis(200);
/// How long the dead stay dead.
const PAUSE: Duration = Duration::from_secs(5);

const HELP: &str = "\
  status        who runs, and with which process id
  kill NAME     kill -9, as `kill -9 ID` from elsewhere does; it is started again after five seconds
  stop          stop everything";

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let (engine, rest) = match arguments.split_first() {
        Some((first, rest)) if first == "embedded" => ("embedded", rest),
        _ => ("temporal", arguments),
    };
    let Some(programs) = servers::postgresql()? else { bail!("there is no PostgreSQL on this machine") };
    let temporal = if engine == "temporal" {
        Some(servers::temporal()?.context("there is no Temporal on this machine")?)
    } else {
        None
    };
    let program = match rest.first() {
        Some(program) => std::fs::canonicalize(program).with_context(|| format!("there is no {program}"))?,
        None => build_release()?,
    };
    let root = tempfile::Builder::new().prefix("formwork-cluster-").tempdir()?;
    let mut cluster = Cluster::start(&program, &programs, temporal.as_deref(), root.path())?;
    println!("\n{cluster}\n{}", cluster.welcome(root.path())?);
    let commands = lines();
    loop {
        match commands.recv_timeout(LOOK) {
            Ok(line) => match line.split_whitespace().collect::<Vec<_>>().as_slice() {
                [] => {}
                ["status"] => println!("{cluster}"),
                ["kill", name] => cluster.kill(name),
                ["stop"] => return Ok(()),
                _ => println!("{HELP}"),
            },
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        cluster.revive()?;
    }
}

/// Lines of standard input; none more after its end.
fn lines() -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

struct Cluster {
    postgres: Postgres,
    /// Nothing with the embedded engine.
    temporal: Option<Temporal>,
    members: Vec<Member>,
    /// Since when these are dead.
    dead: Vec<(String, Instant)>,
}

/// A server or a worker.
struct Member {
    name: String,
    /// Where a server listens, or whom a worker asks.
    address: String,
    program: PathBuf,
    arguments: Vec<String>,
    directory: PathBuf,
    child: Child,
}

impl Cluster {
    fn start(program: &Path, programs: &Path, temporal: Option<&Path>, root: &Path) -> Result<Self> {
        use std::os::unix::fs::PermissionsExt as _;
        // PostgreSQL may run as somebody else, who has to get there.
        std::fs::set_permissions(root, std::fs::Permissions::from_mode(0o755))?;
        let place = |name: &str| {
            let path = root.join(name);
            std::fs::create_dir(&path).map(|()| path)
        };
        let postgres = Postgres::start(programs, &place("postgresql")?).context("PostgreSQL does not start")?;
        let temporal = match temporal {
            Some(program) => {
                let temporal = Temporal::start(program, &place("temporal")?).context("Temporal does not start")?;
                temporal.ready()?;
                Some(temporal)
            }
            None => None,
        };
        let mut cluster = Self { postgres, temporal, members: Vec::new(), dead: Vec::new() };
        for number in 1..=SERVERS {
            let (name, address) = (format!("server-{number}"), free_address(PORT + number - 1)?);
            let arguments = cluster.settings(root, &address);
            let mut server = Member::start(name.clone(), address, program, arguments, place(&name)?)?;
            server.ready()?;
            cluster.members.push(server);
        }
        cluster.make_worker_token(root)?;
        for number in 1..=WORKERS {
            let name = format!("worker-{number}");
            let server = &cluster.members[usize::from((number - 1) % SERVERS)].address;
            let arguments = vec![
                "worker".to_owned(),
                format!("--server=http://{server}"),
                format!("--token-file={}", root.join("worker-token").display()),
                format!("--name={name}"),
            ];
            let worker = Member::start(name.clone(), format!("asks {server}"), program, arguments, place(&name)?)?;
            cluster.members.push(worker);
        }
        Ok(cluster)
    }

    /// The first server's settings are enough to make a token beside it.
    fn make_worker_token(&self, root: &Path) -> Result<()> {
        let first = self.members.first().context("there is a server")?;
        let mut command = Command::new(&first.program);
        command.args(["admin", "token", "-name=cluster", "-role=worker"]).args(first.arguments.iter().skip(1));
        let token = run_quietly(command.current_dir(&first.directory))?;
        Ok(std::fs::write(root.join("worker-token"), token)?)
    }

    /// What all servers are told alike: without the same objects and key they would be strangers. The first one makes the
    /// key.
    fn settings(&self, root: &Path, address: &str) -> Vec<String> {
        let shared = root.display();
        let mut settings = vec![
            "serve".to_owned(),
            format!("--listen={address}"),
            format!("--database={}", self.postgres.address()),
            format!("--objects=file://{shared}/objects"),
            format!("--admin-token-file={shared}/token"),
            // All work is done by the workers.
            "--workers-max=0".to_owned(),
            format!("--worker-lease={LEASE}"),
        ];
        if let Some(temporal) = &self.temporal {
            settings.extend(["--engine=temporal".to_owned(), format!("--temporal={}", temporal.address())]);
        }
        if !self.members.is_empty() {
            settings.push(format!("--encryption-key=file:{shared}/server-1/formwork-data/encryption.key"));
        }
        settings
    }

    fn welcome(&self, root: &Path) -> Result<String> {
        let token = std::fs::read_to_string(root.join("token")).context("the first server has written no token")?;
        let first = self.members.first().map_or("", |member| &member.address);
        Ok(format!(
            "Everything lies in {}, the log of each in its directory.\n\
             Token: {}\n\
             Try:   formwork login -token-file {} http://{first}\n\n{HELP}",
            root.display(),
            token.trim(),
            root.join("token").display(),
        ))
    }

    fn kill(&mut self, name: &str) {
        match (name, &mut self.temporal) {
            ("postgresql", _) => self.postgres.kill(),
            ("temporal", Some(temporal)) => temporal.kill(),
            _ => match self.members.iter_mut().find(|member| member.name == name) {
                // It may be dead already.
                Some(member) => drop(member.child.kill()),
                None => println!("there is no {name}"),
            },
        }
    }

    /// Starts again what is dead for long enough.
    fn revive(&mut self) -> Result<()> {
        let mut dead = Vec::new();
        if !self.postgres.runs() {
            dead.push("postgresql".to_owned());
        }
        if self.temporal.as_mut().is_some_and(|temporal| !temporal.runs()) {
            dead.push("temporal".to_owned());
        }
        for member in &mut self.members {
            if member.child.try_wait()?.is_some() {
                dead.push(member.name.clone());
            }
        }
        self.dead.retain(|(name, _)| dead.contains(name));
        for name in dead {
            let since = self.dead.iter().find(|(known, _)| *known == name).map(|(_, since)| *since);
            match since {
                None => {
                    println!("{name} is dead");
                    self.dead.push((name, Instant::now()));
                }
                Some(since) if since.elapsed() >= PAUSE => {
                    self.start_again(&name)?;
                    println!("{name} was started again");
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn start_again(&mut self, name: &str) -> Result<()> {
        match (name, &mut self.temporal) {
            ("postgresql", _) => self.postgres.up().context("PostgreSQL does not start"),
            ("temporal", Some(temporal)) => temporal.up().context("Temporal does not start"),
            _ => self.members.iter_mut().filter(|member| member.name == name).try_for_each(Member::start_again),
        }
    }
}

impl fmt::Display for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, id: Option<u32>, address: &str| {
            let id = id.map_or_else(|| "dead".to_owned(), |id| id.to_string());
            writeln!(f, "{name:<12} {id:>8}  {address}")
        };
        line("postgresql", self.postgres.id(), &self.postgres.address())?;
        if let Some(temporal) = &self.temporal {
            line("temporal", temporal.id(), &temporal.address())?;
        }
        for member in &self.members {
            let dead = self.dead.iter().any(|(name, _)| *name == member.name);
            line(&member.name, (!dead).then(|| member.child.id()), &member.address)?;
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Killed rather than stopped: everything here is about that.
        for member in &mut self.members {
            drop(member.child.kill());
            drop(member.child.wait());
        }
    }
}

impl Member {
    fn start(
        name: String,
        address: String,
        program: &Path,
        arguments: Vec<String>,
        directory: PathBuf,
    ) -> Result<Self> {
        let child = spawn(program, &arguments, &directory)?;
        Ok(Self { name, address, program: program.to_owned(), arguments, directory, child })
    }

    fn start_again(&mut self) -> Result<()> {
        self.child = spawn(&self.program, &self.arguments, &self.directory)?;
        Ok(())
    }

    /// Waits until it listens; the next one needs what the first one makes.
    fn ready(&mut self) -> Result<()> {
        while std::net::TcpStream::connect(&self.address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status}; see {}/log", self.name, self.directory.display());
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }
}

fn spawn(program: &Path, arguments: &[String], directory: &Path) -> Result<Child> {
    let log = std::fs::File::options().create(true).append(true).open(directory.join("log"))?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory).stdin(Stdio::null());
    command.stdout(log.try_clone()?).stderr(log).spawn().context("the program does not start")
}

/// This port of loopback, or any that is free.
fn free_address(port: u16) -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", port)).or_else(|_taken| TcpListener::bind("127.0.0.1:0"))?;
    Ok(listener.local_addr()?.to_string())
}
