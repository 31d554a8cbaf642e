//! What to call an object when people are told of it: its id, or else its name.

use fw_value::{Content, Value};

/// A key and its text, both empty where there is nothing to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Identified {
    /// The attribute: `id`.
    pub(super) key: &'static str,
    /// Its value.
    pub(super) value: String,
}

impl Identified {
    /// By an id, as hooks give it.
    pub(super) fn id(id: Option<&str>) -> Self {
        id.filter(|id| !id.is_empty()).map_or_else(Self::default, |id| Self { key: "id", value: id.to_owned() })
    }

    /// ` [id=…]`, or nothing.
    pub(super) fn suffix(&self) -> String {
        if self.value.is_empty() { String::new() } else { format!(" [{}={}]", self.key, self.value) }
    }
}

/// The text of a member that may be shown.
fn text(object: &Value, name: &str) -> Option<String> {
    if object.is_marked() || !matches!(object.content(), Content::Object(_) | Content::Map(_)) {
        return None;
    }
    let member = object.string_entries().find(|(key, _)| ***key == *name)?.1;
    if member.is_marked() {
        return None;
    }
    member.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// An object by its id.
pub(super) fn by_id(object: &Value) -> Identified {
    Identified::id(text(object, "id").as_deref())
}

/// An object by its id, else by its name or the name among its tags.
pub(super) fn by_id_or_name(object: &Value) -> Identified {
    let found = by_id(object);
    if !found.value.is_empty() {
        return found;
    }
    if let Some(value) = text(object, "name") {
        return Identified { key: "name", value };
    }
    let tags = object.attr_ref("tags");
    let tag = |name| tags.and_then(|tags| text(tags, name));
    if let Some(value) = tag("name") {
        return Identified { key: "tags.name", value };
    }
    tag("Name").map_or_else(Identified::default, |value| Identified { key: "tags.Name", value })
}
