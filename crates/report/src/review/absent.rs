//! Sections that this run cannot fill: they keep their place and say what fills them.

use sequela_schema::Frames;
use sequela_schema::canonical::{changes, problems, quality_measures};

use super::parts::Head;

/// The sections without a table: 7, 10, 11 and 12.
#[derive(Debug)]
pub(super) struct Absent {
    pub(super) problems: Head,
    pub(super) approval: Head,
    pub(super) accreditation: Head,
    pub(super) reconciliation: Head,
}

/// Fills their heads in.
pub(super) fn sections(frames: &Frames) -> Absent {
    let head = |number, id, title: &str, is_given: bool, filled_by: &str| Head {
        number,
        id,
        title: title.to_owned(),
        finding: match is_given {
            true => "These records were read, but this version of Sequela does not compute the section yet.".to_owned(),
            false => format!("{filled_by} fills this section; none was given."),
        },
        meta: "Not in this review".to_owned(),
        rows: Vec::new(),
    };
    let has = |table| frames.height(table) > 0;
    let (has_changes, has_problems, has_quality) = (has(&changes::TABLE), has(&problems::TABLE), has(&quality_measures::TABLE));
    Absent {
        problems: head(7, "problems", "Problem candidates", has_problems, "A problem export beside incidents with category and title"),
        approval: head(10, "approval", "Change approval", has_changes, "A change export with type and approval"),
        accreditation: head(
            11,
            "accreditation",
            "Team accreditation",
            has_changes && has_quality,
            "A change export and a quality export (SonarQube, Cobertura or JaCoCo) beside owners of services",
        ),
        reconciliation: head(12, "reconciliation", "Reconciliation of changes and deployments", has_changes, "A change export"),
    }
}
