//! What is known before the modules of a configuration are read: the values of variables, the workspace, the files.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use fw_addr::{ModulePath, Name};
use fw_config::{Early, Files, Module};
use fw_diag::SourceMap;
use fw_functions::Environment;
use fw_value::Value;

use crate::{Disk, FunctionEnvironment, Surroundings, variables};

/// The files of a configuration, with what its early expressions see.
#[derive(Clone, Debug)]
pub struct ConfigurationFiles {
    disk: Disk,
    surroundings: Arc<Surroundings>,
    environment: FunctionEnvironment,
}

impl ConfigurationFiles {
    /// The files seen from the root module.
    #[must_use]
    pub fn of(surroundings: &Surroundings) -> Self {
        let disk = Disk::new(&surroundings.root).at(surroundings.level);
        let environment = FunctionEnvironment::planning(&surroundings.root, surroundings.home.as_deref(), None);
        Self { disk, surroundings: Arc::new(surroundings.clone()), environment }
    }
}

impl Files for ConfigurationFiles {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        self.disk.list(directory)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.disk.read(path)
    }

    fn early(&self) -> Option<&dyn Early> {
        Some(self)
    }
}

impl Early for ConfigurationFiles {
    fn variables(&self, root: &Module) -> BTreeMap<Name, Value> {
        // What is wrong with them is said when the variables themselves are looked at.
        let around = &self.surroundings;
        let (given, _) = variables::gather(root, around, &around.arguments, fw_lang::constants(), &SourceMap::new());
        given.into_iter().map(|(name, given)| (name, given.value)).collect()
    }

    fn workspace(&self) -> String {
        self.surroundings.workspace()
    }

    fn working_directory(&self) -> String {
        self.surroundings.started_in.to_string_lossy().into_owned()
    }

    fn environment(&self) -> &dyn Environment {
        &self.environment
    }
}

/// What a saved plan knows: where its modules came from.
pub(crate) struct KnownSources<'a> {
    sources: &'a dyn Fn(&ModulePath) -> Option<String>,
    environment: FunctionEnvironment,
}

impl<'a> KnownSources<'a> {
    pub(crate) fn new(sources: &'a dyn Fn(&ModulePath) -> Option<String>) -> Self {
        Self { sources, environment: FunctionEnvironment::planning(Path::new(""), None, None) }
    }
}

impl Early for KnownSources<'_> {
    fn variables(&self, _: &Module) -> BTreeMap<Name, Value> {
        BTreeMap::new()
    }

    fn workspace(&self) -> String {
        String::new()
    }

    fn working_directory(&self) -> String {
        String::new()
    }

    fn environment(&self) -> &dyn Environment {
        &self.environment
    }

    fn known_source(&self, called: &ModulePath) -> Option<String> {
        (self.sources)(called)
    }
}
