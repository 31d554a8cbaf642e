//! A configuration and how it changes from stage to stage.

use super::module::{Expansion, Module, Role, Signature, literal_expansion};
use fw_testkit::Dice;

/// All modules; the first one is the root.
pub(super) struct World {
    modules: Vec<Module>,
    changes: usize,
}

impl World {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let (size, middle) = (2 + dice.of(2), 2 + dice.of(3));
        let leaf = Module::new(dice, "leaf", size, &[]);
        let inner = Module::new(dice, "inner", middle, &[leaf.signature()]);
        let size = 4 + dice.of(6);
        let root = Module::new(dice, ".", size, &[leaf.signature(), inner.signature()]);
        Self { modules: vec![root, inner, leaf], changes: 0 }
    }

    /// The sections of a case for a stage.
    pub(super) fn files(&self, stage: &str) -> String {
        let files = self.modules.iter().map(|module| {
            let place = if module.directory == "." { String::new() } else { format!("{}/", module.directory) };
            format!("-- {stage}/{place}main.tf --\n{}", module.text())
        });
        files.collect()
    }

    /// Changes something, and says by which steps it is to be carried out.
    pub(super) fn change(&mut self, dice: &mut Dice) -> String {
        let outputs = self.modules[0].outputs();
        for _ in 0..1 + dice.of(3) {
            self.changes += 1;
            let which = if dice.once_in(2) { 0 } else { dice.index(self.modules.len()) };
            match dice.of(7) {
                0 => self.set_variable(dice, which),
                1 => self.remove(dice, which),
                2 => self.add(dice, which),
                3 => self.rename(dice, which),
                4 => self.expand(dice, which),
                5 => self.reshape(dice, which),
                _ => self.toggle(dice, which),
            }
        }
        let ways = self.ways(dice);
        // Of outputs that are gone, terraform 1.11 plans a removal that it then refuses to apply.
        let lost = outputs.iter().any(|output| !self.modules[0].outputs().contains(output));
        if lost { ways.replace(" -refresh-only", "") } else { ways }
    }

    fn some(&self, dice: &mut Dice, which: usize, wanted: impl Fn(&Module, usize) -> bool) -> Option<usize> {
        let module = &self.modules[which];
        let fitting: Vec<usize> = (0..module.nodes.len()).filter(|index| wanted(module, *index)).collect();
        if fitting.is_empty() { None } else { Some(fitting[dice.index(fitting.len())]) }
    }

    fn set_variable(&mut self, dice: &mut Dice, which: usize) {
        let is_text = |module: &Module, index: usize| {
            matches!(module.nodes[index].role, Role::Variable(_)) && module.nodes[index].text.contains("type = string")
        };
        if let Some(index) = self.some(dice, which, is_text) {
            let text = &mut self.modules[which].nodes[index].text;
            let lines = text.lines().map(|line| {
                let is_default = line.starts_with("  default");
                if is_default { format!("  default = \"new {}\"\n", self.changes) } else { format!("{line}\n") }
            });
            *text = lines.collect();
        }
    }

    fn remove(&mut self, dice: &mut Dice, which: usize) {
        let removable = |module: &Module, index: usize| {
            let role = module.nodes[index].role;
            let of_signature = matches!(role, Role::Variable(_)) || matches!(role, Role::Output(_)) && which > 0;
            !of_signature && module.is_alone(index)
        };
        if let Some(index) = self.some(dice, which, removable) {
            let module = &mut self.modules[which];
            let node = module.nodes.remove(index);
            if matches!(node.role, Role::Resource | Role::Call) && dice.once_in(3) {
                let destroy = if dice.once_in(3) { "true" } else { "false" };
                let (from, lifecycle) = (&node.address, format!("  lifecycle {{\n    destroy = {destroy}\n  }}\n"));
                module.history.push(format!("removed {{\n  from = {from}\n{lifecycle}}}\n"));
            }
        }
    }

    fn add(&mut self, dice: &mut Dice, which: usize) {
        let callable: Vec<Signature> = self.modules[which + 1..].iter().map(Module::signature).collect();
        let role = dice.one(&["resource", "object", "data", "local", "call", "output"]);
        let role = if which > 0 && role == "output" { "resource" } else { role };
        self.modules[which].add(dice, role, &callable);
    }

    /// Another name, and the block that says so.
    fn rename(&mut self, dice: &mut Dice, which: usize) {
        let movable = |module: &Module, index: usize| matches!(module.nodes[index].role, Role::Resource | Role::Call);
        let Some(index) = self.some(dice, which, movable) else { return };
        let module = &mut self.modules[which];
        let (from, old) = (module.nodes[index].address.clone(), module.nodes[index].name.clone());
        let new = format!("x{}{old}", self.changes);
        for node in &mut module.nodes {
            node.text = node.text.replace(&format!(".{old}"), &format!(".{new}"));
            node.address = node.address.replace(&format!(".{old}"), &format!(".{new}"));
            node.expansion.1 = node.expansion.1.replace(&format!(".{old}"), &format!(".{new}"));
            for offer in &mut node.offers {
                offer.text = offer.text.replace(&format!(".{old}"), &format!(".{new}"));
            }
        }
        let node = &mut module.nodes[index];
        node.text = node.text.replacen(&format!("\"{old}\""), &format!("\"{new}\""), 1);
        node.name = new;
        if !dice.once_in(4) {
            module.history.push(format!("moved {{\n  from = {from}\n  to = {}\n}}\n", node.address));
        }
    }

    /// More or fewer instances, or none of a block that had some.
    fn expand(&mut self, dice: &mut Dice, which: usize) {
        let expandable = |module: &Module, index: usize| {
            matches!(module.nodes[index].role, Role::Resource | Role::Call | Role::Data)
        };
        let Some(index) = self.some(dice, which, expandable) else { return };
        let alone = self.modules[which].is_alone(index);
        let node = &mut self.modules[which].nodes[index];
        let uses_key = node.text.contains("each.key") || node.text.contains("count.index");
        if alone && !uses_key && node.expansion.0 != Expansion::Each {
            node.expansion.0 = if node.expansion.0 == Expansion::One { Expansion::Count } else { Expansion::One };
        }
        node.expansion.1 = literal_expansion(dice, node.expansion.0);
    }

    /// Another value for an argument.
    fn reshape(&mut self, dice: &mut Dice, which: usize) {
        let shaped = |module: &Module, index: usize| module.nodes[index].role == Role::Resource;
        let Some(index) = self.some(dice, which, shaped) else { return };
        let text = &mut self.modules[which].nodes[index].text;
        let argument = dice.one(&["input", "content", "triggers_replace", "size"]);
        let value = if argument == "size" { self.changes.to_string() } else { format!("\"other {}\"", self.changes) };
        let lines = text.lines().map(|line| {
            let is_it = line.strip_prefix("  ").is_some_and(|line| line.starts_with(&format!("{argument} = ")));
            if is_it { format!("  {argument} = {value}\n") } else { format!("{line}\n") }
        });
        *text = lines.collect();
    }

    fn toggle(&mut self, dice: &mut Dice, which: usize) {
        let with = |module: &Module, index: usize| module.nodes[index].text.contains("create_before_destroy");
        if let Some(index) = self.some(dice, which, with) {
            let text = &mut self.modules[which].nodes[index].text;
            *text = text.replace("create_before_destroy = true", "create_before_destroy = false");
        }
    }

    fn ways(&self, dice: &mut Dice) -> String {
        let ways = [
            "? plan\n? apply planned\n? plan\n",
            "? plan\n? apply planned\n? plan\n",
            "? apply\n? plan\n? state list\n",
            "? plan -refresh=false\n? apply planned\n? plan\n",
            "? plan -refresh-only\n? apply -refresh-only\n? apply\n",
            "? plan -target=ADDRESS\n? apply planned\n? apply\n",
            "? plan -replace=ADDRESS\n? apply planned\n? show\n",
            "? taint ADDRESS\n? plan\n? apply planned\n? plan\n",
            "? state rm ADDRESS\n? plan\n? apply planned\n? output -json\n",
            "? destroy -target=ADDRESS\n? plan\n? apply planned\n? show -json\n",
        ];
        let way = dice.one(&ways);
        let is_resource = |module: &Module, index: usize| module.nodes[index].role == Role::Resource;
        let address = self.some(dice, 0, is_resource).map_or_else(
            || "terraform_data.none".to_owned(),
            |index| {
                let node = &self.modules[0].nodes[index];
                let key = match node.expansion.0 {
                    Expansion::One => "",
                    Expansion::Count => "[0]",
                    Expansion::Each => "[\"a\"]",
                };
                format!("{}{key}", node.address)
            },
        );
        way.replace("ADDRESS", &address)
    }
}
