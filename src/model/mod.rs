//! The words of the tool as plain types: what should be, what is, and what differs.
//!
//! Knows nothing of YAML, HTTP, files or report formats, and of no other module. Everything else depends on it.

mod code;
mod credential;
mod expectation;
mod finding;
mod inventory;
mod judged;
mod limit;
mod name;
mod observation;
mod outcome;
mod place;
mod plan;
mod region;
mod rule;
mod source;
mod trail;
mod unknown;

pub use code::{Code, Severities, Severity};
pub use credential::{Credential, IssuerKind, Keys, Lease};
pub use expectation::{Expectation, ExpectedFlag, ExpectedTarget, OtherRules, RegionLimits, RegionPattern};
pub use finding::{Difference, Finding, RuleStamp, Twin};
pub use inventory::{Contents, Inventory, InventoryFile, NamespaceEntry, RepositoryEntry, Skip};
pub use judged::{Judged, JudgedRepository, MissingNamespace, Unasked};
pub use limit::{Blindness, Limit};
pub use name::{NameProblem, NamespaceName, RepoId, RepositoryName, check_region_id};
pub use observation::{Answer, Evidence, Failure, Look, Observation};
pub use outcome::Outcome;
pub use place::Place;
pub use plan::{Plan, PlannedRepository, Skipped};
pub use region::{Region, known_regions, region};
pub use rule::{Field, Flags, Rule, Target};
pub use source::{CredentialChoice, Endpoint, EndpointProblem, Source};
pub use trail::{Chooser, FlagOrigin, PolicyTrail, SkipTrail, TargetTrail, Trail};
pub use unknown::{Unknown, UnknownClass};
