//! `sequela run`: the whole job.

use sequela_schema::Frames;

use crate::arguments::RunArgs;
use crate::commands::check::{announce, limit_threads};
use crate::failure::{Failure, Kind};
use crate::manifest::{Manifest, timings, write_json};
use crate::output::{self, Staged};
use crate::pipeline::{Pipeline, context};
use crate::progress::{Bar, Spinner};
use crate::settings::Settings;
use crate::terminal;

/// Runs the command.
pub(crate) fn run(arguments: &RunArgs) -> Result<(), Failure> {
    let settings = Settings::resolve(arguments)?;
    let limits = arguments.fail_on.iter().map(|text| Limit::parse(text)).collect::<Result<Vec<_>, _>>()?;
    limit_threads(&settings)?;
    let staged = Staged::new(&arguments.out, output::RUN)?;
    let mut pipeline = Pipeline::default();
    pipeline.ingest(&settings, &Bar::new(arguments.quiet))?;
    announce(&pipeline.frames, arguments.quiet)?;
    let stage = |name| Spinner::new(arguments.quiet, name);
    let spinner = stage("linking incidents to deployments");
    let period = pipeline.correlate(&settings)?;
    drop(spinner);
    let spinner = stage("computing figures");
    pipeline.measure(&settings, period)?;
    pipeline.manage(&settings, period)?;
    drop(spinner);
    let spinner = stage("writing tables, charts and the review");
    let context = context(&settings, period);
    pipeline.stage("report", |frames| {
        let folder = staged.path();
        sequela_report::write_tables(frames, &folder.join("tables"))?;
        if context.charts {
            fs_err::create_dir_all(folder.join("charts"))?;
            sequela_report::write_charts(frames, &context, &folder.join("charts"))?;
        }
        sequela_report::write_review(frames, &context, folder)?;
        Ok(())
    })?;
    drop(spinner);
    write_json(&staged.path().join("manifest.json"), &Manifest::new(&settings, period, &pipeline.frames)?)?;
    write_json(&staged.path().join("timings.json"), &timings(&pipeline.timings))?;
    let summary = sequela_report::summary(&pipeline.frames, &context)?;
    staged.publish()?;
    terminal::note(arguments.quiet, summary.trim_end());
    terminal::note(arguments.quiet, &format!("Review: {}", arguments.out.join("review.html").display()));
    limits.iter().try_for_each(|limit| limit.check(&pipeline.frames))
}

/// `--fail-on metric>limit`
#[derive(Debug, PartialEq)]
struct Limit {
    metric: String,
    above: bool,
    limit: f64,
}

impl Limit {
    fn parse(text: &str) -> Result<Self, Failure> {
        let parts = text.split_once('>').map(|parts| (parts, true)).or_else(|| text.split_once('<').map(|parts| (parts, false)));
        let parsed = parts.and_then(|((metric, limit), above)| {
            let metric = metric.trim();
            sequela_schema::metric::metric(metric)?;
            Some(Self { metric: metric.to_owned(), above, limit: limit.trim().parse().ok()? })
        });
        parsed.ok_or_else(|| {
            Failure::settings(format!("--fail-on {text:?} is not METRIC>LIMIT or METRIC<LIMIT"))
                .hint("docs/metrics.md lists the metrics, for example --fail-on 'change_failure_rate>0.15'")
        })
    }

    /// Looks at the whole organisation and range.
    fn check(&self, frames: &Frames) -> Result<(), Failure> {
        use sequela_schema::Values;
        use sequela_schema::result::metrics;
        use sequela_schema::vocabulary::{period, scope};
        let frame = frames.get(&metrics::TABLE);
        let (scopes, periods) = (frame.texts(&metrics::SCOPE)?, frame.texts(&metrics::PERIOD)?);
        let (names, values) = (frame.texts(&metrics::METRIC)?, frame.reals(&metrics::VALUE)?);
        let is_it = |row: &usize| {
            (scopes.get(*row), periods.get(*row), names.get(*row))
                == (Some(scope::ORGANISATION), Some(period::ALL), Some(self.metric.as_str()))
        };
        let value = (0..frame.height()).find(is_it).and_then(|row| values.get(row));
        match value {
            Some(value) if (self.above && value > self.limit) || (!self.above && value < self.limit) => {
                let side = if self.above { "above" } else { "below" };
                Err(Failure::new(Kind::Threshold, format!("{} is {value:.6}, {side} the limit {}", self.metric, self.limit)))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_parsed() {
        let limit = Limit::parse("change_failure_rate > 0.15").unwrap();
        assert_eq!(limit, Limit { metric: "change_failure_rate".to_owned(), above: true, limit: 0.15 });
        assert!(!Limit::parse("deployments<10").unwrap().above);
        assert!(Limit::parse("happiness>1").is_err());
        assert!(Limit::parse("deployments=1").is_err());
    }
}
