//! Configurations made by rule.

use std::fmt::Write;

const TAKES_ALL: &str = "a string takes all";

/// Blocks that know nothing of each other.
pub(super) fn independent(number: usize) -> String {
    let mut text = String::new();
    for index in 0..number {
        writeln!(text, "resource \"terraform_data\" \"r{index}\" {{\n  input = \"value {index}\"\n}}")
            .expect(TAKES_ALL);
    }
    text
}

/// One block with that many instances.
pub(super) fn counted(number: usize) -> String {
    format!("resource \"terraform_data\" \"r\" {{\n  count = {number}\n  input = \"value ${{count.index}}\"\n}}\n")
}

/// Two blocks with that many instances each, where one of the second refers to one of the first.
pub(super) fn pairs(number: usize) -> String {
    format!(
        "resource \"terraform_data\" \"a\" {{\n  count = {number}\n  input = \"value ${{count.index}}\"\n}}\n\n\
         resource \"terraform_data\" \"b\" {{\n  count = {number}\n  input = terraform_data.a[count.index].output\n}}\n"
    )
}

/// Blocks of which each refers to the one before.
pub(super) fn chain(number: usize) -> String {
    let mut text = "resource \"terraform_data\" \"r0\" {\n  input = \"start\"\n}\n".to_owned();
    for index in 1..number {
        let before = index - 1;
        writeln!(text, "resource \"terraform_data\" \"r{index}\" {{\n  input = terraform_data.r{before}.output\n}}")
            .expect(TAKES_ALL);
    }
    text
}

/// Calls of one module, each with that many instances of a resource.
pub(super) fn modules(calls: usize) -> String {
    format!(
        "module \"part\" {{\n  source   = \"./part\"\n  for_each = toset([for n in range({calls}) : tostring(n)])\n  \
         name     = each.key\n}}\n"
    )
}

/// The module that [`modules`] calls.
pub(super) fn part(instances: usize) -> String {
    format!(
        "variable \"name\" {{}}\n\nresource \"terraform_data\" \"r\" {{\n  \
         for_each = toset([for n in range({instances}) : tostring(n)])\n  input    = \"${{var.name}} ${{each.key}}\"\n}}\n\n\
         output \"ids\" {{\n  value = [for r in terraform_data.r : r.id]\n}}\n"
    )
}

/// Instances whose state takes 100 KB each: the input and, once more, the output.
pub(super) fn large(instances: usize) -> String {
    format!(
        "variable \"changed\" {{\n  default = -1\n}}\n\nlocals {{\n  text = join(\"\", [for n in range(500) : \
         \"a line of about one hundred characters, as they stand in the states of certificates and documents ${{n}}\\n\"])\n}}\n\n\
         resource \"terraform_data\" \"r\" {{\n  count = {instances}\n  \
         input = \"${{count.index == var.changed ? \"changed\" : count.index}} ${{local.text}}\"\n}}\n"
    )
}

/// As many lines of everyday language as asked for, in blocks of ten.
pub(super) fn lines(number: usize) -> String {
    let mut text = "variable \"name\" {\n  default = \"n\"\n}\n\n".to_owned();
    for index in 0..number / 10 {
        write!(
            text,
            "# Block {index}.\nresource \"terraform_data\" \"r{index}\" {{\n  input = {{\n    \
             name = \"${{var.name}}-{index}\"\n    tags = {{ for n in [\"a\", \"b\", \"c\"] : n => upper(\"${{n}}-{index}\") }}\n    \
             size = {index} % 7 == 0 ? {index} : length(var.name)\n  }}\n  triggers_replace = [var.name, {index}]\n}}\n\n"
        )
        .expect(TAKES_ALL);
    }
    text
}

/// The AWS provider, at an emulator.
const AWS: &str = r#"terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "endpoint" {}

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "bench"
  secret_key                  = "bench"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {
    ec2      = var.endpoint
    iam      = var.endpoint
    s3       = var.endpoint
    sts      = var.endpoint
  }
}
"#;

/// Thirteen resources of a network and what belongs to it.
pub(super) fn aws_network() -> String {
    let mut text = AWS.to_owned();
    text += "\nresource \"aws_vpc\" \"v\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n";
    for index in 0..4 {
        write!(
            text,
            "\nresource \"aws_subnet\" \"s{index}\" {{\n  vpc_id     = aws_vpc.v.id\n  cidr_block = \"10.0.{index}.0/24\"\n}}\n\n\
             resource \"aws_security_group\" \"g{index}\" {{\n  name   = \"g{index}\"\n  vpc_id = aws_vpc.v.id\n}}\n\n\
             resource \"aws_s3_bucket\" \"b{index}\" {{\n  bucket = \"bench-{index}\"\n}}\n"
        )
        .expect(TAKES_ALL);
    }
    text
}

/// Policies that know nothing of each other.
pub(super) fn aws_policies(number: usize) -> String {
    format!(
        "{AWS}\nresource \"aws_iam_policy\" \"p\" {{\n  count = {number}\n  name  = \"p${{count.index}}\"\n  policy = jsonencode({{\n    \
         Version = \"2012-10-17\"\n    Statement = [{{ Effect = \"Allow\", Action = \"s3:GetObject\", \
         Resource = \"arn:aws:s3:::b${{count.index}}/*\" }}]\n  }})\n}}\n\noutput \"arns\" {{\n  value = aws_iam_policy.p[*].arn\n}}\n"
    )
}
