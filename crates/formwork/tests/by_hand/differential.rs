//! The same commands with terraform and with ours: they say the same, end the same and leave the same files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use regex::Regex;

use crate::lab::{Lab, Outcome, STATE};

/// The version that the transcripts are equal to.
const ORACLE: &str = "Terraform v1.11.4";

/// Commands one after the other over the state of the tests.
const SEQUENCES: &[&[&[&str]]] = &[
    &[&["state", "list"], &["state", "list", "module.n"], &["state", "list", "-id=id-c1"]],
    &[
        &["state", "list", "module.zz"],
        &["state", "list", "terraform_data.zz"],
        &["state", "list", "terraform_data.c[7]"],
    ],
    &[&["state", "list", "foo bar"], &["state", "list", "x"], &["state", "list", "module.n.terraform_data.in"]],
    &[
        &["state", "list", "-state=nope"],
        &["state", "rm", "-state=nope", "a.b"],
        &["state", "mv", "-state=nope", "a.b", "a.c"],
    ],
    &[&["state", "rm", "-dry-run", "terraform_data.c", "module.m"], &["state", "rm", "-dry-run", "terraform_data.zz"]],
    &[&["state", "rm", "terraform_data.c[1]"]],
    &[&["state", "rm", "terraform_data.c"]],
    &[&["state", "rm", "module.m"]],
    &[&["state", "rm", "module.q[\"x\"]", "terraform_data.f"]],
    &[&["state", "rm", "data.terraform_remote_state.d", "terraform_data.f[\"dep\"]"]],
    &[&["state", "rm", "terraform_data.zz"], &["state", "rm", "foo bar"]],
    &[&["state", "rm", "-backup=bk", "terraform_data.single"], &["taint", "null_resource.n"]],
    &[&["state", "rm", "terraform_data.single", "terraform_data.single"]],
    &[&["state", "rm", "-lock=false", "terraform_data.single"], &["state", "rm", "-lock-timeout=1", "a.b"]],
    &[&["state", "mv", "-dry-run", "module.m", "module.solo"]],
    &[&["state", "mv", "terraform_data.single", "terraform_data.other"]],
    &[&["state", "mv", "terraform_data.single", "terraform_data.c[5]"]],
    &[&["state", "mv", "terraform_data.single", "terraform_data.c[0]"]],
    &[&["state", "mv", "terraform_data.single", "module.new[\"k\"].terraform_data.x[\"z\"]"]],
    &[&["state", "mv", "terraform_data.c[0]", "terraform_data.alone"]],
    &[&["state", "mv", "terraform_data.c[1]", "terraform_data.g[\"new\"]"]],
    &[&["state", "mv", "terraform_data.c", "module.z.terraform_data.d"]],
    &[&["state", "mv", "terraform_data.c", "terraform_data.d[0]"]],
    &[&["state", "mv", "module.m", "module.mm"]],
    &[&["state", "mv", "module.m", "module.n"]],
    &[&["state", "mv", "module.n[1]", "module.n[0]"]],
    &[&["state", "mv", "module.n[0]", "module.solo"], &["state", "mv", "module.n", "module.other"]],
    &[&["state", "mv", "module.m.module.k", "module.k"]],
    // A module to a resource is left out: which module of the tree terraform names is chance.
    &[&["state", "mv", "terraform_data.single", "module.m"]],
    &[&["state", "mv", "terraform_data.single", "null_resource.x"]],
    &[&["state", "mv", "data.terraform_remote_state.d", "terraform_data.e"]],
    &[&["state", "mv", "terraform_data.single", "data.terraform_data.e"]],
    &[&["state", "mv", "terraform_data.f[\"dep\"]", "terraform_data.fd"]],
    &[&["state", "mv", "-state-out=out.tfstate", "terraform_data.single", "terraform_data.single"]],
    &[&["state", "mv", "-state-out=out.tfstate", "module.m", "module.m"]],
    &[&[
        "state",
        "mv",
        "-backup=b1",
        "-backup-out=b2",
        "-state-out=out",
        "terraform_data.single",
        "terraform_data.other",
    ]],
    &[&["state", "pull"], &["state", "push", "nope"], &["state", "push", "terraform.tfstate"]],
    &[&["state", "replace-provider", "-auto-approve", "hashicorp/null", "acme/null"]],
    &[&["state", "replace-provider", "-auto-approve", "terraform.io/builtin/terraform", "example.com/a/b"]],
    &[&["state", "replace-provider", "-auto-approve", "hashicorp/zz", "acme/null"]],
    &[
        &["state", "replace-provider", "-auto-approve", "a!", "a/b/c/d"],
        &["state", "replace-provider", "null", "null2"],
    ],
    &[
        &["taint", "terraform_data.single"],
        &["untaint", "terraform_data.single"],
        &["untaint", "terraform_data.single"],
    ],
    &[&["taint", "terraform_data.c[1]"], &["taint", "terraform_data.c"], &["taint", "terraform_data.f[\"dep\"]"]],
    &[
        &["taint", "-allow-missing", "terraform_data.zz"],
        &["taint", "data.terraform_remote_state.d"],
        &["taint", "module.m"],
    ],
    &[&["taint", "-state=terraform.tfstate", "-state-out=o2", "-backup=-", "module.m.terraform_data.in"]],
    &[
        &["untaint", "terraform_data.c[1]"],
        &["untaint", "data.terraform_remote_state.d"],
        &["untaint", "terraform_data.zz"],
    ],
    &[&["workspace", "list"], &["workspace", "show"], &["workspace", "new", "foo"], &["workspace", "new", "foo"]],
    &[
        &["workspace", "new", "-state=terraform.tfstate", "foo"],
        &["state", "rm", "null_resource.n"],
        &["workspace", "list"],
    ],
    &[
        &["workspace", "new", "foo"],
        &["workspace", "delete", "foo"],
        &["workspace", "select", "default"],
        &["workspace", "delete", "foo"],
    ],
    &[
        &["workspace", "new", "-state=terraform.tfstate", "foo"],
        &["workspace", "select", "default"],
        &["workspace", "delete", "foo"],
        &["workspace", "delete", "-force", "foo"],
    ],
    &[&["workspace", "new", "a b"], &["workspace", "select", "nope"], &["workspace", "select", "-or-create", "bar"]],
    &[&["workspace", "delete", "nope"], &["workspace", "delete", "default"], &["workspace", "list", "x"]],
    &[&["workspace", "new", "foo"], &["workspace", "delete", "-force", "default"]],
    &[&["env", "new", "foo"], &["env", "list"], &["env", "select", "default"], &["env", "delete", "foo"]],
    &[
        &["force-unlock", "abc"],
        &["force-unlock", "-force", "abc"],
        &["graph", "x"],
        &["get", "x"],
        &["modules"],
        &["modules", "-json"],
    ],
    &[&["version"], &["version", "-json"], &["providers", "x"], &["graph", "-type=foo"], &["fmt", "nope"], &["plaan"]],
    &[&["fmt", "-check"], &["fmt", "-check", "-diff", "bad.tf"], &["fmt", "-diff"], &["fmt"]],
    &[
        &["fmt", "broken"],
        &["fmt", "-recursive", "-check"],
        &["fmt", "x.txt"],
        &["fmt", "-write=false", "-list=false", "bad.tf"],
    ],
];

#[test]
fn terraform_says_and_does_the_same() {
    let Some(terraform) = oracle() else {
        println!("skipped: no terraform 1.11.4 on PATH");
        return;
    };
    let mut differences = Vec::new();
    for sequence in SEQUENCES {
        let (theirs, ours) = (Lab::of(&terraform), Lab::new());
        for lab in [&theirs, &ours] {
            lab.write("terraform.tfstate", STATE);
            lab.write("bad.tfvars", "a=1\n\n\nbb =  \"x\"\n");
            lab.write("bad.tf", "locals{\na=1\n\n\n\n\n\n\n  bb =  \"x\"\n}\n");
            lab.write("broken/x.tf", "a = \"b\n");
            lab.write("x.txt", "");
        }
        for command in *sequence {
            let (expected, given) = (theirs.run(command), ours.run(command));
            let (expected, given) = (normal(&theirs, expected), normal(&ours, given));
            if expected != given {
                differences.push(format!("{command:?}\nterraform: {expected:#?}\nours: {given:#?}"));
            }
        }
        let (expected, given) = (left_behind(&theirs), left_behind(&ours));
        if expected != given {
            differences.push(format!("files after {sequence:?}\nterraform: {expected:#?}\nours: {given:#?}"));
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n\n"));
}

/// The program to compare with, if it is there in the right version.
pub(crate) fn oracle() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found =
        std::env::split_paths(&path).map(|directory| directory.join("terraform")).find(|file| file.is_file())?;
    Lab::of(&found).run(&["version"]).stdout.starts_with(ORACLE).then_some(found)
}

/// What is said, without the names of directories; lines that terraform gives in any order are sorted.
fn normal(lab: &Lab, outcome: Outcome) -> Outcome {
    let place = lab.root().display().to_string();
    let text = |text: String| {
        let mut lines: Vec<String> = text.replace(&format!("{place}/"), "").lines().map(str::to_owned).collect();
        // Modules, affected resources and tracked objects come in the order of a hash table.
        let unordered = |line: &String| {
            line.contains("\u{1b}[0m  - ")
                || ["Move \"", "Would move \"", "  "].iter().any(|start| line.starts_with(start))
        };
        let mut start = 0;
        while start < lines.len() {
            let end = lines.iter().skip(start).position(|line| !unordered(line)).map_or(lines.len(), |n| start + n);
            if let Some(run) = lines.get_mut(start..end) {
                run.sort();
            }
            start = end + 1;
        }
        lines.join("\n")
    };
    Outcome { stdout: text(outcome.stdout), stderr: text(outcome.stderr), ..outcome }
}

/// The files, with what differs from run to run replaced.
fn left_behind(lab: &Lab) -> BTreeMap<String, String> {
    let time = Regex::new(r"\.\d{10}\.backup").expect("it is an expression");
    let lineage = Regex::new(r#""lineage": "[0-9a-f-]{36}""#).expect("it is an expression");
    let original = "\"lineage\": \"11111111-2222-3333-4444-555555555555\"";
    let text = |text: String| {
        if text.contains(original) { text } else { lineage.replace(&text, "\"lineage\": \"…\"").into_owned() }
    };
    let all = lab.files().into_iter();
    all.map(|(name, content)| (time.replace(&name, ".TIME.backup").into_owned(), text(content))).collect()
}
