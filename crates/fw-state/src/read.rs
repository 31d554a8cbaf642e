//! From the bytes of a file to a state: finds out the format version and hands over.

use fw_diag::{Diagnostic, Diagnostics};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::v4::{self, RawState};
use crate::{COMPATIBLE_VERSION, State, legacy};

const UNSUPPORTED: &str = "Unsupported state file format";

/// Why there is no state in the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The file is empty: there is no state yet.
    Empty,
    /// It is no state, or one that cannot be used.
    Unusable(Diagnostics),
}

/// Reads a state of any format version from the bytes of a file.
///
/// # Errors
/// When there are no bytes, or they are not a state this program understands.
pub fn read(bytes: &[u8]) -> Result<State, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    let text = String::from_utf8_lossy(bytes);
    // Serde would read a list as the members of an object in their order.
    if let Some(problem) = not_an_object(&text) {
        return Err(ReadError::Unusable(without_version(problem)));
    }
    // The usual case in one pass; what is not version 4 takes a second look.
    match serde_json::from_str::<RawState<'_>>(&text) {
        Ok(raw) if raw.version.is_some_and(|version| version.get() == "4") => {
            v4::read(raw).map_err(ReadError::Unusable)
        }
        _ => read_other(bytes, &text).map_err(|problem| {
            ReadError::Unusable(if is_json(bytes, &text) { problem.into() } else { without_version(problem) })
        }),
    }
}

#[derive(Default, Deserialize)]
struct Sniff<'a> {
    #[serde(borrow, default)]
    version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    terraform_version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    encrypted_data: Option<&'a RawValue>,
}

fn read_other(bytes: &[u8], text: &str) -> Result<State, Diagnostic> {
    if bytes.starts_with(b"tfstate") {
        return Err(unsupported(
            "The state is stored in a legacy binary format that is not supported since Terraform v0.7. To continue, first upgrade the state using Terraform 0.6.16 or earlier.",
        ));
    }
    let sniff: Sniff<'_> = serde_json::from_str(text).map_err(|error| not_json(text, &error))?;
    let Some(version) = sniff.version else { return Err(no_version(&sniff)) };
    let Ok(number) = version.get().parse::<u64>() else { return Err(bad_version(version.get())) };
    match number {
        0 => Err(unsupported(
            "The state file uses JSON syntax but has a version number of zero. There was never a JSON-based state format zero, so this state file is invalid and cannot be processed.",
        )),
        1..=3 => legacy::read(text, number),
        // It says 4 and is JSON, so the reason lies in its structure.
        4 => Err(match serde_json::from_str::<RawState<'_>>(text) {
            Err(error) => invalid(&error.to_string()),
            Ok(_) => bad_version(version.get()),
        }),
        _ => Err(newer(number, sniff.terraform_version)),
    }
}

/// Whether it is JSON, or was none on purpose.
fn is_json(bytes: &[u8], text: &str) -> bool {
    bytes.starts_with(b"tfstate") || serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// What is not even a JSON object has no version either; both are said.
fn without_version(problem: Diagnostic) -> Diagnostics {
    [problem, no_version(&Sniff::default())].into_iter().collect()
}

/// The diagnostic of a file whose structure is wrong.
pub(crate) fn invalid(why: &str) -> Diagnostic {
    Diagnostic::error(
        "Invalid state file format",
        format!("The state file does not conform to the expected JSON data structure: {why}."),
    )
}

fn unsupported(detail: impl Into<String>) -> Diagnostic {
    Diagnostic::error(UNSUPPORTED, detail)
}

fn no_version(sniff: &Sniff<'_>) -> Diagnostic {
    unsupported(if sniff.encrypted_data.is_some() {
        "This state file is encrypted and can not be read without an encryption configuration."
    } else {
        "The state file does not have a \"version\" attribute, which is required to identify the format version."
    })
}

fn bad_version(json: &str) -> Diagnostic {
    let kind = match json.bytes().next() {
        Some(b'"') => "string",
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b't' | b'f') => "bool",
        _ => {
            return unsupported(format!(
                "The version in the state file is number {json}. A positive whole number is required."
            ));
        }
    };
    unsupported(format!("The version in the state file is {kind}. A positive whole number is required."))
}

fn newer(version: u64, writer: Option<&RawValue>) -> Diagnostic {
    let writer = writer.and_then(|json| serde_json::from_str::<String>(json.get()).ok());
    let by = match writer.filter(|text| v4::looks_like_version(text)) {
        Some(writer) => format!("This state file was created by Terraform {writer}."),
        None => "This state file may have been created by a newer version of Terraform.".to_owned(),
    };
    unsupported(format!(
        "The state file uses format version {version}, which is not supported by Terraform {COMPATIBLE_VERSION}. {by}"
    ))
}

/// The diagnostic of JSON that is something else than an object.
fn not_an_object(text: &str) -> Option<Diagnostic> {
    let kind = match text.trim_start().bytes().next()? {
        b'[' => "array",
        b'"' => "string",
        b'0'..=b'9' | b'-' => "number",
        _ => return None,
    };
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    Some(unsupported(format!("The version in the state file is {kind}. A positive whole number is required.")))
}

fn not_json(text: &str, error: &serde_json::Error) -> Diagnostic {
    if error.is_data() {
        return invalid(&error.to_string());
    }
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let offset = before + error.column();
    unsupported(format!("The state file could not be parsed as JSON: syntax error at byte offset {offset}."))
}
