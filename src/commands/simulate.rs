//! `simulate`: a world from a YAML file, served until a signal.

use std::net::SocketAddr;
use std::path::Path;

use simulator::{Simulator, World};

use super::interrupt::{Interrupt, UnderWay};
use super::talk::Talk;
use super::{Failure, runtime};
use crate::input::Reader;

use crate::model::visible_path;

/// Largest world that is read.
const LIMIT: u64 = 64 * 1024 * 1024;

/// Serves the world on loopback until SIGINT or SIGTERM.
pub fn simulate(path: &Path, listen: SocketAddr, interrupt: &Interrupt, talk: &Talk) -> Result<u8, Failure> {
    let world = read(path, &interrupt.reader())?;
    let opens = world.credentials.access_keys.is_empty() && world.credentials.tokens.is_empty();
    interrupt.begin(UnderWay::Server);
    let simulator = Simulator::start_at(world, listen).map_err(|source| Failure::System {
        doing: "serve the world",
        source,
    })?;
    talk.say(&format!("serving {} at {}\n", visible_path(path), simulator.endpoint()));
    if opens {
        talk.say("no credentials in the world: any key or token is accepted\n");
    }
    talk.say(&format!(
        "next: swr-audit run --endpoint {} INVENTORY\n",
        simulator.endpoint()
    ));
    runtime()?.block_on(interrupt.stop().cancelled());
    talk.say(&format!("stopped; requests answered: {}\n", simulator.requests().len()));
    Ok(0)
}

fn read(path: &Path, reader: &Reader) -> Result<World, Failure> {
    let failed = |why: String| Failure::World {
        path: path.to_owned(),
        why,
    };
    let text = reader.read(path, LIMIT).map_err(|error| failed(error.to_string()))?;
    // The reader's own limits are for strangers' files; a world is the user's, and may hold 100,000 repositories.
    let options = serde_yaml::options! { budget: None, with_snippet: false };
    serde_yaml::from_slice_with_options(&text, options).map_err(|error| failed(error.to_string()))
}
