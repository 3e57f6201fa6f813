//! The demo.
use crate::app::App;
/// Loads it.
pub async fn load(_: &App) -> anyhow::Result<()> {
    Ok(())
}
