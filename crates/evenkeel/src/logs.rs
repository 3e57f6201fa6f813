//! Structured logs on standard error; `RUST_LOG` narrows or widens them.

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

const DEFAULT: &str = "info";

/// Starts logging; to be called once.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().init(),
    }
}
