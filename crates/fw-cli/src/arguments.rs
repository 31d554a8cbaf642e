//! Arguments that come from the environment: `TF_CLI_ARGS` and `TF_CLI_ARGS_<command>`.

/// Splits a line into words as a shell does: quotes, double quotes with escapes, backslashes. `None` when a quote is left
/// open.
pub(crate) fn split_words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\\', None | Some('"')) => word.get_or_insert_default().push(characters.next()?),
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::split_words;

    #[test]
    fn words_as_a_shell_has_them() {
        let words = |line| split_words(line).map(|w| w.join("|"));
        assert_eq!(words("  -a   -b=c "), Some("-a|-b=c".into()));
        assert_eq!(words(r#"-var="a b" 'c "d"' e\ f """#), Some("-var=a b|c \"d\"|e f|".into()));
        assert_eq!(words(r#"-out="a b"#), None);
        assert_eq!(words("a\\"), None);
    }
}
