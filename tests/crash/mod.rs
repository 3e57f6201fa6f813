//! Kills the real process with SIGKILL, a hundred times on each engine, while customers write,
//! agents answer and neither mail server is to be trusted; then looks at what is left.
//!
//! Nothing may be lost: every mail is one message on one ticket, or listed with a reason; every
//! acknowledged message is there. Nothing may be doubled: every recipient's copy was handed over
//! once, or is listed as uncertain and was handed over at most once until a person released it.
//!
//! What is done, when the process dies and how the servers misbehave is decided by the seed.
//! `EVENKEEL_CRASH_SEED` and `EVENKEEL_CRASH_KILLS` repeat a run or make a longer one.

mod check;
mod customers;
mod dice;
mod load;
mod mailbox;
mod server;
mod sink;

use std::time::Duration;

use customers::Customers;
use dice::Dice;
use load::{Load, Written};
use mailbox::Mailbox;
use server::Server;
use sink::Sink;

/// How often the process is killed.
const KILLS: u64 = 100;
const SEED: u64 = 20_260_302;
/// After so many steps everything acknowledged is looked for.
const PHASE: u64 = 15;

/// Mails that the mailbox lists but never hands over: the last ones, since reading may have to
/// come back to each more than once.
const WITHHELD: usize = 1;

/// One engine's run.
struct Run {
    dice: Dice,
    server: Server,
    mailbox: Mailbox,
    sink: Sink,
    load: Load,
    customers: Customers,
    written: Vec<Written>,
}

async fn survives(engine: &str, database_url: Option<String>) {
    let (seed, kills) = (
        setting("EVENKEEL_CRASH_SEED", SEED),
        setting("EVENKEEL_CRASH_KILLS", KILLS),
    );
    eprintln!("{engine}: EVENKEEL_CRASH_SEED={seed} EVENKEEL_CRASH_KILLS={kills}");
    let mut run = Run::begin(Dice::new(seed), database_url).await;
    let (mut killed, mut step) = (0, 0);
    while killed + 1 < kills {
        step += 1;
        let times = run.step(step, kills - killed - 1).await;
        killed += times;
        eprintln!("{engine}: step {step}, killed {killed} times");
        if step.is_multiple_of(PHASE) {
            run.load.meet_newcomers(&run.server).await;
            check::acknowledged(&run.load.messages(&run.server).await, &run.written);
        }
    }
    run.mailbox.heal();
    run.sink.heal();
    for _ in 0..WITHHELD {
        run.customers
            .write_in_vain(&run.mailbox, &run.sink, &run.load);
    }
    run.under_load(step + 1).await;
    eprintln!(
        "{engine}: killed {} times; the servers behave from now on",
        killed + 1
    );
    check::everything(&run).await;
    run.server.stop().await;
    run.server.verify_journal().await;
    check::database(&run.server.database().await).await;
}

impl Run {
    async fn begin(dice: Dice, database_url: Option<String>) -> Self {
        let mailbox = Mailbox::start(dice).await;
        let sink = Sink::start(dice).await;
        let server = Server::start(database_url).await;
        let load = Load::set_up(&server, dice, mailbox.port(), sink.port()).await;
        Self {
            dice,
            server,
            mailbox,
            sink,
            load,
            customers: Customers::new(dice),
            written: Vec::new(),
        }
    }

    /// Kills the server, at most so many times, and answers how often.
    async fn step(&mut self, step: u64, most: u64) -> u64 {
        if self.dice.chance("renumber", step, 8) {
            self.mailbox.renumber(step);
        }
        if self.dice.chance("burst", step, 20) {
            return self.while_starting(step, most).await;
        }
        self.under_load(step).await;
        1
    }

    /// Once, while it works.
    async fn under_load(&mut self, step: u64) {
        let until = Duration::from_millis(250 + self.dice.roll("until", step, 1_000));
        let mails = 4 + self.dice.roll("mails", step, 8);
        let (mut acknowledged, (), ()) = tokio::join!(
            self.load.run(&self.server, until),
            self.customers
                .write(mails, &self.mailbox, &self.sink, &self.load),
            self.server.kill_after(until),
        );
        self.written.append(&mut acknowledged);
        self.server.start_again().await;
    }

    /// Several times, while it starts.
    async fn while_starting(&mut self, step: u64, most: u64) -> u64 {
        let times = (2 + self.dice.roll("times", step, 5)).min(most);
        for time in 0..times {
            let pause = self.dice.roll("starting", step * 10 + time, 400);
            tokio::join!(
                self.customers
                    .write(1, &self.mailbox, &self.sink, &self.load),
                self.server.kill_after(Duration::from_millis(pause)),
            );
            self.server.begin_again().await;
        }
        self.server.ready().await;
        times
    }
}

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().expect(name))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_the_process_is_killed_on_sqlite() {
    survives("SQLite", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_the_process_is_killed_on_postgres() {
    match testkit::postgres_url().await {
        Some(url) => survives("PostgreSQL", Some(url)).await,
        None => eprintln!("skipped: EVENKEEL_TEST_POSTGRES is not set"),
    }
}
