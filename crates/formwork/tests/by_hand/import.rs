//! `import`, with the provider that is built in.

use crate::lab::{Lab, document};

fn lab() -> Lab {
    let lab = Lab::new();
    lab.write(
        "main.tf",
        "variable \"v\" {}\n\nresource \"terraform_data\" \"a\" {\n  input = var.v\n}\n\n\
         resource \"terraform_data\" \"c\" {\n  count = 2\n}\n",
    );
    lab
}

#[test]
fn an_object_comes_into_the_state() {
    let lab = lab();
    let told = lab.succeed(&["import", "-var", "v=1", "terraform_data.a", "abc"]);
    let expected = "terraform_data.a: Importing from ID \"abc\"...\nterraform_data.a: Import prepared!\n  \
        Prepared terraform_data for import\nterraform_data.a: Refreshing state... [id=abc]\n\n\
        Import successful!\n\nThe resources that were imported are shown above. These resources are now in\n\
        your Terraform state and will henceforth be managed by Terraform.\n\n";
    assert_eq!(told, expected);
    let state = document(&lab.read("terraform.tfstate"));
    assert_eq!(state["resources"][0]["instances"][0]["attributes"]["id"], "abc");
    let again = lab.fail(&["import", "-var", "v=1", "terraform_data.a", "other"]);
    assert!(again.contains("Error: Resource already managed by Terraform"), "{again}");
    lab.succeed(&["import", "-var", "v=1", "terraform_data.c[1]", "xyz"]);
    assert_eq!(lab.addresses(), ["terraform_data.a", "terraform_data.c[1]"]);
}

#[test]
fn refusals() {
    let lab = lab();
    for (arguments, told) in [
        (
            &["terraform_data.zz", "x"][..],
            "resource address \"terraform_data.zz\" does not exist in the configuration.",
        ),
        (&["module.zz.terraform_data.a", "x"], "Error: Import to non-existent module"),
        (&["data.terraform_remote_state.d", "x"], "A managed resource address is required."),
        (&["foo bar", "x"], "Error: Invalid character"),
        (&["-input=false", "terraform_data.a", "x"], "Error: No value for required variable"),
        (&["-config=nowhere", "terraform_data.a", "x"], "Error: No Terraform configuration files"),
        (&["terraform_data.a"], "The import command expects two arguments.\nUsage:"),
    ] {
        let given = lab.fail(&[&["import"], arguments].concat());
        assert!(given.contains(told), "{arguments:?}: {given}");
    }
    assert!(!lab.has("terraform.tfstate"));
}
