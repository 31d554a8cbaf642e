//! Where settings come from.

use super::*;

fn load(file: Option<&str>, variables: &[(&str, &str)], flags: &[&str]) -> Result<Settings, Vec<String>> {
    let directory = tempfile::tempdir().unwrap();
    if let Some(text) = file {
        std::fs::write(directory.path().join("formwork.toml"), text).unwrap();
    }
    let process = Process {
        variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        directory: directory.path().to_owned(),
        ..Process::default()
    };
    let words: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
    let known = super::flags();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    Settings::load(&process, &Arguments::parse(&words, &known, &[]).unwrap())
}

#[test]
fn flags_before_environment_before_file_before_default() {
    let file = Some("listen = \"a:1\"\nqueue_limit = 7\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n");
    let settings = load(file, &[("FORMWORK_LISTEN", "b:2")], &["--listen=c:3"]).unwrap();
    assert_eq!(settings.text("listen"), "c:3");
    assert_eq!(settings.origin("listen").unwrap().to_string(), "flag --listen");
    let settings = load(file, &[("FORMWORK_LISTEN", "b:2")], &[]).unwrap();
    assert_eq!(settings.origin("listen").unwrap().to_string(), "environment FORMWORK_LISTEN");
    let settings = load(file, &[], &[]).unwrap();
    assert_eq!((settings.text("listen"), settings.number("queue_limit")), ("a:1", 7));
    assert_eq!(settings.text("trusted_proxies"), "10.0.0.0/8,::1");
    assert!(settings.origin("listen").unwrap().to_string().ends_with("formwork.toml"));
    assert_eq!(settings.origin("engine"), Some(&Origin::Default));
}

#[test]
fn all_that_is_wrong_is_told() {
    let problems = load(Some("lisen = \"a:1\"\n"), &[("FORMWORK_ENGINE", "x")], &["--queue-limit", "0"]).unwrap_err();
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(problems[0].ends_with("there is no setting `lisen`"), "{problems:?}");
    assert_eq!(
        problems[1],
        "`x` from environment FORMWORK_ENGINE is not a value of `engine`: it is one of embedded, temporal"
    );
    assert_eq!(load(Some("a = {"), &[], &[]).unwrap_err().len(), 1);
    assert_eq!(load(None, &[], &["--config", "nowhere.toml"]).unwrap_err().len(), 1);
}
