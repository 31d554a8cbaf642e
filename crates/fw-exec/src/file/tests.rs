//! The plan codec.
use std::sync::Arc;

use fw_value::{Marks, Path, Refinement, Type, Value};

use super::*;
use crate::{Action, ExecutionGraph, Importing, Mode, NodeId, Operation, OutputChange, ResourceChange};

fn change(address: &str) -> ResourceChange {
    let object = Value::object([
        ("id", Value::unknown(Type::String)),
        ("secret", Value::string("pässword").with_marks(Marks::SENSITIVE)),
        ("list", Value::list(Type::Number, [Value::number(1), Value::unknown(Type::Number)])),
        ("any", Value::dynamic()),
    ]);
    ResourceChange {
        address: address.parse().unwrap(),
        previous_address: "terraform_data.old".parse().unwrap(),
        deposed: Some(fw_state::DeposedKey::new(7)),
        provider: "provider[\"terraform.io/builtin/terraform\"].x".parse().unwrap(),
        action: Action::CreateThenDelete,
        reason: Some(crate::ActionReason::ReplaceBecauseTainted),
        before: Value::null(object.ty().clone()),
        after: object,
        before_identity: None,
        after_identity: Some(Value::object([("id", Value::string("x"))])),
        required_replace: vec![Path::root().attribute("list").index(Value::number(-3))],
        importing: Some(Importing { id: Some("i".into()), identity: None, unknown: false }),
        generated_config: Some("resource {}".into()),
        private: bytes::Bytes::from_static(b"\x00\xff"),
        dependencies: ["module.a.aws_x.y".parse().unwrap()].into(),
        create_before_destroy: true,
    }
}

fn plan() -> Plan {
    let state = br#"{"version":4,"terraform_version":"1.11.4","serial":3,"lineage":"l","outputs":{"o":{"value":"v","type":"string","sensitive":true}},"resources":[],"check_results":null}"#;
    let state = Arc::new(fw_state::read(state).unwrap());
    let mut graph = ExecutionGraph::default();
    let first = graph.add(Operation::Apply(0));
    let second = graph.add(Operation::ModuleDone(fw_addr::ModulePath::root().child("m")));
    graph.wait(second, first);
    Plan {
        mode: Mode::Normal,
        variables: [("v".into(), Value::string("s").with_marks(Marks::SENSITIVE))].into(),
        ephemeral_variables: vec!["e".into()],
        targets: vec!["module.a[\"k\"]".into()],
        excludes: vec!["aws_x.z".into()],
        force_replace: vec!["module.a[\"k\"].data.x.y[0]".parse().unwrap()],
        resource_changes: vec![change("module.a[1].aws_x.y[\"k\"]"), change("aws_x.y")],
        drift: vec![change("aws_x.z")],
        output_changes: vec![OutputChange {
            name: "o".into(),
            action: Action::Update,
            before: Value::string("v"),
            after: Value::unknown(Type::String).refine(Refinement::default()),
            sensitive: true,
        }],
        previous_state: Arc::clone(&state),
        prior_state: state,
        forgotten_data: vec!["data.x.y[\"k\"]".parse().unwrap()],
        checks: fw_state::CheckResults::default(),
        relevant_attributes: vec![],
        graph,
        timestamp: (-1, 999_999_999),
        errored: false,
        complete: true,
    }
}

#[test]
fn plans_come_back_as_they_were() {
    let plan = plan();
    let bytes = encode(&plan).unwrap();
    let again = decode(&bytes).unwrap();
    assert_eq!(format!("{again:?}"), format!("{plan:?}"));
    assert_eq!(again.resource_changes, plan.resource_changes);
    assert_eq!(encode(&again).unwrap(), bytes);
    assert!(Arc::ptr_eq(&again.previous_state, &again.prior_state));
}

#[test]
fn no_byte_can_be_changed_or_lost() {
    let bytes = encode(&plan()).unwrap();
    for at in 0..bytes.len() {
        let mut broken = bytes.clone();
        broken[at] ^= 0x20;
        assert!(decode(&broken).is_err(), "byte {at} changed");
        assert!(decode(&bytes[..at]).is_err(), "cut at {at}");
    }
    assert_eq!(decode(b"PK\x03\x04").unwrap_err(), DecodeError::Foreign);
    assert_eq!(decode(b"FWPL\x7f....").unwrap_err(), DecodeError::Version(0x7f));
}

#[test]
fn rubbish_with_a_right_checksum_is_refused() {
    let bytes = encode(&plan()).unwrap();
    let seal = |mut content: Vec<u8>| {
        let checksum = crc32fast::hash(&content);
        content.extend_from_slice(&checksum.to_le_bytes());
        content
    };
    // Any change of one byte: an error or another plan, never a panic.
    for at in 5..bytes.len() - 4 {
        for by in [0x01, 0x80, 0xff] {
            let mut content = bytes[..bytes.len() - 4].to_vec();
            content[at] ^= by;
            drop(decode(&seal(content)));
        }
        assert!(decode(&seal(bytes[..at].to_vec())).is_err());
    }
    let broken = |spoil: fn(&mut Plan)| {
        let mut plan = plan();
        spoil(&mut plan);
        decode(&encode(&plan).unwrap()).unwrap_err().to_string()
    };
    let cycle = broken(|plan| plan.graph.wait(NodeId(0), NodeId(1)));
    assert_eq!(cycle, "the plan is damaged: its steps wait for each other");
    let dangling = broken(|plan| plan.graph.wait(NodeId(0), NodeId(9)));
    assert_eq!(dangling, "the plan is damaged: a step waits for a step that it does not have");
    let absent = broken(|plan| plan.resource_changes.clear());
    assert_eq!(absent, "the plan is damaged: a step concerns a change that it does not have");
}
