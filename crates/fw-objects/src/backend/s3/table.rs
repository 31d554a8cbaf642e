//! A table of DynamoDB beside the bucket, where it is written whose the objects are. Two installations with the same place
//! would throw away what is the other's, as each only knows what it needs itself. The table is made when it is missing.

use std::time::Duration;

use bytes::Bytes;
use object_store::ClientOptions;
use object_store::aws::{AmazonS3, AwsAuthorizer};
use object_store::client::{HttpClient, HttpConnector, HttpRequest, HttpRequestBody, ReqwestConnector};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::Place;
use super::bucket::region;
use crate::error::BackendError;

/// The name of the attribute is the one that terraform's tables of locks have.
const KEY: &str = "LockID";
/// How often it is looked whether a new table is ready, and how long between.
const LOOKS: u32 = 60;
const BETWEEN: Duration = Duration::from_secs(1);

/// Notes that the objects are this owner's, or says that they are another's.
pub(super) async fn claim(store: &AmazonS3, place: &Place, table: &str, owner: &str) -> Result<(), BackendError> {
    let region = region(place);
    let client = ReqwestConnector::default().connect(&ClientOptions::new().with_allow_http(true))?;
    let url = match &place.endpoint {
        Some(endpoint) => format!("{}/", endpoint.trim_end_matches('/')),
        None => format!("https://dynamodb.{region}.amazonaws.com/"),
    };
    let requests = Requests { store, client, region: &region, url };
    requests.ensure(table).await?;
    let whose = format!("{}/{}", place.bucket, place.prefix);
    let item = json!({
        "TableName": table,
        "Item": {KEY: {"S": whose}, "Owner": {"S": owner}},
        "ConditionExpression": "attribute_not_exists(LockID) OR #owner = :owner",
        "ExpressionAttributeNames": {"#owner": "Owner"},
        "ExpressionAttributeValues": {":owner": {"S": owner}},
    });
    match requests.ask("PutItem", &item).await? {
        Answer::Done(_) => Ok(()),
        Answer::Refused(kind, _) if kind == "ConditionalCheckFailedException" => {
            Err(format!("the objects at `{whose}` belong to another installation, says the table `{table}`").into())
        }
        Answer::Refused(kind, message) => Err(refused(table, &kind, &message)),
    }
}

fn refused(table: &str, kind: &str, message: &str) -> BackendError {
    format!("the table `{table}` cannot be used: {kind}: {message}").into()
}

enum Answer {
    Done(Value),
    /// The kind of the error, and what it says.
    Refused(String, String),
}

struct Requests<'a> {
    store: &'a AmazonS3,
    client: HttpClient,
    region: &'a str,
    url: String,
}

impl Requests<'_> {
    /// Sees that the table is there and ready.
    async fn ensure(&self, table: &str) -> Result<(), BackendError> {
        for _look in 0..LOOKS {
            match self.ask("DescribeTable", &json!({"TableName": table})).await? {
                Answer::Done(told) if told["Table"]["TableStatus"] == "ACTIVE" => return Ok(()),
                Answer::Done(_) => tokio::time::sleep(BETWEEN).await,
                Answer::Refused(kind, _) if kind == "ResourceNotFoundException" => self.create(table).await?,
                // Who may not look at the table may still use it.
                Answer::Refused(kind, _) if kind == "AccessDeniedException" => return Ok(()),
                Answer::Refused(kind, message) => return Err(refused(table, &kind, &message)),
            }
        }
        Err(format!("the table `{table}` does not become ready").into())
    }

    async fn create(&self, table: &str) -> Result<(), BackendError> {
        let wanted = json!({
            "TableName": table,
            "AttributeDefinitions": [{"AttributeName": KEY, "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": KEY, "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        });
        match self.ask("CreateTable", &wanted).await? {
            Answer::Done(_) => Ok(()),
            // Another one makes it.
            Answer::Refused(kind, _) if kind == "ResourceInUseException" => Ok(()),
            Answer::Refused(kind, message) => Err(refused(table, &kind, &message)),
        }
    }

    async fn ask(&self, action: &str, body: &Value) -> Result<Answer, BackendError> {
        let mut request = HttpRequest::new(HttpRequestBody::from(Bytes::from(body.to_string())));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.parse()?;
        let headers = request.headers_mut();
        headers.insert("content-type", "application/x-amz-json-1.0".parse()?);
        headers.insert("x-amz-target", format!("DynamoDB_20120810.{action}").parse()?);
        let credential = self.store.credentials().get_credential().await?;
        AwsAuthorizer::new(&credential, "dynamodb", self.region).try_authorize(&mut request, None)?;
        let response = self.client.execute(request).await?;
        let status = response.status();
        let told: Value = serde_json::from_slice(&response.into_body().bytes().await?).unwrap_or_default();
        if status == StatusCode::OK {
            return Ok(Answer::Done(told));
        }
        // `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException`
        let kind = told["__type"].as_str().unwrap_or_default().rsplit('#').next().unwrap_or_default();
        let message = told["message"].as_str().or(told["Message"].as_str()).unwrap_or_default();
        let kind = if kind.is_empty() { status.to_string() } else { kind.to_owned() };
        Ok(Answer::Refused(kind, message.to_owned()))
    }
}
