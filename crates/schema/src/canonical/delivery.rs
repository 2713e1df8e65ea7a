//! Deployments, the services they touch and the commits they carry.

use crate::column::{canonical_table, table};

canonical_table! {
    /// One row per deployment (OpenTelemetry `deployment.*`, CDEvents `service.*`, DevLake `cicd_deployments`).
    deployments by DEPLOYMENT_ID {
        DEPLOYMENT_ID "deployment_id" Text required "Identifier; `<source>:<instance>:<native id>` from native adapters, verbatim from mapped tables.";
        NAME "name" Text optional "Name given by the tool (OTel `deployment.name`).";
        SERVICE_ID "service_id" Text optional "Service after resolution through the aliases; the first one where several are touched.";
        SERVICE_NAME_RAW "service_name_raw" Text optional "Service as written in the export.";
        ENVIRONMENT "environment" Text optional "`production`, `staging`, `test`, `development` or `other` (OTel `deployment.environment.name`).";
        ENVIRONMENT_RAW "environment_raw" Text optional "Environment as written in the export.";
        KIND "kind" Text optional "`deploy`, `rollback`, `hotfix`, `config_change`, `feature_flag`, `remove` or `publish_only`.";
        KIND_BASIS "kind_basis" Text optional "How the kind is known: `explicit`, `rule` or `inferred`.";
        STATE "state" Text optional "Lifecycle: `queued`, `in_progress`, `done` or `unknown`.";
        ORIGINAL_STATE "original_state" Text optional "State as written in the export.";
        RESULT "result" Text optional "Outcome: `success`, `failure`, `error`, `timeout`, `cancellation` or `skip` (OTel `cicd.pipeline.result`).";
        ORIGINAL_RESULT "original_result" Text optional "Outcome as written in the export.";
        ATTEMPT "attempt" Int optional "Number of the attempt, from 1.";
        CREATED_AT "created_at" Instant optional "When the deployment was requested.";
        QUEUED_AT "queued_at" Instant optional "When it was queued.";
        STARTED_AT "started_at" Instant optional "When it started.";
        FINISHED_AT "finished_at" Instant optional "When it ended.";
        DURATION_S "duration_s" Real optional "Seconds from start to end; never negative.";
        CHANGE_ID "change_id" Text optional "Change record that the deployment names.";
        CHANGE_ID_BASIS "change_id_basis" Text optional "How the change is known: `field`, `text_reference` or `window`.";
        COMMIT_SHA "commit_sha" Text optional "Head commit (OTel `vcs.ref.head.revision`).";
        REF_NAME "ref_name" Text optional "Branch or tag.";
        REF_TYPE "ref_type" Text optional "`branch` or `tag`.";
        REPO_URL "repo_url" Text optional "Repository (OTel `vcs.repository.url.full`).";
        COMMIT_AT "commit_at" Instant optional "Committer time of the head commit.";
        FIRST_COMMIT_AT "first_commit_at" Instant optional "Earliest commit in the change set; start of the change lead time.";
        VERSION "version" Text optional "Version deployed (OTel `service.version`).";
        ARTIFACT_ID "artifact_id" Text optional "Artifact, such as a purl or an image digest.";
        PIPELINE_NAME "pipeline_name" Text optional "OTel `cicd.pipeline.name`.";
        PIPELINE_RUN_ID "pipeline_run_id" Text optional "OTel `cicd.pipeline.run.id`.";
        RELEASE_GROUP_ID "release_group_id" Text optional "Shared by the deployments of one release.";
        ROLLS_BACK_DEPLOYMENT_ID "rolls_back_deployment_id" Text optional "The deployment that this one undoes.";
        APPROVAL_PATH "approval_path" Text optional "How it was approved, where the tool tells.";
        APPROVED_AT "approved_at" Instant optional "When it was approved.";
        COMMIT_COUNT "commit_count" Int optional "Commits in the change set.";
        PR_COUNT "pr_count" Int optional "Pull requests in the change set.";
        FILES_CHANGED "files_changed" Int optional "Files changed.";
        LINES_ADDED "lines_added" Int optional "Lines added.";
        LINES_DELETED "lines_deleted" Int optional "Lines deleted.";
        LINES_CHANGED "lines_changed" Int optional "Lines added plus deleted, where the export has only the sum.";
        ARTIFACT_BYTES "artifact_bytes" Int optional "Size of the artifact in bytes.";
        ACTOR_KIND "actor_kind" Text optional "`human`, `automation` or `unknown`; never a person.";
        TIME_QUALITY "time_quality" Text optional "`exact_utc`, `offset`, `assumed_zone`, `inferred_zone` or `date_only`.";
        TIME_UNCERTAINTY_S "time_uncertainty_s" Real optional "Possible clock error in seconds.";
    }
}

table! {
    /// One row per deployment and service that it touches.
    deployment_services by DEPLOYMENT_ID, SERVICE_NAME_RAW {
        DEPLOYMENT_ID "deployment_id" Text required "Deployment.";
        SERVICE_NAME_RAW "service_name_raw" Text required "Service as written in the export.";
        SERVICE_ID "service_id" Text optional "Service after resolution.";
    }
}

table! {
    /// One row per deployment and commit; rows of one deployment that differ in time keep their own times here.
    deployment_commits by DEPLOYMENT_ID, COMMIT_ID, SOURCE_ROW {
        DEPLOYMENT_ID "deployment_id" Text required "Deployment.";
        COMMIT_ID "commit_id" Text required "Identifier of the row: the export's own, else the commit.";
        REPO_URL "repo_url" Text optional "Repository.";
        COMMIT_SHA "commit_sha" Text optional "Commit.";
        REF_NAME "ref_name" Text optional "Branch or tag.";
        COMMIT_AT "commit_at" Instant optional "Committer time.";
        IS_HEAD "is_head" Bool optional "Whether it is the head of the change set.";
        SERVICE_NAME_RAW "service_name_raw" Text optional "Service of this row as written in the export.";
        ENVIRONMENT "environment" Text optional "Environment of this row.";
        RESULT "result" Text optional "Outcome of this row.";
        STARTED_AT "started_at" Instant optional "Start of this row.";
        FINISHED_AT "finished_at" Instant optional "End of this row.";
        SOURCE_ROW "source_row" Int optional "Row in the file.";
    }
}
