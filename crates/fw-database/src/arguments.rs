//! Parameters of statements, the few types that both databases have.

use fw_run::{AccountId, Digest, RunId, ScheduleId, StackId, StateVersionId, Time, WorkerId};
use sqlx::database::Database;
use sqlx::encode::Encode;
use sqlx::query::Query;
use sqlx::types::Type;

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// A whole number, a time or a truth value.
    Int(Option<i64>),
    /// Text, an id, a digest or JSON.
    Text(Option<String>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
}

macro_rules! arg {
    ($variant:ident: $($kind:ty => |$value:ident| $make:expr),+ $(,)?) => {
        $(
            impl From<$kind> for Arg {
                fn from($value: $kind) -> Self {
                    Self::$variant(Some($make))
                }
            }

            impl From<Option<$kind>> for Arg {
                fn from(value: Option<$kind>) -> Self {
                    Self::$variant(value.map(|$value| $make))
                }
            }
        )+
    };
}

arg!(Int:
    i64 => |value| value,
    i32 => |value| i64::from(value),
    i16 => |value| i64::from(value),
    u32 => |value| i64::from(value),
    u16 => |value| i64::from(value),
    bool => |value| i64::from(value),
    // Counters; none comes near the limit.
    u64 => |value| i64::try_from(value).unwrap_or(i64::MAX),
    usize => |value| i64::try_from(value).unwrap_or(i64::MAX),
    Time => |value| value.0,
);
arg!(Text:
    &str => |value| value.to_owned(),
    String => |value| value,
    RunId => |value| value.to_string(),
    StackId => |value| value.to_string(),
    AccountId => |value| value.to_string(),
    WorkerId => |value| value.to_string(),
    ScheduleId => |value| value.to_string(),
    StateVersionId => |value| value.to_string(),
    Digest => |value| value.to_string(),
);
arg!(Bytes:
    Vec<u8> => |value| value,
    &[u8] => |value| value.to_vec(),
);

/// The parameters of a statement: `args![run, 3, name]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::Arg::from($value)),*] };
}

pub(crate) fn bind<'q, D>(mut query: Query<'q, D, D::Arguments>, arguments: Vec<Arg>) -> Query<'q, D, D::Arguments>
where
    D: Database,
    Option<i64>: Encode<'q, D> + Type<D>,
    Option<String>: Encode<'q, D> + Type<D>,
    Option<Vec<u8>>: Encode<'q, D> + Type<D>,
{
    for argument in arguments {
        query = match argument {
            Arg::Int(value) => query.bind(value),
            Arg::Text(value) => query.bind(value),
            Arg::Bytes(value) => query.bind(value),
        };
    }
    query
}
