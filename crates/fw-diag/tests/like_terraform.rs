//! Rendered diagnostics are those of terraform 1.11.4, on configurations it was given with and without colour.

use fw_diag::render::{Options, json, text};
use fw_diag::{Diagnostic, ExpressionValue, FileId, FunctionCall, FunctionSignature, Severity, SourceMap, Span};
use serde_json::Value;

fn string(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn offset(value: &Value) -> u32 {
    u32::try_from(value.as_u64().expect("a number")).expect("small")
}

fn position(n: usize) -> u32 {
    u32::try_from(n).expect("small")
}

/// Top-level blocks of native syntax: from a word at the start of a line to a brace at the start of a line.
fn blocks(file: FileId, source: &str) -> Vec<(Span, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let trimmed = line.trim_end();
        let whole = line.matches('"').count() % 2 == 0;
        if open.is_none() && whole && trimmed.ends_with('{') && line.starts_with(char::is_alphabetic) {
            open = Some((at, trimmed.trim_end_matches('{').trim_end().to_owned()));
        } else if trimmed == "}"
            && let Some((start, header)) = open.take()
        {
            found.push((Span::new(file, position(start), position(at + 1)), header));
        }
        at += line.len();
    }
    found
}

/// Objects of JSON with their paths, outer ones first; for sources without braces in strings.
fn objects(file: FileId, source: &str) -> Vec<(Span, String)> {
    let mut found: Vec<(Span, String)> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for (at, c) in source.char_indices() {
        if c == '{' && !source.get(..at).is_some_and(|s| s.ends_with('$')) {
            let key = source.get(..at).and_then(|s| s.rsplit('"').nth(1)).unwrap_or_default();
            let outer = open.last().map_or("", |i| found[*i].1.as_str());
            let path = if outer.is_empty() { key.to_owned() } else { format!("{outer}.{key}") };
            open.push(found.len());
            found.push((Span::new(file, position(at), u32::MAX), if at == 0 { String::new() } else { path }));
        } else if c == '}' && !source.get(..at).is_some_and(|s| s.ends_with("nope")) {
            let i = open.pop().expect("balanced");
            found[i].0.end = position(at + 1);
        }
    }
    found.retain(|(_, path)| !path.is_empty());
    found
}

/// The diagnostic of which terraform gave this JSON.
fn diagnostic(given: &Value, file: FileId, source: &str) -> Diagnostic {
    let make = if given["severity"] == "error" { Diagnostic::error } else { Diagnostic::warning };
    let mut diagnostic = make(string(&given["summary"]), string(&given["detail"]));
    diagnostic.address = given["address"].as_str().map(str::to_owned);
    let Some(range) = given.get("range") else { return diagnostic };
    let subject = Span::new(file, offset(&range["start"]["byte"]), offset(&range["end"]["byte"]));
    diagnostic.subject = Some(subject);
    let snippet = &given["snippet"];
    let Some(code) = snippet["code"].as_str() else { return diagnostic };
    // The context is not in the JSON, but the lines it made the snippet of are.
    let line = usize::try_from(offset(&snippet["start_line"])).expect("small") - 1;
    let start: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
    let last = code.lines().last().unwrap_or_default();
    let end =
        subject.end.max(position(start + source.get(start..).and_then(|s| s.find(last)).unwrap_or(0) + last.len()));
    diagnostic.context = Some(Span::new(file, position(start).min(subject.start), end));
    for value in snippet["values"].as_array().into_iter().flatten() {
        let (traversal, statement) = (string(&value["traversal"]), string(&value["statement"]));
        diagnostic.values.push(ExpressionValue { traversal, statement });
    }
    if let Some(call) = snippet.get("function_call") {
        let parameter = |p: &Value| (string(&p["name"]), p["type"].to_string());
        let signature = call.get("signature").map(|signature| FunctionSignature {
            name: string(&signature["name"]),
            parameters: signature["params"].as_array().into_iter().flatten().map(parameter).collect(),
            variadic: signature.get("variadic_param").map(parameter),
            return_type: signature["return_type"].to_string(),
        });
        diagnostic = diagnostic.in_call(FunctionCall { called_as: string(&call["called_as"]), signature });
    }
    diagnostic
}

#[test]
fn json_and_text() {
    let mut compared = 0;
    for line in include_str!("vectors/terraform.jsonl").lines() {
        let case: Value = serde_json::from_str(line).expect("a case is JSON");
        let (name, source) = (string(&case["name"]), string(&case["text"]));
        let sources = SourceMap::new();
        let file = sources.add(string(&case["file"]), source.clone());
        let blocks = if name.ends_with(".json") { objects(file, &source) } else { blocks(file, &source) };
        sources.set_blocks(file, || blocks);
        for given in case["diagnostics"].as_array().expect("an array") {
            let diagnostic = diagnostic(given, file, &source);
            assert_eq!(json(&diagnostic, &sources), *given, "{name}");
            for (kind, options) in [
                ("plain", Options { width: None, color: false }),
                ("color", Options { width: None, color: true }),
                ("narrow", Options { width: Some(60), color: true }),
            ] {
                let ours = text(&diagnostic, &sources, options);
                let theirs = string(&case[kind]);
                assert!(theirs.contains(&ours), "{name} {kind}\n--- ours\n{ours}--- theirs\n{theirs}");
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn without_source() {
    let sources = SourceMap::new();
    let file = sources.add_hidden("<value for var.x>", "[1,\nnope]");
    let mut diagnostic = Diagnostic::error("Variables not allowed", "Variables may not be used here.");
    assert_eq!(
        text(&diagnostic, &sources, Options::default()),
        "\nError: Variables not allowed\n\nVariables may not be used here.\n"
    );
    diagnostic = diagnostic.at(Span::new(file, 4, 8)).on("a.b");
    assert_eq!(
        text(&diagnostic, &sources, Options::default()),
        "\nError: Variables not allowed\n\n  with a.b,\n  on <value for var.x> line 2:\n  (source code not \
         available)\n\nVariables may not be used here.\n"
    );
    assert!(json(&diagnostic, &sources).get("snippet").is_none());
    assert_eq!(diagnostic.severity, Severity::Error);
}

#[test]
fn many_warnings_of_a_kind() {
    let sources = SourceMap::new();
    let file = sources.add("main.tf", "a\nb\nc\nd\n");
    let warning = |summary: &str, at: u32| Diagnostic::warning(summary, "Why.").at(Span::new(file, at, at + 1));
    let all = [
        warning("Quoted references are deprecated", 0),
        Diagnostic::warning("Resource targeting is in effect", "You are targeting."),
        warning("Quoted references are deprecated", 2),
        warning("Check block assertion failed", 4),
        warning("Check block assertion failed", 6),
        warning("Quoted references are deprecated", 4),
    ];
    let shown = fw_diag::render::consolidate_warnings(&all.iter().cloned().collect());
    let details: Vec<_> = shown.iter().map(|d| d.detail.as_str()).collect();
    assert_eq!(details, ["Why.\n\n(and 2 more similar warnings elsewhere)", "You are targeting.", "Why.", "Why."]);
    assert_eq!(
        fw_diag::render::warnings_compact(&all, &sources, Options::default()),
        "Warnings:\n\n- Quoted references are deprecated\n  on main.tf line 1 (and 2 more)\n- Resource targeting is in \
         effect\n- Check block assertion failed\n  on main.tf line 3\n- Check block assertion failed\n  on main.tf line 4\n"
    );
}

#[test]
fn order_for_people() {
    let sources = SourceMap::new();
    let (below, here) = (sources.add("m/a.tf", "a\nb\n"), sources.add("z.tf", "a\nb\n"));
    let error = |summary: &str| Diagnostic::error(summary, "");
    let all = [
        error("in a module").at(Span::new(below, 0, 1)),
        error("second line").at(Span::new(here, 2, 3)),
        error("first line").at(Span::new(here, 0, 1)),
        error("first line, found later").at(Span::new(here, 0, 1)),
        error("nowhere"),
        Diagnostic::warning("a warning", "").at(Span::new(here, 0, 1)),
    ];
    let ordered = fw_diag::render::in_reading_order(&all.into_iter().collect(), &sources);
    let summaries: Vec<_> = ordered.iter().map(|d| d.summary.as_str()).collect();
    let expected = ["a warning", "nowhere", "first line", "first line, found later", "second line", "in a module"];
    assert_eq!(summaries, expected);
}

#[test]
fn wrapping() {
    use fw_diag::render::wrap;
    assert_eq!(wrap("aaa bbb ccc", 7), "aaa bbb\nccc");
    assert_eq!(wrap("aaa  bbb", 5), "aaa\nbbb");
    // A word longer than a line stays where it is when it starts the line, and moves to one of its own else.
    assert_eq!(wrap("aaaaaaaaaa b", 5), "aaaaaaaaaa\nb");
    assert_eq!(wrap("b aaaaaaaaaa", 5), "b\naaaaaaaaaa");
    assert_eq!(wrap("a\nb c", 80), "a\nb c");
    assert_eq!(wrap("a\u{a0}b c", 3), "a\u{a0}b\nc");
}
