//! What comes over gRPC that no worker of ours would send.

use futures::StreamExt as _;
use fw_rpc::worker::worker_client::WorkerClient;
use fw_rpc::worker::{JournalRequest, NextRequest, Piece, Ticket};
use serde_json::{Value, json};
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use crate::harness::{Service, one};

async fn connect(service: &Service) -> WorkerClient<Channel> {
    let client = WorkerClient::connect(service.address.clone()).await.expect("it listens");
    client.max_encoding_message_size(usize::MAX)
}

fn with<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    if !token.is_empty() {
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().expect("a value"));
    }
    request
}

fn asks(name: &str) -> NextRequest {
    NextRequest { id: uuid::Uuid::new_v4().to_string(), name: name.to_owned(), slots: 1, ..NextRequest::default() }
}

fn code<T>(answer: Result<T, Status>) -> Code {
    answer.err().map_or(Code::Ok, |status| status.code())
}

fn pieces(ticket: &Ticket, parts: Vec<Vec<u8>>) -> impl futures::Stream<Item = Piece> + Send + 'static {
    let mut ticket = Some(ticket.clone());
    futures::stream::iter(parts).map(move |content| Piece { ticket: ticket.take(), content: content.into() })
}

#[tokio::test]
async fn only_workers_are_let_in() {
    let service = Service::start(&["--workers-max=0"]);
    let mut client = connect(&service).await;
    for (token, refused) in [
        (String::new(), Code::Unauthenticated),
        ("fw_wrong".to_owned(), Code::Unauthenticated),
        (service.token("viewer").await, Code::PermissionDenied),
        (service.token.clone(), Code::PermissionDenied),
        (service.token("worker").await, Code::Ok),
    ] {
        assert_eq!(code(client.next(with(&token, asks("x"))).await), refused);
    }
    // Nor do workers see anything else.
    let worker = service.token("worker").await;
    let seen = reqwest::Client::new().get(format!("{}/api/v1/runs", service.address)).bearer_auth(worker).send().await;
    assert_eq!(seen.unwrap().status(), 403);
}

#[tokio::test]
async fn garbage_and_too_much_of_it_are_refused() {
    let service = Service::start(&["--workers-max=0"]);
    let token = service.token("worker").await;
    let mut client = connect(&service).await;
    let spoilt = NextRequest { id: "x".to_owned(), ..asks("x") };
    assert_eq!(code(client.next(with(&token, spoilt)).await), Code::InvalidArgument);
    let huge = asks(&"x".repeat(5 << 20));
    assert_eq!(code(client.next(with(&token, huge)).await), Code::OutOfRange);
    assert_eq!(code(client.beat(with(&token, Ticket::default())).await), Code::InvalidArgument);
    let after = JournalRequest { ticket: None, after: u64::MAX };
    assert_eq!(code(client.journal(with(&token, after)).await), Code::InvalidArgument);
    let nobody = Ticket {
        run: uuid::Uuid::new_v4().to_string(),
        worker: uuid::Uuid::new_v4().to_string(),
        attempt: 1,
        ..Ticket::default()
    };
    assert_eq!(code(client.beat(with(&token, nobody.clone())).await), Code::FailedPrecondition);
    let too_much = pieces(&nobody, vec![vec![b'['; 3 << 20]; 30]);
    assert_eq!(code(client.emit(with(&token, too_much)).await), Code::ResourceExhausted);

    // No gRPC at all.
    let url = format!("{}/formwork.worker.v1.Worker/Beat", service.address);
    let http = reqwest::Client::new();
    let garbage = |body: Vec<u8>| {
        http.post(&url).bearer_auth(&token).header("content-type", "application/grpc").body(body).send()
    };
    for body in [Vec::new(), vec![0xff; 100], vec![0, 0xff, 0xff, 0xff, 0xff, 1]] {
        let answer = garbage(body).await.unwrap();
        assert_ne!(answer.headers().get("grpc-status").map(|status| status.to_str().unwrap()), Some("0"));
    }
    assert_eq!(service.get("/api/v1/system/health").await.expect(200)["status"], "healthy");
}

#[tokio::test]
async fn a_step_belongs_to_its_account_and_its_epoch() {
    let service = Service::start(&["--workers-max=0"]);
    let (ours, theirs) = (service.token("worker").await, strangers_token(&service).await);
    let mut client = connect(&service).await;
    let body = json!({"name": "x", "terraform_json": one(&json!("x"))});
    service.post("/api/v1/deployments", &body).await.expect(201);
    let nothing = client.next(with(&theirs, asks("theirs"))).await.unwrap().into_inner();
    assert!(nothing.assignment.is_none(), "the step of another account");
    let all = NextRequest { all_accounts: true, ..asks("theirs") };
    assert_eq!(code(client.next(with(&theirs, all)).await), Code::PermissionDenied);
    let asked = NextRequest { wait: 10_000, ..asks("ours") };
    let got = client.next(with(&ours, asked)).await.unwrap().into_inner();
    let assignment: Value = serde_json::from_slice(&got.assignment.expect("a step")).unwrap();
    assert!(got.lease_within > 0 && got.lease_within <= 20_000);
    let given: fw_run::Ticket = serde_json::from_value(assignment["ticket"].clone()).unwrap();
    let ticket = fw_rpc::wire::ticket(&given);
    assert_eq!(code(client.input(with(&theirs, ticket.clone())).await), Code::FailedPrecondition);
    assert_eq!(code(client.input(with(&ours, ticket.clone())).await), Code::Ok);
    for document in ["", "{", "[1]", "[{\"void\":{}}]"] {
        let sent = pieces(&ticket, vec![document.as_bytes().to_vec()]);
        assert_eq!(code(client.write_journal(with(&ours, sent)).await), Code::InvalidArgument, "{document}");
    }
    let void = json!([{"void": {"op": "create a.b"}}]).to_string().into_bytes();
    let another = Ticket { epoch: ticket.epoch + 1, ..ticket.clone() };
    let late = client.write_journal(with(&ours, pieces(&another, vec![void]))).await;
    assert_eq!(code(late), Code::FailedPrecondition, "an epoch that never was");
    let finish = pieces(&ticket, vec![json!({"outcome": {"type": "stopped"}}).to_string().into_bytes()]);
    assert_ne!(code(client.finish(with(&theirs, finish)).await), Code::Ok);
}

async fn strangers_token(service: &Service) -> String {
    service.post("/api/v1/accounts", &json!({"name": "other"})).await.expect(201);
    let token = json!({"name": "theirs", "role": "worker", "account": "other"});
    service.post("/api/v1/tokens", &token).await.expect(201)["token"].as_str().unwrap().to_owned()
}
