//! `mock_provider` with what is in it, and overrides.

use fw_addr::{Name, ResourceMode};
use fw_diag::{Diagnostics, Span};
use fw_syntax::ast::Attribute;
use fw_syntax::{Block, Body, BodyContent};
use fw_value::{Type, Value};

use super::{Decoder, OVERRIDES, address};
use crate::address::{self, Form};
use crate::decode::{BAD_NAME, schema};
use crate::expression;
use crate::model::{MovedEndpoint, ProviderBlock};
use crate::testing::{During, Mock, MockType, Override, TestProvider, target_name};

impl Decoder<'_> {
    pub(super) fn mock_provider(&mut self, block: &Block) -> Option<TestProvider> {
        let attributes = [("alias", false), ("source", false), ("override_during", false)];
        let blocks = [("mock_resource", &["type"][..]), ("mock_data", &["type"]), OVERRIDES[0], OVERRIDES[1]];
        let label = block.labels.first()?;
        let content = self.content(&block.body, &schema(&attributes, &blocks));
        self.check_local_name(&label.name, block.header);
        let alias = content.attribute("alias").and_then(|attribute| {
            let alias = self.string(attribute);
            if alias.as_ref().is_none_or(|alias| !fw_addr::is_identifier(alias)) {
                // This message has no place; nor has terraform's.
                let detail = format!("An alias must be a valid name. {BAD_NAME}");
                let problem = fw_diag::Diagnostic::error("Invalid provider configuration alias", detail);
                self.diagnostics.push(problem);
            }
            alias
        });
        let source = content.attribute("source");
        let mock_source = source.and_then(|a| Some((self.string(a)?.to_string(), a.expr.span)));
        let mut mock = self.mocked(&content);
        mock.during = content.attribute("override_during").and_then(|a| self.during(a)).unwrap_or_default();
        Some(TestProvider {
            block: ProviderBlock {
                for_each: None,
                address: address(&label.name, alias),
                body: Body::Merged([].into()),
                version: None,
                span: block.header,
                answers: None,
            },
            mock: Some(mock.into()),
            mock_source,
            name_span: label.span,
        })
    }

    /// What blocks of a mock say, in whatever file they stand.
    pub(super) fn mocked(&mut self, content: &BodyContent) -> Mock {
        let mut mock = Mock::default();
        for block in &content.blocks {
            match &*block.kind.name {
                "mock_resource" => self.mock_type(ResourceMode::Managed, block, &mut mock),
                "mock_data" => self.mock_type(ResourceMode::Data, block, &mut mock),
                _ => self.add_override(block, &mut mock.overrides),
            }
        }
        mock
    }

    fn mock_type(&mut self, mode: ResourceMode, block: &Block, mock: &mut Mock) {
        let Some(label) = block.labels.first() else { return };
        let content = self.content(&block.body, &schema(&[("defaults", false), ("override_during", false)], &[]));
        let given = content.attribute("defaults");
        let defaults = given.map_or_else(Value::empty_object, |a| self.made_up(a, "defaults", block));
        let defaults_span = given.map(|a| a.span);
        let during = content.attribute("override_during").and_then(|a| self.during(a));
        let kind = &block.kind.name;
        let key = (mode, Name::clone(&label.name));
        if let Some(first) = mock.types.get(&key) {
            let place = self.place(first.span);
            let detail = format!("A {kind} block for {} has already been defined at {place}.", label.name);
            self.error(&format!("Duplicate {kind} block"), detail, block.header);
            return;
        }
        mock.types.insert(key, MockType { defaults, defaults_span, during, span: block.header });
    }

    fn during(&mut self, attribute: &Attribute) -> Option<During> {
        match expression::keyword(&attribute.expr).as_deref() {
            Some("plan") => Some(During::Plan),
            Some("apply") => Some(During::Apply),
            _ => {
                let detail = "The override_during attribute must be a value of plan or apply.";
                self.error("Invalid override_during value", detail, attribute.span);
                None
            }
        }
    }

    /// An object of constants.
    fn made_up(&mut self, attribute: &Attribute, name: &str, block: &Block) -> Value {
        let mut problems = Diagnostics::new();
        let value = expression::constant(&attribute.expr, &mut problems);
        let object = value.filter(|value| matches!(value.ty(), Type::Object(_) | Type::Map(_)) && value.is_known());
        let object = object.filter(|value| !value.is_null());
        if object.is_none() && name != "defaults" {
            let kind = &block.kind.name;
            let article = if name == "outputs" { "an" } else { "a" };
            let detail = format!("{kind} blocks must specify {article} {name} attribute that is an object.");
            self.error(&format!("Invalid {name} attribute"), detail, attribute.span);
        }
        self.diagnostics.append(problems);
        object.unwrap_or_else(Value::empty_object)
    }

    /// Reads an override and adds it, unless there is one of the same thing.
    pub(super) fn add_override(&mut self, block: &Block, overrides: &mut Vec<Override>) {
        let kind = &*block.kind.name;
        let values = if kind == "override_module" { "outputs" } else { "values" };
        let attributes = [("target", false), (values, false), ("override_during", false)];
        let content = self.content(&block.body, &schema(&attributes, &[]));
        let target = match content.attribute("target") {
            Some(attribute) => self.override_target(kind, attribute),
            None => {
                let detail = format!("{kind} blocks must specify a target address.");
                self.error("Missing target attribute", detail, block.header);
                None
            }
        };
        let given = content.attribute(values);
        let made_up = given.map_or_else(Value::empty_object, |a| self.made_up(a, values, block));
        let during = content.attribute("override_during").and_then(|a| self.during(a));
        let (Some(target), Some(target_at)) = (target, content.attribute("target")) else { return };
        if let Some(first) = overrides.iter().find(|other| other.target == target) {
            let place = self.place(first.span);
            let name = target_name(&target);
            let detail = format!("An {kind} block targeting {name} has already been defined at {place}.");
            self.error(&format!("Duplicate {kind} block"), detail, block.header);
            return;
        }
        let values_span: Option<Span> = given.map(|a| a.span);
        let (span, target_span) = (block.header, target_at.expr.span);
        overrides.push(Override { target, values: made_up, during, span, target_span, values_span });
    }

    fn override_target(&mut self, kind: &str, attribute: &Attribute) -> Option<MovedEndpoint> {
        let traversal = expression::traversal(&attribute.expr, &mut self.diagnostics)?;
        let target = match address::parse(&traversal, Form::Endpoint) {
            Ok(target) => target,
            Err(problem) => {
                self.diagnostics.push(problem);
                return None;
            }
        };
        let what = match kind {
            "override_resource" => "resources",
            "override_data" => "data sources",
            _ => "modules",
        };
        let fits = match &target {
            MovedEndpoint::Module(_) => what == "modules",
            MovedEndpoint::Resource(_, resource, _) => match resource.mode {
                ResourceMode::Managed => what == "resources",
                ResourceMode::Data => what == "data sources",
                ResourceMode::Ephemeral => false,
            },
        };
        if !fits {
            let name = target_name(&target);
            let detail = format!("You can only target {what} from {kind} blocks, not {name}.");
            self.error("Invalid override target", detail, attribute.expr.span);
            return None;
        }
        Some(target)
    }
}
