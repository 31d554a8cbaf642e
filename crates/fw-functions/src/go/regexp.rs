//! Go's regular expressions (RE2 syntax) on the `regex` crate: the pattern is parsed here, with Go's errors, and written
//! down again so that the crate means the same by it.

mod parse;

pub(crate) use parse::PatternError;

/// A compiled pattern.
pub(crate) struct Regexp {
    regex: regex::Regex,
    /// The names of the groups in order, empty for those without.
    groups: Vec<String>,
}

impl Regexp {
    /// Compiles a pattern.
    pub(crate) fn new(pattern: &str) -> Result<Self, PatternError> {
        let parsed = parse::parse(pattern)?;
        let built = regex::RegexBuilder::new(&parsed.translated)
            .size_limit(64 << 20)
            .dfa_size_limit(64 << 20)
            .nest_limit(parse::MAX_DEPTH * 4)
            .build();
        match built {
            Ok(regex) => Ok(Self { regex, groups: parsed.groups }),
            Err(_) => Err(PatternError::new("expression too large", pattern)),
        }
    }

    /// The names of the groups, empty for those without.
    pub(crate) fn groups(&self) -> &[String] {
        &self.groups
    }

    /// The first match: what the whole and each group matched.
    pub(crate) fn first<'t>(&self, text: &'t str) -> Option<Vec<Option<&'t str>>> {
        self.regex.captures(text).map(|captures| parts(&captures))
    }

    /// All matches.
    pub(crate) fn all<'t>(&self, text: &'t str) -> Vec<Vec<Option<&'t str>>> {
        self.regex.captures_iter(text).map(|captures| parts(&captures)).collect()
    }

    /// The text with each match replaced; `$1`, `${1}`, `$name` stand for groups.
    pub(crate) fn replace_all(&self, text: &str, template: &str) -> String {
        let expand = |captures: &regex::Captures<'_>| {
            let found = parts(captures);
            let mut out = String::new();
            self.expand(template, &found, &mut out);
            out
        };
        self.regex.replace_all(text, expand).into_owned()
    }

    fn expand(&self, template: &str, found: &[Option<&str>], out: &mut String) {
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            if let Some(after) = after.strip_prefix('$') {
                out.push('$');
                rest = after;
            } else if let Some((name, after)) = reference(after) {
                out.push_str(self.group(name, found).unwrap_or_default());
                rest = after;
            } else {
                out.push('$');
                rest = after;
            }
        }
        out.push_str(rest);
    }

    fn group<'t>(&self, name: &str, found: &[Option<&'t str>]) -> Option<&'t str> {
        if name.bytes().all(|b| b.is_ascii_digit()) {
            return name.parse().ok().and_then(|index: usize| *found.get(index)?);
        }
        // Of several groups of one name the first that matched counts.
        let named = self.groups.iter().zip(found.iter().skip(1)).filter(|(group, _)| *group == name);
        named.filter_map(|(_, part)| *part).next()
    }
}

fn parts<'t>(captures: &regex::Captures<'t>) -> Vec<Option<&'t str>> {
    captures.iter().map(|part| part.map(|part| part.as_str())).collect()
}

/// The group name at the start of the text after a `$`, and what follows.
fn reference(text: &str) -> Option<(&str, &str)> {
    let (braced, inner) = match text.strip_prefix('{') {
        Some(inner) => (true, inner),
        None => (false, text),
    };
    let end = inner.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(inner.len());
    let (name, after) = inner.split_at(end);
    if name.is_empty() {
        return None;
    }
    if braced { after.strip_prefix('}').map(|after| (name, after)) } else { Some((name, after)) }
}

#[cfg(test)]
mod tests;
