//! Layout and escapes as Go's `encoding/json` has them.

use super::*;

#[test]
fn white_space_goes_and_what_html_minds_is_escaped() {
    let json = "{ \"a<\" : [ 1e3 , \"\\\"b & c\\\\\" ],\r\n\t\"d\" : \"\u{2028}\" }";
    assert_eq!(compact(json), "{\"a\\u003c\":[1e3,\"\\\"b \\u0026 c\\\\\"],\"d\":\"\\u2028\"}");
}

#[test]
fn empty_objects_and_lists_stay_on_their_line() {
    let mut out = String::new();
    indent(&mut out, "{\"a\":[],\"b\":{},\"c\":[[1,{\"d\":\"[,:]\"}]]}", 0);
    assert_eq!(
        out,
        "{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [\n    [\n      1,\n      {\n        \"d\": \"[,:]\"\n      }\n    ]\n  ]\n}"
    );
}

#[test]
fn strings_get_the_shortest_escapes_that_go_uses() {
    assert_eq!(quoted("a\"\\\n\r\t\u{8}\u{c}\u{1}\u{7f}é<"), "\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0001\u{7f}é\\u003c\"");
}

#[test]
fn indenting_and_compacting_undo_each_other() {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<String>().prop_map(|text| quoted(&text)),
    ];
    let json = leaf.prop_recursive(4, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|es| format!("[{}]", es.join(","))),
            prop::collection::vec((any::<String>(), inner), 0..6).prop_map(|members| {
                let members: Vec<_> = members.iter().map(|(k, v)| format!("{}:{v}", quoted(k))).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    });
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let checked = runner.run(&json, |json| {
        let mut pretty = String::new();
        indent(&mut pretty, &json, 3);
        prop_assert_eq!(compact(&pretty), json);
        Ok(())
    });
    checked.unwrap();
}
