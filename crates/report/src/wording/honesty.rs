//! How far a fitted model is to be believed, in sentences for people who did not fit it.

use super::numbers::{rate, share, span};
use crate::honesty::{Check, Copies, Honesty};
use sequela_schema::definition::{MODEL_HOURS, MODEL_OWN_HOURS, MODEL_OWN_NEWEST};

/// Stands in the note of a figure that is not shown because the model may not judge.
pub(crate) const WITHHELD: &str = "not shown: the model may not judge on these data";
/// What between 30 % and 70 % is not for anybody to decide.
pub(crate) const UNDETERMINED: &str =
    "Between 30\u{202f}% and 70\u{202f}% an incident is undetermined: nobody should decide anything on such a figure.";
/// What still holds where the model may not judge.
const WHAT_HOLDS: &str = "It therefore gives no verdicts of its own, and figures that rest on it are not shown. Causes that a record names or a rollback shows still count.";
/// The model in plain words, for the definitions of the review.
pub(crate) const MODEL: [&str; 4] = [
    "Every service has incidents of its own that no deployment causes, more at some hours of the week than at others; the model learns \
     how many.",
    "After a deployment it expects some more for a while: on the service itself, and less often on services that depend on it or share \
     its team; how many and for how long it learns from these data, by team, service, kind, size and how often the service is deployed.",
    "Each incident is shared out among the earlier deployments, the incident before it and coincidence, by how many incidents each would \
     bring at that very moment; a rollback right after the incident speaks against the deployment that it undoes, and a cause on record \
     settles the matter.",
    "The same is done with copies of the data in which no deployment can have caused an incident; only if the data stand out from all of \
     them does the model judge.",
];
/// Where the method is written down.
pub(crate) const METHOD: &str = "docs/methods.md of Sequela has the formulas, the sources and what the model cannot do.";

/// What the check says; empty where no model was fitted.
pub(crate) fn check_words(honesty: &Honesty) -> String {
    match &honesty.check {
        Check::NoModel => String::new(),
        Check::Impossible(why) => format!("The model could not be checked on these data: {why}. {WHAT_HOLDS}"),
        Check::NotDetectable(copies) => format!(
            "In these data no effect of deployments can be told from chance: going by timing alone, without what rollbacks say, the model puts \
             {} of incidents down to deployments, but on {} it does so for {} on average and {} at most. {WHAT_HOLDS} That no effect is seen \
             does not prove that there is none.",
            rate(copies.by_timing),
            copies_words(copies),
            rate(copies.mean),
            rate(copies.most)
        ),
        Check::Detectable(copies) => {
            let sentence = format!(
                "On {} the model still blames deployments for {} of incidents on average ({} at most); on the real data for {}.",
                copies_words(copies),
                rate(copies.mean),
                rate(copies.most),
                rate(copies.observed)
            );
            [sentence, false_words(honesty)].iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ")
        }
    }
}

fn copies_words(copies: &Copies) -> String {
    let number = if copies.number == 1 { "a copy".to_owned() } else { format!("{} copies", copies.number) };
    format!("{number} of the data with the incidents moved by whole weeks, so that no deployment can have caused them,")
}

fn false_words(honesty: &Honesty) -> String {
    let part = |(threshold, false_share): &(f64, f64)| (share(*threshold), share(*false_share));
    let parts: Vec<(String, String)> = honesty.false_links.iter().map(part).collect();
    match parts.as_slice() {
        [] => String::new(),
        [(threshold, wrong)] => {
            format!("Of incidents put down to a change with {threshold} or more about {wrong} are expected to be false.")
        }
        [(low, wrong_low), (high, wrong_high), ..] => format!(
            "Of incidents put down to a change with {low} or more about {wrong_low} are expected to be false, with {high} or more about \
             {wrong_high}."
        ),
    }
}

/// What probabilities are for.
pub(crate) fn caution() -> String {
    format!("A probability is no finding: ask the team before an incident is closed as caused by a change. {UNDETERMINED}")
}

/// The check in half a line, for the terminal.
pub(crate) fn check_short(honesty: &Honesty) -> String {
    match &honesty.check {
        Check::NoModel => String::new(),
        Check::Impossible(why) => format!("the model could not be checked ({why})"),
        Check::NotDetectable(copies) => format!(
            "no effect of deployments can be told from chance (by timing alone the model blames them for {}, on copies without any cause for up to {})",
            rate(copies.by_timing),
            rate(copies.most)
        ),
        Check::Detectable(copies) => {
            format!("the model blames deployments for {}, on copies without any cause for {}", rate(copies.observed), rate(copies.mean))
        }
    }
}

/// Why the model gives no verdict on single incidents; empty where it does or was not asked.
pub(crate) fn silence_words(honesty: &Honesty) -> String {
    match &honesty.check {
        Check::NoModel | Check::Detectable(_) => String::new(),
        Check::Impossible(why) => format!("The model could not be checked on these data ({why}), so it gives no verdicts of its own."),
        Check::NotDetectable(_) => {
            "In these data no effect of deployments can be told from chance, so the model gives no verdicts of its own.".to_owned()
        }
    }
}

/// Why a picture or a comparison is not shown.
pub(crate) fn withheld_words(honesty: &Honesty) -> String {
    match &honesty.check {
        Check::Impossible(why) => format!("Not shown: the model could not be checked on these data ({why})."),
        _ => "Not shown: in these data no effect of deployments can be told from chance.".to_owned(),
    }
}

/// How far back the model looks.
pub(crate) fn model_window() -> String {
    format!("{}; {} for the newest {MODEL_OWN_NEWEST} deployments of the own service", span(MODEL_HOURS), span(MODEL_OWN_HOURS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.replace('\u{202f}', " ")
    }

    fn copies(observed: f64) -> Copies {
        Copies { observed, by_timing: observed - 0.001, mean: 0.013, most: 0.019, number: 19 }
    }

    fn honesty(check: Check) -> Honesty {
        Honesty { check, false_links: vec![(0.5, 0.088), (0.9, 0.021)] }
    }

    #[test]
    fn an_effect_stands_beside_what_is_blamed_in_vain() {
        assert_eq!(
            plain(&check_words(&honesty(Check::Detectable(copies(0.46))))),
            "On 19 copies of the data with the incidents moved by whole weeks, so that no deployment can have caused them, the model still \
             blames deployments for 1.3 % of incidents on average (1.9 % at most); on the real data for 46.0 %. Of incidents put down to a \
             change with 50 % or more about 9 % are expected to be false, with 90 % or more about 2 %."
        );
        let without_links = Honesty { check: Check::Detectable(copies(0.46)), false_links: Vec::new() };
        assert!(plain(&check_words(&without_links)).ends_with("on the real data for 46.0 %."));
    }

    #[test]
    fn no_effect_is_said_in_plain_words() {
        let hidden = honesty(Check::NotDetectable(copies(0.015)));
        assert_eq!(
            plain(&check_words(&hidden)),
            "In these data no effect of deployments can be told from chance: going by timing alone, without what rollbacks say, the model \
             puts 1.4 % of incidents down to deployments, but on 19 copies of the data with the incidents moved by whole weeks, so that no \
             deployment can have caused them, it does so for 1.3 % on average and 1.9 % at most. It therefore gives no verdicts of its own, and figures that rest on it are not shown. Causes that \
             a record names or a rollback shows still count. That no effect is seen does not prove that there is none."
        );
        assert_eq!(
            plain(&check_short(&hidden)),
            "no effect of deployments can be told from chance (by timing alone the model blames them for 1.4 %, on copies without any cause for up to 1.9 %)"
        );
    }

    #[test]
    fn too_few_data_say_so() {
        let unchecked = honesty(Check::Impossible("fewer than 50 incidents or 100 deployments".to_owned()));
        assert_eq!(
            check_words(&unchecked),
            "The model could not be checked on these data: fewer than 50 incidents or 100 deployments. It therefore gives no verdicts of \
             its own, and figures that rest on it are not shown. Causes that a record names or a rollback shows still count."
        );
        assert_eq!(check_words(&Honesty::default()), "");
    }

    #[test]
    fn the_window_is_told_in_days() {
        assert_eq!(model_window(), "3 days; 90 days for the newest 8 deployments of the own service");
    }
}
