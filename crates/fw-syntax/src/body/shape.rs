//! What a body is asked for: the attributes and blocks it may contain.

use fw_value::Str;

/// What a body may contain, as it is asked while the body is read. Each attribute and block of a body costs one question,
/// so that a body is read in the time of what is in it, however large the schema.
pub trait Shape {
    /// Whether it may have an attribute of this name.
    fn has_attribute(&self, name: &str) -> bool;

    /// The names of the labels of a block type; `None` where it may have no such blocks.
    fn labels(&self, kind: &str) -> Option<&[Str]>;

    /// All attributes, with whether they are required, in the order in which missing ones are told.
    fn attributes(&self) -> Box<dyn Iterator<Item = (&Str, bool)> + '_>;

    /// All block types.
    fn kinds(&self) -> Box<dyn Iterator<Item = &Str> + '_>;
}

/// A shape written down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BodySchema {
    /// Attribute names; the flag says required.
    pub attributes: Vec<(Str, bool)>,
    /// Block types.
    pub blocks: Vec<BlockSchema>,
}

/// A block type that a body may contain.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockSchema {
    /// The block type.
    pub kind: Str,
    /// The names of its labels, for messages; their number is what counts.
    pub labels: Vec<Str>,
}

impl BodySchema {
    /// A schema from names: attributes with whether they are required, blocks with the names of their labels.
    #[must_use]
    pub fn new(attributes: &[(&str, bool)], blocks: &[(&str, &[&str])]) -> Self {
        let block = |(kind, labels): &(&str, &[&str])| BlockSchema {
            kind: Str::from(*kind),
            labels: labels.iter().map(|l| Str::from(*l)).collect(),
        };
        Self {
            attributes: attributes.iter().map(|(name, required)| (Str::from(*name), *required)).collect(),
            blocks: blocks.iter().map(block).collect(),
        }
    }
}

/// These are short, so they are searched from the front.
impl Shape for BodySchema {
    fn has_attribute(&self, name: &str) -> bool {
        self.attributes.iter().any(|(own, _)| **own == *name)
    }

    fn labels(&self, kind: &str) -> Option<&[Str]> {
        self.blocks.iter().find(|block| *block.kind == *kind).map(|block| block.labels.as_slice())
    }

    fn attributes(&self) -> Box<dyn Iterator<Item = (&Str, bool)> + '_> {
        Box::new(self.attributes.iter().map(|(name, required)| (name, *required)))
    }

    fn kinds(&self) -> Box<dyn Iterator<Item = &Str> + '_> {
        Box::new(self.blocks.iter().map(|block| &block.kind))
    }
}

/// A shape without requirements.
#[derive(Clone, Copy)]
pub struct Lenient<'a>(pub &'a dyn Shape);

impl Shape for Lenient<'_> {
    fn has_attribute(&self, name: &str) -> bool {
        self.0.has_attribute(name)
    }

    fn labels(&self, kind: &str) -> Option<&[Str]> {
        self.0.labels(kind)
    }

    fn attributes(&self) -> Box<dyn Iterator<Item = (&Str, bool)> + '_> {
        Box::new(self.0.attributes().map(|(name, _)| (name, false)))
    }

    fn kinds(&self) -> Box<dyn Iterator<Item = &Str> + '_> {
        self.0.kinds()
    }
}
