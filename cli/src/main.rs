//! `shelfreel`, the operator's tool.
//!
//! Exit codes: 0 everything was taken; 1 something was refused, the rest was taken; 2 nothing was done, or
//! the stores failed on the way (run it again).

mod api;
mod args;
mod check_code;
#[cfg(test)]
mod fake_api;
mod feed;
mod files;
mod import;
mod lake;
mod mp4;
mod report;
mod shops;
mod sorter;
mod store;
mod token;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Import(options) => import::run(&options),
        Command::CheckCode(options) => check_code::run(&options),
        Command::Token(command) => token::run(&command),
        Command::Lake(command) => lake::run(&command),
    };
    match outcome {
        Ok(Outcome::All) => ExitCode::SUCCESS,
        Ok(Outcome::Some) => ExitCode::from(1),
        Err(error) => {
            report::error(error.as_ref());
            ExitCode::from(2)
        }
    }
}

/// How much of what was asked was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// All of it.
    All,
    /// Something was refused.
    Some,
}

/// Any error, with what caused it.
type Error = Box<dyn std::error::Error + Send + Sync>;
