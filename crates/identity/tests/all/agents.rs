//! Who may change whom.

use identity::agents::commands::change;
use identity::agents::rules::AgentEdit;
use identity::{Caller, Role};
use kernel::ids::AgentId;
use kernel::refusal::Refusal;
use serde_json::json;
use testkit::{World, each_engine};

use crate::ROOMS;
use crate::client::{App, PASSWORD};

#[tokio::test]
async fn everybody_sees_everybody() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let mut light = app
            .member(&mut owner, "Lu", "light_agent", "192.0.2.2")
            .await;
        let agents = light.get("/agents").await.body;
        let names: Vec<_> = agents["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["name"].clone())
            .collect();
        assert_eq!(names, [json!("Mia"), json!("Lu")]);
    })
    .await;
}

#[tokio::test]
async fn changes_need_the_permission_and_the_present_version() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let mut agent = app.member(&mut owner, "Lu", "agent", "192.0.2.2").await;
        let promote = json!({"version": 1, "role": "admin"});
        let refused = agent.patch("/agents/2", promote.clone()).await;
        assert_eq!((refused.status, refused.code()), (403, "not_allowed"));
        let changed = owner.patch("/agents/2", promote.clone()).await;
        assert_eq!(changed.status, 200, "{:?}", changed.body);
        assert_eq!(changed.body["role"], "admin");
        assert_eq!(changed.body["version"], 2);
        let stale = owner.patch("/agents/2", promote).await;
        assert_eq!((stale.status, stale.code()), (409, "stale_version"));
        let missing = owner.patch("/agents/99", json!({"version": 1})).await;
        assert_eq!((missing.status, missing.code()), (404, "not_found"));
        let unknown = owner
            .patch("/agents/2", json!({"version": 2, "colour": 1}))
            .await;
        assert_eq!(unknown.status, 422);
        // The new role counts at once, without signing in again.
        assert_eq!(agent.get("/invitations").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn admins_do_not_touch_owners_and_the_last_owner_stays() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let mut admin = app.member(&mut owner, "Bo", "admin", "192.0.2.2").await;
        for (path, patch) in [
            ("/agents/1", json!({"version": 1, "status": "disabled"})),
            ("/agents/1", json!({"version": 1, "name": "X"})),
            ("/agents/2", json!({"version": 1, "role": "owner"})),
        ] {
            let refused = admin.patch(path, patch).await;
            assert_eq!(
                (refused.status, refused.code()),
                (403, "not_allowed"),
                "{path}"
            );
        }
        let last = owner
            .patch("/agents/1", json!({"version": 1, "role": "agent"}))
            .await;
        assert_eq!((last.status, last.code()), (409, "last_owner"));
        let second = owner
            .patch("/agents/2", json!({"version": 1, "role": "owner"}))
            .await;
        assert_eq!(second.status, 200);
        let own = owner
            .patch("/agents/1", json!({"version": 1, "status": "disabled"}))
            .await;
        assert_eq!((own.status, own.code()), (409, "own_account"));
        let down = owner
            .patch("/agents/1", json!({"version": 1, "role": "agent"}))
            .await;
        assert_eq!(down.status, 200);
    })
    .await;
}

#[tokio::test]
async fn two_owners_who_demote_each_other_leave_one() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        app.member(&mut owner, "Bo", "owner", "192.0.2.2").await;
        // Below the door: both were let in before either changed anything.
        let one = Caller::for_agent(AgentId(1), "Mia", Role::Owner);
        let two = Caller::for_agent(AgentId(2), "Bo", Role::Owner);
        let demote = AgentEdit {
            role: Some(Role::Agent),
            ..AgentEdit::default()
        };
        let (first, second) = tokio::join!(
            change(&app.identity, &one, two.agent, 1, &demote),
            change(&app.identity, &two, one.agent, 1, &demote),
        );
        let refused = |result: &Result<_, Refusal>| {
            matches!(
                result,
                Err(Refusal::Conflict {
                    code: "last_owner",
                    ..
                })
            )
        };
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        assert!(refused(&first) != refused(&second), "{first:?} {second:?}");
    })
    .await;
}

#[tokio::test]
async fn a_disabled_agent_is_out_at_once_and_cannot_come_back() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let mut agent = app.member(&mut owner, "Lu", "agent", "192.0.2.2").await;
        let token = agent
            .post("/me/tokens", json!({"name": "x", "scopes": ["read"]}))
            .await;
        let mut program = app.browser("192.0.2.3");
        program.bearer = Some(token.body["secret"].as_str().unwrap().to_owned());
        assert_eq!(program.get("/me").await.status, 200);

        let disable = json!({"version": 1, "status": "disabled"});
        assert_eq!(owner.patch("/agents/2", disable).await.status, 200);
        assert_eq!(agent.get("/me").await.status, 401);
        assert_eq!(program.get("/me").await.status, 401);
        let refused = agent.sign_in("lu@example.com", PASSWORD).await;
        assert_eq!((refused.status, refused.code()), (401, "wrong_credentials"));

        let enable = json!({"version": 2, "status": "active"});
        assert_eq!(owner.patch("/agents/2", enable).await.status, 200);
        assert_eq!(
            agent.get("/me").await.status,
            401,
            "old sessions stay ended"
        );
        assert_eq!(
            program.get("/me").await.status,
            401,
            "old tokens stay revoked"
        );
        assert_eq!(agent.sign_in("lu@example.com", PASSWORD).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn fixtures_make_agents_the_rooms_above_can_use() {
    each_engine(ROOMS, async |world: World| {
        let mia = identity::fixtures::agent(&world.kernel, "Mia Ruiz", Role::LightAgent).await;
        assert_eq!(
            (mia.agent, mia.role, mia.name.as_str()),
            (AgentId(1), Role::LightAgent, "Mia Ruiz")
        );
        assert!(mia.require(identity::Permission::TicketReply).is_err());
        let bo = identity::fixtures::agent(&world.kernel, "Bo", Role::Owner).await;
        assert_eq!(bo.agent, AgentId(2));
    })
    .await;
}
