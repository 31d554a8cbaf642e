//! What is shown of objects while states and the output of runs come in.

use fw_run::{OpAction, Time};

use super::*;

fn state(objects: &[(&str, i64)]) -> Value {
    let resources = objects.iter().map(|(name, size)| {
        json!({
            "mode": "managed", "type": "fwtest_object", "name": name,
            "provider": "provider[\"registry.terraform.io/hashicorp/fwtest\"]",
            "instances": [{"attributes": {"size": size}}],
        })
    });
    json!({"resources": resources.collect::<Vec<_>>()})
}

fn tell(resources: &mut Resources, attempt: u32, name: &str, phase: ResourcePhase) {
    let progress = Progress::Resource {
        address: format!("fwtest_object.{name}"),
        resource_type: "fwtest_object".to_owned(),
        provider: "registry.terraform.io/hashicorp/fwtest".to_owned(),
        action: OpAction::Create,
        phase,
        elapsed: 0,
        id: None,
        error: (phase == ResourcePhase::Failed).then(|| "no".to_owned()),
    };
    let output = Output::Progress(progress);
    let entry = OutputEntry { position: 1, step: StepId(2), attempt, at: Time(0), output };
    resources.add_output(&[entry], |_| "apply".to_owned());
}

/// Name, status and size of all, as they are shown; what is kept of an earlier time has to be what is there now.
fn shown(resources: &mut Resources) -> String {
    let text = resources.text().unwrap();
    assert_eq!(text, serde_json::to_string(&resources.list()).unwrap());
    let all: Vec<Value> = serde_json::from_str(&text).unwrap();
    let one = |one: &Value| format!("{} {} {}", one["name"].as_str().unwrap(), one["status"], one["state"]["size"]);
    all.iter().map(one).collect::<Vec<_>>().join(", ").replace('"', "")
}

#[test]
fn what_a_run_has_told_stays_when_the_state_is_another() {
    let mut resources = Resources::default();
    assert_eq!(shown(&mut resources), "");
    resources.set_state(&state(&[("a", 1), ("b", 1)]), true);
    assert_eq!(shown(&mut resources), "a completed 1, b completed 1");
    tell(&mut resources, 1, "a", ResourcePhase::Started);
    tell(&mut resources, 1, "c", ResourcePhase::Started);
    assert_eq!(shown(&mut resources), "a processing 1, b completed 1, c processing null");
    tell(&mut resources, 1, "c", ResourcePhase::Completed);
    resources.set_state(&state(&[("a", 2), ("c", 3)]), true);
    assert_eq!(shown(&mut resources), "a processing 2, c completed 3", "nobody has told of b, which is gone");
    resources.set_state(&state(&[("c", 3)]), true);
    assert_eq!(shown(&mut resources), "a processing null, c completed 3");
    tell(&mut resources, 1, "a", ResourcePhase::Failed);
    assert_eq!(shown(&mut resources), "a failed null, c completed 3");
    assert_eq!(resources.errors.len(), 1);
    tell(&mut resources, 2, "a", ResourcePhase::Skipped);
    tell(&mut resources, 1, "a", ResourcePhase::Completed);
    assert_eq!(shown(&mut resources), "a pending null, c completed 3", "who was given up knows nothing any more");
}

#[test]
fn what_nobody_has_ended_is_as_the_state_says() {
    let mut resources = Resources::default();
    tell(&mut resources, 1, "a", ResourcePhase::Started);
    tell(&mut resources, 1, "b", ResourcePhase::Started);
    resources.set_state(&state(&[("a", 1)]), true);
    assert_eq!(shown(&mut resources), "a processing 1, b processing null");
    resources.settle(false);
    assert_eq!(shown(&mut resources), "a completed 1");
}
