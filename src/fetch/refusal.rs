//! What the answers say of the credential: once it is refused, nothing more is sent.

use std::cell::Cell;

use tokio_util::sync::CancellationToken;

use super::End;
use crate::model::UnknownClass;

/// Whether the credential was refused, and whether that was the first that was heard of it.
#[derive(Debug)]
pub(super) struct Refusal {
    /// Cancelled by the first answer that refuses the credential itself.
    refused: CancellationToken,
    has_answered: Cell<bool>,
    is_of_probe: Cell<bool>,
}

impl Refusal {
    /// `has_answered`: whether this credential was answered before.
    pub(super) fn new(has_answered: bool) -> Self {
        Self {
            refused: CancellationToken::new(),
            has_answered: Cell::new(has_answered),
            is_of_probe: Cell::new(false),
        }
    }

    /// An earlier part of the run was answered: what it was told stands.
    pub(super) fn remember(&self) {
        self.has_answered.set(true);
    }

    /// An answer came, which ended in that class of unknown, or in none. While a probe's token is renewed, others may be
    /// answered with the new one: that was no refused probe then.
    pub(super) fn heed(&self, class: Option<UnknownClass>) {
        if class != Some(UnknownClass::Unauthenticated) {
            self.has_answered.set(true);
            return;
        }
        if !self.refused.is_cancelled() {
            self.is_of_probe.set(!self.has_answered.get());
        }
        self.refused.cancel();
    }

    /// Waits for it.
    pub(super) async fn comes(&self) {
        self.refused.cancelled().await;
    }

    pub(super) fn is_there(&self) -> bool {
        self.refused.is_cancelled()
    }

    /// How the asking ends, where it ends with this.
    pub(super) fn end(&self) -> Option<End> {
        let end = if self.is_of_probe.get() {
            End::Refused
        } else {
            End::RefusedLater
        };
        self.is_there().then_some(end)
    }
}
