//! The files of a configuration, as they are sent: everything in a directory that is text and no one else's business.

use std::collections::BTreeMap;
use std::path::Path;

/// More than this no configuration has; the server takes less anyway.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Reads a directory with those below it.
pub(crate) fn collect(root: &Path) -> Result<BTreeMap<String, String>, String> {
    let mut files = BTreeMap::new();
    let mut bytes = 0;
    let mut directories = vec![(root.to_owned(), String::new())];
    while let Some((directory, prefix)) = directories.pop() {
        let failed = |error: std::io::Error| format!("cannot read {}: {error}", directory.display());
        for entry in std::fs::read_dir(&directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
            let kind = std::fs::metadata(entry.path()).map_err(failed)?;
            if kind.is_dir() && !is_private(&name) && !entry.file_type().map_err(failed)?.is_symlink() {
                directories.push((entry.path(), path));
            } else if kind.is_file() && !is_left_out(&name) {
                bytes += kind.len();
                if bytes > MOST_BYTES {
                    return Err(format!("the files in {} are more than {MOST_BYTES} bytes", root.display()));
                }
                let content = std::fs::read(entry.path()).map_err(failed)?;
                let text = String::from_utf8(content).map_err(|_error| {
                    format!("{path} is not text; put it somewhere else, or send an archive to the API")
                })?;
                files.insert(path, text);
            }
        }
    }
    const CONFIGURATION: [&str; 4] = [".tf", ".tf.json", ".tofu", ".tofu.json"];
    if files.keys().any(|path| CONFIGURATION.iter().any(|suffix| path.ends_with(suffix))) {
        return Ok(files);
    }
    Err(format!("there is no configuration in {}", root.display()))
}

/// Installed providers, version control, and other hidden directories.
fn is_private(name: &str) -> bool {
    name.starts_with('.')
}

/// States, plans, and hidden files except the lock file.
fn is_left_out(name: &str) -> bool {
    let hidden = name.starts_with('.') && name != ".terraform.lock.hcl";
    hidden || name.contains(".tfstate") || name.ends_with(".tfplan")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_and_what_stays() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &[u8]| {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        };
        assert!(collect(directory.path()).unwrap_err().starts_with("there is no configuration"));
        write("main.tf", b"");
        write("modules/a/a.tf", b"");
        write(".terraform.lock.hcl", b"");
        write(".terraform/providers/x", b"");
        write(".git/config", b"");
        write("terraform.tfstate", b"{}");
        write("terraform.tfstate.backup", b"{}");
        let files = collect(directory.path()).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), [".terraform.lock.hcl", "main.tf", "modules/a/a.tf"]);
        write("picture.bin", &[0xff, 0xfe]);
        assert!(collect(directory.path()).unwrap_err().starts_with("picture.bin is not text"));
    }
}
