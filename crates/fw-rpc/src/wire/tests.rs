//! Tests of the wire: nothing is lost, nothing odd gets through, nothing panics.

use fw_run::{Digest, RunId, WorkerId};

use super::*;

fn a_ticket() -> Ticket {
    Ticket {
        run: RunId::new(uuid::Uuid::from_u128(1)),
        step: StepId(3),
        attempt: 2,
        epoch: 7,
        worker: WorkerId::new(uuid::Uuid::from_u128(2)),
        plan: Some(Digest::of(b"plan")),
        deadline: Some(Time(12)),
    }
}

#[test]
fn tickets_come_back_as_they_went() {
    let sent = ticket(&a_ticket());
    assert_eq!(read_ticket(Some(&sent)).unwrap(), a_ticket());
    for spoilt in [
        WireTicket { run: "x".into(), ..sent.clone() },
        WireTicket { step: 70_000, ..sent.clone() },
        WireTicket { epoch: u64::MAX, ..sent.clone() },
        WireTicket { worker: String::new(), ..sent.clone() },
        WireTicket { plan: Some("ab".into()), ..sent },
    ] {
        assert_eq!(read_ticket(Some(&spoilt)).unwrap_err().code(), Code::InvalidArgument, "{spoilt:?}");
    }
    assert!(read_ticket(None).is_err());
}

#[tokio::test]
async fn wholes_come_back_from_their_pieces() {
    for size in [0, 1, PIECE, PIECE + 1, 3 * PIECE + 5] {
        let whole: Bytes = (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let sent: Vec<Piece> = pieces(Some(ticket(&a_ticket())), whole.clone()).collect();
        assert_eq!(sent.len(), size.div_ceil(PIECE).max(1));
        assert!(sent.iter().skip(1).all(|piece| piece.ticket.is_none()));
        let stream = || futures::stream::iter(sent.clone().into_iter().map(Ok::<_, Status>));
        let (of, back) = gather(stream(), size).await.unwrap();
        assert_eq!((of, back), (Some(ticket(&a_ticket())), whole));
        if size > 0 {
            assert_eq!(gather(stream(), size - 1).await.unwrap_err().code(), Code::ResourceExhausted);
        }
    }
}

#[test]
fn errors_come_back_as_they_went() {
    for error in [
        ControlError::StaleEpoch,
        ControlError::Gone,
        ControlError::StateConflict,
        ControlError::NoObject(Digest::of(b"x")),
        ControlError::Refused("no".into()),
        ControlError::Unavailable("later".into()),
    ] {
        assert_eq!(read_status(&status(&error)), error);
    }
    assert!(matches!(read_status(&Status::unauthenticated("who?")), ControlError::Refused(_)));
    assert!(matches!(read_status(&Status::unknown("?")), ControlError::Unavailable(_)));
}

#[test]
fn a_worker_does_not_say_too_much() {
    let good = NextRequest {
        id: uuid::Uuid::from_u128(1).to_string(),
        name: "host".into(),
        labels: vec!["aws".into()],
        version: "1".into(),
        slots: 4,
        wait: 1,
        all_accounts: false,
    };
    assert_eq!(read_worker(&good).unwrap().labels.to_string(), "aws");
    for spoilt in [
        NextRequest { id: "x".into(), ..good.clone() },
        NextRequest { name: "x".repeat(300), ..good.clone() },
        NextRequest { name: "a\nb".into(), ..good.clone() },
        NextRequest { labels: vec!["NO".into()], ..good.clone() },
        NextRequest { labels: (0..100).map(|at| format!("l{at}")).collect(), ..good.clone() },
        NextRequest { slots: u32::MAX, ..good },
    ] {
        assert_eq!(read_worker(&spoilt).unwrap_err().code(), Code::InvalidArgument, "{spoilt:?}");
    }
}
