//! What the answers say of the credential: once it is refused, nothing more is sent.

use std::cell::{Cell, OnceCell};

use tokio_util::sync::CancellationToken;

use super::End;
use crate::model::Failure;
use crate::swr::Exchange;

/// Whether the credential was refused and how, and whether that was the first that was heard of it.
#[derive(Debug)]
pub(super) struct Refusal {
    /// Cancelled by the first answer that refuses the credential itself.
    refused: CancellationToken,
    has_answered: Cell<bool>,
    end: OnceCell<End>,
}

impl Refusal {
    /// `has_answered`: whether this credential was answered before.
    pub(super) fn new(has_answered: bool) -> Self {
        Self {
            refused: CancellationToken::new(),
            has_answered: Cell::new(has_answered),
            end: OnceCell::new(),
        }
    }

    /// An answer came; where an earlier part of the run had some, it was answered before. While a probe's token is renewed, others may be answered with the new one: that was no refused probe
    /// then.
    pub(super) fn heed(&self, exchange: &Exchange, is_known_in_part: bool) {
        let refusal = exchange.failure().filter(Failure::is_refusal);
        let Some(failure) = refusal else {
            self.has_answered.set(true);
            return;
        };
        self.end.get_or_init(|| {
            if self.has_answered.get() || is_known_in_part {
                End::RefusedLater(failure)
            } else {
                End::Refused(failure)
            }
        });
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
        self.end.get().cloned()
    }
}
