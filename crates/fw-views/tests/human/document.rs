//! Plans from the document of `show -json`.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::{AbsProviderConfig, AbsResourceInstance, ModulePath};
use fw_exec::{
    Action, ActionReason, ExecutionGraph, Importing, Mode, OutputChange, Plan, RelevantAttribute, ResourceChange,
};
use fw_state::{CheckResults, DeposedKey, State};
use fw_value::json::Node;
use fw_value::{Marks, Number, Path, PathStep, Str, Type, Value};
use fw_views::human::Schemas;

use crate::schema::{members, provider_address};

pub(crate) fn plan(text: &str, schemas: &Schemas) -> Plan {
    let document = Node::parse(text).expect("JSON");
    let state = Arc::new(State::new());
    let changes = |key: &str| elements(document.get(key)).iter().map(|node| change(node, schemas)).collect();
    Plan {
        mode: match text_of(&document, "mode") {
            Some("refresh-only") => Mode::RefreshOnly,
            Some("destroy") => Mode::Destroy,
            _ => Mode::Normal,
        },
        variables: BTreeMap::new(),
        ephemeral_variables: Vec::new(),
        targets: Vec::new(),
        excludes: Vec::new(),
        force_replace: Vec::new(),
        resource_changes: changes("resource_changes"),
        drift: changes("resource_drift"),
        output_changes: members(document.get("output_changes")).iter().map(|(name, node)| output(name, node)).collect(),
        previous_state: Arc::clone(&state),
        prior_state: state,
        forgotten_data: Vec::new(),
        checks: CheckResults::default(),
        relevant_attributes: elements(document.get("relevant_attributes")).iter().map(relevant).collect(),
        graph: ExecutionGraph::default(),
        timestamp: (0, 0),
        errored: document.get("errored").and_then(Node::as_bool).unwrap_or_default(),
        complete: true,
    }
}

fn elements(node: Option<&Node>) -> &[Node] {
    node.and_then(Node::as_array).unwrap_or_default()
}

fn text_of<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str)
}

fn address(text: &str) -> AbsResourceInstance {
    text.parse().expect("an address")
}

fn change(node: &Node, schemas: &Schemas) -> ResourceChange {
    let provider = provider_address(text_of(node, "provider_name").expect("a provider"));
    let kind = text_of(node, "type").expect("a type");
    let of_provider = &schemas[&provider];
    let schema = match text_of(node, "mode") {
        Some("data") => of_provider.data_source(kind),
        _ => of_provider.resource(kind),
    };
    let ty = schema.expect("a schema").implied_type();
    let change = node.get("change").expect("a change");
    let current = address(text_of(node, "address").expect("an address"));
    ResourceChange {
        previous_address: text_of(node, "previous_address").map_or_else(|| current.clone(), address),
        address: current,
        deposed: text_of(node, "deposed").and_then(DeposedKey::parse),
        provider: AbsProviderConfig { module: ModulePath::root(), provider, alias: None, key: None },
        action: action(change),
        reason: text_of(node, "action_reason").and_then(reason),
        before: side(change, "before", &ty),
        after: side(change, "after", &ty),
        before_identity: None,
        after_identity: None,
        required_replace: elements(change.get("replace_paths")).iter().map(path).collect(),
        importing: change.get("importing").map(|importing| Importing {
            id: text_of(importing, "id").map(str::to_owned),
            identity: None,
            unknown: false,
        }),
        generated_config: text_of(change, "generated_config").map(str::to_owned),
        private: bytes::Bytes::new(),
        dependencies: [].into(),
        create_before_destroy: false,
    }
}

fn action(change: &Node) -> Action {
    let names: Vec<_> = elements(change.get("actions")).iter().filter_map(Node::as_str).collect();
    match *names {
        ["no-op"] => Action::NoOp,
        ["create"] => Action::Create,
        ["read"] => Action::Read,
        ["update"] => Action::Update,
        ["delete", "create"] => Action::DeleteThenCreate,
        ["create", "delete"] => Action::CreateThenDelete,
        ["delete"] => Action::Delete,
        ["forget"] => Action::Forget,
        _ => panic!("no such action: {names:?}"),
    }
}

fn reason(text: &str) -> Option<ActionReason> {
    Some(match text {
        "replace_because_tainted" => ActionReason::ReplaceBecauseTainted,
        "replace_by_request" => ActionReason::ReplaceByRequest,
        "replace_by_triggers" => ActionReason::ReplaceByTriggers,
        "replace_because_cannot_update" => ActionReason::ReplaceBecauseCannotUpdate,
        "delete_because_no_resource_config" => ActionReason::DeleteBecauseNoResourceConfig,
        "delete_because_wrong_repetition" => ActionReason::DeleteBecauseWrongRepetition,
        "delete_because_count_index" => ActionReason::DeleteBecauseCountIndex,
        "delete_because_each_key" => ActionReason::DeleteBecauseEachKey,
        "delete_because_enabled_false" => ActionReason::DeleteBecauseEnabledFalse,
        "delete_because_no_module" => ActionReason::DeleteBecauseNoModule,
        "delete_because_no_move_target" => ActionReason::DeleteBecauseNoMoveTarget,
        "read_because_config_unknown" => ActionReason::ReadBecauseConfigUnknown,
        "read_because_dependency_pending" => ActionReason::ReadBecauseDependencyPending,
        "read_because_check_nested" => ActionReason::ReadBecauseCheckNested,
        _ => return None,
    })
}

fn output(name: &str, node: &Node) -> OutputChange {
    let sensitive = |key: &str| node.get(key).and_then(Node::as_bool).unwrap_or_default();
    OutputChange {
        name: name.into(),
        action: action(node),
        before: side(node, "before", &Type::Dynamic),
        after: side(node, "after", &Type::Dynamic),
        sensitive: sensitive("before_sensitive") || sensitive("after_sensitive"),
    }
}

fn relevant(node: &Node) -> RelevantAttribute {
    RelevantAttribute {
        resource: address(text_of(node, "resource").expect("a resource")),
        attribute: path(node.get("attribute").expect("an attribute")),
    }
}

/// Names are attributes at the top; what they are further down the text does not depend on.
fn path(node: &Node) -> Path {
    let step = |step: &Node| match step {
        Node::String(name) => PathStep::Attribute(Str::from(&**name)),
        Node::Number(text) => PathStep::Index(Value::number(Number::parse(text).expect("a number"))),
        other => panic!("no path step: {other}"),
    };
    Path(elements(Some(node)).iter().map(step).collect())
}

fn side(change: &Node, which: &str, ty: &Type) -> Value {
    let sensitive = change.get(&format!("{which}_sensitive"));
    let unknown = change.get("after_unknown").filter(|_| which == "after");
    value(change.get(which), unknown, sensitive, ty)
}

/// A value from the three documents that describe it.
fn value(known: Option<&Node>, unknown: Option<&Node>, sensitive: Option<&Node>, ty: &Type) -> Value {
    let is = |node: Option<&Node>| node.and_then(Node::as_bool) == Some(true);
    let value = if is(unknown) { Value::unknown(ty.clone()) } else { known_value(known, unknown, sensitive, ty) };
    value.with_marks(if is(sensitive) { Marks::SENSITIVE } else { Marks::NONE })
}

fn known_value(known: Option<&Node>, unknown: Option<&Node>, sensitive: Option<&Node>, ty: &Type) -> Value {
    let at = |node: Option<&'_ Node>, i: usize| -> Option<Node> { elements(node).get(i).cloned() };
    let element =
        |i: usize, ty: &Type| value(at(known, i).as_ref(), at(unknown, i).as_ref(), at(sensitive, i).as_ref(), ty);
    let member = |name: &str, ty: &Type| {
        let get = |node: Option<&'_ Node>| -> Option<Node> { node.and_then(|node| node.get(name)).cloned() };
        value(get(known).as_ref(), get(unknown).as_ref(), get(sensitive).as_ref(), ty)
    };
    let names = || {
        let all = members(known).iter().chain(members(unknown)).map(|(name, _)| name.clone());
        all.collect::<std::collections::BTreeSet<String>>()
    };
    let count = elements(known).len();
    match (known, ty) {
        (None | Some(Node::Null), _) => Value::null(ty.clone()),
        (Some(_), Type::Object(object)) => {
            Value::object(object.attributes().iter().map(|a| (Str::clone(&a.name), member(&a.name, &a.ty))))
        }
        (Some(_), Type::Map(of)) => Value::map((**of).clone(), names().iter().map(|n| (&**n, member(n, of)))),
        (Some(_), Type::List(of)) => Value::list((**of).clone(), (0..count).map(|i| element(i, of))),
        (Some(_), Type::Set(of)) => Value::set((**of).clone(), (0..count).map(|i| element(i, of))),
        (Some(_), Type::Tuple(types)) => Value::tuple(types.iter().enumerate().map(|(i, ty)| element(i, ty))),
        (Some(Node::Array(_)), Type::Dynamic) => Value::tuple((0..count).map(|i| element(i, &Type::Dynamic))),
        (Some(Node::Object(_)), Type::Dynamic) => {
            Value::object(names().iter().map(|name| (&**name, member(name, &Type::Dynamic))))
        }
        (Some(Node::Bool(b)), _) => Value::bool(*b),
        (Some(Node::Number(text)), _) => Value::number(Number::parse(text).expect("a number")),
        (Some(Node::String(text)), _) => Value::string(text),
        (Some(node), ty) => panic!("{node} is no {ty}"),
    }
}
