//! The simplest plans: creation, nothing to do, update, replacement.

use fw_testkit::Stack;

#[test]
fn builtin_resources_are_planned_and_applied() {
    let stack = Stack::new(
        r#"
        resource "terraform_data" "a" {
          input = "x"
        }
        resource "terraform_data" "b" {
          input = terraform_data.a.output
        }
        output "id" {
          value = terraform_data.b.output
        }
        "#,
    );
    let planned = stack.plan();
    assert_eq!(
        planned.succeeded().actions(),
        "create terraform_data.a\ncreate terraform_data.b\ncreate output.id = ?\n"
    );
    stack.apply().succeeded();
    assert_eq!(stack.plan().succeeded().actions(), "");
}

#[test]
fn an_object_is_created_kept_updated_and_replaced() {
    let stack = Stack::new(r#"resource "fwtest_object" "web" { name = "web" }"#);
    let created = stack.apply();
    assert_eq!(created.succeeded().planned.actions(), "create fwtest_object.web\n");
    assert_eq!(stack.cloud().objects(), ["fwtest_object.web-1"]);
    assert_eq!(stack.plan().succeeded().actions(), "");

    stack.write(
        "main.tf",
        r#"resource "fwtest_object" "web" { 
        name = "web"
        content = "new" 
    }"#,
    );
    let updated = stack.apply();
    assert_eq!(updated.succeeded().planned.actions(), "update fwtest_object.web\n");
    assert_eq!(stack.plan().succeeded().actions(), "");

    stack.write(
        "main.tf",
        r#"resource "fwtest_object" "web" { 
        name = "web"
        content = "new" 
        size = 3
    }"#,
    );
    let replaced = stack.apply();
    assert_eq!(
        replaced.succeeded().planned.actions(),
        "delete-create fwtest_object.web (ReplaceBecauseCannotUpdate)\n"
    );
    assert_eq!(stack.cloud().objects(), ["fwtest_object.web-1"]);
    assert_eq!(stack.plan().succeeded().actions(), "");
}
