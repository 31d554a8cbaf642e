//! What terraform has written is written back byte for byte; what old versions have written is upgraded as terraform does.

use fw_addr::{AbsResource, AbsResourceInstance};
use fw_state::{Attributes, ObjectStatus, State, read, write};

fn state(text: &str) -> State {
    match read(text.as_bytes()) {
        Ok(state) => state,
        Err(error) => panic!("{error:?}"),
    }
}

fn upgraded(text: &str) -> String {
    let mut state = state(text);
    state.terraform_version = "1.11.4".to_owned();
    write(&state).expect("it can be written")
}

#[test]
fn a_state_of_terraform_stays_the_same_byte_for_byte() {
    let text = include_str!("fixtures/written_by_terraform.tfstate");
    assert_eq!(write(&state(text)).unwrap(), text);
    assert_eq!(state(text).defects(), Vec::new());
}

#[test]
fn everything_an_instance_can_have_is_kept() {
    let text = include_str!("fixtures/all_members.tfstate");
    assert_eq!(write(&state(text)).unwrap(), text);
}

#[test]
fn values_are_decoded_with_their_marks() {
    let state = state(include_str!("fixtures/written_by_terraform.tfstate"));
    let address: AbsResourceInstance = r#"terraform_data.b["x"]"#.parse().unwrap();
    let object = state.current(&address).unwrap();
    let ty = fw_value::Type::object([
        ("id", fw_value::Type::String),
        ("input", fw_value::Type::Dynamic),
        ("output", fw_value::Type::Dynamic),
        ("triggers_replace", fw_value::Type::Dynamic),
    ]);
    let decoded = object.decode(&ty).unwrap();
    assert!(decoded.value.attr("input").unwrap().has_mark(fw_value::Marks::SENSITIVE));
    assert!(!decoded.value.attr("id").unwrap().is_marked());
    assert_eq!(decoded.dependencies.len(), 2);
    let new = fw_state::NewObject {
        value: &decoded.value,
        ty: &ty,
        schema_version: object.schema_version,
        identity: None,
        status: decoded.status,
        private: &decoded.private,
        dependencies: std::sync::Arc::clone(&decoded.dependencies),
        create_before_destroy: decoded.create_before_destroy,
    };
    assert_eq!(fw_state::ObjectState::encode(new).unwrap(), **object);
}

#[test]
fn format_3_is_upgraded_as_terraform_does() {
    let old = r#"{"version":3,"serial":1,"lineage":"","modules":[{"path":["root"],"outputs":{"a":{"type":"list","value":["x","y"]}},
      "resources":{"aws_x.a.0":{"type":"aws_x","depends_on":["aws_y.b"],"primary":{"id":"1","attributes":{"id":"1","t.#":"0"},
      "meta":{"schema_version":"2","e2":{"a":1}},"tainted":true},"deposed":[{"id":"z"}],"provider":"provider.aws.foo"},
      "data.aws_x.a":{"primary":{"id":"3"}}}}]}"#;
    assert_eq!(upgraded(old), include_str!("fixtures/upgraded_from_3.tfstate"));
}

#[test]
fn format_1_is_upgraded_as_terraform_does() {
    let old = r#"{"version":1,"serial":1,"modules":[{"path":["root","b"],"outputs":{"a":"z"},"resources":{"aws_x.a":
      {"type":"aws_x","primary":{"id":"1","attributes":{"id":"1","tags.#":"1","tags.a":"3","e.#":"0"}}}}}]}"#;
    assert_eq!(upgraded(old), include_str!("fixtures/upgraded_from_1.tfstate"));
}

#[test]
fn numbers_keep_their_text_and_angle_brackets_are_escaped() {
    let text = r#"{"version":4,"resources":[{"mode":"managed","type":"a","name":"b","provider":"provider[\"registry.terraform.io/-/aws\"]",
      "instances":[{"attributes":{"a":1e3, "b":"<", "big": 123456789012345678901234567890.10}}]}]}"#;
    let state = state(text);
    let (_, _, instance) = state.instances().next().unwrap();
    let Attributes::Json(json) = &instance.current.as_ref().unwrap().attributes else { panic!("not JSON") };
    assert_eq!(&**json, r#"{"a":1e3,"b":"\u003c","big":123456789012345678901234567890.10}"#);
}

#[test]
fn what_is_missing_is_taken_for_empty() {
    let text = r#"{"version":4,"outputs":null,"check_results":[],"resources":[{"mode":"managed","type":"a","name":"b",
      "provider":"provider.aws","instances":[{"index_key":1.0,"status":"tainted","dependencies":null}]}]}"#;
    let state = state(text);
    let (address, resource, instance) = state.instances().next().unwrap();
    assert_eq!(address.to_string(), "a.b[1]");
    assert_eq!(resource.provider.to_string(), r#"provider["registry.terraform.io/-/aws"]"#);
    let object = instance.current.as_ref().unwrap();
    assert_eq!(object.status, ObjectStatus::Tainted);
    assert_eq!(object.attributes, Attributes::Json("{}".into()));
}

#[test]
fn states_are_compared_by_what_they_say() {
    let text = include_str!("fixtures/written_by_terraform.tfstate");
    let first = state(text);
    let mut second = state(&text.replace("\n  ", "\n\t"));
    second.serial += 1;
    "other".clone_into(&mut second.lineage);
    assert!(first.same_content(&second));
    let address: AbsResource = match "terraform_data.a".parse::<fw_addr::Target>().unwrap() {
        fw_addr::Target::Resource(resource) => resource,
        other => panic!("{other:?}"),
    };
    second.remove_resource(&address);
    assert!(!first.same_content(&second));
}

#[test]
fn an_empty_flat_map_is_left_out_and_is_no_change() {
    let text = r#"{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"a","outputs":{},"resources":[{"mode":"managed",
        "type":"x_a","name":"b","provider":"provider[\"registry.terraform.io/hashicorp/x\"]","instances":[
        {"schema_version":0,"attributes_flat":{}}]}]}"#;
    let first = state(text);
    let written = fw_state::write(&first).unwrap();
    assert!(!written.contains("attributes_flat"), "{written}");
    assert!(state(&written).same_content(&first));
}
