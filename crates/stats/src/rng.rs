//! Counter-based random numbers: a pure function of (seed, stream, index).
//!
//! A generator that is advanced call by call gives numbers that depend on who called first. Here each use has its own
//! stream and each draw its own index, so that resampling gives the same result for any number of threads and any order.

/// The step of SplitMix64, 2⁶⁴ divided by the golden ratio, made odd.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The 64 random bits of draw `index` in `stream` under `seed`.
///
/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", variant 13
/// of Stafford), chained over the three keys. For a fixed seed and stream, consecutive indices give consecutive outputs of
/// a SplitMix64 generator that was started at `mix(mix(seed + γ) + stream + γ)`. Not for secrets.
///
/// ```
/// use sequela_stats::rng::stream;
/// assert_eq!(stream(7, 0, 3), stream(7, 0, 3));
/// assert_ne!(stream(7, 0, 3), stream(7, 1, 3));
/// ```
pub const fn stream(seed: u64, stream: u64, index: u64) -> u64 {
    let key = mix(mix(seed.wrapping_add(GAMMA)).wrapping_add(stream).wrapping_add(GAMMA));
    nth(key, index)
}

/// A number uniform on [0, 1) from random bits: the upper 53 bits over 2⁵³.
///
/// ```
/// use sequela_stats::rng::{stream, uniform};
/// assert!((0.0..1.0).contains(&uniform(stream(7, 0, 0))));
/// ```
pub const fn uniform(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// Output number `index`, from 0, of a SplitMix64 generator started at `state`.
const fn nth(state: u64, index: u64) -> u64 {
    mix(state.wrapping_add(index.wrapping_add(1).wrapping_mul(GAMMA)))
}

const fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::{nth, stream, uniform};

    /// The published outputs of SplitMix64 for the state 1234567.
    #[test]
    fn draws_are_those_of_splitmix64() {
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(std::array::from_fn::<u64, 5, _>(|index| nth(1_234_567, index as u64)), published);
    }

    /// Mean and variance of a uniform variable are 1/2 and 1/12; with 100,000 draws five standard errors are 0.0046 and 0.0012.
    #[test]
    fn uniforms_have_the_moments_of_a_uniform_within_and_across_streams() {
        let draws: [fn(u64) -> u64; 3] = [|index| stream(1, 2, index), |index| stream(1, index, 2), |index| stream(index, 1, 2)];
        for draw in draws {
            let values: Vec<f64> = (0..100_000).map(|index| uniform(draw(index))).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
            assert!((mean - 0.5).abs() < 0.0046 && (variance - 1.0 / 12.0).abs() < 0.0012, "{mean} {variance}");
        }
    }
}
