//! Every call there is, in both protocols and over every kind of connection.

use fw_diag::Severity;
use fw_plugin_host::Protocol;
use fw_provider::{
    ImportRequest, ImportTarget, ListRequest, MoveRequest, OpenRequest, PrivateData, Provider as _, ReadDataRequest,
    StoredAttributes, UpgradeRequest,
};
use fw_value::{Path, Type, Value};

use crate::bench::{Bench, body, good, options, text};

const CONNECTIONS: [(&str, &str, bool); 8] = [
    ("5", "unix", true),
    ("5", "unix", false),
    ("5", "tcp", true),
    ("5", "tcp", false),
    ("6", "unix", true),
    ("6", "unix", false),
    ("6", "tcp", true),
    ("6", "tcp", false),
];

/// Everything with all kinds of connection, one after the other.
#[tokio::test]
async fn objects_live_over_every_kind_of_connection() {
    for (protocol, network, tls) in CONNECTIONS {
        let mut options = options(&[("FW_TESTPROVIDER_PROTOCOL", protocol), ("FW_TESTPROVIDER_NETWORK", network)]);
        options.tls = tls;
        let bench = Bench::start_with(options).await;
        let expected = if protocol == "5" { Protocol::V5 } else { Protocol::V6 };
        assert_eq!(bench.plugin.protocol(), expected);
        configure(&bench).await;
        life_of_an_object(&bench).await;
        data_sources(&bench).await;
        bench.plugin.shutdown().await;
    }
}

async fn configure(bench: &Bench) {
    let schemas = bench.schemas().await;
    let config = body(&schemas.provider, vec![("region", "somewhere".into())]);
    good(bench.plugin.validate_provider(config.clone()).await);
    good(bench.plugin.configure(config).await);
}

async fn life_of_an_object(bench: &Bench) {
    let kind = "fwtest_object";
    let tags = |colour: &str| Value::map(Type::String, [("colour", Value::string(colour))]);
    let (none, config) = bench.config(kind, vec![("name", "web".into()), ("tags", tags("red"))]).await;
    good(bench.plugin.validate_resource(&kind.into(), config.clone()).await);
    let plan = good(bench.plan(kind, &none, &config).await);
    assert!(!plan.planned.attr_ref("id").unwrap().is_known());
    assert_eq!(text(&plan.planned, "content"), "default content");
    assert_eq!(plan.private.as_ref(), b"before");
    let made = good(bench.apply(kind, &none, &config, plan).await).value;
    assert_eq!(text(&made, "id"), "web-1");
    assert!(bench.cloud.path().join("fwtest_object.web-1.json").exists());
    assert_eq!(good(bench.plan(kind, &made, &config).await).planned, made);

    let file = bench.cloud.path().join("fwtest_object.web-1.json");
    let drifted = std::fs::read_to_string(&file).unwrap().replace("red", "blue");
    std::fs::write(&file, drifted).unwrap();
    let read = good(bench.read(kind, &made).await).value;
    assert_eq!(read.attr("tags").unwrap(), tags("blue"));

    let (_, bigger) = bench.config(kind, vec![("name", "web".into()), ("size", Value::number(2))]).await;
    let plan = good(bench.plan(kind, &read, &bigger).await);
    assert_eq!(plan.requires_replace, [Path::root().attribute("size")]);
    bench.change(kind, &read, &none).await;
    assert!(!file.exists());
    assert!(good(bench.read(kind, &read).await).value.is_null());
}

async fn data_sources(bench: &Bench) {
    let schema = bench.schemas().await.data_source("fwtest_lookup").unwrap();
    bench.create("fwtest_object", vec![("name", "found".into())]).await;
    let read = async |name: &str| {
        let config = body(&schema, vec![("name", name.into()), ("echo", Value::tuple([Value::number(1)]))]);
        good(bench.plugin.validate_data(&"fwtest_lookup".into(), config.clone()).await);
        let request = ReadDataRequest { kind: "fwtest_lookup".into(), config, provider_meta: None, address: None };
        good(bench.plugin.read_data(request).await)
    };
    let found = read("found").await;
    assert_eq!(text(&found, "id"), "found-1");
    assert_eq!(found.attr("echoed"), Some(Value::tuple([Value::number(1)])));
    assert_eq!(read("lost").await.attr("found"), Some(Value::bool(false)));
}

#[tokio::test]
async fn every_shape_survives_the_way_there_and_back() {
    for protocol in ["5", "6"] {
        let bench = Bench::start(&[("FW_TESTPROVIDER_PROTOCOL", protocol)]).await;
        let object = |name: &str| Value::object([("name", Value::string(name))]);
        let pair = |key: &str, value: Value| Value::object([("key", Value::string(key)), ("value", value)]);
        let mut written = vec![
            ("number", Value::number(fw_value::Number::parse("3.14159265358979323846264338327950288").unwrap())),
            ("texts", Value::tuple([Value::string("é"), Value::null(Type::String)])),
            ("text_set", Value::tuple([Value::string("b"), Value::string("a"), Value::string("b")])),
            ("anything", Value::object([("list", Value::tuple([Value::number(1), Value::string("2")]))])),
            ("list_block", Value::tuple([object("first"), object("second")])),
            ("set_block", Value::tuple([object("y"), object("x")])),
            ("map_block", Value::object([("key", object("in a map"))])),
            ("single_block", object("single")),
            ("dynamic_block", Value::tuple([pair("a", Value::number(1)), pair("b", Value::string("two"))])),
            ("dynamic_map_block", Value::object([("m", pair("a", Value::bool(true)))])),
        ];
        if protocol == "6" {
            written.push(("nested_set", Value::tuple([object("two"), object("one")])));
            written.push(("nested_map", Value::object([("k", object("nested"))])));
        }
        let (none, config) = bench.config("fwtest_shapes", written).await;
        let made = bench.change("fwtest_shapes", &none, &config).await.value;
        assert!(made.is_wholly_known());
        for name in ["number", "texts", "text_set", "anything", "set_block", "dynamic_block", "dynamic_map_block"] {
            assert_eq!(made.attr(name), config.attr(name), "{name}");
        }
        let uid = Path::root().attribute("list_block").index(Value::number(1)).attribute("uid");
        assert_eq!(made.at_path(&uid).unwrap().as_str(), Some("computed-list_block-1-uid"));
        assert_eq!(good(bench.plan("fwtest_shapes", &made, &config).await).planned, made);
        assert_eq!(good(bench.read("fwtest_shapes", &made).await).value, made);
        bench.plugin.shutdown().await;
    }
}

#[tokio::test]
async fn unknown_values_and_their_refinements_reach_the_provider() {
    let bench = Bench::start(&[]).await;
    let prefix = fw_value::Refinement { string_prefix: Some("pre-".into()), not_null: true, ..Default::default() };
    let name = Value::unknown_refined(Type::String, prefix);
    let (none, config) = bench.config("fwtest_object", vec![("name", name.clone()), ("any", Value::dynamic())]).await;
    let plan = good(bench.plan("fwtest_object", &none, &config).await);
    assert_eq!(plan.planned.attr("name"), Some(name));
    assert_eq!(plan.planned.attr("any"), Some(Value::dynamic()));
    bench.plugin.shutdown().await;
}

#[tokio::test]
async fn stored_objects_are_upgraded_moved_and_imported() {
    for protocol in ["5", "6"] {
        let bench = Bench::start(&[("FW_TESTPROVIDER_PROTOCOL", protocol)]).await;
        upgraded(&bench).await;
        moved(&bench).await;
        imported(&bench).await;
        bench.plugin.shutdown().await;
    }
}

async fn upgraded(bench: &Bench) {
    let upgrade =
        |version: i64, stored: StoredAttributes| UpgradeRequest { kind: "fwtest_versioned".into(), version, stored };
    let json = StoredAttributes::Json(r#"{"id":"i","title":"old","note":null}"#.into());
    let value = good(bench.plugin.upgrade(upgrade(0, json)).await).value;
    assert_eq!((text(&value, "name"), text(&value, "id")), ("old", "i"));
    let flat = [("id".to_owned(), "i".to_owned()), ("title".to_owned(), "flat".to_owned())].into();
    let value = good(bench.plugin.upgrade(upgrade(0, StoredAttributes::Flatmap(flat))).await).value;
    assert_eq!(text(&value, "name"), "flat");
    let newer = bench.plugin.upgrade(upgrade(9, StoredAttributes::Json("{}".into()))).await;
    assert_eq!(newer.diagnostics[0].summary, "Unsupported schema version");
}

async fn moved(bench: &Bench) {
    let request = |kind: &str| MoveRequest {
        source_provider: "registry.terraform.io/hashicorp/null".to_owned(),
        source_kind: kind.into(),
        source_version: 0,
        source: r#"{"id":"1","name":"from elsewhere","triggers":{}}"#.into(),
        source_private: PrivateData::from_static(b"private"),
        source_identity: None,
        target_kind: "fwtest_object".into(),
    };
    let moved = good(bench.plugin.move_state(request("null_resource")).await);
    assert_eq!(text(&moved.value, "name"), "from elsewhere");
    assert_eq!(moved.private.as_ref(), b"private");
    let refused = bench.plugin.move_state(request("other_thing")).await;
    assert_eq!(refused.diagnostics[0].summary, "Unable to move resource state");
    assert!(refused.value.is_none());
}

async fn imported(bench: &Bench) {
    bench.create("fwtest_identity", vec![("name", "known".into())]).await;
    let kind = || "fwtest_identity".into();
    let request = ImportRequest { kind: kind(), target: ImportTarget::Id("known-1".to_owned()) };
    let objects = good(bench.plugin.import(request).await).objects;
    let [object] = objects.as_slice() else { panic!("{objects:?}") };
    assert_eq!(text(&object.value, "id"), "known-1");
    let read = good(bench.read("fwtest_identity", &object.value).await);
    assert_eq!(text(&read.value, "name"), "known");
    let identity = read.identity.expect("an identity");
    assert_eq!((text(&identity, "name"), text(&identity, "region")), ("known", "here"));

    let request = ImportRequest { kind: kind(), target: ImportTarget::Identity(identity) };
    let objects = good(bench.plugin.import(request).await).objects;
    assert_eq!(text(&objects[0].value, "id"), "known-1");
    let upgraded = good(bench.plugin.upgrade_identity(&kind(), 0, r#"{"name":"n"}"#.into()).await);
    assert_eq!(text(&upgraded, "region"), "here");
    let several = ImportRequest { kind: kind(), target: ImportTarget::Id("a,b".to_owned()) };
    assert_eq!(good(bench.plugin.import(several).await).objects.len(), 2);
}

#[tokio::test]
async fn ephemeral_resources_are_opened_renewed_and_closed() {
    let bench = Bench::start(&[]).await;
    let kind = "fwtest_token".into();
    let schema = bench.schemas().await.ephemeral_resource("fwtest_token").unwrap();
    let config = body(&schema, vec![("name", "t".into()), ("renew_after", Value::number(60))]);
    good(bench.plugin.validate_ephemeral(&kind, config.clone()).await);
    let opened = good(bench.plugin.open(OpenRequest { kind: kind.clone(), config }).await);
    assert_eq!(text(&opened.value, "token"), "token-t");
    let renewed = good(bench.plugin.renew(&kind, opened.private.clone()).await);
    assert!(renewed.renew_at >= opened.renew_at && opened.renew_at.is_some());
    good(bench.plugin.close(&kind, renewed.private).await);
    let calls = bench.calls();
    assert_eq!(calls[calls.len() - 3..], ["open fwtest_token t", "renew fwtest_token t", "close fwtest_token t"]);
    bench.plugin.shutdown().await;
}

#[tokio::test]
async fn functions_are_called_with_their_types() {
    for protocol in ["5", "6"] {
        let bench = Bench::start(&[("FW_TESTPROVIDER_PROTOCOL", protocol)]).await;
        let call = async |name: &str, arguments: Vec<Value>| bench.plugin.call_function(name, arguments).await;
        assert_eq!(call("upper", vec!["a".into()]).await, Ok("A".into()));
        assert_eq!(call("glue", vec!["-".into(), "a".into(), "b".into()]).await, Ok("a-b".into()));
        assert_eq!(call("describe", vec![Value::dynamic()]).await, Ok("unknown".into()));
        let numbers = Value::list(Type::Number, [Value::number(1), Value::number(2)]);
        assert_eq!(call("total", vec![numbers]).await, Ok(Value::number(3)));
        let refused = call("refuse", vec!["a".into(), Value::number(1)]).await;
        assert_eq!(refused, Err(("the second argument is never right".to_owned(), Some(1))));
        assert_eq!(call("fail", vec!["why".into()]).await, Err(("why".to_owned(), None)));
        assert!(call("nothing", vec![]).await.is_err());
        assert!(call("upper", vec![]).await.is_err());
        let signature = bench.schemas().await.function("glue").unwrap();
        assert_eq!(signature.variadic.as_ref().map(|v| &v.ty), Some(&Type::String));
        bench.plugin.shutdown().await;
    }
}

#[tokio::test]
async fn lists_and_actions_in_both_protocols() {
    for protocol in ["5", "6"] {
        let bench = Bench::start(&[("FW_TESTPROVIDER_PROTOCOL", protocol)]).await;
        let schemas = bench.schemas().await;
        for name in ["a-one", "a-two", "b"] {
            bench.create("fwtest_identity", vec![("name", name.into())]).await;
        }
        let kind = "fwtest_identity".into();
        let config = body(&schemas.lists.get("fwtest_identity").unwrap(), vec![("prefix", "a".into())]);
        let limit = Value::number(2);
        good(bench.plugin.validate_list(&kind, config.clone(), Value::bool(true), limit).await);
        let request = |limit| ListRequest { kind: kind.clone(), config: config.clone(), include_resource: true, limit };
        let found = good(bench.plugin.list(request(10)).await);
        let names: Vec<_> = found.iter().map(|one| text(&one.identity, "name")).collect();
        assert_eq!((names, found[0].display_name.as_str()), (vec!["a-one", "a-two"], "Object a-one"));
        let object = found[1].object.clone().unwrap();
        assert_eq!(text(&object, "id"), "a-two-1");
        assert_eq!(good(bench.plugin.list(request(1)).await).len(), 1);
        let generated = good(bench.plugin.generate_config(&kind, object).await);
        assert!(generated.attr("id").unwrap().is_null() && text(&generated, "name") == "a-two");

        let kind = "fwtest_notify".into();
        let schema = schemas.actions.get("fwtest_notify").unwrap();
        let config = body(&schema, vec![("name", "n".into()), ("steps", Value::number(2))]);
        good(bench.plugin.validate_action(&kind, config.clone()).await);
        good(bench.plugin.plan_action(&kind, config.clone()).await);
        let told = std::sync::Mutex::new(Vec::new());
        let progress = |text: &str| told.lock().unwrap().push(text.to_owned());
        good(bench.plugin.invoke_action(&kind, config, &progress).await);
        assert_eq!(told.into_inner().unwrap(), ["step 1 of 2", "step 2 of 2"]);
        let failing = r#"{"invoke": {"error": "no"}}"#;
        let config = body(&schema, vec![("name", "n".into()), ("script", failing.into())]);
        assert_eq!(bench.plugin.invoke_action(&kind, config, &|_| ()).await.diagnostics[0].summary, "no");
        bench.plugin.shutdown().await;
    }
}

#[tokio::test]
async fn schemas_say_what_the_catalogue_says() {
    let bench = Bench::start(&[]).await;
    let schemas = bench.schemas().await;
    let object = schemas.resource("fwtest_object").unwrap();
    assert!(object.block.attributes["secret"].sensitive);
    assert!(object.block.attributes["old_name"].deprecated);
    assert!(schemas.resource("fwtest_writeonly").unwrap().block.attributes["password_wo"].write_only);
    assert_eq!(schemas.resource("fwtest_shapes").unwrap().version, 3);
    assert_eq!(schemas.identity("fwtest_identity").unwrap().version, 1);
    assert!(schemas.capabilities.plan_destroy && schemas.capabilities.schema_optional);
    assert!(schemas.provider_meta.is_some());
    for table in [&schemas.resources, &schemas.data_sources, &schemas.ephemeral] {
        assert!(table.names().all(|name| table.problem(name).is_none()));
    }
    assert_eq!(schemas.resources.all().count(), schemas.resources.len());
    bench.plugin.shutdown().await;
}

#[tokio::test]
async fn a_provider_without_identities_is_fine() {
    let bench = Bench::start(&[("FW_TESTPROVIDER_NO_IDENTITY", "1")]).await;
    assert!(bench.schemas().await.identities.is_empty());
    bench.plugin.shutdown().await;
}

#[tokio::test]
async fn warnings_and_errors_carry_their_places() {
    let bench = Bench::scripted(
        r#"{"validate": {
            "warning": {"summary": "Careful", "detail": "with the tag", "path": "tags[\"colour\"]"},
            "error": ["First", {"summary": "Second", "path": "depends[1]"}]}}"#,
    )
    .await;
    let (_, config) = bench.config("fwtest_object", vec![("name", "n".into())]).await;
    let answer = bench.plugin.validate_resource(&"fwtest_object".into(), config).await;
    assert!(answer.value.is_none());
    let [careful, first, second] = answer.diagnostics.as_slice() else { panic!("{:?}", answer.diagnostics) };
    assert_eq!((careful.severity, careful.detail.as_str()), (Severity::Warning, "with the tag"));
    assert_eq!(careful.attribute, Some(Path::root().attribute("tags").index("colour".into())));
    assert_eq!((first.severity, first.attribute.as_ref()), (Severity::Error, None));
    assert_eq!(second.attribute, Some(Path::root().attribute("depends").index(Value::number(1))));
    bench.plugin.shutdown().await;
}
