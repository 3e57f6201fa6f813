//! A survey leaves by mail, is answered on its page, and comes to figures.

use crate::fake_smtp::{Behaviour, FakeSmtp};
use crate::support::{ROOMS, SHOP, Shop, local, mail, new_inbox, shop_with};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use channels::email::parse::parse;
use channels::inboxes::form::NewInbox;
use desk::surveys::commands::{review, settings};
use desk::surveys::reactions::SurveyPlanner;
use desk::surveys::store::Whose;
use desk::surveys::{About, CareLanguage, SurveyScope, SurveySetting};
use desk::tickets::Status;
use desk::tickets::commands::edit::{Edit, edit};
use identity::{Caller, Role};
use kernel::ids::{SurveySettingId, TicketId};
use std::sync::Arc;
use std::time::Duration;
use testkit::{World, each_engine};
use tower::ServiceExt;

const HOUR: Duration = Duration::from_secs(3600);

fn setting() -> SurveySetting {
    SurveySetting {
        id: SurveySettingId(0),
        scope: SurveyScope::Workspace,
        scope_id: 0,
        enabled: true,
        language: CareLanguage::Ar,
        delay_minutes: 60,
        apart_days: 7,
        sample_percent: 100,
        change_days: 3,
        excluded_tags: Vec::new(),
        excluded_types: Vec::new(),
        version: 0,
    }
}

async fn asking(world: &World, smtp: &FakeSmtp) -> Shop {
    let new = NewInbox {
        smtp: Some(local(smtp.port)),
        ..new_inbox(SHOP)
    };
    let shop = shop_with(world, new).await;
    let kernel = &world.kernel;
    settings::save(kernel, &shop.mia, setting()).await.unwrap();
    shop
}

async fn set(shop: &Shop, ticket: TicketId, status: Status) {
    let version = shop.ticket(ticket).await.version;
    let change = Edit {
        version,
        status: Some(status),
        ..Edit::default()
    };
    edit(&shop.channels.desk, &shop.mia, ticket, change)
        .await
        .unwrap();
}

async fn react(world: &World) {
    let planner = SurveyPlanner::new(world.kernel.random.clone());
    world.run_reader(Arc::new(planner)).await;
}

/// A ticket that Mia answered and solved; what was sent so far is taken away.
async fn solved(world: &World, shop: &Shop, from: &str, id: &str) -> TicketId {
    let first = mail(
        from,
        id,
        "",
        "أين طلبي؟ لقد انتظرت طويلا ولم يصل بعد. <b>Click here</b>",
    );
    let ticket = shop.receive(&first).await.ticket.unwrap();
    shop.answer(world, ticket, "<p>It is on its way.</p>").await;
    shop.run_jobs(world).await;
    set(shop, ticket, Status::Solved).await;
    react(world).await;
    ticket
}

fn surveys(smtp: &FakeSmtp) -> Vec<(String, Vec<u8>)> {
    let is_survey = |raw: &[u8]| String::from_utf8_lossy(raw).contains("List-Unsubscribe-Post");
    let taken = smtp.taken().into_iter();
    taken.filter(|(_, raw)| is_survey(raw)).collect()
}

struct Site(Router);

impl Site {
    async fn send(&self, method: &str, path: &str, form: &str) -> (StatusCode, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        let response = self.0.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }
}

fn site(shop: &Shop) -> Site {
    Site(desk::router().with_state(shop.channels.desk.clone()).into())
}

fn link(raw: &[u8]) -> String {
    let text = parse(raw).unwrap().text;
    let start = text.find("/surveys/page/").unwrap();
    text[start..].split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn a_survey_leaves_after_the_work_and_is_answered_on_its_page() {
    each_engine(ROOMS, async |world: World| {
        let smtp = FakeSmtp::start().await;
        let shop = asking(&world, &smtp).await;
        let ticket = solved(&world, &shop, "\"Buy pills\" <ana@x.test>", "1@x.test").await;
        shop.run_jobs(&world).await;
        assert_eq!(surveys(&smtp), [], "not before its time");
        world.clock.advance(HOUR);
        shop.run_jobs(&world).await;
        let sent = surveys(&smtp);
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].0, "ana@x.test");
        let seen = parse(&sent[0].1).unwrap();
        for theirs in ["pills", "Click here", "Broken lamp"] {
            let html = seen.html.clone().unwrap();
            assert!(!seen.text.contains(theirs) && !html.contains(theirs));
            assert!(!seen.subject.contains(theirs));
        }
        assert!(seen.automatic.is_some());

        // Mail filters follow every link: looking changes nothing.
        let (site, path) = (site(&shop), link(&sent[0].1));
        assert!(path.ends_with("?solved=yes"));
        let (status, page) = site.send("GET", &path, "").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("lang=\"ar\" dir=\"rtl\"") && page.contains("value=\"yes\" checked"));
        assert!(!page.contains("<script"));
        let kinds: Vec<String> = kinds(&world).await;
        assert!(!kinds.contains(&"survey.answered".to_owned()));

        let bare = path.split('?').next().unwrap();
        let (status, page) = site.send("POST", bare, "text=+").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("role=\"alert\""));
        let form = "solved=partly&treatment=very_well&text=Mia+was+kind+%3Cb%3E";
        for _ in 0..2 {
            assert_eq!(site.send("POST", bare, form).await.0, StatusCode::OK);
        }
        let page = site.send("GET", bare, "").await.1;
        assert!(
            page.contains("Mia was kind &lt;b&gt;") && page.contains("value=\"partly\" checked")
        );
        let form = "solved=no&treatment=well&text=Mia+was+kind";
        assert_eq!(site.send("POST", bare, form).await.0, StatusCode::OK);
        let told = self::kinds(&world).await;
        let answers = told.iter().filter(|kind| *kind == "survey.answered");
        assert_eq!(answers.count(), 2, "the same again is no news");

        // A reviewer sees the words, and neither the name nor the marks; never of themselves.
        let lead = identity::fixtures::agent(&world.kernel, "Lea", Role::Lead).await;
        let own = review::to_review(&world.kernel, &shop.mia, None)
            .await
            .unwrap();
        assert!(own.items.is_empty());
        let page = review::to_review(&world.kernel, &lead, None).await.unwrap();
        assert_eq!(page.items[0].text, "[…] was kind");
        let (id, version) = (page.items[0].id, page.items[0].version);
        let judge = async |caller: &Caller, about| {
            review::attribute(&world.kernel, caller, id, (version, about)).await
        };
        assert!(judge(&shop.mia, About::Other).await.is_err());
        judge(&lead, About::Person).await.unwrap();
        assert!(
            judge(&lead, About::Price).await.is_err(),
            "two at once: the second is told"
        );
        let now = world.clock.now();
        let span = (now.minus(30 * 24 * HOUR), now.plus(HOUR));
        let whose = Whose::Agent(shop.mia.agent);
        let mine = review::figures(&world.kernel, &shop.mia, whose, span)
            .await
            .unwrap();
        assert_eq!((mine.treated_well.count, mine.treated_well.of), (1, 1));
        assert_eq!(mine.treated_well.share, None, "too few to say");
        assert!(
            review::figures(&world.kernel, &lead, whose, span)
                .await
                .is_err()
        );

        // Nobody is asked twice about a ticket; after its days the page only thanks.
        set(&shop, ticket, Status::Open).await;
        set(&shop, ticket, Status::Solved).await;
        react(&world).await;
        world.clock.advance(24 * 8 * HOUR);
        shop.run_jobs(&world).await;
        assert_eq!(surveys(&smtp).len(), 1);
        for method in ["GET", "POST"] {
            assert_eq!(site.send(method, bare, form).await.0, StatusCode::GONE);
        }
        let mut forged = bare.to_owned();
        let last = if forged.pop() == Some('0') { '1' } else { '0' };
        forged.push(last);
        for wrong in [forged.as_str(), "/surveys/page/1", "/surveys/page/9.x"] {
            assert_eq!(site.send("GET", wrong, "").await.0, StatusCode::NOT_FOUND);
            assert_eq!(
                site.send("POST", wrong, form).await.0,
                StatusCode::NOT_FOUND
            );
        }
    })
    .await;
}

async fn kinds(world: &World) -> Vec<String> {
    let records = world.journal().await.into_iter();
    records.map(|record| record.kind).collect()
}

#[tokio::test]
async fn what_speaks_against_a_survey_is_heeded_until_it_leaves() {
    each_engine(ROOMS, async |world: World| {
        let smtp = FakeSmtp::start().await;
        let shop = asking(&world, &smtp).await;
        // Reopened before its time: cancelled, and asked when it is solved again.
        let first = solved(&world, &shop, "ana@x.test", "1@x.test").await;
        set(&shop, first, Status::Open).await;
        react(&world).await;
        world.clock.advance(2 * HOUR);
        shop.run_jobs(&world).await;
        assert_eq!(surveys(&smtp), []);
        set(&shop, first, Status::Solved).await;
        react(&world).await;
        // The same customer's second ticket is too soon after the first.
        solved(&world, &shop, "ana@x.test", "2@x.test").await;
        world.clock.advance(2 * HOUR);
        shop.run_jobs(&world).await;
        assert_eq!(surveys(&smtp).len(), 1);
        // A server that says "later" did not take it; it is tried again.
        solved(&world, &shop, "bo@x.test", "3@x.test").await;
        world.clock.advance(HOUR);
        smtp.behave(Behaviour::LaterAtRcpt);
        shop.run_jobs(&world).await;
        assert_eq!(surveys(&smtp).len(), 1);
        smtp.behave(Behaviour::Accept);
        world.clock.advance(24 * HOUR);
        shop.run_jobs(&world).await;
        let sent = surveys(&smtp);
        assert_eq!((sent.len(), sent[1].0.as_str()), (2, "bo@x.test"));
        // Whoever said no by one click gets none.
        let raw = String::from_utf8_lossy(&sent[1].1).replace("\r\n ", "");
        let start = raw.find("/mail/unsubscribe/").unwrap();
        let path = raw[start..].split('>').next().unwrap().to_owned();
        let app: Router = channels::router().with_state(shop.channels.clone()).into();
        assert_eq!(Site(app).send("POST", &path, "").await.0, StatusCode::OK);
        world.clock.advance(30 * 24 * HOUR);
        solved(&world, &shop, "bo@x.test", "4@x.test").await;
        world.clock.advance(2 * HOUR);
        shop.run_jobs(&world).await;
        assert_eq!(surveys(&smtp).len(), 2);
        let told = kinds(&world).await;
        let count = |kind: &str| told.iter().filter(|it| *it == kind).count();
        assert_eq!(count("survey.offered"), 2);
        assert_eq!(count("survey.skipped"), 2);
        assert_eq!(count("survey.cancelled"), 1);
    })
    .await;
}
