//! `evenkeel serve`.

use std::net::SocketAddr;

use anyhow::Context;
use channels::email::lmtp;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::config::Config;
use crate::node::Node;
use crate::web::health::Watched;
use crate::{api, demo, folder};

/// Serves until SIGTERM or Ctrl-C; requests under way are answered first.
pub async fn serve(config: Config, with_demo: bool) -> anyhow::Result<()> {
    let metrics = PrometheusBuilder::new()
        .install_recorder()
        .context("metrics can't start")?;
    let _folder = folder::take(&config)?;
    let app = App::open(&config, with_demo).await?;
    if with_demo {
        demo::load(&app).await.context("the demo can't be loaded")?;
    }
    let node = Node::of(&config.data_dir, &app.kernel.random);
    app.start(config.database_url.clone(), &node.name);
    let listener = TcpListener::bind(config.listen).await.with_context(|| {
        format!(
            "can't listen on {}: choose another address with --listen",
            config.listen
        )
    })?;
    if let Some(place) = &config.lmtp_listen {
        let listener = lmtp::bind(place).await.with_context(|| {
            format!("can't take mail at {place}: choose another place with --lmtp-listen")
        })?;
        tokio::spawn(lmtp::serve(app.channels.clone(), listener));
        tracing::info!(%place, "mail is taken by LMTP");
    }
    let watched = Watched {
        kernel: app.kernel.clone(),
        metrics,
    };
    let router = api::router(&app, watched);
    tracing::info!(address = %config.listen, url = config.base_url, "Evenkeel is ready");
    axum::serve(
        listener,
        router.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(stopped())
    .await
    .context("the server failed")
}

/// Returns when the process is asked to stop.
async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM can't be heard; stop with Ctrl-C");
            let _ = interrupted.await;
        }
    }
    tracing::info!("stopping");
}
