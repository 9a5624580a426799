//! The line, in paused time: who goes first, what an abandoned place costs, and what ends a wait.

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures::future::join_all;
use tokio::time::sleep;

use super::*;

const ANSWERED: Reception = Reception::Answered { proves: true };
const SILENT: Reception = Reception::Silent(Failure::unasked(UnknownClass::Unreachable));
const THROTTLED: Reception = Reception::Throttled { retry_after: None };

async fn first(limiter: &Limiter) -> Turn<'_> {
    let turn = limiter.turn(|| true).await.expect("it is wanted");
    turn.expect("nothing is given up")
}

/// Whether it is over after one look at it.
fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Silence after silence, until the source is given up.
async fn given_up(limiter: &Limiter) {
    while let Ok(turn) = limiter.another_turn().await {
        turn.end(SILENT);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_source_that_is_given_up() {
    let limiter = Limiter::new(4, None);
    let start = Instant::now();
    let waiting = async {
        limiter.pause(Duration::from_mins(1)).await;
        (start.elapsed(), limiter.another_turn().await.is_err())
    };
    let ((waited, is_over), ()) = tokio::join!(waiting, given_up(&limiter));
    assert!(is_over && waited < Duration::from_secs(10), "{waited:?}");
    // Nor does who comes later.
    limiter.pause(Duration::from_mins(1)).await;
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_pause_lasts_as_long_as_it_is_to() {
    let limiter = Limiter::new(4, None);
    let start = Instant::now();
    limiter.pause(Duration::from_secs(7)).await;
    assert!(start.elapsed() >= Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn with_a_concurrency_of_one_everybody_has_a_turn_and_nobody_two_at_once() {
    let limiter = Limiter::new(1, None);
    let (in_flight, order) = (RefCell::new(0), RefCell::new(Vec::new()));
    let call = |number: usize| {
        let (limiter, in_flight, order) = (&limiter, &in_flight, &order);
        async move {
            for attempt in 0..2 {
                let turn = if attempt == 0 {
                    first(limiter).await
                } else {
                    limiter.another_turn().await.expect("nothing is given up")
                };
                *in_flight.borrow_mut() += 1;
                assert_eq!(*in_flight.borrow(), 1);
                sleep(Duration::from_millis(10)).await;
                *in_flight.borrow_mut() -= 1;
                order.borrow_mut().push((number, attempt));
                turn.end(ANSWERED);
            }
        }
    };
    join_all((0..20).map(call)).await;
    let order = order.into_inner();
    assert_eq!(order.len(), 40);
    // What is asked again comes before all but one of those that have sent nothing yet.
    for number in 0..20 {
        let place = |attempt| {
            let is_it = |one: &(usize, usize)| *one == (number, attempt);
            order.iter().position(is_it).expect("it had its turn")
        };
        assert!(place(1) - place(0) <= 3, "{number}: {order:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_request_gives_its_place_back() {
    let limiter = Limiter::new(1, None);
    drop(first(&limiter).await);
    let turn = first(&limiter).await;
    let mut next = pin!(first(&limiter));
    assert!(poll(next.as_mut()).is_pending());
    drop(turn);
    assert!(poll(next).is_ready());
}

#[tokio::test(start_paused = true)]
async fn the_head_of_the_line_may_go_away_at_any_moment() {
    let limiter = Limiter::new(1, None);
    for is_woken in [false, true] {
        let turn = first(&limiter).await;
        let mut head = Box::pin(limiter.another_turn());
        let mut second = pin!(limiter.another_turn());
        assert!(poll(head.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
        let turn = if is_woken {
            // It was told that there is a place, and goes before it has taken it.
            drop(turn);
            None
        } else {
            Some(turn)
        };
        drop(head);
        drop(turn);
        let turn = tokio::time::timeout(Duration::from_secs(1), second).await;
        assert!(turn.expect("it is not forgotten").is_ok(), "{is_woken}");
    }
}

/// So many refusals that one more is no stray.
async fn almost_used_up(limiter: &Limiter) {
    for _ in 0..7 {
        first(limiter).await.end(THROTTLED);
    }
}

#[tokio::test(start_paused = true)]
async fn those_that_stand_back_are_not_forgotten() {
    let limiter = Limiter::new(4, None);
    almost_used_up(&limiter).await;
    first(&limiter).await.end(THROTTLED);
    // The service takes nothing: this one lets those go first that have sent nothing yet.
    let newcomer = first(&limiter);
    let mut newcomer = Box::pin(newcomer);
    assert!(poll(newcomer.as_mut()).is_pending());
    let mut again = pin!(limiter.another_turn());
    assert!(poll(again.as_mut()).is_pending());
    // There is none any more: it is the one to probe.
    drop(newcomer);
    let turn = tokio::time::timeout(Duration::from_secs(1), again).await;
    assert!(turn.expect("it is woken").is_ok());
}

#[tokio::test(start_paused = true)]
async fn who_stands_in_line_already_steps_back_too() {
    let limiter = Limiter::new(1, None);
    almost_used_up(&limiter).await;
    let turn = first(&limiter).await;
    let mut again = pin!(limiter.another_turn());
    let mut newcomer = pin!(first(&limiter));
    assert!(poll(again.as_mut()).is_pending() && poll(newcomer.as_mut()).is_pending());
    // Only now is it known that the service takes nothing; the next is a probe.
    turn.end(THROTTLED);
    sleep(Duration::from_secs(1)).await;
    assert!(poll(again.as_mut()).is_pending());
    let Poll::Ready(turn) = poll(newcomer.as_mut()) else {
        panic!("it is the one to probe");
    };
    turn.end(ANSWERED);
    assert!(poll(again.as_mut()).is_ready());
}

#[tokio::test(start_paused = true)]
async fn whoever_stands_in_line_hears_that_the_source_is_given_up() {
    let limiter = Limiter::new(4, None);
    let newcomers = join_all((0..50).map(|_| async {
        let turn = limiter.turn(|| true).await.expect("it is wanted");
        turn.map(|turn| turn.end(SILENT)).is_err()
    }));
    let again = join_all((0..50).map(|_| async {
        let turn = limiter.another_turn().await;
        turn.map(|turn| turn.end(SILENT)).is_err()
    }));
    let (newcomers, again) = tokio::join!(newcomers, again);
    let refused = newcomers.iter().chain(&again).filter(|is_refused| **is_refused).count();
    // Eight silences and four probes; three more may have been in flight.
    assert!((85..=88).contains(&refused), "{refused} of 100");
}

#[tokio::test(start_paused = true)]
async fn the_users_rate_holds_beside_a_learnt_one() {
    let limiter = Limiter::new(8, Some(10.0));
    let start = Instant::now();
    for number in 0..50_u32 {
        let turn = limiter.another_turn().await.expect("nothing is given up");
        // Twice the service takes nothing: a rate is learnt.
        let is_refused = (4..12).contains(&number) || (30..38).contains(&number);
        turn.end(if is_refused { THROTTLED } else { ANSWERED });
    }
    // One stands at the end, the two probes keep a distance of their own, and a little is made up for.
    let least = Duration::from_millis(100) * (49 - 3);
    assert!(start.elapsed() >= least, "{:?}", start.elapsed());
    assert!(limiter.tempo().per_second.is_some_and(|rate| rate <= 10.0));
}

/// Whether nobody may send for a long time.
async fn is_full(limiter: &Limiter) -> bool {
    tokio::time::timeout(Duration::from_mins(1), first(limiter))
        .await
        .is_err()
}

#[tokio::test(start_paused = true)]
async fn one_more_is_let_in_with_each_answer() {
    let limiter = Limiter::new(3, None);
    let probe = first(&limiter).await;
    assert!(is_full(&limiter).await);
    probe.end(ANSWERED);
    let (one, two) = (first(&limiter).await, first(&limiter).await);
    assert!(is_full(&limiter).await);
    one.end(ANSWERED);
    two.end(ANSWERED);
    let all = [first(&limiter).await, first(&limiter).await, first(&limiter).await];
    assert!(is_full(&limiter).await, "never more than it was told");
    drop(all);
}

#[tokio::test(start_paused = true)]
async fn until_the_credential_is_proven_four_are_the_most() {
    let limiter = Limiter::new(64, None);
    for _ in 0..20 {
        first(&limiter).await.end(Reception::Answered { proves: false });
    }
    let four = join_all((0..4).map(|_| first(&limiter))).await;
    assert!(is_full(&limiter).await);
    drop(four);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_never_answers_is_worth_so_many_retries() {
    let limiter = Limiter::new(4, None);
    let spent = (0..1000).take_while(|_| limiter.takes_retry()).count();
    assert_eq!(spent, 64);
    first(&limiter).await.end(ANSWERED);
    assert_eq!([(); 3].map(|()| limiter.takes_retry()), [true, true, false]);
}
