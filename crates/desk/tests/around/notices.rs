//! Agents are told what happened: the right ones, once, by the ways they chose.

use std::sync::Arc;
use std::time::Duration;

use desk::Desk;
use desk::fixtures::desk;
use desk::messages::deliveries::{DeliveryChanged, DeliveryState};
use desk::messages::{MessageReceived, NoteAdded};
use desk::notifications::commands::{self, Reading};
use desk::notifications::mail::{self, NotifyMail};
use desk::notifications::{
    NotificationCreated, NotificationKind, NotificationSettings, Notifier, WallTime,
};
use desk::tickets::TicketAssigned;
use identity::{Caller, Role};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::{AgentId, CustomerId, DeliveryId, NotificationId, TicketId};
use kernel::journal::{Change, Context, Record, Subject};
use kernel::readers::Reader;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use testkit::{World, each_engine};

use super::office::{self, ROOMS};

const WATCH: &str = "INSERT INTO watchers (ticket_id, agent_id) VALUES ($1, $2)";
const JOBS: &str = "SELECT run_at FROM jobs WHERE kind = 'notify.mail' ORDER BY run_at";
const DISABLE: &str = "UPDATE agents SET status = 'disabled' WHERE id = $1";

fn customer_wrote(number: i64) -> MessageReceived {
    MessageReceived {
        number,
        customer: CustomerId(1),
        auto_reply: false,
    }
}

fn assigned(to: AgentId) -> TicketAssigned {
    TicketAssigned {
        assignee: Change {
            from: None,
            to: Some(to),
        },
        team: Change {
            from: None,
            to: None,
        },
    }
}

fn failed(number: i64) -> DeliveryChanged {
    let state = Change {
        from: DeliveryState::Claimed,
        to: DeliveryState::Uncertain,
    };
    DeliveryChanged {
        delivery: DeliveryId(1),
        number,
        state,
    }
}

async fn wrote<R: Record + Send + Sync + 'static>(
    kernel: &Kernel,
    context: Context,
    id: TicketId,
    record: R,
) {
    office::record(kernel, context, Subject::ticket(id), record).await;
}

async fn run(world: &World) {
    world
        .run_reader(Arc::new(Notifier::new(world.kernel.clock.clone())))
        .await;
}

async fn execute(kernel: &Kernel, sql: &'static str, ids: Vec<i64>) {
    let done = kernel.db.write(async move |tx: &mut Tx<'_>| {
        let params: Vec<_> = ids.iter().map(|id| (*id).into()).collect();
        tx.execute(sql, &params).await.map(drop)
    });
    done.await.unwrap();
}

async fn told(desk: &Desk, caller: &Caller) -> Vec<(i64, &'static str)> {
    let listed = commands::list(&desk.kernel, caller, NotificationId(i64::MAX), 100)
        .await
        .unwrap();
    let mut told: Vec<_> = listed
        .items
        .iter()
        .map(|item| (item.ticket.0, item.kind.as_str()))
        .collect();
    told.reverse();
    told
}

async fn mails_due(kernel: &Kernel) -> Vec<String> {
    let read = async |tx: &mut Tx<'_>| tx.all::<(Timestamp,)>(JOBS, &[]).await;
    let jobs: Vec<(Timestamp,)> = kernel.db.read::<_, DbError, _>(read).await.unwrap();
    jobs.into_iter().map(|(at,)| at.to_string()).collect()
}

#[tokio::test]
async fn each_event_tells_those_it_concerns_once() {
    each_engine(ROOMS, async |world: World| {
        let desk = desk(&world.kernel);
        let kernel = &world.kernel;
        let mia = office::signed_in(kernel, "Mia", Role::Agent).await;
        let ben = office::signed_in(kernel, "Ben", Role::Agent).await;
        let zoe = office::signed_in(kernel, "Zoe", Role::Agent).await;
        let now = kernel.clock.now();
        let id = office::ticket(kernel, "open", Some(mia.agent), None).await;
        execute(kernel, WATCH, vec![id.0, mia.agent.0]).await;
        execute(kernel, WATCH, vec![id.0, ben.agent.0]).await;
        execute(kernel, DISABLE, vec![zoe.agent.0]).await;

        wrote(kernel, ben.context(now), id, assigned(mia.agent)).await;
        wrote(kernel, office::by_customer(kernel), id, customer_wrote(2)).await;
        let mentions = vec![mia.agent, ben.agent, zoe.agent];
        wrote(
            kernel,
            mia.context(now),
            id,
            NoteAdded {
                number: 3,
                mentions,
            },
        )
        .await;
        wrote(kernel, Context::system(now), id, failed(2)).await;
        run(&world).await;
        run(&world).await;

        assert_eq!(
            told(&desk, &mia).await,
            [
                (id.0, "assigned"),
                (id.0, "customer_replied"),
                (id.0, "delivery_failed")
            ]
        );
        assert_eq!(
            told(&desk, &ben).await,
            [(id.0, "watched"), (id.0, "mentioned")]
        );
        assert_eq!(told(&desk, &zoe).await, []);

        // The same record once more, as after a lost answer: nobody hears of it twice.
        let reader = Notifier::new(kernel.clock.clone());
        let records = world.journal().await;
        let again = kernel.db.write(async move |tx: &mut Tx<'_>| {
            for record in records.iter().filter(|record| reader.wants(record)) {
                reader.handle(tx, record).await?;
            }
            Ok::<_, Refusal>(())
        });
        again.await.unwrap();
        assert_eq!(told(&desk, &mia).await.len(), 3);
        let created = world.journal().await;
        let created: Vec<_> = created
            .iter()
            .filter(|it| it.kind == NotificationCreated::KIND)
            .collect();
        assert_eq!(created.len(), 5);
        assert!(
            created
                .iter()
                .all(|it| it.agent.is_some() && it.ticket.is_none())
        );
        assert!(created.iter().all(|it| it.cause.is_some() && it.depth == 1));
    })
    .await;
}

#[tokio::test]
async fn nobody_is_told_of_their_own_doing_of_imports_of_machines_or_of_spam() {
    each_engine(ROOMS, async |world: World| {
        let desk = desk(&world.kernel);
        let kernel = &world.kernel;
        let mia = office::signed_in(kernel, "Mia", Role::Agent).await;
        let id = office::ticket(kernel, "open", Some(mia.agent), None).await;
        let spam = office::ticket(kernel, "spam", Some(mia.agent), None).await;
        let quiet = Context {
            quiet: true,
            ..office::by_customer(kernel)
        };

        wrote(
            kernel,
            mia.context(kernel.clock.now()),
            id,
            assigned(mia.agent),
        )
        .await;
        wrote(kernel, quiet, id, customer_wrote(2)).await;
        wrote(kernel, office::by_customer(kernel), id, customer_wrote(1)).await;
        let machine = MessageReceived {
            auto_reply: true,
            ..customer_wrote(3)
        };
        wrote(kernel, office::by_customer(kernel), id, machine).await;
        wrote(kernel, office::by_customer(kernel), spam, customer_wrote(2)).await;
        run(&world).await;
        assert_eq!(told(&desk, &mia).await, []);
    })
    .await;
}

#[tokio::test]
async fn mails_gather_in_windows_and_wait_for_the_morning() {
    each_engine(ROOMS, async |world: World| {
        let desk = desk(&world.kernel);
        let kernel = &world.kernel;
        let mia = office::signed_in(kernel, "Mia", Role::Agent).await;
        let mut settings = NotificationSettings::default();
        settings.kinds.customer_replied.mail = true;
        settings.quiet_hours.enabled = true;
        settings.quiet_hours.from = WallTime::new(22, 0).unwrap();
        settings.quiet_hours.to = WallTime::new(7, 5).unwrap();
        settings.quiet_hours.time_zone = "Europe/Madrid".to_owned();
        let kept = commands::set_settings(kernel, &mia, settings.clone())
            .await
            .unwrap();
        assert_eq!(kept, settings);
        assert_eq!(commands::settings(kernel, &mia).await.unwrap(), settings);

        // It is 09:00 in UTC. Two answers on one ticket are one mail, another ticket is another.
        let one = office::ticket(kernel, "open", Some(mia.agent), None).await;
        let other = office::ticket(kernel, "open", Some(mia.agent), None).await;
        for (id, number) in [(one, 2), (one, 3), (other, 2)] {
            wrote(
                kernel,
                office::by_customer(kernel),
                id,
                customer_wrote(number),
            )
            .await;
        }
        run(&world).await;
        assert_eq!(mails_due(kernel).await, ["2026-03-02T09:10:00Z"; 2]);

        // At 23:00 in Madrid it has to wait for the first window after 07:05.
        world.clock.advance(Duration::from_secs(13 * 3600));
        wrote(kernel, office::by_customer(kernel), one, customer_wrote(4)).await;
        run(&world).await;
        assert_eq!(mails_due(kernel).await[2], "2026-03-03T06:10:00Z");

        let job = NotifyMail {
            agent: mia.agent,
            ticket: one,
        };
        let letter = mail::letter(kernel, job)
            .await
            .unwrap()
            .expect("there is news");
        assert_eq!(
            (letter.email.as_str(), letter.ticket),
            ("mia@example.test", one)
        );
        let kinds: Vec<_> = letter.events.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [NotificationKind::CustomerReplied; 3]);
        mail::sent(kernel, &letter).await.unwrap();
        assert_eq!(mail::letter(kernel, job).await.unwrap(), None);

        // What was read in the app needs no mail.
        let job = NotifyMail {
            ticket: other,
            ..job
        };
        assert!(mail::letter(kernel, job).await.unwrap().is_some());
        let all = Reading::UpTo(NotificationId(i64::MAX));
        commands::mark_read(kernel, &mia, all).await.unwrap();
        assert_eq!(mail::letter(kernel, job).await.unwrap(), None);

        let created: Vec<NotificationCreated> = world
            .journal()
            .await
            .iter()
            .filter_map(|it| it.decode().unwrap())
            .collect();
        let pops_up: Vec<bool> = created.iter().map(|it| it.browser).collect();
        assert_eq!(pops_up, [true, true, true, false]);
        assert_eq!(told(&desk, &mia).await.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn reading_is_counted_and_touches_only_ones_own() {
    each_engine(ROOMS, async |world: World| {
        let kernel = &world.kernel;
        let mia = office::signed_in(kernel, "Mia", Role::Agent).await;
        let ben = office::signed_in(kernel, "Ben", Role::Agent).await;
        let lea = office::signed_in(kernel, "Lea", Role::Lead).await;
        let id = office::ticket(kernel, "open", Some(mia.agent), None).await;
        for to in [&mia, &mia, &mia, &ben] {
            wrote(
                kernel,
                lea.context(kernel.clock.now()),
                id,
                assigned(to.agent),
            )
            .await;
        }
        run(&world).await;
        let all = NotificationId(i64::MAX);
        let listed = commands::list(kernel, &mia, all, 2).await.unwrap();
        assert_eq!((listed.items.len(), listed.unread), (2, 3));
        let rest = commands::list(kernel, &mia, listed.items[1].id, 2)
            .await
            .unwrap();
        assert_eq!(rest.items.len(), 1);

        let one = Reading::Ids(vec![listed.items[0].id]);
        commands::mark_read(kernel, &ben, one.clone())
            .await
            .unwrap();
        assert_eq!(
            commands::list(kernel, &mia, all, 2).await.unwrap().unread,
            3
        );
        commands::mark_read(kernel, &mia, one.clone())
            .await
            .unwrap();
        commands::mark_read(kernel, &mia, one).await.unwrap();
        let listed = commands::list(kernel, &mia, all, 2).await.unwrap();
        assert_eq!((listed.items[0].read, listed.unread), (true, 2));
        commands::mark_read(kernel, &mia, Reading::UpTo(rest.items[0].id))
            .await
            .unwrap();
        assert_eq!(
            commands::list(kernel, &mia, all, 2).await.unwrap().unread,
            1
        );
        assert_eq!(
            commands::list(kernel, &ben, all, 2).await.unwrap().unread,
            1
        );

        let many = Reading::Ids(vec![NotificationId(1); 201]);
        let refused = commands::mark_read(kernel, &mia, many).await;
        assert!(matches!(refused, Err(Refusal::Invalid(_))));
        let read = world.journal().await;
        assert_eq!(
            read.iter()
                .filter(|it| it.kind == "notification.read")
                .count(),
            2
        );
    })
    .await;
}
