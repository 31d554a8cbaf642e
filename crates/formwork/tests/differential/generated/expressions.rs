//! Expressions of a type, made of what is in scope.

use fw_testkit::Dice;

/// What an expression is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Bool,
    List,
    Map,
}

pub(super) const KINDS: [Kind; 5] = [Kind::Text, Kind::Number, Kind::Bool, Kind::List, Kind::Map];

/// Something that can be referred to.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// It is known while planning.
    pub(super) early: bool,
}

/// What can be referred to at a place, and the dice.
pub(super) struct Scope<'a> {
    pub(super) dice: &'a mut Dice,
    pub(super) known: &'a [Known],
    /// Only what is known while planning may be used.
    pub(super) early: bool,
}

const WORDS: [&str; 8] = ["x", "yy", "zoo", "ox", "sun", "", "two words", "ünï"];
/// Deeper expressions are only texts, numbers and references.
const DEEPEST: usize = 2;

impl Scope<'_> {
    /// An expression of that type.
    pub(super) fn expression(&mut self, kind: Kind) -> String {
        self.nested(kind, 0)
    }

    fn nested(&mut self, kind: Kind, depth: usize) -> String {
        if self.dice.once_in(2)
            && let Some(reference) = self.reference(kind)
        {
            return reference;
        }
        if depth >= DEEPEST || self.dice.once_in(3) {
            return self.literal(kind);
        }
        if self.dice.once_in(8) {
            let (condition, yes, no) =
                (self.nested(Kind::Bool, depth + 1), self.nested(kind, depth + 1), self.nested(kind, depth + 1));
            return format!("({condition} ? {yes} : {no})");
        }
        if self.dice.once_in(12) {
            return format!("try({}, {})", self.nested(kind, depth + 1), self.literal(kind));
        }
        self.composed(kind, depth + 1)
    }

    fn reference(&mut self, kind: Kind) -> Option<String> {
        let early = self.early;
        let fitting: Vec<&str> = self
            .known
            .iter()
            .filter(|known| known.kind == kind && (known.early || !early))
            .map(|known| known.text.as_str())
            .collect();
        if fitting.is_empty() { None } else { Some(self.dice.one(&fitting).to_owned()) }
    }

    pub(super) fn literal(&mut self, kind: Kind) -> String {
        match kind {
            Kind::Text => format!("{:?}", self.dice.one(&WORDS)),
            Kind::Number => self.dice.one(&["0", "1", "2", "-3", "1.5", "40000000000"]).to_owned(),
            Kind::Bool => self.dice.one(&["true", "false"]).to_owned(),
            Kind::List => {
                let count = self.dice.of(4);
                let items: Vec<String> = (0..count).map(|_| self.literal(Kind::Text)).collect();
                format!("[{}]", items.join(", "))
            }
            Kind::Map => {
                let count = self.dice.of(3);
                let items: Vec<String> =
                    (0..count).map(|index| format!("k{index} = {}", self.literal(Kind::Text))).collect();
                format!("{{ {} }}", items.join(", "))
            }
        }
    }

    fn composed(&mut self, kind: Kind, depth: usize) -> String {
        let forms: &[&str] = match kind {
            Kind::Text => &[
                "\"${T}-${T}\"",
                "\"<${N}>\"",
                "upper(T)",
                "join(\"+\", L)",
                "format(\"%s/%v\", T, N)",
                "lookup(M, \"k0\", T)",
                "coalesce(T, \"none\")",
                "jsonencode(L)",
                "jsonencode(M)",
                "replace(T, \"o\", \"0\")",
                "tostring(N)",
                "element(concat(L, [\"last\"]), 0)",
                "\"%{ if B }${T}%{ else }no%{ endif }\"",
                "trimspace(\" ${T} \")",
            ],
            Kind::Number => {
                &["(N + N)", "length(L)", "length(M)", "length(T)", "max(N, N)", "(N * 2)", "-N", "abs(N)", "floor(N)"]
            }
            Kind::Bool => &[
                "(T == T)",
                "(N >= N)",
                "(L == L)",
                "!B",
                "contains(L, T)",
                "can(T)",
                "(T != null)",
                "startswith(T, \"s\")",
            ],
            Kind::List => &[
                "[T, T]",
                "[for x in L : upper(x)]",
                "[for k, v in M : \"${k}=${v}\"]",
                "[for x in L : x if x != \"\"]",
                "keys(M)",
                "values(M)",
                "concat(L, L)",
                "compact(L)",
                "distinct(L)",
                "reverse(L)",
                "split(\" \", T)",
                "flatten([L, [T]])",
            ],
            Kind::Map => &[
                "{ k0 = T }",
                "{ for k, v in M : k => \"${v}!\" }",
                "{ for i, x in L : \"i${i}\" => x }",
                "merge(M, { k1 = T })",
                "merge(M, M)",
                "zipmap([\"z\"], [T])",
                "tomap({ k2 = T })",
            ],
        };
        let form = self.dice.one(forms);
        self.filled(form, depth)
    }

    /// Puts expressions where a form has capital letters that stand for them.
    fn filled(&mut self, form: &str, depth: usize) -> String {
        let mut text = String::new();
        let mut before = ' ';
        for letter in form.chars() {
            let kind = match letter {
                'T' => Kind::Text,
                'N' => Kind::Number,
                'B' => Kind::Bool,
                'L' => Kind::List,
                'M' => Kind::Map,
                _ => {
                    text.push(letter);
                    before = letter;
                    continue;
                }
            };
            debug_assert!(!before.is_alphanumeric(), "no form has such words");
            text.push_str(&self.nested(kind, depth));
        }
        text
    }
}
