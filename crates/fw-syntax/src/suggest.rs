//! "Did you mean …?": the first candidate at an edit distance below three.

/// The first of `candidates` that is near enough to what was given.
pub fn suggestion<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given: Vec<char> = given.chars().collect();
    candidates.into_iter().find(|candidate| is_near(&given, candidate))
}

/// ` Did you mean "x"?` or nothing.
pub(crate) fn did_you_mean<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    suggestion(given, candidates).map_or_else(String::new, |s| format!(" Did you mean {s:?}?"))
}

/// Whether the Levenshtein distance is below three.
fn is_near(given: &[char], candidate: &str) -> bool {
    const NEAR: usize = 3;
    let candidate: Vec<char> = candidate.chars().collect();
    if given.len().abs_diff(candidate.len()) >= NEAR {
        return false;
    }
    let mut row: Vec<usize> = (0..=candidate.len()).collect();
    for (i, g) in given.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, c) in candidate.iter().enumerate() {
            let substituted = diagonal + usize::from(g != c);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
        // The least of a row never falls again, so this candidate is out.
        if row.iter().all(|d| *d >= NEAR) {
            return false;
        }
    }
    row[candidate.len()] < NEAR
}
