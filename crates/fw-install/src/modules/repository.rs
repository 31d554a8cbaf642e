//! Packages under version control: a clone, at the revision that is asked for.

use std::io::Write;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::NamedTempFile;

use super::fetch::Fetcher;
use super::source_url::SourceUrl;

/// Clones a repository of git.
pub(super) async fn git(fetcher: &Fetcher, mut source: SourceUrl, into: &Path) -> Result<(), String> {
    let programs = &fetcher.programs;
    let program = programs.find("git")?;
    let (reference, key, depth) = (source.take("ref"), source.take("sshkey"), source.take("depth"));
    if reference.starts_with('-') {
        return Err(format!("the ref {reference:?} is not the name of a revision"));
    }
    let depth = depth.parse::<u32>().ok().filter(|depth| *depth > 0).map(|depth| depth.to_string());
    let key = if key.is_empty() { None } else { Some(key_file(&key)?) };
    let shell = key.as_ref().map(|key| {
        let shell = programs.variable("GIT_SSH_COMMAND").filter(|shell| !shell.is_empty()).unwrap_or("ssh");
        format!("{shell} -i {}", key.path().display())
    });
    let extra = shell.as_deref().map(|shell| ("GIT_SSH_COMMAND", shell));
    let (url, target) = (source.text(), shown(fetcher, into));
    let here = Path::new("");

    let mut arguments = vec!["clone"];
    let branch = match &depth {
        Some(_) if reference.is_empty() => default_branch(fetcher, &program, &url).await,
        _ => reference.clone(),
    };
    if let Some(depth) = &depth {
        arguments.extend(["--depth", depth, "--branch", &branch]);
    }
    arguments.extend(["--", &url, &target]);
    if let Err(why) = programs.run(&program, &arguments, here, extra).await {
        let hint = if depth.is_some() && may_be_commit(&reference) {
            " (note that setting 'depth' requires 'ref' to be a branch or tag name)"
        } else {
            ""
        };
        return Err(format!("{why}{hint}"));
    }
    if !reference.is_empty() {
        let checked_out = programs.run(&program, &["checkout", &reference], into, None).await;
        if let Err(why) = checked_out {
            // Nothing is left that could be taken for what was asked for.
            drop(std::fs::remove_dir_all(into));
            return Err(why);
        }
    }
    let mut arguments = vec!["submodule", "update", "--init", "--recursive"];
    if let Some(depth) = &depth {
        arguments.extend(["--depth", depth]);
    }
    programs.run(&program, &arguments, into, extra).await.map(drop)
}

/// The branch that a clone would be of.
async fn default_branch(fetcher: &Fetcher, program: &Path, url: &str) -> String {
    let arguments = ["ls-remote", "--symref", "--", url, "HEAD"];
    let text = fetcher.programs.run(program, &arguments, Path::new(""), None).await.unwrap_or_default();
    let named = |line: &str| line.strip_prefix("ref: refs/heads/")?.split_whitespace().next().map(str::to_owned);
    text.lines().find_map(named).unwrap_or_else(|| "master".to_owned())
}

fn may_be_commit(reference: &str) -> bool {
    (7..=40).contains(&reference.len()) && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A private key in a file that only we can read.
fn key_file(encoded: &str) -> Result<NamedTempFile, String> {
    let key = STANDARD.decode(encoded).map_err(|error| error.to_string())?;
    let mut file = NamedTempFile::new().map_err(|error| error.to_string())?;
    file.write_all(&key).map_err(|error| error.to_string())?;
    Ok(file)
}

/// Clones a repository of Mercurial.
pub(super) async fn mercurial(fetcher: &Fetcher, mut source: SourceUrl, into: &Path) -> Result<(), String> {
    let programs = &fetcher.programs;
    let program = programs.find("hg")?;
    let revision = source.take("rev");
    if revision.starts_with('-') {
        return Err(format!("the rev {revision:?} is not the name of a revision"));
    }
    let (url, target) = (source.text(), shown(fetcher, into));
    programs.run(&program, &["clone", "-U", "--", &url, &target], Path::new(""), None).await?;
    programs.run(&program, &["pull"], into, None).await?;
    let mut arguments = vec!["update"];
    if !revision.is_empty() {
        arguments.push(&revision);
    }
    programs.run(&program, &arguments, into, None).await.map(drop)
}

/// A directory as the programs name it in what they say.
fn shown(fetcher: &Fetcher, directory: &Path) -> String {
    let shown = directory.strip_prefix(&fetcher.root).unwrap_or(directory);
    shown.strip_prefix(".").unwrap_or(shown).display().to_string()
}
