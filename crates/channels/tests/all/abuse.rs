//! An abusive customer: marked, warned, blocked; their mail is kept and they are told how to
//! object; an emergency passes; somebody who was not involved decides.

use crate::fake_smtp::FakeSmtp;
use crate::support::{ROOMS, SHOP, Shop, local, mail, new_inbox, shop_with};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use channels::email::parse::{ParsedMail, parse};
use channels::inboxes::form::NewInbox;
use desk::abuse::commands::mark::{HandOver, hand_over, mark, unmark};
use desk::abuse::commands::step::{Limit, lift, limit, speak};
use desk::abuse::commands::{appeal, read};
use desk::abuse::{AbuseKind, AbuseStep, AppealDecision, Recovery};
use desk::tickets::{Place, Priority, Status};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use identity::{Caller, Role};
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::ids::{AgentId, CustomerId, TicketId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::{World, each_engine};
use tower::ServiceExt;

async fn sending(world: &World, smtp: &FakeSmtp) -> Shop {
    let new = NewInbox {
        smtp: Some(local(smtp.port)),
        ..new_inbox(SHOP)
    };
    shop_with(world, new).await
}

async fn receive(shop: &Shop, id: &str, headers: &str, text: &str) -> TicketId {
    let raw = mail("Rex <rex@x.test>", id, headers, text);
    shop.receive(&raw).await.ticket.unwrap()
}

async fn call(shop: &Shop, method: &str, path: &str, form: &str) -> (StatusCode, String) {
    let site: Router = desk::router().with_state(shop.channels.desk.clone()).into();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap();
    let response = site.oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

fn block() -> Limit {
    Limit {
        step: AbuseStep::Block,
        days: 90,
        reason: "He threatened Mia.".to_owned(),
        ticket: None,
        inbox: None,
        team: None,
        slow: false,
    }
}

fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Conflict { code, .. } => code,
        Refusal::Stale { .. } => "stale",
        Refusal::NotAllowed { .. } => "not_allowed",
        _ => "other",
    }
}

fn notices(smtp: &FakeSmtp) -> Vec<ParsedMail> {
    let taken = smtp.taken();
    let mails = taken.iter().map(|(_, raw)| parse(raw).unwrap());
    mails
        .filter(|mail| mail.subject == "About your messages to us")
        .collect()
}

fn page_of(notice: &ParsedMail) -> String {
    let start = notice.text.find("/abuse/page/").unwrap();
    let link = notice.text[start..].split_whitespace().next().unwrap();
    link.to_owned()
}

#[tokio::test]
async fn a_warning_comes_first_and_is_a_reply_like_others() {
    each_engine(ROOMS, async |world: World| {
        let smtp = FakeSmtp::start().await;
        let shop = sending(&world, &smtp).await;
        let desk = &shop.channels.desk;
        let ticket = receive(&shop, "1@x.test", "", "You idiots").await;
        let once = || IdempotencyKey::default();
        let said = (AbuseStep::Warn, "Please be kind.".to_owned());
        let early = speak(desk, &shop.mia, ticket, said.clone(), once()).await;
        assert_eq!(code(&early.unwrap_err()), "too_early");
        mark(
            desk,
            &shop.mia,
            (ticket, 1),
            AbuseKind::Insult,
            Some("again"),
        )
        .await
        .unwrap();
        let seen = read::of_ticket(&world.kernel, &shop.mia, ticket)
            .await
            .unwrap();
        assert_eq!(seen.offered, [AbuseStep::Warn]);
        assert_eq!(
            (seen.marks[0].number, seen.marks[0].note.as_str()),
            (1, "again")
        );
        let end = (AbuseStep::End, "Good bye.".to_owned());
        let early = speak(desk, &shop.mia, ticket, end.clone(), once()).await;
        assert_eq!(code(&early.unwrap_err()), "too_early");
        let key = IdempotencyKey(Some("k".to_owned()));
        let first = speak(desk, &shop.mia, ticket, said.clone(), key.clone()).await;
        let again = speak(desk, &shop.mia, ticket, said, key).await;
        assert_eq!(first.unwrap(), again.unwrap());
        world.clock.advance(Duration::from_secs(30));
        world.run_jobs(desk.handlers()).await;
        world.clock.advance(Duration::from_secs(30));
        shop.run_jobs(&world).await;
        let sent = parse(&smtp.taken()[0].1).unwrap();
        assert!(sent.text.contains("Please be kind."));
        assert_eq!(shop.ticket(ticket).await.status, Status::Pending);
        receive(&shop, "2@x.test", "In-Reply-To: <1@x.test>\n", "Idiots!").await;
        mark(desk, &shop.mia, (ticket, 3), AbuseKind::Insult, None)
            .await
            .unwrap();
        speak(desk, &shop.mia, ticket, end, once()).await.unwrap();
        unmark(desk, &shop.mia, (ticket, 3)).await.unwrap();
        let own = mark(desk, &shop.mia, (ticket, 2), AbuseKind::Threat, None).await;
        assert!(own.is_err(), "what we wrote is no message of a customer");
    })
    .await;
}

#[tokio::test]
async fn a_block_keeps_every_mail_tells_once_and_hears_an_appeal() {
    each_engine(ROOMS, async |world: World| {
        let smtp = FakeSmtp::start().await;
        let shop = sending(&world, &smtp).await;
        let desk = &shop.channels.desk;
        let lead = identity::fixtures::agent(&world.kernel, "Lea", Role::Lead).await;
        let other = identity::fixtures::agent(&world.kernel, "Lou", Role::Lead).await;
        let agent = identity::fixtures::agent(&world.kernel, "Ali", Role::Agent).await;
        let first = receive(&shop, "1@x.test", "", "I know where you live").await;
        let customer = shop.ticket(first).await.requester;
        mark(desk, &agent, (first, 1), AbuseKind::Threat, None)
            .await
            .unwrap();
        let once = || IdempotencyKey::default();
        let refused = limit(desk, &agent, customer, block(), once()).await;
        assert_eq!(code(&refused.unwrap_err()), "not_allowed");
        // Two leads at once: one block, and the second is told.
        let (one, two) = tokio::join!(
            limit(desk, &lead, customer, block(), once()),
            limit(desk, &lead, customer, block(), once())
        );
        let (step, late) = match (one, two) {
            (Ok(step), Err(late)) | (Err(late), Ok(step)) => (step, late),
            both => panic!("exactly one may win: {both:?}"),
        };
        assert_eq!(code(&late), "in_force");

        // Their mail is kept, aside, and nobody is called; they are told once.
        let aside = receive(&shop, "2@x.test", "", "Answer me!").await;
        let kept = shop.ticket(aside).await;
        assert_eq!((kept.place, kept.message_count), (Place::Bulk, 1));
        receive(&shop, "3@x.test", "", "Now!").await;
        shop.run_jobs(&world).await;
        shop.run_jobs(&world).await;
        let told = notices(&smtp);
        assert_eq!(told.len(), 1);
        assert!(told[0].text.contains("2026-05-31"), "{}", told[0].text);
        assert!(!told[0].text.contains("Answer me"));
        let page = page_of(&told[0]);
        let limits = read::in_force(&world.kernel, &lead, None).await.unwrap();
        assert_eq!(limits.items[0].aside_count, 2);

        // An emergency passes, urgently.
        let urgent = receive(&shop, "4@x.test", "", "There is a gas leak in my flat").await;
        let urgent = shop.ticket(urgent).await;
        assert_eq!(
            (urgent.place, urgent.priority),
            (Place::Desk, Priority::Urgent)
        );

        // An answer to the notice is an appeal; looking at the page is none.
        assert_eq!(call(&shop, "GET", &page, "").await.0, StatusCode::OK);
        let to = format!(
            "Cc: {}\nReferences: <{}>\n",
            told[0].reply_to[0].address,
            told[0].message_id.clone().unwrap()
        );
        receive(&shop, "5@x.test", &to, "I am sorry. I lost my temper.").await;
        let waiting = read::appeals(&world.kernel, &lead, None).await.unwrap();
        assert!(waiting.items[0].involved, "who blocked does not decide");
        let waiting = read::appeals(&world.kernel, &other, None).await.unwrap();
        let [item] = waiting.items.as_slice() else {
            panic!("one appeal waits");
        };
        let heard = item.step.appeal.clone().unwrap();
        assert!(!item.involved && heard.text.contains("I lost my temper"));
        let (status, _) = call(&shop, "POST", &page, "text=again").await;
        assert_eq!(status, StatusCode::GONE, "one appeal for a step");
        let decide = async |who: &Caller, version| {
            let decision = (AppealDecision::Lift, "He apologised.");
            appeal::decide(desk, who, heard.id, version, decision).await
        };
        assert_eq!(
            code(&decide(&lead, heard.version).await.unwrap_err()),
            "involved"
        );
        assert_eq!(
            code(&decide(&agent, heard.version).await.unwrap_err()),
            "not_allowed"
        );
        let (one, two) = tokio::join!(
            decide(&other, heard.version),
            decide(&shop.mia, heard.version)
        );
        assert_eq!(i32::from(one.is_ok()) + i32::from(two.is_ok()), 1);
        assert_eq!(code(&one.and(two).unwrap_err()), "stale");
        shop.run_jobs(&world).await;
        assert_eq!(notices(&smtp).len(), 2);
        let back = receive(&shop, "6@x.test", "", "Thank you").await;
        assert_eq!(shop.ticket(back).await.place, Place::Desk);
        assert!(lift(desk, &lead, step, "over").await.is_ok());
        assert_eq!(shop.tickets().await, 5, "nothing was lost");
    })
    .await;
}

#[tokio::test]
async fn a_block_ends_by_itself_and_its_page_takes_an_appeal_before() {
    each_engine(ROOMS, async |world: World| {
        let smtp = FakeSmtp::start().await;
        let shop = sending(&world, &smtp).await;
        let desk = &shop.channels.desk;
        let first = receive(&shop, "1@x.test", "", "I know where you live").await;
        let customer: CustomerId = shop.ticket(first).await.requester;
        mark(desk, &shop.mia, (first, 1), AbuseKind::Threat, None)
            .await
            .unwrap();
        let once = IdempotencyKey::default();
        limit(desk, &shop.mia, customer, block(), once)
            .await
            .unwrap();
        receive(&shop, "2@x.test", "", "Hello?").await;
        shop.run_jobs(&world).await;
        let page = page_of(&notices(&smtp)[0]);
        let (status, shown) = call(&shop, "POST", &page, "text=+").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(shown.contains("role=\"alert\""));
        let (status, _) = call(&shop, "POST", &page, "text=Sorry").await;
        assert_eq!(status, StatusCode::OK);
        let mut forged = page.clone();
        let last = if forged.pop() == Some('0') { '1' } else { '0' };
        forged.push(last);
        assert_eq!(
            call(&shop, "POST", &forged, "text=x").await.0,
            StatusCode::NOT_FOUND
        );
        world.clock.advance(Duration::from_secs(91 * 86_400));
        let later = receive(&shop, "3@x.test", "", "Hello again").await;
        assert_eq!(shop.ticket(later).await.place, Place::Desk);
    })
    .await;
}

#[derive(Default)]
struct Noting(Mutex<Vec<AgentId>>);

impl Recovery for Noting {
    fn after_abuse<'a>(
        &'a self,
        _: &'a mut Tx<'_>,
        agent: AgentId,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        self.0.lock().unwrap().push(agent);
        async { Ok(()) }.boxed()
    }
}

#[tokio::test]
async fn nobody_has_to_bear_it_alone() {
    each_engine(ROOMS, async |world: World| {
        let smtp = FakeSmtp::start().await;
        let shop = sending(&world, &smtp).await;
        let asked = Arc::new(Noting::default());
        let desk = shop.channels.desk.clone().with_recovery(asked.clone());
        let ali = identity::fixtures::agent(&world.kernel, "Ali", Role::Agent).await;
        let lea = identity::fixtures::agent(&world.kernel, "Lea", Role::Lead).await;
        let ticket = receive(&shop, "1@x.test", "", "You idiots").await;
        let own = HandOver {
            agent: Some(ali.agent),
            team: None,
            pause: true,
        };
        assert!(hand_over(&desk, &ali, ticket, own).await.is_err());
        let to = HandOver {
            agent: Some(lea.agent),
            ..own
        };
        hand_over(&desk, &ali, ticket, to).await.unwrap();
        assert_eq!(shop.ticket(ticket).await.assignee, Some(lea.agent));
        assert_eq!(*asked.0.lock().unwrap(), [ali.agent]);
    })
    .await;
}
