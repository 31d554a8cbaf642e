//! Takes out of outputs and documents what differs from run to run: places, moments, random names, and the order of what ran
//! side by side.

use std::path::Path;

use regex::Regex;
use serde_json::Value;

/// Makes texts of one directory comparable.
pub(crate) struct Normal {
    directory: String,
    /// Each with what stands for it.
    patterns: Vec<(Regex, &'static str)>,
    /// Members of documents that the peer does not know.
    without: &'static [&'static str],
}

/// Says of itself when and by whom it was made, or is made up. We keep the identity of objects; terraform 1.11 knows none.
const OF_THE_RUN: [&str; 8] = [
    "lineage",
    "serial",
    "terraform_version",
    "timestamp",
    "deposed",
    "deposed_key",
    "identity",
    "identity_schema_version",
];

/// Lists whose order the peer leaves to chance.
const UNORDERED: [&str; 9] = [
    "check_results",
    "checks",
    "child_modules",
    "instances",
    "modules",
    "objects",
    "relevant_attributes",
    "replace_paths",
    "sensitive_attributes",
];

impl Normal {
    /// `directory` is where the program ran.
    pub(crate) fn new(directory: &Path) -> Self {
        let pattern = |text: &str| Regex::new(text).expect("a pattern of ours");
        let patterns = vec![
            (pattern("(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
            (pattern(&format!("{}T[0-9:.]+Z", today())), "NOW"),
            (pattern("http://127.0.0.1:[0-9]+"), "ENDPOINT"),
            (
                pattern(r"\b(acl|dopt|eipalloc|eni|igw|rtb|rtbassoc|sg|sgr|subnet|vpc|vpc-cidr-assoc)-[0-9a-f]{8,}"),
                "$1-ID",
            ),
            (pattern(r"deposed object [0-9a-f]{8}"), "deposed object KEY"),
            (pattern(&format!(r"{} [0-9:.]+ \+0000 UTC m=\+[0-9.]+", today())), "NOW"),
            // What our provider makes of a name and everything else, which may have made-up names in it.
            (pattern("^[0-9a-f]{16}$"), "ETAG"),
            (pattern("\"[0-9a-f]{16}\""), "ETAG"),
            (pattern("(?i)([=+/<-])[0-9a-f]{16}\\b"), "${1}ETAG"),
            // The last number of its identifiers says in which order objects of one name were made.
            (pattern("(o[0-9]+_(?:-[a-z0-9]+)?)-[0-9]+\\b"), "${1}-NTH"),
            // Identifiers of null_resource and the like.
            (pattern("^[0-9]{15,}$"), "NUMBER"),
            (pattern("\"[0-9]{15,}\"|=[0-9]{15,}\\]"), "NUMBER"),
            (pattern("AROA[A-Z0-9]{16,}"), "ROLE"),
            (pattern("after [0-9]+s"), "after a while"),
            (pattern(r" \(current -> planned\)"), ""),
            // What mocks make up, and how long tests took.
            (pattern("\"[a-z0-9]{8}\""), "RANDOM"),
            (pattern("time=\"[0-9.]+\""), "TIME"),
            (pattern("\"elapsed\":[0-9]{3,}"), "ELAPSED"),
            (pattern(r"\[(id=[^,\]]*, )?[0-9]+[ms0-9]* elapsed\]"), "[some time elapsed]"),
            (pattern("(T|t)erraform|(F|f)ormwork|OpenTofu|tofu"), "TOOL"),
        ];
        Self { directory: directory.to_string_lossy().into_owned(), patterns, without: &[] }
    }

    /// The same without some members of documents.
    pub(crate) fn without(mut self, members: &'static [&'static str]) -> Self {
        self.without = members;
        self
    }

    /// A text of a case, as it is after all that.
    pub(crate) fn plain(&self, text: &str) -> String {
        let start = text.replace(&self.directory, "DIRECTORY");
        self.patterns.iter().fold(start, |text, (pattern, name)| pattern.replace_all(&text, *name).into_owned())
    }

    /// What a command printed. Lines of progress come in any order, so they are sorted and stand first; how often one
    /// waits is left to chance.
    pub(crate) fn output(&self, text: &str) -> String {
        if text.starts_with("{\"format_version\"") {
            return self.document(text);
        }
        let text = self.plain(text);
        let is_waiting = |line: &str| {
            line.ends_with("[some time elapsed]")
                || ["Acquiring", "Releasing"].iter().any(|verb| line.starts_with(&format!("{verb} state lock. ")))
        };
        let lines = text.lines().filter(|line| !is_waiting(line));
        let (mut progress, mut rest): (Vec<&str>, Vec<&str>) = lines.partition(|line| is_progress(line));
        progress.sort_unstable();
        rest.chunk_by_mut(|one, next| is_forgotten(one) && is_forgotten(next)).for_each(<[&str]>::sort_unstable);
        format!("{}\n{}", progress.join("\n"), with_sorted_warnings(&joined(&rest)))
    }

    /// Diagnostics, each one a paragraph; sorted, since walks report in any order.
    pub(crate) fn diagnostics(&self, text: &str) -> String {
        let text = self.plain(text);
        let mut paragraphs: Vec<String> = Vec::new();
        for line in joined(&text.lines().collect::<Vec<_>>()).lines() {
            let line = &in_order(line);
            let starts = line.starts_with("Error: ") || line.starts_with("Warning: ");
            match paragraphs.last_mut() {
                Some(paragraph) if !starts => {
                    paragraph.push('\n');
                    paragraph.push_str(line);
                }
                _ => paragraphs.push(line.clone()),
            }
        }
        let mut paragraphs: Vec<&str> = paragraphs.iter().map(|text| text.trim()).collect();
        paragraphs.sort_unstable();
        paragraphs.join("\n\n")
    }

    /// A JSON document with its keys in order.
    pub(crate) fn document(&self, text: &str) -> String {
        match serde_json::from_str::<Value>(text) {
            Ok(value) => serde_json::to_string_pretty(&self.settled(value)).expect("JSON can be written"),
            Err(_) => self.plain(text),
        }
    }

    fn settled(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.plain(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.settled(item)).collect(),
            Value::Object(members) => {
                let kept = members.into_iter().filter(|(name, _)| {
                    let name = name.as_str();
                    !OF_THE_RUN.contains(&name) && !self.without.contains(&name)
                });
                let mut members: Vec<(String, Value)> = kept
                    .map(|(name, value)| {
                        let mut value = self.settled(value);
                        if let Value::Array(items) = &mut value {
                            items.retain(|item| !is_husk(&name, item));
                        }
                        if let (true, Value::Array(items)) = (UNORDERED.contains(&name.as_str()), &mut value) {
                            items.sort_by_key(Value::to_string);
                        }
                        (self.plain(&name), value)
                    })
                    .collect();
                members.retain(|(name, value)| {
                    name != "child_modules" || value.as_array().is_none_or(|all| !all.is_empty())
                });
                members.sort_by(|left, right| left.0.cmp(&right.0));
                Value::Object(members.into_iter().collect())
            }
            other => other,
        }
    }
}

/// What terraform keeps of resources and modules without objects, after some ways of refreshing them.
fn is_husk(name: &str, item: &Value) -> bool {
    match name {
        "resources" => item["instances"].as_array().is_some_and(Vec::is_empty),
        "child_modules" => item.as_object().is_some_and(|members| members.keys().eq(["address"])),
        _ => false,
    }
}

/// Prose in one line, since where it is wrapped depends on the length of the program's name.
fn joined(lines: &[&str]) -> String {
    let is_prose = |line: &str| line.starts_with(char::is_alphabetic);
    let mut text = String::new();
    let mut before = "";
    for &line in lines {
        text.push(if is_prose(before) && is_prose(line) && !line.contains(" = ") { ' ' } else { '\n' });
        text.push_str(line);
        before = line;
    }
    text
}

/// Warnings that stand between other output come in any order too.
fn with_sorted_warnings(text: &str) -> String {
    const START: &str = "\nWarning: ";
    let Some((before, warnings)) = text.split_once(START) else { return text.to_owned() };
    let last = warnings.rfind(START).unwrap_or_default();
    let after = ["\n\n─", "\n\nApply complete!", "\n\nDestroy complete!", "\n\nOutputs:"];
    let ends = after.iter().filter_map(|after| Some(last + warnings.get(last..)?.find(after)?));
    let (warnings, rest) = warnings.split_at(ends.min().unwrap_or(warnings.len()));
    let mut warnings: Vec<&str> = warnings.split(START).map(str::trim).collect();
    warnings.sort_unstable();
    let warnings = warnings.iter().map(|warning| format!("{START}{warning}\n"));
    format!("{before}{}{rest}", warnings.collect::<String>())
}

/// Names an object that will no longer be managed, or that could not move.
fn is_forgotten(line: &str) -> bool {
    line.starts_with(" - ") || line.starts_with("  - ") && line.contains(" could not move to ")
}

/// The members of a circle are named from anywhere.
fn in_order(line: &str) -> String {
    let Some((start, members)) = line.split_once("Error: Cycle: ") else { return line.to_owned() };
    let mut members: Vec<&str> = members.split(", ").collect();
    members.sort_unstable();
    format!("{start}Error: Cycle: {}", members.join(", "))
}

/// `address: Creating...` and the like.
fn is_progress(line: &str) -> bool {
    const WORDS: [&str; 16] = [
        ": Creating...",
        ": Creation ",
        ": Destroying...",
        ": Destruction ",
        ": Modifying...",
        ": Modifications ",
        ": Reading...",
        ": Read ",
        ": Refreshing state...",
        ": Still ",
        ": Provisioning ",
        ": Opening",
        ": Closing",
        ": Importing",
        ": Import ",
        ": Preparing import",
    ];
    // Packages are looked for and installed side by side.
    const INSTALLING: [&str; 5] = ["- Finding ", "- Reusing ", "- Installing ", "- Installed ", "- Using "];
    WORDS.iter().any(|word| line.contains(word))
        || line.contains(" (local-exec): ")
        || line.contains(" is built in to ")
        || INSTALLING.iter().any(|word| line.starts_with(word))
}

/// The date, as in `2026-01-31`.
fn today() -> String {
    let elapsed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("the clock is right");
    let days = i64::try_from(elapsed.as_secs() / 86_400).expect("not so far ahead");
    // Days to a civil date: eras of 400 years that begin in March.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_of_year = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_of_year + 2) / 5 + 1;
    let month = if month_of_year < 10 { month_of_year + 3 } else { month_of_year - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
