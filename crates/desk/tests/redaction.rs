use desk::attachments::File;
use desk::fixtures::{mail, receive};
use desk::messages::commands::receive::Incoming;
use desk::messages::commands::redact::{Redaction, redact};
use desk::messages::{InvitationMethod, Mailbox, Remark};
use identity::Role;
use kernel::db::{DbError, Tx};
use kernel::ids::AttachmentId;
use testkit::each_engine;

use crate::{ROOMS, Scene, code};

#[tokio::test]
async fn removed_words_are_nowhere_and_that_it_happened_stays() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let incoming = Incoming {
            html: Some("<p>My card is 4111 <b>1111</b> 1111 1111.</p>".to_owned()),
            text: "My card is 4111 1111 1111 1111.".to_owned(),
            ..mail("ana@x.example", "Payment", "")
        };
        let id = receive(&scene.desk, incoming).await.ticket;
        let words = Redaction::Words("4111 1111 1111 1111".to_owned());
        redact(&scene.desk, &scene.mia, id, 1, words.clone())
            .await
            .unwrap();
        let timeline = scene.get(&format!("/tickets/{id}/timeline")).await;
        let row = scene.get(&format!("/tickets/{id}")).await;
        assert!(!timeline.to_string().contains("1111"), "{timeline}");
        assert!(!row.to_string().contains("1111"), "{row}");
        let items = timeline["items"].as_array().unwrap();
        assert_eq!(items[1]["redacted"], true);
        let last = items.last().unwrap();
        assert_eq!(last["kind"], "message.redacted");
        assert_eq!(last["changes"]["number"]["to"], 1);
        for record in scene.world.journal().await {
            assert!(!record.body.contains("4111"));
        }
        let again = redact(&scene.desk, &scene.mia, id, 1, words.clone())
            .await
            .unwrap_err();
        assert_eq!(code(&again), "invalid");
        let light = scene.agent("Lou", Role::LightAgent).await;
        let refused = redact(&scene.desk, &light, id, 1, words).await.unwrap_err();
        assert_eq!(code(&refused), "not_allowed");
    })
    .await;
}

#[tokio::test]
async fn a_removed_file_is_gone_with_its_name() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let incoming = Incoming {
            files: vec![File {
                name: "passport.pdf".to_owned(),
                content_id: None,
                inline: false,
                content_type: None,
                bytes: b"%PDF-1.7 secret".to_vec(),
            }],
            ..mail("ana@x.example", "Papers", "See attached")
        };
        let id = receive(&scene.desk, incoming).await.ticket;
        let timeline = scene.get(&format!("/tickets/{id}/timeline")).await;
        let file = &timeline["items"][1]["attachments"][0];
        assert_eq!(file["name"], "passport.pdf");
        let file = AttachmentId(file["id"].as_i64().unwrap());
        let blob = scene
            .world
            .kernel
            .db
            .read(async move |tx: &mut Tx<'_>| -> Result<_, DbError> {
                desk::attachments::store::find(tx, file).await
            })
            .await
            .unwrap()
            .and_then(|file| file.blob)
            .unwrap();
        redact(&scene.desk, &scene.mia, id, 1, Redaction::File(file))
            .await
            .unwrap();
        assert!(scene.world.kernel.blobs.read(blob).await.unwrap().is_none());
        let (status, _) = scene
            .call(&scene.mia, "GET", &format!("/attachments/{file}"), None)
            .await;
        assert_eq!(status, 404);
        let timeline = scene.get(&format!("/tickets/{id}/timeline")).await;
        assert!(!timeline.to_string().contains("passport"), "{timeline}");
        assert_eq!(timeline["items"][1]["attachments"][0]["redacted"], true);
        let again = redact(&scene.desk, &scene.mia, id, 1, Redaction::File(file)).await;
        assert_eq!(code(&again.unwrap_err()), "not_found");
    })
    .await;
}

#[tokio::test]
async fn what_stands_beside_the_text_goes_too() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let incoming = Incoming {
            remarks: vec![
                Remark::AttachedMail {
                    subject: "My card 4111 1111".to_owned(),
                    from: Mailbox {
                        name: "Ana Secret".to_owned(),
                        email: "ana@x.example".to_owned(),
                    },
                },
                Remark::Invitation {
                    method: InvitationMethod::Request,
                    summary: "About 4111 1111".to_owned(),
                    start: String::new(),
                    zone: String::new(),
                    organizer: String::new(),
                },
            ],
            files: vec![File {
                name: "mail.eml".to_owned(),
                content_id: None,
                inline: false,
                content_type: Some("message/rfc822".to_owned()),
                bytes: b"Subject: My card 4111 1111\r\n\r\nx".to_vec(),
            }],
            ..mail("ana@x.example", "Payment", "See attached")
        };
        let id = receive(&scene.desk, incoming).await.ticket;
        let timeline = scene.get(&format!("/tickets/{id}/timeline")).await;
        assert!(timeline.to_string().contains("About 4111"), "{timeline}");
        // The words are only beside the text.
        let words = Redaction::Words("4111 1111".to_owned());
        redact(&scene.desk, &scene.mia, id, 1, words.clone())
            .await
            .unwrap();
        let timeline = scene.get(&format!("/tickets/{id}/timeline")).await;
        assert!(!timeline.to_string().contains("4111"), "{timeline}");
        let message = &timeline["items"][1];
        assert_eq!(message["redacted"], true);
        assert_eq!(message["text"], "See attached");
        assert_eq!(message["remarks"].as_array().unwrap().len(), 2);
        let again = redact(&scene.desk, &scene.mia, id, 1, words).await;
        assert_eq!(code(&again.unwrap_err()), "invalid");
        // With the attached mail goes what was told of it.
        let file = AttachmentId(message["attachments"][0]["id"].as_i64().unwrap());
        redact(&scene.desk, &scene.mia, id, 1, Redaction::File(file))
            .await
            .unwrap();
        let timeline = scene.get(&format!("/tickets/{id}/timeline")).await;
        assert!(!timeline.to_string().contains("Secret"), "{timeline}");
        let left = timeline["items"][1]["remarks"].as_array().unwrap();
        assert_eq!(left.len(), 1, "the invitation stays");
    })
    .await;
}
