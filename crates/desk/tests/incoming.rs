use desk::attachments::File;
use desk::fixtures::{mail, mailbox, receive, ticket};
use desk::messages::commands::receive::Incoming;
use desk::messages::message_ids;
use desk::tickets::commands::edit::{Edit, edit};
use desk::tickets::{Place, Shelf, Status};
use kernel::db::{DbError, Tx};
use kernel::ids::TicketId;
use kernel::journal::Context;
use kernel::refusal::Refusal;
use testkit::each_engine;

use crate::{ROOMS, Scene};

fn answer(into: TicketId) -> Incoming {
    Incoming {
        into: Some(into),
        ..mail("ana@x.example", "Re: order", "Still nothing")
    }
}

async fn set(scene: &Scene, id: TicketId, status: Status) {
    let version = scene.ticket(id).await.version;
    let change = Edit {
        version,
        status: Some(status),
        ..Edit::default()
    };
    edit(&scene.desk, &scene.mia, id, change).await.unwrap();
}

#[tokio::test]
async fn a_mail_becomes_a_ticket() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let incoming = Incoming {
            cc: vec![mailbox("ben@x.example")],
            message_id: Some("1@x.example".to_owned()),
            ..mail(
                "ana@x.example",
                "Where is\r\n my order?",
                "It should be here by now.",
            )
        };
        let receipt = receive(&scene.desk, incoming).await;
        assert!(receipt.created);
        let row = scene.get(&format!("/tickets/{}", receipt.ticket)).await;
        assert_eq!(row["subject"], "Where is my order?");
        assert_eq!(row["snippet"], "It should be here by now.");
        assert_eq!(row["requester"]["email"], "ana@x.example");
        assert_eq!(row["cc"][0]["email"], "ben@x.example");
        assert_eq!(row["status"], "new");
        assert_eq!(row["unread"], true);
        let found = scene
            .world
            .kernel
            .db
            .read(async |tx: &mut Tx<'_>| -> Result<_, DbError> {
                message_ids::tickets_of(tx, &["1@x.example".to_owned(), "2@x".to_owned()]).await
            })
            .await
            .unwrap();
        assert_eq!(found, [("1@x.example".to_owned(), receipt.ticket, false)]);
    })
    .await;
}

#[tokio::test]
async fn what_a_mail_quotes_is_marked_and_kept() {
    const QUOTED: &str = "On 24 Oct 2016 at 15:36, Mia <mia@y.example> wrote:\n\n> Did it come?\n";
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let text = format!("No, not yet.\n\nSent from my iPhone\n\n{QUOTED}");
        let plain = mail("ana@x.example", "Parcel", &text);
        let html = Incoming {
            text: String::new(),
            html: Some(
                "<p data-fold=\"quote\">No, <b>not</b> yet.</p><div class=\"gmail_quote\">\
                 <div class=\"gmail_attr\">Mia wrote:</div><blockquote>Did it come?</blockquote>\
                 </div>"
                    .to_owned(),
            ),
            ..mail("ben@x.example", "Parcel", "")
        };
        for (incoming, folds) in [(plain, 2), (html, 1)] {
            let receipt = receive(&scene.desk, incoming).await;
            let row = scene.get(&format!("/tickets/{}", receipt.ticket)).await;
            assert_eq!(row["snippet"], "No, not yet.");
            let page = scene
                .get(&format!("/tickets/{}/timeline", receipt.ticket))
                .await;
            let items = page["items"].as_array().unwrap();
            let item = items.iter().find(|it| it["html"].is_string()).unwrap();
            let html = item["html"].as_str().unwrap();
            assert_eq!(html.matches("<div data-fold=\"").count(), folds, "{html}");
            assert_eq!(html.matches("data-fold").count(), folds, "{html}");
            assert!(html.contains("Did it come?") && html.contains("wrote:"));
            assert!(item["text"].as_str().unwrap().contains("Did it come?"));
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_reopens_and_a_machines_does_not() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        for status in [Status::Pending, Status::OnHold, Status::Solved] {
            set(&scene, id, status).await;
            receive(
                &scene.desk,
                Incoming {
                    auto_reply: true,
                    ..answer(id)
                },
            )
            .await;
            assert_eq!(scene.ticket(id).await.status, status);
            let receipt = receive(&scene.desk, answer(id)).await;
            assert_eq!((receipt.ticket, receipt.created), (id, false));
            assert_eq!(scene.ticket(id).await.status, Status::Open);
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_to_a_closed_ticket_begins_a_linked_one() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        set(&scene, id, Status::Closed).await;
        let receipt = receive(&scene.desk, answer(id)).await;
        assert!(receipt.created && receipt.ticket != id);
        assert_eq!(scene.ticket(id).await.status, Status::Closed);
        for (one, other) in [(id, receipt.ticket), (receipt.ticket, id)] {
            let linked = scene.get(&format!("/tickets/{one}")).await["linked"].clone();
            assert_eq!(linked[0]["id"], other.0);
            assert_eq!(linked[0]["kind"], "followup");
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_takes_a_ticket_out_of_the_trash_and_not_out_of_spam() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        for (place, expected) in [(Place::Trash, Place::Desk), (Place::Spam, Place::Spam)] {
            let id = ticket(&scene.desk, "ana@x.example").await;
            desk::tickets::commands::place::place(&scene.desk, &scene.mia, id, 1, place)
                .await
                .unwrap();
            receive(&scene.desk, answer(id)).await;
            assert_eq!(scene.ticket(id).await.place, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_ticket_that_is_gone_loses_no_mail() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let receipt = receive(&scene.desk, answer(TicketId(4711))).await;
        assert!(receipt.created);
    })
    .await;
}

#[tokio::test]
async fn pictures_of_a_mail_are_shown_and_its_script_is_not() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let incoming = Incoming {
            html: Some(
                "<p onclick=x()>See <img src=\"cid:p1\"><script>alert(1)</script></p>".to_owned(),
            ),
            text: String::new(),
            files: vec![
                File {
                    name: "photo.png".to_owned(),
                    content_id: Some("p1".to_owned()),
                    inline: true,
                    content_type: None,
                    bytes: b"\x89PNG\r\n\x1a\nrest".to_vec(),
                },
                File {
                    name: "../invoice.pdf".to_owned(),
                    content_id: None,
                    inline: false,
                    content_type: None,
                    bytes: b"%PDF-1.7 rest".to_vec(),
                },
            ],
            ..mail("ana@x.example", "Broken", "")
        };
        let receipt = receive(&scene.desk, incoming).await;
        let timeline = scene
            .get(&format!("/tickets/{}/timeline", receipt.ticket))
            .await;
        let message = &timeline["items"][1];
        assert_eq!(message["type"], "message");
        let picture = &message["attachments"][0];
        assert_eq!(picture["inline"], true);
        assert_eq!(message["attachments"][1]["name"], "invoice.pdf");
        assert_eq!(message["attachments"][1]["content_type"], "application/pdf");
        let source = format!("src=\"{}\"", picture["url"].as_str().unwrap());
        let html = message["html"].as_str().unwrap();
        assert!(html.contains(&source), "{html}");
        assert!(
            !html.contains("script") && !html.contains("onclick"),
            "{html}"
        );
    })
    .await;
}

#[tokio::test]
async fn two_answers_at_once_get_two_numbers() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        set(&scene, id, Status::Solved).await;
        let (one, two) = tokio::join!(
            receive(&scene.desk, answer(id)),
            receive(&scene.desk, answer(id))
        );
        let mut numbers = [one.number, two.number];
        numbers.sort();
        assert_eq!(numbers, [2, 3]);
        let ticket = scene.ticket(id).await;
        assert_eq!((ticket.message_count, ticket.last_number), (3, 3));
        let reopened = scene
            .world
            .journal()
            .await
            .into_iter()
            .filter(|record| record.kind == "ticket.status_changed")
            .count();
        assert_eq!(reopened, 2, "solved by hand, reopened once");
    })
    .await;
}

#[tokio::test]
async fn an_import_is_quiet_and_keeps_its_time() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let past = kernel::time::Timestamp::from_micros(1_600_000_000_000_000);
        let incoming = Incoming {
            sent_at: Some(past),
            ..mail("ana@x.example", "Old", "An old mail")
        };
        let prepared = scene.desk.prepare_incoming(incoming).await.unwrap();
        let ctx = Context {
            quiet: true,
            ..Context::system(scene.world.kernel.clock.now())
        };
        let desk = scene.desk.clone();
        let receipt = scene
            .world
            .kernel
            .db
            .write(async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
                desk.receive(tx, &ctx, &prepared).await
            })
            .await
            .unwrap();
        let ticket = scene.ticket(receipt.ticket).await;
        assert_eq!((ticket.created_at, ticket.last_message_at), (past, past));
        let journal = scene.world.journal().await;
        let about = journal
            .iter()
            .filter(|record| record.ticket == Some(ticket.id));
        assert!(about.clone().count() >= 2);
        assert!(about.into_iter().all(|record| record.quiet));
    })
    .await;
}

#[tokio::test]
async fn an_answer_wakes_a_snoozed_ticket() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let until = scene
            .world
            .kernel
            .clock
            .now()
            .plus(std::time::Duration::from_secs(3600));
        let change = Edit {
            version: 1,
            snoozed_until: Some(Some(until)),
            ..Edit::default()
        };
        edit(&scene.desk, &scene.mia, id, change).await.unwrap();
        assert_eq!(scene.ticket(id).await.shelf, Shelf::Snoozed);
        receive(&scene.desk, answer(id)).await;
        let ticket = scene.ticket(id).await;
        assert_eq!((ticket.shelf, ticket.snoozed_until), (Shelf::Open, None));
    })
    .await;
}

#[tokio::test]
async fn what_is_gathered_or_laid_aside_is_kept_counted_and_quiet() {
    use desk::messages::{Manner, Placing};
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let receive_as = async |email: &str, into: Option<TicketId>, manner: Manner| {
            let copied = Incoming {
                cc: vec![mailbox("zoe@x.example")],
                ..mail(email, "News", "Buy lamps")
            };
            let prepared = scene.desk.prepare_incoming(copied).await.unwrap();
            let (desk, ctx) = (
                scene.desk.clone(),
                Context::system(scene.world.kernel.clock.now()),
            );
            let placing = Placing { into, manner };
            let write = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
                desk.receive_as(tx, &ctx, &prepared, placing).await
            };
            scene.world.kernel.db.write(write).await.unwrap().ticket
        };
        let aside = receive_as("news@x.example", None, Manner::Aside).await;
        assert_eq!(
            receive_as("ben@x.example", Some(aside), Manner::Aside).await,
            aside
        );
        let row = scene.get(&format!("/tickets/{aside}")).await;
        assert_eq!(
            (&row["place"], &row["message_count"]),
            (&"bulk".into(), &2.into())
        );
        assert!(
            row["cc"].as_array().unwrap().is_empty(),
            "nobody gets a part in it"
        );
        assert_eq!(row["gathered"], serde_json::Value::Null);
        let list = scene.get("/tickets?view=bulk").await;
        assert_eq!(list["items"][0]["id"], aside.0);
        assert!(
            scene.get("/tickets?view=all").await["items"]
                .as_array()
                .unwrap()
                .is_empty()
        );

        let usual = receive_as("ana@x.example", None, Manner::Usual).await;
        for _ in 0..3 {
            receive_as("ana@x.example", Some(usual), Manner::Gathered).await;
        }
        let row = scene.get(&format!("/tickets/{usual}")).await;
        assert_eq!(
            (&row["place"], &row["gathered"]["count"]),
            (&"desk".into(), &3.into())
        );
        let journal = scene.world.journal().await;
        let loud: Vec<_> = journal
            .iter()
            .filter(|r| !r.quiet && r.ticket.is_some())
            .collect();
        assert!(loud.iter().all(|r| r.ticket == Some(usual)), "{loud:?}");
        assert_eq!(
            loud.iter().filter(|r| r.kind == "message.received").count(),
            1
        );
        assert_eq!(
            journal
                .iter()
                .filter(|r| r.kind == "ticket.gathering")
                .count(),
            1
        );
    })
    .await;
}
