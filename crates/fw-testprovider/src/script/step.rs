//! One step of a script.

use fw_value::Path;
use fw_value::json::Node;

use crate::place;

/// What to do in a call. Everything is optional and combines.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of a test script")]
pub(crate) struct Step {
    /// Only when these attributes have these values.
    pub(crate) when: Vec<(Path, Node)>,
    /// Not the first times.
    pub(crate) skip: u64,
    /// Then only so often.
    pub(crate) times: Option<u64>,
    /// Wait first.
    pub(crate) delay_ms: u64,
    /// Never answer; with `stoppable` until asked to stop.
    pub(crate) hang: bool,
    /// Delays and hangs end when the provider is asked to stop, with an error.
    pub(crate) stoppable: bool,
    /// Die like a Go program with this message.
    pub(crate) panic: Option<String>,
    /// End with this code.
    pub(crate) exit: Option<i64>,
    /// Fail the call itself: code and text.
    pub(crate) grpc_error: Option<(i64, String)>,
    /// Tell of problems; an error leaves everything undone.
    pub(crate) errors: Vec<Problem>,
    /// Tell of problems.
    pub(crate) warnings: Vec<Problem>,
    /// With an error: do it all the same (apply).
    pub(crate) partial: bool,
    /// Put these values into the answer.
    pub(crate) set: Vec<(Path, Node)>,
    /// Make these unknown in the answer.
    pub(crate) unknown: Vec<Path>,
    /// Answer null.
    pub(crate) null: bool,
    /// Leave the value out of the answer.
    pub(crate) missing: bool,
    /// Answer bytes that are no value.
    pub(crate) garbage: bool,
    /// Answer a value of another type.
    pub(crate) wrong_type: bool,
    /// Answer in JSON.
    pub(crate) json: bool,
    /// Ask for replacement because of these.
    pub(crate) replace: Vec<Path>,
    /// Private data of the answer.
    pub(crate) private: Option<String>,
    /// Fail unless this private data came.
    pub(crate) expect_private: Option<String>,
    /// Fail unless the module gave this name.
    pub(crate) expect_meta: Option<String>,
    /// Answer "later".
    pub(crate) deferred: bool,
    /// Answer as the old SDK does.
    pub(crate) legacy: Option<bool>,
    /// The identity of the answer; null for none.
    pub(crate) identity: Option<Node>,
    /// Write this to the log.
    pub(crate) log: Option<String>,
}

/// An error or a warning.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) summary: String,
    pub(crate) detail: String,
    pub(crate) path: Option<Path>,
}

impl Step {
    /// Reads a step; unknown words are refused, for a script with a slip tests nothing.
    pub(crate) fn read(node: &Node) -> Result<Self, String> {
        let members = node.as_object().ok_or("a step is a JSON object")?;
        let mut step = Self::default();
        for (key, value) in members {
            step.member(key, value).map_err(|e| format!("{key}: {e}"))?;
        }
        Ok(step)
    }

    fn member(&mut self, key: &str, value: &Node) -> Result<(), String> {
        match key {
            "when" => self.when = places(value)?,
            "skip" => self.skip = number(value)?,
            "times" => self.times = Some(number(value)?),
            "delay_ms" => self.delay_ms = number(value)?,
            "hang" => self.hang = switch(value)?,
            "stoppable" => self.stoppable = switch(value)?,
            "panic" => self.panic = Some(text(value)?),
            "exit" => self.exit = Some(value.as_i64().ok_or("a number is needed")?),
            "grpc_error" => self.grpc_error = Some(grpc_error(value)?),
            "error" => self.errors = problems(value)?,
            "warning" => self.warnings = problems(value)?,
            "partial" => self.partial = switch(value)?,
            "set" => self.set = places(value)?,
            "unknown" => self.unknown = paths(value)?,
            "null" => self.null = switch(value)?,
            "missing" => self.missing = switch(value)?,
            "garbage" => self.garbage = switch(value)?,
            "wrong_type" => self.wrong_type = switch(value)?,
            "json" => self.json = switch(value)?,
            "replace" => self.replace = paths(value)?,
            "private" => self.private = Some(text(value)?),
            "expect_private" => self.expect_private = Some(text(value)?),
            "expect_meta" => self.expect_meta = Some(text(value)?),
            "deferred" => self.deferred = switch(value)?,
            "legacy" => self.legacy = Some(switch(value)?),
            "identity" => self.identity = Some(value.clone()),
            "log" => self.log = Some(text(value)?),
            _ => return Err("there is no such word".to_owned()),
        }
        Ok(())
    }
}

fn number(value: &Node) -> Result<u64, String> {
    value.as_u64().ok_or_else(|| "a number is needed".to_owned())
}

fn switch(value: &Node) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "true or false is needed".to_owned())
}

fn text(value: &Node) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| "a string is needed".to_owned())
}

fn paths(value: &Node) -> Result<Vec<Path>, String> {
    one_or_more(value).iter().map(|one| place::parse(&text(one)?)).collect()
}

fn places(value: &Node) -> Result<Vec<(Path, Node)>, String> {
    let members = value.as_object().ok_or("a JSON object of paths is needed")?;
    members.iter().map(|(path, value)| Ok((place::parse(path)?, value.clone()))).collect()
}

fn one_or_more(value: &Node) -> &[Node] {
    value.as_array().unwrap_or(std::slice::from_ref(value))
}

fn problems(value: &Node) -> Result<Vec<Problem>, String> {
    one_or_more(value).iter().map(problem).collect()
}

/// A headline, or an object of summary, detail and path.
fn problem(value: &Node) -> Result<Problem, String> {
    if let Some(summary) = value.as_str() {
        return Ok(Problem { summary: summary.to_owned(), detail: String::new(), path: None });
    }
    let word = |key: &str| value.get(key).map(text).transpose();
    Ok(Problem {
        summary: word("summary")?.ok_or("a problem needs a summary")?,
        detail: word("detail")?.unwrap_or_default(),
        path: word("path")?.map(|path| place::parse(&path)).transpose()?,
    })
}

fn grpc_error(value: &Node) -> Result<(i64, String), String> {
    let code = value.get("code").and_then(Node::as_i64).ok_or("a code is needed")?;
    Ok((code, value.get("message").map(text).transpose()?.unwrap_or_default()))
}
