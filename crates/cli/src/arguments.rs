//! What can be typed: plain values, no meaning.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use sequela_testkit::simulator::{REGIMES, Regime};

use crate::cdevents::Envelope;

/// Which incidents were caused by a change, and how sure are we
#[derive(Debug, Parser)]
#[command(name = "sequela", version, propagate_version = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look through a folder of exports and write a commented sequela.toml
    Init(InitArgs),
    /// Read the exports only: what was read, rejected, unresolved, and how far clocks can be trusted
    Check(RunArgs),
    /// Do the whole job: tables, charts and the monthly review
    Run(RunArgs),
    /// Say why an incident is, or is not, held against a deployment
    Explain(ExplainArgs),
    /// Say why a figure differs from another tool's: its figure, ours, and the records that make the difference
    Reconcile(ReconcileArgs),
    /// Score the model, the rules and every preset against known causes that they are not told
    Evaluate(EvaluateArgs),
    /// Score planned changes from history: probability of failure, why, and a suggested approval path
    Risk(RiskArgs),
    /// Look at a table of a run
    Show(ShowArgs),
    /// Write deployments and incidents in a standard form, for other tools or another run
    Export(ExportArgs),
    /// Write an organisation with planted truth as export files, to try things on and to measure them
    Simulate(SimulateArgs),
    /// Show settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print every table and column
    Schema(SchemaArgs),
    /// Print a completion script for a shell
    Completions(CompletionArgs),
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Folder with exported files
    pub(crate) folder: PathBuf,
    /// File to write; default: sequela.toml in that folder, `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite an existing file
    #[arg(long)]
    pub(crate) force: bool,
}

/// Arguments of `run` and `check`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Configuration
    #[arg(long, short, value_name = "FILE", default_value = "sequela.toml", env = "SEQUELA_CONFIG")]
    pub(crate) config: PathBuf,
    /// Folder for the results
    #[arg(long, short, value_name = "DIR", default_value = "out", env = "SEQUELA_OUT")]
    pub(crate) out: PathBuf,
    /// Values that override the configuration
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// Print nothing but errors
    #[arg(long, short, env = "SEQUELA_QUIET")]
    pub(crate) quiet: bool,
    /// Exit with 1 when a figure of the whole organisation and range crosses a limit, such as `change_failure_rate>0.15`
    #[arg(long, value_name = "METRIC>LIMIT")]
    pub(crate) fail_on: Vec<String>,
}

/// Settings that may also come from the configuration or the environment.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct Overrides {
    /// Extract time: open incidents count up to here; default: the newest event
    #[arg(long, value_name = "TIME", env = "SEQUELA_AS_OF")]
    pub(crate) as_of: Option<String>,
    /// Start of the reported range: date or time; default: the first event
    #[arg(long, value_name = "TIME", env = "SEQUELA_FROM")]
    pub(crate) from: Option<String>,
    /// End of the reported range, included; default: the extract time
    #[arg(long, value_name = "TIME", env = "SEQUELA_TO")]
    pub(crate) to: Option<String>,
    /// Definition of cause and figures: sequela, evidence-then-nearest, nearest-24h, devlake-2023, devlake-2021, middleware, fourkeys, gitlab or
    /// pelorus
    #[arg(long, value_name = "NAME", env = "SEQUELA_DEFINITION")]
    pub(crate) definition: Option<String>,
    /// Threads; default: all cores. The result does not depend on it. (Decoding of Parquet follows POLARS_MAX_THREADS)
    #[arg(long, value_name = "N", env = "SEQUELA_THREADS")]
    pub(crate) threads: Option<usize>,
    /// Seed of everything that samples
    #[arg(long, value_name = "N", env = "SEQUELA_SEED")]
    pub(crate) seed: Option<u64>,
    /// Fail when more rows than this are refused: a number, or a share such as 5%
    #[arg(long, value_name = "N|P%", env = "SEQUELA_MAX_BAD_ROWS")]
    pub(crate) max_bad_rows: Option<String>,
    /// Draw no charts
    #[arg(long, env = "SEQUELA_NO_CHARTS")]
    pub(crate) no_charts: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Incident or deployment: its id, its number, or the end of its id. A team or service: its name. A month: 2026-10
    pub(crate) id: String,
    /// Month that a team or service is looked at in, such as 2026-10; default: the last full month
    #[arg(long, value_name = "MONTH")]
    pub(crate) month: Option<String>,
    /// Folder of a run
    #[arg(long, short, value_name = "DIR", default_value = "out", env = "SEQUELA_OUT")]
    pub(crate) out: PathBuf,
}

/// Arguments of `reconcile`.
#[derive(Debug, Args)]
pub(crate) struct ReconcileArgs {
    /// The other definition: devlake-2023, devlake-2021, middleware, fourkeys, gitlab, pelorus, nearest-24h or sequela
    #[arg(long = "as", value_name = "PRESET")]
    pub(crate) preset: String,
    /// Configuration
    #[arg(long, short, value_name = "FILE", default_value = "sequela.toml", env = "SEQUELA_CONFIG")]
    pub(crate) config: PathBuf,
    /// Folder for the results
    #[arg(long, short, value_name = "DIR", default_value = "reconciliation")]
    pub(crate) out: PathBuf,
    /// Values that override the configuration
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// Print nothing but errors
    #[arg(long, short, env = "SEQUELA_QUIET")]
    pub(crate) quiet: bool,
}

/// Arguments of `evaluate`.
#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// Configuration
    #[arg(long, short, value_name = "FILE", default_value = "sequela.toml", env = "SEQUELA_CONFIG")]
    pub(crate) config: PathBuf,
    /// Folder for the scores, other than that of a run
    #[arg(long, short, value_name = "DIR", default_value = "evaluation")]
    pub(crate) out: PathBuf,
    /// Known causes: a table of `incident_id` and `deployment_id` (or `cause_deployment_id`), empty where no deployment was the cause;
    /// default: a [[source]] that fills the table `labels`, else causes that records name, else rollbacks
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: Option<PathBuf>,
    /// Values that override the configuration; `--definition` scores that one alone
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// Print nothing but the scores and errors
    #[arg(long, short, env = "SEQUELA_QUIET")]
    pub(crate) quiet: bool,
}

/// Arguments of `risk`.
#[derive(Debug, Args)]
pub(crate) struct RiskArgs {
    /// Configuration; its sources hold past deployments and incidents, and change records with those planned
    #[arg(long, short, value_name = "FILE", default_value = "sequela.toml", env = "SEQUELA_CONFIG")]
    pub(crate) config: PathBuf,
    /// Folder for the tables, other than that of a run; default: none are written
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Values that override the configuration
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// Print nothing but the table and errors
    #[arg(long, short, env = "SEQUELA_QUIET")]
    pub(crate) quiet: bool,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Name of the table; `sequela schema` lists all
    pub(crate) table: String,
    /// Folder of a run
    #[arg(long, short, value_name = "DIR", default_value = "out", env = "SEQUELA_OUT")]
    pub(crate) out: PathBuf,
    /// Rows to show; 0 = all
    #[arg(long, short, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
    /// Only rows whose column is that value; may be given several times
    #[arg(long = "where", short, value_name = "COLUMN=VALUE")]
    pub(crate) conditions: Vec<String>,
    /// Characters of a line; default: 120 on a terminal, no limit in a file or pipe
    #[arg(long, value_name = "N", env = "COLUMNS")]
    pub(crate) width: Option<usize>,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Form to write
    #[arg(long = "as", value_name = "FORM")]
    pub(crate) standard: Standard,
    /// Configuration whose sources are read
    #[arg(long, short, value_name = "FILE", default_value = "sequela.toml", env = "SEQUELA_CONFIG")]
    pub(crate) config: PathBuf,
    /// Folder of a run, to take its tables instead of reading the sources
    #[arg(long, short, value_name = "DIR")]
    pub(crate) tables: Option<PathBuf>,
    /// File to write, `-` for standard output
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
    /// How events are packed
    #[arg(long, value_name = "KIND", default_value = "none")]
    pub(crate) envelope: Envelope,
    /// Print nothing but errors
    #[arg(long, short, env = "SEQUELA_QUIET")]
    pub(crate) quiet: bool,
}

/// Forms that `export` writes.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Standard {
    /// CDEvents 0.5.1, one event per line
    Cdevents,
}

/// Arguments of `simulate`.
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// What the organisation is like; `--list` says how they differ
    #[arg(long, value_name = "NAME", default_value = REGIMES[0].name, value_parser = PossibleValuesParser::new(REGIMES.map(name_of)))]
    pub(crate) regime: String,
    /// The same seed and settings give the same files on every machine
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Folder to write
    #[arg(long, short, value_name = "DIR", required_unless_present = "list")]
    pub(crate) out: Option<PathBuf>,
    /// Settings that differ from the regime's; `--list` names them
    #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
    pub(crate) set: Vec<String>,
    /// Write into a folder that holds something already
    #[arg(long)]
    pub(crate) force: bool,
    /// Print nothing but errors
    #[arg(long, short, env = "SEQUELA_QUIET")]
    pub(crate) quiet: bool,
    /// Print regimes and settings, write nothing
    #[arg(long)]
    pub(crate) list: bool,
}

const fn name_of(regime: Regime) -> &'static str {
    regime.name
}

/// `config …`
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting with its value and where it comes from
    Show(RunArgs),
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Only this table
    pub(crate) table: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionArgs {
    /// Shell
    pub(crate) shell: clap_complete::Shell,
}
