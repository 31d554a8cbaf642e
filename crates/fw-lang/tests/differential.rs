//! Some thousand expressions, made by putting values into operators, functions and forms: terraform evaluates all of them in
//! one run, where it is present, and must give the same bytes of JSON, or an error for the same ones.
//!
//! What comes out is recorded in `tests/snapshots` as well, so that the expressions mean something without terraform.

#[path = "support/scope.rs"]
mod scope;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::{Command, Stdio};

use fw_diag::{Diagnostics, FileId, SourceMap};
use fw_value::Value;
use scope::TestScope;

/// Stands for an answer that is an error.
const FAILED: &str = "(error)";

/// Stands for an answer that is not known.
const UNKNOWN: &str = "(unknown)";

const NUMBERS: [&str; 14] = [
    "0",
    "-0",
    "1",
    "2",
    "-3",
    "7",
    "1.5",
    "-0.1",
    "1 / 3",
    "1e30",
    "123456789012345678901234567890",
    "1e-9",
    r#""4""#,
    "null",
];

const VALUES: [&str; 20] = [
    "null",
    "true",
    "1",
    r#""1""#,
    r#""x""#,
    "[]",
    "{}",
    "[1]",
    r#"["a", "b", "a"]"#,
    r#"[1, "a", true]"#,
    "[[1], [2, 3]]",
    "tolist([2, 1])",
    "toset([3, 1, 2])",
    r#"toset(["b", "a"])"#,
    "{ a = 1 }",
    r#"{ b = "x", a = [1] }"#,
    r#"tomap({ a = "x", b = "y" })"#,
    "[{ a = 1 }, { a = 2 }]",
    "[null]",
    r#"toset([{ a = 10 }, { a = 9 }])"#,
];

const STRINGS: [&str; 20] = [
    r#""""#,
    r#""a""#,
    r#"" a b ""#,
    r#""Hello, World""#,
    r#""a,b,,c""#,
    r#""straße""#,
    r#""ǅ ŉ İ""#,
    r#""e\u0301x""#,
    r#""👨‍👩‍👧 x""#,
    r#""a\nb\n""#,
    r#""a\r\n\tb""#,
    r#""<&>\u2028""#,
    r#""{\"a\":[1,null]}""#,
    r#""a: 1\nb: [x, 1.50]""#,
    r#""h1,h2\n1,2""#,
    r#""12""#,
    r#""0x1F""#,
    r#""aGk=""#,
    r#""%20+%""#,
    r#""$${x}%%{y}\\""#,
];

/// A name, forms with places for values (`@` and `#`), and the values for each.
type Group = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

const GROUPS: [Group; 9] = [
    (
        "arithmetic",
        &["@ + #", "@ - #", "@ * #", "@ / #", "@ % #", "@ < #", "@ >= #", "@ == #", "pow(@, #)", "min(@, #)", "[@, #]"],
        &NUMBERS,
        &NUMBERS,
    ),
    (
        "numbers",
        &[
            "-@",
            "ceil(@)",
            "floor(@)",
            "abs(@)",
            "signum(@)",
            "log(@, 10)",
            "log(@, 2)",
            "tostring(@)",
            "tobool(@)",
            "\"${@}\"",
            "\"n=${@}\"",
            "format(\"%d\", @)",
            "format(\"%.3f\", @)",
            "format(\"%e\", @)",
            "format(\"%g\", @)",
            "format(\"%v\", @)",
            "format(\"%08.2f|%-8d|%+d\", @, floor(@), floor(@))",
            "format(\"%x\", @)",
            "yamlencode(@)",
            "jsondecode(tostring(@))",
            "parseint(tostring(@), 16)",
            "range(@)",
            "!@",
        ],
        &NUMBERS,
        &[""],
    ),
    (
        "logic",
        &["@ == #", "@ != #", "@ && #", "@ || #", "true ? @ : #", "coalesce(@, #)", "[@, #][0] == #"],
        &VALUES,
        &VALUES,
    ),
    (
        "conversions",
        &[
            "tostring(@)",
            "tonumber(@)",
            "tobool(@)",
            "tolist(@)",
            "toset(@)",
            "tomap(@)",
            "jsonencode(@)",
            "yamlencode(@)",
            "\"${@}\"",
            "\"x${@}\"",
            "format(\"%v|%#v\", @, @)",
            "format(\"%s\", @)",
            "try(@.a, @[0], \"none\")",
            "can(@.a)",
        ],
        &VALUES,
        &[""],
    ),
    (
        "collections",
        &[
            "(@)[*]",
            "(@)[*].a",
            "(@).*.a",
            "(@)[0]",
            "(@)[\"a\"]",
            "(@).a",
            "[for x in @ : x]",
            "[for k, v in @ : \"${k}\"]",
            "{ for k, v in @ : k => v }",
            "{ for v in @ : \"k\" => v... }",
            "[for x in @ : x if x != 1]",
            "length(@)",
            "keys(@)",
            "values(@)",
            "flatten(@)",
            "distinct(@)",
            "sort(@)",
            "reverse(@)",
            "concat(@, [1])",
            "contains(@, 1)",
            "contains(@, \"a\")",
            "merge(@, { z = 1 })",
            "compact(@)",
            "sum(@)",
            "max(@...)",
            "one(@)",
            "join(\",\", @)",
            "transpose(@)",
            "element(@, 1)",
            "slice(@, 0, 1)",
            "coalesce(@...)",
            "coalescelist(@, [1])",
            "formatlist(\"%s!\", @)",
            "zipmap(@, @)",
            "setproduct(@, @)",
            "chunklist(@, 2)",
            "index(@, 1)",
            "lookup(@, \"a\", 0)",
            "alltrue(@)",
            "anytrue(@)",
            "setunion(@, [1])",
            "setintersection(@, [1])",
            "setsubtract(@, [1])",
            "matchkeys(@, @, [1])",
            "type(@)",
            "nonsensitive(sensitive(@))",
        ],
        &VALUES,
        &[""],
    ),
    (
        "strings",
        &[
            "upper(@)",
            "lower(@)",
            "title(@)",
            "trimspace(@)",
            "chomp(@)",
            "strrev(@)",
            "length(@)",
            "base64encode(@)",
            "base64decode(@)",
            "md5(@)",
            "sha256(@)",
            "base64sha512(@)",
            "urlencode(@)",
            "jsonencode(@)",
            "yamlencode(@)",
            "jsondecode(@)",
            "yamldecode(@)",
            "csvdecode(@)",
            "split(\",\", @)",
            "split(\"\", @)",
            "substr(@, 1, 2)",
            "substr(@, -2, -1)",
            "format(\"%5s|%-5s|%q|%.1s\", @, @, @, @)",
            "regexall(\"[a-z]+\", @)",
            "regex(\"(?P<x>.)\", @)",
            "replace(@, \"a\", \"<$0>\")",
            "replace(@, \"/([a-z])/\", \"<$1>\")",
            "indent(2, @)",
            "trim(@, \"a \")",
            "trimprefix(@, \"a\")",
            "trimsuffix(@, \"b\")",
            "startswith(@, \"a\")",
            "endswith(@, \"b\")",
            "strcontains(@, \"b\")",
            "tonumber(@)",
            "parseint(@, 10)",
            "basename(@)",
            "dirname(@)",
            "textencodebase64(@, \"UTF-16LE\")",
            "base64gzip(@)",
            "uuidv5(\"dns\", @)",
            "[@ == \"a\", @ < 1]",
        ],
        &STRINGS,
        &[""],
    ),
    (
        "templates",
        &[
            "\"a ${@} b\"",
            "\"${@}\"",
            "\"%{ if true }${@}%{ else }n%{ endif }\"",
            "\"%{ if @ }y%{ endif }\"",
            "\"%{ for x in @ }<${x}>%{ endfor }\"",
            "\"  %{~ if true ~}  ${@}  %{~ endif ~}  \"",
            "\"${ @ }${ @ }\"",
            "\"a${~ @ ~}  b\"",
        ],
        &VALUES,
        &[""],
    ),
    (
        "networks",
        &["cidrhost(@, #)", "cidrsubnet(@, #, 1)", "cidrnetmask(@)", "cidrsubnets(@, #, 4)", "cidrsubnet(@, 4, #)"],
        &[
            r#""10.0.0.0/8""#,
            r#""192.168.1.7/29""#,
            r#""0.0.0.0/0""#,
            r#""fd00::/48""#,
            r#""::/0""#,
            r#""10.1/8""#,
            r#""010.0.0.0/8""#,
        ],
        &["0", "1", "4", "-1", "300", "1.5"],
    ),
    (
        "times",
        &["timeadd(@, #)", "timecmp(@, @)", "formatdate(\"EEEE, DD MMM YYYY hh:mm:ss ZZZZ\", @)", "formatdate(#, @)"],
        &[
            r#""2024-02-29T23:59:59Z""#,
            r#""2024-02-29T23:59:59.5+02:00""#,
            r#""1969-12-31T00:00:00-11:30""#,
            r#""2024-02-30T00:00:00Z""#,
            r#""2024-2-3T00:00:00Z""#,
            r#""x""#,
            "null",
        ],
        &[
            r#""1h""#,
            r#""-1.5h3m""#,
            r#""1d""#,
            r#""""#,
            r#""1""#,
            r#""100ms""#,
            r#""AA aa 'o''clock' EEE""#,
            r#""YY-M-D h:m:s Z""#,
        ],
    ),
];

fn expressions(forms: &[&str], first: &[&str], second: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    for form in forms {
        // Nothing is put twice into a form that has one place only.
        let second = if form.contains('#') { second } else { &second[..1] };
        let first = if form.contains('@') { first } else { &first[..1] };
        for a in first {
            all.extend(second.iter().map(|b| form.replace('@', &within(a)).replace('#', &within(b))));
        }
    }
    all
}

/// In parentheses where an operator before or after could take it apart.
fn within(value: &str) -> String {
    if value.contains(" / ") || value.starts_with('-') { format!("({value})") } else { value.to_owned() }
}

fn all_expressions() -> Vec<(&'static str, Vec<String>)> {
    GROUPS.iter().map(|(name, forms, first, second)| (*name, expressions(forms, first, second))).collect()
}

/// JSON of the value, or that there was an error.
fn guarded(expr: &str) -> String {
    format!("try(jsonencode({expr}), \"{FAILED}\")")
}

fn ours(scope: &TestScope, expr: &str) -> String {
    let text = guarded(expr);
    let (parsed, _) = fw_syntax::parse_expression(FileId(0), &text, 0);
    let Some(parsed) = parsed else { return "(does not parse)".to_owned() };
    let value = fw_lang::evaluate(&parsed, scope, &mut Diagnostics::new());
    text_of(&value.unmark_deep().0).unwrap_or_else(|| UNKNOWN.to_owned())
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// All answers of terraform: a local value holds them, which the console shows line by line.
fn terraforms(expressions: &[String]) -> Vec<String> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let items: String = expressions.iter().map(|expr| format!("    {},\n", guarded(expr))).collect();
    let text = format!("locals {{\n  all = [\n{items}  ]\n}}\n");
    std::fs::write(directory.path().join("main.tf"), text).expect("write a file");
    std::fs::write(directory.path().join("cli.tfrc"), "").expect("write a file");
    let mut console = Command::new("terraform")
        .arg("console")
        .current_dir(directory.path())
        .env("TF_CLI_CONFIG_FILE", directory.path().join("cli.tfrc"))
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("terraform runs");
    let mut input = console.stdin.take().expect("it was asked for");
    std::io::Write::write_all(&mut input, b"local.all\n").expect("terraform reads");
    drop(input);
    let output = console.wait_with_output().expect("terraform ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let shown = String::from_utf8(output.stdout).expect("text");
    let inside = shown.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).expect("a tuple");
    inside.lines().map(str::trim).filter(|line| !line.is_empty()).map(shown_text).collect()
}

/// The text of a line of a tuple as the console shows it: a string in quotes, or that it is unknown.
fn shown_text(line: &str) -> String {
    let literal = line.strip_suffix(',').unwrap_or(line);
    serde_json::from_str(literal).unwrap_or_else(|_| UNKNOWN.to_owned())
}

fn scope() -> TestScope {
    TestScope::new(SourceMap::new()).with("path.module", Value::string("."))
}

#[test]
fn answers_as_recorded() {
    let scope = scope();
    for (name, expressions) in all_expressions() {
        let record = expressions.iter().fold(String::new(), |mut record, expr| {
            writeln!(record, "{expr}  →  {}", ours(&scope, expr)).expect("strings take all");
            record
        });
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, record);
        });
    }
}

#[test]
fn answers_as_terraform() {
    if Command::new("terraform").arg("version").output().is_err() {
        println!("skipped: no terraform program on the path");
        return;
    }
    let scope = scope();
    let all: Vec<String> = all_expressions().into_iter().flat_map(|(_, expressions)| expressions).collect();
    let theirs = terraforms(&all);
    assert_eq!(theirs.len(), all.len());
    let mut report = BTreeMap::new();
    for (expr, theirs) in all.iter().zip(theirs) {
        let ours = ours(&scope, expr);
        if ours != theirs {
            report.insert(expr, (ours, theirs));
        }
    }
    let lines: String =
        report.iter().map(|(expr, (ours, theirs))| format!("{expr}\n  ours:   {ours}\n  theirs: {theirs}\n")).collect();
    assert!(report.is_empty(), "{} of {} differ:\n{lines}", report.len(), all.len());
    println!("{} expressions compared", all.len());
}
