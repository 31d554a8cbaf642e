//! The objects of a deployment: those in its state, and those its run is about.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_run::{Output, OutputEntry, Progress, ResourcePhase, Severity, StepId};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// One object.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Resource {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) address: String,
    /// `managed` or `data`.
    pub(crate) mode: String,
    pub(crate) provider: String,
    /// pending, processing, completed, failed.
    pub(crate) status: &'static str,
    /// Its attributes.
    #[schema(value_type = Object)]
    pub(crate) state: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// Its status as the state has it; nothing where it is not there.
    #[serde(skip)]
    recorded: Option<&'static str>,
    /// What the run has told of it last.
    #[serde(skip)]
    told: Option<Told>,
    /// All of this as JSON, once it was wanted.
    #[serde(skip)]
    text: Option<Arc<str>>,
}

/// What a run tells of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// It is among what is to be done.
    Named,
    Busy,
    Completed,
    Skipped,
    Failed,
}

impl Resource {
    /// Something about it has changed: its status follows.
    fn changed(&mut self) {
        self.status = match (self.told, self.recorded) {
            (Some(Told::Failed), _) => "failed",
            (Some(Told::Busy), _) => "processing",
            (Some(Told::Completed), _) => "completed",
            (Some(Told::Named | Told::Skipped) | None, recorded) => recorded.unwrap_or("pending"),
        };
        self.text = None;
    }

    fn tell(&mut self, told: Told) {
        if self.told != Some(told) {
            self.told = Some(told);
            self.changed();
        }
    }

    /// Is from now on as a state has it; what the run has told stays.
    fn rebase(&mut self, recorded: Self) {
        if self.recorded == recorded.recorded && self.state == recorded.state {
            return;
        }
        let (told, error) = (self.told, self.error.take());
        *self = Self { told, error, ..recorded };
        self.changed();
    }

    /// Is no more in the state.
    fn vanish(&mut self) {
        if self.recorded.take().is_some() {
            self.state = json!({});
            self.changed();
        }
    }
}

/// What went wrong with an object.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ResourceError {
    /// `type/name`.
    pub(crate) resource: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) error: String,
    /// plan or apply.
    pub(crate) phase: String,
}

/// What is known of a deployment's objects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resources {
    by_address: BTreeMap<String, Resource>,
    /// The newest attempt of each step that has told something.
    attempts: BTreeMap<StepId, u32>,
    pub(crate) errors: Vec<ResourceError>,
    pub(crate) outputs: Map<String, Value>,
}

impl Resources {
    /// Takes in the newest state file, in the place of the one before. Those who may only look see no sensitive values.
    pub(crate) fn set_state(&mut self, state: &Value, show_sensitive: bool) {
        let mut recorded = BTreeMap::new();
        for resource in state["resources"].as_array().into_iter().flatten() {
            for instance in resource["instances"].as_array().into_iter().flatten() {
                add_instance(&mut recorded, resource, instance, show_sensitive);
            }
        }
        self.by_address.retain(|address, known| match recorded.remove(address) {
            Some(recorded) => {
                known.rebase(recorded);
                true
            }
            None => {
                known.vanish();
                known.told.is_some()
            }
        });
        self.by_address.append(&mut recorded);
        self.outputs.clear();
        for (name, output) in state["outputs"].as_object().into_iter().flatten() {
            let sensitive = output["sensitive"] == true;
            let value = if sensitive && !show_sensitive { Value::Null } else { output["value"].clone() };
            let shown = json!({"value": value, "type": output["type"], "sensitive": sensitive});
            self.outputs.insert(name.clone(), shown);
        }
    }

    /// Takes in what the steps of the newest run have told, in order; what was taken in before is not given again. `phase` says which step is which. What an attempt
    /// tells after the next one has begun to speak comes from a worker that was given up: it knows nothing any more.
    pub(crate) fn add_output(&mut self, output: &[OutputEntry], phase: impl Fn(&OutputEntry) -> String) {
        for entry in output {
            let Output::Progress(progress) = &entry.output else { continue };
            let attempt = self.attempts.entry(entry.step).or_insert(entry.attempt);
            *attempt = entry.attempt.max(*attempt);
            if entry.attempt < *attempt {
                continue;
            }
            match progress {
                Progress::PlannedChange { address, resource_type, actions, .. } => {
                    let idle = actions.iter().all(|action| matches!(action.as_str(), "no-op" | "read" | "delete"));
                    if !idle {
                        self.touch(address, resource_type, "");
                    }
                }
                Progress::Resource { address, resource_type, provider, phase: how, error, .. } => {
                    self.touch(address, resource_type, provider);
                    self.phase(address, *how, error.as_deref(), &phase(entry));
                }
                Progress::Diagnostic { severity: Severity::Error, summary, detail, address: Some(address), .. } => {
                    let text = if detail.is_empty() { summary.clone() } else { format!("{summary}: {detail}") };
                    self.fail(address, &text, &phase(entry));
                }
                Progress::Diagnostic { .. } | Progress::Provider { .. } | Progress::Summary { .. } => {}
            }
        }
    }

    fn touch(&mut self, address: &str, kind: &str, provider: &str) {
        if let Some(known) = self.by_address.get_mut(address) {
            if known.provider.is_empty() && !provider.is_empty() {
                provider.clone_into(&mut known.provider);
                known.text = None;
            }
            if known.told.is_none() {
                known.tell(Told::Named);
            }
            return;
        }
        let (mode, kind_of_address, name) = split(address);
        let kind = if kind.is_empty() { kind_of_address } else { kind.to_owned() };
        let (address, provider) = (address.to_owned(), provider.to_owned());
        let mode = mode.to_owned();
        let resource = Resource {
            kind,
            name,
            address: address.clone(),
            mode,
            provider,
            status: "pending",
            state: json!({}),
            error: None,
            recorded: None,
            told: Some(Told::Named),
            text: None,
        };
        self.by_address.insert(address, resource);
    }

    fn phase(&mut self, address: &str, how: ResourcePhase, error: Option<&str>, phase: &str) {
        if how == ResourcePhase::Failed {
            return self.fail(address, error.unwrap_or("it failed"), phase);
        }
        let Some(resource) = self.by_address.get_mut(address) else { return };
        match how {
            ResourcePhase::Started | ResourcePhase::Running => resource.tell(Told::Busy),
            ResourcePhase::Completed => resource.tell(Told::Completed),
            ResourcePhase::Skipped => resource.tell(Told::Skipped),
            ResourcePhase::Failed => {}
        }
    }

    fn fail(&mut self, address: &str, error: &str, phase: &str) {
        self.touch(address, "", "");
        let Some(resource) = self.by_address.get_mut(address) else { return };
        resource.tell(Told::Failed);
        // An operation's failure and its diagnostic tell the same.
        if resource.error.as_deref().is_some_and(|known| known.contains(error) || error.contains(known)) {
            return;
        }
        resource.error = Some(error.to_owned());
        resource.text = None;
        self.errors.push(ResourceError {
            resource: format!("{}/{}", resource.kind, resource.name),
            kind: resource.kind.clone(),
            name: resource.name.clone(),
            error: error.to_owned(),
            phase: phase.to_owned(),
        });
    }

    /// Leaves out what was done away with, once nothing is under way any more. What was planned and not reached stays only
    /// if the run has failed on the way. Whose end nobody has told, because the worker was killed, is as the state says.
    pub(crate) fn settle(&mut self, failed: bool) {
        self.by_address.retain(|_, resource| {
            if let ("processing", Some(status)) = (resource.status, resource.recorded) {
                resource.status = status;
                resource.text = None;
            }
            let in_state = resource.state.as_object().is_some_and(|state| !state.is_empty());
            in_state || resource.status == "failed" || failed && resource.status == "pending"
        });
    }

    /// The objects, in order of their addresses.
    pub(crate) fn list(&self) -> Vec<&Resource> {
        self.by_address.values().collect()
    }

    /// The same as JSON. What has not changed since the last time is as it was.
    pub(crate) fn text(&mut self) -> serde_json::Result<String> {
        let mut all = String::from("[");
        for resource in self.by_address.values_mut() {
            if all.len() > 1 {
                all.push(',');
            }
            match &resource.text {
                Some(text) => all.push_str(text),
                None => {
                    let text = serde_json::to_string(resource)?;
                    all.push_str(&text);
                    resource.text = Some(text.into());
                }
            }
        }
        all.push(']');
        Ok(all)
    }

    /// How many there are of each status.
    pub(crate) fn summary(&self) -> Value {
        let count = |status: &str| self.by_address.values().filter(|resource| resource.status == status).count();
        json!({
            "total": self.by_address.len(),
            "completed": count("completed"),
            "failed": count("failed"),
            "pending": count("pending"),
            "processing": count("processing"),
        })
    }
}

/// An object as a state file has it.
fn add_instance(all: &mut BTreeMap<String, Resource>, resource: &Value, instance: &Value, show_sensitive: bool) {
    let text = |name: &str| resource[name].as_str().unwrap_or_default().to_owned();
    let address = address(resource, instance);
    let mut state = instance["attributes"].clone();
    if state.is_null() {
        state = instance["attributes_flat"].clone();
    }
    if !show_sensitive {
        hide(&mut state, &instance["sensitive_attributes"]);
    }
    if resource["type"] == "terraform_data" {
        unwrap_dynamic(&mut state);
    }
    let status = if instance["status"] == "tainted" { "failed" } else { "completed" };
    let shown = Resource {
        kind: text("type"),
        name: text("name"),
        address: address.clone(),
        mode: text("mode"),
        provider: provider(resource["provider"].as_str().unwrap_or_default()),
        status,
        state: if state.is_null() { json!({}) } else { state },
        error: None,
        recorded: Some(status),
        told: None,
        text: None,
    };
    // A deposed object has the address of the one in its place, which is the one to see.
    if instance["deposed"].is_null() || !all.contains_key(&address) {
        all.insert(address, shown);
    }
}

/// A state file for those who may only look.
pub(crate) fn mask_state(state: &mut Value) {
    for output in state["outputs"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        if output["sensitive"] == true {
            output["value"] = Value::Null;
        }
    }
    for resource in state["resources"].as_array_mut().into_iter().flatten() {
        for instance in resource["instances"].as_array_mut().into_iter().flatten() {
            let paths = instance["sensitive_attributes"].clone();
            hide(&mut instance["attributes"], &paths);
            if let Some(instance) = instance.as_object_mut() {
                instance.remove("private");
            }
        }
    }
}

/// Attributes of any type stand in a state with their types; here only their values are wanted.
fn unwrap_dynamic(state: &mut Value) {
    for name in ["input", "output", "triggers_replace"] {
        if let Some(wrapped) = state.get_mut(name)
            && let Some(value) = wrapped.get_mut("value")
        {
            *wrapped = value.take();
        }
    }
}

/// Puts nulls in the places that a state says are sensitive.
fn hide(attributes: &mut Value, paths: &Value) {
    for path in paths.as_array().into_iter().flatten() {
        let mut place = Some(&mut *attributes);
        for step in path.as_array().into_iter().flatten() {
            let key = if step["value"].is_object() { &step["value"]["value"] } else { &step["value"] };
            place = place.and_then(|value| match (value, key) {
                (Value::Object(map), Value::String(name)) => map.get_mut(name),
                (Value::Array(items), Value::Number(index)) => items.get_mut(usize::try_from(index.as_u64()?).ok()?),
                // An element of a set has no place of its own: all of it is hidden.
                (value, _) => Some(value),
            });
        }
        if let Some(place) = place {
            *place = Value::Null;
        }
    }
}

/// The address of an instance in a state file.
fn address(resource: &Value, instance: &Value) -> String {
    let text = |name: &str| resource[name].as_str().unwrap_or_default();
    let module = text("module");
    let dot = if module.is_empty() { "" } else { "." };
    let data = if text("mode") == "data" { "data." } else { "" };
    let key = match &instance["index_key"] {
        Value::Null => String::new(),
        key => format!("[{key}]"),
    };
    format!("{module}{dot}{data}{}.{}{key}", text("type"), text("name"))
}

/// `provider["registry.terraform.io/hashicorp/aws"].east` is of the provider `registry.terraform.io/hashicorp/aws`.
fn provider(text: &str) -> String {
    text.split('"').nth(1).unwrap_or(text).to_owned()
}

/// Mode, type and name out of an address.
fn split(address: &str) -> (&'static str, String, String) {
    let Ok(parsed) = address.parse::<fw_addr::AbsResourceInstance>() else {
        return ("managed", String::new(), address.to_owned());
    };
    let resource = &parsed.resource;
    let mode = if resource.mode == fw_addr::ResourceMode::Data { "data" } else { "managed" };
    (mode, resource.kind.to_string(), resource.name.to_string())
}

#[cfg(test)]
mod tests;
