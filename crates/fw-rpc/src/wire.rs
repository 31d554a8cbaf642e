//! Messages to the types of `fw-run` and back, pieces to wholes, and errors that arrive as they were sent.

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt as _};
use fw_run::{ControlError, LabelSet, StepId, Ticket, Time, WorkerInfo};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tonic::{Code, Status};

use crate::worker::{NextRequest, Piece, Ticket as WireTicket};

/// How large a piece is.
pub const PIECE: usize = 256 * 1024;
/// No message is larger.
pub const LARGEST_MESSAGE: usize = 4 * 1024 * 1024;
/// No object and no document is larger.
pub const LARGEST_WHOLE: usize = 512 * 1024 * 1024;

/// How many labels and slots a worker may have, and how long its name and version may be.
const MOST_LABELS: usize = 64;
const MOST_SLOTS: u32 = 1024;
const LONGEST_NAME: usize = 256;

/// A ticket as a message.
#[must_use]
pub fn ticket(ticket: &Ticket) -> WireTicket {
    WireTicket {
        run: ticket.run.to_string(),
        step: u32::from(ticket.step.0),
        attempt: ticket.attempt,
        epoch: ticket.epoch,
        worker: ticket.worker.to_string(),
        plan: ticket.plan.map(|plan| plan.to_string()),
        deadline: ticket.deadline.map(|deadline| deadline.0),
    }
}

/// A ticket out of a message.
///
/// # Errors
/// It is none.
pub fn read_ticket(ticket: Option<&WireTicket>) -> Result<Ticket, Status> {
    let ticket = ticket.ok_or_else(|| Status::invalid_argument("there is no ticket"))?;
    let wrong = |what: &str| Status::invalid_argument(format!("the ticket's {what} is none"));
    Ok(Ticket {
        run: ticket.run.parse().map_err(|_error| wrong("run"))?,
        step: StepId(u16::try_from(ticket.step).map_err(|_error| wrong("step"))?),
        attempt: ticket.attempt,
        epoch: i64::try_from(ticket.epoch).map(|_fits| ticket.epoch).map_err(|_error| wrong("epoch"))?,
        worker: ticket.worker.parse().map_err(|_error| wrong("worker"))?,
        plan: ticket.plan.as_ref().map(|plan| plan.parse()).transpose().map_err(|_error| wrong("plan"))?,
        deadline: ticket.deadline.map(Time),
    })
}

/// A worker that introduces itself. For which account it works is the server's to say.
///
/// # Errors
/// Something of it is none, or too much.
pub fn read_worker(request: &NextRequest) -> Result<WorkerInfo, Status> {
    let wrong = |what: &str| Status::invalid_argument(format!("the worker's {what} cannot be taken"));
    if request.name.len() > LONGEST_NAME || request.name.chars().any(char::is_control) {
        return Err(wrong("name"));
    }
    if request.version.len() > LONGEST_NAME || request.version.chars().any(char::is_control) {
        return Err(wrong("version"));
    }
    if request.labels.len() > MOST_LABELS {
        return Err(wrong("number of labels"));
    }
    let labels = request.labels.iter().map(|label| label.parse()).collect::<Result<LabelSet, fw_run::LabelError>>();
    Ok(WorkerInfo {
        id: request.id.parse().map_err(|_error| wrong("id"))?,
        name: request.name.clone(),
        labels: labels.map_err(|error| Status::invalid_argument(error.to_string()))?,
        version: request.version.clone(),
        slots: if request.slots <= MOST_SLOTS { request.slots } else { return Err(wrong("number of slots")) },
        account: None,
    })
}

/// A document as bytes.
///
/// # Panics
/// Never: the types of `fw-run` are all JSON.
#[must_use]
pub fn document<T: Serialize>(value: &T) -> Bytes {
    serde_json::to_vec(value).expect("plain data is JSON").into()
}

/// A document out of bytes.
///
/// # Errors
/// It is not what it should be.
pub fn read_document<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Status> {
    serde_json::from_slice(bytes).map_err(|error| Status::invalid_argument(format!("the document is wrong: {error}")))
}

/// Something whole in pieces, the first one with the ticket. There is always one.
pub fn pieces(ticket: Option<WireTicket>, whole: Bytes) -> impl Iterator<Item = Piece> + Send + 'static {
    let mut ticket = ticket;
    let mut rest = Some(whole);
    std::iter::from_fn(move || {
        let mut content = rest.take()?;
        if content.len() > PIECE {
            rest = Some(content.split_off(PIECE));
        }
        Some(Piece { ticket: ticket.take(), content })
    })
}

/// Pieces put together, with the ticket of the first one. No more is taken in than is allowed.
///
/// # Errors
/// The stream broke off, or it is too large.
pub async fn gather<S>(mut stream: S, most: usize) -> Result<(Option<WireTicket>, Bytes), Status>
where
    S: Stream<Item = Result<Piece, Status>> + Unpin,
{
    let mut first = None;
    let mut only: Option<Bytes> = None;
    let mut whole = BytesMut::new();
    while let Some(piece) = stream.next().await {
        let piece = piece?;
        first = first.or(piece.ticket);
        if whole.len() + only.as_ref().map_or(0, Bytes::len) + piece.content.len() > most {
            return Err(Status::resource_exhausted(format!("there is no room for more than {most} bytes")));
        }
        // Most are one piece, which needs no copy.
        match only.take() {
            None if whole.is_empty() => only = Some(piece.content),
            before => {
                whole.extend_from_slice(&before.unwrap_or_default());
                whole.extend_from_slice(&piece.content);
            }
        }
    }
    Ok((first, only.unwrap_or_else(|| whole.freeze())))
}

/// An error of the service as a status that carries it whole.
#[must_use]
pub fn status(error: &ControlError) -> Status {
    let code = match error {
        ControlError::StaleEpoch | ControlError::Gone => Code::FailedPrecondition,
        ControlError::StateConflict => Code::Aborted,
        ControlError::NoObject(_) => Code::NotFound,
        ControlError::Refused(_) => Code::InvalidArgument,
        ControlError::Unavailable(_) => Code::Unavailable,
    };
    Status::with_details(code, error.to_string(), document(error))
}

/// The error in a status. What did not come from the service itself may pass, unless it says that it will not.
#[must_use]
pub fn read_status(status: &Status) -> ControlError {
    if let Ok(error) = serde_json::from_slice(status.details()) {
        return error;
    }
    let message = format!("{} ({:?})", status.message(), status.code());
    match status.code() {
        Code::InvalidArgument
        | Code::Unauthenticated
        | Code::PermissionDenied
        | Code::Unimplemented
        | Code::OutOfRange
        | Code::NotFound => ControlError::Refused(message),
        _ => ControlError::Unavailable(message),
    }
}

#[cfg(test)]
mod tests;
