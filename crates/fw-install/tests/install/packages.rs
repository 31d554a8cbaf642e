//! Packages of a provider: what is in them, as directories and as archives.

use std::fs;
use std::io::Write;
use std::path::Path;

use zip::write::SimpleFileOptions;

/// The versions of the provider `foo` that mirrors and registries of these tests have.
pub(crate) const VERSIONS: [&str; 3] = ["1.0.0", "1.1.0", "2.0.0-beta1"];

/// The platform that packages are installed for, wherever the tests run.
pub(crate) const PLATFORM: &str = "linux_amd64";

/// Another platform.
pub(crate) const OTHER: &str = "darwin_arm64";

/// What a program of a version for a platform has in it.
fn program(version: &str, platform: &str) -> String {
    format!("#!/bin/sh\necho {version} for {platform}\n")
}

fn program_name(version: &str) -> String {
    format!("terraform-provider-foo_v{version}")
}

pub(crate) fn archive_name(version: &str, platform: &str) -> String {
    format!("terraform-provider-foo_{version}_{platform}.zip")
}

/// The bytes of an archive.
pub(crate) fn archive(version: &str, platform: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file(program_name(version), options).unwrap();
    zip.write_all(program(version, platform).as_bytes()).unwrap();
    zip.start_file("LICENSE.txt", SimpleFileOptions::default().unix_permissions(0o644)).unwrap();
    zip.write_all(b"MPL").unwrap();
    zip.finish().unwrap().into_inner()
}

/// An archive without any program.
pub(crate) fn empty_archive() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("README", SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap().into_inner()
}

/// A mirror with all versions for a platform, unpacked.
pub(crate) fn unpacked_mirror(root: &Path, provider: &str) {
    for version in VERSIONS {
        let package = root.join(provider).join(version).join(PLATFORM);
        fs::create_dir_all(&package).unwrap();
        let path = package.join(program_name(version));
        fs::write(&path, program(version, PLATFORM)).unwrap();
        make_executable(&path);
        fs::write(package.join("LICENSE.txt"), "MPL").unwrap();
    }
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) {}

/// A mirror with all versions for two platforms, packed.
pub(crate) fn packed_mirror(root: &Path, provider: &str) {
    let directory = root.join(provider);
    fs::create_dir_all(&directory).unwrap();
    for version in VERSIONS {
        for platform in [PLATFORM, OTHER] {
            fs::write(directory.join(archive_name(version, platform)), archive(version, platform)).unwrap();
        }
    }
}
