//! Sees that the bucket is there, and makes it with versioning on when it is not. The client for objects has no such
//! requests, but signs ours.

use bytes::Bytes;
use object_store::ClientOptions;
use object_store::aws::{AmazonS3, AwsAuthorizer};
use object_store::client::{HttpClient, HttpConnector, HttpRequest, HttpRequestBody, ReqwestConnector};
use reqwest::{Method, StatusCode};

use super::Place;
use crate::error::BackendError;

const DEFAULT_REGION: &str = "us-east-1";
const VERSIONING: &str = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                          <Status>Enabled</Status></VersioningConfiguration>";

pub(super) async fn ensure(store: &AmazonS3, place: &Place) -> Result<(), BackendError> {
    let region = region(place);
    let client = ReqwestConnector::default().connect(&ClientOptions::new().with_allow_http(true))?;
    let requests = Requests { store, client, region: &region, url: url(place, &region) };
    match requests.send(Method::HEAD, "", String::new()).await? {
        StatusCode::NOT_FOUND => {}
        // Who may not look at the bucket itself may still use what is in it.
        _ => return Ok(()),
    }
    let location = match region.as_str() {
        DEFAULT_REGION => String::new(),
        other => format!(
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <LocationConstraint>{other}</LocationConstraint></CreateBucketConfiguration>"
        ),
    };
    match requests.send(Method::PUT, "", location).await? {
        // Another one made it meanwhile.
        status if status.is_success() || status == StatusCode::CONFLICT => {}
        status => return Err(format!("the bucket `{}` cannot be made: {status}", place.bucket).into()),
    }
    match requests.send(Method::PUT, "?versioning=", VERSIONING.to_owned()).await? {
        status if status.is_success() => Ok(()),
        status => Err(format!("versioning of the bucket `{}` cannot be switched on: {status}", place.bucket).into()),
    }
}

pub(super) fn region(place: &Place) -> String {
    let environment = || ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| std::env::var(name).ok());
    place.region.clone().or_else(environment).unwrap_or_else(|| DEFAULT_REGION.to_owned())
}

fn url(place: &Place, region: &str) -> String {
    match &place.endpoint {
        Some(endpoint) => format!("{}/{}", endpoint.trim_end_matches('/'), place.bucket),
        None => format!("https://s3.{region}.amazonaws.com/{}", place.bucket),
    }
}

struct Requests<'a> {
    store: &'a AmazonS3,
    client: HttpClient,
    region: &'a str,
    url: String,
}

impl Requests<'_> {
    async fn send(&self, method: Method, query: &str, body: String) -> Result<StatusCode, BackendError> {
        let mut request = HttpRequest::new(HttpRequestBody::from(Bytes::from(body)));
        *request.method_mut() = method;
        *request.uri_mut() = format!("{}{query}", self.url).parse()?;
        let credential = self.store.credentials().get_credential().await?;
        AwsAuthorizer::new(&credential, "s3", self.region).try_authorize(&mut request, None)?;
        Ok(self.client.execute(request).await?.status())
    }
}
