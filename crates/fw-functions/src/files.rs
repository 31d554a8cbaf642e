//! Functions on files and their names.

use std::collections::BTreeSet;

use fw_value::{Type, Value};

use crate::define::{CallResult, bool_result, fail, function, redacted, string_result, text};
use crate::environment::Environment;
use crate::function::{Call, CallError, Function};
use crate::go::text::quote;
use crate::go::{base64, glob, path};

pub(crate) fn functions() -> Vec<Function> {
    let mut all = contents();
    all.extend(names());
    all
}

fn contents() -> Vec<Function> {
    vec![
        function("file", "`file` gives the text in a file.", [text("path").marked()], string_result, file)
            .keeps_marks(),
        function(
            "filebase64",
            "`filebase64` gives what is in a file, in Base64.",
            [text("path").marked()],
            string_result,
            |call, _| {
                let bytes = read_argument(call)?;
                Ok(Value::from(base64::encode(&bytes)).with_marks(call.argument(0).marks()))
            },
        )
        .keeps_marks(),
        function(
            "fileexists",
            "`fileexists` says whether a file is there.",
            [text("path").marked()],
            bool_result,
            exists,
        )
        .keeps_marks(),
        function(
            "fileset",
            "`fileset` gives the names of the files below a path that match a pattern.",
            [text("path").marked(), text("pattern").marked()],
            |_| Ok(Type::set(Type::String)),
            matching,
        )
        .keeps_marks(),
    ]
}

fn names() -> Vec<Function> {
    let name =
        |name, description, implementation| function(name, description, [text("path")], string_result, implementation);
    vec![
        name("abspath", "`abspath` makes a path absolute.", |call, _| {
            Ok(call.environment.absolute(call.text(0)).into())
        }),
        name("basename", "`basename` gives the last part of a path.", |call, _| Ok(path::base(call.text(0)).into())),
        name("dirname", "`dirname` gives a path without its last part.", |call, _| {
            Ok(path::directory(call.text(0)).into())
        }),
        name("pathexpand", "`pathexpand` replaces a `~` at the start of a path by the home directory.", |call, _| {
            let home = call.environment.home();
            path::expand_home(call.text(0), home.as_deref()).map(Value::from).map_err(CallError::Call)
        }),
    ]
}

/// Why a file can't be read.
pub(crate) struct ReadError {
    /// For functions that say no more than the system does.
    pub(crate) plain: String,
    /// There is no such file.
    missing: bool,
}

impl ReadError {
    /// The message of functions that say more: what failed after the file was opened is told apart.
    fn for_people(self) -> String {
        if self.plain.starts_with("read ") { format!("failed to read file: {}", self.plain) } else { self.plain }
    }
}

/// The bytes of a file.
pub(crate) fn read(environment: &dyn Environment, name: &str) -> Result<Vec<u8>, ReadError> {
    let full = expand(environment, name).map_err(|plain| ReadError { plain, missing: false })?;
    environment.read_file(&full).map_err(|message| {
        let missing = environment.file_exists(&full) == Ok(false);
        let plain = if missing { format!("open {full}: no such file or directory") } else { message };
        ReadError { plain, missing }
    })
}

fn expand(environment: &dyn Environment, name: &str) -> Result<String, String> {
    let home = environment.home();
    let expanded =
        path::expand_home(name, home.as_deref()).map_err(|problem| format!("failed to expand ~: {problem}"))?;
    Ok(path::clean(&expanded))
}

fn read_argument(call: &Call<'_>) -> Result<Vec<u8>, CallError> {
    let argument = call.argument(0);
    read(call.environment, call.text(0)).map_err(|error| {
        CallError::Argument(
            0,
            if error.missing {
                let shown = redacted(quote(call.text(0)), argument.marks());
                format!(
                    "no file exists at {shown}; this function works only with files that are distributed as part of the \
                     configuration source code, so if this file will be created by a resource in this configuration you \
                     must instead obtain this result from an attribute of that resource"
                )
            } else {
                error.for_people()
            },
        )
    })
}

fn file(call: &Call<'_>, _: &Type) -> CallResult {
    let argument = call.argument(0);
    match String::from_utf8(read_argument(call)?) {
        Ok(text) => Ok(Value::from(text).with_marks(argument.marks())),
        Err(_) => {
            let shown = redacted(quote(call.text(0)), argument.marks());
            fail(format!(
                "contents of {shown} are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded \
                 contents or the other file functions (e.g. filemd5, filesha256) to obtain file hashing results instead"
            ))
        }
    }
}

fn exists(call: &Call<'_>, _: &Type) -> CallResult {
    let argument = call.argument(0);
    let full = expand(call.environment, call.text(0)).map_err(CallError::Call)?;
    match call.environment.file_exists(&full) {
        Ok(exists) => Ok(Value::from(exists).with_marks(argument.marks())),
        Err(message) => fail(message),
    }
}

fn matching(call: &Call<'_>, _: &Type) -> CallResult {
    let (base, pattern) = (call.argument(0), call.argument(1));
    let marks = base.marks() | pattern.marks();
    let directory = path::clean(call.text(0));
    let pattern = path::join(&directory, call.text(1));
    let found = find(call.environment, &pattern).map_err(|problem| {
        let shown = redacted(quote(&pattern), marks);
        CallError::Call(format!("failed to glob pattern {shown}: {problem}"))
    })?;
    let names = found.iter().filter_map(|name| path::relative(&directory, name)).map(Value::from);
    Ok(Value::set(Type::String, names).with_marks(marks))
}

/// The files that match a pattern, which is a clean path.
fn find(environment: &dyn Environment, pattern: &str) -> Result<BTreeSet<String>, String> {
    let components = glob::split(pattern, '/');
    let plain = components.iter().take_while(|component| !glob::is_pattern(component)).count();
    if plain == components.len() {
        let exists = environment.file_exists(pattern).unwrap_or(false);
        return Ok(exists.then(|| pattern.to_owned()).into_iter().collect());
    }
    let (fixed, patterns) = components.split_at(plain);
    let directory = match fixed {
        [] => ".".to_owned(),
        [""] => "/".to_owned(),
        _ => fixed.join("/"),
    };
    // Where there is no such directory, nothing matches.
    let Ok(files) = environment.files_below(&directory) else { return Ok(BTreeSet::new()) };
    let mut found = BTreeSet::new();
    for file in files {
        let parts: Vec<&str> = file.split('/').collect();
        if matches_components(patterns, &parts).map_err(|_bad| "syntax error in pattern")? {
            found.insert(path::join(&directory, &file));
        }
    }
    Ok(found)
}

/// Whether the parts of a path match the components of a pattern, of which `**` stands for any number of parts. Goes
/// through a table, so that many `**` take no longer than few.
fn matches_components(patterns: &[&str], parts: &[&str]) -> Result<bool, glob::BadPattern> {
    // reachable[n]: the first n parts match the patterns so far.
    let mut reachable = vec![false; parts.len() + 1];
    reachable[0] = true;
    for (index, pattern) in patterns.iter().enumerate() {
        let mut next = vec![false; parts.len() + 1];
        if *pattern == "**" {
            let last = index + 1 == patterns.len();
            let mut open = false;
            for (count, place) in next.iter_mut().enumerate() {
                // At the end it stands for at least one part.
                *place = open || reachable[count] && !last;
                open |= reachable[count];
            }
        } else {
            for (count, part) in parts.iter().enumerate() {
                next[count + 1] = reachable[count] && glob::matches(pattern, part)?;
            }
        }
        reachable = next;
    }
    Ok(reachable.last().copied().unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::matches_components;

    #[test]
    fn stars() {
        let matches = |pattern: &str, name: &str| {
            let (pattern, name): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), name.split('/').collect());
            matches_components(&pattern, &name).unwrap()
        };
        assert!(matches("**", "a/b/c"));
        assert!(matches("**/c", "a/b/c"));
        assert!(matches("**/c", "c"));
        assert!(matches("a/**/c", "a/c"));
        assert!(!matches("a/**", "a"));
        assert!(!matches("*", "a/b"));
        assert!(matches("**/**/*.x", "a/b.x"));
    }
}
