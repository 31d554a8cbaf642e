//! Bodies asked with a schema.

use std::sync::Arc;

use fw_diag::Span;
use fw_syntax::{Body, BodyContent, BodySchema};
use insta::assert_snapshot;

use crate::{FILE, check_content, render};

fn schema() -> BodySchema {
    BodySchema::new(
        &[("count", false), ("name", true), ("provider", false)],
        &[("lifecycle", &[]), ("provisioner", &["type"]), ("pair", &["type", "name"])],
    )
}

#[test]
fn what_the_schema_names() {
    let text = "name = 1\ncount = 2\nlifecycle { a = 1 }\nprovisioner x { b = 2 }\npair \"p\" \"q\" {}\nlifecycle {}\n";
    assert_snapshot!(check_content(text, &schema()), @r#"
        name = 1
        count = 2
        lifecycle
          a = 1
        provisioner "x"
          b = 2
        pair "p" "q"
        lifecycle
        "#);
}

#[test]
fn what_it_does_not_name() {
    let text = "coun = 1\nlifecycl {}\nlifecycle = 2\nname {}\nzzz = 3\nzzz {}\n";
    assert_snapshot!(check_content(text, &schema()), @r#"
        ! Missing required argument at 1:1-1:1
          The argument "name" is required, but no definition was found.
        ! Unsupported argument at 1:1-1:5
          An argument named "coun" is not expected here. Did you mean "count"?
        ! Unsupported argument at 3:1-3:10
          An argument named "lifecycle" is not expected here. Did you mean to define a block of type "lifecycle"?
        ! Unsupported argument at 5:1-5:4
          An argument named "zzz" is not expected here.
        ! Unsupported block type at 2:1-2:9
          Blocks of type "lifecycl" are not expected here. Did you mean "lifecycle"?
        ! Unsupported block type at 4:1-4:5
          Blocks of type "name" are not expected here. Did you mean to define argument "name"? If so, use the equals sign to assign it a value.
        ! Unsupported block type at 6:1-6:4
          Blocks of type "zzz" are not expected here.
        "#);
}

#[test]
fn labels() {
    let text = "name = 1\nlifecycle \"a\" {}\nprovisioner {}\nprovisioner \"a\" \"b\" {}\npair \"a\" {}\npair {}\n";
    assert_snapshot!(check_content(text, &schema()), @r#"
          ! Extraneous label for lifecycle at 2:11-2:14 in 2:1-2:16
            No labels are expected for lifecycle blocks.
          ! Missing type for provisioner at 3:13-3:14 in 3:1-3:14
            All provisioner blocks must have 1 labels (type).
          ! Extraneous label for provisioner at 4:17-4:20 in 4:1-4:22
            Only 1 labels (type) are expected for provisioner blocks.
          ! Missing name for pair at 5:10-5:11 in 5:1-5:11
            All pair blocks must have 2 labels (type, name).
          ! Missing type for pair at 6:6-6:7 in 6:1-6:7
            All pair blocks must have 2 labels (type, name).
        name = 1
        "#);
}

#[test]
fn the_rest_is_a_body_again() {
    let text = "name = 1\nother = 2\nlifecycle {}\nother_block {}\n";
    let (body, _) = fw_syntax::parse_native(FILE, text);
    let (content, rest, problems) = Body::Native(body).partial_content(&schema());
    assert!(problems.is_empty());
    assert_eq!((content.attributes.len(), content.blocks.len()), (1, 1));
    let all = BodySchema::new(&[("other", true)], &[("other_block", &[])]);
    assert_snapshot!(render::content(&rest, &all, text), @r#"
        other = 2
        other_block
        "#);
    let (attributes, problems) = rest.just_attributes();
    assert_eq!(attributes.len(), 1);
    assert_snapshot!(render::diagnostics(&problems, text), @r#"
        ! Unexpected "other_block" block at 4:1-4:12
          Blocks are not allowed here.
        "#);
}

#[test]
fn bodies_merged() {
    let part = |text| Body::Native(fw_syntax::parse_native(FILE, text).0);
    let body = Body::Merged(Arc::from([part("count = 1\nlifecycle {}\n"), part("count = 2\nlifecycle {}\n")]));
    assert_snapshot!(render::content(&body, &schema(), "count = 1\n"), @r#"
          ! Duplicate argument at 1:1-1:6
            Argument "count" was already set. Each argument may be set only once.
          ! Missing required argument
            The argument "name" is required, but was not set.
        count = 1
        lifecycle
        lifecycle
        "#);
}

#[test]
fn bodies_given() {
    let (body, _) = fw_syntax::parse_native(FILE, "name = 1\nprovisioner {}\nx {}\n");
    let all = BodySchema::new(&[("name", false)], &[("provisioner", &[]), ("x", &[])]);
    let (content, _) = Body::Native(body).content(&all);
    let given = Body::Given(Arc::new(BodyContent { missing: Span::new(FILE, 0, 0), ..content }));
    assert_snapshot!(render::content(&given, &schema(), "name = 1\nprovisioner {}\nx {}\n"), @r#"
          ! Missing type for provisioner at 2:12-2:12 in 2:1-2:12
            All provisioner blocks must have 1 labels (type).
          ! Unsupported block type at 3:1-3:2
            Blocks of type "x" are not expected here.
        name = 1
        "#);
}

#[test]
fn what_diagnostics_are_in() {
    let text = "a = 1\nresource \"x\" \"y\" {\n  z {}\n}\nlocals {}\n";
    let body = Body::Native(fw_syntax::parse_native(FILE, text).0);
    let outline: Vec<_> =
        body.outline().into_iter().map(|(s, header)| format!("{}-{} {header}\n", s.start, s.end)).collect();
    assert_snapshot!(outline.concat(), @r#"
        6-33 resource "x" "y"
        34-43 locals
        "#);
}
