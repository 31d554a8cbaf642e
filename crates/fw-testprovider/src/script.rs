//! Scripts: what the provider is told to do in certain calls.
//!
//! A script is a JSON object from calls to steps: `{"apply": {"error": "no"}, "fwtest_object.web.plan": [...]}`. It comes
//! from the `script` attribute of the object or of the provider, or from `FW_TESTPROVIDER_SCRIPT` (the text itself, or
//! `@file`). All that match a call are performed, those of the environment first.

mod step;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use fw_value::json::Node;

pub(crate) use step::{Problem, Step};

/// The scripts that hold for every object, and how often their steps were performed.
#[derive(Default)]
pub(crate) struct Scripts {
    environment: Vec<(String, Node)>,
    provider: Mutex<Vec<(String, Node)>>,
    performed: Mutex<HashMap<String, u64>>,
}

/// What a step is looked up by.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    /// `plan`, `apply`, ...; a call may have more than one name, such as `apply` and `create`.
    pub(crate) names: &'a [&'a str],
    /// Resource type, data source, function; empty for the provider itself.
    pub(crate) kind: &'a str,
    /// The object's `name`.
    pub(crate) name: &'a str,
}

impl Scripts {
    /// With the script of the environment; a broken one is a mistake in the test and ends the program.
    pub(crate) fn from_environment() -> Result<Self, String> {
        let text = match std::env::var("FW_TESTPROVIDER_SCRIPT") {
            Ok(text) => text,
            Err(_none) => return Ok(Self::default()),
        };
        let text = match text.strip_prefix('@') {
            Some(file) => std::fs::read_to_string(file).map_err(|e| format!("script {file}: {e}"))?,
            None => text,
        };
        Ok(Self { environment: parse(&text)?, ..Self::default() })
    }

    /// Takes the script of the provider's configuration.
    pub(crate) fn of_provider(&self, text: Option<&str>) -> Result<(), String> {
        let script = text.map(parse).transpose()?.unwrap_or_default();
        *self.provider.lock().unwrap_or_else(PoisonError::into_inner) = script;
        Ok(())
    }

    /// The steps for a call.
    pub(crate) fn steps(&self, call: Call<'_>, own: Option<&str>) -> Result<Vec<Step>, String> {
        let mut steps = self.select("environment", &self.environment, call)?;
        let provider = self.provider.lock().unwrap_or_else(PoisonError::into_inner).clone();
        steps.extend(self.select("provider", &provider, call)?);
        let own = own.map(parse).transpose()?.unwrap_or_default();
        let source = format!("{} {}", call.kind, call.name);
        steps.extend(self.select(&source, &own, call)?);
        Ok(steps)
    }

    fn select(&self, source: &str, script: &[(String, Node)], call: Call<'_>) -> Result<Vec<Step>, String> {
        let mut selected = Vec::new();
        for (key, node) in script.iter().filter(|(key, _)| matches(key, call)) {
            let nodes = node.as_array().unwrap_or(std::slice::from_ref(node));
            for (index, node) in nodes.iter().enumerate() {
                let step = Step::read(node).map_err(|e| format!("script of {source}, {key}: {e}"))?;
                if self.counts(&format!("{source}/{key}/{index}"), &step) {
                    selected.push(step);
                }
            }
        }
        Ok(selected)
    }

    /// Whether a step that is to be performed only some times is performed this time.
    fn counts(&self, id: &str, step: &Step) -> bool {
        let mut performed = self.performed.lock().unwrap_or_else(PoisonError::into_inner);
        let count = performed.entry(id.to_owned()).or_default();
        *count += 1;
        *count > step.skip && step.times.is_none_or(|times| *count <= step.skip.saturating_add(times))
    }
}

fn parse(text: &str) -> Result<Vec<(String, Node)>, String> {
    match Node::parse(text) {
        Ok(Node::Object(members)) => Ok(members),
        Ok(_other) => Err("a script is a JSON object".to_owned()),
        Err(error) => Err(format!("the script is not JSON: {error}")),
    }
}

/// `call`, `kind.call` or `kind.name.call`.
fn matches(key: &str, call: Call<'_>) -> bool {
    let (object, name) = key.rsplit_once('.').unwrap_or(("", key));
    if !call.names.contains(&name) && name != "*" {
        return false;
    }
    match object.split_once('.') {
        Some((kind, name)) => kind == call.kind && name == call.name,
        None => object.is_empty() || object == call.kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_select_calls() {
        let call = Call { names: &["apply", "create"], kind: "k", name: "n" };
        for key in ["apply", "create", "*", "k.apply", "k.n.create"] {
            assert!(matches(key, call), "{key}");
        }
        for key in ["plan", "other.apply", "k.m.apply"] {
            assert!(!matches(key, call), "{key}");
        }
    }

    #[test]
    fn steps_may_be_for_some_times_only() {
        let scripts = Scripts::default();
        scripts.of_provider(Some(r#"{"plan": {"skip": 1, "times": 2, "error": "x"}}"#)).unwrap();
        let call = Call { names: &["plan"], kind: "k", name: "n" };
        let counts: Vec<usize> = (0..5).map(|_| scripts.steps(call, None).unwrap().len()).collect();
        assert_eq!(counts, [0, 1, 1, 0, 0]);
    }

    #[test]
    fn mistakes_are_told() {
        let call = Call { names: &["plan"], kind: "k", name: "n" };
        for script in ["[]", "{", r#"{"plan": {"nonsense": 1}}"#, r#"{"plan": {"delay_ms": "x"}}"#] {
            assert!(Scripts::default().steps(call, Some(script)).is_err(), "{script}");
        }
    }
}
