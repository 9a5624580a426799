//! `check --live`: lists what the service holds, asks for no rule, and compares the names.

use std::sync::Arc;

use super::asking::Asking;
use super::clock::Clock;
use super::interrupt::UnderWay;
use super::known::Known;
use super::services::Services;
use super::{Failure, Process, ServiceSettings};
use crate::model::{Failure as Unread, Gather, Inventory, Look, NamespaceName, Observation, Plan, Selection};
use crate::plan;
use crate::report::live::Live;

/// Lists every namespace of the inventory that is not skipped.
pub(super) fn compare(
    inventory: &Inventory,
    clock: Clock,
    settings: &ServiceSettings,
    process: Process<'_>,
) -> Result<Live, Failure> {
    let Process { interrupt, talk, .. } = process;
    interrupt.begin(UnderWay::Lists);
    let orders = plan::every_listing(inventory, clock.today());
    let services = Services::connect(&inventory.sources, settings, process)?;
    let mut asking = Asking::new(&services, &Known::Nothing, None, interrupt, talk)?;
    let listings = asking.list(&orders).alone();
    let nothing = Plan::default();
    let (_, asked) = asking.ask(&nothing, &listings, Nobody);
    let plan = plan::resolve(inventory, &listings, &Selection::default(), clock.today());
    Ok(Live::of(&plan, asked.ending))
}

/// No repository is asked for, so nothing comes of any.
struct Nobody;

impl Gather for Nobody {
    fn take(&mut self, _: usize, _: Observation) {}

    fn looked(&mut self, _: &Arc<str>, _: &NamespaceName, _: Look) {}

    fn forget(&mut self, _: usize) {}

    fn forget_look(&mut self, _: &Arc<str>, _: &NamespaceName) {}

    /// Nothing is asked after the lists.
    fn doubt_list(&mut self, _: &Arc<str>, _: &NamespaceName, _: Unread) {}
}
