//! Signed calls of AWS, repeated where they fail for a passing reason.

use std::time::SystemTime;

use super::Credentials;
use super::endpoint::{Endpoints, Service};
use super::sign::sign;
use super::xml::element;
use crate::transport::{Answer, Request, Retries, Transport};

/// A client of AWS.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    pub(crate) transport: Transport,
    pub(crate) endpoints: Endpoints,
    pub(crate) credentials: Credentials,
    pub(crate) retries: Retries,
}

/// Why a call has failed.
#[derive(Clone, Debug)]
pub(crate) struct CallError {
    /// The service and what was called.
    service: Service,
    operation: &'static str,
    /// The status, where there was an answer.
    pub(crate) status: Option<u16>,
    /// What the service calls the error.
    pub(crate) code: String,
    message: String,
    request_id: String,
    host_id: String,
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "operation error {}: {}, ", self.service.title(), self.operation)?;
        let Some(status) = self.status else { return f.write_str(&self.message) };
        write!(f, "https response error StatusCode: {status}, RequestID: {}", self.request_id)?;
        if self.service == Service::S3 {
            write!(f, ", HostID: {}", self.host_id)?;
        }
        match (self.service, self.code.is_empty()) {
            (_, true) => write!(f, ", {}", self.message),
            (Service::DynamoDb | Service::Kms, false) => write!(f, ", {}: {}", self.code, self.message),
            (_, false) => write!(f, ", api error {}: {}", self.code, self.message),
        }
    }
}

impl Aws {
    /// Calls an operation of a service; anything but success is an error.
    pub(crate) fn call(
        &self,
        service: Service,
        operation: &'static str,
        request: &Request,
    ) -> Result<Answer, CallError> {
        let region = self.endpoints.region_of(service);
        let prepare = || sign(request.clone(), &self.credentials, (region, service.name()), SystemTime::now());
        let (_, result) = self.transport.send_patiently(self.retries, prepare);
        let failed = |status, code: String, message: String| CallError {
            service,
            operation,
            status,
            code,
            message,
            request_id: String::new(),
            host_id: String::new(),
        };
        match result {
            Err(failure) => Err(failed(None, String::new(), failure.why)),
            Ok(answer) if answer.is_success() => Ok(answer),
            Ok(answer) => {
                let (code, message) = told(&answer);
                let id = ["x-amz-request-id", "x-amzn-requestid"].iter().find_map(|name| answer.header(name));
                Err(CallError {
                    request_id: id.unwrap_or_default().to_owned(),
                    host_id: answer.header("x-amz-id-2").unwrap_or_default().to_owned(),
                    ..failed(Some(answer.status), code, message)
                })
            }
        }
    }
}

/// What an answer says went wrong: XML or JSON.
fn told(answer: &Answer) -> (String, String) {
    let text = answer.text();
    if let Some(code) = element(&text, "Code") {
        return (code, element(&text, "Message").unwrap_or_default());
    }
    if let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) {
        let field =
            |names: [&str; 2]| names.iter().find_map(|name| json.get(name)?.as_str()).unwrap_or_default().to_owned();
        let code = field(["__type", "code"]);
        let code = code.rsplit('#').next().unwrap_or_default().to_owned();
        return (code, field(["message", "Message"]));
    }
    // Answers to HEAD say nothing.
    let named = match answer.status {
        404 => "NotFound",
        403 => "Forbidden",
        400 => "BadRequest",
        412 => "PreconditionFailed",
        _ => "",
    };
    (named.to_owned(), if named.is_empty() { text } else { status_text(named).to_owned() })
}

fn status_text(code: &str) -> &str {
    match code {
        "NotFound" => "Not Found",
        "BadRequest" => "Bad Request",
        "PreconditionFailed" => "Precondition Failed",
        other => other,
    }
}
