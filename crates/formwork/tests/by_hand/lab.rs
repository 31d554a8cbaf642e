//! A directory in which a program is run.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A state with modules, `count`, `for_each`, a data source, tainted and deposed objects.
pub(crate) const STATE: &str = include_str!("state.json");

/// A directory of its own for one program.
pub(crate) struct Lab {
    program: PathBuf,
    directory: TempDir,
    environment: Vec<(&'static str, String)>,
}

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Lab {
    /// For our own program, under the name `terraform`.
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("by-hand-").tempdir().expect("a directory can be made");
        let program = directory.path().join("terraform");
        link(Path::new(env!("CARGO_BIN_EXE_formwork")), &program);
        Self::with(program, directory)
    }

    /// For another program.
    pub(crate) fn of(program: &Path) -> Self {
        let directory = tempfile::Builder::new().prefix("by-hand-").tempdir().expect("a directory can be made");
        Self::with(program.to_owned(), directory)
    }

    fn with(program: PathBuf, directory: TempDir) -> Self {
        let settings = directory.path().join("settings.tfrc");
        fs::write(&settings, "").expect("the directory is writable");
        fs::create_dir(directory.path().join("work")).expect("the directory is writable");
        let environment = vec![("TF_CLI_CONFIG_FILE", settings.display().to_string())];
        Self { program, directory, environment }
    }

    /// The same with the state of the tests.
    pub(crate) fn with_state() -> Self {
        let lab = Self::new();
        lab.write("terraform.tfstate", STATE);
        lab
    }

    /// Where commands run.
    pub(crate) fn root(&self) -> PathBuf {
        self.directory.path().join("work")
    }

    /// Takes back what was set.
    pub(crate) fn clear(&mut self) {
        self.environment.truncate(1);
    }

    /// Sets an environment variable for the commands to come.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.environment.push((name, value.to_owned()));
    }

    /// Writes a file, with its directories.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("it is below the root")).expect("the directory is writable");
        fs::write(path, text).expect("the directory is writable");
    }

    /// Reads a file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Whether there is such a file or directory.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.root().join(path).exists()
    }

    /// All files by their paths.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut waiting = vec![self.root()];
        while let Some(directory) = waiting.pop() {
            for entry in fs::read_dir(&directory).expect("it is a directory") {
                let path = entry.expect("it can be read").path();
                if path.is_dir() {
                    waiting.push(path);
                } else {
                    let name = path.strip_prefix(self.root()).expect("it is below").display().to_string();
                    found.insert(name, String::from_utf8_lossy(&fs::read(&path).expect("it is a file")).into_owned());
                }
            }
        }
        found
    }

    /// The only file whose name starts and ends so.
    pub(crate) fn backup_of(&self, path: &str) -> String {
        let is_backup = |name: &&String| name.starts_with(&format!("{path}.")) && name.ends_with(".backup");
        let files = self.files();
        let names: Vec<&String> = files.keys().filter(is_backup).collect();
        assert_eq!(names.len(), 1, "one backup among {:?}", files.keys());
        files[names[0]].clone()
    }

    /// Runs a command.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with_input(arguments, "")
    }

    /// Runs a command that reads its input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut child = Command::new(&self.program)
            .args(arguments)
            .current_dir(self.root())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.directory.path())
            .env("CHECKPOINT_DISABLE", "1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // Whoever does not read its input has closed it.
        drop(child.stdin.take().expect("it is piped").write_all(input.as_bytes()));
        let output = child.wait_with_output().expect("the program ends");
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs a command that must succeed, without colours; its output.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let outcome = self.run(&plain(arguments));
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{arguments:?}: {}", outcome.stdout);
        outcome.stdout
    }

    /// Runs a command that must fail with 1, without colours; what it writes to standard error.
    pub(crate) fn fail(&self, arguments: &[&str]) -> String {
        let outcome = self.run(&plain(arguments));
        assert_eq!(outcome.code, Some(1), "{arguments:?}: {}{}", outcome.stdout, outcome.stderr);
        outcome.stderr
    }

    /// The addresses in the state.
    pub(crate) fn addresses(&self) -> Vec<String> {
        self.succeed(&["state", "list"]).lines().map(str::to_owned).collect()
    }
}

/// The arguments with `-no-color` behind the command's words.
fn plain<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let groups = ["state", "workspace", "providers", "metadata"];
    let words = match arguments {
        [group, word, ..] if groups.contains(group) && !word.starts_with('-') => 2,
        _ => 1,
    };
    let (command, rest) = arguments.split_at(words.min(arguments.len()));
    [command, &["-no-color"], rest].concat()
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) {
    std::os::unix::fs::symlink(from, to).expect("links can be made");
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) {
    fs::copy(from, to).map(drop).expect("files can be copied");
}

/// A state file as JSON.
pub(crate) fn document(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("states are JSON")
}
