//! Teams, tags, macros and brands, by their commands and over HTTP.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use desk::fixtures::desk;
use desk::macros::{self, Scope};
use desk::{tags, teams};
use identity::{Caller, Role, TeamMembership};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::ids::{TeamId, TicketId};
use kernel::journal::Context;
use kernel::refusal::Refusal;
use serde_json::{Value, json};
use testkit::{World, each_engine};
use tower::ServiceExt;

use super::office::{self, ROOMS};

const TAG_TICKET: &str = "INSERT INTO ticket_tags (ticket_id, tag_id) VALUES ($1, $2)";
const TAGGED: &str = "SELECT COUNT(*) FROM ticket_tags";

fn once(key: &str) -> IdempotencyKey {
    IdempotencyKey(Some(key.to_owned()))
}

async fn send(
    app: &Router,
    caller: &Caller,
    method: &str,
    path: &str,
    body: Value,
) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("x-agent", &caller.name)
        .header("content-type", "application/json");
    let body = if body.is_null() {
        Body::empty()
    } else {
        Body::from(body.to_string())
    };
    let response = app
        .clone()
        .oneshot(request.body(body).unwrap())
        .await
        .unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (
        status,
        serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    )
}

async fn kinds(world: &World) -> Vec<String> {
    let records = world.journal().await;
    let of_ours = |kind: &&String| {
        ["team.", "tag.", "macro."]
            .iter()
            .any(|it| kind.starts_with(it))
    };
    records
        .iter()
        .map(|record| &record.kind)
        .filter(of_ours)
        .cloned()
        .collect()
}

#[tokio::test]
async fn teams_are_made_changed_and_deleted() {
    each_engine(ROOMS, async |world: World| {
        let kernel = &world.kernel;
        let olga = office::signed_in(kernel, "Olga", Role::Owner).await;
        let mia = office::signed_in(kernel, "Mia", Role::Agent).await;
        let new = teams::commands::NewTeam {
            name: " Second  Line ".to_owned(),
            member_ids: vec![mia.agent, mia.agent],
        };
        let made = teams::commands::create(kernel, &olga, new.clone(), once("k"))
            .await
            .unwrap();
        assert_eq!((made.name.as_str(), made.version), ("Second Line", 1));
        assert_eq!(made.member_ids, [mia.agent]);
        let twin = teams::commands::create(kernel, &olga, new.clone(), once("k"))
            .await
            .unwrap();
        assert_eq!(twin, made);
        let clash = teams::commands::create(kernel, &olga, new, once("other")).await;
        assert!(matches!(
            clash,
            Err(Refusal::Conflict {
                code: "team_name_taken",
                ..
            })
        ));

        let update = |version, member_ids| teams::commands::TeamUpdate {
            version,
            name: None,
            member_ids: Some(member_ids),
        };
        let changed =
            teams::commands::update(kernel, &olga, made.id, update(1, vec![olga.agent])).await;
        assert_eq!(changed.unwrap().member_ids, [olga.agent]);
        let stale = teams::commands::update(kernel, &olga, made.id, update(1, vec![])).await;
        assert!(matches!(stale, Err(Refusal::Stale { what: "team" })));
        let same =
            teams::commands::update(kernel, &olga, made.id, update(2, vec![olga.agent])).await;
        assert_eq!(same.unwrap().version, 2);

        let ticket = office::ticket(kernel, "open", None, Some(made.id)).await;
        let used = teams::commands::delete(kernel, &olga, made.id).await;
        assert!(matches!(
            used,
            Err(Refusal::Conflict {
                code: "team_in_use",
                ..
            })
        ));
        free(kernel, ticket).await;
        teams::commands::delete(kernel, &olga, made.id)
            .await
            .unwrap();
        let gone = teams::commands::delete(kernel, &olga, made.id).await;
        assert!(matches!(gone, Err(Refusal::NotFound { what: "team" })));
        assert_eq!(
            kinds(&world).await,
            ["team.created", "team.changed", "team.deleted"]
        );
    })
    .await;
}

async fn free(kernel: &Kernel, ticket: TicketId) {
    const FREE: &str = "UPDATE tickets SET team_id = NULL WHERE id = $1";
    let freed = kernel
        .db
        .write(async move |tx: &mut Tx<'_>| tx.execute(FREE, &[ticket.into()]).await);
    let freed: Result<u64, DbError> = freed.await;
    assert_eq!(freed.unwrap(), 1);
}

#[tokio::test]
async fn identity_sees_and_fills_the_teams() {
    each_engine(ROOMS, async |world: World| {
        let kernel = &world.kernel;
        let olga = office::signed_in(kernel, "Olga", Role::Owner).await;
        let mia = office::signed_in(kernel, "Mia", Role::Agent).await;
        let new = teams::commands::NewTeam {
            name: "Line".to_owned(),
            member_ids: vec![],
        };
        let team = teams::commands::create(kernel, &olga, new, once("k"))
            .await
            .unwrap()
            .id;
        let (agent, at) = (mia.agent, kernel.clock.now());
        let joined = kernel.db.write(async move |tx: &mut Tx<'_>| {
            let (ours, port) = ([team], teams::Membership);
            port.check(tx, &ours).await?;
            let unknown = [team, TeamId(99)];
            assert!(matches!(
                port.check(tx, &unknown).await,
                Err(Refusal::Invalid(_))
            ));
            let context = Context::system(at);
            port.join(tx, &context, agent, &unknown).await?;
            port.join(tx, &context, agent, &ours).await
        });
        joined.await.unwrap();
        let all = teams::Membership.teams_of_all(&kernel.db).await.unwrap();
        assert_eq!(all, [(mia.agent, team)]);
        assert_eq!(kinds(&world).await, ["team.created", "team.changed"]);
    })
    .await;
}

#[tokio::test]
async fn tags_come_into_being_by_use_and_leave_every_ticket() {
    each_engine(ROOMS, async |world: World| {
        let kernel = &world.kernel;
        let olga = office::signed_in(kernel, "Olga", Role::Owner).await;
        let context = Context::system(kernel.clock.now());
        let given = ["VIP customer", "refund", "vip-customer"].map(str::to_owned);
        let ids = kernel.db.write(async move |tx: &mut Tx<'_>| {
            tags::commands::ensure(tx, &context, &given).await?;
            let ids = tags::commands::ensure(tx, &context, &given).await?;
            tx.execute(TAG_TICKET, &[1.into(), ids[0].into()]).await?;
            tx.execute(TAG_TICKET, &[2.into(), ids[0].into()]).await?;
            Ok::<_, Refusal>(ids)
        });
        let ids = ids.await.unwrap();
        assert_eq!(ids.len(), 2);

        let rename = |name: &str| tags::commands::TagUpdate {
            version: None,
            name: Some(name.to_owned()),
            color: Some(Some("#FF0000".to_owned())),
        };
        let taken = tags::commands::update(kernel, &olga, ids[0], rename("Refund")).await;
        assert!(matches!(
            taken,
            Err(Refusal::Conflict {
                code: "tag_name_taken",
                ..
            })
        ));
        let tag = tags::commands::update(kernel, &olga, ids[0], rename("Gold"))
            .await
            .unwrap();
        assert_eq!(
            (tag.name.as_str(), tag.color.as_deref()),
            ("gold", Some("#ff0000"))
        );
        tags::commands::delete(kernel, &olga, ids[0]).await.unwrap();
        let count = async |tx: &mut Tx<'_>| tx.one::<(i64,)>(TAGGED, &[]).await;
        assert_eq!(
            kernel.db.read::<_, DbError, _>(count).await.unwrap(),
            Some((0,))
        );
        assert_eq!(
            kinds(&world).await,
            ["tag.created", "tag.created", "tag.changed", "tag.deleted"]
        );
    })
    .await;
}

#[tokio::test]
async fn macros_are_personal_or_shared_and_always_clean() {
    each_engine(ROOMS, async |world: World| {
        let kernel = &world.kernel;
        let olga = office::signed_in(kernel, "Olga", Role::Owner).await;
        let mia = office::signed_in(kernel, "Mia", Role::Agent).await;
        let new = |scope| macros::commands::NewMacro {
            name: "Thanks".to_owned(),
            html: "<p onclick=\"x()\">Thank you</p><script>x()</script>".to_owned(),
            scope,
            status_after: None,
            ..macros::commands::NewMacro::default()
        };
        let own = macros::commands::create(kernel, &mia, new(Scope::Personal), once("k"))
            .await
            .unwrap();
        assert_eq!(own.html, "<p>Thank you</p>");
        let twin = macros::commands::create(kernel, &mia, new(Scope::Personal), once("k"))
            .await
            .unwrap();
        assert_eq!(twin, own);
        let denied = macros::commands::create(kernel, &mia, new(Scope::Shared), once("s")).await;
        assert!(matches!(
            denied,
            Err(Refusal::NotAllowed {
                permission: "macro.manage"
            })
        ));
        let shared = macros::commands::create(kernel, &olga, new(Scope::Shared), once("s"))
            .await
            .unwrap();

        let ids = async |caller: &Caller| -> Vec<_> {
            let list = macros::commands::list(kernel, caller).await.unwrap();
            list.iter().map(|it| it.id).collect()
        };
        assert_eq!(ids(&mia).await, [own.id, shared.id]);
        assert_eq!(ids(&olga).await, [shared.id]);
        let update = |version, scope| macros::commands::MacroUpdate {
            version,
            name: Some("Many thanks".to_owned()),
            html: None,
            scope,
            status_after: None,
            ..macros::commands::MacroUpdate::default()
        };
        let strange = macros::commands::update(kernel, &olga, own.id, update(1, None)).await;
        assert!(matches!(strange, Err(Refusal::NotFound { what: "macro" })));
        let share = update(1, Some(Scope::Shared));
        let denied = macros::commands::update(kernel, &mia, own.id, share).await;
        assert!(matches!(denied, Err(Refusal::NotAllowed { .. })));
        let renamed = macros::commands::update(kernel, &mia, own.id, update(1, None))
            .await
            .unwrap();
        assert_eq!((renamed.name.as_str(), renamed.version), ("Many thanks", 2));
        assert_eq!(renamed.html, own.html);
        let stale = macros::commands::update(kernel, &mia, own.id, update(1, None)).await;
        assert!(matches!(stale, Err(Refusal::Stale { .. })));
        macros::commands::delete(kernel, &mia, own.id)
            .await
            .unwrap();

        let of_mia: Vec<_> = world.journal().await;
        let of_mia = of_mia
            .iter()
            .filter(|it| it.kind.starts_with("macro.") && it.agent.is_some());
        let of_mia: Vec<_> = of_mia.map(|it| (it.kind.as_str(), it.agent)).collect();
        let about = Some(mia.agent);
        assert_eq!(
            of_mia,
            [
                ("macro.created", about),
                ("macro.changed", about),
                ("macro.deleted", about)
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn the_api_answers_as_its_contract_says() {
    each_engine(ROOMS, async |world: World| {
        let desk = desk(&world.kernel);
        let _kernel = office::run_kernel(&world);
        let _desk = office::run_desk(&desk);
        let olga = office::signed_in(&world.kernel, "Olga", Role::Owner).await;
        let mia = office::signed_in(&world.kernel, "Mia", Role::LightAgent).await;
        let app = office::app(desk, &[&olga, &mia]);

        let (status, team) =
            send(&app, &olga, "POST", "/teams", json!({ "name": "Billing" })).await;
        assert_eq!(status, StatusCode::CREATED);
        assert_eq!(
            team,
            json!({ "id": 1, "name": "Billing", "member_ids": [], "version": 1 })
        );
        let (status, problem) = send(&app, &mia, "POST", "/teams", json!({ "name": "Mine" })).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::FORBIDDEN, &json!("not_allowed"))
        );
        let unknown = json!({ "name": "Line", "colour": "red" });
        let (status, _) = send(&app, &olga, "POST", "/teams", unknown).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, problem) = send(
            &app,
            &olga,
            "PATCH",
            "/teams/1",
            json!({ "version": 7, "name": "B" }),
        )
        .await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::CONFLICT, &json!("stale_version"))
        );

        let (status, tag) = send(
            &app,
            &olga,
            "POST",
            "/tags",
            json!({ "name": "VIP", "color": "#00ff00" }),
        )
        .await;
        assert_eq!((status, &tag["name"]), (StatusCode::CREATED, &json!("vip")));
        let (_, tag) = send(&app, &olga, "PATCH", "/tags/1", json!({ "color": null })).await;
        assert_eq!(tag["color"], Value::Null);
        let (_, brands) = send(&app, &mia, "GET", "/brands", Value::Null).await;
        assert_eq!(brands, json!({ "items": [{ "id": 1, "name": "Default" }] }));

        let (status, views) = send(&app, &olga, "GET", "/views", Value::Null).await;
        assert_eq!(
            (status, &views["items"][0]["id"]),
            (StatusCode::OK, &json!("mine"))
        );
        let path = "/me/notification-settings";
        let (_, mut settings) = send(&app, &mia, "GET", path, Value::Null).await;
        assert_eq!(settings["quiet_hours"]["from"], "22:00");
        settings["quiet_hours"]["time_zone"] = json!("Nowhere/Land");
        let (status, problem) = send(&app, &mia, "PUT", path, settings).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["fields"][0]["field"], "quiet_hours.time_zone");
        let (_, page) = send(&app, &mia, "GET", "/notifications?limit=5", Value::Null).await;
        assert_eq!(page, json!({ "items": [], "next": null, "unread": 0 }));
        let (status, _) = send(&app, &mia, "POST", "/notifications/read", json!({})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}
