//! Files that are wrong: everything wrong is said at once, and what is right is read.

use insta::assert_snapshot;

use crate::check_problems;

#[test]
fn each_item_is_judged_by_itself() {
    assert_snapshot!(check_problems("a = \nb = 2\nc = [1 2]\nd = f(\n  1 2\n)\ne = 3\nf { g = }\nh = 4\n"), @r#"
          ! Invalid expression at 1:5-2:1
            Expected the start of an expression, but found an invalid expression token.
          ! Missing item separator at 3:8-3:9 in 3:5-3:9
            Expected a comma to mark the beginning of the next item.
          ! Missing argument separator at 5:5-5:6 in 4:5-5:6
            A comma is required to separate each function argument from the next.
          ! Invalid expression at 8:9-8:10
            Expected the start of an expression, but found an invalid expression token.
        read: a, b, c, d, e, f {g}
        "#);
}

#[test]
fn inside_blocks_too() {
    assert_snapshot!(check_problems("x \"y\" {\n  a = 1 +\n  b = 2\n  c\n  d = \"${e\"\n  f = 3\n}\ny {\n  g = )\n}\nz {}\n"), @r#"
          ! Invalid multi-line string at 5:12-6:1
            Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \n escape to represent a newline character or use the "heredoc" multi-line template syntax.
          ! Invalid multi-line string at 6:8-7:1
            Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \n escape to represent a newline character or use the "heredoc" multi-line template syntax.
          ! Invalid multi-line string at 7:2-8:1
            Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \n escape to represent a newline character or use the "heredoc" multi-line template syntax.
          ! Invalid multi-line string at 8:4-9:1
            Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \n escape to represent a newline character or use the "heredoc" multi-line template syntax.
          ! Invalid multi-line string at 9:8-10:1
            Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \n escape to represent a newline character or use the "heredoc" multi-line template syntax.
          ! Invalid multi-line string at 10:2-11:1
            Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \n escape to represent a newline character or use the "heredoc" multi-line template syntax.
          ! Invalid multi-line string at 11:5-12:1
            Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \n escape to represent a newline character or use the "heredoc" multi-line template syntax.
          ! Invalid expression at 2:10-3:1
            Expected the start of an expression, but found an invalid expression token.
          ! Argument or block definition required at 4:3-4:4
            An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.
          ! Unclosed template interpolation sequence at 5:8-5:10
            There is no closing brace for this interpolation sequence before the end of the quoted template. This might be caused by incorrect nesting inside the given expression.
        read: x "y" {a, b, d}
        "#);
}

#[test]
fn unclosed_things() {
    assert_snapshot!(check_problems("a {\n  b = 1\n"), @r#"
          ! Unclosed configuration block at 1:3-1:4
            There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.
        read: a {b}
        "#);
    assert_snapshot!(check_problems("a = [\n  1,\n"), @r#"
          ! Missing expression at 3:1-3:1
            Expected the start of an expression, but found the end of the file.
        read: a
        "#);
    assert_snapshot!(check_problems("a = {\n  b = 1\n"), @r#"
          ! Missing expression at 3:1-3:1
            Expected the start of an expression, but found the end of the file.
        read: a
        "#);
    assert_snapshot!(check_problems("a = f(1,\n"), @r#"
          ! Missing expression at 2:1-2:1
            Expected the start of an expression, but found the end of the file.
        read: a
        "#);
    assert_snapshot!(check_problems("a = \"b\n"), @r#"
          ! Invalid multi-line string at 1:7-2:1
            Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \n escape to represent a newline character or use the "heredoc" multi-line template syntax.
          ! Unterminated template string at 1:7-2:1 in 1:6-2:1
            No closing marker was found for the string.
        read: a
        "#);
    assert_snapshot!(check_problems("a = <<E\nb\n"), @r#"
          ! Unterminated template string at 3:1-3:1 in 2:1-3:1
            No closing marker was found for the string.
        read: a
        "#);
    assert_snapshot!(check_problems("a { b = 1"), @r#"
          ! Unclosed configuration block at 1:3-1:4 in 1:1-1:4
            There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.
        read: a {b}
        "#);
    assert_snapshot!(check_problems("a /* b\n"), @r#"
          ! Argument or block definition required at 1:1-1:2
            An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.
        read:
        "#);
    assert_snapshot!(check_problems("a = (1\n"), @r#"
          ! Unbalanced parentheses at 2:1-2:1 in 1:5-2:1
            Expected a closing parenthesis to terminate the expression.
        read: a
        "#);
}

#[test]
fn stray_things() {
    assert_snapshot!(check_problems("}\na = 1\n"), @r#"
          ! Argument or block definition required at 1:1-1:2
            An argument or block definition is required here.
        read: a
        "#);
    assert_snapshot!(check_problems("\"a\" = 1\nb = 2\n\"c\" = 3\n"), @r#"
          ! Invalid argument name at 1:1-1:2
            Argument names must not be quoted.
          ! Invalid argument name at 3:1-3:2
            Argument names must not be quoted.
        read: b
        "#);
    assert_snapshot!(check_problems("1 = 2\n= 3\na = 1\n"), @r#"
          ! Argument or block definition required at 1:1-1:2
            An argument or block definition is required here.
        read: a
        "#);
    assert_snapshot!(check_problems("a = 1, b = 2\nc = 3 d = 4\ne = 5\n"), @r#"
          ! Unexpected comma after argument at 1:6-1:7 in 1:1-1:7
            Argument definitions must be separated by newlines, not commas. An argument definition must end with a newline.
          ! Missing newline after argument at 2:7-2:8 in 2:1-2:8
            An argument definition must end with a newline.
        read: a, c, e
        "#);
    assert_snapshot!(check_problems("a {} b {}\nc = 1\n"), @r#"
          ! Missing newline after block definition at 1:6-1:7 in 1:1-1:7
            A block definition must end with a newline.
        read: c, a {}
        "#);
}

#[test]
fn headers_of_blocks() {
    assert_snapshot!(check_problems("a \"b\"\n{\n}\n"), @r#"
          ! Invalid block definition at 1:6-2:1 in 1:1-2:1
            A block definition must have block content delimited by "{" and "}", starting on the same line as the block header.
        read: a "b" {}
        "#);
    assert_snapshot!(check_problems("a \"b\" = 1\nc \"d\" 5 {}\n"), @r#"
          ! Invalid block definition at 1:7-1:8 in 1:1-1:8
            The equals sign "=" indicates an argument definition, and must not be used when defining a block.
          ! Invalid block definition at 2:7-2:8 in 2:1-2:8
            Either a quoted string block label or an opening brace ("{") is expected here.
        read: a "b" {}, c "d" {}
        "#);
    assert_snapshot!(check_problems("a \"${b}\" {\n}\n"), @r#"
          ! Invalid string literal at 1:4-1:6 in 1:3-1:6
            Template sequences are not allowed in this string. To include a literal "$", double it (as "$$") to escape it.
        read: a "${ ... }" {}
        "#);
    assert_snapshot!(check_problems("a \"b {\n}\n"), @r#"
          ! Invalid multi-line string at 1:7-2:1
            Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \n escape to represent a newline character or use the "heredoc" multi-line template syntax.
          ! Invalid multi-line string at 2:2-3:1
            Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \n escape to represent a newline character or use the "heredoc" multi-line template syntax.
          ! Invalid string literal at 1:7-2:1 in 1:3-2:1
            This item is not valid in a string literal.
        read: a "b {" {}
        "#);
    assert_snapshot!(check_problems("a\nb\nc = 1\n"), @r#"
          ! Argument or block definition required at 1:1-1:2
            An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.
          ! Argument or block definition required at 2:1-2:2
            An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.
        read: c
        "#);
}

#[test]
fn blocks_on_one_line() {
    assert_snapshot!(check_problems("a { b = 1, c = 2 }\nd = 1\n"), @r#"
          ! Invalid single-argument block definition at 1:10-1:11
            Single-line block syntax can include only one argument definition. To define multiple arguments, use the multi-line block syntax with one argument definition per line.
        read: d, a {b}
        "#);
    assert_snapshot!(check_problems("a { b = 1\n}\nd = 1\n"), @r#"
          ! Invalid single-argument block definition at 1:10-2:1
            An argument definition on the same line as its containing block creates a single-line block definition, which must also be closed on the same line. Place the block's closing brace immediately after the argument definition.
        read: d, a {b}
        "#);
    assert_snapshot!(check_problems("a { b {} }\nd = 1\n"), @r#"
          ! Argument definition required at 1:5-1:8
            A single-line block definition can contain only a single argument. If you meant to define argument "b", use an equals sign to assign it a value. To define a nested block, place it on a line of its own within its parent block.
        read: a {}
        "#);
    assert_snapshot!(check_problems("a { b }\nd = 1\n"), @r#"
          ! Argument or block definition required at 1:5-1:6
            An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.
        read: a {}
        "#);
    assert_snapshot!(check_problems("a { 1 }\nd = 1\n"), @r#"
          ! Argument or block definition required at 1:5-1:6
            An argument or block definition is required here.
        read: a {}
        "#);
}

#[test]
fn an_argument_is_set_once() {
    assert_snapshot!(check_problems("a = 1\nb {\n  a = 2\n  a = 3\n}\na = 4\n"), @r#"
          ! Attribute redefined at 4:3-4:4
            The argument "a" was already set at main.tf:3,3-4. Each argument may be set only once.
          ! Attribute redefined at 6:1-6:2
            The argument "a" was already set at main.tf:1,1-2. Each argument may be set only once.
        read: a, b {a}
        "#);
}
