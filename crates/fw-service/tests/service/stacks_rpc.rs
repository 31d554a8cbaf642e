//! Stacks over gRPC: the same as over REST.

use fw_rpc::stacks::stacks_client::StacksClient;
use fw_rpc::stacks::{CreateRequest, GetRequest, ListRequest, PlanRequest, RunRequest, Source, plan_event, run_event};
use serde_json::{Value, json};
use tonic::metadata::MetadataValue;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use crate::harness::{Service, one};

type Client<F> = StacksClient<InterceptedService<Channel, F>>;

async fn connect(
    service: &Service,
    token: String,
) -> Client<impl FnMut(Request<()>) -> Result<Request<()>, Status> + Clone> {
    let channel = Channel::from_shared(service.address.clone()).unwrap().connect().await.expect("it listens");
    let bearer: MetadataValue<_> = format!("Bearer {token}").parse().unwrap();
    StacksClient::with_interceptor(channel, move |mut request: Request<()>| {
        request.metadata_mut().insert("authorization", bearer.clone());
        Ok(request)
    })
}

fn source(configuration: &Value) -> Option<Source> {
    Some(Source { terraform_json: Some(configuration.to_string()), ..Source::default() })
}

#[tokio::test]
async fn a_stack_from_its_making_to_its_run() {
    let service = Service::start(&[]);
    let mut client = connect(&service, service.token("operator").await).await;
    let wanted = CreateRequest {
        name: "web".to_owned(),
        source: source(&one(&json!("x"))),
        auto_approve: Some(true),
        ..CreateRequest::default()
    };
    let made = client.create(wanted.clone()).await.unwrap().into_inner();
    assert_eq!((made.name.as_str(), made.has_configuration), ("web", true));
    let again = client.create(wanted).await.unwrap_err();
    assert_eq!(again.code(), Code::AlreadyExists);
    let details = again.metadata().get_bin("x-formwork-error-bin").unwrap().to_bytes().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&details).unwrap()["error"], "name_taken");

    let request = PlanRequest { id: made.id.clone(), ..PlanRequest::default() };
    let mut planning = client.plan(request).await.unwrap().into_inner();
    let mut told = Vec::new();
    while let Some(event) = planning.message().await.unwrap() {
        told.push(event.event.unwrap());
    }
    assert!(matches!(told.first(), Some(plan_event::Event::RunId(_))));
    let streamed = told
        .iter()
        .any(|event| matches!(event, plan_event::Event::Progress(text) if text.contains("terraform_data.a")));
    assert!(streamed, "{told:?}");
    let Some(plan_event::Event::Plan(plan)) = told.last() else { panic!("{told:?}") };
    let plan: Value = serde_json::from_str(plan).unwrap();
    assert_eq!(plan["resource_changes"][0]["change"]["actions"], json!(["create"]));

    let request = RunRequest { id: made.id.clone(), follow: true, ..RunRequest::default() };
    let mut running = client.run(request).await.unwrap().into_inner();
    let mut last = None;
    while let Some(event) = running.message().await.unwrap() {
        last = event.event;
    }
    let Some(run_event::Event::Finished(run)) = last else { panic!("{last:?}") };
    assert_eq!(serde_json::from_str::<Value>(&run).unwrap()["status"], "succeeded");
    let found = client.get(GetRequest { id: made.id.clone() }).await.unwrap().into_inner();
    assert_eq!(found.status, "completed");
    let all = client.list(ListRequest::default()).await.unwrap().into_inner().stacks;
    assert_eq!(all, [found]);
}

#[tokio::test]
async fn what_is_wrong_is_said_as_over_rest() {
    let service = Service::start(&["--workers-max=0"]);
    let mut viewer = connect(&service, service.token("viewer").await).await;
    assert!(viewer.list(ListRequest::default()).await.is_ok());
    let wanted = CreateRequest { name: "x".to_owned(), ..CreateRequest::default() };
    assert_eq!(viewer.create(wanted.clone()).await.unwrap_err().code(), Code::PermissionDenied);
    let mut worker = connect(&service, service.token("worker").await).await;
    assert_eq!(worker.list(ListRequest::default()).await.unwrap_err().code(), Code::PermissionDenied);
    let mut nobody = connect(&service, "fw_nobody".to_owned()).await;
    assert_eq!(nobody.list(ListRequest::default()).await.unwrap_err().code(), Code::Unauthenticated);

    let mut operator = connect(&service, service.token("operator").await).await;
    let get = |id: &str| GetRequest { id: id.to_owned() };
    assert_eq!(operator.get(get("x")).await.unwrap_err().code(), Code::NotFound);
    let spoilt = Some(Source { terraform_json: Some("{".to_owned()), ..Source::default() });
    let spoilt = CreateRequest { source: spoilt, ..wanted.clone() };
    assert_eq!(operator.create(spoilt).await.unwrap_err().code(), Code::InvalidArgument);
    let spoilt = CreateRequest { variables: Some("[]".to_owned()), ..wanted.clone() };
    assert_eq!(operator.create(spoilt).await.unwrap_err().code(), Code::InvalidArgument);
    let empty = operator.create(wanted).await.unwrap().into_inner();
    let plan = PlanRequest { id: empty.id, ..PlanRequest::default() };
    assert_eq!(operator.plan(plan).await.unwrap_err().code(), Code::FailedPrecondition);
    let file = service.get("/api/v1/proto/stacks.proto").await;
    assert!(file.text.contains("service Stacks"), "{}", file.text);
    service.get("/api/v1/proto/x").await.expect(404);
}
