//! The console, given its input by a program.

use crate::directory::Directory;

const CONFIGURATION: &str = r#"
variable "a" {
  default = "x"
}
locals {
  list = [1, 2]
}
resource "terraform_data" "r" {
  input = var.a
}
"#;

#[test]
fn expressions() {
    let directory = Directory::with(CONFIGURATION);
    directory.answer("console", "terraform_data.r.input\n").with_code(0).saying("(known after apply)");
    directory.run("apply -auto-approve").with_code(0);
    for (input, expected) in [
        ("local.list\n", "[\n  1,\n  2,\n]\n"),
        ("terraform_data.r.output\n", "\"x\"\n"),
        ("1 + 1\n2 + 2\n", "4\n"),
        ("type(local.list)\n", "tuple([\n    number,\n    number,\n])\n"),
        ("sensitive(1)\n", "(sensitive value)\n"),
        ("\n", "\n"),
        ("1\nexit\n2\n", ""),
    ] {
        assert_eq!(directory.answer("console", input).with_code(0).out, expected, "{input}");
    }
    let planned = directory.answer("console -plan -var a=new", "terraform_data.r.input\n").with_code(0);
    assert_eq!(planned.out, "\"new\"\n");
}

#[test]
fn the_first_error_ends_it() {
    let directory = Directory::with(CONFIGURATION);
    for (input, complaint) in [
        ("1\nnope.x\n2\n", "Reference to undeclared resource"),
        ("1 +\n", "Missing expression"),
        ("unknownf(1)\n", "Call to unknown function"),
    ] {
        let ended = directory.answer("console -no-color", input).with_code(1);
        assert_eq!(ended.out, "", "{input}");
        ended.complaining(complaint).complaining("on <console-input> line 1:");
    }
}
