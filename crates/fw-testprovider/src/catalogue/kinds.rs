//! Resource types, data sources and ephemeral resources.

use std::collections::BTreeMap;

use fw_schema::{Attribute, Nesting};
use fw_value::{Type, Value};

use super::declare::{block, computed, either, nested, optional, required, schema, write_only};
use super::{Identity, Kind, common, shapes};

/// Managed resource types.
pub(super) fn resources(protocol: u32) -> BTreeMap<&'static str, Kind> {
    [
        ("fwtest_object", object()),
        ("fwtest_shapes", shapes::resource(protocol)),
        ("fwtest_legacy", legacy()),
        ("fwtest_writeonly", writeonly(protocol)),
        ("fwtest_identity", identity()),
        ("fwtest_versioned", versioned()),
    ]
    .into()
}

/// Data sources.
pub(super) fn data_sources(protocol: u32) -> BTreeMap<&'static str, Kind> {
    [("fwtest_lookup", lookup()), ("fwtest_shapes", shapes::resource(protocol))].into()
}

/// Ephemeral resource types.
pub(super) fn ephemeral() -> BTreeMap<&'static str, Kind> {
    let mut token = computed(Type::String);
    token.sensitive = true;
    let attributes = [
        ("name", required(Type::String)),
        ("renew_after", optional(Type::Number)),
        ("script", optional(Type::String)),
        ("token", token),
        ("opened", computed(Type::Number)),
    ];
    [("fwtest_token", Kind { schema: schema(0, block(attributes, [])), ..Kind::default() })].into()
}

/// Lists of resources.
pub(super) fn lists() -> BTreeMap<&'static str, Kind> {
    let attributes = [("prefix", optional(Type::String)), ("script", optional(Type::String))];
    [("fwtest_identity", Kind { schema: schema(0, block(attributes, [])), ..Kind::default() })].into()
}

/// Actions.
pub(super) fn actions() -> BTreeMap<&'static str, Kind> {
    let mut secret = optional(Type::String);
    secret.sensitive = true;
    let attributes = [
        ("name", required(Type::String)),
        ("steps", optional(Type::Number)),
        ("secret", secret),
        ("script", optional(Type::String)),
    ];
    [("fwtest_notify", Kind { schema: schema(0, block(attributes, [])), ..Kind::default() })].into()
}

/// The everyday resource.
fn object() -> Kind {
    let sensitive = Attribute { sensitive: true, ..optional(Type::String) };
    let deprecated = Attribute { deprecated: true, ..optional(Type::String) };
    let attributes = [
        ("name", required(Type::String)),
        ("size", optional(Type::Number)),
        ("tags", optional(Type::map(Type::String))),
        ("content", either(Type::String)),
        ("secret", sensitive),
        ("old_name", deprecated),
        ("any", optional(Type::Dynamic)),
        ("depends", optional(Type::list(Type::String))),
        ("etag", computed(Type::String)),
    ];
    Kind {
        schema: schema(0, block(common().into_iter().chain(attributes), [])),
        force_new: &["size"],
        defaults: vec![("content", Value::string("default content"))],
        on_change: &["etag"],
        ..Kind::default()
    }
}

/// As the old SDK would have it: lower-cases names, forgets the difference between null and empty.
fn legacy() -> Kind {
    let pair = Type::object([("from", Type::Number), ("to", Type::Number)]);
    let settings = block([("mode", optional(Type::String)), ("level", optional(Type::Number))], []);
    let timeouts = block([("create", optional(Type::String)), ("delete", optional(Type::String))], []);
    let attributes = [
        ("name", required(Type::String)),
        ("note", optional(Type::String)),
        ("count_limit", optional(Type::Number)),
        ("enabled", optional(Type::Bool)),
        ("labels", either(Type::map(Type::String))),
        // Lists and sets of objects that are optional and computed may be written as blocks.
        ("rule", either(Type::list(pair.clone()))),
        ("rule_set", either(Type::set(pair))),
        ("arn", computed(Type::String)),
    ];
    let blocks =
        [("settings", nested(Nesting::List, settings, 0, 1)), ("timeouts", nested(Nesting::Single, timeouts, 0, 0))];
    Kind {
        schema: schema(1, block(common().into_iter().chain(attributes), blocks)),
        force_new: &["count_limit"],
        legacy: true,
        ..Kind::default()
    }
}

/// Values that only the configuration has.
fn writeonly(protocol: u32) -> Kind {
    let secret = Attribute { sensitive: true, ..write_only(Type::String) };
    let credential = block([("user", required(Type::String)), ("secret_wo", secret.clone())], []);
    let mut attributes = vec![
        ("name", required(Type::String)),
        ("password_wo", secret.clone()),
        ("password_wo_version", optional(Type::Number)),
        ("fingerprint", computed(Type::String)),
    ];
    if protocol > 5 {
        let inside = vec![("user", optional(Type::String)), ("secret_wo", secret)];
        attributes.push(("login", super::declare::structure(Nesting::Single, inside)));
    }
    Kind {
        schema: schema(
            0,
            block(common().into_iter().chain(attributes), [("credential", nested(Nesting::List, credential, 0, 0))]),
        ),
        force_new: &["password_wo_version"],
        on_change: &["fingerprint"],
        ..Kind::default()
    }
}

/// Objects with an identity.
fn identity() -> Kind {
    let attributes =
        [("name", required(Type::String)), ("region", either(Type::String)), ("note", optional(Type::String))];
    Kind {
        schema: schema(0, block(common().into_iter().chain(attributes), [])),
        force_new: &["name", "region"],
        defaults: vec![("region", Value::string("here"))],
        identity: Some(Identity { version: 1, attributes: vec![("name", true), ("region", false)] }),
        ..Kind::default()
    }
}

/// A schema that was other in earlier versions: `FW_TESTPROVIDER_SCHEMA_VERSION` says which is current.
fn versioned() -> Kind {
    let version = std::env::var("FW_TESTPROVIDER_SCHEMA_VERSION").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    let mut attributes = vec![("note", optional(Type::String))];
    attributes.push(if version == 0 { ("title", required(Type::String)) } else { ("name", required(Type::String)) });
    if version >= 2 {
        attributes.push(("kind", either(Type::String)));
    }
    let defaults = if version >= 2 { vec![("kind", Value::string("plain"))] } else { Vec::new() };
    Kind { schema: schema(version, block(common().into_iter().chain(attributes), [])), defaults, ..Kind::default() }
}

/// Finds an object by its name.
fn lookup() -> Kind {
    let attributes = [
        ("name", required(Type::String)),
        ("kind", optional(Type::String)),
        ("must_exist", optional(Type::Bool)),
        ("echo", optional(Type::Dynamic)),
        ("found", computed(Type::Bool)),
        ("tags", computed(Type::map(Type::String))),
        ("etag", computed(Type::String)),
        ("echoed", computed(Type::Dynamic)),
    ];
    Kind { schema: schema(0, block(common().into_iter().chain(attributes), [])), ..Kind::default() }
}
