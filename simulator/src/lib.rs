//! A simulator of the management API of Huawei Cloud SWR (shared edition), over real HTTP.
//!
//! It answers from a [`World`]: organizations, their repositories, the replication rules of each,
//! who may see what, and what goes wrong on the way. It shares no code with the client that it is
//! there to test: its wire types and its signature check are its own, so that a mistake made once
//! does not agree with itself. Where the documentation leaves open how the service behaves, the
//! behaviour is a switch of the world ([`Behaviour`]).
//!
//! ```
//! use swr_audit_simulator::{Rule, Simulator, World};
//!
//! let mut world = World::default();
//! world.repository("prod", "team/web").rules.push(Rule::to("cn-east-3", "prod-dr"));
//! let simulator = Simulator::start(world)?;
//! assert!(simulator.endpoint().starts_with("http://127.0.0.1:"));
//! assert!(simulator.requests().is_empty());
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! The server lives on a thread of its own and stops when the [`Simulator`] is dropped; every
//! function here is a plain one, for tests without a runtime and inside of one.

mod answer;
mod behaviour;
mod body;
mod errors;
mod faults;
mod gate;
mod gzip;
mod issue;
mod issued;
mod listing;
mod percent;
mod query;
mod rate;
mod record;
mod route;
mod secret;
mod server;
mod service;
mod signature;
mod simulator;
mod state;
#[cfg(feature = "tls")]
mod tls;
mod wire;
mod world;

pub use behaviour::{
    AccountCalls, Behaviour, Denied, EmptyList, ExpiredToken, ListingTotal, ManualRules, NoJobs, RefusedSignature,
    RuleLimit, Shape, Throttled, TimeFraction, UnpagedTags,
};
pub use faults::{Encoding, ErrorAnswer, Fault, Misbehaviour, RawAnswer, SlowBody};
pub use rate::{Rate, RateChange, RateLimit};
pub use record::Request;
pub use route::Call;
pub use secret::Secret;
pub use simulator::Simulator;
pub use world::{
    Access, AccessKey, Account, Credentials, JobStatus, Listed, Namespace, Repository, Rule, Server, SyncJob,
    SyncRegion, Tag, User, World,
};
