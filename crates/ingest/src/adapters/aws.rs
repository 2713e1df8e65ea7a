//! Amazon Web Services: deployments of CodeDeploy, images of ECR, and the events of both from EventBridge.
//!
//! Growing a group of machines runs CodeDeploy as well and is left out. Pushing an image publishes it and deploys nothing.

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::kind;
use serde_json::Value;

use super::shared::{Desk, Entry, Origin, Reader, Refused, Translate, pipeline, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use crate::records::documents::object_in;

const NAME: &str = "aws";

/// The adapter.
pub(super) struct Aws;

impl Adapter for Aws {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        const FILLS: &[&str] = &["deployments"];
        &[
            Export {
                what: "deployments of CodeDeploy",
                how: "for id in $(aws deploy list-deployments --query 'deployments[]' --output text); do aws deploy get-deployment --deployment-id $id; done > codedeploy.json",
                fills: FILLS,
                verified: Verified::Documentation,
            },
            Export {
                what: "images pushed to ECR",
                how: "aws ecr describe-images --repository-name REPOSITORY > ecr-REPOSITORY.json",
                fills: FILLS,
                verified: Verified::Documentation,
            },
            Export {
                what: "events of CodeDeploy and ECR that a rule of EventBridge sends to a log group",
                how: "aws logs filter-log-events --log-group-name /aws/events/GROUP > events.json",
                fills: FILLS,
                verified: Verified::Documentation,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let of = |what: &str| Confidence::of(93, &deployments::TABLE, what);
        if sample.most(|record| is_deployment(deployment(record)) || is_list_of_ids(record)) {
            return of("deployments of AWS CodeDeploy");
        }
        if sample.most(is_image) {
            return of("images of AWS ECR");
        }
        if sample.most(|record| event(record).is_some()) { of("events of AWS EventBridge") } else { Confidence::default() }
    }

    fn rest(&self) -> &'static str {
        "fetch the next page with --starting-token NEXTTOKEN"
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

/// `get-deployment` wraps each one by itself.
fn deployment(record: &Value) -> &Value {
    record.get("deploymentInfo").unwrap_or(record)
}

fn is_deployment(record: &Value) -> bool {
    let named = values::has(record, "applicationName") && values::has_key(record, "deploymentGroupName");
    named && values::text(record, "deploymentId").is_some_and(|id| id.starts_with("d-"))
}

fn is_list_of_ids(record: &Value) -> bool {
    values::list(record, "deployments").first().and_then(Value::as_str).is_some_and(|id| id.starts_with("d-"))
}

fn is_image(record: &Value) -> bool {
    values::has(record, "imagePushedAt") && values::has(record, "imageDigest") && values::has_key(record, "repositoryName")
}

/// The event itself, or the one that stands as text in a log.
fn event(record: &Value) -> Option<std::borrow::Cow<'_, Value>> {
    let is_event = |record: &Value| {
        values::has_key(record, "detail-type") && values::text(record, "source").is_some_and(|source| source.starts_with("aws."))
    };
    if is_event(record) {
        return Some(std::borrow::Cow::Borrowed(record));
    }
    record.get("message").and_then(object_in).filter(is_event).map(std::borrow::Cow::Owned)
}

/// What events tell about one deployment.
struct Told {
    origin: Origin,
    application: String,
    group: String,
    began: Option<i64>,
    ended: Option<(i64, String)>,
}

#[derive(Default)]
struct Work {
    /// Deployments whose record was read.
    known: BTreeSet<String>,
    told: BTreeMap<String, Told>,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let deployment = deployment(record);
        if is_deployment(deployment) {
            return self.deployment(deployment, desk);
        }
        if is_image(record) {
            let native = values::text(record, "registryId").unwrap_or_default().into_owned();
            return image(record, &native, &IMAGE, desk);
        }
        if let Some(event) = event(record) {
            return self.event(&event, desk);
        }
        let message = if is_list_of_ids(record) {
            "a list of identifiers only: call aws deploy get-deployment --deployment-id for each of them"
        } else {
            "neither a deployment of CodeDeploy, nor an image of ECR, nor an event of either"
        };
        Err(Refused::unknown(message))
    }

    /// Deployments that only events tell of.
    fn finish(&mut self, desk: &mut Desk<'_>) {
        for (id, told) in std::mem::take(&mut self.told) {
            desk.go_to(&told.origin);
            if !self.known.contains(&desk.id(&id)) {
                keep_told(&id, &told, desk);
            }
        }
    }
}

impl Work {
    fn deployment(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let id = desk.id(&values::text(record, "deploymentId").ok_or(Refused::missing("deploymentId"))?);
        self.known.insert(id.clone());
        let creator = values::text(record, "creator").unwrap_or_default();
        if creator == "autoscaling" {
            return Ok(());
        }
        let mut entry = desk.entry(&deployments::TABLE, record);
        entry.put(&deployments::DEPLOYMENT_ID, &id);
        entry.text(&deployments::ENVIRONMENT_RAW, "deploymentGroupName");
        entry.text(&deployments::PIPELINE_NAME, "deploymentGroupName");
        if let Some(application) = values::text(record, "applicationName") {
            entry.service(&application);
        }
        entry.time(&deployments::CREATED_AT, "createTime");
        entry.time(&deployments::STARTED_AT, "startTime");
        entry.time(&deployments::FINISHED_AT, "completeTime");
        put_revision(&mut entry, record);
        put_status(&mut entry, record);
        put_kind(&mut entry, record, &creator, desk);
        desk.keep(entry);
        Ok(())
    }

    fn event(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        match values::text(record, "detail-type").as_deref() {
            Some("ECR Image Action") => {
                let is = |key: &str, word: &str| values::text(record, key).is_some_and(|text| text == word);
                if is("detail.action-type", "PUSH") && is("detail.result", "SUCCESS") {
                    let account = values::text(record, "account").unwrap_or_default().into_owned();
                    return image(record, &account, &PUSH, desk);
                }
                Ok(())
            }
            Some("CodeDeploy Deployment State-change Notification") => self.state(record, desk),
            // Other events are sent to the same places: of single machines, of scans.
            _ => Ok(()),
        }
    }

    fn state(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let id = values::text(record, "detail.deploymentId").ok_or(Refused::missing("detail.deploymentId"))?;
        let at = desk.entry(&deployments::TABLE, record).instant("time").ok_or(Refused::missing("time"))?;
        let word = |path: &str| values::text(record, path).unwrap_or_default().into_owned();
        let told = self.told.entry(id.into_owned()).or_insert_with(|| Told {
            origin: desk.origin(),
            application: word("detail.application"),
            group: word("detail.deploymentGroup"),
            began: None,
            ended: None,
        });
        match word("detail.state").as_str() {
            "START" => told.began = Some(told.began.map_or(at, |began| began.min(at))),
            state @ ("SUCCESS" | "FAILURE" | "STOP") => told.ended = Some((at, state.to_owned())),
            _ => {}
        }
        Ok(())
    }
}

fn keep_told(id: &str, told: &Told, desk: &mut Desk<'_>) {
    let mut entry = desk.entry(&deployments::TABLE, &Value::Null);
    entry.put(&deployments::DEPLOYMENT_ID, &desk.id(id));
    entry.put(&deployments::ENVIRONMENT_RAW, &told.group);
    entry.put(&deployments::PIPELINE_NAME, &told.group);
    entry.service(&told.application);
    if let Some(began) = told.began {
        entry.put_time(&deployments::STARTED_AT, began);
    }
    match &told.ended {
        Some((at, state)) => {
            entry.put_time(&deployments::FINISHED_AT, *at);
            entry.put(&deployments::ORIGINAL_RESULT, if state == "STOP" { "STOPPED" } else { state });
        }
        None => entry.put(&deployments::STATE, "in_progress"),
    }
    desk.keep(entry);
}

fn put_revision(entry: &mut Entry<'_>, record: &Value) {
    entry.text(&deployments::COMMIT_SHA, "revision.gitHubLocation.commitId");
    if let Some(repository) = values::text(record, "revision.gitHubLocation.repository") {
        entry.put(&deployments::REPO_URL, &format!("https://github.com/{repository}"));
    }
    let (bucket, key) = (values::text(record, "revision.s3Location.bucket"), values::text(record, "revision.s3Location.key"));
    if let (Some(bucket), Some(key)) = (bucket, key) {
        let version =
            values::text(record, "revision.s3Location.version").map_or_else(String::new, |version| format!("?versionId={version}"));
        entry.put(&deployments::ARTIFACT_ID, &format!("s3://{bucket}/{key}{version}"));
    }
}

/// `Baking` and `Ready` wait for traffic to move. What an alarm or too many unhealthy machines stopped has failed; what a person stopped is
/// cancelled.
fn put_status(entry: &mut Entry<'_>, record: &Value) {
    let status = values::text(record, "status").unwrap_or_default();
    let code = values::text(record, "errorInformation.code");
    match status.as_ref() {
        "Baking" | "Ready" | "Created" | "Queued" | "InProgress" => {
            entry.put(&deployments::ORIGINAL_STATE, &status);
            if matches!(status.as_ref(), "Baking" | "Ready") {
                entry.put(&deployments::STATE, "in_progress");
            }
        }
        _ => entry.put(&deployments::ORIGINAL_RESULT, &status),
    }
    if status == "Stopped" && code.is_some_and(|code| code != "MANUAL_STOP") {
        entry.put(&deployments::RESULT, "failure");
    }
}

fn put_kind(entry: &mut Entry<'_>, record: &Value, creator: &str, desk: &Desk<'_>) {
    if let Some(undone) = values::text(record, "rollbackInfo.rollbackTriggeringDeploymentId") {
        entry.put(&deployments::ROLLS_BACK_DEPLOYMENT_ID, &desk.id(&undone));
    }
    if entry.has(&deployments::ROLLS_BACK_DEPLOYMENT_ID) || creator.ends_with("Rollback") {
        entry.put(&deployments::KIND, kind::ROLLBACK);
        entry.put(&deployments::KIND_BASIS, "explicit");
    }
    if creator.starts_with("codeDeploy") || creator.starts_with("CodeDeploy") || creator.starts_with("CloudFormation") {
        entry.put(&deployments::ACTOR_KIND, "automation");
    }
}

/// Where a pushed image stands in a record.
struct Image {
    repository: &'static str,
    digest: &'static str,
    tags: &'static str,
    pushed: &'static str,
}

const IMAGE: Image = Image { repository: "repositoryName", digest: "imageDigest", tags: "imageTags", pushed: "imagePushedAt" };
const PUSH: Image = Image { repository: "detail.repository-name", digest: "detail.image-digest", tags: "detail.image-tag", pushed: "time" };

/// Keeps a push as evidence of when a version came to be.
fn image(record: &Value, account: &str, image: &Image, desk: &mut Desk<'_>) -> Result<(), Refused> {
    let repository = values::text(record, image.repository).ok_or(Refused::missing("repositoryName"))?;
    let digest = values::text(record, image.digest).ok_or(Refused::missing("imageDigest"))?;
    let mut entry = desk.entry(&deployments::TABLE, record);
    entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&format!("{account}/{repository}@{digest}")));
    pipeline::publish(&mut entry);
    entry.put(&deployments::ARTIFACT_ID, &format!("pkg:oci/{repository}@{digest}"));
    // Tags such as `latest` move on to other images.
    entry.put_opt(&deployments::VERSION, values::texts(record, image.tags).iter().find(|tag| *tag != "latest"));
    entry.int(&deployments::ARTIFACT_BYTES, "imageSizeInBytes");
    entry.time(&deployments::FINISHED_AT, image.pushed);
    entry.service(&repository);
    desk.keep(entry);
    Ok(())
}
