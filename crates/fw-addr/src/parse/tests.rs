//! What is read, what is refused, and with which words: checked against `terraform plan -target` and `import`.

use super::*;

fn refused(text: &str) -> String {
    text.parse::<Target>().unwrap_err().message
}

#[test]
fn round_trips() {
    for text in [
        "module.a",
        "module.a[0]",
        "module.a[\"x\"].module.b",
        "terraform_data.w",
        "terraform_data.w[0]",
        "terraform_data.w[\"a\\\"b\\nc\"]",
        "terraform_data.w[\"$${x} %%{y} $ %\"]",
        "module.x.module.y.data.a.b[\"é\"]",
        "ephemeral.a.b",
        "terraform_data.w-x[1]",
        "output.x",
    ] {
        assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
    }
    assert_eq!("resource.var.x".parse::<Target>().unwrap().to_string(), "var.x");
    assert_eq!("a.b [ 1e3 ]".parse::<Target>().unwrap().to_string(), "a.b[1000]");
    assert_eq!("a.b[12.50e1]".parse::<Target>().unwrap().to_string(), "a.b[125]");
}

#[test]
fn words_of_refusal() {
    let key = "Invalid resource instance key: value must be a whole number, between -9223372036854775808 and \
               9223372036854775807.";
    for (text, message) in [
        ("terraform_data", "Resource specification must include a resource type and name."),
        ("data.x", "Resource specification must include a resource type and name."),
        ("module.a.b", "Resource specification must include a resource type and name."),
        ("foo.bar.baz", "Resource instance key must be given in square brackets."),
        ("module", "Prefix \"module.\" must be followed by a module name."),
        ("module[0].x", "Prefix \"module.\" must be followed by a module name."),
        ("module.", "Dot must be followed by attribute name."),
        ("terraform_data.0", "Dot must be followed by attribute name."),
        ("a.b[", "Index brackets must contain either a literal number or a literal string."),
        ("a.b[-1]", "Index brackets must contain either a literal number or a literal string."),
        ("a.b[*]", "Splat expressions ([*]) may not be used here."),
        ("a.b.*", "Splat expressions (.*) may not be used here."),
        ("a.b[1.5]", key),
        ("a.b[99999999999999999999]", key),
        ("a.b[\"x", "Unable to find the closing quote mark before the end of the file."),
        (
            "a.b[\"${x}\"]",
            "Template sequences are not allowed in this string. To include a literal \"$\", double it (as \"$$\") to \
             escape it.",
        ),
        ("9x.y", "Must begin with a variable name."),
        ("", "Must begin with a variable name."),
        ("a b", "Expected an attribute access or an index operator."),
        ("a.b[0].x", "Unexpected extra operators after address."),
        ("a.b[1.5].x", "Unexpected extra operators after address."),
        ("module.a[0][1]", "Module address prefix must be followed by dot and then a name."),
        ("a[\"w\"]", "A resource name is required."),
        ("a[0].b", "A resource name is required."),
        ("module.a[\"x\"", "Index key must be followed by a closing bracket."),
        ("a.b['x']", "Single quotes are not valid. Use double quotes (\") to enclose strings."),
        ("a.b[\"a\\q\"]", "The symbol \"q\" is not a valid escape sequence selector."),
    ] {
        assert_eq!(refused(text), message, "{text}");
    }
    assert!(refused("module.a.var.x").starts_with("The keyword \"var\" is reserved"));
}

#[test]
fn instances_and_resources() {
    let instance: AbsResourceInstance = "module.m[1].a.b[\"k\"]".parse().unwrap();
    assert_eq!(instance.key, Some(crate::InstanceKey::String("k".into())));
    assert!("module.m".parse::<AbsResourceInstance>().is_err());
    assert!("a.b[0]".parse::<AbsResource>().is_err());
    assert!("module.m[0].a.b".parse::<ConfigResource>().is_err());
    assert_eq!("module.m.a.b".parse::<ConfigResource>().unwrap().to_string(), "module.m.a.b");
    assert!("".parse::<ModuleInstance>().unwrap().is_root());
    assert_eq!("module.a.module.b".parse::<ModulePath>().unwrap().to_string(), "module.a.module.b");
    assert_eq!("data.a.b".parse::<Resource>().unwrap(), Resource::data("a", "b"));
}

#[test]
fn provider_sources() {
    for (text, expected) in [
        ("aws", "registry.terraform.io/hashicorp/aws"),
        ("terraform", "registry.terraform.io/hashicorp/terraform"),
        ("HashiCorp/AWS", "registry.terraform.io/hashicorp/aws"),
        ("Example.COM:8080/a/b", "example.com:8080/a/b"),
        ("example.com:443/a/b", "example.com/a/b"),
        ("ñ.com/a/b", "ñ.com/a/b"),
        ("hashicorp/é", "registry.terraform.io/hashicorp/é"),
        ("-/aws", "registry.terraform.io/-/aws"),
        ("terraform.io/builtin/terraform", "terraform.io/builtin/terraform"),
        ("terraform-provider-aws", "registry.terraform.io/hashicorp/terraform-provider-aws"),
    ] {
        assert_eq!(text.parse::<Provider>().unwrap().to_string(), expected);
    }
    for (text, summary) in [
        ("a/b/c/d", "Invalid provider source string"),
        ("", "Invalid provider source string"),
        ("https://example.com/a/b", "Invalid provider source string"),
        ("a_b/c", "Invalid provider namespace"),
        ("a.b/c", "Invalid provider namespace"),
        ("hashicorp/-aws", "Invalid provider type"),
        ("a/b--c", "Invalid provider type"),
        ("hashicorp/terraform-provider-aws", "Invalid provider type"),
        ("example.com/hashicorp/terraform-x", "Invalid provider type"),
        ("xn--3ug.com/a/b", "Invalid provider source hostname"),
        ("ex ample.com/a/b", "Invalid provider source hostname"),
    ] {
        assert_eq!(text.parse::<Provider>().unwrap_err().summary, summary, "{text}");
    }
    let hint = "hashicorp/terraform-provider-aws".parse::<Provider>().unwrap_err().message;
    assert!(hint.ends_with("Did you mean \"hashicorp/aws\"?"), "{hint}");
}

#[test]
fn provider_configurations() {
    for text in [
        "provider[\"registry.terraform.io/hashicorp/aws\"]",
        "module.a.module.b.provider[\"registry.terraform.io/hashicorp/aws\"].west",
    ] {
        assert_eq!(text.parse::<AbsProviderConfig>().unwrap().to_string(), text);
    }
    let old: AbsProviderConfig = "module.a.provider.aws.west".parse().unwrap();
    assert_eq!(old.to_string(), "module.a.provider[\"registry.terraform.io/-/aws\"].west");
    assert!("module.a[0].provider.aws".parse::<AbsProviderConfig>().is_err());
    assert!("aws".parse::<AbsProviderConfig>().is_err());
    let local: LocalProviderConfig = "aws.west".parse().unwrap();
    assert_eq!((&*local.local_name, local.alias.as_deref()), ("aws", Some("west")));
    assert!("aws.".parse::<LocalProviderConfig>().is_err());
}
