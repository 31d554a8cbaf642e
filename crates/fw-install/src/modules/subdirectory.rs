//! The directory in a package that a source address names, which may be a pattern: `modules/*`.

use std::path::Path;

use fw_config::clean_path;

/// The directory that the pattern is of; all relative to the root module's directory.
pub(super) fn find(root: &Path, package: &str, pattern: &str) -> Result<String, String> {
    let mut found = vec![package.to_owned()];
    for step in pattern.split('/').filter(|step| !step.is_empty() && *step != ".") {
        found = if step.contains(['*', '?', '[', '\\']) {
            found.iter().flat_map(|directory| inside(root, directory, step)).collect()
        } else {
            let there = found.iter().map(|directory| format!("{directory}/{step}"));
            there.filter(|path| root.join(path).symlink_metadata().is_ok()).collect()
        };
    }
    match found.as_slice() {
        [one] => Ok(clean_path(one)),
        [] => Err(format!("subdir {pattern:?} not found")),
        _ => Err(format!("subdir {pattern:?} matches multiple paths")),
    }
}

fn inside(root: &Path, directory: &str, pattern: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(root.join(directory)) else { return Vec::new() };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let pattern: Vec<char> = pattern.chars().collect();
    let mut names: Vec<String> = names.filter(|name| matches(&pattern, &name.chars().collect::<Vec<_>>())).collect();
    names.sort();
    names.into_iter().map(|name| format!("{directory}/{name}")).collect()
}

/// Whether a name is of a pattern with `*`, `?`, `[…]` and `\`. Goes back to the last `*` only, so that time is bounded.
fn matches(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut in_name, mut star) = (0, 0, None);
    while in_name < name.len() {
        if pattern.get(at) == Some(&'*') {
            star = Some((at + 1, in_name));
            at += 1;
            continue;
        }
        match one(pattern.get(at..).unwrap_or_default(), name.get(in_name)) {
            Some(length) => {
                at += length;
                in_name += 1;
            }
            None => match star {
                Some((after, begin)) => {
                    star = Some((after, begin + 1));
                    (at, in_name) = (after, begin + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|c| *c == '*')
}

/// How much of the pattern stands for this one character.
fn one(pattern: &[char], c: Option<&char>) -> Option<usize> {
    let c = *c?;
    match pattern {
        ['?', ..] => Some(1),
        ['\\', escaped, ..] => (*escaped == c).then_some(2),
        ['[', rest @ ..] => {
            let end = rest.iter().position(|c| *c == ']')?;
            let set = rest.get(..end)?;
            let (negated, set) = match set {
                ['^', set @ ..] => (true, set),
                set => (false, set),
            };
            (in_set(set, c) != negated).then_some(end + 2)
        }
        [literal, ..] => (*literal == c).then_some(1),
        [] => None,
    }
}

fn in_set(set: &[char], c: char) -> bool {
    let mut rest = set;
    loop {
        rest = match rest {
            [from, '-', to, ..] if (*from..=*to).contains(&c) => return true,
            [_, '-', _, rest @ ..] => rest,
            [single, ..] if *single == c => return true,
            [_, rest @ ..] => rest,
            [] => return false,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{find, matches};

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("*", "a", true),
            ("a*c", "abbc", true),
            ("a*c", "abb", false),
            ("a?", "ab", true),
            ("a?", "a", false),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("*a*b*", "xaxbx", true),
        ] {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(matches(&chars(pattern), &chars(name)), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn one_directory_is_found() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("p/x1/y")).unwrap();
        std::fs::create_dir_all(root.path().join("p/z1")).unwrap();
        assert_eq!(find(root.path(), "p", "x*/y").unwrap(), "p/x1/y");
        assert_eq!(find(root.path(), "p", "").unwrap(), "p");
        assert_eq!(find(root.path(), "p", "*1").unwrap_err(), "subdir \"*1\" matches multiple paths");
        assert_eq!(find(root.path(), "p", "miss/x").unwrap_err(), "subdir \"miss/x\" not found");
    }
}
