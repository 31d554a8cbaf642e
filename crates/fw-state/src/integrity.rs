//! Whether a state is sound: what must hold of every state that an operation leaves behind, whatever went wrong in it.

use std::fmt;

use fw_addr::{AbsResource, AbsResourceInstance, ResourceMode};

use crate::{Attributes, ObjectState, State};

/// Something that must never be in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// The object concerned.
    pub address: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.address, self.message)
    }
}

impl State {
    /// All that is wrong with the state; nothing, if the program is right.
    #[must_use]
    pub fn defects(&self) -> Vec<Defect> {
        let mut defects = Vec::new();
        for (address, resource) in self.resources() {
            let mut defect = |message: &str| {
                defects.push(Defect { address: address.to_string(), message: message.to_owned() });
            };
            if address.resource.mode == ResourceMode::Ephemeral {
                defect("ephemeral resources must not be stored");
            }
            if address.resource.kind.is_empty() || address.resource.name.is_empty() {
                defect("the address has no type or name");
            }
            if resource.instances.len() > 1 && resource.instances.contains_key(&None) {
                defect("an instance without key stands beside instances with keys");
            }
            for (key, instance) in &resource.instances {
                let at = address.instance(key.clone());
                if instance.is_empty() {
                    defects.push(Defect { address: at.to_string(), message: "the instance has no object".to_owned() });
                }
                for object in instance.current.iter().chain(instance.deposed.values()) {
                    check_object(&mut defects, address, &at, object);
                }
                if address.resource.mode == ResourceMode::Data && !instance.deposed.is_empty() {
                    let message = "a data source has deposed objects".to_owned();
                    defects.push(Defect { address: at.to_string(), message });
                }
            }
        }
        for (name, output) in &self.outputs {
            if !output.value.is_wholly_known() {
                defects.push(Defect { address: format!("output.{name}"), message: "the value is unknown".to_owned() });
            }
        }
        defects
    }
}

fn check_object(defects: &mut Vec<Defect>, resource: &AbsResource, at: &AbsResourceInstance, object: &ObjectState) {
    let mut defect = |message: String| defects.push(Defect { address: at.to_string(), message });
    if let Attributes::Json(json) = &object.attributes
        && (!json.starts_with('{') || serde_json::from_str::<serde::de::IgnoredAny>(json).is_err())
    {
        defect("the attributes are not a JSON object".to_owned());
    }
    if let Err(error) = object.sensitive_paths() {
        defect(format!("the places of sensitive values are wrong: {error}"));
    }
    if object.dependencies.contains(&resource.config()) {
        defect("the object depends on its own resource".to_owned());
    }
}
