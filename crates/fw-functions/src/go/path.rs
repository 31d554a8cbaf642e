//! File names: Go's `path/filepath` on Unix.

/// `filepath.Clean`.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if rooted => {}
            _ => kept.push(part),
        }
    }
    let joined = kept.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// `filepath.Base`.
pub(crate) fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return "/";
    }
    trimmed.rsplit('/').next().unwrap_or(trimmed)
}

/// `filepath.Dir`.
pub(crate) fn directory(path: &str) -> String {
    let end = path.rfind('/').map_or(0, |at| at + 1);
    clean(path.get(..end).unwrap_or_default())
}

/// `filepath.Join` of two.
pub(crate) fn join(first: &str, second: &str) -> String {
    match (first.is_empty(), second.is_empty()) {
        (true, true) => String::new(),
        (true, false) => clean(second),
        (false, true) => clean(first),
        (false, false) => clean(&format!("{first}/{second}")),
    }
}

/// The path of `target` seen from `base` (`filepath.Rel`), both clean and both absolute or both relative.
pub(crate) fn relative(base: &str, target: &str) -> Option<String> {
    if base == target {
        return Some(".".to_owned());
    }
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
    };
    if base.starts_with('/') != target.starts_with('/') {
        return None;
    }
    let (base, target) = (parts(base), parts(target));
    let common = base.iter().zip(&target).take_while(|(a, b)| a == b).count();
    let up = base.iter().skip(common);
    if up.clone().any(|part| part == "..") {
        return None;
    }
    let steps: Vec<&str> = up.map(|_| "..").chain(target.iter().skip(common).map(String::as_str)).collect();
    Some(steps.join("/"))
}

/// `~` replaced by the home directory, as go-homedir does it.
pub(crate) fn expand_home(path: &str, home: Option<&str>) -> Result<String, String> {
    let Some(rest) = path.strip_prefix('~') else { return Ok(path.to_owned()) };
    if !rest.is_empty() && !rest.starts_with(['/', '\\']) {
        return Err("cannot expand user-specific home dir".to_owned());
    }
    let home = home.ok_or("blank output when reading home directory")?;
    Ok(join(home, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning() {
        for (path, expected) in
            [("", "."), ("/", "/"), ("//a/../b/./c/", "/b/c"), ("../a/../..", "../.."), ("/..", "/"), ("a/..", ".")]
        {
            assert_eq!(clean(path), expected, "{path}");
        }
    }

    #[test]
    fn parts_of_a_path() {
        assert_eq!((base(""), base("///"), base("a/b/"), base("b")), (".", "/", "b", "b"));
        assert_eq!((directory(""), directory("a/b/"), directory("/a")), (".".into(), "a/b".into(), "/".into()));
        assert_eq!(relative("/a/b", "/a/c/d").as_deref(), Some("../c/d"));
        assert_eq!(relative(".", "x").as_deref(), Some("x"));
    }

    #[test]
    fn homes() {
        assert_eq!(expand_home("~/x", Some("/home/me")).unwrap(), "/home/me/x");
        assert_eq!(expand_home("~me", Some("/home/me")).unwrap_err(), "cannot expand user-specific home dir");
    }
}
