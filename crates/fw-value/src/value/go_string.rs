//! Values as Go source: some of terraform's messages print them so.

use super::{Content, Value};
use crate::deep::deep;
use crate::type_text::push_go_quoted;
use crate::{Marks, Refinement};

impl Value {
    /// As go-cty writes it in Go source: `cty.StringVal("a")`.
    #[must_use]
    pub fn to_go_string(&self) -> String {
        let mut out = String::new();
        self.push_go(&mut out);
        out
    }

    fn push_go(&self, out: &mut String) {
        deep(|| self.push_go_here(out));
    }

    fn push_go_here(&self, out: &mut String) {
        match &self.content {
            Content::Null => {
                out.push_str("cty.NullVal(");
                self.ty.push_go(out);
                out.push(')');
            }
            Content::Unknown(facts) => self.push_go_unknown(facts.as_deref(), out),
            Content::Bool(b) => out.push_str(if *b { "cty.True" } else { "cty.False" }),
            Content::Number(n) => push_go_number(n, out),
            Content::String(text) => {
                out.push_str("cty.StringVal(");
                push_go_quoted(text, out);
                out.push(')');
            }
            Content::Sequence(elements) => self.push_go_sequence(elements, out),
            Content::Map(_) | Content::Object(_) => self.push_go_map(out),
        }
        push_go_marks(self.marks, out);
    }

    fn push_go_unknown(&self, facts: Option<&Refinement>, out: &mut String) {
        if self.ty == crate::Type::Dynamic {
            return out.push_str("cty.DynamicVal");
        }
        out.push_str("cty.UnknownVal(");
        self.ty.push_go(out);
        out.push(')');
        let Some(facts) = facts else { return };
        let mut calls = String::new();
        if facts.not_null {
            calls.push_str(".NotNull()");
        }
        if let Some(prefix) = &facts.string_prefix {
            calls.push_str(".StringPrefixFull(");
            push_go_quoted(prefix, &mut calls);
            calls.push(')');
        }
        for (name, bound) in [("Lower", &facts.number_min), ("Upper", &facts.number_max)] {
            if let Some((number, inclusive)) = bound {
                calls.push_str(&format!(".Number{name}Bound("));
                push_go_number(number, &mut calls);
                calls.push_str(&format!(", {inclusive})"));
            }
        }
        for (name, bound) in [("Lower", facts.length_min), ("Upper", facts.length_max)] {
            if let Some(length) = bound {
                calls.push_str(&format!(".CollectionLength{name}Bound({length})"));
            }
        }
        if calls == ".NotNull()" {
            out.push_str(".RefineNotNull()");
        } else {
            out.push_str(&format!(".Refine(){calls}.NewValue()"));
        }
    }

    fn push_go_sequence(&self, elements: &[Self], out: &mut String) {
        let name = match &self.ty {
            crate::Type::List(_) => "List",
            crate::Type::Set(_) => "Set",
            _ if elements.is_empty() => return out.push_str("cty.EmptyTupleVal"),
            _ => "Tuple",
        };
        if let (true, Some(element)) = (elements.is_empty(), self.ty.element()) {
            out.push_str(&format!("cty.{name}ValEmpty({})", element.to_go_string()));
            return;
        }
        out.push_str(&format!("cty.{name}Val([]cty.Value{{"));
        for (i, element) in elements.iter().enumerate() {
            out.push_str(if i == 0 { "" } else { ", " });
            element.push_go(out);
        }
        out.push_str("})");
    }

    fn push_go_map(&self, out: &mut String) {
        let entries: Vec<_> = self.string_entries().collect();
        match (self.ty.element(), entries.is_empty()) {
            (None, true) => return out.push_str("cty.EmptyObjectVal"),
            (Some(element), true) => {
                out.push_str(&format!("cty.MapValEmpty({})", element.to_go_string()));
                return;
            }
            (None, false) => out.push_str("cty.ObjectVal("),
            (Some(_), false) => out.push_str("cty.MapVal("),
        }
        out.push_str("map[string]cty.Value{");
        for (i, (name, element)) in entries.into_iter().enumerate() {
            out.push_str(if i == 0 { "" } else { ", " });
            push_go_quoted(name, out);
            out.push(':');
            element.push_go(out);
        }
        out.push_str("})");
    }
}

fn push_go_number(n: &crate::Number, out: &mut String) {
    if n.is_integer() {
        out.push_str(&format!("cty.NumberIntVal({})", n.to_go_string()));
        return;
    }
    match n.to_f64_exact() {
        Some(float) => out.push_str(&format!("cty.NumberFloatVal({})", go_float(float))),
        None => out.push_str(&format!("cty.MustParseNumberVal(\"{n}\")")),
    }
}

// A machine float as Go prints it. Below the normal floats its digits are fewer than those of a 53-bit number.
fn go_float(float: f64) -> String {
    if float.is_subnormal() {
        let scientific = format!("{float:e}");
        let (digits, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        return format!("{digits}e{power}");
    }
    crate::Number::from_f64(float).map_or_else(String::new, |n| n.to_go_string())
}

fn push_go_marks(marks: Marks, out: &mut String) {
    let names =
        [(Marks::EPHEMERAL, "marks.Ephemeral"), (Marks::SENSITIVE, "marks.Sensitive"), (Marks::TYPE, "marks.TypeType")];
    let names: Vec<_> = names.iter().filter(|(mark, _)| marks.contains(*mark)).map(|(_, name)| *name).collect();
    match names.as_slice() {
        [] => {}
        [one] => out.push_str(&format!(".Mark({one})")),
        all => {
            let pairs: Vec<_> = all.iter().map(|name| format!("{name}:struct {{}}{{}}")).collect();
            out.push_str(&format!(".WithMarks(cty.NewValueMarks({}))", pairs.join(", ")));
        }
    }
}
