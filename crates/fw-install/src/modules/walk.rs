//! The way through the tree of modules: what is there already, what is fetched, and what is said of it.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fw_addr::ModulePath;
use fw_config::manifest::{Manifest, ManifestEntry};
use fw_config::version::{Constraints, Version};
use fw_config::{Locate, Module, ModuleCall, ModuleSource, RemotePackage, Wanted, clean_path};
use fw_diag::{Diagnostic, Diagnostics, SourceMap};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::fetch::Fetcher;
use super::registry::{Chosen, ModuleRegistries, RegistryCall, Troubles};
use super::{root_entry, source_url, subdirectory};
use crate::events::{Event, Events};
use crate::site::Site;

/// What becomes of a package that is being fetched.
enum Job {
    Remote(JoinHandle<Result<(), String>>),
    Registry(JoinHandle<(Result<Fetched, Diagnostics>, Troubles)>),
}

/// A version of a registry's module, and how fetching its package ended.
struct Fetched {
    chosen: Chosen,
    outcome: Result<RemotePackage, Diagnostic>,
}

/// One installation.
pub(super) struct Walk<'a> {
    site: &'a Site,
    /// Where packages are put.
    directory: PathBuf,
    upgrade: bool,
    events: &'a dyn Events,
    sources: &'a SourceMap,
    entries: BTreeMap<String, ManifestEntry>,
    /// What registries said that does not keep from going on.
    pub(super) warnings: Diagnostics,
    /// Said before the first module.
    announcement: Option<Event>,
    /// Addresses of the modules that are there, for those that are local to them.
    addresses: HashMap<ModulePath, ModuleSource>,
    jobs: HashMap<ModulePath, Job>,
    /// Made when there is something to fetch.
    at_work: Option<AtWork>,
}

struct AtWork {
    runtime: Runtime,
    fetcher: Arc<Fetcher>,
    registries: Arc<ModuleRegistries>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        site: &'a Site,
        directory: PathBuf,
        (known, announcement): (Manifest, Option<Event>),
        upgrade: bool,
        events: &'a dyn Events,
        sources: &'a SourceMap,
    ) -> Self {
        let mut entries: BTreeMap<_, _> = known.entries().map(|entry| (entry.key.clone(), entry.clone())).collect();
        entries.insert(String::new(), root_entry());
        Self {
            site,
            directory,
            upgrade,
            events,
            sources,
            entries,
            warnings: Diagnostics::new(),
            announcement,
            addresses: HashMap::new(),
            jobs: HashMap::new(),
            at_work: None,
        }
    }

    pub(super) fn manifest(&self) -> Manifest {
        self.entries.values().cloned().collect()
    }

    fn package_directory(&self, key: &str) -> PathBuf {
        self.directory.join(key)
    }

    /// Whether the module must be installed; what is left of an older one is removed then.
    fn must_install(&mut self, call: &ModuleCall, key: &str) -> Result<bool, Diagnostic> {
        let fits = |entry: &ManifestEntry| {
            let constraints = call.version.as_ref().and_then(|(text, _)| Constraints::parse(text));
            let version = Version::parse(&entry.version);
            let allowed = constraints.zip(version).is_none_or(|(constraints, version)| constraints.allow(&version));
            entry.source == call.address.to_string() && allowed
        };
        let keeps = !self.upgrade && self.entries.get(key).is_some_and(fits);
        if keeps {
            let entry = self.entries.get(key);
            return Ok(!entry.is_some_and(|entry| self.site.root.join(&entry.dir).is_dir()));
        }
        let below = format!("{key}.");
        self.entries.retain(|other, _| other != key && !other.starts_with(&below));
        let path = self.package_directory(key);
        remove(&path).map_err(|error| {
            let detail = format!(
                "Terraform tried to remove {} in order to reinstall this module, but encountered an error: {}",
                self.site.shown(&path),
                fw_diag::system_error(&error)
            );
            Diagnostic::error("Failed to remove local module cache", detail)
        })?;
        Ok(true)
    }

    fn at_work(&mut self) -> Result<&AtWork, Diagnostic> {
        if self.at_work.is_none() {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let runtime = runtime.map_err(|e| Diagnostic::error("Failed to start threads", e.to_string()))?;
            let registries = Arc::new(ModuleRegistries::new(self.site));
            let fetcher = Arc::new(Fetcher::new(self.site));
            self.at_work = Some(AtWork { runtime, fetcher, registries });
        }
        Ok(self.at_work.as_ref().expect("it was made just now"))
    }

    /// Begins to fetch the package of a call.
    fn begin(&mut self, call: &ModuleCall, path: &ModulePath) -> Result<(), Diagnostic> {
        let into = self.package_directory(&Manifest::key(path));
        let call_of_registry = |sources: &SourceMap| RegistryCall {
            name: call.name.to_string(),
            place: place(sources, call),
            span: Some(call.span),
            constraints: call.version.as_ref().map(|(text, _)| text.clone()),
        };
        let described = call_of_registry(self.sources);
        let work = self.at_work()?;
        let (fetcher, registries) = (Arc::clone(&work.fetcher), Arc::clone(&work.registries));
        let job = match &call.address {
            ModuleSource::Local(_) => return Ok(()),
            ModuleSource::Remote(remote) => {
                // Asked for here, so that the first call that wants a package is the one that gets it.
                let fetching = fetcher.fetch(&remote.package, into);
                Job::Remote(work.runtime.spawn(fetching))
            }
            ModuleSource::Registry(module) => {
                let module = module.clone();
                Job::Registry(work.runtime.spawn(async move {
                    let mut troubles = Troubles::default();
                    let chosen = match registries.choose(&module, &described, &mut troubles).await {
                        Ok(chosen) => chosen,
                        Err(problem) => return (Err(problem.into()), troubles),
                    };
                    let outcome = match registries.location(&module, &chosen).await {
                        Err(problem) => Err(problem),
                        Ok(found) => fetcher
                            .fetch(&found.package, into)
                            .await
                            .map_err(|why| not_downloaded(&described, &found.to_string(), &why))
                            .map(|()| found),
                    };
                    (Ok(Fetched { chosen, outcome }), troubles)
                }))
            }
        };
        self.jobs.insert(path.clone(), job);
        Ok(())
    }

    fn said(&self, entry: &ManifestEntry) {
        self.events.event(&Event::Module { key: entry.key.clone(), directory: entry.dir.clone() });
    }

    fn note(&mut self, entry: ManifestEntry) -> String {
        self.said(&entry);
        let directory = entry.dir.clone();
        self.entries.insert(entry.key.clone(), entry);
        directory
    }

    fn local(&mut self, relative: &str, wanted: Wanted<'_>, key: String) -> Result<String, Diagnostics> {
        let joined = clean_path(&format!("{}/{relative}", wanted.caller));
        let source = wanted.call.address.to_string();
        let entry = |dir: String| ManifestEntry { key, source, version: String::new(), dir };
        match resolve_links(&self.site.root, &joined) {
            Ok(directory) if self.site.root.join(&directory).is_dir() => Ok(self.note(entry(directory))),
            found => {
                let mut problems = Diagnostics::new();
                if let Err(why) = &found {
                    let detail = format!("Unable to evaluate directory symlink: {why}");
                    problems.push(Diagnostic::error("Unreadable module directory", detail));
                }
                let directory = found.unwrap_or_default();
                let detail = format!(
                    "The directory {directory} could not be read for module \"{}\" at {}.",
                    wanted.call.name,
                    place(self.sources, wanted.call)
                );
                problems.push(Diagnostic::error("Unreadable module directory", detail));
                self.note(entry(directory));
                Err(self.escape(wanted.path, &wanted.call.address).map_or(problems, Diagnostics::from))
            }
        }
    }

    /// Whether a local address leads out of the package that its module came with.
    fn escape(&self, path: &ModulePath, address: &ModuleSource) -> Option<Diagnostic> {
        let mut steps = vec![(path.clone(), address.to_string())];
        let (mut above, package) = loop {
            let (parent, _) = steps.last()?.0.parent()?;
            match self.addresses.get(&parent)? {
                ModuleSource::Local(relative) => steps.push((parent, relative.clone())),
                ModuleSource::Remote(remote) => break (remote.subdirectory.clone(), remote.package.clone()),
                ModuleSource::Registry(module) => {
                    let package = fw_config::RegistryModule { subdirectory: String::new(), ..module.clone() };
                    break (module.subdirectory.clone(), ModuleSource::Registry(package).to_string());
                }
            }
        };
        for (path, relative) in steps.iter().rev() {
            above = clean_path(&format!("{above}/{relative}"));
            if above == ".." || above.starts_with("../") {
                let package = source_url::without_password(&package);
                let detail = format!(
                    "The given source directory for {path} would be outside of its containing package \"{package}\". Local \
                     source addresses starting with \"../\" must stay within the same package that the calling module belongs \
                     to."
                );
                return Some(Diagnostic::error("Local module path escapes module package", detail));
            }
        }
        None
    }

    fn remote(&mut self, remote: &RemotePackage, wanted: Wanted<'_>, key: String) -> Result<String, Diagnostics> {
        let package = source_url::without_password(&remote.package);
        self.events.event(&Event::ModuleDownload { key: key.clone(), package: package.clone(), version: None });
        let Some(Job::Remote(job)) = self.jobs.remove(wanted.path) else { return Err(lost().into()) };
        let outcome = self.at_work()?.runtime.block_on(job).unwrap_or_else(|error| Err(error.to_string()));
        let fetched = self.site.shown(&self.package_directory(&key));
        outcome.map_err(|why| {
            let place = place(self.sources, wanted.call);
            could_not_download(&wanted.call.name, &place, &package, &why).at(wanted.call.span)
        })?;
        let dir = subdirectory::find(&self.site.root, &fetched, &remote.subdirectory)
            .map_err(|why| Diagnostic::error("Failed to expand subdir globs", why))?;
        let source = wanted.call.address.to_string();
        let entry = ManifestEntry { key, source, version: String::new(), dir };
        if !self.site.root.join(&entry.dir).is_dir() {
            let detail = format!(
                "The directory {} could not be read. This is a bug in Terraform and should be reported.",
                entry.dir
            );
            self.note(entry);
            return Err(Diagnostic::error("Unreadable module directory", detail).into());
        }
        Ok(self.note(entry))
    }

    fn registry(&mut self, wanted: Wanted<'_>, key: String) -> Result<(String, Diagnostics), Diagnostics> {
        let ModuleSource::Registry(module) = &wanted.call.address else { return Err(lost().into()) };
        let Some(Job::Registry(job)) = self.jobs.remove(wanted.path) else { return Err(lost().into()) };
        let ended = self.at_work()?.runtime.block_on(job);
        let (fetched, Troubles(mut problems)) =
            ended.map_err(|error| Diagnostic::error("A task failed", error.to_string()))?;
        let fetched = match fetched {
            Ok(fetched) => fetched,
            Err(more) => {
                problems.append(more);
                return Err(problems);
            }
        };
        let version = fetched.chosen.version.to_string();
        let package = fw_config::RegistryModule { subdirectory: String::new(), ..module.clone() };
        self.events.event(&Event::ModuleDownload {
            key: key.clone(),
            package: ModuleSource::Registry(package).to_string(),
            version: Some(version.clone()),
        });
        let found = match fetched.outcome {
            Ok(found) => found,
            Err(problem) => {
                problems.push(problem);
                return Err(problems);
            }
        };
        let inside = clean_path(&format!("{}/{}", found.subdirectory, module.subdirectory));
        let dir = clean_path(&format!("{}/{inside}", self.site.shown(&self.package_directory(&key))));
        let entry = ManifestEntry { key, source: wanted.call.address.to_string(), version, dir };
        let exists = self.site.root.join(&entry.dir).is_dir();
        let directory = self.note(entry);
        if exists {
            return Ok((directory, problems));
        }
        let detail = format!(
            "The directory {directory} does not exist. The target submodule {} does not exist within the target module.",
            module.subdirectory
        );
        problems.push(Diagnostic::error("Unreadable module subdirectory", detail));
        Err(problems)
    }
}

impl Locate for Walk<'_> {
    fn goes_on(&self) -> bool {
        true
    }

    fn calls(&mut self, module: &Module) {
        if module.has_calls
            && let Some(event) = self.announcement.take()
        {
            self.events.event(&event);
        }
        for call in module.calls.values() {
            let path = module.path.child(&call.name);
            let wanted =
                call.address.as_local().is_none() && self.must_install(call, &Manifest::key(&path)).unwrap_or(true);
            // What goes wrong here goes wrong again when the module is asked for.
            if wanted && let Err(problem) = self.begin(call, &path) {
                log::warn!("{}: {}", problem.summary, problem.detail);
            }
        }
    }

    fn locate(&mut self, wanted: Wanted<'_>) -> Result<String, Diagnostics> {
        let (call, path) = (wanted.call, wanted.path);
        let key = Manifest::key(path);
        self.addresses.insert(path.clone(), call.address.clone());
        if !self.jobs.contains_key(path) {
            let missing = self.must_install(call, &key)?;
            if !missing && let Some(entry) = self.entries.get(&key) {
                return Ok(entry.dir.clone());
            }
        }
        match &call.address {
            ModuleSource::Local(relative) => self.local(relative, wanted, key),
            ModuleSource::Remote(remote) => self.remote(remote, wanted, key),
            ModuleSource::Registry(_) => {
                let (directory, problems) = self.registry(wanted, key)?;
                self.warnings.append(problems);
                Ok(directory)
            }
        }
    }
}

/// A job that was never begun.
fn lost() -> Diagnostic {
    Diagnostic::error("Failed to download module", "The package could not be asked for.")
}

fn could_not_download(name: &str, place: &str, from: &str, why: &str) -> Diagnostic {
    let detail = format!("Could not download module \"{name}\" ({place}) source code from \"{from}\": {why}");
    Diagnostic::error("Failed to download module", detail)
}

fn not_downloaded(call: &RegistryCall, from: &str, why: &str) -> Diagnostic {
    let from = source_url::without_password(from);
    call.marked(could_not_download(&call.name, &call.place, &from, &format!("{why}.")))
}

/// File and line of a call.
fn place(sources: &SourceMap, call: &ModuleCall) -> String {
    let file = sources.file(call.span.file);
    format!("{}:{}", file.name, file.position(call.span.start).line)
}

/// Removes a package or a link to one.
fn remove(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(_) => Ok(()),
    }
}

/// A path without symbolic links: relative as long as no link leads away. Why not, in Go's words.
fn resolve_links(root: &Path, path: &str) -> Result<String, String> {
    let (mut done, mut links) = (String::new(), 0);
    let mut steps: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
    if path.starts_with('/') {
        steps.pop();
        done.push('/');
    }
    while let Some(step) = steps.pop() {
        if step.is_empty() || step == "." {
            continue;
        }
        let next = if done.is_empty() { step.clone() } else { clean_path(&format!("{done}/{step}")) };
        // A step upwards from above the directory stays as it is.
        if step == ".." {
            done = next;
            continue;
        }
        let found = root.join(&next).symlink_metadata();
        let found = found.map_err(|error| format!("lstat {next}: {}", fw_diag::system_error(&error)))?;
        if !found.is_symlink() {
            done = next;
            continue;
        }
        links += 1;
        let target = std::fs::read_link(root.join(&next)).map_err(|error| fw_diag::system_error(&error))?;
        if links > 255 {
            return Err("EvalSymlinks: too many links".to_owned());
        }
        let target = target.to_string_lossy().into_owned();
        if target.starts_with('/') {
            "/".clone_into(&mut done);
        }
        steps.extend(target.split('/').rev().map(str::to_owned));
    }
    Ok(if done.is_empty() { ".".to_owned() } else { done })
}
