//! `providers lock`.

use fw_install::cli_config::Location;
use fw_install::{LockOptions, LockSource};

use crate::packages::{OTHER, PLATFORM, packed_mirror, unpacked_mirror};
use crate::registry::Registry;
use crate::world::World;

const FOO: &str = "example.com/acme/foo";

fn both() -> LockOptions {
    LockOptions { platforms: vec![PLATFORM.parse().unwrap(), OTHER.parse().unwrap()], ..LockOptions::default() }
}

#[test]
fn checksums_of_several_platforms_are_recorded() {
    let registry = Registry::start();
    let provider = registry.provider();
    // As configured, packages would come from elsewhere; that does not count here.
    let world = registry.world().with(Location::FilesystemMirror("nowhere".into()));
    let lines = world.lock(&[(&provider, "~> 1.0")], &both()).ok();
    assert_eq!(lines[0], format!("- Fetching {provider} 1.1.0 for linux_amd64..."));
    assert!(lines[1].starts_with(&format!("- Retrieved {provider} 1.1.0 for linux_amd64 (self-signed, key ID ")));
    assert_eq!(lines[2], format!("- Fetching {provider} 1.1.0 for darwin_arm64..."));
    let new = "This was a new provider and the checksums for this platform are now tracked in the lock file";
    assert_eq!(lines[4], format!("- Obtained {provider} checksums for linux_amd64; {new}"));
    assert_eq!(lines[5], format!("- Obtained {provider} checksums for darwin_arm64; {new}"));
    assert!(lines[6].starts_with("\nSuccess! Terraform has updated the lock file."));
    let lock = world.lock_file();
    assert_eq!((lock.matches("h1:").count(), lock.matches("zh:").count()), (2, 2));
    assert!(!world.work().join(".terraform").exists());
    let lines = world.lock(&[(&provider, "~> 1.0")], &both()).ok();
    assert!(lines[4].ends_with("; All checksums for this platform were already tracked in the lock file"));
    assert!(lines[6].ends_with("Success! Terraform has validated the lock file and found no need for changes."));
    assert_eq!(world.lock_file(), lock);
}

#[test]
fn the_shared_cache_is_used_only_when_asked_for() {
    let registry = Registry::start();
    let provider = registry.provider();
    let mut world = registry.world();
    world.config.plugin_cache_dir = Some(world.root.path().join("cache"));
    let cached = LockOptions { enable_plugin_cache: true, ..both() };
    world.lock(&[(&provider, "1.0.0")], &both()).ok();
    assert!(!world.root.path().join("cache").exists());
    world.lock(&[(&provider, "1.0.0")], &cached).ok();
    let (asked, lock) = (registry.server.requests().len(), world.lock_file());
    let lines = world.lock(&[(&provider, "1.0.0")], &cached).ok();
    assert!(!lines.iter().any(|line| line.starts_with("- Fetching")), "{lines:?}");
    let since: Vec<_> = registry.server.requests().split_off(asked);
    assert!(!since.iter().any(|request| request.contains(".zip")), "{since:?}");
    assert_eq!(world.lock_file(), lock);
}

#[test]
fn a_directory_may_stand_in_and_other_locks_stay() {
    let world = World::new();
    let mirror = world.root.path().join("mirror");
    packed_mirror(&mirror, FOO);
    let source = LockSource::Directory(mirror.clone());
    world.lock(&[(FOO, "1.0.0")], &LockOptions { source: source.clone(), ..both() }).ok();
    assert_eq!(world.lock_file().matches("h1:").count(), 2);
    unpacked_mirror(&mirror, "example.com/other/foo");
    let one = LockOptions { source, ..LockOptions::default() };
    world.lock(&[("example.com/other/foo", "")], &one).ok();
    assert_eq!(world.locks().providers.len(), 2);
    let failed = world.lock(&[("example.com/acme/bar", "")], &one);
    assert_eq!(
        failed.detail("Could not retrieve providers for locking"),
        "Terraform failed to fetch the requested providers for linux_amd64 in order to calculate their checksums: some \
         providers could not be installed:\n- example.com/acme/bar: provider example.com/acme/bar was not found in any of the \
         search locations."
    );
    assert!(world.locks().get(&FOO.parse().unwrap()).is_some());
}
