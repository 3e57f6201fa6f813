//! Durable outside work: once, when due, with back-off, and in one pair of hands.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::JobId;
use kernel::jobs::{self, ATTEMPTS_MAX, Job, JobError, JobHandler, NewJob, Outcome, Worker};
use kernel::refusal::Refusal;
use testkit::{World, each_engine};
use tokio::sync::Notify;

use crate::support::{ROOMS, tamper, until};

type Handlers = Vec<Arc<dyn JobHandler>>;
type Run = dyn Fn(Job) -> BoxFuture<'static, Result<Outcome, JobError>> + Send + Sync;

/// Does what it is told.
struct Doing(Box<Run>);

impl JobHandler for Doing {
    fn kind(&self) -> &'static str {
        "test.work"
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        (self.0)(job.clone())
    }
}

fn doing<F, R>(run: F) -> Handlers
where
    F: Fn(Job) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Outcome, JobError>> + Send + 'static,
{
    vec![Arc::new(Doing(Box::new(move |job| Box::pin(run(job)))))]
}

/// A handler that answers the same each time, and the attempts that it saw.
fn answering(
    answer: impl Fn() -> Result<Outcome, JobError> + Send + Sync + 'static,
) -> (Handlers, Arc<Mutex<Vec<i64>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let attempts = seen.clone();
    let handlers = doing(move |job| {
        attempts.lock().unwrap().push(job.attempt);
        let answer = answer();
        async move { answer }
    });
    (handlers, seen)
}

fn job(kernel: &Kernel, key: &str, wait: Duration) -> NewJob {
    NewJob {
        kind: "test.work",
        key: key.to_owned(),
        payload: "{}".to_owned(),
        run_at: kernel.clock.now().plus(wait),
        ticket: None,
    }
}

async fn enqueued(kernel: &Kernel, key: &str, wait: Duration) -> bool {
    let job = job(kernel, key, wait);
    let write = async move |tx: &mut Tx<'_>| jobs::enqueue(tx, job.clone()).await;
    kernel.db.write::<_, DbError, _>(write).await.unwrap()
}

async fn cancelled(kernel: &Kernel, key: &str) -> bool {
    let key = key.to_owned();
    let write = async move |tx: &mut Tx<'_>| jobs::cancel(tx, &key).await;
    kernel.db.write::<_, DbError, _>(write).await.unwrap()
}

async fn state(kernel: &Kernel) -> String {
    let read = async |tx: &mut Tx<'_>| tx.one::<(String,)>("SELECT state FROM jobs", &[]).await;
    kernel
        .db
        .read::<_, DbError, _>(read)
        .await
        .unwrap()
        .unwrap()
        .0
}

/// The failed jobs and what went wrong.
async fn failed(world: &World) -> Vec<(JobId, i64, String)> {
    let keys = world.kernel.keys.clone();
    let read = async move |tx: &mut Tx<'_>| {
        let mut found = Vec::new();
        for failed in jobs::failed(tx, JobId(0), 100).await? {
            let problem = failed.problem.unwrap();
            let problem = keys.decrypt(tx, &problem).await?.unwrap();
            found.push((failed.job.id, failed.job.attempt, problem));
        }
        Ok::<_, Refusal>(found)
    };
    world.kernel.db.read(read).await.unwrap()
}

const NOW: Duration = Duration::ZERO;

#[tokio::test]
async fn a_key_exists_once_and_only_if_its_transaction_is_kept() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let lost = job(kernel, "a", NOW);
        let refused = async move |tx: &mut Tx<'_>| {
            jobs::enqueue(tx, lost.clone()).await?;
            Err::<(), _>(DbError::Unreadable("refused".to_owned()))
        };
        assert!(kernel.db.write(refused).await.is_err());
        assert!(enqueued(kernel, "a", NOW).await);
        assert!(!enqueued(kernel, "a", NOW).await);
        let (done, attempts) = answering(|| Ok(Outcome::Done));
        assert_eq!(world.run_jobs(done.clone()).await, 1);
        assert!(
            !enqueued(kernel, "a", NOW).await,
            "a done job's key still holds"
        );
        assert_eq!(world.run_jobs(done.clone()).await, 0);
        world.clock.advance(jobs::KEPT + Duration::from_secs(1));
        let now = kernel.clock.now();
        let sweep = async move |tx: &mut Tx<'_>| jobs::sweep(tx, now).await;
        assert_eq!(kernel.db.write::<_, DbError, _>(sweep).await.unwrap(), 1);
        assert!(enqueued(kernel, "a", NOW).await);
        assert_eq!(*attempts.lock().unwrap(), [1]);
    })
    .await;
}

#[tokio::test]
async fn a_job_runs_when_it_is_due_and_not_before() {
    each_engine(&ROOMS, async |world| {
        let (done, _) = answering(|| Ok(Outcome::Done));
        enqueued(&world.kernel, "later", Duration::from_secs(60)).await;
        assert_eq!(world.run_jobs(done.clone()).await, 0);
        world.clock.advance(Duration::from_micros(59_999_999));
        assert_eq!(world.run_jobs(done.clone()).await, 0);
        world.clock.advance(Duration::from_micros(1));
        assert_eq!(world.run_jobs(done).await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_fails_is_tried_with_growing_pauses_then_shown_and_can_be_rerun() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let (failing, attempts) = answering(|| Err(JobError::retry("the server said 451")));
        enqueued(kernel, "a", NOW).await;
        for attempt in 1..ATTEMPTS_MAX {
            assert_eq!(
                world.run_jobs(failing.clone()).await,
                1,
                "attempt {attempt}"
            );
            let pause = jobs::pause_after(attempt);
            world.clock.advance(pause - Duration::from_micros(1));
            assert_eq!(
                world.run_jobs(failing.clone()).await,
                0,
                "pause after {attempt}"
            );
            world.clock.advance(Duration::from_micros(1));
            assert_eq!(failed(&world).await, []);
        }
        assert_eq!(world.run_jobs(failing.clone()).await, 1);
        world.clock.advance(Duration::from_secs(24 * 3600));
        assert_eq!(world.run_jobs(failing).await, 0, "it is given up");
        assert_eq!(
            *attempts.lock().unwrap(),
            (1..=ATTEMPTS_MAX).collect::<Vec<_>>()
        );
        let shown = failed(&world).await;
        let (id, attempt, problem) = &shown[0];
        assert_eq!(
            (*attempt, problem.as_str()),
            (ATTEMPTS_MAX, "the server said 451")
        );

        let (id, at) = (*id, kernel.clock.now());
        let rerun = async move |tx: &mut Tx<'_>| jobs::rerun(tx, id, at).await;
        assert!(kernel.db.write::<_, DbError, _>(rerun).await.unwrap());
        let rerun = async move |tx: &mut Tx<'_>| jobs::rerun(tx, id, at).await;
        assert!(
            !kernel.db.write::<_, DbError, _>(rerun).await.unwrap(),
            "it is not failed now"
        );
        let (done, attempts) = answering(|| Ok(Outcome::Done));
        assert_eq!(world.run_jobs(done).await, 1);
        assert_eq!(*attempts.lock().unwrap(), [1]);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_helped_is_given_up_at_once() {
    each_engine(&ROOMS, async |world| {
        enqueued(&world.kernel, "a", NOW).await;
        let (hopeless, _) = answering(|| Err(JobError::give_up("no such mailbox")));
        assert_eq!(world.run_jobs(hopeless).await, 1);
        assert_eq!(failed(&world).await[0].2, "no such mailbox");
    })
    .await;
}

#[tokio::test]
async fn work_without_end_comes_again_and_starts_counting_anew() {
    each_engine(&ROOMS, async |world| {
        let clock = world.kernel.clock.clone();
        let minute = Duration::from_secs(60);
        enqueued(&world.kernel, "poll", NOW).await;
        let (polling, attempts) = answering(move || Ok(Outcome::Again(clock.now().plus(minute))));
        for _ in 0..20 {
            assert_eq!(world.run_jobs(polling.clone()).await, 1);
            world.clock.advance(minute);
        }
        assert_eq!(*attempts.lock().unwrap(), [1; 20]);
        assert_eq!(failed(&world).await, []);
    })
    .await;
}

#[tokio::test]
async fn a_panicking_handler_costs_an_attempt_and_an_unknown_kind_waits() {
    each_engine(&ROOMS, async |world| {
        enqueued(&world.kernel, "a", NOW).await;
        assert_eq!(
            world
                .run_jobs(doing(|_| async { panic!("a bug in a handler") }))
                .await,
            1
        );
        world.clock.advance(jobs::pause_after(1));
        assert_eq!(world.run_jobs(Vec::new()).await, 1);
        world.clock.advance(jobs::pause_after(2));
        let (done, attempts) = answering(|| Ok(Outcome::Done));
        assert_eq!(world.run_jobs(done).await, 1);
        assert_eq!(*attempts.lock().unwrap(), [3]);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_kills_its_worker_each_time_is_given_up_too() {
    each_engine(&ROOMS, async |world| {
        enqueued(&world.kernel, "a", NOW).await;
        tamper(
            &world.kernel,
            &["UPDATE jobs SET attempt = 12, state = 'running'"],
        )
        .await;
        let (done, attempts) = answering(|| Ok(Outcome::Done));
        assert_eq!(world.run_jobs(done).await, 1);
        assert_eq!(attempts.lock().unwrap().len(), 0);
        assert!(failed(&world).await[0].2.contains("never came to an end"));
    })
    .await;
}

#[tokio::test]
async fn what_has_begun_cannot_be_cancelled_and_what_is_cancelled_never_begins() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        enqueued(kernel, "a", NOW).await;
        assert!(cancelled(kernel, "a").await);
        assert!(!cancelled(kernel, "a").await);
        let (done, _) = answering(|| Ok(Outcome::Done));
        assert_eq!(world.run_jobs(done).await, 0);

        enqueued(kernel, "b", NOW).await;
        let inside = kernel.clone();
        let answers = Arc::new(Mutex::new(Vec::new()));
        let told = answers.clone();
        let cancelling = doing(move |_| {
            let (kernel, told) = (inside.clone(), told.clone());
            async move {
                let answer = cancelled(&kernel, "b").await;
                told.lock().unwrap().push(answer);
                Ok(Outcome::Done)
            }
        });
        assert_eq!(world.run_jobs(cancelling).await, 1);
        assert_eq!(*answers.lock().unwrap(), [false]);
    })
    .await;
}

#[tokio::test]
async fn of_cancelling_and_beginning_exactly_one_wins() {
    each_engine(&ROOMS, async |world| {
        for round in 0..30 {
            let key = format!("job {round}");
            enqueued(&world.kernel, &key, NOW).await;
            let (done, attempts) = answering(|| Ok(Outcome::Done));
            let (ran, cancelled) =
                tokio::join!(world.run_jobs(done), cancelled(&world.kernel, &key));
            assert_eq!(ran, attempts.lock().unwrap().len());
            assert!(
                (ran == 1) != cancelled,
                "round {round}: ran {ran}, cancelled {cancelled}"
            );
        }
    })
    .await;
}

/// A handler that tells when it has begun and ends when it is let go.
fn held(answer: Outcome) -> (Handlers, Arc<Notify>, Arc<Notify>) {
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (begun.clone(), go.clone());
    let handlers = doing(move |_| {
        let (tell, wait) = (tell.clone(), wait.clone());
        async move {
            tell.notify_one();
            wait.notified().await;
            Ok(answer)
        }
    });
    (handlers, begun, go)
}

#[tokio::test]
async fn a_worker_that_lost_its_job_changes_nothing_on_it() {
    each_engine(&ROOMS, async |world| {
        const LOSE: &[&str] = &["UPDATE jobs SET lease_until = 0"];
        let kernel = &world.kernel;
        let run = |handlers| {
            let kernel = kernel.clone();
            tokio::spawn(async move { jobs::run_due(&kernel, handlers).await.unwrap() })
        };
        enqueued(kernel, "a", NOW).await;
        let (slow, begun, go) = held(Outcome::Done);
        let slow = run(slow);
        begun.notified().await;
        tamper(kernel, LOSE).await;

        let soon = kernel.clock.now().plus(Duration::from_secs(1));
        let (next, attempts) = answering(move || Ok(Outcome::Again(soon)));
        assert_eq!(world.run_jobs(next).await, 1);
        assert_eq!(*attempts.lock().unwrap(), [2], "the lost attempt counts");

        // The third worker's attempt has the same number as the first one's.
        world.clock.advance(Duration::from_secs(1));
        let (third, begun, go_third) = held(Outcome::Done);
        let third = run(third);
        begun.notified().await;
        go.notify_one();
        assert_eq!(slow.await.unwrap(), 1);
        assert_eq!(
            state(kernel).await,
            "running",
            "the first worker's end is too late"
        );
        go_third.notify_one();
        assert_eq!(third.await.unwrap(), 1);
        assert_eq!(state(kernel).await, "done");
    })
    .await;
}

#[tokio::test]
async fn two_workers_do_every_job_once() {
    each_engine(&ROOMS, async |world| {
        const JOBS: usize = 60;
        let runs: Arc<Mutex<BTreeMap<String, u32>>> = Arc::default();
        let count = runs.clone();
        let handlers = doing(move |job| {
            *count.lock().unwrap().entry(job.key).or_default() += 1;
            async {
                tokio::task::yield_now().await;
                Ok(Outcome::Done)
            }
        });
        for number in 0..JOBS / 2 {
            enqueued(&world.kernel, &format!("job {number}"), NOW).await;
        }
        let work = async {
            // The bell wakes the workers for these.
            for number in JOBS / 2..JOBS {
                enqueued(&world.kernel, &format!("job {number}"), NOW).await;
            }
            until("all jobs' end", async || {
                const OPEN: &str = "SELECT COUNT(*) FROM jobs WHERE state <> 'done'";
                let open = async |tx: &mut Tx<'_>| tx.one::<(i64,)>(OPEN, &[]).await;
                world.kernel.db.read::<_, DbError, _>(open).await.unwrap() == Some((0,))
            })
            .await;
        };
        tokio::select! {
            () = Worker::new(world.kernel.clone(), handlers.clone()).run() => {}
            () = Worker::new(world.kernel.clone(), handlers).run() => {}
            () = work => {}
        }
        let runs = runs.lock().unwrap();
        assert_eq!(runs.len(), JOBS);
        assert!(runs.values().all(|count| *count == 1), "{runs:?}");
    })
    .await;
}

#[tokio::test]
async fn short_jobs_are_noted_while_a_long_one_goes_on() {
    each_engine(&ROOMS, async |world| {
        const SHORT: i64 = 40;
        let handlers = doing(move |job| async move {
            if job.key == "long" {
                std::future::pending::<()>().await;
            }
            Ok(Outcome::Done)
        });
        enqueued(&world.kernel, "long", NOW).await;
        for number in 0..SHORT {
            enqueued(&world.kernel, &format!("short {number}"), NOW).await;
        }
        let noted = until("the short jobs' end", async || {
            const DONE: &str = "SELECT COUNT(*) FROM jobs WHERE state = 'done'";
            let done = async |tx: &mut Tx<'_>| tx.one::<(i64,)>(DONE, &[]).await;
            world.kernel.db.read::<_, DbError, _>(done).await.unwrap() == Some((SHORT,))
        });
        tokio::select! {
            () = Worker::new(world.kernel.clone(), handlers).run() => {}
            () = noted => {}
        }
    })
    .await;
}

#[tokio::test]
async fn a_worker_wakes_for_what_becomes_due() {
    each_engine(&ROOMS, async |world| {
        let done = Arc::new(Notify::new());
        let tell = done.clone();
        let handlers = doing(move |_| {
            tell.notify_one();
            async { Ok(Outcome::Done) }
        });
        enqueued(&world.kernel, "later", Duration::from_secs(3600)).await;
        tokio::select! {
            () = Worker::new(world.kernel.clone(), handlers).run() => {}
            () = async {
                until("the job's end", async || {
                    // Again and again: the worker may not have gone to sleep yet.
                    world.clock.advance(Duration::from_secs(600));
                    tokio::time::timeout(Duration::from_millis(1), done.notified()).await.is_ok()
                }).await;
            } => {}
        }
    })
    .await;
}
