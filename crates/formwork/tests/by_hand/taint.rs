//! `taint` and `untaint`.

use crate::lab::{Lab, STATE, document};

fn status(lab: &Lab, name: &str) -> Option<String> {
    let state = document(&lab.read("terraform.tfstate"));
    let resources = state["resources"].as_array().expect("a list").clone();
    let resource = resources.into_iter().find(|resource| resource["name"] == *name).expect("it is there");
    resource["instances"][0]["status"].as_str().map(str::to_owned)
}

#[test]
fn taint_and_back() {
    let lab = Lab::with_state();
    let told = lab.succeed(&["taint", "terraform_data.single"]);
    assert_eq!(told, "Resource instance terraform_data.single has been marked as tainted.\n");
    assert_eq!(status(&lab, "single").as_deref(), Some("tainted"));
    assert_eq!(lab.read("terraform.tfstate.backup"), STATE);
    let told = lab.succeed(&["untaint", "-backup=-", "terraform_data.single"]);
    assert_eq!(told, "Resource instance terraform_data.single has been successfully untainted.\n");
    assert_eq!(status(&lab, "single"), None);
    assert_eq!(document(&lab.read("terraform.tfstate"))["serial"], 9);
}

#[test]
fn what_is_tainted_already_is_not_written_again() {
    let lab = Lab::with_state();
    lab.succeed(&["taint", "terraform_data.c[1]"]);
    assert_eq!(lab.read("terraform.tfstate"), STATE);
    assert_eq!(lab.files().len(), 1);
}

#[test]
fn refusals() {
    let lab = Lab::with_state();
    for (command, told) in [
        (&["taint", "terraform_data.c"][..], "Error: No such resource instance"),
        (&["taint", "terraform_data.f[\"dep\"]"], "is currently part-way through a\ncreate_before_destroy replacement"),
        (&["taint", "data.terraform_remote_state.d"], "cannot be tainted\n"),
        (&["taint", "module.m"], "A resource instance address is required here."),
        (&["taint"], "The taint command expects exactly one argument.\nUsage: terraform [global options] taint"),
        (&["untaint", "terraform_data.single"], "Error: Resource instance is not tainted"),
        (&["untaint", "-allow-missing", "terraform_data.single"], "Error: Resource instance is not tainted"),
    ] {
        let given = lab.fail(command);
        assert!(given.contains(told), "{command:?}: {given}");
    }
    let told = lab.succeed(&["taint", "-allow-missing", "terraform_data.zz"]);
    assert!(told.contains("Warning: No such resource instance"), "{told}");
    assert_eq!(lab.read("terraform.tfstate"), STATE);
}

#[test]
fn other_files() {
    let lab = Lab::new();
    lab.write("in.tfstate", STATE);
    lab.succeed(&["taint", "-state=in.tfstate", "-state-out=out.tfstate", "terraform_data.single"]);
    assert_eq!(lab.read("in.tfstate"), STATE);
    assert!(lab.read("out.tfstate").contains("\"status\": \"tainted\""));
    assert!(!lab.has("terraform.tfstate"));
}
