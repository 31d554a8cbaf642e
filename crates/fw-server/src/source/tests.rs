//! Which configurations are taken, and what is said of the others.

use super::*;

fn request(text: &str) -> SourceRequest {
    serde_json::from_str(text).unwrap()
}

fn pack(text: &str) -> Result<Packed, ApiError> {
    request(text).pack(&CloudConfig::default())
}

fn files(packed: &Packed) -> BTreeMap<String, String> {
    serde_json::from_slice(&packed.content).unwrap()
}

#[test]
fn json_is_kept_as_it_was_written() {
    let packed =
        pack(r#"{"terraform_json": {"resource":{"terraform_data":{"a":{"input": 12345678901234567890123}}}}}"#)
            .unwrap();
    assert_eq!(packed.format, SourceFormat::Files);
    assert!(files(&packed)[JSON_FILE].contains("12345678901234567890123"));
}

#[test]
fn unknown_resource_types_are_taken() {
    pack(r#"{"terraform_json": {"resource":{"nobody_knows":{"a":{}}}}}"#).unwrap();
}

#[test]
fn malformed_ones_are_told_with_their_place() {
    let error = pack("{\"terraform_json\": {\n\"resource\": {\n\"terraform_data\": 5}}}").unwrap_err();
    assert_eq!((error.status.as_u16(), error.code), (400, "invalid_terraform_json"));
    assert_eq!(error.details["diagnostics"][0]["range"]["start"]["line"], 3, "{:?}", error.details);
    let error = pack(r#"{"terraform_json": []}"#).unwrap_err();
    assert_eq!(error.message, "terraform_json is a JSON object");
    let error = pack(r#"{"terraform_json": {}}"#).unwrap_err();
    assert_eq!(error.code, "invalid_terraform_json");
    let error = pack(r#"{"files": {"main.tf": "resource {"}}"#).unwrap_err();
    assert_eq!(error.code, "validation_failed");
    assert!(error.message.starts_with("main.tf:1,"), "{}", error.message);
}

#[test]
fn paths_stay_where_they_belong() {
    for path in ["../a.tf", "/a.tf", "a/../b.tf", "a\\b.tf", "c:a.tf", "", "a//b.tf", "a\u{0}.tf", ".terraform/x"] {
        let body = json!({"files": {path: "", "main.tf": "output \"a\" {\n  value = 1\n}\n"}}).to_string();
        assert_eq!(pack(&body).unwrap_err().status.as_u16(), 400, "{path}");
    }
    for directory in ["..", "a/../..", "a\\b"] {
        let body = json!({"files": {"main.tf": ""}, "directory": directory}).to_string();
        assert_eq!(pack(&body).unwrap_err().status.as_u16(), 400, "{directory}");
    }
}

#[test]
fn one_form_at_a_time() {
    assert!(pack("{}").unwrap_err().message.starts_with("terraform_json is required"));
    assert_eq!(pack(r#"{"terraform_json": {}, "files": {}}"#).unwrap_err().status.as_u16(), 400);
}

#[test]
fn archives_are_told_by_their_first_bytes() {
    let archive = |bytes: &[u8]| pack(&json!({"archive": STANDARD.encode(bytes)}).to_string());
    assert_eq!(archive(&[0x1f, 0x8b, 8, 0]).unwrap().format, SourceFormat::TarGz);
    assert_eq!(archive(b"PK\x03\x04rest").unwrap().format, SourceFormat::Zip);
    assert_eq!(archive(b"hello").unwrap_err().status.as_u16(), 400);
    assert_eq!(pack(r#"{"archive": "%%%"}"#).unwrap_err().status.as_u16(), 400);
}

#[test]
fn the_region_asked_for_overrides_the_one_configured() {
    let config = CloudConfig { aws_profile: None, aws_region: Some("eu-central-1".to_owned()) };
    let with = r#"{"terraform_json": {"provider":{"aws":{"region":"us-east-1"}},"resource":{"aws_vpc":{"a":{}}}}}"#;
    let packed = request(with).pack(&config).unwrap();
    assert_eq!(files(&packed)[OVERRIDE_FILE], r#"{"provider":{"aws":{"region":"eu-central-1"}}}"#);
    let without = r#"{"terraform_json": {"resource":{"aws_vpc":{"a":{}}}}}"#;
    assert_eq!(files(&request(without).pack(&config).unwrap()).len(), 1);
    assert_eq!(environment(&config)["AWS_REGION"], "eu-central-1");
}
