//! Quality and change failures: the table `quality_association`. An association, not a cause.

use polars::prelude::*;
use sequela_schema::canonical::quality_measures;
use sequela_schema::result::quality_association as columns;

use super::super::Source;
use super::super::json;
use super::super::parts::{Block, Cell, Chip, Grid, Head, Line, Picture, Section};
use super::View;
use crate::ReportError;
use crate::record::Record;
use crate::wording::{self, Change, MISSING};

/// Measures shown.
const SHOWN: usize = 8;
/// Which export brings measures of code.
const EXPORTS: &str = "A quality export (SonarQube, Cobertura, JaCoCo or JUnit)";

/// What the table says of one measure: its odds per deployment and its rank over services.
struct Measure<'a> {
    odds: Record<'a>,
    rank: Option<Record<'a>>,
}

impl Measure<'_> {
    fn words(&self) -> PolarsResult<String> {
        Ok(wording::measure_words(self.odds.text(&columns::MEASURE)?.unwrap_or_default()))
    }

    /// A finding with what it rests on.
    fn called(&self, found: &str) -> PolarsResult<String> {
        let name = wording::lower_first(&self.words()?);
        if let Some(side) = found.strip_suffix(" over services") {
            let rank = self.rank.as_ref().map_or(Ok(None), |rank| rank.real(&columns::RANK_CORRELATION))?;
            return Ok(format!(
                "{side} on services with more {name} (rank correlation {})",
                rank.map_or_else(String::new, wording::hundredths)
            ));
        }
        let odds = self.odds.real(&columns::ODDS_RATIO)?.map_or_else(String::new, wording::hundredths);
        Ok(format!("{found} go with {name} (odds × {odds} per {})", self.odds.text(&columns::STEP)?.unwrap_or_default()))
    }

    /// The finding of the odds, else of the ranks.
    fn finding(&self) -> PolarsResult<&str> {
        let of = |record: &Record<'_>| Ok::<_, PolarsError>(record.text(&columns::FINDING)?.map(ToOwned::to_owned));
        let found = of(&self.odds)?;
        let ranked = self.rank.as_ref().map(of).transpose()?.flatten();
        Ok(match (found.as_deref(), ranked.as_deref()) {
            (Some("more failures"), _) => "more failures",
            (Some("fewer failures"), _) => "fewer failures",
            (_, Some("more failures")) => "more failures over services",
            (_, Some("fewer failures")) => "fewer failures over services",
            (Some("not shown"), _) | (_, Some("not shown")) => "not shown",
            _ => "too few to say",
        })
    }
}

/// What it comes to, in one sentence.
pub(super) fn finding(view: &View<'_>) -> PolarsResult<String> {
    let frame = view.frames.get(&columns::TABLE);
    let measures = measures(&frame)?;
    if measures.is_empty() {
        return Ok(format!("No deployment tells its size. {EXPORTS} brings coverage and tests; none was given."));
    }
    if view.is_withheld {
        return Ok("Not compared: no effect of deployments can be told from chance in these data.".to_owned());
    }
    let (mut called, mut ranked) = (Vec::new(), Vec::new());
    let mut few = 0;
    for measure in &measures {
        match measure.finding()? {
            "not shown" => {}
            "too few to say" => few += 1,
            found if found.ends_with("services") => ranked.push(measure.called(found)?),
            found => called.push(measure.called(found)?),
        }
    }
    called.extend(ranked);
    let said = match called.len() {
        0 if few == measures.len() => format!("Too few failures or services to say for {}", wording::plural(few as i64, "measure")),
        0 => format!("Of {}, none is shown to go with failures", wording::plural(measures.len() as i64, "measure")),
        1 => called.remove(0),
        2 => format!("{}; 1 measure more", called[0]),
        number => format!("{}; {} measures more", called[0], number - 1),
    };
    Ok(format!("{}: an association, not a cause.", capital(&said)))
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// The section.
pub(in crate::review) fn section(source: &Source<'_>) -> Result<Section, ReportError> {
    let frame = source.frames.get(&columns::TABLE);
    let head = Head {
        id: "association",
        title: "Quality and change failures".to_owned(),
        finding: finding(&source.view())?,
        meta: format!(
            "{} · {} intervals · odds count services, not deployments: those of one service are alike",
            wording::range_words(source.context.from, source.context.to, source.context.timezone),
            source.context.level_words()
        ),
        rows: vec!["quality_association"],
    };
    let mut blocks = Vec::new();
    if frame.height() > 0 && !source.honesty.is_withheld() {
        blocks.push(Block::Pictures(vec![Picture::of(&source.charts.quality_odds, source.context)?]));
        blocks.push(Block::Grid(grid(&measures(&frame)?)?));
        blocks.push(Block::Note(
            "A measurement is the last one before the deployment. One measure is looked at at a time: large changes may also be hasty ones."
                .to_owned(),
        ));
    }
    if frame.height() > 0 && source.frames.height(&quality_measures::TABLE) == 0 {
        blocks.push(Block::Note(format!("{EXPORTS} would add coverage and tests; none was given.")));
    }
    Ok(Section { head, blocks })
}

/// Measures, those with a finding first, then by name.
fn measures(frame: &DataFrame) -> PolarsResult<Vec<Measure<'_>>> {
    let ranks = Record::all_with(frame, &columns::OUTCOME, "change_failure_rate")?;
    let names: Vec<Option<&str>> = ranks.iter().map(|rank| rank.text(&columns::MEASURE)).collect::<PolarsResult<_>>()?;
    let mut measures = Vec::new();
    for odds in Record::all_with(frame, &columns::OUTCOME, "change_failure")? {
        let name = odds.text(&columns::MEASURE)?;
        let rank = names.iter().position(|other| *other == name).map(|place| ranks[place]);
        let measure = Measure { odds, rank };
        let order = match measure.finding()? {
            "too few to say" => 2,
            "not shown" => 1,
            _ => 0,
        };
        measures.push((order, name, measure));
    }
    measures.sort_by_key(|(order, name, _)| (*order, *name));
    Ok(measures.into_iter().map(|(_, _, measure)| measure).collect())
}

fn grid(measures: &[Measure<'_>]) -> PolarsResult<Grid> {
    let heads = [
        "Measure",
        "Per",
        "Deployments with it#",
        "Of these failed (expected)#",
        "Odds of failure#",
        "Interval#",
        "Services#",
        "Rank correlation over services#",
        "Its interval#",
        "More of it goes with",
    ];
    let mut grid = Grid::new("Measures, those with a finding first", &heads).keyed("association", 0, "");
    let lines = measures.iter().map(line).collect::<PolarsResult<Vec<_>>>()?;
    if lines.len() > SHOWN {
        grid.hidden = json::rows(&lines[SHOWN..]);
        grid.rest = format!("Showing {SHOWN} of {} measures.", wording::thousands(lines.len() as i64));
    }
    grid.rows = lines.into_iter().take(SHOWN).collect();
    Ok(grid)
}

fn line(measure: &Measure<'_>) -> PolarsResult<Line> {
    let odds = &measure.odds;
    let rank = |column| measure.rank.as_ref().map_or(Ok(None), |rank| rank.real(column));
    let ranked = measure.rank.as_ref().map_or(Ok(None), |rank| rank.int(&columns::N))?.unwrap_or_default();
    let deployments = odds.int(&columns::N)?.unwrap_or_default();
    let failures = odds.real(&columns::FAILURES)?.unwrap_or_default();
    let words = measure.finding()?;
    let change = match words {
        words if words.starts_with("more") => Change::Higher,
        words if words.starts_with("fewer") => Change::Lower,
        "not shown" => Change::Unclear,
        _ => Change::TooFew,
    };
    let cells = vec![
        Cell::of(measure.words()?).with_hint(odds.text(&columns::MEASURE)?.unwrap_or_default()),
        Cell::of(odds.text(&columns::STEP)?.unwrap_or(MISSING)),
        Cell::of(wording::thousands(deployments)).sorted(deployments as f64),
        Cell::of(wording::expected(failures)).sorted(failures),
        number(odds.real(&columns::ODDS_RATIO)?),
        ends(odds.real(&columns::ODDS_LOWER)?, odds.real(&columns::ODDS_UPPER)?),
        Cell::of(wording::thousands(ranked)).sorted(ranked as f64),
        number(rank(&columns::RANK_CORRELATION)?),
        ends(rank(&columns::RANK_LOWER)?, rank(&columns::RANK_UPPER)?),
        Cell::verdict(Chip::saying(change, capital(words))),
    ];
    Ok(Line { cells, ..Line::default() })
}

fn number(value: Option<f64>) -> Cell {
    Cell::of(value.map_or_else(|| MISSING.to_owned(), wording::hundredths)).sorted(value.unwrap_or(-9.0))
}

fn ends(lower: Option<f64>, upper: Option<f64>) -> Cell {
    let words = lower.zip(upper).map(|(lower, upper)| format!("{} – {}", wording::hundredths(lower), wording::hundredths(upper)));
    Cell::of(words.unwrap_or_else(|| MISSING.to_owned()))
}
