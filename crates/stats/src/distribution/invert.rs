//! One root finder for every quantile.

/// Where the arguments live: log odds or logarithms beyond this underflow.
const FAR: f64 = 745.0;

/// The point at which an increasing tail equals `probability`.
///
/// `tail` gives the probability and its derivative. Newton's step on the logarithm of the tail converges from anywhere for
/// a log-concave tail (beta in log odds, gamma in logarithms); a bracket guards the mixtures, which need not be.
pub(super) fn invert(probability: f64, start: f64, tail: impl Fn(f64) -> (f64, f64)) -> f64 {
    let (mut low, mut high) = (-FAR, FAR);
    let mut point = start.clamp(-FAR, FAR);
    for _ in 0..200 {
        let (value, slope) = tail(point);
        if value < probability {
            low = point;
        } else {
            high = point;
        }
        let step = (value.ln() - probability.ln()) * value / slope;
        let next = if (low..=high).contains(&(point - step)) { point - step } else { 0.5 * (low + high) };
        let is_settled = (next - point).abs() <= 4.0 * f64::EPSILON * point.abs().max(1.0);
        point = next;
        if is_settled {
            break;
        }
    }
    point
}
