//! The blocks as they are written, laid over each other.

use std::collections::{BTreeMap, BTreeSet};

use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_syntax::{Block, Body, BodySchema};

/// Type and name.
pub(super) type Named = (String, String);

/// All that is written.
#[derive(Default)]
pub(super) struct Written {
    pub(super) providers: BTreeMap<Named, Block>,
    pub(super) methods: BTreeMap<Named, Block>,
    pub(super) state: Option<WrittenTarget>,
    pub(super) plan: Option<WrittenTarget>,
    pub(super) remote_default: Option<WrittenTarget>,
    pub(super) remotes: BTreeMap<String, WrittenTarget>,
}

/// What is to be encrypted.
pub(super) struct WrittenTarget {
    pub(super) body: Body,
    /// Whether it may not be left in plain text.
    pub(super) is_enforced: bool,
}

/// Reads the bodies; later ones are laid over earlier ones.
pub(super) fn read(bodies: &[(Body, Option<Span>)], told: &mut Diagnostics) -> Written {
    let mut written = Written::default();
    for (body, place) in bodies {
        Reading { written: &mut written, place: *place, seen: BTreeSet::new(), told }.all(body);
    }
    written
}

/// Reads one body.
struct Reading<'a> {
    written: &'a mut Written,
    place: Option<Span>,
    /// What this body has had already.
    seen: BTreeSet<String>,
    told: &'a mut Diagnostics,
}

impl Reading<'_> {
    fn all(&mut self, body: &Body) {
        let schema = BodySchema::new(
            &[],
            &[
                ("key_provider", &["type", "name"]),
                ("method", &["type", "name"]),
                ("state", &[]),
                ("plan", &[]),
                ("remote_state_data_sources", &[]),
            ],
        );
        for block in self.content(body, &schema) {
            match &*block.kind.name {
                "key_provider" | "method" => self.named(block),
                "remote_state_data_sources" => {
                    if self.is_first("remote_state_data_sources", &block) {
                        self.remotes(&block.body);
                    }
                }
                kind => {
                    let kind = kind.to_owned();
                    if self.is_first(&kind, &block) {
                        let is_enforced = self.is_enforced(&block.body);
                        let place = if kind == "state" { &mut self.written.state } else { &mut self.written.plan };
                        lay(place, block.body, is_enforced);
                    }
                }
            }
        }
    }

    fn content(&mut self, body: &Body, schema: &BodySchema) -> Vec<Block> {
        let (content, problems) = body.content(schema);
        self.told.append(problems);
        content.blocks
    }

    /// A block with type and name.
    fn named(&mut self, block: Block) {
        let kind = block.kind.name.to_string();
        let labels: Vec<String> = block.labels.iter().map(|label| label.name.to_string()).collect();
        // What has too few labels has been told of.
        let [ty, name] = labels.as_slice() else { return };
        for (label, what) in [(ty, "type"), (name, "name")] {
            self.check_label(&kind, what, label);
        }
        let address = format!("{kind}.{ty}.{name}");
        if !self.seen.insert(address.clone()) {
            let detail = format!("Found multiple instances of {address}");
            return self.error(&format!("Duplicate {kind}"), detail);
        }
        let all = if kind == "method" { &mut self.written.methods } else { &mut self.written.providers };
        let block = match all.remove(&(ty.clone(), name.clone())) {
            Some(base) => Block { body: Body::overridden(base.body, block.body), ..block },
            None => block,
        };
        all.insert((ty.clone(), name.clone()), block);
    }

    fn check_label(&mut self, kind: &str, what: &str, label: &str) {
        let is_good = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        if label.chars().all(is_good) && !label.is_empty() {
            return;
        }
        let thing = if kind == "method" { "encryption method" } else { "key provider" };
        let detail =
            format!("The supplied {thing} {what} ({label}) does not match the required form of ^([a-zA-Z_0-9-]+)$.");
        self.error(&format!("The provided {thing} {what} is invalid"), detail);
    }

    fn remotes(&mut self, body: &Body) {
        let schema = BodySchema::new(&[], &[("default", &[]), ("remote_state_data_source", &["name"])]);
        for block in self.content(body, &schema) {
            let Some(label) = block.labels.first() else {
                if self.is_first("default", &block) {
                    lay(&mut self.written.remote_default, block.body, false);
                }
                continue;
            };
            let name = label.name.to_string();
            let address = format!("remote_data_source.{name}");
            if !self.seen.insert(address.clone()) {
                self.error("Duplicate remote_data_source", format!("Found multiple instances of {address}"));
                continue;
            }
            let mut target = self.written.remotes.remove(&name);
            lay(&mut target, block.body, false);
            self.written.remotes.extend(target.map(|target| (name, target)));
        }
    }

    fn is_first(&mut self, kind: &str, block: &Block) -> bool {
        let is_first = self.seen.insert(kind.to_owned());
        if !is_first {
            let detail = format!("Only one {kind} block is allowed.");
            self.told.push(Diagnostic::error(format!("Duplicate {kind} block"), detail).at(block.header));
        }
        is_first
    }

    fn is_enforced(&mut self, body: &Body) -> bool {
        // The rest is looked at when the target is made.
        let (content, _, _) = body.partial_content(&BodySchema::new(&[("enforced", false)], &[]));
        let Some(attribute) = content.attribute("enforced") else { return false };
        let ty = fw_value::Type::Bool;
        let value = fw_lang::evaluate_as(&attribute.expr, &ty, fw_lang::constants(), self.told);
        value.as_bool() == Some(true)
    }

    fn error(&mut self, summary: &str, detail: String) {
        let problem = Diagnostic::error(summary, detail);
        self.told.push(Diagnostic { subject: self.place, ..problem });
    }
}

/// Lays a target over what is there: its method and fallback take the place of those before, `enforced` stays.
fn lay(place: &mut Option<WrittenTarget>, body: Body, is_enforced: bool) {
    *place = Some(match place.take() {
        None => WrittenTarget { body, is_enforced },
        Some(base) => {
            WrittenTarget { body: Body::overridden(base.body, body), is_enforced: base.is_enforced || is_enforced }
        }
    });
}
