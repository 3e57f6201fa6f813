//! Starting a test, ending it, and knowing its mail when it comes back.

use super::rules::{self, Finding};
use super::store::{self, End};
use super::{
    MAIL_TEST, MailTest, MailTestEnded, MailTestStarted, MailTestState, PATIENCE, Payload, token,
};
use crate::email::addresses;
use crate::email::parse::reports::Action;
use crate::email::parse::{Automatic, ParsedMail, Report};
use crate::inboxes::{self, Inbox};
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{InboxId, KeyId, MailTestId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Context, Subject};
use kernel::keys::Keys;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use std::time::Duration;

const START: &str = "inbox.test";
const GONE: Refusal = Refusal::NotFound { what: "inbox" };
/// A running test that is this old is given up when the next one is asked for.
const STALE: Duration = Duration::from_secs(600);

/// Has an inbox write a mail to itself.
///
/// # Errors
/// Missing permission, no such inbox, one that can't send, a test under way.
pub async fn start(
    kernel: &Kernel,
    caller: &Caller,
    inbox: InboxId,
    once: IdempotencyKey,
) -> Result<MailTestId, Refusal> {
    caller.require(Permission::InboxManage)?;
    let (ctx, agent) = (caller.context(kernel.clock.now()), caller.agent);
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if let Some(once) = &once.0
                && let Some(id) = idempotency::find(tx, agent, once, START).await?
            {
                return Ok(MailTestId(id));
            }
            if !inboxes::store::lock(tx, inbox).await? {
                return Err(GONE);
            }
            let inbox = inboxes::store::find(tx, inbox).await?.ok_or(GONE)?;
            if let Some(Finding { problem, mend }) = rules::hindrance(&inbox) {
                let detail = format!("{problem} {mend}");
                return Err(Refusal::conflict("inbox_cannot_test", detail));
            }
            let running = store::newest(tx, inbox.id).await?;
            let running = running.filter(|test| test.state == MailTestState::Running);
            if let Some(running) = running {
                if ctx.at.since(running.started_at) < STALE {
                    return Err(Refusal::conflict(
                        "test_running",
                        "A test mail of this inbox is on its way. Wait for it first.",
                    ));
                }
                finish(tx, &ctx, &running, lost_without_words()).await?;
            }
            let id = store::insert(tx, inbox.id, &inbox.address, ctx.at).await?;
            enqueue(tx, id, ctx.at).await?;
            let record = MailTestStarted {
                test: id,
                inbox: inbox.id,
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            if let Some(once) = &once.0 {
                idempotency::remember(tx, agent, once, START, id.0, ctx.at).await?;
            }
            Ok(id)
        })
        .await
}

fn lost_without_words() -> End {
    End {
        state: MailTestState::Lost,
        returned_at: None,
        problem: None,
        mend: None,
    }
}

async fn enqueue(tx: &mut Tx<'_>, test: MailTestId, at: Timestamp) -> Result<(), Refusal> {
    let payload = serde_json::to_string(&Payload { test });
    let job = NewJob {
        kind: MAIL_TEST,
        key: format!("{MAIL_TEST}:{test}"),
        payload: payload.map_err(|problem| Refusal::broken(problem.to_string()))?,
        run_at: at,
        ticket: None,
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}

async fn finish(tx: &mut Tx<'_>, ctx: &Context, test: &MailTest, end: End) -> Result<(), Refusal> {
    let record = MailTestEnded {
        test: test.id,
        inbox: test.inbox,
        state: end.state,
    };
    store::end(tx, test.id, end).await?;
    journal::append(tx, ctx, Subject::default(), &record).await?;
    Ok(())
}

/// Ends a running test that failed or lost its mail; one that ended meanwhile stays as it is.
pub(super) async fn give_up(
    kernel: &Kernel,
    id: MailTestId,
    state: MailTestState,
    finding: Finding,
) -> Result<(), Refusal> {
    let ctx = Context::system(kernel.clock.now());
    let (keys, key) = (kernel.keys.clone(), kernel.keys.workspace().await?);
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let found = store::lock(tx, id).await?;
            let Some(test) = found.filter(|test| test.state == MailTestState::Running) else {
                return Ok(());
            };
            let end = End {
                state,
                returned_at: None,
                problem: Some(keys.encrypt(tx, key, &finding.problem).await?),
                mend: Some(finding.mend.clone()),
            };
            finish(tx, &ctx, &test, end).await
        })
        .await
}

/// A mail that carries the token of a test of ours.
#[derive(Clone, Debug)]
pub(crate) struct Homecoming {
    test: MailTestId,
    news: News,
    key: KeyId,
}

/// What such a mail says.
#[derive(Clone, Debug)]
enum News {
    /// It is the test mail, from this sender.
    Back(String),
    /// A server could not deliver it, and says so.
    Bounced(String),
}

/// Looks whether a mail is a test mail, or the report that one could not be delivered. One with a
/// file is no test mail: we send none, and nobody's file is to be lost. Nor is an automatic answer.
pub(crate) async fn homecoming(
    kernel: &Kernel,
    parsed: &ParsedMail,
) -> Result<Option<Homecoming>, Refusal> {
    let in_text = |text: &str| token::find(&kernel.keys, text);
    let subject = || in_text(&parsed.subject);
    let (test, news) = match (&parsed.report, parsed.automatic) {
        (Some(Report::Delivery(report)), _) => {
            let about = report.original_id.as_deref().and_then(in_text);
            let mut told = report.recipients.iter();
            let failed = told.rfind(|to| to.action == Action::Failed);
            let said = failed.map(|to| to.diagnostic.clone());
            (about.or_else(subject), said.map(News::Bounced))
        }
        (_, Some(Automatic::Reply | Automatic::Bounce)) => (None, None),
        _ => {
            let own = parsed.message_id.as_deref().and_then(in_text);
            let news = News::Back(parsed.from.address.clone());
            let bare = parsed.attachments.is_empty();
            (own.or_else(subject), bare.then_some(news))
        }
    };
    let (Some(test), Some(news)) = (test, news) else {
        return Ok(None);
    };
    let key = kernel.keys.workspace().await?;
    Ok(Some(Homecoming { test, news, key }))
}

/// Ends the test whose mail came back, with when that was and when it is noticed; `false` when the
/// test has had its mail, so that this one is mail like any other.
pub(crate) async fn came_back(
    tx: &mut Tx<'_>,
    keys: &Keys,
    inbox: &Inbox,
    home: &Homecoming,
    (back, now): (Timestamp, Timestamp),
) -> Result<bool, Refusal> {
    let found = store::lock(tx, home.test).await?;
    let mine = |test: &MailTest| test.inbox == inbox.id && rules::may_return(test.state);
    let Some(test) = found.filter(mine) else {
        return Ok(false);
    };
    let (state, finding) = match &home.news {
        News::Bounced(said) => (MailTestState::Failed, Some(rules::bounced(inbox, said))),
        News::Back(sender) => {
            let renamed = !addresses::same(sender, &test.address);
            let finding = renamed.then(|| rules::renamed(inbox, sender));
            (MailTestState::Returned, finding)
        }
    };
    let (mut problem, mut mend) = (None, None);
    if let Some(finding) = finding {
        problem = Some(keys.encrypt(tx, home.key, &finding.problem).await?);
        mend = Some(finding.mend);
    }
    let end = End {
        state,
        returned_at: (state == MailTestState::Returned).then_some(back),
        problem,
        mend,
    };
    finish(tx, &Context::system(now), &test, end).await?;
    Ok(true)
}

/// Until when a mail that left may be away.
pub(super) fn deadline(test: &MailTest, claimed_at: Timestamp) -> Timestamp {
    test.handed_at.unwrap_or(claimed_at).plus(PATIENCE)
}
