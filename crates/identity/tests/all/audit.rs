//! The audit viewer, and what the store holds in clear.

use serde_json::json;
use testkit::{World, each_engine};

use crate::ROOMS;
use crate::client::{App, PASSWORD};

#[tokio::test]
async fn an_auditor_reads_everything_newest_first_in_pages() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        owner.patch("/me", json!({"name": "Mia Ruiz"})).await;
        world.settle().await;
        let first = owner.get("/audit?limit=1").await;
        assert_eq!(first.status, 200, "{:?}", first.body);
        let entry = &first.body["items"][0];
        assert_eq!(entry["kind"], "agent.changed");
        assert_eq!(entry["actor"], json!({"type": "agent", "id": 1}));
        assert_eq!(entry["agent_id"], 1);
        assert_eq!(
            entry["changes"]["name"],
            json!({"from": "Mia", "to": "Mia Ruiz"})
        );

        let mut kinds = Vec::new();
        let mut path = "/audit?limit=3".to_owned();
        loop {
            let page = owner.get(&path).await.body;
            let items = page["items"].as_array().unwrap().iter();
            kinds.extend(items.map(|it| it["kind"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(cursor) => path = format!("/audit?limit=3&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(
            kinds,
            [
                "agent.changed",
                "agent.signed_in",
                "workspace.set_up",
                "agent.created"
            ]
        );
        for bad in ["/audit?cursor=x", "/audit?colour=1"] {
            assert_eq!(owner.get(bad).await.status, 422, "{bad}");
        }
    })
    .await;
}

#[tokio::test]
async fn only_auditors_read_it() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        for (name, role, status) in [
            ("Bo", "admin", 200),
            ("Lu", "agent", 403),
            ("Jo", "light_agent", 403),
        ] {
            let mut member = app.member(&mut owner, name, role, "192.0.2.2").await;
            assert_eq!(member.get("/audit").await.status, status, "{role}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_journal_holds_no_text_in_clear() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let mut member = app.member(&mut owner, "Bo", "admin", "198.51.100.77").await;
        let signature = json!({"preferences": {"signature_html": "<p>Kind regards</p>"}});
        member.patch("/me", signature).await;
        member
            .post("/me/tokens", json!({"name": "Export", "scopes": ["read"]}))
            .await;
        let _ = member.sign_in("bo@example.com", "wrong").await;
        let journal = world.journal().await;
        assert!(journal.len() > 8);
        for record in journal {
            for secret in [
                "Mia",
                "Bo",
                "example.com",
                "198.51",
                "regards",
                "Export",
                PASSWORD,
            ] {
                assert!(
                    !record.body.contains(secret),
                    "{}: {}",
                    record.kind,
                    record.body
                );
            }
            let known = identity::RECORDS
                .iter()
                .find(|kind| kind.kind == record.kind);
            assert!(
                (known.expect("a listed kind").decodes)(&record.body),
                "{}",
                record.kind
            );
        }
    })
    .await;
}
