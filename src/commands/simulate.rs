//! `simulate`: a world from a YAML file, served until a signal.

use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;

use simulator::{Simulator, World};

use super::talk::Talk;
use super::{Failure, interrupt};

/// Largest world that is read.
const LIMIT: u64 = 64 * 1024 * 1024;

/// Serves the world on loopback until SIGINT or SIGTERM.
pub fn simulate(path: &Path, listen: SocketAddr, talk: &Talk) -> Result<u8, Failure> {
    let world = read(path)?;
    let opens = world.credentials.access_keys.is_empty() && world.credentials.tokens.is_empty();
    let simulator = Simulator::start_at(world, listen).map_err(|source| Failure::System {
        doing: "serve the world",
        source,
    })?;
    talk.say(&format!("serving {} at {}\n", path.display(), simulator.endpoint()));
    if opens {
        talk.say("no credentials in the world: any key or token is accepted\n");
    }
    talk.say(&format!(
        "next: swr-audit run --endpoint {} INVENTORY\n",
        simulator.endpoint()
    ));
    interrupt::wait()?;
    talk.say(&format!("stopped; requests answered: {}\n", simulator.requests().len()));
    Ok(0)
}

fn read(path: &Path) -> Result<World, Failure> {
    let failed = |why: String| Failure::World {
        path: path.to_owned(),
        why,
    };
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    let mut text = String::new();
    file.take(LIMIT)
        .read_to_string(&mut text)
        .map_err(|error| failed(error.to_string()))?;
    // The reader's own limits are for strangers' files; a world is the user's, and may hold 100,000 repositories.
    let options = serde_yaml::options! { budget: None, with_snippet: false };
    serde_yaml::from_str_with_options(&text, options).map_err(|error| failed(error.to_string()))
}
