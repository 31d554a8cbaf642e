//! One of the two programs in a directory of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::case::{Case, Place, Step};
use crate::compare::Normal;
use crate::serving::Server;

/// Where a program runs.
pub(crate) struct Side {
    program: PathBuf,
    directory: TempDir,
    settings: PathBuf,
    environment: Vec<(String, String)>,
    /// Members of documents that the peer does not know.
    without: &'static [&'static str],
    server: Option<Server>,
}

/// What a step left behind, made comparable. Aspects have names: `exit`, `stdout`, `stderr`, `plan`, `state`, `lock`, `modules`.
pub(crate) type Outcome = BTreeMap<&'static str, String>;

impl Side {
    /// A fresh directory with the case's files.
    pub(crate) fn new(program: &Path, case: &Case, settings: &Path, environment: Vec<(String, String)>) -> Self {
        let directory = tempfile::Builder::new().prefix("differential-").tempdir().expect("a directory can be made");
        let environment = [environment, case.environment.clone()].concat();
        let server = case.is_served().then(|| Server::start(directory.path()));
        let (program, settings) = (program.to_owned(), settings.to_owned());
        let side = Self { program, directory, settings, environment, without: &[], server };
        case.lay_out(&side.place());
        side
    }

    fn place(&self) -> Place<'_> {
        let server = self.server.as_ref().map_or("", |server| &server.address);
        Place { directory: self.directory.path(), server }
    }

    /// The same without some members of documents.
    pub(crate) fn without(mut self, members: &'static [&'static str]) -> Self {
        self.without = members;
        self
    }

    /// Makes texts comparable.
    pub(crate) fn normal(&self) -> Normal {
        Normal::new(self.directory.path()).without(self.without)
    }

    /// Does a step; commands leave an outcome and the code they ended with.
    pub(crate) fn perform(&self, case: &Case, step: &Step) -> (Outcome, Option<i32>) {
        let root = self.directory.path();
        match step {
            Step::Command { arguments, .. } => {
                let place = self.place();
                let arguments: Vec<_> = arguments.iter().map(|argument| place.here(argument)).collect();
                return self.command(&arguments);
            }
            Step::Files(stage) => case.take_stage(stage, &self.place()),
            Step::Write(path) => case.write(path, &self.place()),
            Step::Run(words) => self.run_other(words),
            Step::Delete(path) => {
                let path = root.join(path);
                let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                removed.expect("what a case deletes is there");
            }
        }
        (Outcome::new(), None)
    }

    fn command(&self, arguments: &[String]) -> (Outcome, Option<i32>) {
        let verb = arguments.first().map(String::as_str).unwrap_or_default();
        let mut all = vec![verb.to_owned()];
        all.extend(flags(verb).iter().map(|flag| (*flag).to_owned()));
        all.extend(arguments.iter().skip(1).cloned());
        let (code, stdout, stderr) = self.run(&all);
        let normal = self.normal();
        let mut outcome = Outcome::from([
            ("exit", format!("{code:?}")),
            ("stdout", normal.output(&stdout)),
            ("stderr", normal.diagnostics(&stderr)),
        ]);
        if verb == "plan" {
            let (_, document, _) = self.run(&["show".to_owned(), "-json".to_owned(), "planned".to_owned()]);
            outcome.insert("plan", normal.document(&document));
        }
        for (aspect, file) in [
            ("state", "terraform.tfstate"),
            ("lock", ".terraform.lock.hcl"),
            ("junit", "out.xml"),
            ("modules", ".terraform/modules/modules.json"),
        ] {
            let content = fs::read_to_string(self.directory.path().join(file)).unwrap_or_default();
            let content = if aspect != "lock" { normal.document(&content) } else { content };
            outcome.insert(aspect, content);
        }
        (outcome, code)
    }

    /// Runs a program that changes the world; the same on both sides, at all times.
    fn run_other(&self, words: &[String]) {
        let place = self.place();
        let mut words = words.iter().map(|word| place.here(word));
        let program = words.next().expect("a program is named");
        let mut command = Command::new(&program);
        command.args(words).current_dir(self.directory.path()).stdin(Stdio::null());
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "case").env(format!("GIT_{role}_EMAIL"), "case");
            command.env(format!("GIT_{role}_DATE"), "2026-01-01T00:00:00Z");
        }
        let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("the program starts");
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn run(&self, arguments: &[String]) -> (Option<i32>, String, String) {
        let output = Command::new(&self.program)
            .args(arguments)
            .current_dir(self.directory.path())
            .env("TF_CLI_CONFIG_FILE", &self.settings)
            .env("CHECKPOINT_DISABLE", "1")
            .env("FW_TESTPROVIDER_CLOUD", self.directory.path().join("cloud"))
            .env_remove("TF_LOG")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .expect("the program starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }
}

/// What every step of that command is called with.
fn flags(verb: &str) -> &'static [&'static str] {
    match verb {
        "plan" => &["-no-color", "-input=false", "-out=planned"],
        "apply" | "destroy" => &["-no-color", "-input=false", "-auto-approve"],
        "init" | "refresh" => &["-no-color", "-input=false"],
        "validate" | "show" | "output" | "test" => &["-no-color"],
        _ => &[],
    }
}
