//! Why something could not be determined.

use super::words::words;

words! {
    /// Why something could not be determined. In order of precedence: where several apply to one repository, its class is the
    /// first.
    pub enum UnknownClass {
        /// The key or token was refused or locked.
        Unauthenticated = "unauthenticated",
        /// The credential may not see it.
        AccessDenied = "access-denied",
        /// The service asked to come back later, to the last attempt.
        Throttled = "throttled",
        /// No whole answer in time.
        Timeout = "timeout",
        /// No connection, or one that broke: DNS, TCP, TLS, proxy.
        Unreachable = "unreachable",
        /// The service failed, to the last attempt.
        ServerError = "server-error",
        /// An answer that cannot be believed: not JSON, wrong shape, a redirect, over a limit, another repository's.
        BadResponse = "bad-response",
        /// The gateway does not know the call: not this edition, not this cloud, or a wrong endpoint.
        Unsupported = "unsupported",
        /// The service would not show it even if it were there.
        NotObservable = "not-observable",
        /// The list of rules may have been cut.
        Truncated = "truncated",
        /// Listed, and absent when asked.
        Vanished = "vanished",
        /// The run ended before it was asked.
        Interrupted = "interrupted",
        /// Too much changed at once to be believed.
        MassChange = "mass-change",
        /// A pattern of `--only` selects nothing: perhaps a misspelt one.
        EmptySelection = "empty-selection",
    }
}

impl UnknownClass {
    /// Whether the service itself said nothing to the question. A run in which all ends so is no audit.
    pub const fn is_silence(self) -> bool {
        self.may_pass() && !matches!(self, Self::Interrupted)
    }

    /// Whether asking again later may bring an answer, with nothing else changed.
    pub const fn may_pass(self) -> bool {
        match self {
            Self::Unauthenticated
            | Self::Throttled
            | Self::Timeout
            | Self::Unreachable
            | Self::ServerError
            | Self::Interrupted => true,
            Self::AccessDenied
            | Self::BadResponse
            | Self::Unsupported
            | Self::NotObservable
            | Self::Truncated
            | Self::Vanished
            | Self::MassChange
            | Self::EmptySelection => false,
        }
    }
}
