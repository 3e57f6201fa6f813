//! Guessing passwords, and not locking others out by it.

use std::time::Duration;

use testkit::{World, each_engine};

use crate::ROOMS;
use crate::client::{App, PASSWORD, PROXY};

const MIA: &str = "mia@example.com";

#[tokio::test]
async fn a_stranger_who_guesses_waits_and_may_then_try_again() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        app.owner().await;
        let mut stranger = app.browser("198.51.100.1");
        for _ in 0..5 {
            assert_eq!(stranger.sign_in(MIA, "wrong").await.status, 401);
        }
        let stopped = stranger.sign_in(MIA, PASSWORD).await;
        assert_eq!((stopped.status, stopped.code()), (429, "locked_out"));
        let wait: u64 = stopped.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        world.clock.advance(Duration::from_secs(wait));
        assert_eq!(stranger.sign_in(MIA, PASSWORD).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_address_is_throttled_like_a_known_one() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        app.owner().await;
        for email in [MIA, "nobody@example.com"] {
            let mut stranger = app.browser("198.51.100.1");
            let mut statuses = Vec::new();
            for _ in 0..7 {
                statuses.push(stranger.sign_in(email, "wrong").await.status);
            }
            assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429], "{email}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_flood_from_everywhere_does_not_lock_the_owner_out_of_known_places() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let owner = app.owner().await;
        for n in 1..=30 {
            let mut stranger = app.browser(&format!("198.51.100.{n}"));
            let _ = stranger.sign_in(MIA, "wrong").await;
        }
        let stranger = app.browser("203.0.113.77").sign_in(MIA, PASSWORD).await;
        assert_eq!((stranger.status, stranger.code()), (429, "locked_out"));

        let mut same_network = app.browser(&owner.ip);
        assert_eq!(same_network.sign_in(MIA, PASSWORD).await.status, 200);
        let mut same_browser = app.browser("203.0.113.78");
        same_browser.device = owner.device.clone();
        assert_eq!(same_browser.sign_in(MIA, PASSWORD).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_neighbour_behind_the_same_address_cannot_lock_a_browser_out() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let owner = app.owner().await;
        let mut neighbour = app.browser(&owner.ip);
        for _ in 0..25 {
            let _ = neighbour.sign_in(MIA, "wrong").await;
        }
        assert_eq!(neighbour.sign_in(MIA, "wrong").await.status, 429);
        let mut own = app.browser(&owner.ip);
        own.device = owner.device.clone();
        assert_eq!(own.sign_in(MIA, PASSWORD).await.status, 200);
        // Whoever is on a known network without their browser waits for seconds at most.
        world.clock.advance(Duration::from_secs(4));
        assert_eq!(
            app.browser(&owner.ip).sign_in(MIA, PASSWORD).await.status,
            200
        );
    })
    .await;
}

#[tokio::test]
async fn one_address_cannot_try_many_accounts() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        app.owner().await;
        let mut stranger = app.browser("198.51.100.1");
        let mut stopped = None;
        for n in 0..40 {
            let reply = stranger
                .sign_in(&format!("agent{n}@example.com"), "wrong")
                .await;
            if reply.status == 429 {
                stopped = Some((n, reply.code().to_owned()));
                break;
            }
        }
        assert_eq!(stopped, Some((30, "too_many_requests".to_owned())));
    })
    .await;
}

#[tokio::test]
async fn a_made_up_device_cookie_or_forwarded_address_is_not_believed() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let owner = app.owner().await;
        let mut stranger = app.browser("198.51.100.1");
        let mut statuses = Vec::new();
        for n in 0..8 {
            let forged = owner.device.clone().unwrap();
            stranger.device = Some(format!("{n}{forged}"));
            stranger.forwarded = Some(owner.ip.clone());
            statuses.push(stranger.sign_in(MIA, "wrong").await.status);
        }
        assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
        // The same header from the proxy we trust names the real client.
        let mut proxied = app.browser(PROXY);
        proxied.forwarded = Some(owner.ip.clone());
        for _ in 0..8 {
            assert_eq!(
                proxied.sign_in(MIA, "wrong").await.status,
                401,
                "known network"
            );
        }
    })
    .await;
}
