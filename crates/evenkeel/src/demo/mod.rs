//! The demo: a small shop's team with a month of work behind it.
//!
//! Everything goes through the rooms' own commands. They take the time from their kernel's clock,
//! so the demo hands them one that it moves through the month by hand; what jobs do is done by
//! their own handlers on the way, into the practice outbox. Nothing older than [`NEWS`] makes
//! notifications. The choices are drawn from a seed, so that the demo is always the same.

mod files;
mod office;
mod play;
mod schedule;
mod script;

use std::time::Duration;

use anyhow::{Context, bail};
use kernel::clock::Clock;
use kernel::db::{DbError, Tx};
use kernel::time::Timestamp;

use crate::app::App;

/// The password of everybody in the demo.
pub const PASSWORD: &str = "calm-sea-and-fair-winds";
/// With what the owner signs in.
pub const OWNER_EMAIL: &str = "olivia@harbour.demo";

/// How long ago the team began.
const HISTORY: Duration = Duration::from_hours(31 * 24);
/// How far back agents are told what happened.
const NEWS: Duration = Duration::from_hours(30);

/// Loads the demo into an empty store; a store that holds it already is left as it is.
///
/// # Errors
/// The store belongs to a team of its own, or it can't be written.
pub async fn load(app: &App) -> anyhow::Result<()> {
    if identity::workspace::commands::find(&app.identity)
        .await?
        .is_none()
    {
        fill(app).await?;
    } else if !is_demo(app).await? {
        bail!(
            "this data folder belongs to a team that was set up without the demo: start without \
             --demo, or choose an empty folder with --data-dir"
        );
    }
    let practice_port = channels::practice::PRACTICE_PORT;
    tracing::info!(
        "demo: sign in as {OWNER_EMAIL} with the password {PASSWORD}; send mail to {} in the \
         browser or by SMTP on localhost:{practice_port}",
        channels::practice::PRACTICE_ADDRESS,
    );
    Ok(())
}

async fn is_demo(app: &App) -> anyhow::Result<bool> {
    let owner =
        async |tx: &mut Tx<'_>| identity::agents::store::find_by_email(tx, OWNER_EMAIL).await;
    Ok(app.kernel.db.read::<_, DbError, _>(owner).await?.is_some())
}

async fn fill(app: &App) -> anyhow::Result<()> {
    tracing::info!("loading the demo");
    let scripts = script::scripts().context("the demo's texts")?;
    let now = app.kernel.clock.now();
    let (clock, hand) = Clock::manual(now.minus(HISTORY));
    let past = by_clock(app, clock);
    let office = office::open(&past, &hand)
        .await
        .context("the demo's team")?;
    let plans = schedule::plans(&scripts, now);
    let stage = play::Stage::new(past, hand, office, now);
    stage.play(&plans).await
}

/// The same rooms on the same store, living by another clock.
fn by_clock(app: &App, clock: Clock) -> App {
    let mut past = app.clone();
    past.kernel.clock = clock;
    past.identity.kernel = past.kernel.clone();
    past.customers.kernel = past.kernel.clone();
    past.desk.kernel = past.kernel.clone();
    past.channels.desk = past.desk.clone();
    past
}

/// Whether what happens at `at` is history to which nothing reacts.
fn is_history(at: Timestamp, now: Timestamp) -> bool {
    at < now.minus(NEWS)
}
