//! The steps of an operation and what each waits for, as terraform draws them: resources, values, modules that open and
//! close, providers that start and stop.

use std::collections::{BTreeSet, HashMap};

use fw_addr::{AbsProviderConfig, AbsResourceInstance, ConfigResource, ModulePath, Name, ResourceMode};
use fw_config::{Config, Module, references};
use fw_lang::reference::{Reference, Subject};
use fw_state::{InstanceState, State};

/// A step by what it is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Variable(ModulePath, Name),
    Validation(ModulePath, Name),
    Local(ModulePath, Name),
    Output(ModulePath, Name),
    Resource(ConfigResource),
    /// The end of an ephemeral resource.
    End(ConfigResource),
    /// What decides whether and how often a module is there.
    Open(ModulePath),
    Close(ModulePath),
    Provider(AbsProviderConfig),
    Stop(AbsProviderConfig),
    Check(ModulePath, Name),
    Report(ModulePath, Name),
    /// An object of the state, or an instance of a plan, by the name of its step.
    Object(String),
}

/// A step.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Its name.
    pub(super) name: String,
    /// What is written into its box and the shape of that; steps without one are seen only where arrows meet.
    pub(super) drawn: Option<(String, &'static str)>,
}

/// Which operation the steps are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Operation {
    /// A plan.
    #[default]
    Plan,
    /// A plan that changes nothing but the state.
    Refresh,
    /// What a plan says is done.
    Apply,
}

/// An object that a plan destroys.
pub(super) struct Gone {
    pub(super) address: AbsResourceInstance,
    pub(super) provider: AbsProviderConfig,
    /// What it depends on, as the state knows it.
    pub(super) dependencies: Vec<ConfigResource>,
    /// What happens to it, as steps are named.
    pub(super) how: String,
    /// Whether that comes after its successor and all that depended on it, instead of before them.
    pub(super) last: bool,
}

/// An object that a plan makes or changes.
pub(super) struct MadeObject {
    pub(super) address: AbsResourceInstance,
    /// What it depended on before, as the state knows it.
    pub(super) dependencies: Vec<ConfigResource>,
}

/// Steps with those that each waits for.
#[derive(Default)]
pub(super) struct Steps {
    operation: Operation,
    pub(super) steps: Vec<Step>,
    /// By step.
    pub(super) needs: Vec<BTreeSet<usize>>,
    known: HashMap<Key, usize>,
}

impl Steps {
    /// Those of making a plan.
    pub(super) fn of_plan(config: &Config, state: &State, operation: Operation) -> Self {
        let mut steps = Self { operation, ..Self::default() };
        steps.of_configuration(config, &HashMap::new());
        steps.leftovers(config, state);
        steps.complete();
        steps
    }

    /// Those of what a plan says: `made` is created or changed, `gone` is destroyed or forgotten.
    pub(super) fn of_changes(config: &Config, made: &[MadeObject], gone: &[Gone]) -> Self {
        let mut steps = Self { operation: Operation::Apply, ..Self::default() };
        let mut instances: HashMap<ConfigResource, Vec<usize>> = HashMap::new();
        // Who depended on a resource before.
        let mut users: HashMap<&ConfigResource, Vec<usize>> = HashMap::new();
        for MadeObject { address, dependencies } in made {
            let step = steps.object(&address.to_string(), &address.config());
            instances.entry(address.config()).or_default().push(step);
            dependencies.iter().for_each(|dependency| users.entry(dependency).or_default().push(step));
        }
        steps.of_configuration(config, &instances);
        for lost in gone.iter().filter(|gone| config.module(&gone.address.module.path()).is_none()) {
            steps.lost_module(&lost.address.module.path());
        }
        let destroyed = steps.destroyed(gone);
        for ((destroy, of, dependencies), gone) in destroyed.iter().zip(gone) {
            // What a destroyed object depends on is changed later, and so is what depended on it; its successor is made later.
            let waiting = dependencies.iter().flat_map(|dependency| instances.get(dependency).into_iter().flatten());
            let others = users.get(of).into_iter().chain(instances.get(of)).flatten();
            for step in waiting.chain(others) {
                let (first, second) = if gone.last { (*step, *destroy) } else { (*destroy, *step) };
                steps.needs[second].insert(first);
            }
        }
        steps.complete();
        steps
    }

    /// Those of carrying out the destruction of everything.
    pub(super) fn of_destroyed(config: &Config, gone: &[Gone]) -> Self {
        let mut steps = Self::default();
        steps.outputs_of_root(config);
        steps.destroyed(gone);
        steps.complete();
        steps
    }

    /// An output that is no more.
    pub(super) fn lost_output(&mut self, name: &str) {
        let text = format!("output.{name} (destroy)");
        let step = self.step(Key::Object(text.clone()), text.clone(), Some((text, "note")));
        // The last step waits for all others.
        if let Some(root) = self.steps.iter().position(|one| one.name == "root") {
            self.needs[root].insert(step);
        }
    }

    /// A module that only the state knows.
    fn lost_module(&mut self, path: &ModulePath) {
        self.step(Key::Close(path.clone()), format!("{path} (close)"), None);
    }

    fn of_configuration(&mut self, config: &Config, instances: &HashMap<ConfigResource, Vec<usize>>) {
        config.modules.values().for_each(|module| self.declare(module));
        config.modules.values().for_each(|module| self.connect(config, module, instances));
    }

    fn outputs_of_root(&mut self, config: &Config) {
        for name in config.root().outputs.keys() {
            self.step(Key::Output(ModulePath::root(), Name::clone(name)), format!("output.{name} (expand)"), None);
        }
    }

    /// Steps that destroy objects, each after those of the objects that depend on it.
    fn destroyed(&mut self, gone: &[Gone]) -> Vec<(usize, ConfigResource, Vec<ConfigResource>)> {
        let mut destroyed = Vec::new();
        for Gone { address, provider, dependencies, how, .. } in gone {
            let step = self.object(&format!("{address} ({how})"), &address.config());
            self.needs_provider(step, provider);
            destroyed.push((step, address.config(), dependencies.clone()));
        }
        self.in_reverse(&destroyed);
        destroyed
    }

    fn complete(&mut self) {
        self.stop_providers();
        self.end_ephemerals();
        self.finish();
    }

    /// Those of the destruction of everything.
    pub(super) fn of_destruction(config: &Config, state: &State) -> Self {
        let mut steps = Self::default();
        steps.outputs_of_root(config);
        let mut destroyed = Vec::new();
        for (address, resource, instance) in state.instances() {
            let of = address.config();
            if let Some(object) = &instance.current {
                let name = format!("{} (destroy)", address.containing());
                let key = format!("{address} (destroy)");
                let step = steps.step(Key::Object(key), name, Some((of.to_string(), "box")));
                destroyed.push((step, of.clone(), object.dependencies.to_vec()));
                steps.needs_provider(step, &resource.provider);
            }
            for deposed in instance.deposed.keys() {
                let step = steps.object(&format!("{address} (deposed {deposed})"), &of);
                destroyed.push((step, of.clone(), dependencies_of(instance)));
                steps.needs_provider(step, &resource.provider);
            }
        }
        steps.in_reverse(&destroyed);
        steps.complete();
        steps
    }

    fn step(&mut self, key: Key, name: String, drawn: Option<(String, &'static str)>) -> usize {
        let next = self.steps.len();
        let step = *self.known.entry(key).or_insert(next);
        if step == next {
            self.steps.push(Step { name, drawn });
            self.needs.push(BTreeSet::new());
        }
        step
    }

    fn object(&mut self, name: &str, of: &ConfigResource) -> usize {
        self.step(Key::Object(name.to_owned()), name.to_owned(), Some((of.to_string(), "box")))
    }

    fn find(&self, key: &Key) -> Option<usize> {
        self.known.get(key).copied()
    }

    fn connect_keys(&mut self, from: usize, to: &Key) {
        if let Some(to) = self.find(to).filter(|to| *to != from) {
            self.needs[from].insert(to);
        }
    }

    /// The steps of a module.
    fn declare(&mut self, module: &Module) {
        let path = &module.path;
        let prefix = if path.is_root() { String::new() } else { format!("{path}.") };
        if !path.is_root() {
            self.step(Key::Open(path.clone()), format!("{path} (expand)"), None);
            self.step(Key::Close(path.clone()), format!("{path} (close)"), None);
        }
        for (name, variable) in &module.variables {
            let text = format!("{prefix}var.{name}");
            let key = Key::Variable(path.clone(), Name::clone(name));
            if path.is_root() {
                self.step(key, text.clone(), Some((text.clone(), "note")));
            } else {
                self.step(key, format!("{text} (expand)"), None);
            }
            if !variable.validations.is_empty() {
                let key = Key::Validation(path.clone(), Name::clone(name));
                self.step(key, format!("{text} (validation)"), None);
            }
        }
        for name in module.locals.keys() {
            self.step(Key::Local(path.clone(), Name::clone(name)), format!("{prefix}local.{name} (expand)"), None);
        }
        for name in module.outputs.keys() {
            self.step(Key::Output(path.clone(), Name::clone(name)), format!("{prefix}output.{name} (expand)"), None);
        }
        for name in module.checks.keys() {
            let text = format!("{prefix}check.{name}");
            self.step(Key::Check(path.clone(), Name::clone(name)), format!("{text} (expand)"), None);
            if self.operation != Operation::Apply {
                self.step(Key::Report(path.clone(), Name::clone(name)), format!("{text} (report)"), None);
            }
        }
        for resource in module.resources.keys() {
            let address = ConfigResource { module: path.clone(), resource: resource.clone() };
            let text = address.to_string();
            self.step(Key::Resource(address.clone()), format!("{text} (expand)"), Some((text.clone(), "box")));
            if resource.mode == ResourceMode::Ephemeral {
                self.step(Key::End(address), format!("{text} (close)"), None);
            }
        }
    }

    /// What the steps of a module wait for.
    fn connect(&mut self, config: &Config, module: &Module, instances: &HashMap<ConfigResource, Vec<usize>>) {
        let path = &module.path;
        let call = config.call_of(path);
        if let Some((parent, call)) = call {
            let open = self.step(Key::Open(path.clone()), String::new(), None);
            self.refer(open, &parent.path, &references::call(call), instances);
            self.connect_keys(open, &Key::Open(parent.path.clone()));
            if let Some(close) = self.find(&Key::Close(path.clone())) {
                self.belong(close, &parent.path);
            }
        }
        let arguments: HashMap<_, _> =
            call.map(|(_, call)| references::call_arguments(call).into_iter().collect()).unwrap_or_default();
        for (name, variable) in &module.variables {
            let Some(step) = self.find(&Key::Variable(path.clone(), Name::clone(name))) else { continue };
            if let Some((parent, _)) = call {
                let given = arguments.get(&**name).map_or(&[][..], Vec::as_slice);
                self.refer(step, &parent.path, given, instances);
                self.belong(step, path);
            }
            if let Some(validation) = self.find(&Key::Validation(path.clone(), Name::clone(name))) {
                self.needs[validation].insert(step);
                self.refer(validation, path, &references::variable(variable), instances);
                self.belong(validation, path);
            }
        }
        for (name, local) in &module.locals {
            self.value(&Key::Local(path.clone(), Name::clone(name)), path, &references::local(local), instances);
        }
        for (name, output) in &module.outputs {
            self.value(&Key::Output(path.clone(), Name::clone(name)), path, &references::output(output), instances);
        }
        for (name, check) in &module.checks {
            let report = Key::Report(path.clone(), Name::clone(name));
            self.value(&report, path, &[], instances);
            let key = Key::Check(path.clone(), Name::clone(name));
            self.value(&key, path, &references::check(check), instances);
            let Some(expand) = self.find(&key) else { continue };
            self.connect_keys(expand, &report);
            if let Some(data) = &check.data {
                let data = Key::Resource(ConfigResource { module: path.clone(), resource: data.clone() });
                self.connect_keys(expand, &data);
                if let (Some(data), Some(report)) = (self.find(&data), self.find(&report)) {
                    self.needs[data].insert(report);
                }
            }
        }
        self.resources(config, module, instances);
    }

    fn resources(&mut self, config: &Config, module: &Module, instances: &HashMap<ConfigResource, Vec<usize>>) {
        let path = &module.path;
        for (resource, block) in &module.resources {
            let address = ConfigResource { module: path.clone(), resource: resource.clone() };
            let key = Key::Resource(address.clone());
            self.value(&key, path, &references::resource(block), instances);
            let Some(step) = self.find(&key) else { continue };
            let provider = config.resolve_provider(path, &block.provider_config);
            let start = self.needs_provider(step, &provider);
            if let Some(block) = config.provider_block(&provider) {
                self.refer(start, &provider.module, &references::provider(block), instances);
                self.belong(start, &provider.module);
            }
            for instance in instances.get(&address).into_iter().flatten() {
                self.needs[*instance].extend([step, start]);
                self.belong(*instance, path);
            }
        }
        let imports = if self.operation == Operation::Plan { module.imports.as_slice() } else { &[] };
        for import in imports {
            if let Some(target) = self.find(&Key::Resource(import.target.clone())) {
                self.refer(target, path, &references::import(import), instances);
            }
        }
    }

    fn value(
        &mut self,
        key: &Key,
        path: &ModulePath,
        found: &[Reference],
        instances: &HashMap<ConfigResource, Vec<usize>>,
    ) {
        if let Some(step) = self.find(key) {
            self.refer(step, path, found, instances);
            self.belong(step, path);
        }
    }

    /// A step stands between the opening and the closing of its module.
    fn belong(&mut self, step: usize, path: &ModulePath) {
        self.connect_keys(step, &Key::Open(path.clone()));
        let mut path = Some(path.clone());
        while let Some(module) = path {
            if let Some(close) = self.find(&Key::Close(module.clone())) {
                self.needs[close].insert(step);
            }
            path = module.parent().map(|(parent, _)| parent);
        }
    }

    fn refer(
        &mut self,
        from: usize,
        path: &ModulePath,
        found: &[Reference],
        instances: &HashMap<ConfigResource, Vec<usize>>,
    ) {
        for reference in found {
            match &reference.subject {
                Subject::Variable(name) => {
                    self.connect_keys(from, &Key::Variable(path.clone(), Name::clone(name)));
                    let validation = Key::Validation(path.clone(), Name::clone(name));
                    self.connect_keys(from, &validation);
                }
                Subject::Local(name) => self.connect_keys(from, &Key::Local(path.clone(), Name::clone(name))),
                Subject::Module(name) | Subject::ModuleInstance(name, _) => {
                    self.connect_keys(from, &Key::Close(path.child(name)));
                }
                Subject::ModuleOutput(name, _, output) => {
                    self.connect_keys(from, &Key::Output(path.child(name), Name::clone(output)));
                }
                Subject::Resource(resource) | Subject::ResourceInstance(resource, _) => {
                    let address = ConfigResource { module: path.clone(), resource: resource.clone() };
                    self.needs[from].extend(instances.get(&address).into_iter().flatten().filter(|to| **to != from));
                    self.connect_keys(from, &Key::Resource(address));
                }
                // The rest has no step of its own.
                _ => {}
            }
        }
    }

    /// A step waits for a provider to start.
    fn needs_provider(&mut self, step: usize, provider: &AbsProviderConfig) -> usize {
        let text = provider.to_string();
        let key = Key::Provider(provider.clone());
        let start = self.step(key, text.clone(), Some((text.clone(), "diamond")));
        self.step(Key::Stop(provider.clone()), format!("{text} (close)"), None);
        self.needs[step].insert(start);
        start
    }

    /// Objects of the state that the configuration has nothing for, or that stand beside their successors.
    fn leftovers(&mut self, config: &Config, state: &State) {
        let mut destroyed = Vec::new();
        for (address, resource, instance) in state.instances() {
            let of = address.config();
            let declared = config.module(&of.module).is_some_and(|module| module.resources.contains_key(&of.resource));
            if config.module(&of.module).is_none() {
                self.lost_module(&of.module);
            }
            if self.operation == Operation::Apply {
                continue;
            }
            if !declared && instance.current.is_some() {
                let step = self.object(&format!("{address} (orphan)"), &of);
                if of.resource.mode == ResourceMode::Managed {
                    self.needs_provider(step, &resource.provider);
                }
            }
            for deposed in instance.deposed.keys() {
                let step = self.object(&format!("{address} (deposed {deposed})"), &of);
                destroyed.push((step, of.clone(), dependencies_of(instance)));
                self.needs_provider(step, &resource.provider);
            }
        }
        self.in_reverse(&destroyed);
    }

    /// What is destroyed waits for all that depends on it.
    fn in_reverse(&mut self, destroyed: &[(usize, ConfigResource, Vec<ConfigResource>)]) {
        let mut of: HashMap<&ConfigResource, Vec<usize>> = HashMap::new();
        for (step, resource, _) in destroyed {
            of.entry(resource).or_default().push(*step);
        }
        for (step, _, dependencies) in destroyed {
            for dependency in dependencies.iter().flat_map(|dependency| of.get(dependency).into_iter().flatten()) {
                if dependency != step {
                    self.needs[*dependency].insert(*step);
                }
            }
        }
    }

    /// Providers stop after all that waited for them to start.
    fn stop_providers(&mut self) {
        let stops: Vec<(usize, usize)> = self.pairs(|key| match key {
            Key::Provider(provider) => Some(Key::Stop(provider.clone())),
            _ => None,
        });
        for (start, stop) in stops {
            let users = (0..self.needs.len()).filter(|step| *step != stop && self.needs[*step].contains(&start));
            let users: Vec<usize> = users.collect();
            self.needs[stop].extend(users);
            self.needs[stop].insert(start);
        }
    }

    /// Ephemeral resources end after all that has anything to do with them, and before their providers stop.
    fn end_ephemerals(&mut self) {
        let ends = self.pairs(|key| match key {
            Key::Resource(address) => Some(Key::End(address.clone())),
            _ => None,
        });
        if ends.is_empty() {
            return;
        }
        let closing = self.closing();
        let mut wanted_by: Vec<Vec<usize>> = vec![Vec::new(); self.needs.len()];
        for (step, needs) in self.needs.iter().enumerate() {
            needs.iter().for_each(|need| wanted_by[*need].push(step));
        }
        for (open, end) in ends {
            let mut users = BTreeSet::from([open]);
            let mut waiting = vec![open];
            while let Some(of) = waiting.pop() {
                for user in wanted_by[of].iter().filter(|user| !closing.contains(user)) {
                    if users.insert(*user) {
                        waiting.push(*user);
                    }
                }
            }
            self.needs[end].extend(users);
            for close in wanted_by[open].iter().filter(|step| closing.contains(step) && **step != end) {
                self.needs[*close].insert(end);
            }
        }
    }

    fn closing(&self) -> BTreeSet<usize> {
        let closes = |key: &Key| matches!(key, Key::Close(_) | Key::Stop(_) | Key::End(_));
        self.known.iter().filter(|(key, _)| closes(key)).map(|(_, step)| *step).collect()
    }

    fn pairs(&self, second: impl Fn(&Key) -> Option<Key>) -> Vec<(usize, usize)> {
        let pair = |(key, first): (&Key, &usize)| Some((*first, self.find(&second(key)?)?));
        let mut pairs: Vec<(usize, usize)> = self.known.iter().filter_map(pair).collect();
        pairs.sort_unstable();
        pairs
    }

    /// The last step waits for all others.
    fn finish(&mut self) {
        let all = 0..self.steps.len();
        self.steps.push(Step { name: "root".to_owned(), drawn: None });
        self.needs.push(all.collect());
    }

    /// Leaves out what follows from other needs. In a circle the names of its steps are told.
    pub(super) fn reduced(&self) -> Result<Vec<Vec<usize>>, Vec<&str>> {
        let order = self.order()?;
        let words = self.steps.len().div_ceil(64);
        let mut reach: Vec<Vec<u64>> = vec![vec![0; words]; self.steps.len()];
        let mut kept = vec![Vec::new(); self.steps.len()];
        for step in order {
            let mut through = vec![0_u64; words];
            for need in &self.needs[step] {
                through.iter_mut().zip(&reach[*need]).for_each(|(all, more)| *all |= more);
            }
            let direct = |need: &usize| through[need / 64] & (1 << (need % 64)) == 0;
            kept[step] = self.needs[step].iter().copied().filter(direct).collect();
            self.needs[step].iter().for_each(|need| through[need / 64] |= 1 << (need % 64));
            reach[step] = through;
        }
        Ok(kept)
    }

    /// The steps, each after those it waits for.
    fn order(&self) -> Result<Vec<usize>, Vec<&str>> {
        let mut missing: Vec<usize> = self.needs.iter().map(BTreeSet::len).collect();
        let mut wanted_by: Vec<Vec<usize>> = vec![Vec::new(); self.steps.len()];
        for (step, needs) in self.needs.iter().enumerate() {
            needs.iter().for_each(|need| wanted_by[*need].push(step));
        }
        let mut order: Vec<usize> = (0..self.steps.len()).filter(|step| missing[*step] == 0).collect();
        let mut next = 0;
        while let Some(step) = order.get(next).copied() {
            next += 1;
            for waiting in &wanted_by[step] {
                missing[*waiting] -= 1;
                if missing[*waiting] == 0 {
                    order.push(*waiting);
                }
            }
        }
        if order.len() == self.steps.len() {
            return Ok(order);
        }
        let stuck = (0..self.steps.len()).filter(|step| missing[*step] > 0);
        Err(stuck.map(|step| self.steps[step].name.as_str()).filter(|name| *name != "root").collect())
    }
}

/// What a deposed object counts as depending on: terraform asks its successor.
fn dependencies_of(instance: &InstanceState) -> Vec<ConfigResource> {
    instance.current.as_ref().map(|object| object.dependencies.to_vec()).unwrap_or_default()
}
