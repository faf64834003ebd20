//! What the command line says.

use std::path::PathBuf;

use crate::lake::{Hour, Span};

/// Shelfreel's tool for operators.
#[derive(Debug, clap::Parser)]
#[command(name = "shelfreel", version, about, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Check a feed, upload its files and publish it (docs/feed.md says what a feed is).
    ///
    /// Exit codes: 0 every row was taken; 1 some rows or keys were refused, the rest is published; 2 nothing was done,
    /// or the stores failed on the way (run it again).
    Import(Import),
    /// Say how product codes are read, or which rule they break.
    CheckCode(CheckCode),
    /// Make, revoke and list the back office's bearer tokens.
    #[command(subcommand)]
    Token(Token),
    /// List, compact and replay the raw playback (docs/lake.md).
    #[command(subcommand)]
    Lake(LakeCommand),
}

/// Where Cloudflare's API is, and who asks.
#[derive(Debug, clap::Args)]
pub(crate) struct Account {
    /// The stores of `npm start`, at its port (8787 when it is left out)
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "8787",
          conflicts_with_all = ["api", "account"])]
    pub(crate) local: Option<u16>,

    /// Cloudflare's API
    #[arg(
        long,
        value_name = "URL",
        default_value = "https://api.cloudflare.com/client/v4"
    )]
    pub(crate) api: String,

    /// The account's id
    #[arg(long, value_name = "ID", env = "CLOUDFLARE_ACCOUNT_ID")]
    pub(crate) account: Option<String>,

    /// The environment variable that holds the API token
    #[arg(long, value_name = "NAME", default_value = "CLOUDFLARE_API_TOKEN")]
    pub(crate) token_env: String,
}

/// The account, and the KV namespace in it.
#[derive(Debug, clap::Args)]
pub(crate) struct Catalogue {
    #[command(flatten)]
    pub(crate) account: Account,

    /// The id of the KV namespace that edge and studio have as CATALOG
    #[arg(
        long,
        value_name = "ID",
        env = "SHELFREEL_NAMESPACE",
        conflicts_with = "local"
    )]
    pub(crate) namespace: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Token {
    /// Make a token and print it, this once: only its digest is kept.
    Create(TokenCreate),
    /// Take a token out: within a minute it is nobody's. Exit code 1: there was none.
    Revoke(TokenRevoke),
    /// The tokens' digests and who holds them.
    List(Catalogue),
}

#[derive(Debug, clap::Args)]
pub(crate) struct TokenCreate {
    #[command(flatten)]
    pub(crate) holder: Holder,
    #[command(flatten)]
    pub(crate) catalogue: Catalogue,
}

/// For whom a token is.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Holder {
    /// For a brand, which sees its own
    #[arg(long, value_name = "SLUG")]
    pub(crate) brand: Option<String>,
    /// For whoever runs the place, who sees everything
    #[arg(long)]
    pub(crate) operator: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TokenRevoke {
    /// The token, or its digest as `shelfreel token list` prints it
    #[arg(value_name = "TOKEN")]
    pub(crate) token: String,
    #[command(flatten)]
    pub(crate) catalogue: Catalogue,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CheckCode {
    /// Codes as a page writes them: 8710103937746, mpn:BRAND:PART, sku:12345, several joined by |
    #[arg(required = true, value_name = "CODE")]
    pub(crate) codes: Vec<String>,
}

/// Where the lake is: a bucket, or a folder that is a copy of it.
#[derive(Debug, clap::Args)]
pub(crate) struct LakeAt {
    #[command(flatten)]
    pub(crate) account: Account,

    /// The name of the R2 bucket that edge and studio have as LAKE
    #[arg(
        long,
        value_name = "NAME",
        default_value = "shelfreel-lake",
        conflicts_with = "dir"
    )]
    pub(crate) bucket: String,

    /// A folder that is a copy of the bucket, keys as paths, in the bucket's stead
    #[arg(long, value_name = "PATH", conflicts_with_all = ["local", "api", "account"])]
    pub(crate) dir: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum LakeCommand {
    /// Say what is there, by hour and kind: objects, bytes, and bad rows by their reasons.
    List(LakeList),
    /// Write an hour's rows, each once, as Parquet. Doing it again writes the same bytes.
    ///
    /// Exit codes: 0 done; 1 done, and some lines could not be read; 2 not done (run it again).
    Compact(LakeCompact),
    /// Rebuild the figures of a span of hours from the lake, in every ledger.
    ///
    /// Exit codes: 0 done; 1 done, and some lines are no rows; 2 not done: no figure has changed, or what is to be done is said.
    Replay(LakeReplay),
    /// Put back what can count now: dead letters that are rows, and bad rows whose shop is registered by now.
    Mend(LakeMend),
}

impl LakeCommand {
    pub(crate) fn at(&self) -> &LakeAt {
        match self {
            Self::List(options) => &options.at,
            Self::Compact(options) => &options.at,
            Self::Replay(options) => &options.at,
            Self::Mend(options) => &options.at,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct LakeList {
    #[command(flatten)]
    pub(crate) at: LakeAt,

    /// Only these hours of receipt, the last included: 2026-11-22T05..2026-11-22T09, either end may be left out
    #[arg(long, value_name = "A..B")]
    pub(crate) hours: Option<Span>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct LakeCompact {
    #[command(flatten)]
    pub(crate) at: LakeAt,
    #[command(flatten)]
    pub(crate) which: CompactWhich,
}

#[derive(Debug, clap::Args)]
pub(crate) struct LakeMend {
    #[command(flatten)]
    pub(crate) at: LakeAt,

    /// Only these hours, the last included: 2026-11-22T05..2026-11-22T09, either end may be left out
    #[arg(long, value_name = "A..B")]
    pub(crate) hours: Option<Span>,

    /// The id of the KV namespace that edge and studio have as CATALOG
    #[arg(long, value_name = "ID", env = "SHELFREEL_NAMESPACE")]
    pub(crate) namespace: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct LakeReplay {
    #[command(flatten)]
    pub(crate) at: LakeAt,
    #[command(flatten)]
    pub(crate) which: ReplayWhich,

    /// The first hour that is left alone
    #[arg(long, value_name = "HOUR", requires = "from")]
    pub(crate) to: Option<Hour>,

    /// The studio's origin, such as https://shelfreel-studio.example.workers.dev
    #[arg(long, value_name = "URL")]
    pub(crate) studio: String,

    /// The environment variable that holds an operator's token for the studio
    #[arg(long, value_name = "NAME", default_value = "SHELFREEL_TOKEN")]
    pub(crate) studio_token_env: String,
}

/// What is done with a replay.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ReplayWhich {
    /// The first hour that is rebuilt: 2026-11-22T05, in UTC, of the start of what was watched
    #[arg(long, value_name = "HOUR", requires = "to")]
    pub(crate) from: Option<Hour>,
    /// End a replay whose rows were all sent
    #[arg(long, value_name = "ID")]
    pub(crate) finish: Option<String>,
    /// Give up a replay that was left behind
    #[arg(long, value_name = "ID")]
    pub(crate) give_up: Option<String>,
}

/// Which hours are compacted.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct CompactWhich {
    /// This hour of receipt, closed or not: 2026-11-22T05
    #[arg(long, value_name = "HOUR")]
    pub(crate) hour: Option<Hour>,
    /// Every hour that ended more than 10 minutes ago and has rows that came since it was compacted
    #[arg(long)]
    pub(crate) pending: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// The feed: CSV with a header row, or JSON Lines (.jsonl, .ndjson)
    pub(crate) file: PathBuf,

    /// The shops, as JSON Lines
    #[arg(long, value_name = "FILE")]
    pub(crate) shops: Option<PathBuf>,

    /// The name under which these keys are kept apart from those of other feeds [default: the file's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) feed: Option<String>,

    /// Take out the keys of this feed that are no longer in the file
    #[arg(long)]
    pub(crate) replace: bool,

    /// Take keys out although rows were refused
    #[arg(long, requires = "replace")]
    pub(crate) force: bool,

    /// Overwrite keys that another feed put there
    #[arg(long)]
    pub(crate) take_over: bool,

    /// Only check the feed and its files: nothing is written anywhere
    #[arg(long)]
    pub(crate) check: bool,

    #[command(flatten)]
    pub(crate) catalogue: Catalogue,

    /// The name of the R2 bucket that the edge has as MEDIA
    #[arg(
        long,
        value_name = "NAME",
        default_value = "shelfreel-media",
        conflicts_with = "local"
    )]
    pub(crate) bucket: String,

    /// Where the edge serves uploaded files, relative to a look-up or absolute
    #[arg(long, value_name = "URL", default_value = "/v1/media/")]
    pub(crate) media_base: String,
}
