//! Graphs of operations, beside those that terraform draws.

use crate::differential::oracle;
use crate::lab::Lab;

/// Everything that graphs of operations have steps for.
const DRAWN: &[(&str, &str)] = &[
    (
        "main.tf",
        r#"
variable "x" {
  default = 1
  validation {
    condition     = var.x > 0
    error_message = "More."
  }
}
variable "unused" {
  default = 2
}
locals {
  l      = var.x
  unused = 1
  whole  = module.d
}
module "c" {
  source     = "./m"
  for_each   = toset(["a"])
  a          = local.l
  depends_on = [terraform_data.a]
}
module "d" {
  source = "./m"
  a      = module.c["a"].o
}
resource "terraform_data" "t" {}
resource "terraform_data" "a" {
  count = 2
  input = local.l
  lifecycle {
    replace_triggered_by = [terraform_data.t]
    precondition {
      condition     = var.unused == 2
      error_message = "Two."
    }
  }
  provisioner "local-exec" {
    command = "echo ${local.unused}"
  }
}
resource "terraform_data" "b" {
  input      = [local.whole, data.terraform_remote_state.r.outputs]
  depends_on = [module.c]
}
data "terraform_remote_state" "r" {
  backend = "local"
  config  = { path = "other" }
}
check "plain" {
  assert {
    condition     = terraform_data.b.id != ""
    error_message = "No."
  }
}
check "nested" {
  data "terraform_remote_state" "in" {
    backend = "local"
    config  = { path = terraform_data.t.id }
  }
  assert {
    condition     = data.terraform_remote_state.in.outputs != null
    error_message = "No."
  }
}
import {
  to = terraform_data.i
  id = "x-${var.x}"
}
resource "terraform_data" "i" {}
output "o" {
  value = module.c["a"].o
}
output "late" {
  value      = 1
  depends_on = [terraform_data.b]
}
"#,
    ),
    (
        "m/main.tf",
        r#"
variable "a" {
  validation {
    condition     = var.a != ""
    error_message = "No."
  }
}
variable "unused" {
  default = 1
}
resource "terraform_data" "z" {
  input = var.a
}
module "n" {
  source = "./n"
  v      = terraform_data.z.id
}
output "o" {
  value = terraform_data.z.output
}
output "n" {
  value = module.n.o
}
"#,
    ),
    (
        "m/n/main.tf",
        r#"
variable "v" {}
locals {
  vv = var.v
}
resource "terraform_data" "deep" {}
output "o" {
  value = local.vv
}
"#,
    ),
    (
        "terraform.tfstate",
        r#"{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"a","outputs":{},"resources":[
{"mode":"managed","type":"terraform_data","name":"orphan","provider":"provider[\"terraform.io/builtin/terraform\"]","instances":[
{"schema_version":0,"attributes":{"id":"1"},"sensitive_attributes":[],"dependencies":["terraform_data.lost"]}]},
{"mode":"managed","type":"terraform_data","name":"lost","provider":"provider[\"terraform.io/builtin/terraform\"]","instances":[
{"index_key":"k","schema_version":0,"attributes":{"id":"1"},"sensitive_attributes":[]},
{"index_key":"k","deposed":"aabbccdd","schema_version":0,"attributes":{"id":"2"},"sensitive_attributes":[]}]},
{"mode":"managed","type":"terraform_data","name":"b","provider":"provider[\"terraform.io/builtin/terraform\"]","instances":[
{"schema_version":0,"attributes":{"id":"1"},"sensitive_attributes":[],"dependencies":["terraform_data.lost"]},
{"deposed":"11223344","schema_version":0,"attributes":{"id":"2"},"sensitive_attributes":[]}]},
{"module":"module.gone","mode":"managed","type":"terraform_data","name":"x","provider":"provider[\"terraform.io/builtin/terraform\"]",
"instances":[{"schema_version":0,"attributes":{"id":"1"},"sensitive_attributes":[]}]},
{"mode":"data","type":"terraform_remote_state","name":"old","provider":"provider[\"terraform.io/builtin/terraform\"]","instances":[
{"schema_version":0,"attributes":{"backend":"local"},"sensitive_attributes":[]}]}
],"check_results":null}"#,
    ),
];

/// Two directories: one for terraform, and one for ours. Nothing, which is said, where there is no terraform.
#[expect(clippy::print_stdout, reason = "tests say what they skip")]
fn labs() -> Option<[Lab; 2]> {
    let terraform = oracle();
    if terraform.is_none() {
        println!("skipped: no terraform 1.11.4 on PATH");
    }
    Some([Lab::of(&terraform?), Lab::new()])
}

/// Both draw the same, but for the keys of deposed objects, which are random.
fn assert_drawn([theirs, ours]: &[Lab; 2], option: &str, about: &str) {
    let key = regex::Regex::new("deposed [0-9a-f]{8}").expect("it is one");
    let drawn = |lab: &Lab| {
        let text = lab.succeed(&["graph", option]);
        key.replace_all(&text, "deposed KEY").lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(drawn(ours), drawn(theirs), "{option} {about}");
}

/// Both plan and draw a configuration, and carry it out.
fn assert_plan_drawn(labs: &[Lab; 2], files: &[(&str, &str)], options: &[&str]) {
    for lab in labs {
        files.iter().for_each(|(path, text)| lab.write(path, text));
        lab.succeed(&["init"]);
        lab.succeed(&[&["plan", "-out=saved"], options].concat());
    }
    assert_drawn(labs, "-plan=saved", &format!("{files:?}{options:?}"));
    labs.iter().for_each(|lab| drop(lab.succeed(&["apply", "saved"])));
}

#[test]
fn terraform_draws_the_same() {
    let Some(labs) = labs() else { return };
    for lab in &labs {
        DRAWN.iter().for_each(|(path, text)| lab.write(path, text));
        lab.succeed(&["init"]);
    }
    for kind in ["plan", "plan-refresh-only", "plan-destroy", "apply"] {
        assert_drawn(&labs, &format!("-type={kind}"), "");
    }
}

#[test]
fn terraform_draws_saved_plans_the_same() {
    let Some(labs) = labs() else { return };
    let modules: Vec<_> = DRAWN.iter().copied().filter(|(path, _)| path.contains('/')).collect();
    for (configuration, options) in [(SAVED, &[][..]), (CHANGED, &[]), (CHANGED, &["-destroy"])] {
        assert_plan_drawn(&labs, &[&modules[..], &[("main.tf", configuration)]].concat(), options);
    }
}

#[test]
fn successors_before_and_what_is_forgotten() {
    let Some(labs) = labs() else { return };
    let module = "resource \"terraform_data\" \"in\" {}\noutput \"id\" {\n  value = terraform_data.in.id\n}\n";
    // `a`, `b` and `d` are replaced, `a` and `b` with their successors before them; `c` and `e` change.
    let replaced = BEFORE.replace("triggers_replace = 1", "triggers_replace = 2");
    for configuration in [BEFORE, &replaced, FORGOTTEN] {
        assert_plan_drawn(&labs, &[("m/main.tf", module), ("main.tf", configuration)], &[]);
    }
}

const BEFORE: &str = r#"
resource "terraform_data" "a" {
  triggers_replace = 1
}
resource "terraform_data" "b" {
  triggers_replace = terraform_data.a.id
  lifecycle {
    create_before_destroy = true
  }
}
resource "terraform_data" "c" {
  input = terraform_data.b.id
}
resource "terraform_data" "d" {
  triggers_replace = [terraform_data.b.id, module.m.id]
}
resource "terraform_data" "e" {
  input = terraform_data.d.id
}
module "m" {
  source = "./m"
}
output "o" {
  value = terraform_data.b.id
}
"#;

/// `b`, which is kept till the last, is destroyed, the others but `a` are forgotten or change.
const FORGOTTEN: &str = r#"
resource "terraform_data" "a" {
  triggers_replace = 2
}
resource "terraform_data" "c" {
  input = 1
}
removed {
  from = terraform_data.d
  lifecycle {
    destroy = false
  }
}
removed {
  from = terraform_data.e
  lifecycle {
    destroy = false
  }
}
removed {
  from = module.m
  lifecycle {
    destroy = false
  }
}
"#;

const SAVED: &str = r#"
locals {
  l = 1
}
resource "terraform_data" "a" {
  count = 2
  input = local.l
}
resource "terraform_data" "b" {
  triggers_replace = 1
  depends_on       = [terraform_data.a]
}
resource "terraform_data" "c" {
  input = terraform_data.b.id
}
module "c" {
  source = "./m/n"
  v      = terraform_data.b.id
}
output "o" {
  value = module.c.o
}
"#;

/// Changes `a`, replaces `b`, makes `z`, destroys `c` and an output.
const CHANGED: &str = r#"
resource "terraform_data" "a" {
  count = 2
  input = 2
}
resource "terraform_data" "b" {
  triggers_replace = 2
  depends_on       = [terraform_data.a]
}
resource "terraform_data" "z" {
  input = terraform_data.b.id
}
"#;
