//! The canonical layout. Each result is what `terraform fmt` 1.11.4 gives.

use insta::assert_snapshot;

fn format(text: &str) -> String {
    fw_syntax::fmt::format(text).unwrap_or_else(|problems| crate::render::diagnostics(&problems, text))
}

#[test]
fn indentation_and_blanks() {
    assert_snapshot!(format("resource \"a\"   b{\nx=1+2*3\n  y  =  [1,2,\n3]\n z = foo (a ,b ) [ 0 ]\n  nested{\nq=!a\nr = - 1\ns = a-1\nt = (-1)\n}\n}\n"), @r#"
        resource "a" "b" {
          x = 1 + 2 * 3
          y = [1, 2,
          3]
          z = foo(a, b)[0]
          nested {
            q = !a
            r = -1
            s = a-1
            t = (-1)
          }
        }
        "#);
}

#[test]
fn assignments_and_comments_are_aligned() {
    assert_snapshot!(format("a = 1 # one\nlonger = 22 # two\n\nb = 3\nc = {\n  d = 1\n}\nlonger_still = 2\n# comment\nx = 1 // y\nyy = \"a\" # z\n"), @r#"
        a      = 1  # one
        longer = 22 # two

        b = 3
        c = {
          d = 1
        }
        longer_still = 2
        # comment
        x  = 1   // y
        yy = "a" # z
        "#);
}

#[test]
fn outdated_spellings() {
    assert_snapshot!(format("variable x {\n  type = \"string\"\n}\nvariable \"y\" {\n  type = \"list\"\n}\nvariable \"z\" {\n  type = map\n}\nlocals {\n  a = \"${b}\"\n  c = \"${d}${e}\"\n  f = \"${\n    g ?\n    h : i\n  }\"\n  j = [\"${k}\"]\n  l = \"${~ m ~}\"\n  n = \"${o(\"${p}\")}\"\n}\n"), @r#"
        variable "x" {
          type = string
        }
        variable "y" {
          type = list(string)
        }
        variable "z" {
          type = map(any)
        }
        locals {
          a = b
          c = "${d}${e}"
          f = (g ?
          h : i)
          j = ["${k}"]
          l = m
          n = o("${p}")
        }
        "#);
}

#[test]
fn heredocs_are_left_alone() {
    assert_snapshot!(format("a=<<EOT\n  x   y\n    ${ b }\nEOT\n  c = 1\nf(x) {\n}\n").replace("EOT", "E"), @r#"
        ! Argument or block definition required at 6:1-6:2
          An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.
        "#);
    assert_snapshot!(format("locals {\na = [<<-E\n   t\nE\n, 1]\nb=2\n}\n"), @r#"
        locals {
          a = [<<-E
           t
        E
          , 1]
          b = 2
        }
        "#);
}

#[test]
fn special_places_of_blanks() {
    assert_snapshot!(format("a = [for x in [1]: x]\nb = {for k,v in {a=1}: k=>v...}\nc = \"${ {a=1}.a }\"\nd = provider :: aws :: f( x... )\ne = a . b [ * ] . c\nf = a ? - 1 : ! b\ng = {}\nh { }\ni { j = 1}\nk = [ ]\nl = a [\"b\"] [ 0 ]\nm = { }\n"), @r#"
        a = [for x in [1] : x]
        b = { for k, v in { a = 1 } : k => v... }
        c = { a = 1 }.a
        d = provider::aws::f(x...)
        e = a.b[*].c
        f = a ? -1 : !b
        g = {}
        h {}
        i { j = 1 }
        k = []
        l = a["b"][0]
        m = {}
        "#);
}

#[test]
fn ends_of_lines_and_of_the_file_stay() {
    assert_eq!(format("a=1"), "a = 1");
    assert_eq!(format("a=1\r\nbb=2\r\n"), "a  = 1\r\nbb = 2\r\n");
    assert_eq!(format("\u{feff}a=1\n"), "a = 1\n");
    assert_eq!(format("a=1\n   "), "a = 1\n   ");
    assert_eq!(format("\n\n  \n"), "\n\n\n");
    assert_eq!(format(""), "");
}

#[test]
fn broken_texts_are_refused() {
    assert_snapshot!(format("a = [\n"), @r#"
        ! Missing expression at 2:1-2:1
          Expected the start of an expression, but found the end of the file.
        "#);
}
