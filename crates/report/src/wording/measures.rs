//! Measures of deployments and code in words.

/// A measure of `quality_association` as people call it; a metric that is not ours keeps its own words.
pub(crate) fn measure_words(name: &str) -> String {
    let known = match name {
        "lines_changed" => "Lines changed",
        "files_changed" => "Files changed",
        "commit_count" => "Commits",
        "pr_count" => "Pull requests",
        "reviewed" => "Reviewed by someone",
        "services_touched" => "Services touched",
        "coverage_pct" => "Coverage",
        "line_coverage_pct" => "Line coverage",
        "branch_coverage_pct" => "Branch coverage",
        "new_code_coverage_pct" => "Coverage of new code",
        "duplicated_lines_pct" => "Duplicated lines",
        "tests_total" => "Tests",
        "tests_failed" => "Failed tests",
        "tests_failed_pct" => "Share of failed tests",
        "tests_skipped" => "Skipped tests",
        "tests_duration_s" => "Duration of tests",
        "technical_debt_min" => "Technical debt",
        "ncloc" => "Lines of code",
        other => return spelled(other),
    };
    known.to_owned()
}

fn spelled(name: &str) -> String {
    let words = name.replace("_pct", "").replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_metrics_keep_their_words() {
        assert_eq!(measure_words("cognitive_complexity"), "Cognitive complexity");
        assert_eq!(measure_words("mutation_pct (new_code)"), "Mutation (new code)");
        assert_eq!(measure_words(""), "");
    }
}
