//! One of the two programs in a directory of its own.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::case::{Case, Place, Step};
use crate::compare::Normal;
use crate::memory::{Memory, Seen};
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
    memory: Option<RefCell<Memory>>,
}

/// What a step left behind, made comparable. Aspects have names: `exit` and these.
pub(crate) type Outcome = BTreeMap<&'static str, String>;

const ASPECTS: [&str; 7] = ["stdout", "stderr", "plan", "state", "lock", "junit", "modules"];

impl Side {
    /// A fresh directory with the case's files.
    pub(crate) fn new(program: &Path, case: &Case, settings: &Path, environment: Vec<(String, String)>) -> Self {
        let directory = tempfile::Builder::new().prefix("differential-").tempdir().expect("a directory can be made");
        let environment = [environment, case.environment.clone()].concat();
        let server = case.is_served().then(|| Server::start(directory.path()));
        let (program, settings) = (program.to_owned(), settings.to_owned());
        let side = Self { program, directory, settings, environment, without: &[], server, memory: None };
        case.lay_out(&side.place());
        side
    }

    /// The same, told what it did once where that is kept.
    pub(crate) fn remembering(mut self, case: &Case) -> Self {
        self.memory = Memory::of(&case.text, &self.environment).map(RefCell::new);
        self
    }

    /// All steps are done.
    pub(crate) fn finish(&self) {
        if let Some(memory) = &self.memory {
            memory.borrow().complete();
        }
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
        let memory = self.memory.as_ref().map(RefCell::borrow);
        let told = memory.as_ref().and_then(|memory| memory.told.as_ref());
        Normal::new(told.map_or(self.directory.path(), |(directory, _)| directory)).without(self.without)
    }

    /// Does a step; commands leave an outcome and the code they ended with.
    pub(crate) fn perform(&self, case: &Case, step: &Step) -> (Outcome, Option<i32>) {
        let root = self.directory.path();
        let is_told = self.memory.as_ref().is_some_and(|memory| memory.borrow().told.is_some());
        match step {
            Step::Command { arguments, .. } => {
                let place = self.place();
                let arguments: Vec<_> = arguments.iter().map(|argument| place.here(argument)).collect();
                return self.command(&arguments);
            }
            _ if is_told => {}
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
        let seen = self.seen(arguments);
        let normal = self.normal();
        let mut outcome = Outcome::from([("exit", format!("{:?}", seen.code))]);
        outcome.extend(seen.texts.into_iter().map(|(aspect, text)| {
            let text = match aspect {
                "stdout" => normal.output(&text),
                "stderr" => normal.diagnostics(&text),
                "lock" => text,
                _ => normal.document(&text),
            };
            (aspect, text)
        }));
        (outcome, seen.code)
    }

    /// What a command leaves behind, or has left once.
    fn seen(&self, arguments: &[String]) -> Seen {
        let mut memory = self.memory.as_ref().map(RefCell::borrow_mut);
        if let Some(seen) = memory.as_mut().and_then(|memory| memory.next(&ASPECTS)) {
            return seen;
        }
        let verb = arguments.first().map(String::as_str).unwrap_or_default();
        let mut all = vec![verb.to_owned()];
        all.extend(flags(verb).iter().map(|flag| (*flag).to_owned()));
        all.extend(arguments.iter().skip(1).cloned());
        let (code, stdout, stderr) = self.run(&all);
        let mut texts = vec![("stdout", stdout), ("stderr", stderr)];
        if verb == "plan" {
            let (_, document, _) = self.run(&["show".to_owned(), "-json".to_owned(), "planned".to_owned()]);
            texts.push(("plan", document));
        }
        for (aspect, file) in [
            ("state", "terraform.tfstate"),
            ("lock", ".terraform.lock.hcl"),
            ("junit", "out.xml"),
            ("modules", ".terraform/modules/modules.json"),
        ] {
            texts.push((aspect, fs::read_to_string(self.directory.path().join(file)).unwrap_or_default()));
        }
        let seen = Seen { code, texts };
        if let Some(memory) = &mut memory {
            memory.keep(&seen, self.directory.path());
        }
        seen
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
