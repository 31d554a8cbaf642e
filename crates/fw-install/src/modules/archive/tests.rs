//! Archives of all kinds, and such as mean harm.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use super::Format;

struct Place {
    root: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    fn target(&self) -> PathBuf {
        self.root.path().join("into")
    }

    fn unpack(&self, format: Format, bytes: &[u8]) -> Result<(), String> {
        let path = self.root.path().join("archive");
        fs::write(&path, bytes).unwrap();
        format.unpack(&path, &self.target())
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.target().join(path)).unwrap()
    }
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A tar with one file under any name, and a link.
fn tar(name: &str) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(1);
    header.set_mode(0o755);
    header.set_cksum();
    tar.append(&header, "x".as_bytes()).unwrap();
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    link.set_cksum();
    tar.append_link(&mut link, "link", "/etc/passwd").unwrap();
    tar.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn bzip(bytes: &[u8]) -> Vec<u8> {
    let mut bzip = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip.write_all(bytes).unwrap();
    bzip.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(0)).unwrap();
    xz.write_all(bytes).unwrap();
    xz.finish().unwrap()
}

#[test]
fn the_name_says_how_it_is_packed_unless_the_query_does() {
    for (asked, path, expected) in [
        ("", "/a.zip", Some(Format::Zip)),
        ("", "/a.tar.gz", Some(Format::TarGzip)),
        ("", "/a.gz", Some(Format::Single("gzip"))),
        ("", "/zip", None),
        ("zip", "/a", Some(Format::Zip)),
        ("tgz", "/a.zip", Some(Format::TarGzip)),
        ("false", "/a.zip", None),
    ] {
        assert_eq!(Format::of(asked, path), expected, "{asked} {path}");
    }
}

#[test]
fn all_formats_are_unpacked() {
    let plain = tar("d/f");
    for (format, bytes) in [
        (Format::TarGzip, gzip(&plain)),
        (Format::TarBzip2, bzip(&plain)),
        (Format::TarXz, xz(&plain)),
        (Format::Zip, zip(&[("d/f", "x")])),
    ] {
        let place = Place::new();
        place.unpack(format, &bytes).unwrap();
        assert_eq!(place.read("d/f"), "x", "{format:?}");
        if format != Format::Zip {
            assert_eq!(place.read("link"), "", "links come out as files");
            assert!(!place.target().join("link").is_symlink());
        }
    }
}

#[test]
fn nothing_leaves_the_directory() {
    for name in ["../evil", "a/../../evil", "..\\evil"] {
        let place = Place::new();
        let expected = format!("entry contains '..': {name}");
        assert_eq!(place.unpack(Format::Zip, &zip(&[(name, "x")])).unwrap_err(), expected);
        assert_eq!(place.unpack(Format::TarGzip, &gzip(&tar(name))).unwrap_err(), expected);
        assert_eq!(fs::read_dir(place.root.path()).unwrap().count(), 2, "the archive and the directory");
    }
    let place = Place::new();
    place.unpack(Format::TarGzip, &gzip(&tar("/abs"))).unwrap();
    assert_eq!(place.read("abs"), "x", "below the directory");
}

#[test]
fn what_is_no_archive_is_refused() {
    for format in [Format::Zip, Format::TarGzip, Format::TarBzip2, Format::TarXz] {
        assert!(Place::new().unpack(format, b"nonsense").is_err(), "{format:?}");
        assert!(Place::new().unpack(format, b"").is_err(), "{format:?}");
    }
    let empty = Place::new().unpack(Format::Zip, &zip(&[])).unwrap_err();
    assert!(empty.starts_with("empty archive: "), "{empty}");
    let single = Place::new().unpack(Format::Single("gzip"), &gzip(b"x")).unwrap_err();
    assert_eq!(single, "gzip-compressed files can only unarchive to a single file");
}
