//! Thousands of repositories against a service whose rate nobody told: all of them are read, and few requests are refused.
//!
//! How long that takes is for the benchmarks to say.

use std::time::Duration;

use simulator::{Rate, RateChange, World};

use crate::agreed::assert_agreed;
use crate::support::{Audit, Ended, inventory_of, names, serve, texts, world_of};

/// Reads everything; how many requests were refused. Each repository is asked once beside that.
fn refused(estate: &[(&str, &[&str])], repositories: usize, change: impl FnOnce(&mut World)) -> (Ended, usize) {
    let mut world = world_of(estate);
    change(&mut world);
    let simulator = serve(world);
    let audit = Audit::of(&inventory_of(estate));
    let ended = audit.against(&simulator.endpoint());
    assert_agreed(&ended, &ended.stderr);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.json()["summary"]["repos"]["ok"], repositories);
    let requests = simulator.requests();
    let refused = requests.iter().filter(|request| request.status == Some(429)).count();
    assert_eq!(requests.len(), repositories + refused, "nothing else was asked");
    assert_eq!(ended.json()["run"]["wire"]["requests"]["throttled"], refused);
    (ended, refused)
}

#[test]
fn four_thousand_at_two_thousand_a_second() {
    let names = names("repo", 1000);
    let texts = texts(&names);
    let estate = ["a", "b", "c", "d"].map(|namespace| (namespace, &texts[..]));
    let (_, refused) = refused(&estate, 4000, |world| world.rate = Some(Rate::bucket(2000.0, 20)));
    assert!(refused < 320, "{refused} of 4000");
}

#[test]
fn a_rate_that_halves_and_doubles_in_mid_run() {
    let names = names("repo", 1000);
    let estate = [("a", &texts(&names)[..]), ("b", &texts(&names)[..])];
    let (ended, refused) = refused(&estate, 2000, |world| {
        world.rate = Some(Rate::bucket(800.0, 20));
        world.rate_changes = [(700, 400.0), (1900, 800.0), (2500, 1600.0)]
            .map(|(after, per_second)| RateChange {
                after: Duration::from_millis(after),
                rate: Some(Rate::bucket(per_second, 20)),
            })
            .into();
    });
    assert!(refused < 300, "{refused} of 2000");
    let most = ended
        .repos()
        .iter()
        .map(|row| row["attempts"].parse::<u32>().expect("a number"))
        .max();
    // Each of them costs an attempt, and nobody has more than four.
    assert!(most <= Some(4), "{most:?}");
}
