//! `state list`, `show`, `mv`, `rm`, `pull`, `push` and `replace-provider`.

use crate::lab::{Lab, STATE, document};

#[test]
fn list_names_all_or_what_is_asked_for() {
    let lab = Lab::with_state();
    assert_eq!(
        lab.addresses(),
        [
            "data.terraform_remote_state.d",
            "null_resource.n",
            "terraform_data.c[0]",
            "terraform_data.c[1]",
            "terraform_data.c[2]",
            "terraform_data.c[10]",
            "terraform_data.f[\"a\"]",
            "terraform_data.f[\"b c\\\"d\"]",
            "terraform_data.f[\"dep\"]",
            "terraform_data.single",
            "module.m.terraform_data.in",
            "module.n[0].terraform_data.in",
            "module.n[1].terraform_data.in",
            "module.q[\"x\"].terraform_data.in[0]",
            "module.m.module.k.terraform_data.deep",
        ]
    );
    let listed = |arguments: &[&str]| lab.succeed(&[&["state", "list"], arguments].concat());
    assert_eq!(listed(&["module.n"]), "module.n[0].terraform_data.in\nmodule.n[1].terraform_data.in\n");
    assert_eq!(listed(&["module.n[1]", "null_resource.n"]), "module.n[1].terraform_data.in\nnull_resource.n\n");
    assert_eq!(listed(&["-id=id-c1"]), "terraform_data.c[1]\n");
    assert_eq!(listed(&["-id=id-c1old"]), "", "deposed objects have no say");
    assert_eq!(listed(&["-state=terraform.tfstate", "-id", "123"]), "null_resource.n\n");
}

#[test]
fn list_says_what_is_not_there() {
    let lab = Lab::with_state();
    let told = lab.fail(&["state", "list", "terraform_data.zz", "module.zz", "terraform_data.c[7]"]);
    for summary in ["Error: Unknown resource\n", "Error: Unknown module\n", "Error: Unknown resource instance\n"] {
        assert!(told.contains(summary), "{told}");
    }
    assert!(lab.fail(&["state", "list", "foo bar"]).contains("Error: Invalid character"));
    let none = Lab::new();
    assert!(none.fail(&["state", "list"]).starts_with("No state file was found!\n"));
    assert!(!none.has("terraform.tfstate"));
}

#[test]
fn rm_takes_out_and_keeps_a_copy() {
    let lab = Lab::with_state();
    let told = lab.succeed(&["state", "rm", "terraform_data.c", "module.m"]);
    assert!(told.starts_with("Removed terraform_data.c[0]\n"), "{told}");
    assert!(
        told.ends_with("Removed module.m.module.k.terraform_data.deep\nSuccessfully removed 6 resource instance(s).\n")
    );
    assert_eq!(lab.addresses().len(), 9);
    assert_eq!(lab.backup_of("terraform.tfstate"), STATE);
    let after = document(&lab.read("terraform.tfstate"));
    assert_eq!((&after["serial"], &after["lineage"]), (&8.into(), &document(STATE)["lineage"]));
    assert!(!lab.has(".terraform.tfstate.lock.info"), "the lock is given back");
}

#[test]
fn changes_within_a_second_each_keep_a_copy() {
    let lab = Lab::with_state();
    for address in ["terraform_data.single", "null_resource.n", "module.m"] {
        lab.succeed(&["state", "rm", address]);
    }
    let files = lab.files();
    let backups: Vec<&String> =
        files.iter().filter(|(name, _)| name.ends_with(".backup")).map(|(_, text)| text).collect();
    assert_eq!(backups.len(), 3, "{:?}", files.keys());
    assert!(backups.contains(&&STATE.to_owned()));
}

#[test]
fn rm_changes_nothing_in_a_rehearsal_or_without_a_match() {
    let lab = Lab::with_state();
    assert_eq!(
        lab.succeed(&["state", "rm", "-dry-run", "terraform_data.single"]),
        "Would remove terraform_data.single\n"
    );
    assert_eq!(lab.succeed(&["state", "rm", "-dry-run", "terraform_data.zz"]), "Would have removed nothing.\n");
    assert!(lab.fail(&["state", "rm", "terraform_data.zz"]).contains("No matching objects found."));
    assert!(lab.fail(&["state", "rm"]).starts_with("At least one address is required.\n"));
    assert_eq!(lab.files().len(), 1);
    assert_eq!(lab.read("terraform.tfstate"), STATE);
}

#[test]
fn mv_renames_and_drops_dependencies_on_what_moved() {
    let lab = Lab::with_state();
    let told =
        lab.succeed(&["state", "mv", "-backup=before", "terraform_data.single", "module.new[\"k\"].terraform_data.x"]);
    let first = "Move \"terraform_data.single\" to \"module.new[\\\"k\\\"].terraform_data.x\"\n";
    assert_eq!(told, format!("{first}Successfully moved 1 object(s).\n"));
    assert_eq!(lab.read("before"), STATE);
    let after = document(&lab.read("terraform.tfstate"));
    let resources = after["resources"].as_array().expect("a list");
    let in_module = |module: &str| {
        let found = resources.iter().find(|resource| resource["module"] == *module);
        found.unwrap_or_else(|| panic!("{module} in {resources:?}"))["instances"][0]["dependencies"].clone()
    };
    assert_eq!(in_module("module.new[\"k\"]")[0], "terraform_data.c", "what moved keeps its own");
    assert!(in_module("module.m").is_null(), "it depended on what moved");
}

#[test]
fn mv_moves_modules_with_all_below() {
    let lab = Lab::with_state();
    let told = lab.succeed(&["state", "mv", "module.m", "module.n[2]"]);
    assert_eq!(
        told,
        "Move \"module.m\" to \"module.n[2]\"\nMove \"module.m.module.k\" to \"module.n[2].module.k\"\n\
         Successfully moved 2 object(s).\n"
    );
    assert!(lab.addresses().contains(&"module.n[2].module.k.terraform_data.deep".to_owned()));
    assert!(
        lab.fail(&["state", "mv", "module.n[2]", "module.n[0]"]).starts_with("Error moving state: destination module")
    );
}

#[test]
fn mv_takes_tainted_and_deposed_objects_along() {
    let lab = Lab::with_state();
    lab.succeed(&["state", "mv", "terraform_data.c[1]", "terraform_data.g[\"new\"]"]);
    let after = document(&lab.read("terraform.tfstate"));
    let resources = after["resources"].as_array().expect("a list");
    let moved = resources.iter().find(|resource| resource["name"] == "g").expect("it is there");
    assert_eq!(moved["instances"][0]["status"], "tainted");
    assert_eq!(moved["instances"][1]["deposed"], "0badcafe");
    assert_eq!(moved["instances"][1]["index_key"], "new");
}

#[test]
fn mv_to_another_state() {
    let lab = Lab::with_state();
    lab.succeed(&["state", "mv", "-state-out=other.tfstate", "module.m", "module.m"]);
    assert_eq!(lab.addresses().len(), 13);
    assert_eq!(
        lab.succeed(&["state", "list", "-state=other.tfstate"]),
        "module.m.terraform_data.in\nmodule.m.module.k.terraform_data.deep\n"
    );
    let other = document(&lab.read("other.tfstate"));
    assert_eq!(other["serial"], 1);
    assert_ne!(other["lineage"], document(STATE)["lineage"]);
}

#[test]
fn mv_refuses_what_cannot_be() {
    let lab = Lab::with_state();
    for (from, to, told) in [
        ("terraform_data.single", "terraform_data.c[0]", "there is already a resource instance at"),
        ("terraform_data.single", "null_resource.x", "resource types don't"),
        ("terraform_data.single", "module.m", "the target must also be a\nresource instance"),
        ("module.m", "terraform_data.x", "the target must also be a module."),
        ("terraform_data.c", "terraform_data.d[0]", "so the target must also be a whole"),
        ("terraform_data.zz", "terraform_data.y", "does not match anything in the current state."),
        ("terraform_data.c[7]", "terraform_data.y", "The current state does not contain terraform_data.c[7]."),
        (
            "data.terraform_remote_state.d",
            "terraform_data.y",
            "data\nresource can be moved only to another data resource",
        ),
        ("module.n", "module.y", "Cannot move module.n: does not match anything"),
    ] {
        let given = lab.fail(&["state", "mv", from, to]);
        assert!(given.contains(told), "{from} to {to}: {given}");
    }
    assert_eq!(lab.files().len(), 1, "nothing was written");
}

#[test]
fn pull_prints_the_state() {
    let lab = Lab::with_state();
    assert_eq!(lab.succeed(&["state", "pull"]), format!("{STATE}\n"));
    assert_eq!(Lab::new().succeed(&["state", "pull"]), "");
}

#[test]
fn push_checks_lineage_and_serial() {
    let lab = Lab::with_state();
    let push = |from: &str, to: &str, flags: &[&str]| {
        lab.write("new", &STATE.replace(from, to));
        lab.run(&[&["state", "push", "-no-color"], flags, &["new"]].concat())
    };
    let older = push("\"serial\": 7", "\"serial\": 6", &[]);
    assert_eq!(
        older.stderr,
        "Failed to write state: cannot import state with serial 6 over newer state with serial 7\n"
    );
    let other = push("11111111", "99999999", &[]);
    assert!(other.stderr.contains("cannot import state with lineage \"99999999-"), "{}", other.stderr);
    let same = push("hello", "bye", &[]);
    assert!(same.stderr.contains("with a different state that has the same serial"), "{}", same.stderr);
    assert_eq!(lab.read("terraform.tfstate"), STATE);
    assert_eq!(push("\"serial\": 7", "\"serial\": 6", &["-force"]).code, Some(0));
    assert_eq!(document(&lab.read("terraform.tfstate"))["serial"], 6);
    let from_input = lab.run_with_input(&["state", "push", "-"], &STATE.replace("\"serial\": 7", "\"serial\": 9"));
    assert_eq!((from_input.code, from_input.stderr), (Some(0), String::new()));
    assert_eq!(document(&lab.read("terraform.tfstate"))["serial"], 9);
    let empty = Lab::new();
    empty.write("new", STATE);
    empty.succeed(&["state", "push", "new"]);
    assert_eq!(empty.read("terraform.tfstate"), STATE);
}

#[test]
fn replace_provider_asks_first() {
    let lab = Lab::with_state();
    let command = ["state", "replace-provider", "-no-color", "hashicorp/null", "acme/null"];
    let no = lab.run_with_input(&command, "no\n");
    assert!(no.stdout.ends_with("Enter a value: Cancelled replacing providers.\n"), "{}", no.stdout);
    assert_eq!(lab.read("terraform.tfstate"), STATE);
    let nobody = lab.run(&command);
    assert_eq!((nobody.code, nobody.stderr.as_str()), (Some(1), "Error asking for approval: EOF\n"));
    let yes = lab.run_with_input(&command, "yes\n");
    assert!(yes.stdout.ends_with("\nSuccessfully replaced provider for 1 resources.\n"), "{}", yes.stdout);
    assert!(lab.read("terraform.tfstate").contains("provider[\\\"registry.terraform.io/acme/null\\\"]"));
    let none = lab.succeed(&["state", "replace-provider", "-auto-approve", "hashicorp/zz", "acme/zz"]);
    assert_eq!(none, "No matching resources found.\n");
}

#[test]
fn show_renders_one_instance() {
    let lab = Lab::with_state();
    let shown = lab.succeed(&["state", "show", "terraform_data.single"]);
    assert!(shown.starts_with("# terraform_data.single:\nresource \"terraform_data\" \"single\" {\n"), "{shown}");
    assert!(
        lab.fail(&["state", "show", "terraform_data.zz"]).starts_with("No instance found for the given address!\n")
    );
    assert!(lab.fail(&["state", "show", "module.m"]).starts_with("Error parsing instance address: module.m\n"));
}

#[test]
fn commands_that_change_obey_the_required_version() {
    let lab = Lab::with_state();
    lab.write("main.tf", "terraform {\n  required_version = \">= 99\"\n}\n");
    for command in [
        &["state", "rm", "terraform_data.single"][..],
        &["state", "mv", "terraform_data.single", "terraform_data.x"],
        &["state", "pull"],
        &["taint", "terraform_data.single"],
    ] {
        assert!(lab.fail(command).contains("Error: Unsupported Terraform Core version"), "{command:?}");
    }
    assert_eq!(lab.read("terraform.tfstate"), STATE);
    assert_eq!(lab.addresses().len(), 15, "looking is allowed");
}

#[test]
fn a_ruined_state_is_left_alone() {
    let lab = Lab::new();
    lab.write("terraform.tfstate", "{ \"version\": 4, ");
    for command in [&["state", "list"][..], &["state", "rm", "a.b"], &["taint", "a.b"]] {
        let told = lab.fail(command);
        assert!(told.contains("could not be parsed as JSON"), "{command:?}: {told}");
    }
    assert_eq!(lab.read("terraform.tfstate"), "{ \"version\": 4, ");
}
