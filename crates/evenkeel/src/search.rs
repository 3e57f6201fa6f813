//! `evenkeel search rebuild`.

use std::process::ExitCode;

use anyhow::Context;

use crate::app::App;
use crate::cli::say;
use crate::config::Config;
use crate::folder;

/// Builds the search index anew and says how much is in it.
pub async fn rebuild(config: Config) -> anyhow::Result<ExitCode> {
    let _taken = folder::take(&config)?;
    let app = App::open(&config, false).await?;
    let search = &app.desk.search;
    let documents = search.rebuild().await.with_context(|| {
        let folder = search.folder();
        format!(
            "the index in {} can't be built; is the node stopped?",
            folder.display()
        )
    })?;
    say(&format!(
        "The search index is built anew: {documents} documents."
    ))?;
    Ok(ExitCode::SUCCESS)
}
