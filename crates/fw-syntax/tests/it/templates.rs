//! Templates: quoted, heredoc, bare.

use insta::assert_snapshot;

use crate::{check_expressions, check_templates};

#[test]
fn quoted_templates() {
    assert_snapshot!(check_expressions(&[
        r#""a${b}c""#, r#""${a}""#, r#""${a}${b}""#, r#""${"${a}"}""#, r#""${ {a = "}"}.a }""#, r#""$a %b $ % $$ %%""#,
        r#""$${a} %%{b} $$${c}""#, r#""a${}""#, r#""${a""#, r#""${a b}""#, r#""${a:b}""#, r#""a"#, "\"a\nb\"", r#""${a"#,
        r#""%{ x }""#,
    ]), @r#"
        "a${b}c"
            <"a" ${b} "c">
        "${a}"
            <${a}>
        "${a}${b}"
            <${a} ${b}>
        "${"${a}"}"
            <${<${a}>}>
        "${ {a = "}"}.a }"
            <${({a = <"}">}).a}>
        "$a %b $ % $$ %%"
            <"$a %b $ % $$ %%">
        "$${a} %%{b} $$${c}"
            <"${a} %{b} $${c}">
        "a${}"
          ! Invalid expression at 1:5-1:6
            Expected the start of an expression, but found an invalid expression token.
        "${a"
          ! Unclosed template interpolation sequence at 1:2-1:4
            There is no closing brace for this interpolation sequence before the end of the quoted template. This might be caused by incorrect nesting inside the given expression.
        "${a b}"
          ! Extra characters after interpolation expression at 1:6-1:7 in 1:2-1:7
            Expected a closing brace to end the interpolation expression, but found extra characters.⏎⏎This can happen when you include interpolation syntax for another language, such as shell scripting, but forget to escape the interpolation start token. If this is an embedded sequence for another language, escape it by starting with "$${" instead of just "${".
        "${a:b}"
          ! Extra characters after interpolation expression at 1:5-1:6 in 1:2-1:6
            Template interpolation doesn't expect a colon at this location. Did you intend this to be a literal sequence to be processed as part of another language? If so, you can escape it by starting with "$${" instead of just "${".
        "a
          ! Unterminated template string at 1:3-1:3 in 1:2-1:3
            No closing marker was found for the string.
        "a⏎b"
          ! Invalid multi-line string at 1:3-2:1
            Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \n escape to represent a newline character or use the "heredoc" multi-line template syntax.
          ! Unterminated template string at 1:3-2:1 in 1:2-2:1
            No closing marker was found for the string.
        "${a
          ! Unclosed template interpolation sequence at 1:2-1:4
            There is no closing brace for this interpolation sequence before the end of the file. This might be caused by incorrect nesting inside the given expression.
        "%{ x }"
          ! Invalid template control keyword at 1:5-1:6 in 1:2-1:6
            "x" is not a valid template control keyword. Did you mean "if"?
        "#);
}

#[test]
fn escapes() {
    assert_snapshot!(check_expressions(&[
        r#""\n\r\t\"\\""#, r#""\u00e9\U0001F600""#, r#""\u12""#, r#""\U0001F60""#, r#""\ud800""#, r#""\x""#, r#""\'""#, r#""\${a}""#,
        r#""a\"#,
    ]), @r#"
        "\n\r\t\"\\"
            <"\n\r\t\"\\">
        "\u00e9\U0001F600"
            <"é😀">
        "\u12"
          ! Invalid escape sequence at 1:2-1:6
            The \u escape sequence must be followed by four hexadecimal digits.
        "\U0001F60"
          ! Invalid escape sequence at 1:2-1:11
            The \U escape sequence must be followed by eight hexadecimal digits.
        "\ud800"
          ! Invalid escape sequence at 1:2-1:8
            Cannot encode character U+d800 in UTF-8.
        "\x"
          ! Invalid escape sequence at 1:2-1:4
            The symbol "x" is not a valid escape sequence selector.
        "\'"
          ! Invalid escape sequence at 1:2-1:4
            The symbol "'" is not a valid escape sequence selector.
        "\${a}"
          ! Invalid escape sequence at 1:2-1:4
            The symbol "$" is not a valid escape sequence selector.
        "a\
          ! Invalid character at 1:3-1:4
            This character is not used within the language.
          ! Unterminated template string at 1:3-1:4 in 1:2-1:4
            No closing marker was found for the string.
        "#);
}

#[test]
fn strip_markers_take_blanks_of_the_neighbouring_text() {
    assert_snapshot!(check_expressions(&[
        r#""a  ${~ b ~}  c""#, r#""a  ${b ~}  c""#, r#""  ${~ a ~}""#, r#""a \n ${~ b ~} \n c""#, r#""a $ ${~ b}""#,
        r#""a %{~ if b ~} c %{~ else ~} d %{~ endif ~} e""#, "<<E\n  a\n  ${~ b ~}\n  c\nE\n", "<<E\na ${~ b ~} \n\n c\nE\n",
    ]), @r#"
        "a  ${~ b ~}  c"
            <"a" ${b} "c">
        "a  ${b ~}  c"
            <"a  " ${b} "c">
        "  ${~ a ~}"
            <"" ${a}>
        "a \n ${~ b ~} \n c"
            <"a" ${b} "c">
        "a $ ${~ b}"
            <"a $" ${b}>
        "a %{~ if b ~} c %{~ else ~} d %{~ endif ~} e"
            <"a" %if(b <"c"> <"d">) "e">
        <<E⏎  a⏎  ${~ b ~}⏎  c⏎E⏎
            <"  a\n" ${b} "  c\n">
        <<E⏎a ${~ b ~} ⏎⏎ c⏎E⏎
            <"a" ${b} "\n c\n">
        "#);
}

#[test]
fn directives() {
    assert_snapshot!(check_templates(&[
        "%{ if a }b%{ endif }", "%{ if a }b%{ else }c%{ endif }", "%{ for x in y }${x},%{ endfor }",
        "%{ for k, v in y }${k}%{ endfor }", "%{ if a }%{ for x in y }%{ if x }z%{ endif }%{ endfor }%{ endif }",
        "%{ if a }", "%{ for x in y }", "%{ endif }", "%{ endfor }", "%{ else }", "%{ if a }%{ endfor }", "%{ for x in y }%{ else }%{ endfor }",
        "%{ if a }%{ else }%{ else }%{ endif }", "%{ iff a }", "%{ 1 }", "%{ if a b }", "%{ for }", "%{ for x, }", "%{ for x y }",
    ]), @r#"
        %{ if a }b%{ endif }
            <%if(a <"b"> <>)>
        %{ if a }b%{ else }c%{ endif }
            <%if(a <"b"> <"c">)>
        %{ for x in y }${x},%{ endfor }
            <%for(x in y <${x} ",">)>
        %{ for k, v in y }${k}%{ endfor }
            <%for(k, v in y <${k}>)>
        %{ if a }%{ for x in y }%{ if x }z%{ endif }%{ endfor }%{ endif }
            <%if(a <%for(x in y <%if(x <"z"> <>)>)> <>)>
        %{ if a }
          ! Unexpected end of template at 1:10-1:10
            The if directive at :1,1-10 is missing its corresponding endif directive.
        %{ for x in y }
          ! Unexpected end of template at 1:16-1:16
            The for directive at :1,1-16 is missing its corresponding endfor directive.
        %{ endif }
          ! Unexpected endif directive at 1:1-1:11
            The control directives within this template are unbalanced.
        %{ endfor }
          ! Unexpected endfor directive at 1:1-1:12
            The control directives within this template are unbalanced.
        %{ else }
          ! Unexpected else directive at 1:1-1:10
            The control directives within this template are unbalanced.
        %{ if a }%{ endfor }
          ! Unexpected endfor directive at 1:10-1:21
            Expecting an endif directive for the if started at :1,1-10.
        %{ for x in y }%{ else }%{ endfor }
          ! Unexpected else directive at 1:16-1:25
            An else clause is not expected for a for directive.
          ! Unexpected endfor directive at 1:25-1:36
            The control directives within this template are unbalanced.
        %{ if a }%{ else }%{ else }%{ endif }
          ! Unexpected else directive at 1:19-1:28
            Already in the else clause for the if started at :1,1-10.
          ! Unexpected endif directive at 1:28-1:38
            The control directives within this template are unbalanced.
        %{ iff a }
          ! Invalid template control keyword at 1:4-1:7 in 1:1-1:7
            "iff" is not a valid template control keyword. Did you mean "if"?
        %{ 1 }
          ! Invalid template directive at 1:4-1:5 in 1:1-1:5
            A template directive keyword ("if", "for", etc) is expected at the beginning of a %{ sequence.
        %{ if a b }
          ! Extra characters in if marker at 1:9-1:10 in 1:1-1:10
            Expected a closing brace to end the sequence, but found extra characters.
          ! Unexpected end of template at 1:12-1:12
            The if directive at :1,1-10 is missing its corresponding endif directive.
        %{ for }
          ! Invalid 'for' directive at 1:8-1:9
            For directive requires variable name after 'for'.
        %{ for x, }
          ! Invalid 'for' directive at 1:11-1:12
            For directive requires value variable name after comma.
        %{ for x y }
          ! Invalid 'for' directive at 1:10-1:11
            For directive requires 'in' keyword after names.
        "#);
}

#[test]
fn bare_templates() {
    assert_snapshot!(check_templates(&["", "a\nb", "a\\nb \"c\"", "${a}", "a $", "a %", "$${a}", "a\r\n${b}\r\n", "${", "}"]), @r#"
            <"">
        a⏎b
            <"a\nb">
        a\nb "c"
            <"a\\nb \"c\"">
        ${a}
            <${a}>
        a $
            <"a $">
        a %
            <"a %">
        $${a}
            <"${a}">
        a␍⏎${b}␍⏎
            <"a\r\n" ${b} "\r\n">
        ${
          ! Missing expression at 1:3-1:3
            Expected the start of an expression, but found the end of the file.
        }
            <"}">
        "#);
}

#[test]
fn heredocs() {
    assert_snapshot!(check_expressions(&[
        "<<E\na\n b\nE\n", "<<E\nE\n", "<<E\n${a}\nE\n", "<<E\na ${b} c\nE\n", "<<E\n\\n \"q\" $${x}\nE\n", "<<E\na\n  E  \n",
        "<<E\r\na\r\nE\r\n", "<<E\na\n${b}E\nE\n", "<<E\na", "<<E\na\nE", "<<E a\nE\n", "<<E-1\nx\nE-1\n", "[<<E\na\nE\n, b]",
        "f(<<E\na\nE\n)", "<<A\n${<<B\nb\nB\n}\nA\n",
    ]), @r#"
        <<E⏎a⏎ b⏎E⏎
            <"a\n b\n">
        <<E⏎E⏎
            <"">
        <<E⏎${a}⏎E⏎
            <${a} "\n">
        <<E⏎a ${b} c⏎E⏎
            <"a " ${b} " c\n">
        <<E⏎\n "q" $${x}⏎E⏎
            <"\\n \"q\" ${x}\n">
        <<E⏎a⏎  E  ⏎
            <"a\n">
        <<E␍⏎a␍⏎E␍⏎
            <"a\r\n">
        <<E⏎a⏎${b}E⏎E⏎
            <"a\n" ${b} "E\n">
        <<E⏎a
          ! Unterminated template string at 2:2-2:2 in 2:1-2:2
            No closing marker was found for the string.
        <<E⏎a⏎E
          ! Unterminated template string at 3:2-3:2 in 2:1-3:2
            No closing marker was found for the string.
        <<E a⏎E⏎
          ! Invalid expression at 1:1-1:2
            Expected the start of an expression, but found an invalid expression token.
        <<E-1⏎x⏎E-1⏎
            <"x\n">
        [<<E⏎a⏎E⏎, b]
            [<"a\n">, b]
        f(<<E⏎a⏎E⏎)
            f(<"a\n">)
        <<A⏎${<<B⏎b⏎B⏎}⏎A⏎
            <${<"b\n">} "\n">
        "#);
}

#[test]
fn flush_heredocs_lose_the_least_indentation_of_literal_lines() {
    assert_snapshot!(check_expressions(&[
        "<<-E\n    a\n      b\n    E\n", "<<-E\n    a\n\n  \n    b\nE\n", "<<-E\n    a\n  ${b}\n    c\nE\n", "<<-E\n    a\n${b}\n    c\nE\n",
        "<<-E\n\ta\n\t\tb\nE\n", "<<-E\n\u{a0}\u{a0}a\n\u{a0}b\nE\n", "<<-E\n    %{ for x in y ~}\n    ${x}\n    %{ endfor ~}\nE\n", "<<-E\r\n  a\r\n   b\r\n  E\r\n",
        "<<-E\nE\n",
    ]), @r#"
        <<-E⏎    a⏎      b⏎    E⏎
            <"a\n  b\n">
        <<-E⏎    a⏎⏎  ⏎    b⏎E⏎
            <"a\n\n  \nb\n">
        <<-E⏎    a⏎  ${b}⏎    c⏎E⏎
            <"  a\n" ${b} "\n  c\n">
        <<-E⏎    a⏎${b}⏎    c⏎E⏎
            <"    a\n" ${b} "\n    c\n">
        <<-E⏎	a⏎		b⏎E⏎
            <"a\n\tb\n">
        <<-E⏎  a⏎ b⏎E⏎
            <"\u{a0}a\nb\n">
        <<-E⏎    %{ for x in y ~}⏎    ${x}⏎    %{ endfor ~}⏎E⏎
            <"" %for(x in y <"    " ${x} "\n">) "">
        <<-E␍⏎  a␍⏎   b␍⏎  E␍⏎
            <"a\r\n b\r\n">
        <<-E⏎E⏎
            <"">
        "#);
}
