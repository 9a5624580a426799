//! Places that are something else already: two reports in one place, a report among the runs, a report over what it is
//! made from. Each would be the last that is seen of the other.

use std::path::Path;

use super::spot::Spot;
use super::{OutputError, Place, unwritable};

/// Refuses places of which two are one, or that belong to the folder of runs.
///
/// # Errors
/// [`OutputError::Twice`], [`OutputError::AmongRuns`], or that a place cannot be looked at.
pub fn refuse_overlaps(places: &[Place], runs: Option<&Path>) -> Result<(), OutputError> {
    let spots = spots(places)?;
    for (index, (place, spot)) in spots.iter().enumerate() {
        if spots[..index].iter().any(|(_, earlier)| spot.is(earlier)) {
            return Err(OutputError::Twice((*place).clone()));
        }
    }
    let Some(runs) = runs else { return Ok(()) };
    let folder = Spot::of(runs).map_err(|source| unwritable(runs, source))?;
    match spots.into_iter().find(|(_, spot)| spot.belongs_to(&folder)) {
        Some((place, _)) => Err(OutputError::AmongRuns {
            place: place.clone(),
            runs: runs.to_owned(),
        }),
        None => Ok(()),
    }
}

/// Refuses places that are one of these inputs, or in one that is a folder; `what` they are.
///
/// # Errors
/// [`OutputError::Over`], or that a place cannot be looked at.
pub fn refuse_over<'p>(
    places: &[Place],
    inputs: impl IntoIterator<Item = &'p Path>,
    what: &'static str,
) -> Result<(), OutputError> {
    let spots = spots(places)?;
    if spots.is_empty() {
        return Ok(());
    }
    // What cannot be looked at is no input: whoever reads it says so.
    for input in inputs.into_iter().filter_map(|input| Spot::of(input).ok()) {
        if let Some((place, _)) = spots.iter().find(|(_, spot)| input.holds(spot)) {
            return Err(OutputError::Over {
                place: (*place).clone(),
                what,
            });
        }
    }
    Ok(())
}

fn spots(places: &[Place]) -> Result<Vec<(&Place, Spot)>, OutputError> {
    let spot = |place: &'_ Place| match place {
        Place::Stdout => Spot::of_stdout().map_err(OutputError::Stdout),
        Place::File(path) => Spot::of(path).map_err(|source| unwritable(path, source)),
    };
    places.iter().map(|place| Ok((place, spot(place)?))).collect()
}
