//! Templates that are only known while evaluating: files of `templatefile`, strings of `templatestring`.

use std::sync::{Arc, Mutex, PoisonError};

use foldhash::HashMap;
use fw_diag::{Diagnostics, SourceMap, Span};
use fw_syntax::ast::{Expr, ExprKind};
use fw_value::Str;

/// A template after parsing.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    /// The template; `None` when it has errors.
    pub(crate) expr: Option<Arc<Expr>>,
    /// What is wrong with it.
    pub(crate) diagnostics: Diagnostics,
}

/// Templates parsed so far, so that a call in a loop parses its file once. Cheap to share: all takes `&self`.
#[derive(Debug, Default)]
pub struct Templates {
    parsed: Mutex<HashMap<(String, Str), Parsed>>,
    /// Templates are no files of the configuration, so their spans count in a map of their own.
    sources: Arc<SourceMap>,
}

impl Templates {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses a text, or finds it, and where its spans are looked up.
    pub(crate) fn parse(&self, name: &str, text: &Str) -> (Parsed, Arc<SourceMap>) {
        let key = (name.to_owned(), Str::clone(text));
        let mut known = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let parsed = known.entry(key).or_insert_with(|| parse(name, text, &self.sources)).clone();
        (parsed, Arc::clone(&self.sources))
    }
}

/// Parses a text as a template, under a name that messages about it give.
pub(crate) fn parse(name: &str, text: &Str, sources: &SourceMap) -> Parsed {
    let file = sources.add(name, Str::clone(text));
    let (template, diagnostics) = fw_syntax::parse_template_named(file, name, text);
    let whole = Span::new(file, 0, u32::try_from(text.len()).unwrap_or(u32::MAX));
    let expr =
        template.filter(|_| !diagnostics.has_errors()).map(|t| Arc::new(Expr::new(ExprKind::Template(t), whole)));
    Parsed { expr, diagnostics }
}
