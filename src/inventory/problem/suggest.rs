//! "Did you mean": the known word that is nearest to what was written.

/// Longer words are no slips of the pen, and comparing them costs their length squared.
const LONGEST: usize = 64;

/// The nearest of `known`, where one is near enough.
pub fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if written.len() > LONGEST {
        return None;
    }
    let written = written.to_lowercase();
    let length = written.chars().count();
    let limit = (length / 4).max(2).min(length.saturating_sub(1));
    known
        .into_iter()
        .filter(|word| word.len() <= LONGEST)
        .map(|word| (strsim::damerau_levenshtein(&written, &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let known = ["override", "syncAuto", "region", "namespace"];
        for (written, expected) in [
            ("overide", Some("override")),
            ("sync_auto", Some("syncAuto")),
            ("REGION", Some("region")),
            ("nmaespace", Some("namespace")),
            ("x", None),
            ("schedule", None),
        ] {
            assert_eq!(nearest(written, known), expected, "{written}");
        }
        assert_eq!(nearest(&"o".repeat(100_000), known), None);
    }
}
