//! Who may send, and who waits for whom, in paused time.

use std::cell::RefCell;

use tokio::time::timeout;

use super::*;

const ANSWERED: Reception = Reception::Answered { proves: true };
const THROTTLED: Reception = Reception::Throttled { retry_after: None };

async fn turn(limiter: &Limiter) -> Turn<'_> {
    let turn = limiter.turn(|| true).await.expect("it is wanted");
    turn.expect("nothing is given up")
}

/// Whether nobody may send for a long time.
async fn is_full(limiter: &Limiter) -> bool {
    timeout(Duration::from_mins(1), turn(limiter)).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn one_more_is_let_in_with_each_answer() {
    let limiter = Limiter::new(3, None);
    let first = turn(&limiter).await;
    assert!(is_full(&limiter).await);
    first.end(ANSWERED);
    let (one, two) = (turn(&limiter).await, turn(&limiter).await);
    assert!(is_full(&limiter).await);
    one.end(ANSWERED);
    two.end(ANSWERED);
    let all = [turn(&limiter).await, turn(&limiter).await, turn(&limiter).await];
    assert!(is_full(&limiter).await, "never more than it was told");
    drop(all);
}

#[tokio::test(start_paused = true)]
async fn until_the_credential_is_proven_four_are_the_most() {
    let limiter = Limiter::new(64, None);
    for _ in 0..20 {
        turn(&limiter).await.end(Reception::Answered { proves: false });
    }
    let _four = [
        turn(&limiter).await,
        turn(&limiter).await,
        turn(&limiter).await,
        turn(&limiter).await,
    ];
    assert!(is_full(&limiter).await);
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_request_gives_its_place_back() {
    let limiter = Limiter::new(3, None);
    drop(turn(&limiter).await);
    drop(turn(&limiter).await);
    assert!(
        limiter.turn(|| false).await.is_none(),
        "and what is not wanted takes none"
    );
    drop(turn(&limiter).await);
}

#[tokio::test(start_paused = true)]
async fn while_nothing_is_taken_those_go_first_that_have_sent_nothing() {
    let limiter = Limiter::new(4, None);
    turn(&limiter).await.end(THROTTLED);
    let order = RefCell::new(Vec::new());
    let refused = async {
        let turn = limiter.another_turn(Duration::ZERO).await.expect("nothing is given up");
        order.borrow_mut().push("refused before");
        turn.end(ANSWERED);
    };
    let newcomers = async {
        for answer in [THROTTLED, THROTTLED, ANSWERED] {
            let turn = turn(&limiter).await;
            order.borrow_mut().push("new");
            turn.end(answer);
        }
    };
    tokio::join!(newcomers, refused);
    assert_eq!(*order.borrow(), ["new", "new", "new", "refused before"]);
}

#[tokio::test(start_paused = true)]
async fn with_nobody_new_the_refused_probe_themselves() {
    let limiter = Limiter::new(4, None);
    turn(&limiter).await.end(THROTTLED);
    let another = limiter.another_turn(Duration::ZERO).await;
    another.expect("nothing is given up").end(ANSWERED);
}

#[tokio::test(start_paused = true)]
async fn all_who_wait_hear_that_a_source_is_given_up() {
    let limiter = Limiter::new(4, None);
    let silence = Reception::Silent(UnknownClass::Timeout);
    let probing = async {
        while let Some(Ok(turn)) = limiter.turn(|| true).await {
            turn.end(silence);
        }
    };
    let waiting = async { limiter.another_turn(Duration::from_secs(1)).await.map(drop) };
    let ((), waited) = tokio::join!(probing, waiting);
    assert_eq!(waited.map_err(GivenUp::class), Err(UnknownClass::Timeout));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_never_answers_is_worth_so_many_retries() {
    let limiter = Limiter::new(4, None);
    let spent = (0..1000).take_while(|_| limiter.takes_retry()).count();
    assert_eq!(spent, 64);
    turn(&limiter).await.end(ANSWERED);
    assert_eq!([(); 3].map(|()| limiter.takes_retry()), [true, true, false]);
}
