//! Archives of good and of bad people.

use super::*;

fn unpacked(format: SourceFormat, packed: &[u8], limits: Limits) -> Result<BTreeMap<String, String>, SourceError> {
    let directory = tempfile::tempdir().unwrap();
    let inside = directory.path().join("a").join("inside");
    fs::create_dir_all(&inside).unwrap();
    let result = unpack(format, packed, &inside, limits);
    let outside =
        fs::read_dir(directory.path()).unwrap().count() + fs::read_dir(directory.path().join("a")).unwrap().count();
    assert_eq!(outside, 2, "something was written elsewhere");
    result?;
    let mut found = BTreeMap::new();
    let mut work = vec![inside.clone()];
    while let Some(directory) = work.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                work.push(path);
            } else {
                let name = path.strip_prefix(&inside).unwrap().to_string_lossy().into_owned();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    Ok(found)
}

fn tar_gz(add: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    add(&mut builder);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&builder.into_inner().unwrap()).unwrap();
    encoder.finish().unwrap()
}

fn header(kind: tar::EntryType, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header
}

/// A name that the library would refuse to write.
fn raw_name(header: &mut tar::Header, name: &str) {
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
}

fn zip_of(name: &str, text: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(text).unwrap();
    zip.finish().unwrap().into_inner()
}

#[test]
fn files_come_out_of_every_kind_of_archive() {
    let wanted: BTreeMap<_, _> =
        [("main.tf".to_owned(), "x".to_owned()), ("modules/a/b.tf".to_owned(), "y".to_owned())].into();
    let limits = Limits::default();
    let files = serde_json::to_vec(&wanted).unwrap();
    assert_eq!(unpacked(SourceFormat::Files, &files, limits).unwrap(), wanted);
    let tar = tar_gz(|tar| {
        for (name, text) in &wanted {
            tar.append_data(&mut header(tar::EntryType::Regular, 1), format!("./{name}"), text.as_bytes()).unwrap();
        }
        tar.append_data(&mut header(tar::EntryType::Directory, 0), "empty", io::empty()).unwrap();
    });
    assert_eq!(unpacked(SourceFormat::TarGz, &tar, limits).unwrap(), wanted);
    let zip = zip_of("deep/er/main.tf", b"z");
    assert_eq!(unpacked(SourceFormat::Zip, &zip, limits).unwrap()["deep/er/main.tf"], "z");
}

#[test]
fn nothing_is_written_elsewhere() {
    let limits = Limits::default();
    for name in ["../evil", "/evil", "a/../../evil", "", ".", "a\\..\\evil", "nul\0"] {
        let files = serde_json::to_vec(&BTreeMap::from([(name, "x")])).unwrap();
        assert!(matches!(unpacked(SourceFormat::Files, &files, limits), Err(SourceError::Path(_))), "{name:?}");
    }
    for name in ["../../evil", "/evil"] {
        let tar = tar_gz(|tar| {
            let mut header = header(tar::EntryType::Regular, 1);
            raw_name(&mut header, name);
            tar.append(&header, b"x".as_slice()).unwrap();
        });
        assert!(matches!(unpacked(SourceFormat::TarGz, &tar, limits), Err(SourceError::Path(_))), "{name}");
        assert!(
            matches!(unpacked(SourceFormat::Zip, &zip_of(name, b"x"), limits), Err(SourceError::Path(_))),
            "{name}"
        );
    }
    let link = tar_gz(|tar| {
        tar.append_link(&mut header(tar::EntryType::Symlink, 0), "link", "/etc").unwrap();
    });
    assert!(matches!(unpacked(SourceFormat::TarGz, &link, limits), Err(SourceError::Kind(_))));
}

#[test]
fn what_is_too_large_or_no_archive_is_refused() {
    let limits = Limits { bytes: 100_000, entries: 10 };
    let bomb = vec![0; 10_000_000];
    assert!(matches!(unpacked(SourceFormat::Zip, &zip_of("bomb", &bomb), limits), Err(SourceError::Large { .. })));
    let tar = tar_gz(|tar| {
        tar.append_data(&mut header(tar::EntryType::Regular, 10_000_000), "bomb", bomb.as_slice()).unwrap();
    });
    assert!(matches!(unpacked(SourceFormat::TarGz, &tar, limits), Err(SourceError::Large { .. })));
    let many: BTreeMap<_, _> = (0..11).map(|n| (n.to_string(), "")).collect();
    let many = serde_json::to_vec(&many).unwrap();
    assert!(matches!(unpacked(SourceFormat::Files, &many, limits), Err(SourceError::Large { .. })));
    for format in [SourceFormat::Files, SourceFormat::TarGz, SourceFormat::Zip] {
        assert!(matches!(unpacked(format, b"no archive", limits), Err(SourceError::Malformed(_))), "{format:?}");
    }
}
