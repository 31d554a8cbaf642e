//! `query`: lists of resources, shown to people and programs, and configuration made of them.

use crate::directory::Directory;

const MAIN: &str = r#"
variable "count_of_objects" {
  default = 2
}
resource "fwtest_identity" "made" {
  count = var.count_of_objects
  name  = "web-${count.index}"
}
resource "fwtest_identity" "other" {
  name   = "db"
  region = "far"
}
"#;

/// A directory with three objects in the cloud, and a query.
fn directory(query: &str) -> Directory {
    let directory = Directory::with(MAIN).with_provider();
    directory.run("apply -auto-approve -no-color").with_code(0).saying("3 added");
    directory.write("find.tfquery.hcl", query);
    directory
}

#[test]
fn results_are_shown_by_list() {
    let directory = directory(
        r#"
variable "prefix" {
  default = "nothing"
}
locals {
  limit = 1
}
list "fwtest_identity" "chosen" {
  provider = fwtest
  config {
    prefix = var.prefix
  }
}
list "fwtest_identity" "first" {
  for_each = toset(["web", "db"])
  provider = fwtest
  limit    = local.limit
  config {
    prefix = each.key
  }
}
"#,
    );
    let ended = directory.run("query -no-color").with_code(0);
    let expected = "list.fwtest_identity.first[\"db\"]   name=db,region=far   Object db\n\
                    list.fwtest_identity.first[\"web\"]   name=web-0,region=here   Object web-0\n\
                    Warning: list block(s) [list.fwtest_identity.chosen] returned 0 results.\n";
    assert_eq!(ended.out, expected, "{}", ended.err);
    let ended = directory.run("query -no-color -var prefix=web").with_code(0);
    assert!(
        ended.out.contains("list.fwtest_identity.chosen   name=web-1,region=here   Object web-1\n"),
        "{}",
        ended.out
    );
    directory.write("settings.tfvars", "prefix = \"db\"\n");
    directory.run("query -no-color -var-file=settings.tfvars").with_code(0).saying("chosen   name=db,region=far");
    // Other commands pass over the file.
    directory.run("plan -no-color").with_code(0).saying("No changes.");
}

#[test]
fn lists_refer_to_lists() {
    let directory = directory(
        r#"
list "fwtest_identity" "again" {
  provider = fwtest
  config {
    prefix = list.fwtest_identity.all.data[0].state.name
  }
}
list "fwtest_identity" "all" {
  provider         = fwtest
  include_resource = true
  config {
    prefix = fwtest_identity.made[1].name
  }
}
"#,
    );
    directory.run("query -no-color").with_code(0).saying("again   name=web-1").saying("all   name=web-1");
    directory.write(
        "find.tfquery.hcl",
        "list \"fwtest_identity\" \"a\" {\n  provider = fwtest\n  limit = length(list.fwtest_identity.a.data)\n}\n",
    );
    directory.run("query -no-color").with_code(1).complaining("Cycle: list.fwtest_identity.a");
}

#[test]
fn events_tell_of_lists() {
    let directory =
        directory("list \"fwtest_identity\" \"db\" {\n  provider = fwtest\n  config {\n    prefix = \"db\"\n  }\n}\n");
    let ended = directory.run("query -json").with_code(0);
    let about = "\"address\":\"list.fwtest_identity.db\"";
    for expected in [
        format!("\"list_start\":{{{about},\"resource_type\":\"fwtest_identity\",\"input_config\":{{\"prefix\":\"db\""),
        format!(
            "\"list_resource_found\":{{{about},\"display_name\":\"Object db\",\"identity\":{{\"name\":\"db\",\"region\":\"far\"}},\
             \"identity_version\":1,\"resource_type\":\"fwtest_identity\"}},\"type\":\"list_resource_found\"}}"
        ),
        format!("\"list_complete\":{{{about},\"resource_type\":\"fwtest_identity\",\"total\":1}}"),
    ] {
        assert!(ended.out.contains(&expected), "no {expected} in {}", ended.out);
    }
    directory.write(
        "find.tfquery.hcl",
        "list \"fwtest_identity\" \"db\" {\n  provider = fwtest\n  config {\n    prefix = sensitive(\"db\")\n  }\n}\n",
    );
    let told = directory.run("query -json").with_code(0).saying("Object db").out;
    assert!(!told.contains("\"prefix\""), "{told}");
    let ended = directory.run("query -json -generate-config-out=made.tf").with_code(0);
    for expected in [
        "\"resource_object\":{",
        "\"config\":\"resource \\\"fwtest_identity\\\" \\\"db_0\\\" {",
        "\"import_config\":\"import {",
    ] {
        assert!(ended.out.contains(expected), "no {expected} in {}", ended.out);
    }
    assert!(!directory.has("made.tf"));
}

#[test]
fn generated_configuration_imports_what_was_found() {
    let directory = directory(
        "list \"fwtest_identity\" \"all\" {\n  provider = fwtest\n  config {\n    prefix = \"web\"\n  }\n}\n",
    );
    directory.run("query -no-color -generate-config-out=made.tf").with_code(0);
    let made = directory.read("made.tf");
    for expected in [
        "resource \"fwtest_identity\" \"all_0\" {\n  provider = fwtest\n",
        "  name   = \"web-0\"\n",
        "import {\n  to = fwtest_identity.all_1\n  identity = {\n    name   = \"web-1\"\n    region = \"here\"\n  }\n}\n",
    ] {
        assert!(made.contains(expected), "no {expected} in {made}");
    }
    directory.run("query -no-color -generate-config-out=made.tf").with_code(1).complaining("already exists");
    // Where the objects are not known yet, the generated file takes them over.
    std::fs::remove_file(directory.path("terraform.tfstate")).expect("there is a state");
    directory.write("main.tf", "");
    directory.run("plan -no-color").with_code(0).saying("Plan: 2 to import, 0 to add, 0 to change, 0 to destroy.");
}

#[test]
fn wrong_queries_are_refused() {
    let directory = directory("list \"fwtest_identity\" \"a\" {\n}\n");
    directory.run("query -no-color").with_code(1).complaining("Missing \"provider\" attribute");
    for (query, told) in [
        ("provider = fwtest\n  depends_on = []", "Unsupported argument"),
        ("provider = fwtest\n  limit = \"many\"", "Invalid limit argument"),
        ("provider = fwtest\n  config {\n    prefix = \"\"\n  }", "Empty prefix"),
        ("provider = fwtest\n  config {\n    prefix = var.none\n  }", "Reference to undeclared input variable"),
        (
            "provider = fwtest\n  config {\n    prefix = list.fwtest_identity.b.data\n  }",
            "Reference to undeclared resource",
        ),
        ("provider = fwtest\n  config {\n    script = jsonencode({ list = { error = \"no\" } })\n  }", "Error: no"),
    ] {
        directory.write("find.tfquery.hcl", &format!("list \"fwtest_identity\" \"a\" {{\n  {query}\n}}\n"));
        directory.run("query -no-color").with_code(1).complaining(told);
    }
    directory.write("find.tfquery.hcl", "list \"fwtest_object\" \"a\" {\n  provider = fwtest\n}\n");
    directory.run("query -no-color").with_code(1).complaining("does not support list resource type \"fwtest_object\"");
    std::fs::remove_file(directory.path("find.tfquery.hcl")).expect("it was written");
    directory.run("query -no-color").with_code(1).complaining("No resources to query");
}

#[test]
fn clients_can_be_told_of_a_later_release() {
    let directory = Directory::empty();
    directory.run("version -json").with_code(0).saying("\"terraform_version\": \"1.11.4\"");
    for nonsense in ["", "new", "1.5.0"] {
        let ended = Directory::empty().set("FORMWORK_TERRAFORM_VERSION", nonsense).run("version -json").with_code(0);
        ended.saying("\"terraform_version\": \"1.11.4\"");
    }
    let directory = directory.set("FORMWORK_TERRAFORM_VERSION", "1.14.0");
    directory.run("version -json").with_code(0).saying("\"terraform_version\": \"1.14.0\"");
}

#[test]
fn schemas_of_lists_and_actions_are_for_clients_that_know_them() {
    let directory = directory("");
    let plain = directory.run("providers schema -json").with_code(0).out;
    assert!(plain.contains("\"ephemeral_resource_schemas\"") && !plain.contains("\"list_resource_schemas\""));
    let directory = directory.set("FORMWORK_TERRAFORM_VERSION", "1.14.0");
    let identity = "\"resource_identity_schemas\":{\"fwtest_identity\":{\"version\":1,\"attributes\":{\"name\":{\"type\":\"string\",\
                    \"required_for_import\":true},";
    let schemas = directory.run("providers schema -json").with_code(0).saying(identity);
    schemas
        .saying("\"list_resource_schemas\":{\"fwtest_identity\":{\"version\":0,\"block\":{\"attributes\":{\"prefix\":{\"type\":\"string\"")
        .saying("\"action_schemas\":{\"fwtest_notify\":{\"block\":{\"attributes\":{\"name\":{\"type\":\"string\"");
}
