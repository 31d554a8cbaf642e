//! A worker's side: [`Control`] over one outbound connection, which is made anew whenever it breaks.
//!
//! Calls are not made again here: whoever called knows whether that helps. Every call has a deadline, and a server that has
//! gone silent is noticed by its missing answers to pings.

mod address;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use fw_run::{
    Assignment, Beat, Control, ControlError, Digest, Finish, JournalEntry, JournalWrite, Millis, NewState, Output,
    StateRef, StepInput, Ticket, Time, WorkerInfo,
};
use serde::Serialize;
use tokio::sync::watch;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status, Streaming};

pub use address::{Address, AddressError};

use crate::wire::{self, LARGEST_MESSAGE, LARGEST_WHOLE};
use crate::worker::beat_reply::Verdict;
use crate::worker::worker_client::WorkerClient;
use crate::worker::{GetObjectRequest, JournalRequest, NextRequest, Piece, SaveStateRequest};

/// How long an answer may take that has nothing to wait for.
const PATIENCE: Duration = Duration::from_secs(30);
/// The slowest connection for which an upload is given its time: bytes a second.
const SLOWEST: u64 = 64 * 1024;

/// Puts the token beside every call.
#[derive(Clone)]
struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

type Client = WorkerClient<InterceptedService<Channel, Bearer>>;

/// The service on another machine.
pub struct Remote {
    client: Client,
    all_accounts: bool,
    turned_away: watch::Sender<Option<String>>,
    /// Whether the last call was answered; nothing before the first one.
    answered: Mutex<Option<bool>>,
}

impl Remote {
    /// Speaks to a server from now on; the connection is made with the first call.
    ///
    /// # Errors
    /// The address or the token can't be used.
    pub fn new(address: &Address, token: &str, all_accounts: bool) -> Result<Self, AddressError> {
        let mut bearer: MetadataValue<Ascii> =
            format!("Bearer {token}").parse().map_err(|_error| AddressError::Token)?;
        bearer.set_sensitive(true);
        let client = WorkerClient::with_interceptor(address.channel()?, Bearer(bearer))
            .max_decoding_message_size(LARGEST_MESSAGE)
            .max_encoding_message_size(LARGEST_MESSAGE);
        Ok(Self { client, all_accounts, turned_away: watch::Sender::new(None), answered: Mutex::default() })
    }

    /// Returns once the server has said that it does not want this worker, and why: asking again is no use.
    pub async fn turned_away(&self) -> String {
        let mut heard = self.turned_away.subscribe();
        loop {
            if let Some(why) = heard.borrow_and_update().clone() {
                return why;
            }
            if heard.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    fn error(&self, status: &Status) -> ControlError {
        if matches!(status.code(), Code::Unauthenticated | Code::PermissionDenied) {
            self.turned_away.send_replace(Some(status.message().to_owned()));
        }
        let error = wire::read_status(status);
        if let ControlError::Unavailable(message) = &error {
            self.note(false, message);
        }
        error
    }

    /// Tells people when the server is gone, and when it is back.
    fn note(&self, answered: bool, message: &str) {
        let before = self.answered.lock().unwrap_or_else(PoisonError::into_inner).replace(answered);
        match (before, answered) {
            (Some(true), true) | (Some(false), false) => {}
            (None | Some(false), true) => tracing::info!("the server answers"),
            (None | Some(true), false) => tracing::warn!(message, "the server does not answer; it is asked again"),
        }
    }

    /// Waits for an answer, but not for ever.
    async fn ask<T>(
        &self,
        within: Duration,
        call: impl Future<Output = Result<Response<T>, Status>> + Send,
    ) -> Result<T, ControlError> {
        match tokio::time::timeout(within, call).await {
            Ok(Ok(response)) => {
                self.note(true, "");
                Ok(response.into_inner())
            }
            Ok(Err(status)) => Err(self.error(&status)),
            Err(_elapsed) => Err(self.error(&silent(within))),
        }
    }

    /// Takes in what comes in pieces. As long as some come it may take its time.
    async fn whole(&self, stream: Streaming<Piece>) -> Result<Bytes, ControlError> {
        let patient = futures::stream::unfold(Some(stream), |stream| async move {
            let mut stream = stream?;
            match tokio::time::timeout(PATIENCE, stream.message()).await {
                Ok(Ok(Some(piece))) => Some((Ok(piece), Some(stream))),
                Ok(Ok(None)) => None,
                Ok(Err(status)) => Some((Err(status), None)),
                Err(_elapsed) => Some((Err(Status::unavailable("the server has fallen silent")), None)),
            }
        });
        let gathered = wire::gather(Box::pin(patient), LARGEST_WHOLE).await;
        gathered.map(|(_, whole)| whole).map_err(|status| self.error(&status))
    }
}

fn silent(within: Duration) -> Status {
    Status::unavailable(format!("there was no answer within {} s", within.as_secs()))
}

/// Something whole as an upload, and how long it may take.
fn upload(ticket: &Ticket, whole: Bytes) -> (impl futures::Stream<Item = Piece> + Send + 'static, Duration) {
    let within = PATIENCE + Duration::from_secs(whole.len() as u64 / SLOWEST);
    (futures::stream::iter(wire::pieces(Some(wire::ticket(ticket)), whole)), within)
}

fn upload_document<T: Serialize>(
    ticket: &Ticket,
    value: &T,
) -> (impl futures::Stream<Item = Piece> + Send + 'static, Duration) {
    upload(ticket, wire::document(value))
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// What the server said cannot be read.
fn odd(status: &Status) -> ControlError {
    ControlError::Refused(format!("the server's answer cannot be read: {}", status.message()))
}

#[async_trait]
impl Control for Remote {
    async fn next(&self, worker: &WorkerInfo, wait: Duration) -> Result<Option<Assignment>, ControlError> {
        let request = NextRequest {
            id: worker.id.to_string(),
            name: worker.name.clone(),
            labels: worker.labels.iter().map(ToString::to_string).collect(),
            version: worker.version.clone(),
            slots: worker.slots,
            wait: Millis::from(wait).0,
            all_accounts: self.all_accounts,
        };
        let reply = self.ask(wait + PATIENCE, self.client.clone().next(request)).await?;
        let Some(assignment) = reply.assignment else { return Ok(None) };
        let assignment: Assignment = wire::read_document(&assignment).map_err(|status| odd(&status))?;
        Ok(Some(Assignment { lease_until: now() + Millis(reply.lease_within), ..assignment }))
    }

    async fn beat(&self, ticket: &Ticket) -> Result<Beat, ControlError> {
        let asked = now();
        let reply = self.ask(PATIENCE, self.client.clone().beat(wire::ticket(ticket))).await?;
        // Counted from the question: how long the answer was under way is not known.
        let within = asked + Millis(reply.within);
        match reply.verdict() {
            Verdict::Alive => Ok(Beat::Alive { lease_until: within }),
            Verdict::Cancel => Ok(Beat::Cancel { until: within }),
            Verdict::Gone => Ok(Beat::Gone),
            Verdict::Unspecified => Err(ControlError::Refused("the server's answer to a beat is none".to_owned())),
        }
    }

    async fn input(&self, ticket: &Ticket) -> Result<StepInput, ControlError> {
        let stream = self.ask(PATIENCE, self.client.clone().input(wire::ticket(ticket))).await?;
        wire::read_document(&self.whole(stream).await?).map_err(|status| odd(&status))
    }

    async fn journal(&self, ticket: &Ticket, after: u64) -> Result<Vec<JournalEntry>, ControlError> {
        let request = JournalRequest { ticket: Some(wire::ticket(ticket)), after };
        let stream = self.ask(PATIENCE, self.client.clone().journal(request)).await?;
        wire::read_document(&self.whole(stream).await?).map_err(|status| odd(&status))
    }

    async fn write_journal(&self, ticket: &Ticket, writes: Vec<JournalWrite>) -> Result<u64, ControlError> {
        let (stream, within) = upload_document(ticket, &writes);
        Ok(self.ask(within, self.client.clone().write_journal(stream)).await?.position)
    }

    async fn save_state(&self, ticket: &Ticket, state: NewState) -> Result<StateRef, ControlError> {
        let request = SaveStateRequest { ticket: Some(wire::ticket(ticket)), state: wire::document(&state) };
        let reply = self.ask(PATIENCE, self.client.clone().save_state(request)).await?;
        wire::read_document(&reply.state).map_err(|status| odd(&status))
    }

    async fn emit(&self, ticket: &Ticket, output: Vec<Output>) -> Result<(), ControlError> {
        let (stream, within) = upload_document(ticket, &output);
        self.ask(within, self.client.clone().emit(stream)).await.map(drop)
    }

    async fn put_object(&self, ticket: &Ticket, content: Bytes) -> Result<Digest, ControlError> {
        let digest = Digest::of(&content);
        let (stream, within) = upload(ticket, content);
        let reply = self.ask(within, self.client.clone().put_object(stream)).await?;
        if reply.digest.parse() == Ok(digest) {
            return Ok(digest);
        }
        Err(ControlError::Unavailable("an object was spoilt on its way".to_owned()))
    }

    async fn get_object(&self, ticket: &Ticket, digest: &Digest) -> Result<Bytes, ControlError> {
        let request = GetObjectRequest { ticket: Some(wire::ticket(ticket)), digest: digest.to_string() };
        let stream = self.ask(PATIENCE, self.client.clone().get_object(request)).await?;
        let content = self.whole(stream).await?;
        if Digest::of(&content) == *digest {
            return Ok(content);
        }
        Err(ControlError::Unavailable("an object was spoilt on its way".to_owned()))
    }

    async fn finish(&self, ticket: &Ticket, finish: Finish) -> Result<(), ControlError> {
        let (stream, within) = upload_document(ticket, &finish);
        self.ask(within, self.client.clone().finish(stream)).await.map(drop)
    }
}
