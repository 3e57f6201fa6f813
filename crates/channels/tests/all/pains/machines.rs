//! Libredesk (`isAutoReply`): whatever was marked Auto-Submitted was dropped, and with it what
//! shops and forms send.

use super::Story;
use crate::support::{ROOMS, mail};
use desk::tickets::{Place, Status};
use kernel::db::{DbError, Tx};
use kernel::ids::TicketId;
use testkit::{World, each_engine};

/// Mail that programs send for people, and whose ticket it opens.
const MACHINES: &[(&str, &str, &str)] = &[
    (
        "wordpress@blog.test",
        "Auto-Submitted: auto-generated\nReply-To: Ana <ana@x.test>\n",
        "ana@x.test",
    ),
    (
        "no-reply@shop-system.test",
        "Auto-Submitted: auto-generated\nPrecedence: bulk\nReply-To: ben@x.test\n",
        "ben@x.test",
    ),
    (
        "support@shop.test",
        "X-Auto-Response-Suppress: All\nReply-To: cleo@x.test\n",
        "cleo@x.test",
    ),
    (
        "no-reply@pay.test",
        "Auto-Submitted: auto-generated\n",
        "no-reply@pay.test",
    ),
    (
        "scanner@office.test",
        "Auto-Submitted: yes\nX-Mailer: PHPMailer\n",
        "scanner@office.test",
    ),
];

async fn requester(story: &Story, ticket: TicketId) -> String {
    let identity = story.shop.ticket(ticket).await.requester_identity;
    let find =
        async move |tx: &mut Tx<'_>| customers::people::store::by_identity(tx, identity).await;
    let db = &story.shop.channels.desk.kernel.db;
    db.read::<_, DbError, _>(find).await.unwrap().unwrap().email
}

#[tokio::test]
async fn automatic_mail_of_shops_and_forms_is_work_and_loops_end_all_the_same() {
    each_engine(ROOMS, async |world: World| {
        let story = Story::begin(&world).await;
        for (n, (from, head, whose)) in MACHINES.iter().enumerate() {
            let words = format!("Order {n} is paid");
            let raw = mail(from, &format!("{n}@x.test"), head, &words);
            let (ticket, _) = story.comes(&world, &raw).await;
            let shown = story.shop.ticket(ticket).await;
            assert_eq!((shown.place, shown.message_count), (Place::Desk, 1));
            assert_eq!(requester(&story, ticket).await, *whose, "{from}");
            // The agent's answer reaches the person, who answers it.
            story.answer(&world, ticket, "Thank you for it.").await;
            let id = story.got(whose).message_id.unwrap();
            let answer = mail(
                whose,
                &format!("a{n}@x.test"),
                &format!("In-Reply-To: <{id}>\n"),
                "Fine",
            );
            assert_eq!(story.comes(&world, &answer).await, (ticket, 3));
            // An absence note on the same ticket is kept, and changes nothing.
            let before = story.shop.ticket(ticket).await.status;
            let away = format!("Auto-Submitted: auto-replied\nIn-Reply-To: <{id}>\n");
            let away = mail(whose, &format!("w{n}@x.test"), &away, "I am away");
            assert_eq!(story.comes(&world, &away).await, (ticket, 4));
            let after = story.shop.ticket(ticket).await;
            assert_eq!(after.status, before);
            assert_ne!(after.status, Status::Closed);
        }
        let sent = story.smtp.taken().len();
        assert_eq!(sent, MACHINES.len(), "only what the agent wrote");
        assert!(story.shop.failures().await.is_empty());
    })
    .await;
}
