//! Places in values that a schema marks: sensitive and write-only attributes.

use fw_value::{Content, Marks, Path, PathMarks, PathStep, Str, Value};

use crate::{Attribute, AttributeType, Block, NestedObject, Nesting};

impl Block {
    /// Whether any attribute in it is sensitive.
    #[must_use]
    pub fn has_sensitive(&self) -> bool {
        *self.cache.has_sensitive.get_or_init(|| {
            self.attributes.values().any(|a| a.any(&|a| a.sensitive))
                || self.blocks.values().any(|b| b.block.has_sensitive())
        })
    }

    /// Whether any attribute in it is write-only.
    #[must_use]
    pub fn has_write_only(&self) -> bool {
        *self.cache.has_write_only.get_or_init(|| {
            self.attributes.values().any(|a| a.any(&|a| a.write_only))
                || self.blocks.values().any(|b| b.block.has_write_only())
        })
    }

    /// The places in a value of this schema that are sensitive by the schema.
    #[must_use]
    pub fn sensitive_paths(&self, value: &Value) -> Vec<Path> {
        let mut found = Vec::new();
        if self.has_sensitive() {
            collect_block(self, value, &Path::root(), &|a| a.sensitive, &mut found);
        }
        found
    }

    /// The places in a value of this schema that are write-only.
    #[must_use]
    pub fn write_only_paths(&self, value: &Value) -> Vec<Path> {
        let mut found = Vec::new();
        if self.has_write_only() {
            collect_block(self, value, &Path::root(), &|a| a.write_only, &mut found);
        }
        found
    }

    /// The value with the marks that the schema gives to places in it.
    #[must_use]
    pub fn mark_sensitive(&self, value: Value) -> Value {
        if !self.has_sensitive() {
            return value;
        }
        let mark = |path| PathMarks { path, marks: Marks::SENSITIVE };
        let marks: Vec<_> = self.sensitive_paths(&value).into_iter().map(mark).collect();
        if marks.is_empty() { value } else { value.mark_with_paths(&marks) }
    }
}

impl Attribute {
    fn any(&self, test: &dyn Fn(&Self) -> bool) -> bool {
        test(self) || self.nested().is_some_and(|object| object.attributes.values().any(|a| a.any(test)))
    }
}

type Test<'t> = &'t dyn Fn(&Attribute) -> bool;

fn collect_block(block: &Block, value: &Value, path: &Path, test: Test<'_>, found: &mut Vec<Path>) {
    if value.is_null() || !value.is_known() {
        return;
    }
    for (name, attribute) in &block.attributes {
        collect_attribute(attribute, name, value, path, test, found);
    }
    for (name, nested) in &block.blocks {
        let Some(inner) = value.attr_ref(name) else { continue };
        let path = path.clone().attribute(Str::clone(name));
        for_each_object(nested.nesting, inner, &path, &mut |object, path| {
            collect_block(&nested.block, object, path, test, found);
        });
    }
}

fn collect_attribute(
    attribute: &Attribute,
    name: &Str,
    value: &Value,
    path: &Path,
    test: Test<'_>,
    found: &mut Vec<Path>,
) {
    if !attribute.any(test) {
        return;
    }
    let path = path.clone().attribute(Str::clone(name));
    if test(attribute) {
        found.push(path.clone());
    }
    // What is sensitive inside of something sensitive is a place of its own.
    if let (AttributeType::Nested(object), Some(inner)) = (&attribute.ty, value.attr_ref(name)) {
        collect_nested(object, inner, &path, test, found);
    }
}

fn collect_nested(nested: &NestedObject, value: &Value, path: &Path, test: Test<'_>, found: &mut Vec<Path>) {
    for_each_object(nested.nesting, value, path, &mut |object, path| {
        for (name, attribute) in &nested.attributes {
            collect_attribute(attribute, name, object, path, test, found);
        }
    });
}

/// Calls `visit` with each object of a nested value that is known and not null.
fn for_each_object(nesting: Nesting, value: &Value, path: &Path, visit: &mut dyn FnMut(&Value, &Path)) {
    if matches!(nesting, Nesting::Single | Nesting::Group) {
        if matches!(value.content(), Content::Object(_)) {
            visit(value, path);
        }
        return;
    }
    // Objects stand for maps of dynamic content; their elements are attributes then.
    let is_object = matches!(value.content(), Content::Object(_));
    for (key, element) in value.entries() {
        if !matches!(element.content(), Content::Object(_)) {
            continue;
        }
        let step = match key.as_shared_str() {
            Some(name) if is_object => PathStep::Attribute(Str::clone(name)),
            _ => PathStep::Index(key),
        };
        let mut path = path.clone();
        path.0.push(step);
        visit(element, &path);
    }
}
