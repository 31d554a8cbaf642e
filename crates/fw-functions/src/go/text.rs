//! Strings: quoting, case, trimming and counting as Go does them (with the Unicode 15.0 tables of Go 1.23 and textseg 15).

use unicode_segmentation::UnicodeSegmentation;

pub(crate) use fw_value::go_quoted as quote;

/// `strconv.QuoteRune`, the `%q` of a single character.
pub(crate) fn quote_char(c: char) -> String {
    match c {
        '\'' => r"'\''".to_owned(),
        '"' => "'\"'".to_owned(),
        _ => format!("'{}'", quote(c.encode_utf8(&mut [0; 4])).trim_matches('"')),
    }
}

/// `strings.ToUpper`: one character for one.
pub(crate) fn upper(text: &str) -> String {
    text.chars().map(upper_char).collect()
}

/// `strings.ToLower`: one character for one.
pub(crate) fn lower(text: &str) -> String {
    text.chars().map(lower_char).collect()
}

/// `strings.Title`: the first letter of each word in title case, the others as they are.
pub(crate) fn title(text: &str) -> String {
    let mut before = ' ';
    text.chars()
        .map(|c| {
            let mapped = if separates_words(before) { title_char(c) } else { c };
            before = c;
            mapped
        })
        .collect()
}

fn separates_words(c: char) -> bool {
    if c.is_ascii() {
        return !(c.is_ascii_alphanumeric() || c == '_');
    }
    c.is_whitespace()
}

fn upper_char(c: char) -> char {
    if has_newer_case(c) {
        return c;
    }
    let mut mapped = c.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        // Where the full mapping has several characters the simple one is another character or none.
        _ => match c {
            '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
                char::from_u32(u32::from(c) + 8).unwrap_or(c)
            }
            '\u{1fb3}' => '\u{1fbc}',
            '\u{1fc3}' => '\u{1fcc}',
            '\u{1ff3}' => '\u{1ffc}',
            _ => c,
        },
    }
}

fn lower_char(c: char) -> char {
    if has_newer_case(c) {
        return c;
    }
    let mut mapped = c.to_lowercase();
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        (Some('i'), Some(_)) => 'i',
        _ => c,
    }
}

fn title_char(c: char) -> char {
    match c {
        'Ǆ' | 'ǅ' | 'ǆ' => 'ǅ',
        'Ǉ' | 'ǈ' | 'ǉ' => 'ǈ',
        'Ǌ' | 'ǋ' | 'ǌ' => 'ǋ',
        'Ǳ' | 'ǲ' | 'ǳ' => 'ǲ',
        // Georgian has capitals, but no title case.
        '\u{10d0}'..='\u{10ff}' => c,
        _ => upper_char(c),
    }
}

/// Whether the case of this character came with Unicode 16 or 17.
fn has_newer_case(c: char) -> bool {
    matches!(c,
        '\u{19b}' | '\u{264}' | '\u{1c89}' | '\u{1c8a}' | '\u{a7cb}'..='\u{a7cf}' | '\u{a7d2}' | '\u{a7d4}'
        | '\u{a7da}'..='\u{a7dc}' | '\u{10d50}'..='\u{10d85}' | '\u{16ea0}'..='\u{16ed3}')
}

/// The grapheme clusters of a text by Unicode 15.0, which does not yet keep Indic conjuncts together.
pub(crate) fn clusters(text: &str) -> Vec<&str> {
    let mut out = Vec::with_capacity(text.len());
    for cluster in text.graphemes(true) {
        split_conjunct(cluster, &mut out);
    }
    out
}

fn split_conjunct<'a>(cluster: &'a str, out: &mut Vec<&'a str>) {
    let mut rest = cluster;
    let mut before = None;
    for (at, c) in cluster.char_indices() {
        if before.is_some_and(|before| breaks_conjunct(before, c)) {
            let (head, tail) = rest.split_at(at - (cluster.len() - rest.len()));
            out.push(head);
            rest = tail;
        }
        before = Some(c);
    }
    out.push(rest);
}

/// Whether a letter of an Indic script stands after a mark, with nothing but the conjunct rule to join them.
fn breaks_conjunct(before: char, c: char) -> bool {
    let indic = matches!(u32::from(c), 0x0900..=0x0dff | 0x1000..=0x1bff | 0xa800..=0xabff | 0x11000..=0x11fff);
    indic && !extends(c) && extends(before)
}

fn extends(c: char) -> bool {
    let pair: String = ['x', c].iter().collect();
    pair.graphemes(true).count() == 1
}

/// How many characters a reader sees.
pub(crate) fn count(text: &str) -> usize {
    if text.is_ascii() && !text.contains('\r') { text.len() } else { clusters(text).len() }
}

/// The text with its grapheme clusters in reverse order.
pub(crate) fn reverse(text: &str) -> String {
    clusters(text).into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_changed_character_by_character() {
        assert_eq!(upper("straße ﬁ ǆ"), "STRAßE ﬁ Ǆ");
        assert_eq!(lower("İΣ"), "iσ");
        assert_eq!(title("wORLD-x o'neil ǆ a_b éa"), "WORLD-X O'Neil ǅ A_b Éa");
    }

    #[test]
    fn quoting_escapes_what_cannot_be_printed() {
        assert_eq!(quote("a\"\\\n\u{7f}\u{a0}é\u{e000}\u{10ffff}"), r#""a\"\\\n\x7f\u00a0é\ue000\U0010ffff""#);
        assert_eq!(quote_char('\''), r"'\''");
    }

    #[test]
    fn clusters_are_what_a_reader_sees() {
        assert_eq!(count("👩‍👩‍👧‍👦é\r\n"), 3);
        assert_eq!(clusters("क्ष"), ["क्", "ष"]);
        assert_eq!(reverse("a👩‍👩‍👧b"), "b👩‍👩‍👧a");
    }
}
