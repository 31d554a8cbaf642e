//! The table of DynamoDB that holds locks, and digests of states by which a stale one is known.

use fw_store::LockInfo;
use serde_json::{Value as Json, json};

use crate::aws::{Aws, CallError, Service};
use crate::transport::Request;

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) aws: Aws,
    pub(super) name: String,
}

impl Table {
    pub(super) fn call(&self, operation: &'static str, parameters: &Json) -> Result<Json, CallError> {
        let (address, _) = self.aws.endpoints.address(Service::DynamoDb);
        let request = Request::new("POST", format!("{address}/"))
            .header("Content-Type", "application/x-amz-json-1.0")
            .header("X-Amz-Target", format!("DynamoDB_20120810.{operation}"))
            .body(parameters.to_string());
        let answer = self.aws.call(Service::DynamoDb, operation, &request)?;
        Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    fn item(&self, id: &str, field: &str) -> Result<Option<String>, CallError> {
        let found = self.call(
            "GetItem",
            &json!({
                "TableName": self.name,
                "Key": { "LockID": { "S": id } },
                "ProjectionExpression": format!("LockID, {field}"),
                "ConsistentRead": true,
            }),
        )?;
        Ok(found.pointer(&format!("/Item/{field}/S")).and_then(Json::as_str).map(str::to_owned))
    }

    /// Takes the lock of a path.
    pub(super) fn lock(&self, path: &str, info: &str) -> Result<(), CallError> {
        let item = json!({ "LockID": { "S": path }, "Info": { "S": info } });
        let condition = "attribute_not_exists(LockID)";
        self.call("PutItem", &json!({ "TableName": self.name, "Item": item, "ConditionExpression": condition }))
            .map(drop)
    }

    /// Who holds the lock of a path, with the text that says so.
    pub(super) fn holder(&self, path: &str) -> Result<(LockInfo, String), String> {
        let text = self.item(path, "Info").map_err(|error| error.to_string())?;
        let text =
            text.ok_or_else(|| format!("no lock info found for: \"{path}\" within the DynamoDB table: {}", self.name))?;
        let info = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Ok((info, text))
    }

    /// Gives back the lock that was found.
    pub(super) fn unlock(&self, path: &str, found: &str) -> Result<(), CallError> {
        let parameters = json!({
            "TableName": self.name,
            "Key": { "LockID": { "S": path } },
            "ConditionExpression": "Info = :info",
            "ExpressionAttributeValues": { ":info": { "S": found } },
        });
        self.call("DeleteItem", &parameters).map(drop)
    }

    /// The digest of the state of a path.
    pub(super) fn digest(&self, path: &str) -> Result<Option<String>, CallError> {
        self.item(&format!("{path}-md5"), "Digest").map(|found| found.filter(|digest| !digest.is_empty()))
    }

    /// Notes the digest of the state of a path.
    pub(super) fn note_digest(&self, path: &str, digest: &str) -> Result<(), CallError> {
        let item = json!({ "LockID": { "S": format!("{path}-md5") }, "Digest": { "S": digest } });
        self.call("PutItem", &json!({ "TableName": self.name, "Item": item })).map(drop)
    }

    /// Forgets the digest of the state of a path.
    pub(super) fn forget_digest(&self, path: &str) -> Result<(), CallError> {
        let key = json!({ "LockID": { "S": format!("{path}-md5") } });
        self.call("DeleteItem", &json!({ "TableName": self.name, "Key": key })).map(drop)
    }
}
