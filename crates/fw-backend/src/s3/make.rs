//! Makes the bucket and the table where they are missing, for `init -create-backend`.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::bucket::Bucket;
use super::table::Table;
use crate::aws::{CallError, Service};
use crate::transport::Request;

/// The region whose buckets are made without naming it.
const DEFAULT_REGION: &str = "us-east-1";
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
/// How often a new table is looked at, and how long between.
const LOOKS: u32 = 60;
const PAUSE: Duration = Duration::from_millis(500);

/// Makes a bucket that is not there, with versioning on; whether it was made.
pub(super) fn bucket(bucket: &Bucket) -> Result<bool, CallError> {
    let aws = &bucket.aws;
    let call = |method, query: &str, operation, body: String| {
        let request = Request::new(method, format!("{}{query}", bucket.url(""))).body(body);
        aws.call(Service::S3, operation, &request)
    };
    match call("HEAD", "", "HeadBucket", String::new()) {
        Err(error) if error.status == Some(404) => {}
        // Who may not look at the bucket itself may still use what is in it.
        Err(error) if error.status == Some(403) => return Ok(false),
        Err(error) => return Err(error),
        Ok(_) => return Ok(false),
    }
    let region = aws.endpoints.region_of(Service::S3);
    let location = match region {
        DEFAULT_REGION => String::new(),
        other => format!(
            "<CreateBucketConfiguration xmlns=\"{NAMESPACE}\"><LocationConstraint>{other}</LocationConstraint>\
             </CreateBucketConfiguration>"
        ),
    };
    match call("PUT", "", "CreateBucket", location) {
        // Another one of ours made it meanwhile.
        Err(error) if error.code == "BucketAlreadyOwnedByYou" => return Ok(false),
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    let versioning =
        format!("<VersioningConfiguration xmlns=\"{NAMESPACE}\"><Status>Enabled</Status></VersioningConfiguration>");
    call("PUT", "?versioning=", "PutBucketVersioning", versioning).map(|_| true)
}

/// Makes a table that is not there, and waits until it can be used; whether it was made.
pub(super) fn table(table: &Table) -> Result<bool, CallError> {
    if status(table)?.is_some() {
        return Ok(false);
    }
    let made = table.call(
        "CreateTable",
        &json!({
            "TableName": table.name,
            "AttributeDefinitions": [{ "AttributeName": "LockID", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "LockID", "KeyType": "HASH" }],
            "BillingMode": "PAY_PER_REQUEST",
        }),
    );
    match made {
        // Another one makes it just now.
        Err(error) if error.code == "ResourceInUseException" => {}
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    for _ in 0..LOOKS {
        if status(table)?.as_deref() == Some("ACTIVE") {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    Ok(true)
}

/// What a table is at; `None` where there is none.
fn status(table: &Table) -> Result<Option<String>, CallError> {
    match table.call("DescribeTable", &json!({ "TableName": table.name })) {
        Err(error) if error.code == "ResourceNotFoundException" => Ok(None),
        Err(error) => Err(error),
        Ok(found) => {
            Ok(Some(found.pointer("/Table/TableStatus").and_then(Json::as_str).unwrap_or_default().to_owned()))
        }
    }
}
