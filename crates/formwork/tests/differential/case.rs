//! The text of a case. Lines before the first `-- NAME --` are comments (`#`), environment (`env NAME=VALUE`; `only NAME=VALUE`
//! leaves the case out under another value) and steps, one
//! per line: a command with its arguments, `! ` before it where it must fail, `2 ` where it must end with 2, `? ` where
//! it may end in any way.
//! After a command, `says TEXT` and `silent TEXT` are what our output must and must not have, whatever there is to compare with.
//! `unlike ASPECT WHY` leaves one aspect out where we differ, on purpose or still.
//! `files NAME` replaces the configuration by the files below `NAME/`; `delete PATH`, `write PATH` (from `NAME`'s section of
//! the same path with `@` before it), `run PROGRAM ARGUMENT...` change the world between steps. Sections are the files; those
//! not below a stage's directory are there from the beginning. In files and arguments, `@@DIRECTORY@@` is where they lie, and
//! `@@SERVER@@` the address of a web server with the same files.

use std::fs;
use std::path::{Path, PathBuf};

/// One configuration and what is done with it.
pub(crate) struct Case {
    /// The file's name without its extension.
    pub(crate) name: String,
    /// Variables of the environment of every step.
    pub(crate) environment: Vec<(String, String)>,
    /// Of the family's environment: the case is for this one only.
    pub(crate) only: Option<(String, String)>,
    /// Aspects that are not compared.
    pub(crate) unlike: Vec<String>,
    /// In this order, on both sides.
    pub(crate) steps: Vec<Step>,
    /// All of it.
    pub(crate) text: String,
    files: Vec<(PathBuf, String)>,
}

/// One thing done on both sides.
pub(crate) enum Step {
    /// Runs the program.
    Command {
        /// The whole line, for messages.
        line: String,
        /// What the program is called with.
        arguments: Vec<String>,
        /// How it must end; without one any way but a crash.
        code: Option<i32>,
        /// What our side must write, or must not.
        texts: Vec<(bool, String)>,
    },
    /// Takes the configuration of a stage instead.
    Files(String),
    /// Removes a file or a directory.
    Delete(String),
    /// Puts the section `@PATH` at `PATH`.
    Write(String),
    /// Runs another program.
    Run(Vec<String>),
}

impl Case {
    /// Reads a case; the suite is ours, so a wrong one is a mistake in it.
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a case can be read");
        let name = path.file_stem().expect("a case has a name").to_string_lossy().into_owned();
        Self::parse(name, &text)
    }

    /// The case of that text.
    pub(crate) fn parse(name: String, text: &str) -> Self {
        let mut case = Self {
            name,
            environment: Vec::new(),
            only: None,
            unlike: Vec::new(),
            steps: Vec::new(),
            text: text.to_owned(),
            files: Vec::new(),
        };
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next_if(|line| section(line).is_none()) {
            case.head(line.trim());
        }
        for line in lines {
            match section(line) {
                Some(file) => case.files.push((PathBuf::from(file), String::new())),
                None => {
                    let (_, content) = case.files.last_mut().expect("the head ended at a section");
                    content.push_str(line);
                    content.push('\n');
                }
            }
        }
        case
    }

    fn head(&mut self, line: &str) {
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "env" => self.environment.push(setting(rest)),
            "unlike" => self.unlike.extend(rest.split_whitespace().next().map(str::to_owned)),
            "only" => self.only = Some(setting(rest)),
            "files" => self.steps.push(Step::Files(rest.to_owned())),
            "delete" => self.steps.push(Step::Delete(rest.to_owned())),
            "run" => self.steps.push(Step::Run(rest.split_whitespace().map(str::to_owned).collect())),
            "write" => self.steps.push(Step::Write(rest.to_owned())),
            "says" => self.text(true, rest),
            "silent" => self.text(false, rest),
            "!" => self.command(rest, Some(1)),
            "2" => self.command(rest, Some(2)),
            "?" => self.command(rest, None),
            _ => self.command(line, Some(0)),
        }
    }

    fn command(&mut self, line: &str, code: Option<i32>) {
        let arguments = line.split_whitespace().map(str::to_owned).collect();
        self.steps.push(Step::Command { line: line.to_owned(), arguments, code, texts: Vec::new() });
    }

    fn text(&mut self, wanted: bool, text: &str) {
        let Some(Step::Command { texts, .. }) = self.steps.last_mut() else { panic!("no command before {text:?}") };
        texts.push((wanted, text.to_owned()));
    }

    /// Whether a server of the files is needed.
    pub(crate) fn is_served(&self) -> bool {
        self.files.iter().any(|(_, content)| content.contains(SERVER))
    }

    /// Writes the files that are there from the beginning.
    pub(crate) fn lay_out(&self, place: &Place<'_>) {
        let stages: Vec<&str> = self
            .steps
            .iter()
            .filter_map(|step| if let Step::Files(name) = step { Some(name.as_str()) } else { None })
            .collect();
        for (path, content) in &self.files {
            let staged = path.starts_with("@") || stages.iter().any(|stage| path.starts_with(stage));
            if !staged && !path.to_string_lossy().starts_with('@') {
                place.write(path, content);
            }
        }
    }

    /// Replaces the configuration's files by those of a stage.
    pub(crate) fn take_stage(&self, stage: &str, place: &Place<'_>) {
        for entry in fs::read_dir(place.directory).expect("the directory can be listed") {
            let path = entry.expect("an entry").path();
            let name = path.to_string_lossy();
            if [".tf", ".tf.json", ".tofu", ".tofu.json"].iter().any(|suffix| name.ends_with(suffix)) {
                fs::remove_file(&path).expect("a file can be removed");
            }
        }
        for (path, content) in &self.files {
            if let Ok(inner) = path.strip_prefix(stage) {
                place.write(inner, content);
            }
        }
    }

    /// Writes the file that a `write` step names.
    pub(crate) fn write(&self, path: &str, place: &Place<'_>) {
        let section = PathBuf::from(format!("@{path}"));
        let (_, content) = self.files.iter().find(|(name, _)| *name == section).expect("the case has that section");
        place.write(Path::new(path), content);
    }
}

fn setting(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').expect("a setting is NAME=VALUE");
    (name.to_owned(), value.to_owned())
}

const SERVER: &str = "@@SERVER@@";

/// Where a side's files are.
pub(crate) struct Place<'a> {
    pub(crate) directory: &'a Path,
    /// The address of the server that has them.
    pub(crate) server: &'a str,
}

impl Place<'_> {
    /// The text, with what is this place's.
    pub(crate) fn here(&self, text: &str) -> String {
        text.replace("@@DIRECTORY@@", &self.directory.to_string_lossy()).replace(SERVER, self.server)
    }

    fn write(&self, path: &Path, content: &str) {
        let path = self.directory.join(path);
        fs::create_dir_all(path.parent().expect("a file lies in a directory")).expect("directories can be made");
        fs::write(path, self.here(content)).expect("a file can be written");
    }
}

/// The name in `-- NAME --`.
fn section(line: &str) -> Option<&str> {
    line.strip_prefix("-- ")?.strip_suffix(" --")
}
