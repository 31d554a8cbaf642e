//! The model changes as operations need it, and shares what it does not change.

use fw_addr::Provider;

use super::*;

fn provider() -> AbsProviderConfig {
    AbsProviderConfig {
        module: fw_addr::ModulePath::root(),
        provider: Provider::default_of("x"),
        alias: None,
        key: None,
    }
}

fn object(id: &str) -> Arc<ObjectState> {
    Arc::new(ObjectState::from_json(&format!("{{\"id\":\"{id}\"}}"), 0))
}

fn address(text: &str) -> AbsResourceInstance {
    text.parse().unwrap()
}

#[test]
fn resources_live_as_long_as_they_have_objects() {
    let mut state = State::new();
    let key = DeposedKey::new(0xff);
    state.set_object(&address("x_a.b[0]"), None, &provider(), Some(object("1")));
    state.set_object(&address("x_a.b[1]"), None, &provider(), Some(object("2")));
    assert!(state.depose(&address("x_a.b[0]"), &key));
    assert!(!state.depose(&address("x_a.b[0]"), &key));
    assert_eq!(key.to_string(), "000000ff");
    assert!(state.current(&address("x_a.b[0]")).is_none());
    state.set_object(&address("x_a.b[1]"), None, &provider(), None);
    assert_eq!(state.instances().count(), 1);
    assert!(state.restore(&address("x_a.b[0]"), &key));
    assert_eq!(state.current(&address("x_a.b[0]")), Some(&object("1")));
    state.set_object(&address("x_a.b[0]"), None, &provider(), None);
    assert!(state.is_empty());
}

#[test]
fn a_deposed_object_does_not_replace_a_current_one() {
    let mut state = State::new();
    let key = DeposedKey::new(1);
    state.set_object(&address("x_a.b"), Some(&key), &provider(), Some(object("old")));
    state.set_object(&address("x_a.b"), None, &provider(), Some(object("new")));
    assert!(!state.restore(&address("x_a.b"), &key));
    assert_eq!(state.instance(&address("x_a.b")).unwrap().object(Some(&key)), Some(&object("old")));
}

#[test]
fn instances_and_resources_move() {
    let mut state = State::new();
    state.set_object(&address("x_a.b"), None, &provider(), Some(object("1")));
    assert!(state.move_instance(&address("x_a.b"), &address("module.m[0].x_a.c[\"k\"]")));
    assert!(!state.move_instance(&address("x_a.b"), &address("x_a.d")));
    let names: Vec<_> = state.instances().map(|(address, ..)| address.to_string()).collect();
    assert_eq!(names, ["module.m[0].x_a.c[\"k\"]"]);
    let (from, to) = (address("module.m[0].x_a.c").containing(), address("x_a.z").containing());
    assert!(state.move_resource(&from, to));
    assert!(state.current(&address("x_a.z[\"k\"]")).is_some());
}

#[test]
fn a_clone_is_not_touched_and_shares_the_objects() {
    let mut state = State::new();
    state.set_object(&address("x_a.b"), None, &provider(), Some(object("1")));
    state.set_object(&address("x_a.c"), None, &provider(), Some(object("2")));
    let snapshot = state.clone();
    state.set_object(&address("x_a.b"), None, &provider(), Some(object("3")));
    assert_eq!(snapshot.current(&address("x_a.b")), Some(&object("1")));
    assert!(Arc::ptr_eq(snapshot.current(&address("x_a.c")).unwrap(), state.current(&address("x_a.c")).unwrap()));
}

#[test]
fn defects_are_found() {
    let mut state = State::new();
    state.set_object(&address("x_a.b"), None, &provider(), Some(object("1")));
    state.set_object(&address("x_a.b[0]"), None, &provider(), Some(object("1")));
    let own = ObjectState { dependencies: [address("x_a.c").config()].into(), ..ObjectState::from_json("[]", 0) };
    state.set_object(&address("x_a.c"), None, &provider(), Some(Arc::new(own)));
    let defects: Vec<_> = state.defects().iter().map(ToString::to_string).collect();
    assert_eq!(
        defects,
        [
            "x_a.b: an instance without key stands beside instances with keys",
            "x_a.c: the attributes are not a JSON object",
            "x_a.c: the object depends on its own resource",
        ]
    );
}
