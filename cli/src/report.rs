//! What the operator reads: progress while it works, what was refused as it is found, and the sums at the end.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use shelfreel_matching::catalogue::{MendedCode, Refusal};
use shelfreel_matching::quote;

/// The most examples of one kind of mended codes, and of keys that were left alone.
const MOST_EXAMPLES: usize = 3;
/// The most keys of other feeds that are named.
const MOST_NAMED: u64 = 20;

/// The longest line that is printed, in characters: a key has at most 512 bytes.
const MOST_LINE: usize = 1_000;

/// What happened to rows and keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) rows_taken: u64,
    pub(crate) rows_refused: u64,
    pub(crate) shops_taken: u64,
    pub(crate) shops_refused: u64,
    pub(crate) files_uploaded: u64,
    pub(crate) files_there: u64,
    pub(crate) keys_written: u64,
    pub(crate) keys_unchanged: u64,
    pub(crate) keys_kept: u64,
    pub(crate) keys_of_others: u64,
    pub(crate) keys_too_large: u64,
    pub(crate) keys_taken_out: u64,
}

/// Prints the report while counting.
pub(crate) struct Report {
    pub(crate) counts: Counts,
    mended: BTreeMap<&'static str, (u64, Vec<String>)>,
    bar: ProgressBar,
    /// Whether it was said that records were left unread.
    unread: bool,
    /// What was printed, for tests to read.
    #[cfg(test)]
    pub(crate) lines: Vec<String>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            counts: Counts::default(),
            mended: BTreeMap::new(),
            bar: ProgressBar::hidden(),
            unread: false,
            #[cfg(test)]
            lines: Vec::new(),
        }
    }

    /// Begins a step that ends at `total` (of bytes or keys); 0 when that is not known.
    pub(crate) fn step(&mut self, what: &'static str, total: u64) {
        self.bar.finish_and_clear();
        let bar = if total > 0 {
            ProgressBar::new(total)
        } else {
            ProgressBar::new_spinner()
        };
        let template = if total > 0 {
            "{msg} [{wide_bar}] {percent}% {elapsed}"
        } else {
            "{msg} {pos} {elapsed}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        self.bar = bar;
    }

    pub(crate) fn at(&self, position: u64) {
        self.bar.set_position(position);
    }

    pub(crate) fn advance(&self, by: u64) {
        self.bar.inc(by);
    }

    pub(crate) fn refused(&mut self, file: &str, refusals: &[Refusal]) {
        for refusal in refusals {
            self.line(&format!("refused: {file} {refusal}"));
        }
    }

    pub(crate) fn mended(&mut self, line: u64, codes: &[MendedCode]) {
        for code in codes {
            let (count, examples) = self.mended.entry(code.mended.say()).or_default();
            *count = count.saturating_add(1);
            if examples.len() < MOST_EXAMPLES {
                examples.push(format!("line {line}: {} is {}", code.written, code.code));
            }
        }
    }

    /// A key that another feed put there, with another value.
    pub(crate) fn of_another_feed(&mut self, key: &str, feed: &str, line: u64) {
        self.counts.keys_of_others = self.counts.keys_of_others.saturating_add(1);
        if self.counts.keys_of_others <= MOST_NAMED {
            let whose = if feed.is_empty() {
                "was put there by no feed".to_owned()
            } else {
                format!("belongs to the feed {feed}")
            };
            self.line(&format!(
                "refused: line {line}: {key} {whose} and is not overwritten (--take-over does)"
            ));
        }
    }

    /// A key that is left as it is, since a row that was refused names it.
    pub(crate) fn kept(&mut self, key: &str, line: u64) {
        self.counts.keys_kept = self.counts.keys_kept.saturating_add(1);
        self.line(&format!(
            "kept as it was: {key}, which line {line} names and which was refused"
        ));
    }

    /// A key whose value would be too long: it is left as it is.
    pub(crate) fn too_large(&mut self, key: &str, count: u64, bytes: usize) {
        self.counts.keys_too_large = self.counts.keys_too_large.saturating_add(1);
        if self.counts.keys_too_large <= MOST_NAMED {
            self.line(&format!(
                "refused: {key} is in {count} rows, which is {bytes} bytes and more than a record may have; it is left as it was: does one code stand in every row?"
            ));
        }
    }

    /// A record that is left as it is, since this video would vanish from it while a row is refused.
    pub(crate) fn kept_for(&mut self, key: &str, video: &str) {
        self.counts.keys_kept = self.counts.keys_kept.saturating_add(1);
        self.line(&format!(
            "kept as it was: {key}, since no row that was taken has its video {video}, and rows were refused"
        ));
    }

    /// A record that is left as it is, unread; only the first is named.
    pub(crate) fn kept_unread(&mut self, key: &str) {
        self.counts.keys_kept = self.counts.keys_kept.saturating_add(1);
        if !self.unread {
            self.unread = true;
            self.line(&format!(
                "kept as it was: {key}, and every further record that would change: rows were refused, and these records were not read to see what would vanish from them; mend the rows and run it again"
            ));
        }
    }

    pub(crate) fn line(&mut self, text: &str) {
        let text = &printed(text);
        #[cfg(test)]
        self.lines.push(text.clone());
        #[cfg(not(test))]
        self.bar.suspend(|| {
            // A reader that has gone away (`| head`) is no reason to stop an import half way.
            let _ = writeln!(std::io::stdout(), "{text}");
        });
    }

    /// The sums.
    pub(crate) fn end(&mut self, checked_only: bool) {
        self.bar.finish_and_clear();
        for line in self.sums(checked_only) {
            self.line(&line);
        }
    }

    fn sums(&self, checked_only: bool) -> Vec<String> {
        let mut lines = Vec::new();
        for (how, (count, examples)) in &self.mended {
            let more = if *count > examples.len() as u64 {
                "; …"
            } else {
                ""
            };
            lines.push(format!(
                "mended: {count} × {how} ({}{more})",
                examples.join("; ")
            ));
        }
        let counts = &self.counts;
        lines.push(format!(
            "rows: {} taken, {} refused",
            counts.rows_taken, counts.rows_refused
        ));
        if counts.shops_taken + counts.shops_refused > 0 {
            lines.push(format!(
                "shops: {} taken, {} refused",
                counts.shops_taken, counts.shops_refused
            ));
        }
        if checked_only {
            lines.push("nothing was written".to_owned());
            return lines;
        }
        if counts.files_uploaded + counts.files_there > 0 {
            lines.push(format!(
                "files: {} uploaded, {} already there",
                counts.files_uploaded, counts.files_there
            ));
        }
        if counts.keys_of_others > MOST_NAMED {
            lines.push(format!(
                "… and {} more keys of other feeds",
                counts.keys_of_others - MOST_NAMED
            ));
        }
        if counts.keys_too_large > 0 {
            lines.push(format!("keys too large: {}", counts.keys_too_large));
        }
        lines.push(format!(
            "keys: {} written, {} unchanged, {} kept, {} of other feeds, {} taken out",
            counts.keys_written,
            counts.keys_unchanged,
            counts.keys_kept,
            counts.keys_of_others,
            counts.keys_taken_out
        ));
        lines
    }
}

/// A line as it is printed. Feeds, files and stores may say what a terminal would obey, or more than anybody reads.
fn printed(text: &str) -> String {
    let visible = quote::visible(text);
    match visible.char_indices().nth(MOST_LINE) {
        None => visible.into_owned(),
        Some((end, _)) => [visible.get(..end).unwrap_or_default(), "…"].concat(),
    }
}

/// Prints an error with its causes.
pub(crate) fn error(error: &(dyn std::error::Error + 'static)) {
    let mut text = format!("shelfreel: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    let _ = writeln!(std::io::stderr(), "{}", printed(&text));
}
