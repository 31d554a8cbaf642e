//! A module: its blocks in an order in which each refers only to earlier ones.

use std::fmt::Write;

use super::expressions::{KINDS, Kind, Known, Scope};
use fw_testkit::Dice;

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Variable(Kind),
    Local,
    Resource,
    Data,
    Call,
    Output(Kind),
    Check,
}

/// How often a block is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expansion {
    One,
    Count,
    Each,
}

/// A block with what others may refer to.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) role: Role,
    /// Unlike any other name, and no part of one.
    pub(super) name: String,
    pub(super) address: String,
    /// `count = 2`, for instance.
    pub(super) expansion: (Expansion, String),
    /// With `EXPANSION` in place of that.
    pub(super) text: String,
    pub(super) offers: Vec<Known>,
}

/// The directory of a module that can be called, what it takes and what it gives.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    pub(super) directory: &'static str,
    pub(super) variables: Vec<(String, Kind)>,
    pub(super) outputs: Vec<(String, Kind)>,
}

/// A module's blocks.
#[derive(Clone, Debug)]
pub(super) struct Module {
    pub(super) directory: &'static str,
    pub(super) nodes: Vec<Node>,
    /// `moved` and `removed` blocks.
    pub(super) history: Vec<String>,
    made: usize,
}

impl Module {
    /// A module of about that many blocks that calls some of those.
    pub(super) fn new(dice: &mut Dice, directory: &'static str, size: u64, callable: &[Signature]) -> Self {
        // No module has a name that another one has.
        let made = directory.len() * 100;
        let mut module = Self { directory, nodes: Vec::new(), history: Vec::new(), made };
        for _ in 0..2 + dice.of(3) {
            module.add(dice, "variable", callable);
        }
        for _ in 0..size {
            let role = dice.one(&["resource", "resource", "resource", "object", "object", "local", "data", "call"]);
            module.add(dice, role, callable);
        }
        for _ in 0..2 + dice.of(2) {
            module.add(dice, "output", callable);
        }
        if dice.once_in(3) {
            module.add(dice, "check", callable);
        }
        module
    }

    /// Adds a block at the end.
    pub(super) fn add(&mut self, dice: &mut Dice, role: &str, callable: &[Signature]) {
        self.made += 1;
        let number = self.made;
        let known: Vec<Known> = self.nodes.iter().flat_map(|node| node.offers.iter().cloned()).collect();
        let early = dice.of(5) < 3;
        let mut making = Making { number, root: self.directory == ".", scope: Scope { dice, known: &known, early } };
        let node = match role {
            "variable" => making.variable(),
            "local" => making.local(),
            "data" => making.data(),
            "call" if !callable.is_empty() => making.call(callable),
            "output" => making.output(),
            "check" => making.check(),
            "object" => making.object(&self.nodes),
            _ => making.resource(&self.nodes),
        };
        self.nodes.push(node);
    }

    pub(super) fn signature(&self) -> Signature {
        let named = |wanted: fn(Role) -> Option<Kind>| {
            self.nodes.iter().filter_map(move |node| Some((node.name.clone(), wanted(node.role)?))).collect()
        };
        Signature {
            directory: self.directory,
            variables: named(|role| if let Role::Variable(kind) = role { Some(kind) } else { None }),
            outputs: named(|role| if let Role::Output(kind) = role { Some(kind) } else { None }),
        }
    }

    /// The names of its outputs.
    pub(super) fn outputs(&self) -> Vec<String> {
        let outputs = self.nodes.iter().filter(|node| matches!(node.role, Role::Output(_)));
        outputs.map(|node| node.name.clone()).collect()
    }

    /// Whether no other block refers to one.
    pub(super) fn is_alone(&self, index: usize) -> bool {
        let name = &self.nodes[index].name;
        self.nodes.iter().enumerate().all(|(other, node)| other == index || !node.text.contains(name.as_str()))
            && !self.history.iter().any(|block| block.contains(name.as_str()))
    }

    /// The module's file.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if self.directory != "." {
            text.push_str("variable \"tag\" {\n  default = \"lone\"\n}\n");
        }
        for node in &self.nodes {
            text.push_str(&node.text.replace("EXPANSION", &node.expansion.1));
        }
        text + &self.history.concat()
    }
}

/// A block being made.
struct Making<'a> {
    number: usize,
    root: bool,
    scope: Scope<'a>,
}

impl Making<'_> {
    fn variable(&mut self) -> Node {
        let name = format!("v{}_", self.number);
        let kind = KINDS[self.scope.dice.index(KINDS.len())];
        let ty = match kind {
            Kind::Text => "string",
            Kind::Number => "number",
            Kind::Bool => "bool",
            Kind::List => "list(string)",
            Kind::Map => "map(string)",
        };
        let mut text = format!("variable \"{name}\" {{\n  type = {ty}\n  default = {}\n", self.scope.literal(kind));
        if self.scope.dice.once_in(8) {
            text.push_str("  nullable = false\n");
        }
        if self.scope.dice.once_in(8) {
            text.push_str("  sensitive = true\n");
        }
        if self.scope.dice.once_in(6) {
            writeln!(
                text,
                "  validation {{\n    condition = var.{name} != null\n    error_message = \"It is null.\"\n  }}"
            )
            .expect("a string takes all");
        }
        let offers = vec![Known { kind, text: format!("var.{name}"), early: true }];
        self.node(Role::Variable(kind), format!("var.{name}"), (Expansion::One, String::new()), text + "}\n", offers)
    }

    fn local(&mut self) -> Node {
        let name = format!("l{}_", self.number);
        let kind = KINDS[self.scope.dice.index(KINDS.len())];
        let text = format!("locals {{\n  {name} = {}\n}}\n", self.scope.expression(kind));
        let offers = vec![Known { kind, text: format!("local.{name}"), early: self.scope.early }];
        self.node(Role::Local, format!("local.{name}"), (Expansion::One, String::new()), text, offers)
    }

    fn resource(&mut self, earlier: &[Node]) -> Node {
        let (name, expansion) = (format!("r{}_", self.number), self.expansion());
        let address = format!("terraform_data.{name}");
        let kind = KINDS[self.scope.dice.index(KINDS.len())];
        let early = self.scope.early;
        let mut text = format!("resource \"terraform_data\" \"{name}\" {{\n  EXPANSION\n");
        writeln!(text, "  input = {}", self.scope.expression(kind)).expect("a string takes all");
        if self.scope.dice.once_in(3) {
            let kind = KINDS[self.scope.dice.index(KINDS.len())];
            writeln!(text, "  triggers_replace = {}", self.scope.expression(kind)).expect("a string takes all");
        }
        text.push_str(&self.settings(earlier, &["input", "triggers_replace"], "self.id != \"\""));
        let mut offers = offered(&address, "id", Kind::Text, false, expansion.0);
        offers.extend(offered(&address, "input", kind, early, expansion.0));
        offers.extend(offered(&address, "output", kind, false, expansion.0));
        self.node(Role::Resource, address, expansion, text + "}\n", offers)
    }

    fn object(&mut self, earlier: &[Node]) -> Node {
        let (name, expansion) = (format!("o{}_", self.number), self.expansion());
        let address = format!("fwtest_object.{name}");
        let early = self.scope.early;
        let each = match expansion.0 {
            Expansion::One => "",
            Expansion::Count => "-${count.index}",
            Expansion::Each => "-${each.key}",
        };
        let tag = if self.root { "root" } else { "${var.tag}" };
        let mut text =
            format!("resource \"fwtest_object\" \"{name}\" {{\n  EXPANSION\n  name = \"{tag}-{name}{each}\"\n");
        let with_content = self.scope.dice.once_in(2);
        for (attribute, kind) in [("content", Kind::Text), ("tags", Kind::Map), ("depends", Kind::List)] {
            if if attribute == "content" { with_content } else { self.scope.dice.once_in(3) } {
                writeln!(text, "  {attribute} = {}", self.scope.expression(kind)).expect("a string takes all");
            }
        }
        if self.scope.dice.once_in(4) {
            writeln!(text, "  size = {}", self.scope.expression(Kind::Number)).expect("a string takes all");
        }
        text.push_str(&self.settings(earlier, &["content", "tags", "size", "tags[\"k0\"]"], "self.etag != null"));
        let mut offers = offered(&address, "id", Kind::Text, false, expansion.0);
        offers.extend(offered(&address, "name", Kind::Text, true, expansion.0));
        offers.extend(offered(&address, "etag", Kind::Text, false, expansion.0));
        offers.extend(offered(&address, "content", Kind::Text, with_content && early, expansion.0));
        self.node(Role::Resource, address, expansion, text + "}\n", offers)
    }

    fn data(&mut self) -> Node {
        let (name, expansion) = (format!("d{}_", self.number), self.expansion());
        let address = format!("data.fwtest_lookup.{name}");
        let wanted = self.scope.expression(Kind::Text);
        let text = format!("data \"fwtest_lookup\" \"{name}\" {{\n  EXPANSION\n  name = {wanted}\n}}\n");
        let offers = offered(&address, "found", Kind::Bool, false, expansion.0);
        self.node(Role::Data, address, expansion, text, offers)
    }

    fn call(&mut self, callable: &[Signature]) -> Node {
        let (name, expansion) = (format!("c{}_", self.number), self.expansion());
        let address = format!("module.{name}");
        let called = &callable[self.scope.dice.index(callable.len())];
        let each = match expansion.0 {
            Expansion::One => "",
            Expansion::Count => "-${count.index}",
            Expansion::Each => "-${each.key}",
        };
        let tag = if self.root { "" } else { "${var.tag}-" };
        let up = if self.root { "./" } else { "../" };
        let mut text = format!(
            "module \"{name}\" {{\n  source = \"{up}{}\"\n  EXPANSION\n  tag = \"{tag}{name}{each}\"\n",
            called.directory
        );
        for (variable, kind) in &called.variables {
            if self.scope.dice.once_in(2) {
                writeln!(text, "  {variable} = {}", self.scope.expression(*kind)).expect("a string takes all");
            }
        }
        let mut offers = Vec::new();
        for (output, kind) in &called.outputs {
            offers.extend(offered(&address, output, *kind, false, expansion.0));
        }
        self.node(Role::Call, address, expansion, text + "}\n", offers)
    }

    fn output(&mut self) -> Node {
        let name = format!("u{}_", self.number);
        // Numbers among outputs make terraform call every plan that only refreshes applicable.
        let kind = self.scope.dice.one(&[&Kind::Text, &Kind::Bool, &Kind::List, &Kind::Map]).to_owned();
        self.scope.early = false;
        let mut text = format!("output \"{name}\" {{\n  value = {}\n", self.scope.expression(kind));
        // Terraform 1.11 forgets that outputs of other modules are.
        if self.root && self.scope.dice.once_in(2) {
            text.push_str("  sensitive = true\n");
        }
        if self.scope.dice.once_in(6) {
            text.push_str(&self.condition("precondition", "true"));
        }
        self.node(
            Role::Output(kind),
            format!("output.{name}"),
            (Expansion::One, String::new()),
            text + "}\n",
            Vec::new(),
        )
    }

    fn check(&mut self) -> Node {
        let name = format!("k{}_", self.number);
        self.scope.early = false;
        let mut text = format!("check \"{name}\" {{\n");
        // Whoever names another module as a whole waits for such data with terraform, which then may go in circles.
        if self.root && self.scope.dice.once_in(3) {
            writeln!(
                text,
                "  data \"fwtest_lookup\" \"inner\" {{\n    name = {}\n  }}",
                self.scope.expression(Kind::Text)
            )
            .expect("a string takes all");
        }
        text.push_str(&self.condition("assert", "true"));
        self.node(Role::Check, format!("check.{name}"), (Expansion::One, String::new()), text + "}\n", Vec::new())
    }

    /// A condition that refers to something, as it must, and mostly holds. `||` would tell of unknown values what terraform
    /// 1.11 does not tell.
    fn condition(&mut self, block: &str, promise: &str) -> String {
        let condition = self.scope.expression(Kind::Bool);
        let known = &self.scope.known[0].text;
        let condition = match self.scope.dice.of(6) {
            0 => format!("({condition} ? {known} != null : {promise})"),
            1 => format!("({condition} ? {known} == null : {promise})"),
            _ => format!("({condition} ? {known} == {known} : {promise})"),
        };
        format!("  {block} {{\n    condition = {condition}\n    error_message = \"The {block} failed.\"\n  }}\n")
    }

    /// `depends_on` and `lifecycle`.
    fn settings(&mut self, earlier: &[Node], attributes: &[&str], promise: &str) -> String {
        let mut text = String::new();
        let others: Vec<&str> = earlier
            .iter()
            .filter(|node| matches!(node.role, Role::Resource | Role::Data | Role::Call))
            .map(|node| node.address.as_str())
            .collect();
        if !others.is_empty() && self.scope.dice.once_in(6) {
            writeln!(text, "  depends_on = [{}]", self.scope.dice.one(&others)).expect("a string takes all");
        }
        let mut lifecycle = String::new();
        if self.scope.dice.once_in(5) {
            lifecycle.push_str("    create_before_destroy = true\n");
        }
        if self.scope.dice.once_in(25) {
            lifecycle.push_str("    prevent_destroy = true\n");
        }
        if self.scope.dice.once_in(8) {
            let ignored =
                if self.scope.dice.once_in(4) { "all" } else { &format!("[{}]", self.scope.dice.one(attributes)) };
            writeln!(lifecycle, "    ignore_changes = {ignored}").expect("a string takes all");
        }
        let resources: Vec<&str> =
            earlier.iter().filter(|node| node.role == Role::Resource).map(|node| node.address.as_str()).collect();
        if !resources.is_empty() && self.scope.dice.once_in(8) {
            writeln!(lifecycle, "    replace_triggered_by = [{}]", self.scope.dice.one(&resources))
                .expect("a string takes all");
        }
        if self.scope.dice.once_in(8) {
            lifecycle.push_str(&self.condition("precondition", "true"));
        }
        if self.scope.dice.once_in(8) {
            lifecycle.push_str(&self.condition("postcondition", promise));
        }
        if lifecycle.is_empty() { text } else { format!("{text}  lifecycle {{\n{lifecycle}  }}\n") }
    }

    fn expansion(&mut self) -> (Expansion, String) {
        match self.scope.dice.of(5) {
            0 => (Expansion::Count, self.count()),
            1 => (Expansion::Each, self.each()),
            _ => (Expansion::One, String::new()),
        }
    }

    fn count(&mut self) -> String {
        if self.scope.dice.once_in(3) {
            let early = std::mem::replace(&mut self.scope.early, true);
            let count = format!("count = length({})", self.scope.expression(Kind::List));
            self.scope.early = early;
            return count;
        }
        literal_expansion(self.scope.dice, Expansion::Count)
    }

    fn each(&mut self) -> String {
        if self.scope.dice.once_in(3) {
            let early = std::mem::replace(&mut self.scope.early, true);
            let each = if self.scope.dice.once_in(2) {
                format!("for_each = toset({})", self.scope.expression(Kind::List))
            } else {
                format!("for_each = {}", self.scope.expression(Kind::Map))
            };
            self.scope.early = early;
            return each;
        }
        literal_expansion(self.scope.dice, Expansion::Each)
    }

    fn node(
        &self,
        role: Role,
        address: String,
        expansion: (Expansion, String),
        text: String,
        offers: Vec<Known>,
    ) -> Node {
        let name = address.rsplit('.').next().unwrap_or_default().to_owned();
        Node { role, name, address, expansion, text, offers }
    }
}

/// An expansion of that form without any reference.
pub(super) fn literal_expansion(dice: &mut Dice, form: Expansion) -> String {
    match form {
        Expansion::One => String::new(),
        Expansion::Count => format!("count = {}", dice.of(4)),
        Expansion::Each => {
            let sets = [
                "toset([])",
                "toset([\"a\"])",
                "toset([\"a\", \"b\"])",
                "toset([\"b\", \"c\"])",
                "{ a = \"1\", c = \"2\" }",
            ];
            format!("for_each = {}", dice.one(&sets))
        }
    }
}

/// What a block with an attribute gives others to refer to.
fn offered(address: &str, attribute: &str, kind: Kind, early: bool, expansion: Expansion) -> Vec<Known> {
    let known = |kind: Kind, text: String, early: bool| Known { kind, text, early };
    match expansion {
        Expansion::One => vec![known(kind, format!("{address}.{attribute}"), early)],
        Expansion::Count => {
            let mut all = vec![known(Kind::Number, format!("length({address})"), true)];
            if kind == Kind::Text {
                all.push(known(Kind::List, format!("{address}[*].{attribute}"), early));
                all.push(known(Kind::Text, format!("try({address}[0].{attribute}, \"none\")"), early));
            }
            all
        }
        Expansion::Each => {
            let mut all = vec![known(Kind::List, format!("keys({address})"), true)];
            if kind == Kind::Text {
                all.push(known(Kind::Map, format!("{{ for k, v in {address} : k => v.{attribute} }}"), early));
                all.push(known(Kind::List, format!("values({address})[*].{attribute}"), early));
            }
            all
        }
    }
}
