//! `version`, `providers`, `graph`, `modules`, `get`, `metadata functions` and `force-unlock`.

use crate::lab::{Lab, document};

const MAIN: &str = r#"
terraform {
  required_providers {
    null = {
      source  = "hashicorp/null"
      version = "~> 3.0, >= 3.1"
    }
  }
}

locals {
  id = terraform_data.a.id
}

resource "terraform_data" "a" {}

resource "terraform_data" "b" {
  input = local.id
  count = 2
}

resource "null_resource" "n" {
  triggers   = { b = terraform_data.b[0].id, m = module.m.out }
  depends_on = [terraform_data.a]
}

module "m" {
  source = "./m"
  in     = terraform_data.a.id
}
"#;

const MODULE: &str = r#"
variable "in" {}

resource "terraform_data" "t" {
  input = var.in
}

resource "terraform_data" "alone" {}

output "out" {
  value = terraform_data.t.id
}

module "k" {
  source = "./k"
}
"#;

fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("main.tf", MAIN);
    lab.write("m/main.tf", MODULE);
    lab.write("m/k/main.tf", "");
    lab
}

#[test]
fn version() {
    let lab = Lab::new();
    lab.write(".terraform.lock.hcl", "provider \"registry.terraform.io/hashicorp/null\" {\n  version = \"3.2.1\"\n}\n");
    let text = lab.succeed(&["version"]);
    assert!(text.starts_with("Terraform v1.11.4\non "), "{text}");
    assert!(text.ends_with("\n+ provider registry.terraform.io/hashicorp/null v3.2.1\n"), "{text}");
    let json = document(&lab.succeed(&["version", "-json"]));
    assert_eq!(json["terraform_version"], "1.11.4");
    assert_eq!(json["provider_selections"]["registry.terraform.io/hashicorp/null"], "3.2.1");
    assert_eq!(json["terraform_outdated"], false);
    assert_eq!(lab.run(&["-version"]).stdout, text);
}

#[test]
fn the_program_says_its_own_name() {
    let lab = Lab::of(std::path::Path::new(env!("CARGO_BIN_EXE_formwork")));
    assert!(lab.succeed(&["version"]).starts_with("Formwork v"));
    assert!(lab.fail(&["plaan"]).starts_with("Formwork has no command named \"plaan\". Did you mean \"plan\"?\n"));
}

#[test]
fn providers_of_modules_and_state() {
    let lab = lab();
    lab.write("terraform.tfstate", crate::lab::STATE);
    lab.succeed(&["get"]);
    let expected = "\nProviders required by configuration:\n.\n\
        ├── provider[registry.terraform.io/hashicorp/null] ~> 3.0, >= 3.1.0\n\
        ├── provider[terraform.io/builtin/terraform]\n\
        └── module.m\n\
        \x20   ├── provider[terraform.io/builtin/terraform]\n\
        \x20   └── module.k\n\n\
        Providers required by state:\n\n\
        \x20   provider[registry.terraform.io/hashicorp/null]\n\n\
        \x20   provider[terraform.io/builtin/terraform]\n\n";
    assert_eq!(lab.succeed(&["providers"]), expected);
    assert!(Lab::new().fail(&["providers"]).contains("Error: No configuration files"));
}

#[test]
fn graph_without_what_follows_from_other_edges() {
    let lab = lab();
    lab.succeed(&["get"]);
    let expected = r#"digraph G {
  rankdir = "RL";
  node [shape = rect, fontname = "sans-serif"];
  "null_resource.n" [label="null_resource.n"];
  "terraform_data.a" [label="terraform_data.a"];
  "terraform_data.b" [label="terraform_data.b"];
  subgraph "cluster_module.m" {
    label = "module.m"
    fontname = "sans-serif"
    "module.m.terraform_data.alone" [label="terraform_data.alone"];
    "module.m.terraform_data.t" [label="terraform_data.t"];
  }
  "null_resource.n" -> "terraform_data.b";
  "null_resource.n" -> "module.m.terraform_data.t";
  "terraform_data.b" -> "terraform_data.a";
  "module.m.terraform_data.t" -> "terraform_data.a";
}
"#;
    assert_eq!(lab.succeed(&["graph"]), expected);
    assert!(lab.fail(&["graph", "-type=foo"]).contains("Error: Unsupported graph type"));
}

#[test]
fn graph_of_an_operation() {
    let lab = Lab::new();
    lab.write(
        "main.tf",
        "variable \"v\" {\n  default = 1\n}\nresource \"terraform_data\" \"a\" {\n  input = var.v\n}\n",
    );
    let provider = r#"[root] provider[\"terraform.io/builtin/terraform\"]"#;
    let expected = format!(
        r#"digraph {{
	compound = "true"
	newrank = "true"
	subgraph "root" {{
		"{provider}" [label = "provider[\"terraform.io/builtin/terraform\"]", shape = "diamond"]
		"[root] terraform_data.a (expand)" [label = "terraform_data.a", shape = "box"]
		"[root] var.v" [label = "var.v", shape = "note"]
		"{provider} (close)" -> "[root] terraform_data.a (expand)"
		"[root] root" -> "{provider} (close)"
		"[root] terraform_data.a (expand)" -> "{provider}"
		"[root] terraform_data.a (expand)" -> "[root] var.v"
	}}
}}
"#
    );
    assert_eq!(lab.succeed(&["graph", "-type=plan"]), expected);
    lab.succeed(&["plan", "-out=saved"]);
    let saved = lab.succeed(&["graph", "-plan=saved"]);
    assert!(saved.contains("\"[root] terraform_data.a\" -> \"[root] terraform_data.a (expand)\"\n"), "{saved}");
    lab.write("main.tf", "locals {\n  a = local.b\n  b = local.a\n}\n");
    let told = lab.fail(&["graph", "-type=plan"]);
    assert!(told.contains("Cycle: "), "{told}");
}

#[test]
fn modules() {
    let lab = lab();
    assert_eq!(lab.succeed(&["get"]), "- m in m\n- m.k in m/k\n");
    assert!(
        lab.read(".terraform/modules/modules.json").contains("{\"Key\":\"m.k\",\"Source\":\"./k\",\"Dir\":\"m/k\"}")
    );
    let expected = "\nModules declared by configuration:\n.\n└── \"m\"[./m]\n    └── \"k\"[./k]\n\n";
    assert_eq!(lab.succeed(&["modules"]), expected);
    let json = document(&lab.succeed(&["modules", "-json"]));
    assert_eq!(json["modules"][1], serde_json::json!({ "key": "k", "source": "./k", "version": "" }));
    assert_eq!(Lab::new().succeed(&["modules"]), "No modules found in configuration.\n");
    assert_eq!(Lab::new().succeed(&["modules", "-json"]), "{\"format_version\":\"1.0\",\"modules\":null}\n");
}

#[test]
fn functions() {
    let lab = Lab::new();
    let json = document(&lab.succeed(&["metadata", "functions", "-json"]));
    let signatures = json["function_signatures"].as_object().expect("an object");
    assert!(signatures.len() > 110, "{}", signatures.len());
    assert_eq!(signatures["abs"]["return_type"], "number");
    assert!(lab.fail(&["metadata", "functions"]).contains("requires the `-json` flag."));
}

#[test]
fn schemas_of_what_is_built_in() {
    let lab = Lab::new();
    lab.write("main.tf", "resource \"terraform_data\" \"a\" {}\n");
    let json = document(&lab.succeed(&["providers", "schema", "-json"]));
    let attributes = &json["provider_schemas"]["terraform.io/builtin/terraform"]["resource_schemas"]["terraform_data"]
        ["block"]["attributes"];
    assert_eq!(attributes["input"]["type"], "dynamic");
}

#[test]
fn locks_of_files_cannot_be_broken() {
    let lab = Lab::with_state();
    assert_eq!(lab.fail(&["force-unlock", "abc"]), "Local state cannot be unlocked by another process\n");
    assert_eq!(lab.fail(&["force-unlock", "-force", "abc"]), "Failed to unlock state: LocalState not locked\n");
    assert!(lab.fail(&["force-unlock"]).starts_with("Expected a single argument: LOCK_ID\n"));
}
