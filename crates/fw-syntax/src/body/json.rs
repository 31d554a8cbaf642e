//! JSON bodies.

use fw_diag::{Diagnostics, FileId, Span};

use super::{BodyContent, BodySchema};
use crate::ast::Attribute;

/// A body in JSON syntax.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonBody {}

#[expect(clippy::unused_self, reason = "not yet written")]
impl JsonBody {
    pub(super) fn content(&self, _schema: &BodySchema) -> (BodyContent, Diagnostics) {
        (BodyContent { attributes: vec![], blocks: vec![], missing: self.missing() }, Diagnostics::new())
    }
    pub(super) fn partial_content(&self, schema: &BodySchema) -> (BodyContent, Self, Diagnostics) {
        let (content, diagnostics) = self.content(schema);
        (content, self.clone(), diagnostics)
    }
    pub(super) fn just_attributes(&self) -> (Vec<Attribute>, Diagnostics) {
        (Vec::new(), Diagnostics::new())
    }
    pub(super) fn missing(&self) -> Span {
        Span::new(FileId(0), 0, 0)
    }
}
