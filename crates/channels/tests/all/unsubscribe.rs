//! Saying no to surveys and acknowledgements by one click.

use crate::support::{ROOMS, mail, shop};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use channels::email::unsubscribe::MailKind;
use channels::email::unsubscribe::commands::offer;
use kernel::db::Tx;
use testkit::{World, each_engine};
use tower::ServiceExt;

async fn send(app: &Router, method: &str, path: &str) -> (StatusCode, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("accept-language", "de-DE,de;q=0.9")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("List-Unsubscribe=One-Click"))
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn one_click_marks_the_address_for_that_kind_only() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let first = mail("Ana <ana@x.test>", "1@x.test", "", "Hello");
        let ticket = shop.receive(&first).await.ticket.unwrap();
        let identity = shop.ticket(ticket).await.requester_identity;
        let kernel = shop.channels.desk.kernel.clone();
        let offered = async |kind: MailKind| {
            let of = kernel.clone();
            let read = async move |tx: &mut Tx<'_>| offer(&of, tx, identity, kind).await;
            kernel.db.read(read).await.unwrap()
        };
        let url = offered(MailKind::Survey).await.unwrap().url;
        let path = url.split("/api/v1").nth(1).unwrap().to_owned();
        let app: Router = channels::router().with_state(shop.channels.clone()).into();
        let (status, page) = send(&app, "GET", &path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("lang=\"de\"") && page.contains("method=\"post\""));
        assert!(
            offered(MailKind::Survey).await.is_some(),
            "looking changes nothing"
        );
        for _ in 0..2 {
            assert_eq!(send(&app, "POST", &path).await.0, StatusCode::OK);
        }
        assert_eq!(offered(MailKind::Survey).await, None);
        assert!(offered(MailKind::Acknowledgement).await.is_some());
        let records = world.journal().await;
        let told = records
            .iter()
            .filter(|r| r.kind == "customer.subscription_changed");
        assert_eq!(told.count(), 1);
        let other = path.replace(&format!("/{identity}."), "/99.");
        let forged = path.replace(".survey.", ".acknowledgement.");
        for wrong in [other, forged, "/mail/unsubscribe/x".into()] {
            for method in ["GET", "POST"] {
                assert_eq!(
                    send(&app, method, &wrong).await.0,
                    StatusCode::NOT_FOUND,
                    "{wrong}"
                );
            }
        }
    })
    .await;
}
