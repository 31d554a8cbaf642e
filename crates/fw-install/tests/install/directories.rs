//! Mirrors in directories.

use std::fs;

use fw_install::InitOptions;
use fw_install::cli_config::{Location, Method};

use crate::packages::{PLATFORM, packed_mirror, unpacked_mirror};
use crate::world::World;

const FOO: &str = "example.com/acme/foo";

fn world(make: fn(&std::path::Path, &str)) -> World {
    let world = World::new();
    let mirror = world.root.path().join("mirror");
    make(&mirror, FOO);
    world.with(Location::FilesystemMirror(mirror))
}

#[test]
fn an_unpacked_package_is_linked_and_a_packed_one_unpacked_and_both_have_the_same_hash() {
    let (unpacked, packed) = (world(unpacked_mirror), world(packed_mirror));
    let lines = unpacked.init(&[(FOO, "~> 1.0")]).ok();
    assert_eq!(
        lines[..4],
        [
            "Initializing provider plugins...",
            "- Finding example.com/acme/foo versions matching \"~> 1.0\"...",
            "- Installing example.com/acme/foo v1.1.0...",
            "- Installed example.com/acme/foo v1.1.0 (unauthenticated)",
        ]
    );
    assert!(lines[4].starts_with("Terraform has created a lock file"));
    packed.init(&[(FOO, "~> 1.0")]).ok();
    assert_eq!(unpacked.lock_file(), packed.lock_file());
    assert_eq!(unpacked.locks().providers.len(), 1);
    #[cfg(unix)]
    assert!(unpacked.installed(FOO, "1.1.0").is_symlink());
    let program = packed.installed(FOO, "1.1.0").join("terraform-provider-foo_v1.1.0");
    #[cfg(unix)]
    assert_eq!(std::process::Command::new(&program).output().unwrap().stdout, b"1.1.0 for linux_amd64\n");
    assert!(!packed.installed(FOO, "1.1.0").is_symlink());
    // Nothing is left beside the package.
    assert_eq!(fs::read_dir(program.parent().unwrap().parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn what_is_installed_and_locked_is_used_without_asking_anybody() {
    let world = world(unpacked_mirror);
    world.init(&[(FOO, "")]).ok();
    // The mirror is gone; the packages live elsewhere now.
    let before = world.lock_file();
    fs::rename(world.root.path().join("mirror"), world.root.path().join("gone")).unwrap();
    fs::remove_file(world.installed(FOO, "1.1.0")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        world.root.path().join("gone").join(FOO).join("1.1.0").join(PLATFORM),
        world.installed(FOO, "1.1.0"),
    )
    .unwrap();
    let lines = world.init(&[(FOO, ">= 1.0.0")]).ok();
    assert_eq!(
        lines[1..],
        [
            "- Reusing previous version of example.com/acme/foo from the dependency lock file",
            "- Using previously-installed example.com/acme/foo v1.1.0",
        ]
    );
    // Constraints alone are no reason to write the file.
    assert_eq!(world.lock_file(), before);
}

#[test]
fn upgrades_and_downgrades_and_removals_change_the_lock_file() {
    let world = world(unpacked_mirror);
    world.init(&[(FOO, "1.0.0")]).ok();
    let locked = world.init(&[(FOO, ">= 1.1.0")]);
    assert_eq!(
        locked.detail("Failed to query available provider packages"),
        "Could not retrieve the list of available versions for provider example.com/acme/foo: locked provider \
         example.com/acme/foo 1.0.0 does not match configured version constraint >= 1.1.0; must use terraform init -upgrade \
         to allow selection of new versions\n\nTo see which modules are currently depending on example.com/acme/foo and what \
         versions are specified, run the following command:\n    terraform providers"
    );
    let upgrade = InitOptions { upgrade: true, ..InitOptions::default() };
    let lines = world.init_with(&[(FOO, ">= 1.1.0")], &upgrade).ok();
    assert!(lines.last().unwrap().starts_with("Terraform has made some changes"), "{lines:?}");
    assert!(world.lock_file().contains("1.1.0"));
    world.init(&[]).ok();
    assert!(world.locks().is_empty());
}

#[test]
fn prereleases_are_chosen_only_by_name() {
    let world = world(unpacked_mirror);
    let told = world.init(&[(FOO, ">= 2.0.0-beta1")]);
    assert!(told.problem().1.contains("no available releases match the given constraints >= 2.0.0-beta1"));
    world.init(&[(FOO, "2.0.0-beta1")]).ok();
}

#[test]
fn another_package_than_the_locked_one_is_refused() {
    for (make, expected) in [
        (
            unpacked_mirror as fn(&std::path::Path, &str),
            "Error while installing example.com/acme/foo v1.1.0: the local package for example.com/acme/foo 1.1.0 doesn't \
             match any of the checksums previously recorded in the dependency lock file (this might be because the available \
             checksums are for packages targeting different platforms); for more information: \
             https://developer.hashicorp.com/terraform/language/files/dependency-lock#checksum-verification",
        ),
        (
            packed_mirror,
            "Error while installing example.com/acme/foo v1.1.0: the current package for example.com/acme/foo 1.1.0 doesn't \
             match any of the checksums previously recorded in the dependency lock file; for more information: \
             https://developer.hashicorp.com/terraform/language/files/dependency-lock#checksum-verification",
        ),
    ] {
        let world = world(make);
        world.init(&[(FOO, "")]).ok();
        world.forget_installed();
        let other = world.lock_file().replace("\"h1:", "\"h1:x");
        fs::write(world.work().join(".terraform.lock.hcl"), &other).unwrap();
        let told = world.init(&[(FOO, "")]);
        assert_eq!(told.detail("Failed to install provider"), expected);
        assert_eq!(world.lock_file(), other, "the lock file stays as it was");
        assert!(!world.installed(FOO, "1.1.0").exists());
    }
}

#[test]
fn a_provider_that_is_nowhere_is_told_with_the_places() {
    let world = world(unpacked_mirror);
    let told = world.init(&[("example.com/acme/bar", ""), ("example.com/acme/foo", "")]);
    assert_eq!(
        told.detail("Failed to query available provider packages"),
        format!(
            "Could not retrieve the list of available versions for provider example.com/acme/bar: provider \
             example.com/acme/bar was not found in any of the search locations\n\n  - {}",
            world.root.path().join("mirror").display()
        )
    );
    assert_eq!(world.lock_file(), "", "no lock file while something is missing");
    assert!(world.installed(FOO, "1.1.0").exists(), "what is there is installed all the same");
}

#[test]
fn patterns_decide_who_is_asked() {
    let mut world = world(unpacked_mirror);
    let methods = &mut world.config.installation.as_mut().unwrap().methods;
    methods[0].exclude = vec!["example.com/acme/*".to_owned()];
    methods.push(Method {
        location: Location::FilesystemMirror("elsewhere".into()),
        include: vec!["example.com/*/*".to_owned()],
        exclude: Vec::new(),
    });
    fs::create_dir(world.work().join("elsewhere")).unwrap();
    let told = world.init(&[(FOO, "")]);
    assert!(told.problem().1.ends_with("\n\n  - elsewhere"), "{:?}", told.problems);
    packed_mirror(&world.work().join("elsewhere"), FOO);
    world.init(&[(FOO, "")]).ok();
}

#[test]
fn platforms_without_a_package_are_told() {
    let world = world(packed_mirror);
    let mirror = world.root.path().join("mirror").join(FOO);
    fs::remove_file(mirror.join(crate::packages::archive_name("1.1.0", PLATFORM))).unwrap();
    let told = world.init(&[(FOO, "1.1.0")]);
    assert!(told.detail("Incompatible provider version").starts_with(
        "Provider example.com/acme/foo v1.1.0 does not have a package available for your current platform, linux_amd64."
    ));
}

#[test]
fn damaged_and_empty_archives_are_refused() {
    let world = world(packed_mirror);
    let path = world.root.path().join("mirror").join(FOO).join(crate::packages::archive_name("1.1.0", PLATFORM));
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let told = world.init(&[(FOO, "1.1.0")]);
    assert!(told.detail("Failed to install provider").contains("failed to unpack the package"), "{:?}", told.problems);
    fs::write(&path, crate::packages::empty_archive()).unwrap();
    let told = world.init(&[(FOO, "1.1.0")]);
    assert!(told.problem().1.contains("could not find executable file starting with terraform-provider-foo"));
    assert!(!world.installed(FOO, "1.1.0").exists());
}

#[test]
fn plugin_directories_are_the_only_place_and_are_remembered() {
    let world = world(packed_mirror);
    let options = InitOptions { plugin_directories: vec!["plugins".into()], ..InitOptions::default() };
    fs::create_dir(world.work().join("plugins")).unwrap();
    let told = world.init_with(&[(FOO, "")], &options);
    assert!(told.problem().1.ends_with("\n\n  - plugins"));
    let remembered = fs::read_to_string(world.work().join(".terraform/plugin_path")).unwrap();
    assert_eq!(remembered, "[\n  \"plugins\"\n]");
    unpacked_mirror(&world.work().join("plugins"), FOO);
    world.init_with(&[(FOO, "")], &options).ok();
    // They are asked even for what is installed.
    let gone = InitOptions { plugin_directories: vec!["/nonexistent".into()], ..InitOptions::default() };
    let told = world.init_with(&[(FOO, "")], &gone);
    let why = "cannot search /nonexistent: lstat /nonexistent: no such file or directory";
    assert!(told.detail("Failed to query available provider packages").contains(why), "{:?}", told.problems);
}

#[test]
fn what_a_killed_process_has_left_behind_is_removed() {
    let world = world(packed_mirror);
    let providers = world.work().join(".terraform/providers");
    let version = providers.join(FOO).join("1.1.0");
    let leftovers = [version.join(".newAbC123/half"), providers.join("other.example/a/b/1.0.0/.newXyZ")];
    leftovers.iter().for_each(|path| fs::create_dir_all(path).unwrap());
    fs::write(providers.join(".downloadQwE"), "half").unwrap();
    // Another process at work: nothing is touched.
    let busy = fs::File::open(&providers).unwrap();
    busy.lock_shared().unwrap();
    world.init(&[(FOO, "1.0.0")]).ok();
    assert!(leftovers.iter().all(|path| path.exists()) && providers.join(".downloadQwE").exists());
    drop(busy);
    let upgrade = InitOptions { upgrade: true, ..InitOptions::default() };
    world.init_with(&[(FOO, "")], &upgrade).ok();
    assert!(leftovers.iter().all(|path| !path.exists()) && !providers.join(".downloadQwE").exists());
    assert!(world.installed(FOO, "1.1.0").is_dir());
}

#[test]
fn implied_mirrors_are_found_and_what_they_have_is_not_asked_for_elsewhere() {
    let mut world = World::new();
    unpacked_mirror(&world.work().join("terraform.d/plugins"), FOO);
    packed_mirror(&world.root.path().join("home/.terraform.d/plugins"), "example.com/acme/other");
    packed_mirror(&world.root.path().join("data/terraform/plugins"), "example.com/b/foo");
    world.environment.home = Some(world.root.path().join("home"));
    let data = world.root.path().join("data").display().to_string();
    world.set("XDG_DATA_DIRS", &data);
    world.init(&[(FOO, ""), ("example.com/b/foo", "")]).ok();
}

#[test]
fn a_read_only_lock_file_stays() {
    let world = world(unpacked_mirror);
    world.init(&[(FOO, "")]).ok();
    let before = world.lock_file();
    let read_only = InitOptions { lock_file_read_only: true, ..InitOptions::default() };
    world.init_with(&[(FOO, "")], &read_only).ok();
    let told = world.init_with(&[], &read_only);
    assert_eq!(told.problem().0, "Provider dependency changes detected");
    let both = InitOptions { upgrade: true, ..read_only };
    assert_eq!(world.init_with(&[], &both).problem().0, "The -upgrade flag conflicts with -lockfile=readonly.");
    assert_eq!(world.lock_file(), before);
}

#[test]
fn built_in_and_reattached_providers_need_no_package() {
    let world = world(unpacked_mirror);
    let lines = world.init(&[("terraform.io/builtin/terraform", "")]).ok();
    assert_eq!(lines[1..], ["- terraform.io/builtin/terraform is built in to Terraform"]);
    let told = world.init(&[("terraform.io/builtin/terraform", "1.0.0"), ("terraform.io/builtin/x", "")]);
    assert_eq!(
        told.detail("Invalid dependency on built-in provider"),
        "Cannot use terraform.io/builtin/terraform: built-in providers do not support explicit version constraints."
    );
}
