//! Measures of code quality.

use crate::column::canonical_table;

canonical_table! {
    /// One row per measure of a service or repository at a time.
    quality_measures by SERVICE_NAME_RAW, REPO_URL, METRIC, MEASURED_AT {
        SERVICE_ID "service_id" Text optional "Service after resolution.";
        SERVICE_NAME_RAW "service_name_raw" Text optional "Service as written.";
        REPO_URL "repo_url" Text optional "Repository.";
        COMMIT_SHA "commit_sha" Text optional "Commit.";
        MEASURED_AT "measured_at" Instant optional "When it was measured.";
        METRIC "metric" Text required "Name of the measure, such as `coverage_pct`.";
        VALUE "value" Real optional "Value.";
        UNIT "unit" Text optional "Unit.";
        SCOPE "scope" Text optional "What was measured, such as `overall` or `new_code`.";
    }
}
