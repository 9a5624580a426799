//! The body of an answer on its way: whole, drop by drop, or cut in the middle.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use hyper::body::{Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::record::InFlight;

/// How often a slow body moves, where it has a byte to move.
const STEPS_PER_SECOND: u32 = 10;

/// Before a cut, the part that is still to arrive must have left: an error in the same turn would
/// take it along.
const BEFORE_CUT: Duration = Duration::from_millis(20);

/// How a body is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    /// Announced in full, then the connection ends in the middle of it.
    Cut,
    /// So many bytes a second.
    Slow(u32),
}

pub(crate) struct Body {
    pieces: VecDeque<Bytes>,
    /// What is announced and not yet sent. `None`: nothing is announced.
    left: Option<u64>,
    cut: bool,
    /// Between two pieces.
    gap: Option<Duration>,
    pause: Option<Pin<Box<Sleep>>>,
    /// The request ends when this is dropped.
    _in_flight: InFlight,
}

/// The end of a body that was to be cut.
#[derive(Debug)]
pub(crate) struct Cut;

impl Body {
    pub(crate) fn new(pieces: Vec<Bytes>, announced: bool, delivery: Delivery, in_flight: InFlight) -> Body {
        let mut body = Body {
            pieces: pieces.into_iter().filter(|piece| !piece.is_empty()).collect(),
            left: None,
            cut: false,
            gap: None,
            pause: None,
            _in_flight: in_flight,
        };
        match delivery {
            Delivery::Whole => body.announce(announced),
            Delivery::Cut => body.cut(),
            Delivery::Slow(bytes_per_second) => {
                body.announce(announced);
                body.slow_down(bytes_per_second.max(1));
            }
        }
        body
    }

    fn announce(&mut self, announced: bool) {
        let length = self.pieces.iter().map(|piece| piece.len() as u64).sum();
        self.left = announced.then_some(length);
    }

    fn cut(&mut self) {
        let mut whole = Vec::from(std::mem::take(&mut self.pieces)).concat();
        // There must be something to send and something to withhold.
        whole.resize(whole.len().max(2), b' ');
        self.left = Some(whole.len() as u64);
        whole.truncate(whole.len() / 2);
        self.pieces = VecDeque::from([whole.into()]);
        self.cut = true;
    }

    fn slow_down(&mut self, bytes_per_second: u32) {
        let step = bytes_per_second.div_ceil(STEPS_PER_SECOND);
        self.gap = Some(Duration::from_secs(1) * step / bytes_per_second);
        let step = usize::try_from(step).unwrap_or(usize::MAX);
        let mut pieces = VecDeque::new();
        for mut piece in self.pieces.drain(..) {
            while !piece.is_empty() {
                pieces.push_back(piece.split_to(step.min(piece.len())));
            }
        }
        self.pieces = pieces;
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let body = self.get_mut();
        if let Some(pause) = &mut body.pause {
            ready!(pause.as_mut().poll(context));
            body.pause = None;
        }
        let Some(piece) = body.pieces.pop_front() else {
            return Poll::Ready(body.cut.then_some(Err(Cut)));
        };
        body.left = body.left.map(|left| left - piece.len() as u64);
        let gap = if body.cut { Some(BEFORE_CUT) } else { body.gap };
        body.pause = gap.map(|gap| Box::pin(sleep(gap)));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && !self.cut
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body is cut here on purpose")
    }
}

impl std::error::Error for Cut {}
