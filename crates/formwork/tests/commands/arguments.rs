//! Flags, commands and directories.

use crate::directory::Directory;

#[test]
fn flags_that_are_wrong() {
    let directory = Directory::empty();
    for (line, complaint) in [
        ("plan -bogus", "flag provided but not defined: -bogus"),
        ("plan -lock=maybe", "invalid boolean value \"maybe\" for -lock: parse error"),
        ("plan -parallelism=many", "invalid value \"many\" for flag -parallelism: parse error"),
        ("plan -out", "flag needs an argument: -out"),
        ("plan extra", "Too many command line arguments"),
        ("plan -destroy -refresh-only", "Incompatible plan mode options"),
        ("plan -refresh-only -refresh=false", "Incompatible refresh options"),
        ("plan -target=1", "Invalid target \"1\""),
        ("plan -replace=1", "Invalid force-replace address \"1\""),
        ("apply a b", "Expected at most one positional argument."),
        ("output -json -raw", "The -raw and -json options are mutually-exclusive."),
        ("output -raw", "Output name required"),
        ("validate a b", "Expected at most one positional argument."),
        ("show -bogus", "flag provided but not defined: -bogus"),
    ] {
        let command = line.split(' ').next().unwrap_or_default();
        let advice = format!("For more help on using this command, run:\n  formwork {command} -help\n");
        directory.run(&format!("{line} -no-color")).with_code(1).complaining(complaint).complaining(&advice);
    }
}

#[test]
fn commands_that_are_wrong() {
    let directory = Directory::empty();
    directory.run("plann").with_code(1).complaining("no command named \"plann\". Did you mean \"plan\"?");
    directory.run("").with_code(127).saying("Main commands:");
    directory.run("-help").with_code(0).saying("Main commands:");
    directory.run("-bogus plan").with_code(1).saying("Invalid flags before the subcommand.");
    directory.run("state").with_code(1).saying("Subcommands:");
    directory.run("plan -help").with_code(0).saying("Usage: formwork [global options] plan");
    directory.run("-version").with_code(0);
}

#[test]
fn another_directory() {
    let directory = Directory::empty();
    directory.write("below/main.tf", "output \"here\" {\n  value = path.cwd\n}\n");
    directory.run("-chdir=below apply -auto-approve -no-color").with_code(0).saying("Outputs:");
    assert!(directory.has("below/terraform.tfstate") && !directory.has("terraform.tfstate"));
    directory.run("-chdir=nowhere plan").with_code(1).complaining("chdir nowhere: no such file or directory");
    directory.run("-chdir plan").with_code(1).complaining("must include an equals sign");
}

#[test]
fn arguments_from_the_environment() {
    let configuration = "variable \"a\" {}\noutput \"a\" {\n  value = var.a\n}\n";
    let directory =
        Directory::with(configuration).set("TF_CLI_ARGS", "-no-color").set("TF_CLI_ARGS_plan", "-var 'a=two words'");
    directory.run("plan").with_code(0).saying("+ a = \"two words\"");
    let broken = Directory::with(configuration).set("TF_CLI_ARGS_plan", "-var 'a");
    broken.run("plan").with_code(1).complaining("Error parsing extra CLI args from TF_CLI_ARGS_plan");
}

#[test]
fn directories_without_configuration() {
    let directory = Directory::empty();
    directory.run("init -no-color").with_code(0).saying("initialized in an empty directory!");
    directory.run("plan -no-color").with_code(1).complaining("Error: No configuration files");
    directory.run("apply -no-color").with_code(1).complaining("Error: No configuration files");
    directory.run("show -no-color").with_code(0).saying("No state.");
    directory.run("destroy -no-color -auto-approve").with_code(0).saying("Destroy complete! Resources: 0 destroyed.");
}

#[test]
fn hints_are_left_out_in_automation() {
    let directory = Directory::with("output \"a\" {\n  value = 1\n}\nresource \"terraform_data\" \"a\" {}\n");
    let directory = directory.set("TF_IN_AUTOMATION", "1");
    let ended = directory.run("plan -no-color").with_code(0);
    assert!(!ended.out.contains("-out option"), "{}", ended.out);
}
