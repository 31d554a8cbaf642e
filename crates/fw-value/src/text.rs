//! Strings of the language: normal form and the prefixes that later text cannot change.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_segmentation::UnicodeSegmentation;

/// The text in normal form C, in which all strings of the language are.
#[must_use]
pub fn normalize(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// The part of a prefix that stays whatever follows it: the last grapheme cluster is left out, since the next
/// character could combine with it, unless it is punctuation that never does.
#[must_use]
pub fn safe_prefix(prefix: &str) -> String {
    let mut text = normalize(prefix).into_owned();
    let Some((start, last)) = text.grapheme_indices(true).next_back() else { return text };
    let mut characters = last.chars();
    let ends_cluster = matches!(
        (characters.next(), characters.next()),
        (Some(c), None) if "-_:;/\\,.(){}[]|?!~ \t@#$%^&*+\"'".contains(c)
    );
    if !ends_cluster {
        text.truncate(start);
    }
    text
}
