//! Changes survive the way to the journal and back, and make of a state what they made of it the first time.

use super::*;
use crate::{CheckKind, CheckResult, CheckStatus, ObjectStatus};

fn changes() -> Vec<Change> {
    let address: AbsResourceInstance = "module.m[\"k\"].x_a.b[3]".parse().unwrap();
    let provider: AbsProviderConfig = "provider[\"registry.terraform.io/hashicorp/x\"].y".parse().unwrap();
    let key = DeposedKey::new(7);
    let object = ObjectState {
        status: ObjectStatus::Tainted,
        private: b"\0secret".as_slice().into(),
        dependencies: ["data.x_c.d".parse::<AbsResourceInstance>().unwrap().config()].into(),
        create_before_destroy: true,
        ..ObjectState::from_json("{\"a\": \"<\\n\", \"n\": 1.50}", 2)
    };
    let object = Some(Arc::new(object));
    let check = CheckResult {
        kind: CheckKind::Output,
        config_address: "output.o".into(),
        status: CheckStatus::Unknown,
        objects: None,
    };
    let output = OutputState { value: fw_value::Value::string("x"), sensitive: true };
    vec![
        Change::Object { address: address.clone(), deposed: None, provider: provider.clone(), object: object.clone() },
        Change::Depose { address: address.clone(), key: key.clone() },
        Change::Object { address: address.clone(), deposed: None, provider: provider.clone(), object },
        Change::Object { address: address.clone(), deposed: None, provider: provider.clone(), object: None },
        Change::Restore { address: address.clone(), key: key.clone() },
        Change::Object { address, deposed: Some(key), provider, object: None },
        Change::Output { name: "o".into(), output: Some(output) },
        Change::Output { name: "p".into(), output: None },
        Change::Checks(Some(CheckResults(vec![check]))),
        Change::Checks(None),
    ]
}

#[test]
fn changes_are_lines_of_json_and_come_back_the_same() {
    let (mut direct, mut through_text) = (State::new(), State::new());
    for change in changes() {
        let line = change.to_json().unwrap();
        assert!(!line.contains('\n'), "{line}");
        let back = Change::from_json(&line).unwrap();
        assert_eq!(back, change);
        direct.apply(&change);
        through_text.apply(&back);
        assert_eq!(direct, through_text);
    }
}

#[test]
fn nonsense_is_refused() {
    for wrong in [
        "",
        "{}",
        "{\"change\":\"dance\"}",
        "{\"change\":\"object\"}",
        "{\"change\":\"depose\",\"address\":\"a.b\",\"deposed\":\"x\"}",
    ] {
        assert!(Change::from_json(wrong).is_err(), "{wrong}");
    }
}
