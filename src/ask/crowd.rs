//! How many ask at a time.

use std::future::Future;

use futures::stream::{FuturesUnordered, StreamExt as _};

use crate::swr::Limiter;

/// Calls that may wait for their next attempt while others are asked.
const WAITING: usize = 256;

/// As many workers as requests may be in flight, and one more for each that waits for its next attempt, until there is
/// nothing more and all have ended. Looks for more whenever a worker ends.
pub(super) async fn crowd<F: Future<Output = ()>>(
    limiter: &Limiter,
    has_more: impl Fn() -> bool,
    work: impl Fn() -> F,
) {
    let mut workers = FuturesUnordered::new();
    loop {
        let wanted = limiter.concurrency() + limiter.waiting().min(WAITING);
        while workers.len() < wanted && has_more() {
            workers.push(work());
        }
        tokio::select! {
            ended = workers.next() => {
                if ended.is_none() {
                    break;
                }
            }
            () = limiter.lent() => {}
        }
    }
}
