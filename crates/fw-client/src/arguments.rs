//! Flags of the service's commands and of its client's: one or two dashes, `-name value` or `-name=value`.

use std::collections::BTreeMap;

/// What was written after a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// Flags with a value, each with all that it was given.
    values: BTreeMap<String, Vec<String>>,
    /// Flags without one, and whether each was given as true.
    switches: BTreeMap<String, bool>,
    /// The rest.
    pub words: Vec<String>,
}

impl Arguments {
    /// Takes arguments apart.
    ///
    /// # Errors
    /// A flag that nobody knows, or one without its value.
    pub fn parse(arguments: &[String], valued: &[&str], switches: &[&str]) -> Result<Self, String> {
        let mut parsed = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if argument == "--" {
                parsed.words.extend(rest.by_ref().cloned());
                break;
            }
            let Some(flag) = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-')) else {
                parsed.words.push(argument.clone());
                continue;
            };
            if flag.is_empty() {
                parsed.words.push(argument.clone());
                continue;
            }
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (flag, None),
            };
            if switches.contains(&name) {
                let given = match value.as_deref() {
                    None | Some("true") => true,
                    Some("false") => false,
                    Some(other) => return Err(format!("invalid value \"{other}\" for flag -{name}")),
                };
                parsed.switches.insert(name.to_owned(), given);
            } else if valued.contains(&name) {
                let value = value.or_else(|| rest.next().cloned());
                let value = value.ok_or_else(|| format!("flag needs an argument: -{name}"))?;
                parsed.values.entry(name.to_owned()).or_default().push(value);
            } else {
                return Err(format!("flag provided but not defined: -{name}"));
            }
        }
        Ok(parsed)
    }

    /// Whether a flag without a value was given.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.switches.get(name) == Some(&true)
    }

    /// Whether a flag without a value was given as false.
    #[must_use]
    pub fn refused(&self, name: &str) -> bool {
        self.switches.get(name) == Some(&false)
    }

    /// The value of a flag; the last one counts.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.last().map(String::as_str)
    }

    /// All values of a flag.
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Arguments, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Arguments::parse(&words, &["listen"], &["json"])
    }

    #[test]
    fn flags_in_all_their_forms() {
        let parsed = parse(&["--listen", "a:1", "x", "-json", "--", "-y"]).unwrap();
        assert_eq!(parsed.value("listen"), Some("a:1"));
        assert!(parsed.has("json") && !parsed.refused("json"));
        assert!(parse(&["--json=false"]).unwrap().refused("json"));
        assert_eq!(parse(&["-listen=a", "-listen=b"]).unwrap().all("listen"), ["a", "b"]);
        assert_eq!(parsed.words, ["x", "-y"]);
        assert_eq!(parse(&["-listen=b"]).unwrap().value("listen"), Some("b"));
        assert_eq!(parse(&["-listen"]).unwrap_err(), "flag needs an argument: -listen");
        assert_eq!(parse(&["-z"]).unwrap_err(), "flag provided but not defined: -z");
    }
}
