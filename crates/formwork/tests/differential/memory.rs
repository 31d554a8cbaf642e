//! What the peer did with a case, kept between runs: it is slow, and does the same again as long as the case is the same.
//! `FORMWORK_TEST_MEMORY=DIR` says where; without it nothing is kept.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What a command left behind, as it is.
#[derive(Clone)]
pub(crate) struct Seen {
    /// How it ended.
    pub(crate) code: Option<i32>,
    /// By aspect.
    pub(crate) texts: Vec<(&'static str, String)>,
}

/// The commands of a case, in order.
pub(crate) struct Memory {
    place: PathBuf,
    /// Where the peer ran, and what it did; without it the peer has to run.
    pub(crate) told: Option<(PathBuf, VecDeque<Value>)>,
    /// What it does this time.
    seen: Vec<Value>,
}

impl Memory {
    /// Of a case with that text in that environment.
    pub(crate) fn of(text: &str, environment: &[(String, String)]) -> Option<Self> {
        let root = PathBuf::from(env::var_os("FORMWORK_TEST_MEMORY")?);
        let mut hash = Sha256::new_with_prefix(text);
        environment.iter().for_each(|(name, value)| hash.update(format!("{name}={value}\n")));
        let name: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let place = root.join(name).with_extension("json");
        let told = fs::read_to_string(&place).ok().map(|kept| {
            let kept: Value = serde_json::from_str(&kept).expect("it was written by us");
            let directory = kept["directory"].as_str().expect("a directory is kept");
            (PathBuf::from(directory), kept["seen"].as_array().expect("a list is kept").clone().into())
        });
        Some(Self { place, told, seen: Vec::new() })
    }

    /// What the next command did, where it is known.
    pub(crate) fn next(&mut self, aspects: &[&'static str]) -> Option<Seen> {
        let (_, told) = self.told.as_mut()?;
        let told = told.pop_front().expect("as many commands as there were");
        let code = told["code"].as_i64().and_then(|code| i32::try_from(code).ok());
        let texts = aspects.iter().filter_map(|aspect| Some((*aspect, told[aspect].as_str()?.to_owned()))).collect();
        Some(Seen { code, texts })
    }

    /// Keeps what a command did in that directory.
    pub(crate) fn keep(&mut self, seen: &Seen, directory: &Path) {
        let mut kept = json!({ "code": seen.code });
        for (aspect, text) in &seen.texts {
            kept[aspect] = json!(text);
        }
        self.seen.push(kept);
        fs::create_dir_all(self.place.parent().expect("a file lies in a directory")).expect("directories can be made");
        let kept = json!({ "directory": directory, "seen": self.seen });
        // Until all commands have run it has another name.
        fs::write(self.place.with_extension("part"), kept.to_string()).expect("a file can be written");
    }

    /// All commands have run.
    pub(crate) fn complete(&self) {
        if !self.seen.is_empty() {
            fs::rename(self.place.with_extension("part"), &self.place).expect("a file can be renamed");
        }
    }
}
