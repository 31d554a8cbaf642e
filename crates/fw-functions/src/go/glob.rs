//! File name patterns: doublestar, version 1.

/// The pattern can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadPattern;

/// Whether a part of a pattern stands for more than itself.
pub(crate) fn is_pattern(component: &str) -> bool {
    component.contains(['*', '?', '[', '{', '\\'])
}

/// The parts of a pattern between slashes; an escaped slash does not divide.
pub(crate) fn split(pattern: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in pattern.char_indices() {
        if c == separator && before != Some('\\') {
            parts.push(pattern.get(start..at).unwrap_or_default());
            start = at + c.len_utf8();
        }
        before = Some(c);
    }
    parts.push(pattern.get(start..).unwrap_or_default());
    parts
}

/// Whether one component of a path fits one component of a pattern. Takes time in proportion to the product of both.
pub(crate) fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let (pattern, name) = (pattern.chars().collect::<Vec<_>>(), name.chars().collect::<Vec<_>>());
    if pattern.is_empty() || name.is_empty() {
        return Ok(pattern.is_empty() && name.is_empty() || pattern == ['*']);
    }
    Matcher { steps: 0 }.matches(&pattern, &name)
}

/// More steps than any sane pattern needs; alternatives in alternatives could take for ever.
const MAX_STEPS: usize = 1_000_000;

struct Matcher {
    steps: usize,
}

impl Matcher {
    fn matches(&mut self, pattern: &[char], name: &[char]) -> Result<bool, BadPattern> {
        let (mut pattern, mut name) = (pattern, name);
        loop {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return Err(BadPattern);
            }
            let (Some(first), Some(c)) = (pattern.first(), name.first()) else {
                let only_stars = name.is_empty() && matches!(pattern, ['*'] | ['*', '*']);
                return Ok(pattern.is_empty() && name.is_empty() || only_stars);
            };
            match first {
                '\\' => match pattern.get(1) {
                    None => return Err(BadPattern),
                    Some(escaped) if escaped == c => (pattern, name) = (&pattern[2..], &name[1..]),
                    Some(_) => return Ok(false),
                },
                '*' => return self.star(&pattern[1..], name),
                '[' => {
                    let (class, rest) = until(&pattern[1..], ']').ok_or(BadPattern)?;
                    if !in_class(class, *c)? {
                        return Ok(false);
                    }
                    (pattern, name) = (rest, &name[1..]);
                }
                '{' => {
                    let (options, rest) = until(&pattern[1..], '}').ok_or(BadPattern)?;
                    let options: String = options.iter().collect();
                    for option in split(&options, ',') {
                        let whole: Vec<char> = option.chars().chain(rest.iter().copied()).collect();
                        if self.matches(&whole, name)? {
                            return Ok(true);
                        }
                    }
                    return Ok(false);
                }
                _ if *first == '?' || first == c => (pattern, name) = (&pattern[1..], &name[1..]),
                _ => return Ok(false),
            }
        }
    }

    fn star(&mut self, rest: &[char], name: &[char]) -> Result<bool, BadPattern> {
        if rest.is_empty() {
            return Ok(true);
        }
        for start in 0..name.len() {
            // A bad rest matches nothing here; only running out of steps ends the search.
            if self.matches(rest, &name[start..]).unwrap_or(false) {
                return Ok(true);
            }
            if self.steps > MAX_STEPS {
                return Err(BadPattern);
            }
        }
        Ok(false)
    }
}

fn until(pattern: &[char], end: char) -> Option<(&[char], &[char])> {
    let at = (0..pattern.len()).find(|at| pattern[*at] == end && (*at == 0 || pattern[at - 1] != '\\'))?;
    Some((&pattern[..at], &pattern[at + 1..]))
}

fn in_class(class: &[char], c: char) -> Result<bool, BadPattern> {
    let negated = class.first() == Some(&'^');
    let mut rest = class.iter().copied().skip(usize::from(negated)).peekable();
    if class.is_empty() {
        return Err(BadPattern);
    }
    let mut found = false;
    while let Some(low) = rest.next() {
        let low = class_member(low, &mut rest)?;
        let high = match rest.next_if_eq(&'-') {
            Some(_) => {
                let high = rest.next().ok_or(BadPattern)?;
                class_member(high, &mut rest)?
            }
            None => low,
        };
        found |= (low..=high).contains(&c);
    }
    Ok(found != negated)
}

fn class_member(c: char, rest: &mut impl Iterator<Item = char>) -> Result<char, BadPattern> {
    match c {
        '-' => Err(BadPattern),
        '\\' => rest.next().ok_or(BadPattern),
        _ => Ok(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components() {
        for (pattern, name, expected) in [
            ("*.tf", "main.tf", Ok(true)),
            ("*", "", Ok(true)),
            ("a*b*c", "axxbyyc", Ok(true)),
            ("{a,b*}.txt", "bcd.txt", Ok(true)),
            ("[^a-c]?", "dx", Ok(true)),
            ("[a-c]", "d", Ok(false)),
            ("\\*", "*", Ok(true)),
            ("[a", "a", Err(BadPattern)),
            ("[]", "a", Err(BadPattern)),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn slow_patterns_end() {
        let name = "a".repeat(200);
        assert!(matches(&"*a".repeat(100).replace("*a*a", "*a*b"), &name).is_err() || !matches("*b", &name).unwrap());
    }

    #[test]
    fn escaped_separators_do_not_divide() {
        assert_eq!(split("a/b\\/c/", '/'), ["a", "b\\/c", ""]);
    }
}
