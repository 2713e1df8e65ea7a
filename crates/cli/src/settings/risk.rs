//! `[risk]`: probabilities of failure that suggest an approval path.

use sequela_management::Thresholds;

use super::file;
use crate::failure::Failure;

/// The thresholds, where the section names one.
pub(super) fn thresholds(section: &file::Risk) -> Result<Option<Thresholds>, Failure> {
    let default = Thresholds::default();
    let pre_approved_below = probability("pre_approved_below", section.pre_approved_below, default.pre_approved_below)?;
    let cab_above = probability("cab_above", section.cab_above, default.cab_above)?;
    if pre_approved_below > cab_above {
        return Err(Failure::settings(format!(
            "[risk] pre_approved_below is {pre_approved_below}, more than cab_above, which is {cab_above}"
        ))
        .hint("changes between the two are suggested for peer review: write for example pre_approved_below = 0.02 and cab_above = 0.10"));
    }
    let is_given = section.pre_approved_below.is_some() || section.cab_above.is_some();
    Ok(is_given.then_some(Thresholds { pre_approved_below, cab_above }))
}

fn probability(name: &str, given: Option<f64>, default: f64) -> Result<f64, Failure> {
    let value = given.unwrap_or(default);
    if (0.0..=1.0).contains(&value) {
        return Ok(value);
    }
    Err(Failure::settings(format!("[risk] {name} is {value}, and a probability from 0 to 1 was expected")).hint("write 0.05 for 5 %"))
}

/// As it would be typed.
pub(super) fn words(thresholds: &Thresholds) -> String {
    format!("pre_approved_below {}, cab_above {}", thresholds.pre_approved_below, thresholds.cab_above)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(toml: &str) -> Result<Option<Thresholds>, Failure> {
        thresholds(&toml::from_str(toml).unwrap())
    }

    #[test]
    fn one_threshold_may_be_left_out() {
        assert_eq!(parsed("").unwrap(), None);
        assert_eq!(parsed("cab_above = 0.3").unwrap(), Some(Thresholds { pre_approved_below: 0.02, cab_above: 0.3 }));
    }

    #[test]
    fn mistakes_are_named() {
        let message = |toml: &str| parsed(toml).unwrap_err().messages.join(" ");
        assert!(message("cab_above = 5.0").contains("cab_above is 5"));
        assert!(message("pre_approved_below = nan").contains("pre_approved_below"));
        assert!(message("pre_approved_below = 0.2").contains("more than cab_above"));
        assert!(toml::from_str::<file::Risk>("cab = 0.1").unwrap_err().message().contains("cab"));
    }
}
