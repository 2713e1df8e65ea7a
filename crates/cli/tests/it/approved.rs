//! The numbers behind the tables of change management: approval, pre-approval, accreditation.

use sequela_schema::Values;
use sequela_schema::canonical::{services, teams};
use sequela_schema::result::{approval_paths, standard_change_candidates, team_accreditation};

use crate::truth::Expected::{self, Ends, Number, Text, Words};
use crate::truth::{Row, Truth};

impl Truth {
    /// The row of an approval path by the name that the review gives it.
    fn of_path(&self, name: &str) -> Row {
        let key = match name {
            "Pre-approved" => "pre_approved",
            "Peer review" => "peer",
            "CAB" => "cab",
            "Emergency board" => "ecab",
            "Automated check" => "automated",
            "No record" => "none",
            "Not known" => "unknown",
            other => panic!("{other:?} is no approval path"),
        };
        Row::with(self.table("approval_paths"), &approval_paths::PATH, key)
    }

    pub(crate) fn path(&self, name: &str) -> Vec<Expected> {
        use approval_paths as a;
        let row = self.of_path(name);
        let mut cells = vec![Words, row.count(&a::CHANGES)];
        let columns = [&a::LARGE_SHARE, &a::LEAD_MEDIAN_HOURS, &a::ADDED_HOURS, &a::FAILURES, &a::FAILURE_RATE];
        cells.extend(columns.map(|column| Number(row.real(column))));
        cells.push(Ends(row.real(&a::LOWER), row.real(&a::UPPER)));
        cells.extend([&a::CRUDE_RATIO, &a::RATIO].map(|column| Number(row.real(column))));
        cells.extend([Ends(row.real(&a::RATIO_LOWER), row.real(&a::RATIO_UPPER)), Words]);
        cells
    }

    pub(crate) fn ratios(&self, name: &str) -> Vec<Expected> {
        use approval_paths as a;
        let row = self.of_path(name);
        let ends = |lower, upper| Ends(row.real(lower), row.real(upper));
        vec![
            Words,
            Number(row.real(&a::CRUDE_RATIO)),
            ends(&a::CRUDE_LOWER, &a::CRUDE_UPPER),
            Number(row.real(&a::RATIO)),
            ends(&a::RATIO_LOWER, &a::RATIO_UPPER),
        ]
    }

    /// A change model is called by service, model, type and kind, as far as they are there.
    pub(crate) fn model(&self, name: &str, heads: &[&str]) -> Vec<Expected> {
        use standard_change_candidates as c;
        let frame = self.table("standard_change_candidates");
        let catalog = self.table("services");
        let ids = catalog.texts(&services::SERVICE_ID).unwrap();
        let service = |id: &str| {
            let row = ids.iter().position(|found| found == Some(id));
            let called = row.and_then(|row| {
                let name = |column| catalog.texts(column).unwrap().get(row).map(ToOwned::to_owned);
                name(&services::DISPLAY_NAME).or_else(|| name(&services::NAME))
            });
            called.unwrap_or_else(|| id.to_owned())
        };
        let called = |row: usize| {
            let text = |column| frame.texts(column).unwrap().get(row).unwrap().to_owned();
            let parts = [service(&text(&c::SERVICE_ID)), text(&c::MODEL), text(&c::TYPE), text(&c::KIND).replace('_', " ")];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
        };
        let number = (0..frame.height()).find(|row| called(*row) == name).unwrap_or_else(|| panic!("no change model {name:?}"));
        let row = Row(frame, number);
        let failed = row.real_of_int(&c::CHANGES) - row.real(&c::SUCCESSES).unwrap();
        let cell = |head: &&str| match *head {
            "Changes" => row.count(&c::CHANGES),
            "Failed (expected)" => Number(Some(failed)),
            "Success" => Number(row.real(&c::SUCCESS_RATE)),
            "Interval" => Ends(row.real(&c::LOWER), row.real(&c::UPPER)),
            "At the board" => row.count(&c::AT_BOARD),
            "Pre-approved" => row.count(&c::PRE_APPROVED),
            "Waiting freed a year" => Number(row.real(&c::CAB_HOURS)),
            "Board time freed a year" => Number(row.real(&c::BOARD_HOURS)),
            _ => Words,
        };
        heads.iter().map(cell).collect()
    }

    /// The team's figure under each criterion that has a column.
    pub(crate) fn accredited(&self, team: &str, heads: &[&str]) -> Vec<Expected> {
        use team_accreditation as a;
        let frame = self.table("team_accreditation");
        let catalog = self.table("teams");
        let named = catalog.texts(&teams::NAME).unwrap().iter().position(|name| name == Some(team));
        let id = named.map_or(team, |row| catalog.texts(&teams::TEAM_ID).unwrap().get(row).unwrap()).to_owned();
        let of = |criterion: &str| {
            let (teams, criteria) = (frame.texts(&a::TEAM_ID).unwrap(), frame.texts(&a::CRITERION).unwrap());
            let row = (0..frame.height()).find(|row| teams.get(*row) == Some(&id) && criteria.get(*row) == Some(criterion));
            Row(frame.clone(), row.unwrap_or_else(|| panic!("no {criterion} of {team:?}")))
        };
        let cell = |head: &&str| match *head {
            "Level" => Text(match of("overall").text(&a::LEVEL).as_str() {
                "none" => "None yet".to_owned(),
                "not given" => "Not judged".to_owned(),
                level => level[..1].to_uppercase() + &level[1..],
            }),
            "Change failure rate" => Number(of("change_failure_rate").real(&a::VALUE)),
            "Time to restore, median" => Number(of("time_to_restore").real(&a::VALUE)),
            "Test coverage" => Number(of("coverage").real(&a::VALUE)),
            "Complete change records" => Number(of("change_records").real(&a::VALUE)),
            "Deployments" => Number(of("volume").real(&a::VALUE)),
            _ => Words,
        };
        heads.iter().map(cell).collect()
    }
}
