//! `shelfreel check-code`: how a code is read, or which rule it breaks.

use std::io::Write as _;

use shelfreel_matching::code;
use shelfreel_matching::quote::visible;

use crate::args::CheckCode;
use crate::{Error, Outcome};

pub(crate) fn run(options: &CheckCode) -> Result<Outcome, Error> {
    let mut out = std::io::stdout().lock();
    let mut outcome = Outcome::All;
    for written in &options.codes {
        for asked in code::asked(written, "SHOP") {
            match &asked.lead {
                Ok(lead) => {
                    write!(out, "{}: {}", asked.written, visible(&lead.key))?;
                    if let Some(mended) = lead.mended {
                        write!(out, " ({})", mended.say())?;
                    }
                    if let Some(case) = &lead.contained_in {
                        write!(out, " (the item in the case {case})")?;
                    }
                    writeln!(out)?;
                }
                Err(error) => {
                    outcome = Outcome::Some;
                    writeln!(out, "{}: {}: {error}", asked.written, error.reason().name())?;
                }
            }
        }
    }
    Ok(outcome)
}
