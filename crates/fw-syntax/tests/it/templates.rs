//! Templates: quoted, heredoc, bare.

use insta::assert_snapshot;

use crate::{check_expressions, check_templates};

#[test]
fn quoted_templates() {
    assert_snapshot!(check_expressions(&[
        r#""a${b}c""#, r#""${a}""#, r#""${a}${b}""#, r#""${"${a}"}""#, r#""${ {a = "}"}.a }""#, r#""$a %b $ % $$ %%""#,
        r#""$${a} %%{b} $$${c}""#, r#""a${}""#, r#""${a""#, r#""${a b}""#, r#""${a:b}""#, r#""a"#, "\"a\nb\"", r#""${a"#,
        r#""%{ x }""#,
    ]), @"");
}

#[test]
fn escapes() {
    assert_snapshot!(check_expressions(&[
        r#""\n\r\t\"\\""#, r#""\u00e9\U0001F600""#, r#""\u12""#, r#""\U0001F60""#, r#""\ud800""#, r#""\x""#, r#""\'""#, r#""\${a}""#,
        r#""a\"#,
    ]), @"");
}

#[test]
fn strip_markers_take_blanks_of_the_neighbouring_text() {
    assert_snapshot!(check_expressions(&[
        r#""a  ${~ b ~}  c""#, r#""a  ${b ~}  c""#, r#""  ${~ a ~}""#, r#""a \n ${~ b ~} \n c""#, r#""a $ ${~ b}""#,
        r#""a %{~ if b ~} c %{~ else ~} d %{~ endif ~} e""#, "<<E\n  a\n  ${~ b ~}\n  c\nE\n", "<<E\na ${~ b ~} \n\n c\nE\n",
    ]), @"");
}

#[test]
fn directives() {
    assert_snapshot!(check_templates(&[
        "%{ if a }b%{ endif }", "%{ if a }b%{ else }c%{ endif }", "%{ for x in y }${x},%{ endfor }",
        "%{ for k, v in y }${k}%{ endfor }", "%{ if a }%{ for x in y }%{ if x }z%{ endif }%{ endfor }%{ endif }",
        "%{ if a }", "%{ for x in y }", "%{ endif }", "%{ endfor }", "%{ else }", "%{ if a }%{ endfor }", "%{ for x in y }%{ else }%{ endfor }",
        "%{ if a }%{ else }%{ else }%{ endif }", "%{ iff a }", "%{ 1 }", "%{ if a b }", "%{ for }", "%{ for x, }", "%{ for x y }",
    ]), @"");
}

#[test]
fn bare_templates() {
    assert_snapshot!(check_templates(&["", "a\nb", "a\\nb \"c\"", "${a}", "a $", "a %", "$${a}", "a\r\n${b}\r\n", "${", "}"]), @"");
}

#[test]
fn heredocs() {
    assert_snapshot!(check_expressions(&[
        "<<E\na\n b\nE\n", "<<E\nE\n", "<<E\n${a}\nE\n", "<<E\na ${b} c\nE\n", "<<E\n\\n \"q\" $${x}\nE\n", "<<E\na\n  E  \n",
        "<<E\r\na\r\nE\r\n", "<<E\na\n${b}E\nE\n", "<<E\na", "<<E\na\nE", "<<E a\nE\n", "<<E-1\nx\nE-1\n", "[<<E\na\nE\n, b]",
        "f(<<E\na\nE\n)", "<<A\n${<<B\nb\nB\n}\nA\n",
    ]), @"");
}

#[test]
fn flush_heredocs_lose_the_least_indentation_of_literal_lines() {
    assert_snapshot!(check_expressions(&[
        "<<-E\n    a\n      b\n    E\n", "<<-E\n    a\n\n  \n    b\nE\n", "<<-E\n    a\n  ${b}\n    c\nE\n", "<<-E\n    a\n${b}\n    c\nE\n",
        "<<-E\n\ta\n\t\tb\nE\n", "<<-E\n\u{a0}\u{a0}a\n\u{a0}b\nE\n", "<<-E\n    %{ for x in y ~}\n    ${x}\n    %{ endfor ~}\nE\n", "<<-E\r\n  a\r\n   b\r\n  E\r\n",
        "<<-E\nE\n",
    ]), @"");
}
