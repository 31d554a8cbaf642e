//! Packages in object stores: one object that is an archive, or all objects below a name.

mod amazon;
mod credentials;
mod google;
mod signature;

use std::path::{Path, PathBuf};

pub(super) use amazon::{s3_directory, s3_file};
pub(super) use google::{gcs_directory, gcs_file};

/// Where an object goes that is below a name, unless it is none or leads away.
fn place(into: &Path, name: &str, object: &str) -> Option<PathBuf> {
    let inside = object.strip_prefix(name)?.trim_start_matches('/');
    let inside = if inside.is_empty() { object.rsplit('/').next()? } else { inside };
    let is_safe = !object.ends_with('/') && !inside.split(['/', '\\']).any(|step| matches!(step, "" | "." | ".."));
    is_safe.then(|| into.join(inside))
}

fn make_parent(path: &Path) -> Result<(), String> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(|error| fw_diag::system_error(&error))
}
