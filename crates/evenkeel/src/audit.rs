//! `evenkeel audit verify`.

use std::process::ExitCode;

use kernel::journal::verify::{Verdict, verify as walk};

use crate::app::App;
use crate::cli::say;
use crate::config::Config;

/// Walks the journal's chain and says what it found.
pub async fn verify(config: Config) -> anyhow::Result<ExitCode> {
    let app = App::open(&config, false).await?;
    match walk(&app.kernel).await? {
        Verdict::Sound(records) => {
            say(&format!(
                "All {records} records of the journal are as they were written."
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        Verdict::Broken { position, record } => {
            say(&format!(
                "The journal was changed: the record at position {position} (id {record}) is not \
                 as it was written. Everything before it is."
            ))?;
            Ok(ExitCode::FAILURE)
        }
        Verdict::Rewritten { position } => {
            say(&format!(
                "The journal was written anew: up to position {position} it is not what was \
                 signed."
            ))?;
            Ok(ExitCode::FAILURE)
        }
        Verdict::CutOff { end, signed } => {
            say(&format!(
                "The journal's end was cut off: it has {end} records, and record {signed} was \
                 signed."
            ))?;
            Ok(ExitCode::FAILURE)
        }
    }
}
