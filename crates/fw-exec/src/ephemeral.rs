//! Ephemeral resources, as those who wait are told of them.

/// What happens to an ephemeral resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EphemeralStep {
    /// It can't be opened while planning, since its configuration is not known.
    Deferred,
    /// Opening begins.
    Opening,
    /// It is open, or could not be opened.
    Opened,
    /// Renewing begins.
    Renewing,
    /// It is renewed.
    Renewed,
    /// Closing begins.
    Closing,
    /// It is closed.
    Closed,
}
