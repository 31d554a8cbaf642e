//! What planner and applier do with the answers of providers, seen from outside.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_provider::{
    IgnoredChanges, all_computed_unknown, assert_object_compatible, assert_plan_valid, assert_value_conforms,
    normalize_legacy_object, planned_data_resource_object, problem_text, proposed_new, without_write_only,
    write_only_values,
};
use fw_schema::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting, StringKind};
use fw_value::{Marks, Path, PathError, Refinement, Str, Type, Value};

#[derive(Clone, Copy, PartialEq)]
enum Flag {
    Required,
    Optional,
    Computed,
    OptionalComputed,
    WriteOnly,
    Sensitive,
}

fn attribute(ty: AttributeType, flag: Flag) -> Attribute {
    Attribute {
        ty,
        required: flag == Flag::Required,
        optional: matches!(flag, Flag::Optional | Flag::OptionalComputed | Flag::WriteOnly | Flag::Sensitive),
        computed: matches!(flag, Flag::Computed | Flag::OptionalComputed),
        sensitive: flag == Flag::Sensitive,
        write_only: flag == Flag::WriteOnly,
        deprecated: false,
        description: String::new(),
        description_kind: StringKind::Plain,
    }
}

fn plain(ty: Type, flag: Flag) -> Attribute {
    attribute(AttributeType::Value(ty), flag)
}

fn text(flag: Flag) -> Attribute {
    plain(Type::String, flag)
}

fn nested(nesting: Nesting, flag: Flag, attributes: &[(&str, Attribute)]) -> Attribute {
    let object = NestedObject { attributes: named(attributes), nesting };
    attribute(AttributeType::Nested(Arc::new(object)), flag)
}

fn named<T: Clone>(all: &[(&str, T)]) -> BTreeMap<Str, T> {
    all.iter().map(|(name, one)| (Str::from(*name), one.clone())).collect()
}

fn block(attributes: &[(&str, Attribute)], blocks: &[(&str, NestedBlock)]) -> Block {
    Block { attributes: named(attributes), blocks: named(blocks), ..Block::default() }
}

fn inner(nesting: Nesting, block: Block) -> NestedBlock {
    NestedBlock { block: Arc::new(block), nesting, min_items: 0, max_items: 0 }
}

fn s(text: &str) -> Value {
    Value::string(text)
}

fn none() -> Value {
    Value::null(Type::String)
}

fn unknown() -> Value {
    Value::unknown(Type::String)
}

fn object<const N: usize>(parts: [(&str, Value); N]) -> Value {
    Value::object(parts)
}

fn list(elements: &[Value]) -> Value {
    Value::list(elements[0].ty().clone(), elements.to_vec())
}

fn set(elements: &[Value]) -> Value {
    Value::set(elements[0].ty().clone(), elements.to_vec())
}

fn texts(problems: Vec<PathError>) -> Vec<String> {
    problems.iter().map(|problem| problem_text("x.y", problem)).collect()
}

fn simple() -> Block {
    block(&[("a", text(Flag::Optional)), ("b", text(Flag::OptionalComputed)), ("c", text(Flag::Computed))], &[])
}

#[test]
fn computed_attributes_are_kept_from_the_object_before() {
    let prior = object([("a", s("old")), ("b", s("set by provider")), ("c", s("id"))]);
    let config = object([("a", s("new")), ("b", none()), ("c", none())]);
    let expected = object([("a", s("new")), ("b", s("set by provider")), ("c", s("id"))]);
    assert_eq!(proposed_new(&simple(), &prior, &config), expected);
}

#[test]
fn without_an_object_before_computed_attributes_are_null() {
    let prior = Value::null(simple().implied_type());
    let config = object([("a", unknown()), ("b", s("given")), ("c", none())]);
    assert_eq!(proposed_new(&simple(), &prior, &config), config);
}

#[test]
fn data_to_be_read_has_unknown_computed_attributes() {
    let config = object([("a", s("x")), ("b", none()), ("c", none())]);
    let expected = object([("a", s("x")), ("b", unknown()), ("c", unknown())]);
    assert_eq!(planned_data_resource_object(&simple(), &config), expected);
}

fn with_blocks(nesting: Nesting) -> Block {
    let item = block(&[("key", text(Flag::Optional)), ("id", text(Flag::Computed))], &[]);
    block(&[], &[("item", inner(nesting, item))])
}

fn item(key: &str, id: Option<&str>) -> Value {
    object([("key", s(key)), ("id", id.map_or_else(none, s))])
}

#[test]
fn blocks_in_a_list_belong_together_by_index() {
    let schema = with_blocks(Nesting::List);
    let prior = object([("item", list(&[item("a", Some("1"))]))]);
    let config = object([("item", list(&[item("b", None), item("a", None)]))]);
    let expected = object([("item", list(&[item("b", Some("1")), item("a", None)]))]);
    assert_eq!(proposed_new(&schema, &prior, &config), expected);
}

#[test]
fn blocks_in_a_set_belong_together_by_what_was_configured() {
    let schema = with_blocks(Nesting::Set);
    let prior = object([("item", set(&[item("a", Some("1")), item("b", Some("2"))]))]);
    let config = object([("item", set(&[item("b", None), item("c", None)]))]);
    let expected = object([("item", set(&[item("b", Some("2")), item("c", None)]))]);
    assert_eq!(proposed_new(&schema, &prior, &config), expected);
}

#[test]
fn of_equal_candidates_in_a_set_each_is_used_once() {
    let ports = block(&[("port", plain(Type::Number, Flag::OptionalComputed))], &[]);
    let schema = block(&[], &[("item", inner(Nesting::Set, ports))]);
    let port = |n: Option<i64>| object([("port", n.map_or_else(|| Value::null(Type::Number), Value::number))]);
    let prior = object([("item", set(&[port(Some(1)), port(Some(2))]))]);
    let config = object([("item", set(&[port(None), port(Some(1))]))]);
    // The null takes what is left after the exact match only if that comes first in set order: it does not.
    let proposed = proposed_new(&schema, &prior, &config);
    assert_eq!(proposed.attr("item").and_then(|v| v.length_usize()), Some(2));
}

#[test]
fn unknown_dynamic_blocks_stay_unknown() {
    let schema = with_blocks(Nesting::List);
    let ty = Type::list(with_blocks(Nesting::List).blocks["item"].block.implied_type());
    let prior = object([("item", list(&[item("a", Some("1"))]))]);
    let config = object([("item", Value::unknown(ty))]);
    assert_eq!(proposed_new(&schema, &prior, &config), config);
}

#[test]
fn nested_attributes_that_were_configured_once_are_not_kept() {
    let inside = [("name", text(Flag::Optional)), ("arn", text(Flag::Computed))];
    let schema = block(&[("role", nested(Nesting::Single, Flag::OptionalComputed, &inside))], &[]);
    let ty = schema.attributes["role"].implied_type();
    let config = object([("role", Value::null(ty))]);
    let written = object([("role", object([("name", s("x")), ("arn", s("y"))]))]);
    assert_eq!(proposed_new(&schema, &written, &config), config);
    let computed = object([("role", object([("name", none()), ("arn", s("y"))]))]);
    assert_eq!(proposed_new(&schema, &computed, &config), computed);
}

#[test]
fn nested_attribute_maps_belong_together_by_key() {
    let inside = [("name", text(Flag::Optional)), ("arn", text(Flag::Computed))];
    let schema = block(&[("roles", nested(Nesting::Map, Flag::Optional, &inside))], &[]);
    let role = |name: &str, arn: Value| object([("name", s(name)), ("arn", arn)]);
    let map = |entries: Vec<(&str, Value)>| object([("roles", Value::map(entries[0].1.ty().clone(), entries.clone()))]);
    let prior = map(vec![("a", role("x", s("1"))), ("b", role("y", s("2")))]);
    let config = map(vec![("b", role("z", none())), ("c", role("w", none()))]);
    let expected = map(vec![("b", role("z", s("2"))), ("c", role("w", none()))]);
    assert_eq!(proposed_new(&schema, &prior, &config), expected);
}

#[test]
fn a_plan_must_follow_the_configuration() {
    let schema = simple();
    let prior = Value::null(schema.implied_type());
    let config = object([("a", s("x")), ("b", none()), ("c", none())]);
    let good = object([("a", s("x")), ("b", unknown()), ("c", s("foreseen"))]);
    assert!(assert_plan_valid(&schema, &prior, &config, &good).is_empty());
    let bad = object([("a", s("y")), ("b", unknown()), ("c", unknown())]);
    assert_eq!(
        texts(assert_plan_valid(&schema, &prior, &config, &bad)),
        [r#"x.y.a: planned value cty.StringVal("y") does not match config value cty.StringVal("x")"#]
    );
    let left_out = object([("a", none()), ("b", none()), ("c", none())]);
    assert_eq!(
        texts(assert_plan_valid(&schema, &prior, &left_out, &good)),
        [r#"x.y.a: planned value cty.StringVal("x") for a non-computed attribute"#]
    );
}

#[test]
fn a_plan_may_keep_the_value_before() {
    let schema = simple();
    let prior = object([("a", s("X")), ("b", none()), ("c", s("id"))]);
    let config = object([("a", s("x")), ("b", none()), ("c", none())]);
    assert!(assert_plan_valid(&schema, &prior, &config, &prior).is_empty());
    let other = object([("a", s("z")), ("b", none()), ("c", s("id"))]);
    assert_eq!(
        texts(assert_plan_valid(&schema, &prior, &config, &other)),
        [concat!(
            r#"x.y.a: planned value cty.StringVal("z") does not match config value cty.StringVal("x") "#,
            r#"nor prior value cty.StringVal("X")"#
        )]
    );
}

#[test]
fn sensitive_and_write_only_attributes_in_plans() {
    let schema = block(&[("secret", text(Flag::Sensitive)), ("once", text(Flag::WriteOnly))], &[]);
    let prior = Value::null(schema.implied_type());
    let config = object([("secret", s("x")), ("once", s("y"))]);
    let planned = object([("secret", s("z")), ("once", none())]);
    assert_eq!(
        texts(assert_plan_valid(&schema, &prior, &config, &planned)),
        ["x.y.secret: sensitive planned value does not match config value"]
    );
}

#[test]
fn blocks_in_plans() {
    let schema = with_blocks(Nesting::List);
    let prior = Value::null(schema.implied_type());
    let config = object([("item", list(&[item("a", None)]))]);
    let two = object([("item", list(&[item("a", None), item("b", None)]))]);
    assert_eq!(
        texts(assert_plan_valid(&schema, &prior, &config, &two)),
        ["x.y.item: block count in plan (2) disagrees with count in config (1)"]
    );
    let ty = two.attr("item").unwrap().ty().clone();
    let lost = object([("item", Value::unknown(ty.clone()))]);
    assert_eq!(
        texts(assert_plan_valid(&schema, &prior, &config, &lost)),
        ["x.y.item: attribute representing nested block must not be unknown itself; set nested attribute values to \
          unknown instead"]
    );
    let null = object([("item", Value::null(ty))]);
    assert_eq!(
        texts(assert_plan_valid(&schema, &prior, &config, &null)),
        ["x.y.item: attribute representing a list of nested blocks must be empty to indicate no blocks, not null"]
    );
    let changed = object([("item", list(&[item("z", None)]))]);
    assert_eq!(
        texts(assert_plan_valid(&schema, &prior, &config, &changed)),
        [r#"x.y.item[0].key: planned value cty.StringVal("z") does not match config value cty.StringVal("a")"#]
    );
}

#[test]
fn what_is_applied_must_complete_what_was_planned() {
    let schema = simple();
    let planned = object([("a", s("x")), ("b", unknown()), ("c", unknown().refine(Refinement::prefix("arn:")))]);
    let good = object([("a", s("x")), ("b", none()), ("c", s("arn:1"))]);
    assert!(assert_object_compatible(&schema, &planned, &good).is_empty());
    let bad = object([("a", s("y")), ("b", s("any")), ("c", s("other"))]);
    assert_eq!(
        texts(assert_object_compatible(&schema, &planned, &bad)),
        [
            r#"x.y.a: was cty.StringVal("x"), but now cty.StringVal("y")"#,
            concat!(
                r#"x.y.c: final value cty.StringVal("other") does not conform to planning placeholder "#,
                r#"cty.UnknownVal(cty.String).Refine().NotNull().StringPrefixFull("arn:").NewValue()"#
            ),
        ]
    );
}

#[test]
fn objects_do_not_come_and_go() {
    let schema = simple();
    let there = object([("a", s("x")), ("b", none()), ("c", none())]);
    let null = Value::null(schema.implied_type());
    let problems = assert_object_compatible(&schema, &there, &null);
    assert_eq!(texts(problems), ["x.y: root object was present, but now absent"]);
    let problems = assert_object_compatible(&schema, &null, &there);
    assert_eq!(texts(problems), ["x.y: root object was absent, but now present"]);
}

#[test]
fn sensitive_values_are_not_shown() {
    let schema = simple();
    let planned = object([("a", s("secret").with_marks(Marks::SENSITIVE)), ("b", none()), ("c", none())]);
    let actual = object([("a", s("other")), ("b", none()), ("c", none())]);
    let problems = assert_object_compatible(&schema, &planned, &actual);
    assert_eq!(texts(problems), ["x.y.a: inconsistent values for sensitive attribute"]);
}

#[test]
fn elements_of_sets_need_counterparts() {
    let schema = with_blocks(Nesting::Set);
    let waiting = object([("key", s("a")), ("id", unknown())]);
    let planned = object([("item", set(&[waiting]))]);
    let good = object([("item", set(&[item("a", Some("1"))]))]);
    assert!(assert_object_compatible(&schema, &planned, &good).is_empty());
    let more = object([("item", set(&[item("a", Some("1")), item("a", Some("2"))]))]);
    assert_eq!(
        texts(assert_object_compatible(&schema, &planned, &more)),
        ["x.y.item: block set length changed from 1 to 2"]
    );
    let other = object([("item", set(&[item("b", Some("1"))]))]);
    let found = texts(assert_object_compatible(&schema, &planned, &other));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("x.y.item: planned set element cty.ObjectVal("), "{found:?}");
    assert!(found[0].ends_with(" does not correlate with any element in actual"), "{found:?}");
}

#[test]
fn lists_and_maps_keep_their_elements() {
    let schema = block(
        &[
            ("list", plain(Type::list(Type::String), Flag::Optional)),
            ("map", plain(Type::map(Type::String), Flag::Optional)),
        ],
        &[],
    );
    let map = |entries: &[(&str, &str)]| Value::map(Type::String, entries.iter().map(|(k, v)| (*k, s(v))));
    let planned = object([("list", list(&[s("a"), s("b")])), ("map", map(&[("x", "1")]))]);
    let actual = object([("list", list(&[s("a")])), ("map", map(&[("y", "1")]))]);
    assert_eq!(
        texts(assert_object_compatible(&schema, &planned, &actual)),
        [
            "x.y.list: element 1 has vanished",
            r#"x.y.map: element "x" has vanished"#,
            r#"x.y.map: new element "y" has appeared"#,
        ]
    );
}

#[test]
fn types_that_do_not_conform_are_told() {
    let schema = simple();
    let value = object([("a", Value::number(1)), ("b", none())]);
    assert_eq!(
        texts(assert_value_conforms(&schema, &value)),
        ["x.y.a: string required, but received number", r#"x.y: missing required attribute "c""#,]
    );
}

#[test]
fn legacy_objects_get_their_blocks_back() {
    let schema = with_blocks(Nesting::List);
    let ty = schema.implied_type();
    let blocks = schema.blocks["item"].implied_type();
    let null = object([("item", Value::null(blocks.clone()))]);
    let normal = normalize_legacy_object(&schema, &null);
    assert_eq!(normal.attr("item").unwrap().length_usize(), Some(0));
    let lost = object([("item", Value::unknown(blocks))]);
    let normal = normalize_legacy_object(&schema, &lost);
    assert_eq!(normal, object([("item", list(&[object([("key", unknown()), ("id", unknown())])]))]));
    assert!(normalize_legacy_object(&schema, &Value::null(ty)).is_null());
}

#[test]
fn computed_attributes_become_unknown() {
    let schema = with_blocks(Nesting::Set);
    let config = object([("item", set(&[item("a", None)]))]);
    let expected = object([("item", set(&[object([("key", s("a")), ("id", unknown())])]))]);
    assert_eq!(all_computed_unknown(&schema, &config), expected);
}

#[test]
fn write_only_values_are_found_and_taken_away() {
    let inside = [("pw", text(Flag::WriteOnly))];
    let schema =
        block(&[("once", text(Flag::WriteOnly)), ("users", nested(Nesting::List, Flag::Optional, &inside))], &[]);
    let user = |pw: Value| object([("pw", pw)]);
    let value = object([("once", none()), ("users", list(&[user(none()), user(s("x"))]))]);
    let at = Path::root().attribute("users").index(Value::number(1)).attribute("pw");
    assert_eq!(write_only_values(&schema, &value), [at]);
    let expected = object([("once", none()), ("users", list(&[user(none()), user(none())]))]);
    assert_eq!(without_write_only(&schema, &value), expected);
}

#[test]
fn ignored_changes_keep_what_was_there() {
    let schema = block(
        &[
            ("a", text(Flag::Optional)),
            ("tags", plain(Type::map(Type::String), Flag::Optional)),
            ("id", text(Flag::Computed)),
        ],
        &[],
    );
    let tags = |entries: &[(&str, &str)]| Value::map(Type::String, entries.iter().map(|(k, v)| (*k, s(v))));
    let prior = object([("a", s("old")), ("tags", tags(&[("x", "1"), ("z", "9")])), ("id", s("i"))]);
    let config = object([("a", s("new")), ("tags", tags(&[("x", "2"), ("y", "3")])), ("id", none())]);
    let at = |name: &str| Path::root().attribute(name);
    let key = |name: &str| at("tags").index(s(name));
    let some = IgnoredChanges::At(vec![at("a"), key("x"), key("y"), key("z")]);
    let expected = object([("a", s("old")), ("tags", tags(&[("x", "1"), ("z", "9")])), ("id", none())]);
    assert_eq!(some.apply(&prior, &config, Some(&schema)), expected);
    let whole = object([("a", s("old")), ("tags", tags(&[("x", "1"), ("z", "9")])), ("id", none())]);
    assert_eq!(IgnoredChanges::All.apply(&prior, &config, Some(&schema)), whole);
    assert_eq!(IgnoredChanges::All.apply(&prior, &config, None), prior);
    let null = Value::null(schema.implied_type());
    assert_eq!(IgnoredChanges::All.apply(&null, &config, Some(&schema)), config);
}
