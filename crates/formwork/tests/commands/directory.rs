//! A directory in which the program is run.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use fw_testkit::TestProvider;
use tempfile::TempDir;

/// A working directory with files of a configuration.
pub(crate) struct Directory {
    root: TempDir,
    environment: Vec<(String, String)>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ended {
    /// The same, having ended with this code.
    #[track_caller]
    pub(crate) fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// The same, with this in its output.
    #[track_caller]
    pub(crate) fn saying(self, text: &str) -> Self {
        assert!(self.out.contains(text), "no {text:?} in stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// The same, with this in its errors, wherever lines are broken.
    #[track_caller]
    pub(crate) fn complaining(self, text: &str) -> Self {
        let joined = self.err.replace('\n', " ");
        assert!(
            self.err.contains(text) || joined.contains(text),
            "no {text:?} in stderr:\n{}\nstdout:\n{}",
            self.err,
            self.out
        );
        self
    }
}

impl Directory {
    /// An empty directory.
    pub(crate) fn empty() -> Self {
        let root = tempfile::Builder::new().prefix("commands-").tempdir().expect("a directory can be made");
        Self { root, environment: Vec::new() }
    }

    /// A directory with one file of configuration.
    pub(crate) fn with(configuration: &str) -> Self {
        let directory = Self::empty();
        directory.write("main.tf", configuration);
        directory
    }

    /// The same with the scriptable provider as `hashicorp/fwtest`.
    pub(crate) fn with_provider(self) -> Self {
        let programs = self.path("programs");
        let _program = TestProvider::default().install(&programs, &self.path("cloud"));
        let overrides = format!("dev_overrides {{ \"hashicorp/fwtest\" = \"{}\" }}", programs.display());
        self.write("settings.tfrc", &format!("provider_installation {{\n  {overrides}\n}}\n"));
        self
    }

    /// The same with an environment variable.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path in the directory.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// Writes a file.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("below the root")).expect("a directory can be made");
        fs::write(path, text).expect("a file can be written");
    }

    /// Reads a file; empty where there is none.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    /// Whether there is a file.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// The program with arguments given as a line.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_formwork"));
        command
            .args(line.split_whitespace())
            .current_dir(self.root.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.root.path())
            .env("CHECKPOINT_DISABLE", "1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        if self.has("settings.tfrc") {
            command.env("TF_CLI_CONFIG_FILE", self.path("settings.tfrc"));
        }
        command
    }

    /// Runs the program without input.
    pub(crate) fn run(&self, line: &str) -> Ended {
        self.answer(line, "")
    }

    /// Runs the program with this input.
    pub(crate) fn answer(&self, line: &str, input: &str) -> Ended {
        let mut command = self.command(line);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        // A program that does not read its input has closed it.
        drop(child.stdin.take().expect("piped").write_all(input.as_bytes()));
        let output = child.wait_with_output().expect("the program ends");
        Ended {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
