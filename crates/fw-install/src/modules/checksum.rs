//! Checksums that a source address asks for: `?checksum=sha256:…`, or one of a file of checksums.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::fetch::Fetcher;
use super::source_url::SourceUrl;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

/// What a file must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sum {
    kind: Kind,
    value: Vec<u8>,
}

/// A checksum, or where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Checksum {
    Known(Sum),
    InFile(String),
}

impl Checksum {
    /// What is asked for, if anything.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, String> {
        Ok(Some(match text.split_once(':') {
            None if text.is_empty() => return Ok(None),
            None => Self::Known(Sum::parse(text)?),
            Some(("file", address)) => Self::InFile(address.to_owned()),
            Some((kind, value)) => Self::Known(Sum::of_kind(kind, value)?),
        }))
    }

    /// The checksum itself.
    pub(super) async fn resolved(self, fetcher: &Fetcher, source: &SourceUrl) -> Result<Sum, String> {
        let address = match self {
            Self::Known(sum) => return Ok(sum),
            Self::InFile(address) => address,
        };
        let file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
        let sums = SourceUrl::parse(&address);
        let got = fetcher.get_file(&sums, file.path()).await;
        got.map_err(|why| format!("Error downloading checksum file: {why}"))?;
        let text = std::fs::read_to_string(file.path()).map_err(|e| format!("Error reading checksum file: {e}"))?;
        let name = source.path().rsplit('/').next().unwrap_or_default();
        text.lines().find_map(|line| of_line(line, name)).ok_or_else(|| format!("no checksum found in: {address}"))
    }
}

/// The checksum of a file in a line of `sha256sum` or of BSD's programs. One without a name is for any.
fn of_line(line: &str, name: &str) -> Option<Sum> {
    let is_name = |text: &str| text.trim_start_matches(['*', '?']) == name || text.rsplit('/').next() == Some(name);
    match line.split_whitespace().collect::<Vec<_>>().as_slice() {
        [kind, file, "=", value] => {
            let file = file.strip_prefix('(')?.strip_suffix(')')?;
            is_name(file).then(|| Sum::of_kind(kind, value).ok()).flatten()
        }
        [value, file] => is_name(file).then(|| Sum::parse(value).ok()).flatten(),
        [value, ..] => Sum::parse(value).ok(),
        [] => None,
    }
}

impl Sum {
    fn parse(text: &str) -> Result<Self, String> {
        let value = bytes(text)?;
        let kind = match value.len() {
            16 => Kind::Md5,
            20 => Kind::Sha1,
            32 => Kind::Sha256,
            64 => Kind::Sha512,
            _ => return Err(format!("unknown type for checksum {text}")),
        };
        Ok(Self { kind, value })
    }

    fn of_kind(kind: &str, text: &str) -> Result<Self, String> {
        let value = bytes(text)?;
        let kind = match kind.to_ascii_lowercase().as_str() {
            "md5" => Kind::Md5,
            "sha1" => Kind::Sha1,
            "sha256" => Kind::Sha256,
            "sha512" => Kind::Sha512,
            _ => return Err(format!("unsupported checksum type: {kind}")),
        };
        Ok(Self { kind, value })
    }

    /// Compares a file with it.
    pub(super) fn verify(&self, path: &Path) -> Result<(), String> {
        let (actual, hash) = match self.kind {
            Kind::Md5 => (digest::<Md5>(path), "*md5.digest"),
            Kind::Sha1 => (digest::<Sha1>(path), "*sha1.digest"),
            Kind::Sha256 => (digest::<Sha256>(path), "*sha256.digest"),
            Kind::Sha512 => (digest::<Sha512>(path), "*sha512.digest"),
        };
        let actual = actual.map_err(|error| format!("failed to open file for checksum: {error}"))?;
        if actual == self.value {
            return Ok(());
        }
        let (expected, got) = (hex::encode(&self.value), hex::encode(actual));
        let path = path.display();
        Err(format!("Checksums did not match for {path}.\nExpected: {expected}\nGot: {got}\n{hash}"))
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, String> {
    if let Some(wrong) = text.chars().find(|c| !c.is_ascii_hexdigit()) {
        let code = u32::from(wrong);
        return Err(format!("invalid checksum: encoding/hex: invalid byte: U+{code:04X} '{wrong}'"));
    }
    hex::decode(text).map_err(|_odd| "invalid checksum: encoding/hex: odd length hex string".to_owned())
}

fn digest<D: Digest>(path: &Path) -> io::Result<Vec<u8>> {
    let (mut file, mut hash, mut piece) = (File::open(path)?, D::new(), vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok(hash.finalize().to_vec());
        }
        hash.update(piece.get(..read).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::{Checksum, Kind, Sum, of_line};

    const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";

    #[test]
    fn checksums_are_read() {
        assert_eq!(Checksum::parse("").unwrap(), None);
        let Some(Checksum::Known(sum)) = Checksum::parse(MD5).unwrap() else { panic!() };
        assert_eq!(sum.kind, Kind::Md5);
        assert_eq!(Checksum::parse("md9:00").unwrap_err(), "unsupported checksum type: md9");
        let odd = Checksum::parse("zz").unwrap_err();
        assert_eq!(odd, "invalid checksum: encoding/hex: invalid byte: U+007A 'z'");
        assert_eq!(Checksum::parse("aabb").unwrap_err(), "unknown type for checksum aabb");
    }

    #[test]
    fn lines_of_checksum_files() {
        let sum = Sum::parse(MD5).unwrap();
        for line in
            [format!("{MD5}  a.zip"), format!("{MD5} *a.zip"), format!("MD5 (./d/a.zip) = {MD5}"), MD5.to_owned()]
        {
            assert_eq!(of_line(&line, "a.zip").as_ref(), Some(&sum), "{line}");
        }
        assert_eq!(of_line(&format!("{MD5}  b.zip"), "a.zip"), None);
        assert_eq!(of_line("", "a.zip"), None);
    }

    #[test]
    fn files_are_compared() {
        let file = tempfile::NamedTempFile::new().unwrap();
        Sum::parse(MD5).unwrap().verify(file.path()).unwrap();
        std::fs::write(file.path(), "x").unwrap();
        let why = Sum::parse(MD5).unwrap().verify(file.path()).unwrap_err();
        assert!(why.contains(&format!("Expected: {MD5}\nGot: 9dd4e461268c8034f5c8564e155c67a6\n*md5.digest")), "{why}");
    }
}
