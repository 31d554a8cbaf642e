//! Reads the files of modules and puts the tree of modules together.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::ModulePath;
use fw_diag::{Diagnostic, Diagnostics, SourceMap, Span};
use fw_syntax::Body;

use crate::assemble::Assembler;
use crate::early::resolve_calls;
use crate::files::{ConfigFiles, Files};
use crate::manifest::Manifest;
use crate::model::{Config, Module, ModuleCall};
use crate::source::{ModuleSource, clean_path};
use crate::{decode, providers, query, required_version};

/// Finds the directory of a module that is not local: the call, and the path the called module will have.
pub type Resolve<'a> = dyn Fn(&ModuleCall, &ModulePath) -> Result<String, Diagnostic> + 'a;

/// A called module whose directory is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The call.
    pub call: &'a ModuleCall,
    /// The path the called module will have.
    pub path: &'a ModulePath,
    /// The directory of the calling module.
    pub caller: &'a str,
}

/// Finds the directories of all called modules, local ones too. It is asked in the order of the tree: for a module after
/// everything that the calls before it in the same module lead to.
pub trait Locate {
    /// The directory of a called module; the module is left out where there is none.
    ///
    /// # Errors
    /// What is wrong with it.
    fn locate(&mut self, wanted: Wanted<'_>) -> Result<String, Diagnostics>;

    /// Whether modules are looked for even if the root module has errors.
    fn goes_on(&self) -> bool {
        false
    }

    /// A module was read, and the modules it calls will be asked for.
    fn calls(&mut self, _module: &Module) {}
}

/// Finds local modules by their paths, and others by a function.
struct ByPath<'a> {
    resolve: &'a Resolve<'a>,
    /// Whether the function also knows the directories of local modules.
    knows_local: bool,
}

impl Locate for ByPath<'_> {
    fn locate(&mut self, Wanted { call, path, caller }: Wanted<'_>) -> Result<String, Diagnostics> {
        match &call.address {
            ModuleSource::Local(relative) if !self.knows_local => Ok(format!("{caller}/{relative}")),
            ModuleSource::Local(_) | ModuleSource::Registry(_) | ModuleSource::Remote(_) => {
                (self.resolve)(call, path).map_err(Diagnostics::from)
            }
        }
    }
}

/// Reads the module in a directory. What is there is given back even when there are errors.
#[must_use]
pub fn load_module(directory: &str, path: ModulePath, files: &dyn Files, sources: &SourceMap) -> (Module, Diagnostics) {
    load_files(directory, path, files, sources, false)
}

/// Reads the module in a directory, with its query files or without.
pub(crate) fn load_files(
    directory: &str,
    path: ModulePath,
    files: &dyn Files,
    sources: &SourceMap,
    with_queries: bool,
) -> (Module, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut assembler = Assembler::new(sources);
    match files.list(directory) {
        Ok(names) => {
            let queries = if with_queries { query::among(&names) } else { Vec::new() };
            let found = ConfigFiles::among(names);
            let sets = [(found.primary, false), (found.overrides, true)];
            for (names, overriding) in sets {
                for name in names {
                    let file_path = clean_path(&format!("{directory}/{name}"));
                    let Some(body) = read_body(&file_path, files, sources, &mut diagnostics) else { continue };
                    let (content, problems) = decode::file(&body, sources, overriding);
                    diagnostics.append(problems);
                    if overriding { assembler.lay_over(content) } else { assembler.add(content) }
                }
            }
            for name in queries {
                let file_path = clean_path(&format!("{directory}/{name}"));
                let Some(body) = read_body(&file_path, files, sources, &mut diagnostics) else { continue };
                let (content, problems) = decode::query_file(&body, sources);
                diagnostics.append(problems);
                assembler.add(content);
            }
        }
        Err(_) if !path.is_root() => {
            let detail = format!(
                "This module's local cache directory {directory} could not be read. Run \"terraform init\" to install all \
                 modules required by this configuration."
            );
            diagnostics.push(Diagnostic::error("Module not installed", detail));
        }
        Err(_) => {
            let detail = format!("Module directory {directory} does not exist or cannot be read.");
            diagnostics.push(Diagnostic::error("Failed to read module directory", detail));
        }
    }
    let (module, problems) = assembler.finish(path, directory);
    diagnostics.append(problems);
    (module, diagnostics)
}

/// The body of a file; `None` where nothing of it can be used.
pub(crate) fn read_body(
    path: &str,
    files: &dyn Files,
    sources: &SourceMap,
    diagnostics: &mut Diagnostics,
) -> Option<Body> {
    let bytes = match files.read(path) {
        Ok(bytes) => bytes,
        Err(message) => {
            let detail = format!("The configuration file \"{path}\" could not be read: {message}.");
            diagnostics.push(Diagnostic::error("Failed to read file", detail));
            return None;
        }
    };
    let bad = std::str::from_utf8(&bytes).err().map(|e| e.valid_up_to());
    let text: Arc<str> = match String::from_utf8_lossy(&bytes) {
        std::borrow::Cow::Borrowed(text) => text.into(),
        std::borrow::Cow::Owned(text) => text.into(),
    };
    let file = sources.add(path, Arc::clone(&text));
    if let Some(at) = bad {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let detail = "All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your editor.";
        // The replacement character has three bytes.
        let span = Span::new(file, at, at.saturating_add(3));
        diagnostics.push(Diagnostic::error("Invalid character encoding", detail).at(span));
        return None;
    }
    let (body, problems) = if path.ends_with(".json") {
        fw_syntax::parse_json_named(file, path, &text)
    } else {
        let (body, problems) = fw_syntax::parse_native_named(file, path, &text);
        (Body::Native(body), problems)
    };
    diagnostics.append(problems);
    let outlined = body.clone();
    sources.set_blocks(file, move || outlined.outline());
    Some(body)
}

/// Reads the root module and all modules it calls, and checks what can be checked without providers' schemas and
/// without evaluating anything. Local modules are found by their paths, others by `resolve`.
#[must_use]
pub fn load_tree(
    root_directory: &str,
    files: &dyn Files,
    sources: &SourceMap,
    resolve: &Resolve<'_>,
) -> (Config, Diagnostics) {
    load_located(root_directory, files, sources, &mut ByPath { resolve, knows_local: false })
}

/// As [`load_tree`], with all modules where the manifest says that they are installed. Local ones have to be in it too.
/// The root module comes as [`load_module`] gave it.
#[must_use]
pub fn load_installed(
    root_directory: &str,
    root: (Module, Diagnostics),
    files: &dyn Files,
    sources: &SourceMap,
    manifest: &Manifest,
) -> (Config, Diagnostics) {
    let resolve = installed(manifest);
    load(root_directory, root, (files, sources), &mut ByPath { resolve: &resolve, knows_local: true })
}

/// As [`load_tree`], with all modules where `locate` finds them.
#[must_use]
pub fn load_located(
    root_directory: &str,
    files: &dyn Files,
    sources: &SourceMap,
    locate: &mut dyn Locate,
) -> (Config, Diagnostics) {
    let root = load_module(&clean_path(root_directory), ModulePath::root(), files, sources);
    load(root_directory, root, (files, sources), locate)
}

fn load(
    root_directory: &str,
    (root, diagnostics): (Module, Diagnostics),
    (files, sources): (&dyn Files, &SourceMap),
    locate: &mut dyn Locate,
) -> (Config, Diagnostics) {
    let mut loader = Loader { files, sources, locate, read: BTreeMap::new(), diagnostics };
    let mut modules: BTreeMap<ModulePath, Arc<Module>> = BTreeMap::new();
    let mut root = Some(root);
    let mut waiting = vec![Waiting { path: ModulePath::root(), directory: clean_path(root_directory), call: None }];
    // Directories of the modules above, to find calls that lead back.
    let mut above: Vec<String> = Vec::new();
    while let Some(next) = waiting.pop() {
        above.truncate(next.path.0.len());
        let Some(next) = loader.located(next, &above) else { continue };
        above.push(next.directory.clone());
        let mut module = match root.take() {
            Some(root) => root,
            None => loader.module(&next, &modules),
        };
        resolve_calls(&mut module, &modules, files.early(), &mut loader.diagnostics);
        if next.path.is_root() && loader.diagnostics.has_errors() && !loader.locate.goes_on() {
            // Like terraform: what is wrong here comes first.
            modules.insert(next.path, Arc::new(module));
            break;
        }
        loader.locate.calls(&module);
        for call in module.calls.values().rev() {
            let (path, call) = (module.path.child(&call.name), Some(Box::new(call.clone())));
            waiting.push(Waiting { path, directory: next.directory.clone(), call });
        }
        modules.insert(next.path, Arc::new(module));
    }
    let mut diagnostics = loader.diagnostics;
    let config = Config { modules, tests: Arc::default(), instead: Vec::new() };
    if !diagnostics.has_errors() {
        crate::assemble::check_imports(&config, &mut diagnostics);
        providers::validate(&config, &mut diagnostics);
    }
    if !diagnostics.has_errors() {
        required_version::check(&config, &mut diagnostics);
    }
    (config, diagnostics)
}

/// A module to be read.
struct Waiting {
    path: ModulePath,
    /// Its directory, or that of its caller until it is located.
    directory: String,
    call: Option<Box<ModuleCall>>,
}

struct Loader<'a> {
    files: &'a dyn Files,
    sources: &'a SourceMap,
    locate: &'a mut dyn Locate,
    /// Where the modules of a directory are: what several calls share is read once.
    read: BTreeMap<String, ModulePath>,
    diagnostics: Diagnostics,
}

impl Loader<'_> {
    /// A module that is called.
    fn module(&mut self, waiting: &Waiting, modules: &BTreeMap<ModulePath, Arc<Module>>) -> Module {
        let source = waiting.call.as_ref().map_or_else(String::new, |call| call.source.clone());
        let module = match self.read.get(&waiting.directory).and_then(|path| modules.get(path)) {
            Some(module) => Module { path: waiting.path.clone(), source, ..Module::clone(module) },
            None => {
                let (mut module, mut problems) =
                    load_module(&waiting.directory, waiting.path.clone(), self.files, self.sources);
                module.source = source;
                if let Some(call) = &waiting.call {
                    problems.iter_mut().for_each(|problem| problem.subject = problem.subject.or(Some(call.span)));
                }
                self.diagnostics.append(problems);
                self.read.insert(waiting.directory.clone(), waiting.path.clone());
                module
            }
        };
        self.check_child(&module);
        module
    }

    /// Tells of what only the root module may have; in others nobody looks at it.
    fn check_child(&mut self, module: &Module) {
        if let Some(backend) = &module.backend {
            let detail = "Any selected backend applies to the entire configuration, so Terraform expects provider \
                          configurations only in the root module.\n\nThis is a warning rather than an error because it's \
                          sometimes convenient to temporarily call a root module as a child module for testing purposes, but \
                          this backend configuration block will have no effect.";
            self.diagnostics.push(Diagnostic::warning("Backend configuration ignored", detail).at(backend.span));
        }
        for import in &module.imports {
            let detail = format!(
                "An import block was detected in \"{}\". Import blocks are only allowed in the root module.",
                module.path
            );
            self.diagnostics.push(Diagnostic::error("Invalid import configuration", detail).at(import.span));
        }
    }

    /// The same with the directory of the module instead of its caller's. Nothing if it has none.
    fn located(&mut self, waiting: Waiting, above: &[String]) -> Option<Waiting> {
        let Waiting { path, directory: caller, call } = waiting;
        let Some(call) = call else { return Some(Waiting { path, directory: caller, call }) };
        let found = self.locate.locate(Wanted { call: &call, path: &path, caller: &caller });
        let directory = match found {
            Ok(directory) => clean_path(&directory),
            Err(problems) => {
                self.diagnostics.append(problems);
                return None;
            }
        };
        if above.contains(&directory) {
            let detail = format!("The module at {path} calls itself, directly or through other modules, without end.");
            self.diagnostics.push(Diagnostic::error("Module call cycle", detail).at(call.source_span));
            return None;
        }
        Some(Waiting { path, directory, call: Some(call) })
    }
}

/// What is said of a module that is not in the manifest.
#[must_use]
pub fn not_installed(call: &ModuleCall) -> Diagnostic {
    let detail = "This module is not yet installed. Run \"terraform init\" to install all modules required by this \
                  configuration.";
    Diagnostic::error("Module not installed", detail).at(call.span)
}

/// A [`Resolve`] that looks modules up in the manifest of installed modules.
pub fn installed(manifest: &Manifest) -> impl Fn(&ModuleCall, &ModulePath) -> Result<String, Diagnostic> + '_ {
    move |call, path| {
        let entry = manifest.get(path).ok_or_else(|| not_installed(call))?;
        if entry.source != call.address.to_string() {
            let detail = "The source address was changed since this module was installed. Run \"terraform init\" to install \
                          all modules required by this configuration.";
            return Err(Diagnostic::error("Module source has changed", detail).at(call.source_span));
        }
        if let Some((text, span)) = &call.version
            && let Some(constraints) = crate::version::Constraints::parse(text)
        {
            let fits = crate::version::Version::parse(&entry.version).is_some_and(|v| constraints.allow(&v));
            if !fits {
                let detail = "The version requirements have changed since this module was installed and the installed version \
                              is no longer acceptable. Run \"terraform init\" to install all modules required by this \
                              configuration.";
                return Err(Diagnostic::error("Module version requirements have changed", detail).at(*span));
            }
        }
        Ok(entry.dir.clone())
    }
}
