//! One of the two programs in a directory of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::case::{Case, Step};
use crate::compare::Normal;

/// Where a program runs.
pub(crate) struct Side {
    program: PathBuf,
    directory: TempDir,
    settings: PathBuf,
    environment: Vec<(String, String)>,
    /// Members of documents that the peer does not know.
    without: &'static [&'static str],
}

/// What a step left behind, made comparable. Aspects have names: `exit`, `stdout`, `stderr`, `plan`, `state`, `lock`.
pub(crate) type Outcome = BTreeMap<&'static str, String>;

impl Side {
    /// A fresh directory with the case's files.
    pub(crate) fn new(program: &Path, case: &Case, settings: &Path, environment: Vec<(String, String)>) -> Self {
        let directory = tempfile::Builder::new().prefix("differential-").tempdir().expect("a directory can be made");
        case.lay_out(directory.path());
        let environment = [environment, case.environment.clone()].concat();
        Self { program: program.to_owned(), directory, settings: settings.to_owned(), environment, without: &[] }
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
            Step::Command { arguments, .. } => return self.command(arguments),
            Step::Files(stage) => case.take_stage(stage, root),
            Step::Write(path) => case.write(path, root),
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
        for (aspect, file) in [("state", "terraform.tfstate"), ("lock", ".terraform.lock.hcl"), ("junit", "out.xml")] {
            let content = fs::read_to_string(self.directory.path().join(file)).unwrap_or_default();
            let content = if aspect != "lock" { normal.document(&content) } else { content };
            outcome.insert(aspect, content);
        }
        (outcome, code)
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
