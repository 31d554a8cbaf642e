//! `fmt`.

use crate::lab::Lab;

#[test]
fn files_of_a_directory() {
    let lab = Lab::new();
    for (name, text) in [
        ("main.tf", "a=1\n"),
        ("b.tfvars", "b=1"),
        ("t.tftest.hcl", "c =1"),
        ("other.hcl", "d =1"),
        ("fine.tf", "a = 1\n"),
        (".hidden.tf", "a=1\n"),
        ("below/x.tf", "a=1\n"),
        (".terraform/modules/x.tf", "a=1\n"),
    ] {
        lab.write(name, text);
    }
    let checked = lab.run(&["fmt", "-check"]);
    assert_eq!((checked.code, checked.stdout.as_str()), (Some(3), "b.tfvars\nmain.tf\nt.tftest.hcl\n"));
    assert_eq!(lab.read("main.tf"), "a=1\n");
    assert_eq!(lab.succeed(&["fmt", "-list=false"]), "");
    assert_eq!(lab.read("main.tf"), "a = 1\n");
    assert_eq!(lab.read("b.tfvars"), "b = 1", "a missing newline stays missing");
    assert_eq!((lab.read("other.hcl"), lab.read(".hidden.tf")), ("d =1".to_owned(), "a=1\n".to_owned()));
    assert_eq!(lab.succeed(&["fmt", "-recursive"]), "below/x.tf\n");
    assert_eq!(lab.read(".terraform/modules/x.tf"), "a=1\n");
    assert_eq!(lab.run(&["fmt", "-check", "-recursive"]).code, Some(0));
}

#[test]
fn standard_input() {
    let lab = Lab::new();
    let run = |arguments: &[&str], input: &str| {
        let outcome = lab.run_with_input(arguments, input);
        (outcome.code, outcome.stdout)
    };
    assert_eq!(run(&["fmt", "-"], "a=1"), (Some(0), "a = 1\n".to_owned()));
    assert_eq!(run(&["fmt", "-check", "-"], "a=1\n"), (Some(3), String::new()));
    assert_eq!(run(&["fmt", "-check", "-"], "a = 1\n"), (Some(0), String::new()));
    let diff = "--- old/<stdin>\n+++ new/<stdin>\n@@ -1 +1 @@\n-a=1\n+a = 1\n";
    assert_eq!(run(&["fmt", "-diff", "-"], "a=1\n"), (Some(0), diff.to_owned()));
}

#[test]
fn differences_are_shown_with_what_is_around_them() {
    let lab = Lab::new();
    lab.write("x.tf", "a=1\nb = 2\n\n\n\n\n\n\n\nc=3\n");
    let shown = lab.succeed(&["fmt", "-diff", "-write=false", "x.tf"]);
    let expected = "x.tf\n--- old/x.tf\n+++ new/x.tf\n@@ -1,4 +1,4 @@\n-a=1\n+a = 1\n b = 2\n \n \n@@ -7,4 +7,4 @@\n \n \n \n\
                    -c=3\n+c = 3\n";
    assert_eq!(shown, expected);
    assert_eq!(lab.read("x.tf"), "a=1\nb = 2\n\n\n\n\n\n\n\nc=3\n");
}

#[test]
fn what_cannot_be_formatted() {
    let lab = Lab::new();
    lab.write("bad.tf", "a=\"b\n");
    lab.write("good.tf", "a=1\n");
    lab.write("x.txt", "a=1\n");
    let broken = lab.run(&["fmt", "-no-color"]);
    assert_eq!((broken.code, broken.stdout.as_str()), (Some(2), "good.tf\n"));
    assert!(broken.stderr.contains("Error: Invalid multi-line string"), "{}", broken.stderr);
    for (target, told) in
        [("nope", "No file or directory at nope"), ("x.txt", "Only .tf, .tfvars, and .tftest.hcl files")]
    {
        let outcome = lab.run(&["fmt", "-no-color", target]);
        assert_eq!(outcome.code, Some(2));
        assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    }
}
