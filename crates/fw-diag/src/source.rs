//! Source files and spans. Positions (line, column) are computed only when somebody asks, from a line index.

use std::sync::{Arc, LazyLock, OnceLock, RwLock};

use unicode_segmentation::UnicodeSegmentation;

/// Identifies a file within a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A byte range within one file: `start..end`, half open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file the bytes are in.
    pub file: FileId,
    /// Byte offset of the first byte.
    pub start: u32,
    /// Byte offset after the last byte.
    pub end: u32,
}

impl Span {
    /// A span over `start..end` of `file`.
    #[must_use]
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// The smallest span that covers both; `other` must be of the same file, else `self` is returned.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty span at the start of this one.
    #[must_use]
    pub fn at_start(self) -> Self {
        Self { end: self.start, ..self }
    }

    /// The empty span at the end of this one.
    #[must_use]
    pub fn at_end(self) -> Self {
        Self { start: self.end, ..self }
    }
}

/// A place in a file as people count: lines and columns from 1, columns in grapheme clusters, bytes from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in grapheme clusters, from 1.
    pub column: u32,
    /// Byte offset, from 0.
    pub byte: u32,
}

/// Blocks: what they cover and their headers.
type Outline = LazyLock<Vec<(Span, String)>, Box<dyn FnOnce() -> Vec<(Span, String)> + Send>>;

/// One loaded file.
#[derive(Debug)]
pub struct SourceFile {
    /// The path as diagnostics name it.
    pub name: String,
    /// The whole text. Invalid UTF-8 has been replaced before it comes here.
    pub text: Arc<str>,
    line_starts: OnceLock<Vec<u32>>,
    blocks: OnceLock<Outline>,
    is_shown: bool,
}

impl SourceFile {
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let newlines = self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            std::iter::once(0).chain(newlines.map(|(i, _)| u32::try_from(i + 1).unwrap_or(u32::MAX))).collect()
        })
    }

    /// The position of a byte offset; offsets past the end or inside a character are moved back to a boundary.
    #[must_use]
    pub fn position(&self, byte: u32) -> Position {
        let mut at = (byte as usize).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let starts = self.line_starts();
        let line = starts.partition_point(|s| *s as usize <= at).max(1);
        let start = starts[line - 1] as usize;
        let column = self.text.get(start..at).map_or(0, |t| t.graphemes(true).count());
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position { line: count(line), column: count(column + 1), byte: count(at) }
    }

    /// The text of line `line` (from 1) without its newline; empty when there is no such line.
    #[must_use]
    pub fn line(&self, line: u32) -> &str {
        let starts = self.line_starts();
        let Some(start) = (line as usize).checked_sub(1).and_then(|i| starts.get(i)) else { return "" };
        let end = starts.get(line as usize).map_or(self.text.len(), |e| *e as usize - 1);
        self.text.get(*start as usize..end).unwrap_or("").trim_end_matches('\r')
    }

    /// Whether snippets of it may be shown. Not so for what was never in a file, like values from the command line.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// The header of the innermost block around a byte: `resource "aws_instance" "a"`.
    #[must_use]
    pub fn block_at(&self, byte: u32) -> Option<&str> {
        let blocks = LazyLock::force(self.blocks.get()?);
        blocks.iter().rev().find(|(span, _)| span.start <= byte && byte < span.end).map(|(_, header)| header.as_str())
    }

    /// How many lines the file has.
    #[must_use]
    pub fn line_count(&self) -> u32 {
        u32::try_from(self.line_starts().len()).unwrap_or(u32::MAX)
    }
}

/// All files of one operation. Cheap to share: adding takes `&self`.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: RwLock<Vec<Arc<SourceFile>>>,
}

impl SourceMap {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file and returns its id.
    pub fn add(&self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        self.insert(name.into(), text.into(), true)
    }

    /// Adds a text that was in no file, like an expression from the command line: diagnostics say where in it they are
    /// but do not show it.
    pub fn add_hidden(&self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        self.insert(name.into(), text.into(), false)
    }

    fn insert(&self, name: String, text: Arc<str>, is_shown: bool) -> FileId {
        let file = SourceFile { name, text, line_starts: OnceLock::new(), blocks: OnceLock::new(), is_shown };
        let file = Arc::new(file);
        let mut files = self.files.write().expect("no panic while the lock is held");
        files.push(file);
        FileId(u32::try_from(files.len() - 1).expect("fewer than four billion files"))
    }

    /// All files, in the order they were added.
    ///
    /// # Panics
    /// Never: nothing panics while it holds the lock.
    #[must_use]
    pub fn files(&self) -> Vec<Arc<SourceFile>> {
        self.files.read().expect("no panic while the lock is held").clone()
    }

    /// The file with this id.
    ///
    /// # Panics
    /// When the id comes from another map.
    #[must_use]
    pub fn file(&self, id: FileId) -> Arc<SourceFile> {
        let files = self.files.read().expect("no panic while the lock is held");
        Arc::clone(files.get(id.0 as usize).expect("the id was made by this map"))
    }

    /// Tells what the blocks of a file cover and how their headers read, so that diagnostics can say what they are in:
    /// the top-level blocks of native syntax (`resource "aws_instance" "a"`), the objects and arrays of JSON, outer ones
    /// first, with their path (`resource.aws_instance.a`). They are asked for once a diagnostic needs them. Only the first call
    /// for a file counts.
    pub fn set_blocks(&self, id: FileId, blocks: impl FnOnce() -> Vec<(Span, String)> + Send + 'static) {
        self.file(id).blocks.get_or_init(|| LazyLock::new(Box::new(blocks)));
    }

    /// The source text a span covers.
    #[must_use]
    pub fn snippet(&self, span: Span) -> String {
        self.file(span.file).text.get(span.start as usize..span.end as usize).unwrap_or("").to_owned()
    }
}

impl SourceMap {
    /// A place in words, as messages give it: `main.tf:3,1-12`, or `main.tf:3,1-5,2` over several lines.
    #[must_use]
    pub fn describe(&self, span: Span) -> String {
        let file = self.file(span.file);
        let (start, end) = (file.position(span.start), file.position(span.end));
        let lines = if start.line == end.line { String::new() } else { format!("{},", end.line) };
        format!("{}:{},{}-{lines}{}", file.name, start.line, start.column, end.column)
    }
}
