//! The check before installed packages are used.

use std::collections::BTreeMap;
use std::fs;

use fw_install::cli_config::Location;
use fw_install::{check_selections, selected_programs};

use crate::packages::packed_mirror;
use crate::world::{World, requirements};

const FOO: &str = "example.com/acme/foo";

fn initialized() -> World {
    let world = World::new();
    let mirror = world.root.path().join("mirror");
    packed_mirror(&mirror, FOO);
    let world = world.with(Location::FilesystemMirror(mirror));
    world.init(&[(FOO, "1.1.0")]).ok();
    world
}

#[test]
fn installed_programs_are_found() {
    let world = initialized();
    let programs = selected_programs(&world.site(), &world.locks()).unwrap();
    let program = programs.get(&FOO.parse().unwrap()).unwrap();
    assert_eq!(program.path, world.installed(FOO, "1.1.0").join("terraform-provider-foo_v1.1.0"));
    assert!(program.hash.as_ref().is_some_and(|hash| world.lock_file().contains(&hash.0)));
}

#[test]
fn missing_and_changed_packages_are_told() {
    let world = initialized();
    let problem = || {
        let errors = selected_programs(&world.site(), &world.locks()).unwrap_err();
        let first = errors.iter().next().unwrap();
        assert_eq!(first.summary, "Required plugins are not installed");
        first.detail.clone()
    };
    fs::write(world.installed(FOO, "1.1.0").join("terraform-provider-foo_v1.1.0"), "evil").unwrap();
    assert_eq!(
        problem(),
        "The installed provider plugins are not consistent with the packages selected in the dependency lock file:\n  - \
         example.com/acme/foo: the cached package for example.com/acme/foo 1.1.0 (in .terraform/providers) does not match any \
         of the checksums recorded in the dependency lock file\n\nTerraform uses external plugins to integrate with a variety \
         of different infrastructure services. To download the plugins required for this configuration, run:\n  terraform init"
    );
    world.forget_installed();
    assert!(problem().contains(
        "\n  - example.com/acme/foo: there is no package for example.com/acme/foo 1.1.0 cached in .terraform/providers\n\n"
    ));
    let mut site = world.site();
    site.reattached.insert(FOO.parse().unwrap());
    assert_eq!(selected_programs(&site, &world.locks()), Ok(BTreeMap::new()));
}

#[test]
fn development_overrides_come_first() {
    let mut world = initialized();
    let directory = world.root.path().join("built");
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("terraform-provider-foo"), "").unwrap();
    let installation = world.config.installation.as_mut().unwrap();
    installation.dev_overrides.insert(FOO.parse().unwrap(), directory.clone());
    world.forget_installed();
    let programs = selected_programs(&world.site(), &world.locks()).unwrap();
    assert_eq!(programs.values().next().unwrap().path, directory.join("terraform-provider-foo"));
    assert_eq!(check_selections(&world.site(), &requirements(&[(FOO, "> 5")]), &world.locks()), Ok(()));
    assert!(fw_install::development_overrides_warning(&world.site()).is_some());
}

#[test]
fn selections_that_do_not_fit_the_configuration_are_told() {
    let world = initialized();
    let required = requirements(&[(FOO, "> 5"), ("acme/new", ""), ("terraform.io/builtin/terraform", "")]);
    let errors = check_selections(&world.site(), &required, &world.locks()).unwrap_err();
    let first = errors.iter().next().unwrap();
    assert_eq!(first.summary, "Inconsistent dependency lock file");
    assert_eq!(
        first.detail,
        "The following dependency selections recorded in the lock file are inconsistent with the current configuration:\n  - \
         provider example.com/acme/foo: locked version selection 1.1.0 doesn't match the updated version constraints \"> \
         5.0.0\"\n  - provider registry.terraform.io/acme/new: required by this configuration but no version is \
         selected\n\nTo update the locked dependency selections to match a changed configuration, run:\n  terraform init \
         -upgrade"
    );
    let none = check_selections(&world.site(), &required, &Default::default()).unwrap_err();
    assert!(
        none.iter().next().unwrap().detail.ends_with("initialize the dependency lock file, run:\n  terraform init")
    );
}
