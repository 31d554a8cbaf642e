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
    assert_snapshot!(check_content(text, &schema()), @"");
}

#[test]
fn what_it_does_not_name() {
    let text = "coun = 1\nlifecycl {}\nlifecycle = 2\nname {}\nzzz = 3\nzzz {}\n";
    assert_snapshot!(check_content(text, &schema()), @"");
}

#[test]
fn labels() {
    let text = "name = 1\nlifecycle \"a\" {}\nprovisioner {}\nprovisioner \"a\" \"b\" {}\npair \"a\" {}\npair {}\n";
    assert_snapshot!(check_content(text, &schema()), @"");
}

#[test]
fn the_rest_is_a_body_again() {
    let text = "name = 1\nother = 2\nlifecycle {}\nother_block {}\n";
    let (body, _) = fw_syntax::parse_native(FILE, text);
    let (content, rest, problems) = Body::Native(body).partial_content(&schema());
    assert!(problems.is_empty());
    assert_eq!((content.attributes.len(), content.blocks.len()), (1, 1));
    let all = BodySchema::new(&[("other", true)], &[("other_block", &[])]);
    assert_snapshot!(render::content(&rest, &all, text), @"");
    let (attributes, problems) = rest.just_attributes();
    assert_eq!(attributes.len(), 1);
    assert_snapshot!(render::diagnostics(&problems, text), @"");
}

#[test]
fn bodies_merged() {
    let part = |text| Body::Native(fw_syntax::parse_native(FILE, text).0);
    let body = Body::Merged(Arc::from([part("count = 1\nlifecycle {}\n"), part("count = 2\nlifecycle {}\n")]));
    assert_snapshot!(render::content(&body, &schema(), "count = 1\n"), @"");
}

#[test]
fn bodies_given() {
    let (body, _) = fw_syntax::parse_native(FILE, "name = 1\nprovisioner {}\nx {}\n");
    let all = BodySchema::new(&[("name", false)], &[("provisioner", &[]), ("x", &[])]);
    let (content, _) = Body::Native(body).content(&all);
    let given = Body::Given(Arc::new(BodyContent { missing: Span::new(FILE, 0, 0), ..content }));
    assert_snapshot!(render::content(&given, &schema(), "name = 1\nprovisioner {}\nx {}\n"), @"");
}

#[test]
fn what_diagnostics_are_in() {
    let text = "a = 1\nresource \"x\" \"y\" {\n  z {}\n}\nlocals {}\n";
    let body = Body::Native(fw_syntax::parse_native(FILE, text).0);
    let outline: Vec<_> = body.outline().into_iter().map(|(s, header)| format!("{}-{} {header}\n", s.start, s.end)).collect();
    assert_snapshot!(outline.concat(), @"");
}
