//! Files beside the project that are no list of anything known.

use sequela_ingest::recognise;

use crate::support::shared;

/// Files beside the project that are no list of incidents, deployments or ownership are not taken for one.
#[test]
fn other_payloads_are_not_taken_for_ours() {
    let Some(base) = shared("payloads") else { return };
    for file in [
        "servicenow/faros_source/users.json",
        "servicenow/faros_source/future_state.json",
        "github/devlake_raw/_raw_github_api_events.jsonl",
    ] {
        let recognised = recognise(&base.join(file)).unwrap();
        assert!(recognised.kind == "table" && recognised.confidence < sequela_ingest::CONFIDENT, "{file}: {recognised:?}");
    }
}
