//! The practice mailbox: mail in by SMTP, answers in the outbox.

use crate::support::{ROOMS, Shop, room};
use channels::practice::{self, PRACTICE_ADDRESS, PracticeMail};
use identity::Role;
use kernel::db::{DbError, Tx};
use kernel::ids::TicketId;
use testkit::{World, each_engine};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn practising_shop(world: &World) -> Shop {
    let channels = room(world);
    let id = practice::ensure_inbox(&channels).await.unwrap();
    assert_eq!(
        practice::ensure_inbox(&channels).await.unwrap(),
        id,
        "made once"
    );
    let mia = identity::fixtures::agent(&world.kernel, "Mia", Role::Owner).await;
    let find = async move |tx: &mut Tx<'_>| channels::inboxes::store::find(tx, id).await;
    let inbox = world
        .kernel
        .db
        .read::<_, DbError, _>(find)
        .await
        .unwrap()
        .unwrap();
    Shop {
        channels,
        inbox,
        mia,
    }
}

#[tokio::test]
async fn a_practice_mail_is_answered_into_the_outbox() {
    each_engine(ROOMS, async |world: World| {
        let shop = practising_shop(&world).await;
        let mail = PracticeMail {
            from_email: "ana@x.test".into(),
            from_name: "Ana".into(),
            subject: "Lamp\r\nBcc: eve@x.test".into(),
            text: "one\n\ntwo <b>".into(),
        };
        practice::write(&shop.channels, mail).await.unwrap();
        assert_eq!(
            shop.ticket(TicketId(1)).await.subject,
            "Lamp Bcc: eve@x.test"
        );
        shop.answer(&world, TicketId(1), "<p>hi</p>").await;
        shop.run_jobs(&world).await;
        assert_eq!(shop.deliveries(TicketId(1), 2).await[0].0, "accepted");
        let sent = async |tx: &mut Tx<'_>| practice::store::before(tx, i64::MAX, 10).await;
        let sent = world.kernel.db.read::<_, DbError, _>(sent).await.unwrap();
        assert_eq!(sent.len(), 1);
        let refused = PracticeMail {
            from_email: "nobody".into(),
            from_name: String::new(),
            subject: "s".into(),
            text: "t".into(),
        };
        assert!(practice::write(&shop.channels, refused).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn the_practice_server_speaks_smtp() {
    each_engine(ROOMS, async |world: World| {
        let shop = practising_shop(&world).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(practice::serve(shop.channels.clone(), listener));
        let mut stream = TcpStream::connect(address).await.unwrap();
        let talk = format!(
            "EHLO me\r\nRCPT TO:<{PRACTICE_ADDRESS}>\r\nMAIL FROM:<ana@x.test>\r\n\
             RCPT TO:<nobody@elsewhere.test>\r\nDATA\r\nRCPT TO:<{PRACTICE_ADDRESS}> X=1\r\n\
             DATA\r\nFrom: Ana <ana@x.test>\r\nSubject: by smtp\r\n\r\n..dotted\r\n.\r\n\
             NONSENSE\r\nNOOP\r\nRSET\r\nQUIT\r\n"
        );
        stream.write_all(talk.as_bytes()).await.unwrap();
        let mut answers = String::new();
        stream.read_to_string(&mut answers).await.unwrap();
        let codes: Vec<&str> = answers
            .lines()
            .filter(|l| l.as_bytes()[3] == b' ')
            .map(|l| &l[..3])
            .collect();
        assert_eq!(
            codes,
            [
                "220", "250", "503", "250", "550", "503", "250", "354", "250", "502", "250", "250",
                "221"
            ]
        );
        assert_eq!(shop.ticket(TicketId(1)).await.subject, "by smtp");
        serving.abort();
    })
    .await;
}
