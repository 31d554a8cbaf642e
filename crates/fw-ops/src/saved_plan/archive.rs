//! The zip archive of a saved plan.

use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use fw_diag::Diagnostic;
use fw_exec::file::{DecodeError, decode, encode};
use serde::{Deserialize, Serialize};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::{SavedBackend, SavedPlan, Snapshot};

const ABOUT: &str = "formwork-plan.json";
const PLAN: &str = "plan";
const CONFIGURATION: &str = "configuration.json";
const LOCK_FILE: &str = ".terraform.lock.hcl";
/// What the archives of terraform and tofu have.
const OF_TERRAFORM: &str = "tfplan";

/// Grows whenever the archive changes.
const FORMAT: u32 = 1;

/// More than this is not read: no plan comes near it, and a small file can claim to hold any amount.
const MAX_BYTES: u64 = 4 << 30;

#[derive(Serialize, Deserialize)]
struct About {
    format: u32,
    version: String,
    workspace: String,
    backend: SavedBackend,
}

/// The first member alone, which is read before the others are believed.
#[derive(Deserialize)]
struct Format {
    format: u32,
    #[serde(default)]
    version: String,
}

/// Why a file is no saved plan that can be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// The file system refused.
    #[error("stat {}: {}", path.display(), fw_diag::system_error(source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Something else altogether.
    #[error("the given file is not a valid plan file")]
    Foreign,
    /// Terraform has written it, or tofu.
    #[error(
        "the given file is a plan file of Terraform or OpenTofu. Saved plans can be read only by the program that made them; \
         make a new plan with this one"
    )]
    OfTerraform,
    /// Another version of ours has written it.
    #[error("the plan file was written by version {0} of this program, in a format that this version cannot read")]
    Version(String),
    /// A saved plan, but not whole.
    #[error("the plan file is damaged: {0}")]
    Damaged(String),
}

impl PlanFileError {
    /// The error as the user sees it who wants to apply the file with this name.
    #[must_use]
    pub fn diagnostic(&self, name: &str) -> Diagnostic {
        match self {
            Self::Damaged(why) => {
                let detail = format!("Cannot read the plan from the given plan file: {why}.");
                Diagnostic::error("Failed to read plan from plan file", detail)
            }
            Self::Unreadable { .. } | Self::Foreign | Self::OfTerraform | Self::Version(_) => {
                Diagnostic::error(format!("Failed to load \"{name}\" as a plan file"), format!("Error: {self}"))
            }
        }
    }
}

/// Whether bytes look like a plan file, of ours or of terraform's.
#[must_use]
pub fn is_plan_file(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

pub(super) fn pack(saved: &SavedPlan) -> Result<Vec<u8>, String> {
    let about = About {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        workspace: saved.workspace.clone(),
        backend: saved.backend.clone(),
    };
    let json = |value: Result<Vec<u8>, serde_json::Error>| value.map_err(|error| error.to_string());
    let mut members = vec![
        (ABOUT, json(serde_json::to_vec(&about))?),
        (PLAN, encode(&saved.plan).map_err(|error| error.to_string())?),
        (CONFIGURATION, json(serde_json::to_vec(&saved.snapshot))?),
    ];
    members.extend(saved.lock_file.as_ref().map(|text| (LOCK_FILE, text.clone().into_bytes())));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // Fast compression: most of a plan is repetition, which any level finds.
    let options = SimpleFileOptions::default().compression_level(Some(1)).large_file(true);
    for (name, bytes) in members {
        zip.start_file(name, options).map_err(|error| error.to_string())?;
        zip.write_all(&bytes).map_err(|error| error.to_string())?;
    }
    Ok(zip.finish().map_err(|error| error.to_string())?.into_inner())
}

pub(super) fn unpack(bytes: &[u8]) -> Result<SavedPlan, PlanFileError> {
    if !is_plan_file(bytes) {
        return Err(PlanFileError::Foreign);
    }
    let mut zip = ZipArchive::new(Cursor::new(bytes)).or_else(|error| damaged(error.to_string()))?;
    if zip.index_for_name(ABOUT).is_none() {
        let terraform = zip.index_for_name(OF_TERRAFORM).is_some();
        return Err(if terraform { PlanFileError::OfTerraform } else { PlanFileError::Foreign });
    }
    let about = required(&mut zip, ABOUT)?;
    let format: Format = parse(&about)?;
    if format.format != FORMAT {
        return Err(PlanFileError::Version(format.version));
    }
    let about: About = parse(&about)?;
    let plan = decode(&required(&mut zip, PLAN)?).map_err(|error| match error {
        DecodeError::Version(_) => PlanFileError::Version(about.version.clone()),
        DecodeError::Foreign | DecodeError::Checksum | DecodeError::Corrupt(_) => {
            PlanFileError::Damaged(error.to_string())
        }
    })?;
    let snapshot: Snapshot = parse(&required(&mut zip, CONFIGURATION)?)?;
    let lock_file = member(&mut zip, LOCK_FILE)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(SavedPlan { plan, snapshot, lock_file, workspace: about.workspace, backend: about.backend })
}

fn damaged<T>(why: impl Into<String>) -> Result<T, PlanFileError> {
    Err(PlanFileError::Damaged(why.into()))
}

fn parse<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, PlanFileError> {
    serde_json::from_slice(bytes).or_else(|error| damaged(error.to_string()))
}

type Archive<'b> = ZipArchive<Cursor<&'b [u8]>>;

fn required(zip: &mut Archive<'_>, name: &str) -> Result<Vec<u8>, PlanFileError> {
    member(zip, name)?.map_or_else(|| damaged(format!("it has no member \"{name}\"")), Ok)
}

fn member(zip: &mut Archive<'_>, name: &str) -> Result<Option<Vec<u8>>, PlanFileError> {
    let file = match zip.by_name(name) {
        Ok(file) => file,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(error) => return damaged(error.to_string()),
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes).or_else(|error| damaged(error.to_string()))?;
    Ok(Some(bytes))
}

/// Puts a file in its place in one go, readable for its owner only. What is no regular file (a pipe, say) is written to.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return std::fs::File::options().write(true).open(path)?.write_all(bytes);
    }
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".tmp");
    let temporary = path.with_file_name(name);
    let mut options = std::fs::File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || {
        let mut file = options.open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        std::fs::rename(&temporary, path)
    };
    write().inspect_err(|_| drop(std::fs::remove_file(&temporary)))
}
