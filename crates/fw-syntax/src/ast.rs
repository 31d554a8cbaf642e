//! The tree of the native syntax. JSON expressions become the same [`Expr`], so that nothing downstream knows the
//! difference except where the dialect says so.
//!
//! Trees may be very deep (10,000 brackets, thousands of chained operators). Dropping and cloning them is safe at any
//! depth; whoever walks them by recursion guards it with [`crate::deep`].

use std::sync::Arc;

use fw_diag::{Diagnostics, Span};
use fw_value::{Str, Value};

use crate::deep;

/// A name and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    /// The name, NFC.
    pub name: Str,
    /// Where it is.
    pub span: Span,
}

/// The inside of a file or block in native syntax, in source order.
#[derive(Clone, Debug, PartialEq)]
pub struct NativeBody {
    /// Attribute definitions in order.
    pub attributes: Vec<Attribute>,
    /// Blocks in order.
    pub blocks: Vec<NativeBlock>,
    /// All of the body; for a block, from brace to brace.
    pub span: Span,
    /// Where to point when something is missing: the closing brace or the end of the file.
    pub end: Span,
}

/// `name = expression`.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The name.
    pub name: Ident,
    /// The expression, shared so that asking a body for its content copies nothing.
    pub expr: Arc<Expr>,
    /// Name to end of expression.
    pub span: Span,
}

/// `kind "label" { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct NativeBlock {
    /// The block type.
    pub kind: Ident,
    /// The labels, quotes removed.
    pub labels: Vec<Ident>,
    /// What is inside.
    pub body: Arc<NativeBody>,
    /// The header: block type and labels, without the brace.
    pub header: Span,
    /// The opening brace.
    pub open: Span,
    /// The closing brace.
    pub close: Span,
}

/// An expression. It implements `Drop` (deep trees), so it is read by reference or taken apart with [`Expr::into_kind`].
///
/// Where the source could not be parsed, the kind is a [`ExprKind::Literal`] of [`Value::dynamic`].
#[derive(Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it is.
    pub span: Span,
}

/// The forms of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A number, bool or null as written; a string without any interpolation is [`ExprKind::Template`] of one literal part.
    Literal(Value),
    /// A quoted or heredoc template.
    Template(Template),
    /// `root.attr[0].*`-free chain of static steps starting at a root name.
    Traversal(Arc<Traversal>),
    /// Static steps applied to any expression: `f(x).name`, `(a).b`.
    Relative {
        /// What the steps apply to.
        source: Box<Expr>,
        /// The steps.
        steps: Vec<Step>,
    },
    /// `collection[key]` with a key that is not a literal.
    Index {
        /// What is indexed.
        collection: Box<Expr>,
        /// The key.
        key: Box<Expr>,
        /// The brackets and what is in them.
        brackets: Span,
    },
    /// `source[*].each` or `source.*.each`. `each` is applied to every element, which it reads as [`ExprKind::SplatItem`].
    Splat {
        /// What is iterated.
        source: Box<Expr>,
        /// Applied to each element.
        each: Box<Expr>,
        /// `.*` (attributes only follow) or `[*]`.
        style: SplatStyle,
        /// The `[*]` or `.*` itself.
        marker: Span,
    },
    /// The element of the innermost splat around it.
    SplatItem,
    /// `name(args…)`.
    Call(Box<Call>),
    /// `a ? b : c`.
    Conditional(Box<Conditional>),
    /// `a + b`.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `-a`, `!a`.
    Unary {
        /// The operator.
        op: UnaryOp,
        /// Where the operator is.
        op_span: Span,
        /// The operand.
        operand: Box<Expr>,
    },
    /// `[a, b]`.
    Tuple(Vec<Expr>),
    /// `{a = b}`; duplicates and order kept.
    Object(Vec<ObjectItem>),
    /// `[for …]` or `{for …}`.
    For(Box<For>),
    /// `(a)`.
    Parentheses(Box<Expr>),
}

/// A template. Strip markers and flush heredoc indentation are already applied to the literal parts. There is always at
/// least one part; adjacent literals are joined. A template of exactly one interpolation keeps the type of its value
/// when evaluated; a literal part beside it, even an empty one, makes it a string.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The parts in order.
    pub parts: Vec<TemplatePart>,
    /// Quoted, heredoc, a bare template file, or a JSON string.
    pub style: TemplateStyle,
    /// Present exactly when `style` is [`TemplateStyle::Json`].
    pub json: Option<Arc<JsonText>>,
}

/// The text of a JSON string that stands where an expression may: some places of the dialect take it as it is, others
/// as a template, others as a traversal.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonText {
    /// The string, escapes of JSON resolved, template sequences untouched.
    pub text: Str,
    /// What is wrong with it as a template. To be reported when it is evaluated as one, and only then: the result is
    /// then unknown of unknown type.
    pub diagnostics: Diagnostics,
}

/// Where a template comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateStyle {
    /// `"…"`.
    Quoted,
    /// `<<EOT` or `<<-EOT`.
    Heredoc,
    /// Given as text, as to `templatefile`.
    Bare,
    /// A string of JSON syntax.
    Json,
}

/// One part of a template.
#[derive(Debug, PartialEq)]
pub enum TemplatePart {
    /// Literal text with escapes resolved, NFC only once the whole is joined.
    Literal(Str, Span),
    /// `${expr}`.
    Interpolation(Expr),
    /// `%{if}…%{else}…%{endif}`.
    If {
        /// The condition.
        condition: Box<Expr>,
        /// When true.
        then: Vec<Self>,
        /// When false; empty without `else`.
        otherwise: Vec<Self>,
        /// From the opening to the closing directive.
        span: Span,
    },
    /// `%{for k, v in coll}…%{endfor}`.
    For {
        /// The key variable.
        key: Option<Ident>,
        /// The value variable.
        value: Ident,
        /// What is iterated.
        collection: Box<Expr>,
        /// The body.
        body: Vec<Self>,
        /// From the opening to the closing directive.
        span: Span,
    },
}

/// A root name and static steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Traversal {
    /// The root name: `var`, `aws_instance`, a `for` variable.
    pub root: Ident,
    /// The steps after it.
    pub steps: Vec<Step>,
}

/// A static step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What the step does.
    pub kind: StepKind,
    /// The dot and name, or the brackets.
    pub span: Span,
}

/// The forms of static steps.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// `.name`.
    Attribute(Str),
    /// `[0]`, `["key"]`, or the legacy `.0`. Usually a known number or string; a literal bool or null is possible, and
    /// [`Value::dynamic`] where the source was wrong.
    Index(Value),
}

/// Which splat operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplatStyle {
    /// `.*`
    Attribute,
    /// `[*]`
    Full,
}

/// A function call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The name as written, namespaces joined by `::`: `provider::aws::arn_parse`.
    pub name: Ident,
    /// The arguments.
    pub args: Vec<Expr>,
    /// Whether the last argument is expanded with `…`.
    pub expand_last: bool,
    /// The parentheses and what is in them.
    pub parentheses: Span,
}

/// `condition ? then : otherwise`.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditional {
    /// The condition.
    pub condition: Expr,
    /// When true.
    pub then: Expr,
    /// When false.
    pub otherwise: Expr,
}

/// One item of an object expression.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectItem {
    /// The key.
    pub key: ObjectKey,
    /// The value.
    pub value: Expr,
}

/// The key of an object item.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectKey {
    /// A bare name, which stands for itself: `a = 1`.
    Name(Ident),
    /// Any other expression; a bare traversal with steps (`a.b = 1`) is here too and is an error when evaluated.
    Expr(Expr),
}

impl ObjectKey {
    /// Where it is written.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Name(ident) => ident.span,
            Self::Expr(expr) => expr.span,
        }
    }
}

/// A `for` expression.
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// The key variable.
    pub key: Option<Ident>,
    /// The value variable.
    pub value: Ident,
    /// What is iterated.
    pub collection: Expr,
    /// The key of the result: present for `{for …}`.
    pub result_key: Option<Expr>,
    /// The value of the result.
    pub result: Expr,
    /// `if` condition.
    pub condition: Option<Expr>,
    /// `...`: values are grouped by key.
    pub group: bool,
    /// The opening bracket or brace.
    pub open: Span,
    /// The closing bracket or brace.
    pub close: Span,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Negate,
    Not,
}

impl Expr {
    /// An expression of this kind at this place.
    #[must_use]
    pub fn new(kind: ExprKind, span: Span) -> Self {
        Self { kind, span }
    }

    /// The kind, taken out.
    #[must_use]
    pub fn into_kind(mut self) -> ExprKind {
        std::mem::replace(&mut self.kind, ExprKind::SplatItem)
    }
}

impl Default for Expr {
    /// The stand-in for what could not be parsed, at no particular place.
    fn default() -> Self {
        Self::new(ExprKind::Literal(Value::dynamic()), Span::new(fw_diag::FileId(0), 0, 0))
    }
}

impl Drop for Expr {
    fn drop(&mut self) {
        if deep::is_low() {
            let kind = std::mem::replace(&mut self.kind, ExprKind::SplatItem);
            deep::guard(|| drop(kind));
        }
    }
}

impl Clone for Expr {
    fn clone(&self) -> Self {
        deep::guard(|| Self { kind: self.kind.clone(), span: self.span })
    }
}

impl Drop for NativeBody {
    fn drop(&mut self) {
        if deep::is_low() {
            let blocks = std::mem::take(&mut self.blocks);
            deep::guard(|| drop(blocks));
        }
    }
}

impl Drop for TemplatePart {
    fn drop(&mut self) {
        if let Self::If { then, otherwise, .. } = self
            && deep::is_low()
        {
            let parts = (std::mem::take(then), std::mem::take(otherwise));
            deep::guard(|| drop(parts));
        } else if let Self::For { body, .. } = self
            && deep::is_low()
        {
            let parts = std::mem::take(body);
            deep::guard(|| drop(parts));
        }
    }
}

impl Clone for TemplatePart {
    fn clone(&self) -> Self {
        deep::guard(|| match self {
            Self::Literal(text, span) => Self::Literal(Str::clone(text), *span),
            Self::Interpolation(expr) => Self::Interpolation(expr.clone()),
            Self::If { condition, then, otherwise, span } => {
                Self::If { condition: condition.clone(), then: then.clone(), otherwise: otherwise.clone(), span: *span }
            }
            Self::For { key, value, collection, body, span } => Self::For {
                key: key.clone(),
                value: value.clone(),
                collection: collection.clone(),
                body: body.clone(),
                span: *span,
            },
        })
    }
}
