//! `check --live`: lists what the service holds, asks for no rule, and judges the names.

use super::asking::Asking;
use super::clock::Clock;
use super::interrupt::UnderWay;
use super::known::Known;
use super::services::Services;
use super::{Failure, Process, ServiceSettings};
use crate::judge::{Guard, Judging};
use crate::model::{Answer, Evidence, Gather as _, Inventory, Look, Observation, Selection};
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
    let asked = asking.end();

    let plan = plan::resolve(inventory, &listings, &Selection::default(), clock.today()).of_names();
    let mut judging = Judging::new(&plan);
    for namespace in plan.namespaces.iter().filter(|namespace| namespace.is_seen()) {
        judging.looked(&namespace.source.name, &namespace.name, Look::Present);
    }
    for (index, planned) in plan.repositories.iter().enumerate() {
        // A list says that a repository exists, which is all that is asked here.
        let answer = if planned.is_listed {
            Answer::Rules(Vec::new().into())
        } else {
            Answer::Absent
        };
        let evidence = Evidence::default();
        judging.take(index, Observation { answer, evidence });
    }
    let judged = judging.finish(&inventory.sources, &[], clock.today(), Guard::off());
    Ok(Live::of(&plan, &judged, asked.ending))
}
