//! Which criteria of good practice a team meets.

use crate::column::table;

table! {
    /// One row per team and criterion, and one per team with the criterion `overall`. Teams, never persons.
    team_accreditation by TEAM_ID, CRITERION {
        TEAM_ID "team_id" Text required "Team.";
        CRITERION "criterion" Text required "`overall`, `change_failure_rate`, `time_to_restore`, `coverage`, `change_records` or `volume`.";
        N "n" Int required "Observations.";
        VALUE "value" Real optional "Figure of the team, in the unit of the criterion.";
        LOWER "lower" Real optional "Lower end of its interval.";
        UPPER "upper" Real optional "Upper end.";
        LEVEL "level" Text required "`gold`, `silver`, `bronze`, `none`, `too few to say` or `not given`: the best that the whole interval supports.";
        NEXT_LEVEL "next_level" Text optional "The level above.";
        NEXT_TARGET "next_target" Real optional "What it asks for.";
        NEXT_STEP "next_step" Text optional "What would reach it, in words.";
    }
}
