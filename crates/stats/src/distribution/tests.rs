//! Closed forms; the values against SciPy stand in `tests/it`.

use super::{Odds, beta::beta_lower_quantile, beta_tails, chi_squared_upper, discrete::binomial_lower, student_half_width};
use crate::Level;

fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-13 * expected.abs(), "found {found:e}, expected {expected:e}");
}

/// Beta(1, b) has the distribution function `1 − (1 − x)^b`, Beta(a, 1) has `x^a`.
#[test]
fn beta_with_one_shape_at_one() {
    for shape in [0.5, 1.0, 7.0, 900.0] {
        for x in [1e-12, 0.001, 0.3, 0.75, 0.999] {
            let at = Odds::of_share(x);
            assert_near(beta_tails(1.0, shape, at).upper, at.complement.powf(shape));
            assert_near(beta_tails(shape, 1.0, at).lower, x.powf(shape));
        }
    }
}

#[test]
fn a_symmetric_beta_has_its_median_at_one_half_however_large() {
    for shape in [0.5, 3.0, 1e3, 1e6, 1e9] {
        assert!((beta_tails(shape, shape, Odds::of_share(0.5)).lower - 0.5).abs() < 1e-9, "{shape}");
        assert!((beta_lower_quantile(shape, shape, 0.5).share - 0.5).abs() < 1e-12, "{shape}");
    }
}

/// The limit is the standard normal distribution, with an error of the order n^-½.
#[test]
fn large_samples_approach_the_normal_distribution() {
    let n: f64 = 1e8;
    let one_deviation_above = 0.5 + 0.5 / n.sqrt();
    let upper = beta_tails(n / 2.0, n / 2.0, Odds::of_share(one_deviation_above)).upper;
    assert!((upper - 0.158_655_253_931_457_07).abs() < 1e-5, "{upper}");
}

#[test]
fn tails_far_out_keep_their_relative_accuracy() {
    assert_near(beta_tails(100.0, 1.0, Odds::of_share(0.01)).lower, 1e-200);
    assert_near(beta_lower_quantile(2.0, 1.0, 1e-40).share, 1e-20);
    assert_near(beta_lower_quantile(1.0, 2.0, 1e-40).share, 5e-41);
}

#[test]
fn binomial_by_hand() {
    assert_near(binomial_lower(0, 3, 0.5), 0.125);
    assert_near(binomial_lower(2, 3, 0.5), 0.875);
    assert_near(binomial_lower(3, 3, 0.5), 1.0);
    assert_near(binomial_lower(1, 2, 0.1), 0.99);
}

/// With two degrees of freedom the upper tail is `e^(−x/2)`.
#[test]
fn chi_squared_with_two_degrees() {
    for statistic in [0.001, 1.0, 2.9, 10.0, 200.0] {
        assert_near(chi_squared_upper(2.0, statistic), (-statistic / 2.0).exp());
    }
    assert_near(chi_squared_upper(1.0, 0.0), 1.0);
}

/// Student's distribution with one degree is Cauchy's: the quantile of 0.95 is `tan(0.45 π)`.
#[test]
fn student_with_one_degree() {
    assert_near(student_half_width(1.0, Level::NINETY), (0.45 * std::f64::consts::PI).tan());
}
