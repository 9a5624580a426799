//! The words of the tool as plain types: what should be, what is, and what differs.
//!
//! Knows nothing of YAML, HTTP, files or report formats, and of no other module. Everything else depends on it.

mod caller;
mod cloud;
mod code;
mod credential;
mod ending;
mod endpoint;
mod expectation;
mod finding;
mod gather;
mod inventory;
mod judged;
mod last_seen;
mod limit;
mod listing;
mod mass_change;
mod name;
mod names;
mod observation;
mod others;
mod outcome;
mod overlap;
mod pattern;
mod place;
mod places;
mod plan;
mod policy;
mod region;
mod rule;
mod selection;
mod shown_url;
mod source;
mod survey;
mod unknown;
mod unknown_class;
mod unseen;
mod waiver;
pub(crate) mod words;

pub use caller::{Caller, CallerId, Kinship, is_account_id};
pub use cloud::{CloudDomain, CloudProblem, Family, api_beside_registry, cloud_at, family_at, region_at};
pub use code::{Aim, Code, Severities, Severity};
pub use credential::{Credential, IssuerKind, Keys, Lease};
pub use ending::{Ending, Signal};
pub use endpoint::{Endpoint, EndpointProblem};
pub use expectation::{Expectation, ExpectedFlag, ExpectedTarget, RegionLimits};
pub use finding::{Difference, Finding, RuleStamp, Twin};
pub use gather::Gather;
pub use inventory::{
    Contents, Deciding, Inventory, InventoryFile, Listed, NamespaceEntry, OtherNamespaces, PatternEntry,
    RepositoryEntry, Skip, Treatment,
};
pub use judged::{
    AcceptedInPart, Entanglement, Judged, JudgedRepository, JudgedWaiver, ListingGap, MissingNamespace, OtherFinding,
    SharedCount, SoleCopies, Unasked, WaiverState,
};
pub use last_seen::{LastSeen, SeenRepository, SeenSource};
pub use limit::{Blindness, Limit, LimitCode, ListingDoubt};
pub use listing::{Listing, ListingOrders, Listings, NamespaceListing};
pub use mass_change::{MassChange, Upheaval};
pub use name::{NameProblem, NamespaceName, RepoId, RepositoryName, check_region_id};
pub use names::EntryNames;
pub use observation::{Answer, Evidence, Failure, Look, Observation, Obstacle};
pub use others::Others;
pub use outcome::Outcome;
pub(crate) use overlap::NameKind;
pub use pattern::{Pattern, Scope};
pub use place::Place;
pub use places::{
    Chooser, DocumentPlaces, FlagOrigin, NamespacePlaces, PolicyChoice, PolicyPlaces, SkipPlaces, TargetPlaces,
};
pub use plan::{
    IdleScope, LeftOut, LeftOutCount, Plan, PlannedAccount, PlannedListing, PlannedNamespace, PlannedRepository,
    RepositoryOrigin, Skipped, SkippedWhat,
};
pub use policy::{Policy, PolicyTarget};
pub use region::{Region, known_regions, region, region_called};
pub use rule::{Field, Flags, Rule, RuleList, Target};
pub use selection::{Extent, MissingShards, Selection, Shard};
pub use shown_url::{MASK, hidden_in_url, shown_url};
pub use source::{CredentialChoice, Source};
pub use survey::{Cause, Seen, Survey, SurveyedNamespace, SurveyedRepository, SurveyedSource, Tangle};
pub use unknown::Unknown;
pub use unknown_class::UnknownClass;
pub use unseen::{is_unseen, visible, visible_lines, visible_path};
pub use waiver::{DAYS_AHEAD, WaivedTarget, Waiver};
