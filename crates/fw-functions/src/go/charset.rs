//! Character encodings by their IANA names.
//!
//! `encodings.txt` has a line for each: canonical name, names in lower case, and for encodings of one byte a character
//! the bytes that do not stand for the character with their number (in hexadecimal; nothing: undefined).

use std::collections::HashMap;
use std::sync::LazyLock;

/// A character encoding.
pub(crate) struct Charset {
    /// Its canonical name.
    pub(crate) name: &'static str,
    method: Method,
}

enum Method {
    SingleByte(Box<[Option<char>; 256]>),
    Utf8,
    /// Big endian, with a mark before, or little endian.
    Utf16 {
        big_endian: bool,
        with_mark: bool,
    },
    MultiByte(&'static encoding_rs::Encoding),
}

static CHARSETS: LazyLock<HashMap<&'static str, Charset>> = LazyLock::new(|| {
    let lines = include_str!("charset/encodings.txt").lines();
    let parsed = lines.filter_map(|line| {
        let mut fields = line.split('|');
        let (name, aliases, table) = (fields.next()?, fields.next()?, fields.next()?);
        Some(aliases.split(',').filter_map(move |alias| Some((alias, Charset { name, method: method(name, table)? }))))
    });
    parsed.flatten().collect()
});

fn method(name: &str, table: &str) -> Option<Method> {
    if !table.is_empty() {
        return Some(Method::SingleByte(Box::new(single_byte(table))));
    }
    Some(match name {
        "UTF-8" => Method::Utf8,
        "UTF-16" => Method::Utf16 { big_endian: true, with_mark: true },
        "UTF-16BE" => Method::Utf16 { big_endian: true, with_mark: false },
        "UTF-16LE" => Method::Utf16 { big_endian: false, with_mark: false },
        "Extended_UNIX_Code_Packed_Format_for_Japanese" => Method::MultiByte(encoding_rs::EUC_JP),
        _ => Method::MultiByte(encoding_rs::Encoding::for_label_no_replacement(name.as_bytes())?),
    })
}

fn single_byte(table: &str) -> [Option<char>; 256] {
    let mut characters = [None; 256];
    for (character, byte) in characters.iter_mut().zip(0u8..=255) {
        *character = Some(char::from(byte));
    }
    for entry in table.split(' ') {
        let Some((byte, character)) = entry.split_once(':') else { continue };
        if let Some(place) = usize::from_str_radix(byte, 16).ok().and_then(|byte| characters.get_mut(byte)) {
            *place = u32::from_str_radix(character, 16).ok().and_then(char::from_u32);
        }
    }
    characters
}

impl Charset {
    /// The encoding of this name, however it is written.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        CHARSETS.get(name.trim().to_lowercase().as_str())
    }

    /// The text in this encoding; `None` if it has no code for a character.
    pub(crate) fn encode(&self, text: &str) -> Option<Vec<u8>> {
        match &self.method {
            Method::Utf8 => Some(text.as_bytes().to_vec()),
            Method::SingleByte(characters) => {
                let codes: HashMap<char, u8> =
                    characters.iter().zip(0u8..=255).filter_map(|(c, byte)| Some(((*c)?, byte))).collect();
                text.chars().map(|c| codes.get(&c).copied()).collect()
            }
            Method::Utf16 { big_endian, with_mark } => {
                let mark = with_mark.then_some(0xfeff);
                let units = mark.into_iter().chain(text.encode_utf16());
                Some(units.flat_map(|unit| if *big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect())
            }
            Method::MultiByte(encoding) => match encoding.encode(text) {
                (bytes, _, false) => Some(bytes.into_owned()),
                (_, _, true) if *encoding == encoding_rs::EUC_JP => encode_japanese(text),
                (_, _, true) => None,
            },
        }
    }

    /// The text these bytes stand for; `None` if they stand for none.
    pub(crate) fn decode(&self, bytes: &[u8]) -> Option<String> {
        let text = match &self.method {
            Method::Utf8 => String::from_utf8(bytes.to_vec()).ok()?,
            Method::SingleByte(characters) => {
                bytes.iter().map(|byte| characters[usize::from(*byte)]).collect::<Option<_>>()?
            }
            Method::Utf16 { big_endian, with_mark } => decode_utf16(bytes, *big_endian, *with_mark)?,
            Method::MultiByte(encoding) => {
                encoding.decode_without_bom_handling_and_without_replacement(bytes)?.into_owned()
            }
        };
        // The replacement character counts as a failure wherever it comes from.
        (!text.contains('\u{fffd}')).then_some(text)
    }
}

fn decode_utf16(bytes: &[u8], big_endian: bool, with_mark: bool) -> Option<String> {
    let (bytes, big_endian) = match (with_mark, bytes) {
        (true, [0xfe, 0xff, rest @ ..]) => (rest, true),
        (true, [0xff, 0xfe, rest @ ..]) => (rest, false),
        // Without its mark the text is no text, but nothing is still nothing.
        (true, [_, ..]) => return None,
        _ => (bytes, big_endian),
    };
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let units = bytes.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    });
    char::decode_utf16(units).collect::<Result<_, _>>().ok()
}

/// EUC-JP with the characters of JIS X 0212 as well: web browsers read them but do not write them.
fn encode_japanese(text: &str) -> Option<Vec<u8>> {
    static SUPPLEMENT: LazyLock<HashMap<char, [u8; 3]>> = LazyLock::new(|| {
        let cells = (0xa1..=0xfe).flat_map(|row| (0xa1..=0xfe).map(move |cell| [0x8f, row, cell]));
        let read = |code: [u8; 3]| {
            let text = encoding_rs::EUC_JP.decode_without_bom_handling_and_without_replacement(&code)?;
            text.chars().next().map(|character| (character, code))
        };
        cells.filter_map(read).collect()
    });
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        let mut buffer = [0; 4];
        match encoding_rs::EUC_JP.encode(character.encode_utf8(&mut buffer)) {
            (code, _, false) => bytes.extend_from_slice(&code),
            (_, _, true) => bytes.extend_from_slice(SUPPLEMENT.get(&character)?),
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (name, text) in [
            ("IBM437", "ÿ■"),
            ("Shift_JIS", "日本"),
            ("gbk", "中文€"),
            ("UTF-16", "😀"),
            ("latin1", "é"),
            ("IBM037", "a1"),
            ("EUC-JP", "aé日本丂"),
        ] {
            let charset = Charset::named(name).unwrap();
            assert_eq!(charset.decode(&charset.encode(text).unwrap()).as_deref(), Some(text), "{name}");
        }
    }

    #[test]
    fn what_has_no_code() {
        assert_eq!(Charset::named("ISO-8859-1").unwrap().name, "ISO_8859-1:1987");
        assert_eq!(Charset::named("us-ascii").unwrap().encode("é"), None);
        assert_eq!(Charset::named("windows-1252").unwrap().decode(&[0x81]), None);
        assert_eq!(Charset::named("EUC-KR").unwrap().encode("ÿ"), None);
        assert!(Charset::named("CP1252").is_none());
    }
}
