//! The demo: what it loads, and that it leaves other stores alone.

use evenkeel::app::MIGRATIONS;
use evenkeel::demo;
use kernel::db::{DbError, Tx};
use kernel::journal::verify::{Verdict, verify};
use serde_json::{Value, json};

use crate::support::{Site, User};

/// How many of each thing there are.
async fn counts(site: &Site) -> Vec<i64> {
    const COUNTS: [&str; 9] = [
        "SELECT count(*) FROM tickets",
        "SELECT count(*) FROM customers",
        "SELECT count(*) FROM agents",
        "SELECT count(*) FROM teams",
        "SELECT count(*) FROM macros",
        "SELECT count(*) FROM drafts",
        "SELECT count(*) FROM tickets WHERE place = 'spam'",
        "SELECT count(*) FROM messages",
        "SELECT count(*) FROM journal",
    ];
    let all = async |tx: &mut Tx<'_>| {
        let mut counts = Vec::new();
        for sql in COUNTS {
            let row = tx.one::<(i64,)>(sql, &[]).await?;
            counts.extend(row.map(|(count,)| count));
        }
        Ok::<_, DbError>(counts)
    };
    site.world.kernel.db.read(all).await.unwrap()
}

async fn sign_in(site: &Site) -> User {
    let password = json!({ "email": demo::OWNER_EMAIL, "password": demo::PASSWORD });
    site.post(&User::default(), "/session", password)
        .await
        .signed_in()
}

fn items(body: &Value) -> &Vec<Value> {
    body["items"]
        .as_array()
        .unwrap_or_else(|| panic!("a page was awaited: {body}"))
}

#[tokio::test]
async fn the_demo_is_lively_and_loads_once() {
    testkit::each_engine(MIGRATIONS, async |world| {
        let site = Site::on(world);
        demo::load(&site.app).await.unwrap();
        let loaded = counts(&site).await;
        let [
            tickets,
            customers,
            agents,
            teams,
            macros,
            drafts,
            spam,
            messages,
            _,
        ] = loaded[..]
        else {
            unreachable!("nine counts were asked for")
        };
        assert_eq!(
            (tickets, agents, teams, macros, drafts, spam),
            (202, 7, 3, 7, 1, 5)
        );
        assert!((60..80).contains(&customers), "{customers} customers");
        assert!(messages > 450, "{messages} messages");

        let owner = sign_in(&site).await;
        let fresh = site.get(&owner, "/tickets?view=unassigned").await;
        let fresh = items(&fresh.body);
        assert!((5..15).contains(&fresh.len()), "{} unassigned", fresh.len());
        assert!(
            fresh.iter().all(|ticket| ticket["unread"] == true),
            "fresh ones are unread"
        );

        let later = site.get(&owner, "/tickets?view=snoozed").await;
        assert_eq!(items(&later.body).len(), 3, "put off for the workshop");

        let unsettled = async |tx: &mut Tx<'_>| {
            const SQL: &str = "SELECT count(*) FROM deliveries WHERE state <> 'accepted'";
            tx.one::<(i64,)>(SQL, &[]).await
        };
        let unsettled = site
            .world
            .kernel
            .db
            .read::<_, DbError, _>(unsettled)
            .await
            .unwrap();
        assert_eq!(unsettled, Some((0,)), "every reply reached its recipients");

        site.world.settle().await;
        let sound = verify(&site.world.kernel).await.unwrap();
        assert!(
            matches!(sound, Verdict::Sound(records) if records > 1_000),
            "{sound:?}"
        );

        let before = counts(&site).await;
        demo::load(&site.app).await.unwrap();
        assert_eq!(
            counts(&site).await,
            before,
            "the second start loads nothing"
        );
    })
    .await;
}

#[tokio::test]
async fn a_team_of_its_own_is_left_alone() {
    testkit::each_engine(MIGRATIONS, async |world| {
        let site = Site::on(world);
        site.set_up().await;
        let before = counts(&site).await;
        let refused = demo::load(&site.app).await.unwrap_err().to_string();
        assert!(refused.contains("start without --demo"), "{refused}");
        assert_eq!(counts(&site).await, before);
    })
    .await;
}
