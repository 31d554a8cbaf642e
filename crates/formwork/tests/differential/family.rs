//! The cases of one provider, and what they need.

use std::env;
use std::env::consts::{ARCH, OS};
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use similar::TextDiff;
use tempfile::TempDir;

use crate::case::{Case, Step};
use crate::generated;
use crate::side::{Outcome, Side};

/// Cases that need the same things.
pub(crate) struct Family {
    directory: &'static str,
    environment: Vec<(String, String)>,
    providers: Vec<String>,
    emulators: bool,
    /// Compared with what `FORMWORK_TOFU` names instead of terraform.
    beside_tofu: bool,
    cases: Option<Vec<Source>>,
}

/// Where a case comes from.
#[derive(Clone)]
enum Source {
    File(PathBuf),
    Generated(u64),
}

impl Source {
    fn read(&self) -> Case {
        match self {
            Self::File(path) => Case::read(path),
            Self::Generated(seed) => {
                // To be looked at, and to be put among the files when it shows what no file does.
                let (name, text) = (format!("generated-{seed}"), generated::case(*seed));
                let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name).with_extension("txt");
                fs::write(place, &text).expect("the target directory can be written");
                Case::parse(name, &text)
            }
        }
    }
}

impl Family {
    /// The cases in that directory.
    pub(crate) fn new(directory: &'static str) -> Self {
        Self {
            directory,
            environment: Vec::new(),
            providers: Vec::new(),
            emulators: false,
            beside_tofu: false,
            cases: None,
        }
    }

    /// Sets a variable of the environment.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves the cases out where a provider is in no mirror.
    pub(crate) fn needing(mut self, providers: &[&str]) -> Self {
        self.providers = providers.iter().map(|&provider| provider.to_owned()).collect();
        self
    }

    /// Leaves the cases out where `FORMWORK_TEST_AWS` does not name two AWS emulators, one for each side;
    /// `TF_VAR_endpoint` is a side's address.
    pub(crate) fn on_emulators(mut self) -> Self {
        self.emulators = true;
        self
    }

    /// Compares with OpenTofu, which `FORMWORK_TOFU` names.
    pub(crate) fn beside_tofu(mut self) -> Self {
        self.beside_tofu = true;
        self
    }

    /// Takes generated cases instead of those in the directory.
    pub(crate) fn generated(mut self, seeds: Vec<u64>) -> Self {
        self.cases = Some(seeds.into_iter().map(Source::Generated).collect());
        self
    }

    /// Runs all cases, two at a time, and fails with what differs in any.
    pub(crate) fn run(self) {
        let mirrors = mirrors();
        let have = |provider: &String| mirrors.iter().any(|mirror| mirror.join(HOST).join(provider).is_dir());
        if let Some(missing) = self.providers.iter().find(|provider| !have(provider)) {
            return eprintln!("skipped {}: no mirror has {missing}", self.directory);
        }
        let emulators = env::var("FORMWORK_TEST_AWS").unwrap_or_default();
        let emulators: Vec<&str> = emulators.split_whitespace().collect();
        if self.emulators && emulators.len() < 2 {
            return eprintln!("skipped {}: FORMWORK_TEST_AWS does not name two emulators", self.directory);
        }
        if self.beside_tofu && self.peer().is_none() {
            eprintln!("{} runs on our side alone: FORMWORK_TOFU names no program", self.directory);
        }
        let settings = Settings::new(&mirrors);
        let cases = self.cases.clone().unwrap_or_else(|| self.files());
        let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if let Err(failure) = self.check(&case.read(), &settings.file, &emulators) {
                            failures.lock().expect("no thread panicked").push(failure);
                        }
                    }
                });
            }
        });
        let mut failures = failures.into_inner().expect("no thread panicked");
        failures.sort();
        let (failed, all) = (failures.len(), cases.len());
        assert!(failures.is_empty(), "{failed} of {all} cases of {}:\n{}", self.directory, failures.join("\n"));
    }

    fn peer(&self) -> Option<PathBuf> {
        if self.beside_tofu { env::var_os("FORMWORK_TOFU").map(PathBuf::from) } else { on_path("terraform") }
    }

    fn files(&self) -> Vec<Source> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential").join(self.directory);
        let wanted = env::var("FORMWORK_CASE").unwrap_or_default();
        let mut cases: Vec<PathBuf> = fs::read_dir(directory)
            .expect("the family has a directory")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
            .filter(|path| path.to_string_lossy().contains(&wanted))
            .collect();
        cases.sort();
        cases.into_iter().map(Source::File).collect()
    }

    fn check(&self, case: &Case, settings: &Path, emulators: &[&str]) -> Result<(), String> {
        if case.only.as_ref().is_some_and(|only| self.environment.iter().any(|one| one.0 == only.0 && one.1 != only.1))
        {
            return Ok(());
        }
        let side = |program: &Path, number: usize| {
            let mut environment = self.environment.clone();
            if let (true, Some(endpoint)) = (self.emulators, emulators.get(number)) {
                environment.push(("TF_VAR_endpoint".to_owned(), (*endpoint).to_owned()));
            }
            let side = Side::new(program, case, settings, environment);
            if self.beside_tofu { side.without(&UNKNOWN_TO_ONE) } else { side }
        };
        let ours = side(Path::new(env!("CARGO_BIN_EXE_formwork")), 0);
        let theirs = self.peer().map(|path| side(&path, 1).remembering(case));
        let mut told = String::new();
        for (number, step) in case.steps.iter().enumerate() {
            let (our_outcome, our_code) = ours.perform(case, step);
            let their_outcome = theirs.as_ref().map(|side| side.perform(case, step).0);
            let Step::Command { line, arguments, code, texts } = step else { continue };
            let mut unlike = case.unlike.clone();
            if self.beside_tofu
                && SAID_OTHERWISE.iter().any(|verb| arguments.first().is_some_and(|first| first == verb))
            {
                unlike.push("stdout".to_owned());
            }
            let mut differing =
                their_outcome.map_or_else(String::new, |theirs| differences(&our_outcome, &theirs, &unlike));
            let ended_well = code.map_or_else(|| our_code.is_some_and(|code| code <= 2), |code| our_code == Some(code));
            if !ended_well {
                writeln!(differing, "  ended with {our_code:?}, not {code:?}: {}", our_outcome["stderr"])
                    .expect("a string takes all");
            }
            let normal = ours.normal();
            let said = format!("{}\n{}", our_outcome["stdout"], our_outcome["stderr"]);
            for (wanted, text) in texts.iter().filter(|(wanted, text)| said.contains(&normal.plain(text)) != *wanted) {
                let verb = if *wanted { "does not say" } else { "says" };
                writeln!(differing, "  {verb} {text:?}:\n{said}").expect("a string takes all");
            }
            if !differing.is_empty() {
                writeln!(told, "== {}, step {}: {line}\n{differing}", case.name, number + 1)
                    .expect("a string takes all");
            }
        }
        if let Some(theirs) = theirs {
            theirs.finish();
        }
        if told.is_empty() { Ok(()) } else { Err(told) }
    }
}

/// The aspects in which two outcomes differ, each as a difference of lines.
fn differences(ours: &Outcome, theirs: &Outcome, unlike: &[String]) -> String {
    let mut told = String::new();
    for (aspect, our_text) in ours.iter().filter(|(aspect, _)| !unlike.iter().any(|one| one == *aspect)) {
        let their_text = &theirs[aspect];
        if our_text != their_text {
            let difference = TextDiff::from_lines(their_text, our_text).unified_diff().context_radius(1).to_string();
            writeln!(told, "  {aspect} (- terraform, + formwork)\n{difference}").expect("a string takes all");
        }
    }
    told
}

/// Members of plan documents that only one of OpenTofu and terraform writes.
const UNKNOWN_TO_ONE: [&str; 3] = ["applyable", "complete", "required"];
/// What these commands print, OpenTofu lays out in its own way.
const SAID_OTHERWISE: [&str; 3] = ["init", "validate", "test"];

const HOST: &str = "registry.terraform.io";

fn mirrors() -> Vec<PathBuf> {
    let listed = env::var_os("FORMWORK_TEST_MIRROR").unwrap_or_default();
    env::split_paths(&listed).filter(|path| path.join(HOST).is_dir()).collect()
}

/// A CLI configuration that knows the mirrors and our own provider, and nothing else.
struct Settings {
    file: PathBuf,
    _directory: TempDir,
}

impl Settings {
    fn new(mirrors: &[PathBuf]) -> Self {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let own = directory.path().join("mirror");
        lay_out_mirror(&own);
        let mut text = "disable_checkpoint = true\nprovider_installation {\n".to_owned();
        for mirror in mirrors.iter().chain([&own]) {
            writeln!(text, "  filesystem_mirror {{\n    path = {:?}\n  }}", mirror.display().to_string())
                .expect("a string takes all");
        }
        text.push_str("}\n");
        let file = directory.path().join("cli.tfrc");
        fs::write(&file, text).expect("a file can be written");
        Self { file, _directory: directory }
    }
}

/// Our own provider as the package of a mirror.
fn lay_out_mirror(mirror: &Path) {
    let architecture = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let package = mirror.join(HOST).join("hashicorp/fwtest/1.0.0").join(format!("{OS}_{architecture}"));
    fs::create_dir_all(&package).expect("a directory can be made");
    symlink(fw_testkit::program("fw-testprovider"), package.join("terraform-provider-fwtest_v1.0.0"))
        .expect("a link can be made");
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(program)).find(|candidate| candidate.is_file())
}
