//! The shared cache of packages.

use std::fs;

use crate::packages::PLATFORM;
use crate::registry::Registry;
use crate::world::World;

fn with_cache(registry: &Registry) -> World {
    let mut world = registry.world();
    let cache = world.root.path().join("cache");
    fs::create_dir(&cache).unwrap();
    world.config.plugin_cache_dir = Some(cache);
    world
}

#[test]
fn packages_go_through_the_cache() {
    let registry = Registry::start();
    let provider = registry.provider();
    let world = with_cache(&registry);
    world.init(&[(&provider, "1.1.0")]).ok();
    let cached = world.root.path().join("cache").join(&provider).join("1.1.0").join(PLATFORM);
    assert!(cached.join("terraform-provider-foo_v1.1.0").is_file());
    #[cfg(unix)]
    assert_eq!(fs::read_link(world.installed(&provider, "1.1.0")).unwrap(), cached);
    let (lock, asked) = (world.lock_file(), registry.server.requests().len());
    world.forget_installed();
    let lines = world.init(&[(&provider, "1.1.0")]).ok();
    assert_eq!(lines[2], format!("- Using {provider} v1.1.0 from the shared cache directory"));
    assert_eq!(registry.server.requests().len(), asked, "nobody is asked for what is there");
    assert_eq!(world.lock_file(), lock);
}

#[test]
fn a_cached_package_that_nothing_is_known_of_is_fetched_again_unless_the_user_allows_it() {
    let registry = Registry::start();
    let provider = registry.provider();
    let mut world = with_cache(&registry);
    world.init(&[(&provider, "1.1.0")]).ok();
    let complete = world.lock_file();
    world.forget_installed();
    world.forget_lock_file();
    let lines = world.init(&[(&provider, "1.1.0")]).ok();
    assert_eq!(lines[2], format!("- Installing {provider} v1.1.0..."));
    assert_eq!(world.lock_file(), complete);
    world.forget_installed();
    world.forget_lock_file();
    world.config.plugin_cache_may_break_dependency_lock_file = true;
    let told = world.init(&[(&provider, "1.1.0")]);
    assert_eq!(told.lines[2], format!("- Using {provider} v1.1.0 from the shared cache directory"));
    assert_eq!(told.problem().0, "Incomplete lock file information for providers");
    assert_eq!(world.lock_file().matches("zh:").count(), 0);
}

#[test]
fn a_damaged_cache_is_repaired() {
    let registry = Registry::start();
    let provider = registry.provider();
    let world = with_cache(&registry);
    world.init(&[(&provider, "1.1.0")]).ok();
    let program = world.root.path().join("cache").join(&provider).join("1.1.0").join(PLATFORM);
    let program = program.join("terraform-provider-foo_v1.1.0");
    let whole = fs::read(&program).unwrap();
    fs::write(&program, "evil").unwrap();
    world.forget_installed();
    let lines = world.init(&[(&provider, "1.1.0")]).ok();
    assert_eq!(lines[2], format!("- Installing {provider} v1.1.0..."));
    assert_eq!(fs::read(&program).unwrap(), whole);
}

#[test]
fn several_directories_may_be_initialized_at_once_with_one_cache() {
    let registry = Registry::start();
    let provider = registry.provider();
    let cache = tempfile::tempdir().unwrap();
    let initialize = || {
        let mut world = registry.world();
        world.set("TF_REGISTRY_CLIENT_TIMEOUT", "20");
        world.config.plugin_cache_dir = Some(cache.path().to_owned());
        world.init(&[(&provider, "1.1.0")]).ok();
        let program = world.installed(&provider, "1.1.0").join("terraform-provider-foo_v1.1.0");
        assert_eq!(fs::read_to_string(program).unwrap(), "#!/bin/sh\necho 1.1.0 for linux_amd64\n");
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(initialize);
        }
    });
    let left = fs::read_dir(cache.path().join(&provider).join("1.1.0")).unwrap().count();
    assert_eq!(left, 1, "nothing but the package is left");
}
