//! One line per suspect, as a person would tell it.

use sequela_schema::vocabulary::relation;

use super::numbers::{duration, plural, probability, thousands};

/// A deployment that may have caused an incident.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suspect {
    /// Deployment.
    pub(crate) deployment: String,
    /// Service that was deployed.
    pub(crate) service: String,
    /// How it relates to the service of the incident.
    pub(crate) relation: String,
    /// Seconds from the deployment to the incident; negative when it ended later.
    pub(crate) lag_seconds: Option<f64>,
    /// Whether it was rolled back right after the incident began.
    pub(crate) is_rolled_back: bool,
    /// Hours from the incident to that rollback, where it is in the data.
    pub(crate) rolled_back_after: Option<f64>,
    /// Probability that it caused the incident.
    pub(crate) probability: f64,
}

impl Suspect {
    /// `2 h 10 min after deployment D on ledger, which it depends on; rolled back 20 min later`.
    pub(crate) fn words(&self) -> String {
        let mut text = format!("{} {}", after_words(self.lag_seconds, &self.deployment), self.place());
        if self.is_rolled_back {
            text.push_str("; rolled back ");
            text.push_str(
                &self
                    .rolled_back_after
                    .map_or_else(|| "right after the incident began".to_owned(), |hours| format!("{} later", duration(hours))),
            );
        }
        text
    }

    fn place(&self) -> String {
        let service = &self.service;
        match self.relation.as_str() {
            relation::SAME_SERVICE => "on the same service".to_owned(),
            relation::DEPENDS_ON => format!("on {service}, which it depends on"),
            relation::TWO_HOPS => format!("on {service}, two dependencies away"),
            relation::SAME_TEAM => format!("on {service}, another service of the same team"),
            relation::ASSERTED => format!("on {service}, named in the record"),
            other => format!("on {service} ({other})"),
        }
    }
}

/// `2 h 10 min after deployment D`.
fn after_words(lag_seconds: Option<f64>, deployment: &str) -> String {
    match lag_seconds {
        None => format!("Deployment {deployment}"),
        Some(seconds) if seconds < 0.0 => format!("{} before the end of deployment {deployment}", duration(-seconds / 3_600.0)),
        Some(0.0) => format!("At the same moment as deployment {deployment}"),
        Some(seconds) => format!("{} after deployment {deployment}", duration(seconds / 3_600.0)),
    }
}

/// The incident that this one may follow from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Before {
    /// Its number, where it is in the data.
    pub(crate) incident: Option<String>,
    /// Hours from it to this one.
    pub(crate) hours: f64,
    /// Probability that a change caused it.
    pub(crate) change: f64,
    /// Probability that this one follows from it.
    pub(crate) probability: f64,
}

impl Before {
    /// `that it follows from incident INC1, which began 24 min before (90 % that a change caused that one)`.
    pub(crate) fn words(&self) -> String {
        match &self.incident {
            Some(incident) => format!(
                "that it follows from incident {incident}, which began {} before ({} that a change caused that one)",
                duration(self.hours),
                probability(self.change)
            ),
            None => "that it follows from the incident before".to_owned(),
        }
    }
}

/// Everything that may have brought about an incident.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suspicion {
    /// Deployments, the likeliest first.
    pub(crate) suspects: Vec<Suspect>,
    /// Other deployments in the window.
    pub(crate) others: i64,
    /// The incident before, if this one may follow from it.
    pub(crate) before: Option<Before>,
    /// Probability that no deployment caused it.
    pub(crate) background: f64,
}

impl Suspicion {
    /// One line where at most one deployment is suspected, else a head and one line for each that may have brought it about. Each line
    /// ends in a line feed.
    pub(crate) fn words(&self) -> String {
        let none = format!("{} that no deployment caused it", probability(self.background));
        match (self.suspects.as_slice(), &self.before) {
            ([], None) => format!("{}; {none}.\n", self.nobody()),
            ([], Some(before)) => format!("{}; {} {}; {none}.\n", self.nobody(), probability(before.probability), before.words()),
            ([only], None) => format!("{}; {}; {}; {none}.\n", only.words(), self.others_words(), probability(only.probability)),
            _ => format!("{}\n{}{}.\n", self.head(), self.lines(), capital(&self.others_words())),
        }
    }

    /// Deployments of one release cannot be told apart by time: no single culprit is named where several share the blame.
    fn head(&self) -> String {
        let (number, together) = (self.suspects.len(), self.suspects.iter().map(|suspect| suspect.probability).sum::<f64>().min(1.0));
        match number {
            1 => "What may have brought it about:".to_owned(),
            _ if together >= 0.5 => format!("One of these {number} deployments, {} together:", probability(together)),
            _ => format!("What may have brought it about; these {number} deployments hold {} together:", probability(together)),
        }
    }

    /// What may have brought it about, the likeliest first; at last that no deployment did.
    fn lines(&self) -> String {
        let mut lines: Vec<(f64, String)> = self.suspects.iter().map(|suspect| (suspect.probability, suspect.words())).collect();
        lines.extend(self.before.as_ref().map(|before| (before.probability, before.words())));
        lines.sort_by(|left, right| right.0.total_cmp(&left.0));
        lines.push((self.background, "that no deployment caused it".to_owned()));
        lines.into_iter().map(|(held, words)| format!("  {:>8}  {words}\n", probability(held))).collect()
    }

    fn nobody(&self) -> String {
        match self.others {
            0 => "No deployment in the window".to_owned(),
            1 => "1 deployment in the window, which is not likely to have caused it".to_owned(),
            others => format!("{} deployments in the window, none of which is likely to have caused it", thousands(others)),
        }
    }

    fn others_words(&self) -> String {
        match self.others {
            0 => "no other deployment in the window".to_owned(),
            others => format!("{} in the window", plural(others, "other deployment")),
        }
    }
}

/// The text as the beginning of a sentence.
fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.replace('\u{202f}', " ")
    }

    fn suspect(relation: &str, hours: f64, probability: f64) -> Suspect {
        Suspect {
            deployment: "D".to_owned(),
            service: "ledger".to_owned(),
            relation: relation.to_owned(),
            lag_seconds: Some(hours * 3_600.0),
            probability,
            ..Suspect::default()
        }
    }

    #[test]
    fn one_suspect_is_one_line() {
        let undone = Suspect { is_rolled_back: true, rolled_back_after: Some(20.0 / 60.0), ..suspect("depends_on", 130.0 / 60.0, 0.81) };
        let suspicion = Suspicion { suspects: vec![undone], others: 3, before: None, background: 0.12 };
        assert_eq!(
            plain(&suspicion.words()),
            "2 h 10 min after deployment D on ledger, which it depends on; rolled back 20 min later; 3 other deployments in the window; 81 %; \
             12 % that no deployment caused it.\n"
        );
    }

    #[test]
    fn a_release_train_is_a_set() {
        let train = vec![suspect("same_service", 1.5, 0.33), suspect("two_hops", 1.5, 0.26), suspect("same_team", 1.5, 0.252)];
        let suspicion = Suspicion { suspects: train, others: 0, before: None, background: 0.08 };
        assert_eq!(
            plain(&suspicion.words()),
            "One of these 3 deployments, 84 % together:
      33 %  1 h 30 min after deployment D on the same service
      26 %  1 h 30 min after deployment D on ledger, two dependencies away
      25 %  1 h 30 min after deployment D on ledger, another service of the same team
       8 %  that no deployment caused it
No other deployment in the window.\n"
        );
    }

    #[test]
    fn a_follow_up_names_the_incident_before() {
        let before = Before { incident: Some("INC1".to_owned()), hours: 0.4, change: 0.9, probability: 0.62 };
        let suspicion = Suspicion { suspects: Vec::new(), others: 15, before: Some(before), background: 0.03 };
        assert_eq!(
            plain(&suspicion.words()),
            "15 deployments in the window, none of which is likely to have caused it; 62 % that it follows from incident INC1, which began \
             24 min before (90 % that a change caused that one); 3 % that no deployment caused it.\n"
        );
    }

    #[test]
    fn a_follow_up_stands_among_suspects_by_its_probability() {
        let before = Before { incident: None, probability: 0.78, ..Before::default() };
        let suspects = vec![suspect("same_service", 0.65, 0.14), suspect("depends_on", 1.8, 0.06)];
        let suspicion = Suspicion { suspects, others: 1, before: Some(before), background: 0.02 };
        assert_eq!(
            plain(&suspicion.words()),
            "What may have brought it about; these 2 deployments hold 20 % together:
      78 %  that it follows from the incident before
      14 %  39 min after deployment D on the same service
       6 %  1 h 48 min after deployment D on ledger, which it depends on
       2 %  that no deployment caused it
1 other deployment in the window.\n"
        );
    }

    #[test]
    fn odd_times_have_their_words() {
        assert_eq!(suspect("asserted", -0.5, 1.0).words(), "30 min before the end of deployment D on ledger, named in the record");
        assert_eq!(Suspect { lag_seconds: None, ..suspect("same_service", 0.0, 1.0) }.words(), "Deployment D on the same service");
        assert_eq!(suspect("same_service", 0.0, 1.0).words(), "At the same moment as deployment D on the same service");
        let undone = Suspect { is_rolled_back: true, ..suspect("same_service", 1.0, 0.9) };
        assert_eq!(undone.words(), "1 h 00 min after deployment D on the same service; rolled back right after the incident began");
        assert_eq!(
            plain(&Suspicion { background: 1.0, ..Suspicion::default() }.words()),
            "No deployment in the window; 100 % that no deployment caused it.\n"
        );
    }
}
