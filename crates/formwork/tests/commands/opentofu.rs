//! What OpenTofu adds, where there is no program to compare with.

use std::os::unix::process::CommandExt;

use crate::directory::Directory;

#[test]
fn under_the_name_of_terraform_its_files_alone_count() {
    let directory = Directory::with("output \"o\" {\n  value = \"tf\"\n}\n");
    directory.write("main.tofu", "output   \"o\" {\n  value = \"tofu\"\n}\n");
    directory.run("plan -no-color").with_code(0).saying("+ o = \"tofu\"");
    let as_terraform = |line: &str| {
        let output = directory.command(line).arg0("terraform").output().expect("the program starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(as_terraform("plan -no-color").contains("+ o = \"tf\""));
    assert_eq!(as_terraform("fmt -check -list"), "");
    directory.run("fmt -list").with_code(0).saying("main.tofu");
}

#[test]
fn files_of_addresses_may_have_empty_lines() {
    let directory = Directory::with("resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {}\n");
    directory.write("left-out", "\n# the second\n\n  terraform_data.b\n");
    directory.run("plan -no-color -exclude-file=left-out").with_code(0).saying("Plan: 1 to add");
    directory.run("plan -no-color -exclude-file=nowhere").with_code(1).complaining("open nowhere: no such file");
}

#[test]
fn a_saved_plan_knows_where_its_modules_came_from() {
    let directory = Directory::with(
        "variable \"name\" {}\nmodule \"m\" {\n  source = \"./${var.name}\"\n}\noutput \"o\" {\n  value = module.m.o\n}\n",
    );
    directory.write("one/main.tf", "output \"o\" {\n  value = \"one\"\n}\n");
    directory.run("init -no-color").with_code(1).complaining("No value for required variable");
    directory.run("init -no-color -var=name=one").with_code(0);
    directory.run("plan -no-color -var name=one -out=planned").with_code(0);
    directory.run("apply -no-color planned").with_code(0).saying("o = \"one\"");
    // What does not look at modules needs no variables.
    directory.run("output -no-color").with_code(0).saying("o = \"one\"");
}

#[test]
fn variables_of_files_and_the_environment_are_known_early() {
    let configuration = "variable \"name\" {}\nmodule \"m\" {\n  source = \"./${var.name}\"\n}\n";
    let directory = Directory::with(configuration).set("TF_VAR_name", "one");
    directory.write("one/main.tf", "");
    directory.write("two/main.tf", "");
    directory.run("init -no-color").with_code(0).saying("- m in one");
    directory.write("x.auto.tfvars", "name = \"two\"\n");
    directory.run("get -no-color").with_code(0).saying("- m in two");
    directory.write("main.tf.json", "{\"module\": {\"n\": {\"source\": \"./${var.name}\"}}}");
    directory.run("get -no-color").with_code(0).saying("- n in two");
}

#[test]
fn secrets_are_no_settings_of_backends() {
    let directory = Directory::with(
        "variable \"path\" {\n  default   = \"x\"\n  sensitive = true\n}\nterraform {\n  backend \"local\" {\n    path = var.path\n  }\n}\n",
    );
    directory.run("init -no-color").with_code(1).complaining("Backend config contains sensitive values");
}
