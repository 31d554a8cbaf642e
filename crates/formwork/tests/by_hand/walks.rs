//! Longer walks through the commands, with terraform and with ours: what is said, shown and returned is the same.

use regex::Regex;

use crate::differential::oracle;
use crate::lab::{Lab, Outcome};

/// A configuration, and commands one after the other. `> FILE: TEXT` writes a file in between.
type Walk = (&'static [(&'static str, &'static str)], &'static [&'static [&'static str]]);

const EVERY_OUTPUT: &str = r#"
variable "s" {
  default   = "secret"
  sensitive = true
}
resource "terraform_data" "a" {
  input = { x = var.s, y = [1, 2, 3], z = "two\nlines" }
}
resource "terraform_data" "c" {
  count = 2
  input = 1
}
module "m" {
  source   = "./m"
  for_each = toset(["k1", "k.2"])
  v        = each.key
}
output "secret" {
  value     = var.s
  sensitive = true
}
output "number" {
  value = 1.50
}
output "text" {
  value = "q\"uo\nte"
}
output "list" {
  value = [1, "a", null]
}
output "object" {
  value = { a = 1, b = null, c = [] }
}
output "null" {
  value = null
}
output "bool" {
  value = true
}
output "module" {
  value = module.m["k1"].o
}
"#;

const CONDITIONS: &str = r#"
variable "n" {
  type    = number
  default = 1
  validation {
    condition     = var.n < 5
    error_message = "n is ${var.n}."
  }
}
variable "required" {}
resource "terraform_data" "a" {
  input = var.n
  provisioner "local-exec" {
    command = var.n == 2 ? "echo out; exit 3" : "true"
  }
  lifecycle {
    postcondition {
      condition     = self.input != 3
      error_message = "Three."
    }
  }
}
check "four" {
  assert {
    condition     = terraform_data.a.output != 4
    error_message = "Four is bad."
  }
}
output "o" {
  value = terraform_data.a.output
}
"#;

const WALKS: &[Walk] = &[
    (
        &[
            ("main.tf", EVERY_OUTPUT),
            (
                "m/main.tf",
                "variable \"v\" {}\nresource \"terraform_data\" \"in\" {\n  input = var.v\n}\noutput \"o\" {\n  value = terraform_data.in.output\n}\n",
            ),
        ],
        &[
            &["init", "-no-color"],
            &["apply", "-auto-approve", "-no-color"],
            &["output"],
            &["output", "-json"],
            &["output", "-raw", "number"],
            &["output", "-raw", "text"],
            &["output", "-raw", "list"],
            &["output", "-raw", "object"],
            &["output", "-raw", "null"],
            &["output", "-raw", "bool"],
            &["output", "-raw", "secret"],
            &["output", "secret"],
            &["output", "object"],
            &["output", "nope"],
            &["output", "-raw", "nope"],
            &["output", "-raw", "-json", "number"],
            &["output", "a", "b"],
            &["show", "-no-color"],
            &["show", "-json"],
            &["show", "nope"],
            &["show", "main.tf"],
            &["plan", "-out=saved", "-no-color", "-target=module.m"],
            &["show", "-no-color", "saved"],
            &["state", "list"],
            &["state", "show", "terraform_data.a"],
            &["state", "show", "terraform_data.c"],
            &["state", "show", "-no-color", "module.m[\"k.2\"].terraform_data.in"],
            &["state", "show", "module.m"],
            &["state", "show", "data.x.y"],
            &["plan", "-json"],
            &["apply", "-auto-approve", "-json"],
            &["refresh", "-json"],
            &["destroy", "-auto-approve", "-json", "-target=module.m"],
            &["destroy", "-auto-approve", "-no-color"],
            &["plan", "-destroy", "-json"],
        ],
    ),
    (
        &[("main.tf", CONDITIONS)],
        &[
            &["plan", "-no-color", "-input=false"],
            &["plan", "-json", "-input=false"],
            &["plan", "-no-color", "-var", "required=1", "-var", "n=9"],
            &["plan", "-json", "-var", "required=1", "-var", "n=9"],
            &["apply", "-auto-approve", "-no-color", "-var", "required=1", "-var", "n=2"],
            &["show", "-no-color"],
            &["plan", "-no-color", "-var", "required=1", "-var", "n=2"],
            &["apply", "-auto-approve", "-json", "-var", "required=1", "-var", "n=3"],
            &["apply", "-auto-approve", "-no-color", "-var", "required=1", "-var", "n=4"],
            &["plan", "-json", "-var", "required=1", "-var", "n=4"],
            &["apply", "-json", "-var", "required=1"],
            &["plan", "-var", "nope=1", "-var", "required=1"],
            &["plan", "-var", "n=x", "-var", "required=1"],
            &["destroy", "-auto-approve", "-no-color", "-var", "required=1"],
        ],
    ),
    (
        &[("main.tf", "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n")],
        &[
            &["apply", "-auto-approve", "-json"],
            &["refresh", "-json"],
            &["taint", "terraform_data.a"],
            &["plan", "-no-color"],
            &["show", "-no-color"],
            &["untaint", "terraform_data.a"],
            &[
                "> main.tf: resource \"terraform_data\" \"b\" {\n  input = 1\n}\nmoved {\n  from = terraform_data.a\n  to   = terraform_data.b\n}\n",
            ],
            &["plan", "-no-color"],
            &["plan", "-json"],
            &["apply", "-auto-approve", "-no-color"],
            &["> main.tf: removed {\n  from = terraform_data.b\n  lifecycle {\n    destroy = false\n  }\n}\n"],
            &["plan", "-no-color"],
            &["apply", "-auto-approve", "-json"],
            &["state", "list"],
            &["plan", "-refresh-only", "-destroy"],
            &["plan", "-refresh-only", "-refresh=false"],
            &["plan", "-target=bad.."],
            &["plan", "-replace=data.x.y"],
            &["plan", "-var-file=nope"],
            &["plan", "nope"],
            &["apply", "nope"],
            &["validate", "nope"],
        ],
    ),
];

#[test]
fn terraform_walks_the_same_way() {
    let Some(terraform) = oracle() else {
        println!("skipped: no terraform 1.11.4 on PATH");
        return;
    };
    let differences: Vec<String> = WALKS.iter().filter_map(|walk| compared(&terraform, walk)).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

fn compared(terraform: &std::path::Path, (files, commands): &Walk) -> Option<String> {
    let (theirs, ours) = (Lab::of(terraform), Lab::new());
    for lab in [&theirs, &ours] {
        files.iter().for_each(|(path, text)| lab.write(path, text));
    }
    for command in *commands {
        if let Some(file) = command.first().and_then(|word| word.strip_prefix("> ")) {
            let (path, text) = file.split_once(": ").expect("FILE: TEXT");
            [&theirs, &ours].iter().for_each(|lab| lab.write(path, text));
            continue;
        }
        let (expected, given) = (theirs.run(command), ours.run(command));
        if normal(&theirs, &expected) != normal(&ours, &given) {
            return Some(format!(
                "{command:?}\nterraform: {}{}\nours: {}{}",
                expected.stdout, expected.stderr, given.stdout, given.stderr
            ));
        }
    }
    None
}

/// What is said without what differs from run to run; lines on progress come in any order.
fn normal(lab: &Lab, outcome: &Outcome) -> (Option<i32>, Vec<String>, Vec<String>) {
    let place = lab.root().display().to_string();
    let patterns = [
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
        (r"after \d+s", "after 0s"),
        (r#""elapsed_seconds":\d+"#, "\"elapsed_seconds\":0"),
    ];
    let patterns = patterns.map(|(pattern, with)| (Regex::new(pattern).expect("it is an expression"), with));
    let progress = ["Refreshing", "Refresh complete", "Creat", "Destr", "Modif", "Provision", "local-exec", "Plan to "];
    let lines = |text: &str| {
        let text = patterns
            .iter()
            .fold(text.replace(&place, ""), |text, (pattern, with)| pattern.replace_all(&text, *with).into_owned());
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines
            .chunk_by_mut(|a, b| [a, b].iter().all(|line| progress.iter().any(|word| line.contains(word))))
            .for_each(|run| run.sort());
        // Where lines break depends on the name of the program.
        let text = lines.join("\n").replace("Formwork", "Terraform").replace("formwork", "terraform");
        text.split_whitespace().map(str::to_owned).collect()
    };
    (outcome.code, lines(&outcome.stdout), lines(&outcome.stderr))
}
