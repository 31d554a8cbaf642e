//! The dependency graph of a configuration and a state: one node for each thing that is evaluated or planned, whatever the
//! number of its instances, so that edges stay linear in the number of references.

mod build;
mod cycles;
mod excludes;
mod targets;

use fw_addr::{AbsProviderConfig, ConfigResource, ModulePath, Name};
use fw_exec::Reversed;
use indexmap::IndexSet;

pub(crate) use build::build;
pub(crate) use targets::{Targeted, contains as target_contains};

/// Index of a node.
pub(crate) type NodeIndex = usize;

/// What a node stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Node {
    /// `variable`, in all instances of its module.
    Variable(ModulePath, Name),
    /// A name of `locals`.
    Local(ModulePath, Name),
    /// `output`.
    Output(ModulePath, Name),
    /// Expansion of a module call; the path is that of the calling module.
    Call(ModulePath, Name),
    /// What `depends_on` of a call (and of the calls around it) makes all resources of the module wait for.
    ModuleStart(ModulePath),
    /// Everything in a module: what waits for `module.name` as a whole.
    ModuleDone(ModulePath),
    /// A provider configuration.
    Provider(AbsProviderConfig),
    /// A resource block, with all its instances, wanted and orphaned.
    Resource(ConfigResource),
    /// Objects in the state whose resource has no configuration.
    Orphan(ConfigResource),
    /// A check block's assertions.
    Check(ModulePath, Name),
}

impl std::fmt::Display for Node {
    /// As in the message about a cycle.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let within = |f: &mut std::fmt::Formatter<'_>, module: &ModulePath, rest: &str| {
            if module.is_root() { write!(f, "{rest}") } else { write!(f, "{module}.{rest}") }
        };
        match self {
            Self::Variable(m, n) if m.is_root() => write!(f, "var.{n}"),
            Self::Variable(m, n) => within(f, m, &format!("var.{n} (expand)")),
            Self::Local(m, n) => within(f, m, &format!("local.{n} (expand)")),
            Self::Output(m, n) => within(f, m, &format!("output.{n} (expand)")),
            Self::Call(m, n) => within(f, m, &format!("module.{n} (expand)")),
            Self::ModuleStart(m) => write!(f, "{m} (start)"),
            Self::ModuleDone(m) => write!(f, "{m} (close)"),
            Self::Provider(p) => write!(f, "{p}"),
            Self::Resource(r) => write!(f, "{r}"),
            Self::Orphan(r) => write!(f, "{r} (orphan)"),
            Self::Check(m, n) => within(f, m, &format!("check.{n}")),
        }
    }
}

/// Nodes and what each depends on.
#[derive(Default)]
pub(crate) struct Graph {
    pub(crate) nodes: IndexSet<Node, foldhash::fast::RandomState>,
    /// For each node those it needs, without duplicates.
    pub(crate) needs: Vec<Vec<NodeIndex>>,
}

impl Graph {
    pub(crate) fn add(&mut self, node: Node) -> NodeIndex {
        let (at, is_new) = self.nodes.insert_full(node);
        if is_new {
            self.needs.push(Vec::new());
        }
        at
    }

    pub(crate) fn find(&self, node: &Node) -> Option<NodeIndex> {
        self.nodes.get_index_of(node)
    }

    /// `node` needs `dependency`; nodes that are not there, and a node itself, are left out.
    fn connect(&mut self, node: NodeIndex, dependency: &Node) {
        if let Some(dependency) = self.find(dependency)
            && dependency != node
        {
            self.needs[node].push(dependency);
        }
    }

    /// The nodes that `depends_on` names, a module standing for all that is in it.
    pub(crate) fn depends_on<'r>(
        &self,
        module: &ModulePath,
        refs: impl IntoIterator<Item = &'r fw_lang::reference::Reference>,
    ) -> Vec<NodeIndex> {
        refs.into_iter().filter_map(|r| build::subject_node(module, &r.subject)).filter_map(|n| self.find(&n)).collect()
    }

    fn sort_needs(&mut self) {
        for needs in &mut self.needs {
            needs.sort_unstable();
            needs.dedup();
        }
    }

    /// For each node those that need it.
    pub(crate) fn needed_by(&self) -> Reversed {
        Reversed::of(self.nodes.len(), |node| self.needs[node].iter().copied())
    }
}
