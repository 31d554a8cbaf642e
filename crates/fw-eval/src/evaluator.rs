//! The evaluator: frames of all module instances, and the values of their variables, locals and outputs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::HashMap;
use fw_addr::{ModuleInstance, ModulePath, Name};
use fw_config::{Config, ModuleCall, ResourceBlock, Variable};
use fw_diag::{Diagnostic, Diagnostics};
use fw_lang::Templates;
use fw_schema::Block;
use fw_syntax::Body;
use fw_syntax::ast::Expr;
use fw_value::{Marks, Type, Value};

use crate::frame::ResourceValues;
use crate::{Expansion, Frame, ModuleScope, Phase, RepetitionData, Settings};

/// Evaluates one configuration in one phase.
///
/// Whoever drives it asks for things in dependency order (the graph of references has no cycles; a cycle that got here
/// all the same is a diagnostic, not a hang). Values are remembered: each expression is evaluated once per module instance.
pub struct Evaluator<'c> {
    config: &'c Config,
    settings: Settings<'c>,
    frames: RefCell<Frames>,
    frame_hook: Option<FrameHook<'c>>,
    arguments: RefCell<HashMap<ModulePath, Arguments>>,
    templates: Templates,
}

/// The arguments of a module call by variable.
type Arguments = Rc<BTreeMap<Name, Arc<Expr>>>;

/// Told of each new frame.
type FrameHook<'c> = Box<dyn Fn(&Frame) + 'c>;

#[derive(Default)]
struct Frames {
    by_instance: HashMap<ModuleInstance, Rc<Frame>>,
    by_module: HashMap<ModulePath, Vec<Rc<Frame>>>,
}

impl<'c> Evaluator<'c> {
    /// An evaluator with the final values of the root's variables (see [`crate::prepare_root_variables`]).
    #[must_use]
    pub fn new(config: &'c Config, settings: Settings<'c>, root_variables: BTreeMap<Name, Value>) -> Self {
        let root = config.modules.get(&ModulePath::root()).expect("every configuration has a root module");
        let frame = Frame::new(ModuleInstance::root(), Arc::clone(root), None);
        frame.memo.borrow_mut().variables.extend(root_variables);
        let evaluator = Self {
            config,
            settings,
            frames: RefCell::default(),
            frame_hook: None,
            arguments: RefCell::default(),
            templates: Templates::new(),
        };
        evaluator.add_frame(frame);
        evaluator
    }

    /// The same, with something that is told of the root's frame now and of every other one once it is made, before
    /// anything in it is evaluated: to set the instances of its resources.
    #[must_use]
    pub fn with_frame_hook(mut self, hook: impl Fn(&Frame) + 'c) -> Self {
        hook(&self.root());
        self.frame_hook = Some(Box::new(hook));
        self
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &'c Config {
        self.config
    }

    /// What evaluation was told once.
    #[must_use]
    pub fn settings(&self) -> &Settings<'c> {
        &self.settings
    }

    /// Templates that were parsed.
    pub(crate) fn templates(&self) -> &Templates {
        &self.templates
    }

    /// The root module's only frame.
    #[must_use]
    pub fn root(&self) -> Rc<Frame> {
        self.frame(&ModuleInstance::root()).expect("the root frame is made with the evaluator")
    }

    /// The frame of a module instance, once the calls on the way to it were expanded.
    #[must_use]
    pub fn frame(&self, instance: &ModuleInstance) -> Option<Rc<Frame>> {
        self.frames.borrow().by_instance.get(instance).cloned()
    }

    /// The frames of all instances of a module, in the order of their creation.
    #[must_use]
    pub fn frames(&self, module: &ModulePath) -> Vec<Rc<Frame>> {
        self.frames.borrow().by_module.get(module).cloned().unwrap_or_default()
    }

    fn add_frame(&self, frame: Rc<Frame>) {
        if let Some(hook) = &self.frame_hook {
            hook(&frame);
        }
        let mut frames = self.frames.borrow_mut();
        frames.by_module.entry(frame.module.path.clone()).or_default().push(Rc::clone(&frame));
        frames.by_instance.insert(frame.instance.clone(), frame);
    }

    /// A scope for expressions in a frame: with the repetition data of a resource or call instance, or none.
    #[must_use]
    pub fn scope<'e>(&'e self, frame: &Rc<Frame>, repetition: RepetitionData) -> ModuleScope<'e, 'c> {
        ModuleScope::new(self, Rc::clone(frame), repetition)
    }

    /// Expands a module call in a frame and makes the frames of its instances. `None`: with errors.
    pub fn expand_call(&self, frame: &Rc<Frame>, name: &Name, diagnostics: &mut Diagnostics) -> Option<Rc<Expansion>> {
        if let Some(known) = frame.memo.borrow().calls.get(name) {
            return Some(Rc::clone(known));
        }
        let Some(call) = frame.module.calls.get(name) else {
            return self.is_instead(frame).then(|| Rc::new(Expansion::Disabled));
        };
        let scope = self.scope(frame, RepetitionData::default());
        let unexpanded = self.settings.phase == Phase::Validate;
        let expansion = Rc::new(Expansion::evaluate(&call.repetition, &scope, unexpanded, diagnostics)?);
        frame.memo.borrow_mut().calls.insert(Name::clone(name), Rc::clone(&expansion));
        if let Some(module) = self.config.modules.get(&frame.module.path.child(name)) {
            for (key, data) in expansion.instances() {
                let instance = frame.instance.child(name, key);
                let module = Arc::clone(self.config.instead_of(&instance).unwrap_or(module));
                self.add_frame(Frame::new(instance, module, Some((Rc::clone(frame), data))));
            }
        }
        Some(expansion)
    }

    /// Whether a frame is of something else than its module: that may have less in it.
    fn is_instead(&self, frame: &Frame) -> bool {
        self.config.instead_of(&frame.instance).is_some()
    }

    /// Expands a resource in a frame. `None`: with errors.
    pub fn expand_resource(
        &self,
        frame: &Rc<Frame>,
        block: &ResourceBlock,
        diagnostics: &mut Diagnostics,
    ) -> Option<Rc<Expansion>> {
        if let Some(known) = frame.expansion(&block.resource) {
            return Some(known);
        }
        let scope = self.scope(frame, RepetitionData::default());
        let unexpanded = self.settings.phase == Phase::Validate;
        let is_gone = !frame.module.resources.contains_key(&block.resource) && self.is_instead(frame);
        let expansion = Rc::new(match is_gone {
            true => Expansion::Disabled,
            false => Expansion::evaluate(&block.repetition, &scope, unexpanded, diagnostics)?,
        });
        let values = ResourceValues::new(Rc::clone(&expansion));
        frame.memo.borrow_mut().resources.insert(block.resource.clone(), values);
        Some(expansion)
    }

    /// Decodes a body by a schema in a scope.
    #[must_use]
    pub fn body(
        &self,
        body: &Body,
        schema: &Block,
        scope: &ModuleScope<'_, '_>,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        fw_lang::decode(body, schema, scope, diagnostics)
    }

    /// The value of a variable of a frame. Validation rules are not run here (see [`Self::validate_variable`]). Who only
    /// validates takes it for any value of its type, since a module is to be right with whatever it is given.
    pub fn variable(&self, frame: &Rc<Frame>, name: &Name, diagnostics: &mut Diagnostics) -> Value {
        self.memoised(
            frame,
            name,
            |m| &mut m.variables,
            diagnostics,
            |diagnostics| {
                let Some(variable) = frame.module.variables.get(name) else { return Value::dynamic() };
                let value = self.argument(frame, variable, diagnostics);
                if self.settings.phase == Phase::Validate { crate::variables::any(variable) } else { value }
            },
        )
    }

    /// What the call of a frame's module gives for a variable.
    pub(crate) fn argument(&self, frame: &Frame, variable: &Variable, diagnostics: &mut Diagnostics) -> Value {
        let Some((caller, data)) = &frame.caller else { return Value::unknown(variable.ty.without_optional()) };
        let given = self.call_arguments(&frame.module.path).get(&variable.name).cloned();
        let scope = self.scope(caller, data.clone());
        let value = given.as_ref().map(|expr| (fw_lang::evaluate(expr, &scope, diagnostics), expr.span));
        let sources = self.settings.sources;
        crate::variables::final_value(variable, &frame.instance, value, sources, diagnostics)
    }

    /// The value of a local of a frame.
    pub fn local(&self, frame: &Rc<Frame>, name: &Name, diagnostics: &mut Diagnostics) -> Value {
        self.memoised(
            frame,
            name,
            |m| &mut m.locals,
            diagnostics,
            |diagnostics| {
                let Some(local) = frame.module.locals.get(name) else { return Value::dynamic() };
                fw_lang::evaluate(&local.expr, &self.scope(frame, RepetitionData::default()), diagnostics)
            },
        )
    }

    /// The value of an output of a frame, with the marks its declaration adds.
    pub fn output(&self, frame: &Rc<Frame>, name: &Name, diagnostics: &mut Diagnostics) -> Value {
        self.memoised(
            frame,
            name,
            |m| &mut m.outputs,
            diagnostics,
            |diagnostics| {
                let Some(output) = frame.module.outputs.get(name) else { return Value::dynamic() };
                let scope = self.scope(frame, RepetitionData::default());
                let value = fw_lang::evaluate(&output.expr, &scope, diagnostics);
                let mut marks = Marks::NONE;
                if output.sensitive {
                    marks |= Marks::SENSITIVE;
                }
                if output.ephemeral {
                    marks |= Marks::EPHEMERAL;
                }
                value.with_marks(marks)
            },
        )
    }

    fn memoised(
        &self,
        frame: &Rc<Frame>,
        name: &Name,
        table: fn(&mut crate::frame::Memo) -> &mut HashMap<Name, Value>,
        diagnostics: &mut Diagnostics,
        evaluate: impl FnOnce(&mut Diagnostics) -> Value,
    ) -> Value {
        {
            let mut memo = frame.memo.borrow_mut();
            if let Some(known) = table(&mut memo).get(name) {
                return known.clone();
            }
            if memo.running.len() > 10_000 || memo.running.iter().filter(|n| *n == name).count() > 3 {
                diagnostics.push(Diagnostic::error(
                    "Self-referential value",
                    format!("The value of \"{name}\" depends on itself."),
                ));
                return Value::dynamic();
            }
            memo.running.push(Name::clone(name));
        }
        let value = evaluate(diagnostics);
        let mut memo = frame.memo.borrow_mut();
        memo.running.pop();
        table(&mut memo).insert(Name::clone(name), value.clone());
        value
    }

    /// Where the value of a variable is written, if it is in a file.
    pub(crate) fn argument_span(&self, frame: &Frame, name: &Name) -> Option<fw_diag::Span> {
        if frame.caller.is_none() {
            return self.settings.root_variable_spans.get(name).copied();
        }
        self.call_arguments(&frame.module.path).get(name).map(|expr| expr.span)
    }

    /// The arguments of the call of a module, by variable name.
    fn call_arguments(&self, module: &ModulePath) -> Rc<BTreeMap<Name, Arc<Expr>>> {
        if let Some(known) = self.arguments.borrow().get(module) {
            return Rc::clone(known);
        }
        let call = self.call_of(module);
        // The loader has diagnosed whatever is wrong with the body.
        let attributes = call.map(|c| c.body.just_attributes().0).unwrap_or_default();
        let arguments = Rc::new(attributes.into_iter().map(|a| (a.name.name, a.expr)).collect::<BTreeMap<_, _>>());
        self.arguments.borrow_mut().insert(module.clone(), Rc::clone(&arguments));
        arguments
    }

    /// The block that calls a module.
    #[must_use]
    pub fn call_of(&self, module: &ModulePath) -> Option<&'c ModuleCall> {
        let (parent, name) = module.parent()?;
        self.config.modules.get(&parent)?.calls.get(name)
    }

    /// All instances of a module call as one value: what `module.name` alone means.
    pub(crate) fn whole_call(&self, frame: &Rc<Frame>, name: &Name, diagnostics: &mut Diagnostics) -> Value {
        let Some(expansion) = self.expand_call(frame, name, diagnostics) else { return Value::dynamic() };
        let one = |key, diagnostics: &mut Diagnostics| self.call_instance(frame, name, key, diagnostics);
        match &*expansion {
            Expansion::Single => one(None, diagnostics),
            Expansion::Disabled => Value::null(Type::Dynamic),
            Expansion::Count(_) => Value::tuple(
                expansion.instances().into_iter().map(|(key, _)| one(key, diagnostics)).collect::<Vec<_>>(),
            ),
            Expansion::ForEach(elements) => Value::object(
                elements
                    .iter()
                    .map(|(key, _)| {
                        let instance = fw_addr::InstanceKey::String(Name::clone(key));
                        (Name::clone(key), one(Some(instance), diagnostics))
                    })
                    .collect::<Vec<_>>(),
            ),
            Expansion::UnexpandedCount => Value::unknown(Type::Dynamic),
            Expansion::UnexpandedForEach => Value::unknown(Type::Dynamic),
        }
    }

    /// One instance of a module call: an object of its outputs.
    pub(crate) fn call_instance(
        &self,
        frame: &Rc<Frame>,
        name: &Name,
        key: Option<fw_addr::InstanceKey>,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let Some(child) = self.frame(&frame.instance.child(name, key)) else { return Value::dynamic() };
        let outputs = child.module.outputs.keys().map(|o| (Name::clone(o), self.output(&child, o, diagnostics)));
        Value::object(outputs.collect::<Vec<_>>())
    }
}
