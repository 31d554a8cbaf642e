//! `providers mirror`.

use std::fs;

use fw_install::cli_config::Location;
use fw_install::{LockOptions, LockSource, MirrorOptions};

use crate::packages::{OTHER, PLATFORM, archive, archive_name};
use crate::registry::Registry;

#[test]
fn a_mirror_is_made_that_can_be_installed_from() {
    let registry = Registry::start();
    let provider = registry.provider();
    let world = registry.world();
    let options = MirrorOptions {
        directory: "mirror".into(),
        platforms: vec![PLATFORM.parse().unwrap(), OTHER.parse().unwrap()],
        use_lock_file: true,
    };
    let lines = world.mirror(&[(&provider, "~> 1.0"), ("terraform.io/builtin/terraform", "")], &options).ok();
    assert_eq!(
        lines,
        [
            &*format!("- Mirroring {provider}..."),
            "  - Selected v1.1.0 to meet constraints ~> 1.0",
            "  - Downloading package for linux_amd64...",
            "  - Package authenticated: self-signed",
            "  - Downloading package for darwin_arm64...",
            "  - Package authenticated: self-signed",
            "- Skipping terraform.io/builtin/terraform because it is built in to Terraform CLI",
        ]
    );
    let directory = world.work().join("mirror").join(&provider);
    let mut names: Vec<_> =
        fs::read_dir(&directory).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let archives = [archive_name("1.1.0", OTHER), archive_name("1.1.0", PLATFORM)];
    assert_eq!(names, ["1.1.0.json", "index.json", &archives[0], &archives[1]]);
    assert_eq!(fs::read(directory.join(&archives[1])).unwrap(), archive("1.1.0", PLATFORM));
    assert_eq!(
        fs::read_to_string(directory.join("index.json")).unwrap(),
        "{\n  \"versions\": {\n    \"1.1.0\": {}\n  }\n}"
    );
    let index = fs::read_to_string(directory.join("1.1.0.json")).unwrap();
    assert!(
        index.starts_with("{\n  \"archives\": {\n    \"darwin_arm64\": {\n      \"hashes\": [\n        \"h1:"),
        "{index}"
    );

    let world = world.with(Location::FilesystemMirror("mirror".into()));
    world.init(&[(&provider, "")]).ok();
    let locks = LockOptions { source: LockSource::Directory("mirror".into()), ..LockOptions::default() };
    world.lock(&[(&provider, "")], &locks).ok();
    // Another time, the lock file decides.
    let lines = world.mirror(&[(&provider, "")], &options).ok();
    assert_eq!(lines[1], "  - Selected v1.1.0 to match dependency lock file");
    let told = world.mirror(&[(&provider, "1.0.0")], &options);
    assert_eq!(told.problem().0, "Inconsistent dependency lock file");
}

#[test]
fn what_cannot_be_mirrored_is_told() {
    let registry = Registry::start();
    let world = registry.world();
    let options = MirrorOptions { directory: "mirror".into(), ..MirrorOptions::default() };
    let told = world.mirror(&[(&registry.provider(), "> 5")], &options);
    assert_eq!(
        told.detail("Provider not available"),
        format!(
            "Failed to download {} from its origin registry: no releases match the given constraints > 5.0.0.",
            registry.provider()
        )
    );
}
