//! Random numbers that depend on a seed, a stream and a counter alone.
//!
//! A simulated company must come out byte for byte the same on every machine, so nothing here asks the platform: the
//! generator is integer arithmetic, and [`exponential`], [`logarithm`] and [`power`] use only operations that IEEE 754 rounds exactly.

/// Weyl increment of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014).
const INCREMENT: u64 = 0x9E37_79B9_7F4A_7C15;

/// One sequence of random numbers, named by a seed and a stream.
///
/// Two streams of one seed do not disturb each other: drawing more from one leaves the other as it was.
#[derive(Clone, Debug)]
pub struct Stream {
    key: u64,
    counter: u64,
}

impl Stream {
    /// Starts stream number `stream` of `seed`.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self { key: mix(seed.wrapping_add(mix(stream.wrapping_add(INCREMENT)))), counter: 0 }
    }

    /// Next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(1);
        mix(self.key.wrapping_add(self.counter.wrapping_mul(INCREMENT)))
    }

    /// Uniform on [0, 1), 53 bits.
    pub fn unit(&mut self) -> f64 {
        const SCALE: f64 = 1.0 / 9_007_199_254_740_992.0;
        (self.bits() >> 11) as f64 * SCALE
    }

    /// Uniform on `low..high`; `low` when the range is empty.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform on `0..limit` (multiply and shift; the bias is below 2⁻³² for the sizes used here); 0 when `limit` is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.bits()) * limit as u128) >> 64) as usize
    }

    /// True with the given probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of `choices`.
    ///
    /// # Panics
    /// When `choices` is empty.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// Index drawn in proportion to `weights`; the last one when they sum to nothing.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut rest = self.unit() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            rest -= weight;
            if rest < 0.0 {
                return index;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// Nearly standard normal: the sum of twelve uniforms less six (Irwin–Hall), so no deviate lies beyond ±6.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Standard normal without a bound, by Marsaglia's polar method (SIAM Review 6, 1964). For figures that rest on tails; the demo's
    /// bytes rest on [`Self::normal`].
    pub fn gaussian(&mut self) -> f64 {
        loop {
            let (x, y) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let square = x * x + y * y;
            if 0.0 < square && square < 1.0 {
                return x * (-2.0 * logarithm(square) / square).sqrt();
            }
        }
    }

    /// Exponential with the given mean: the time until the next event of a Poisson process.
    pub fn waiting_time(&mut self, mean: f64) -> f64 {
        -mean * logarithm(1.0 - self.unit())
    }

    /// Log-normal with the given median; `spread` is the standard deviation of the logarithm.
    pub fn log_normal(&mut self, median: f64, spread: f64) -> f64 {
        median * exponential(spread * self.normal())
    }

    /// Poisson count by Knuth's product; meant for small means.
    pub fn poisson(&mut self, mean: f64) -> usize {
        let limit = exponential(-mean);
        let mut product = self.unit();
        let mut count = 0;
        while product > limit {
            product *= self.unit();
            count += 1;
        }
        count
    }
}

/// Finaliser of SplitMix64 (variant 13 of Stafford's mixers).
fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// eˣ from additions and multiplications alone: e^(x/1024) by its Taylor series, squared ten times. Relative error about 1e-13.
pub fn exponential(x: f64) -> f64 {
    let small = x / 1024.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for order in 1..=10 {
        term *= small / f64::from(order);
        sum += term;
    }
    for _ in 0..10 {
        sum *= sum;
    }
    sum
}

/// Natural logarithm of a positive normal number: the exponent apart, the rest by the series of the area hyperbolic tangent.
/// Error below 1e-15 of the larger of 1 and the result.
pub fn logarithm(x: f64) -> f64 {
    const EXPONENT_OF_ONE: i64 = 1023;
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - EXPONENT_OF_ONE;
    let mut mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | ((EXPONENT_OF_ONE as u64) << 52));
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let square = ratio * ratio;
    let series = (0..12).rev().fold(0.0, |sum, order| sum * square + 1.0 / f64::from(2 * order + 1));
    2.0 * ratio * series + exponent as f64 * std::f64::consts::LN_2
}

/// xʸ of a positive x.
pub fn power(x: f64, y: f64) -> f64 {
    exponential(y * logarithm(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First outputs of SplitMix64 for seed 0, as published with the reference implementation.
    #[test]
    fn the_mixer_is_splitmix64() {
        assert_eq!(mix(INCREMENT), 0xE220_A839_7B1D_CDAF);
        assert_eq!(mix(INCREMENT.wrapping_mul(2)), 0x6E78_9E6A_A1B9_65F4);
        assert_eq!(mix(INCREMENT.wrapping_mul(3)), 0x06C4_5D18_8009_454F);
    }

    #[test]
    fn the_exponential_agrees_with_the_platform() {
        for step in -400..=400 {
            let x = f64::from(step) / 40.0;
            assert!((exponential(x) / x.exp() - 1.0).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn the_logarithm_agrees_with_the_platform() {
        for step in 1..=4_000 {
            let x = f64::from(step) / 200.0;
            for x in [x, x * 1e-9, x * 1e12] {
                assert!((logarithm(x) - x.ln()).abs() < 1e-15 * x.ln().abs().max(1.0), "{x}");
            }
            assert!((power(x, 0.3) / x.powf(0.3) - 1.0).abs() < 1e-12, "{x}");
        }
        assert_eq!(logarithm(1.0), 0.0);
    }

    /// Share beyond two and three standard deviations, from the tables of the normal distribution, within five standard errors.
    #[test]
    fn gaussian_tails_are_those_of_the_normal_distribution() {
        let mut stream = Stream::new(3, 1);
        let n = 200_000;
        let values: Vec<f64> = (0..n).map(|_| stream.gaussian()).collect();
        for (limit, share) in [(0.0, 0.5), (1.0, 0.158_655), (2.0, 0.022_750), (3.0, 0.001_350)] {
            let above = values.iter().filter(|value| **value > limit).count() as f64 / f64::from(n);
            let error: f64 = 5.0 * (share * (1.0 - share) / f64::from(n)).sqrt();
            assert!((above - share).abs() < error, "{limit}: {above}");
        }
        let mean = (0..n).map(|_| stream.waiting_time(2.0)).sum::<f64>() / f64::from(n);
        assert!((mean - 2.0).abs() < 5.0 * 2.0 / f64::from(n).sqrt(), "{mean}");
    }

    #[test]
    fn streams_do_not_disturb_each_other() {
        let (mut first, mut second) = (Stream::new(7, 1), Stream::new(7, 2));
        assert_ne!(first.bits(), second.bits());
        let mut again = Stream::new(7, 2);
        again.bits();
        assert_eq!(second.bits(), again.bits());
    }

    #[test]
    fn moments_are_those_of_the_named_distributions() {
        let mut stream = Stream::new(1, 1);
        let n = 40_000;
        let normal: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let mean = normal.iter().sum::<f64>() / f64::from(n);
        let variance = normal.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
        let counts: usize = (0..n).map(|_| stream.poisson(0.7)).sum();
        assert!((counts as f64 / f64::from(n) - 0.7).abs() < 0.02, "{counts}");
        let above = (0..n).filter(|_| stream.log_normal(3.0, 1.2) > 3.0).count();
        assert!((above as f64 / f64::from(n) - 0.5).abs() < 0.015, "{above}");
    }
}
