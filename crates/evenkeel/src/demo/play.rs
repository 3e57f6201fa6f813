//! Plays the plans: one act after the other, by the rooms' own commands.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use customers::people::{commands as people, store as people_store};
use desk::attachments::{File, commands::upload};
use desk::drafts::{DraftBody, DraftKind, commands as drafts};
use desk::messages::Mailbox;
use desk::messages::commands::note::{NewNote, note};
use desk::messages::commands::receive::Incoming;
use desk::messages::commands::release::send_now;
use desk::messages::commands::reply::{NewReply, reply};
use desk::tickets::commands::edit::{Edit, edit};
use desk::tickets::commands::{place, read, watch};
use desk::tickets::{self, Ticket};
use identity::Caller;
use kernel::clock::ManualClock;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::ids::{AttachmentId, BrandId, CustomerId, TicketId};
use kernel::jobs::{self, JobHandler};
use kernel::journal::Context;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use tokio::task::JoinSet;

use super::office::Office;
use super::schedule::Plan;
use super::script::{Act, Customer, Deed};
use super::{files, is_history};
use crate::app::App;

/// After this long everybody has looked at a ticket.
const SEEN: Duration = Duration::from_hours(20);
/// How many marks of reading are on their way at once.
const READING: usize = 64;
const HOUR: Duration = Duration::from_secs(3600);

/// Where the plans are played.
pub struct Stage {
    past: App,
    hand: ManualClock,
    office: Office,
    now: Timestamp,
    handlers: Vec<Arc<dyn JobHandler>>,
}

impl Stage {
    /// A stage on rooms that live by the clock that `hand` moves; it ends at `now`.
    pub fn new(past: App, hand: ManualClock, office: Office, now: Timestamp) -> Self {
        let mut handlers = past.desk.handlers();
        handlers.extend(past.channels.handlers());
        Self {
            past,
            hand,
            office,
            now,
            handlers,
        }
    }

    /// Plays everything in the order of time.
    pub async fn play(&self, plans: &[Plan<'_>]) -> anyhow::Result<()> {
        let mut scenes: Vec<Scene<'_>> = plans.iter().map(Scene::new).collect();
        let begins = scenes
            .iter()
            .enumerate()
            .filter_map(|(index, scene)| scene.due(index));
        let mut due: BinaryHeap<_> = begins.collect();
        while let Some(Reverse((at, index))) = due.pop() {
            let Some(scene) = scenes.get_mut(index) else {
                continue;
            };
            self.hand.advance(at.since(self.hand.now()));
            let Some((_, act)) = scene.rest.next() else {
                continue;
            };
            let played = self.act(scene, act).await;
            played.with_context(|| format!("{:?} on {:?}", act.deed, scene.plan.story.subject))?;
            due.extend(scene.due(index));
        }
        self.hand.advance(self.now.since(self.hand.now()));
        self.work().await?;
        self.read(&scenes).await
    }

    /// Does what is due, such as handing mail over.
    async fn work(&self) -> anyhow::Result<()> {
        jobs::run_due(&self.past.kernel, self.handlers.clone()).await?;
        Ok(())
    }

    async fn act(&self, scene: &mut Scene<'_>, act: &Act) -> anyhow::Result<()> {
        let words = scene.plan.words(&act.text);
        let Some(ticket) = scene.ticket else {
            scene.ticket = Some(self.write(scene, act, &words).await?);
            return Ok(());
        };
        let caller = self.caller(act.by.as_deref().unwrap_or(scene.plan.agent))?;
        match act.deed {
            Deed::Write | Deed::AutoReply => {
                self.write(scene, act, &words).await?;
            }
            Deed::Take => self.take(scene, &caller, ticket).await?,
            Deed::Reply => self.reply(&caller, ticket, act, &words).await?,
            Deed::Note => self.note(&caller, ticket, act, &words).await?,
            Deed::Change => self.change(&caller, ticket, act).await?,
            Deed::Watch => {
                watch::watch(&self.past.desk, &caller, ticket, caller.agent, true).await?;
            }
            Deed::Draft => {
                let body = DraftBody {
                    html: html(&words),
                    ..DraftBody::default()
                };
                let kind = DraftKind::Reply;
                drafts::put(&self.past.desk, &caller, ticket, kind, body).await?;
            }
        }
        Ok(())
    }

    fn caller(&self, handle: &str) -> anyhow::Result<Caller> {
        let caller = self.office.agent(handle)?.clone();
        Ok(Caller {
            quiet: is_history(self.hand.now(), self.now),
            ..caller
        })
    }

    async fn ticket(&self, id: TicketId) -> Result<Ticket, Refusal> {
        let find = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
            let found = tickets::store::find(tx, id).await?;
            found.ok_or(Refusal::NotFound { what: "ticket" })
        };
        self.past.kernel.db.read(find).await
    }

    /// The customer writes.
    async fn write(&self, scene: &Scene<'_>, act: &Act, words: &str) -> anyhow::Result<TicketId> {
        let plan = scene.plan;
        let at = self.hand.now();
        let incoming = Incoming {
            inbox: self.office.inbox,
            brand: BrandId::DEFAULT,
            team: None,
            into: scene.ticket,
            link: None,
            from: mailbox(plan.customer),
            to: Vec::new(),
            cc: plan.story.cc.iter().map(mailbox).collect(),
            subject: plan.words(&plan.story.subject),
            text: words.to_owned(),
            html: None,
            files: act
                .files
                .iter()
                .map(|name| file(name))
                .collect::<anyhow::Result<_>>()?,
            message_id: None,
            references: Vec::new(),
            sent_at: None,
            auto_reply: act.deed == Deed::AutoReply,
            sender: None,
            remarks: Vec::new(),
        };
        let prepared = Arc::new(self.past.desk.prepare_incoming(incoming).await?);
        let ctx = Context {
            quiet: is_history(at, self.now),
            ..Context::system(at)
        };
        let desk = self.past.desk.clone();
        let receive = async move |tx: &mut Tx<'_>| desk.receive(tx, &ctx, &prepared).await;
        let receipt = self.past.kernel.db.write::<_, Refusal, _>(receive).await?;
        if receipt.created {
            self.introduce(plan, receipt.ticket).await?;
        }
        Ok(receipt.ticket)
    }

    /// Notes what the team knows of a customer who writes for the first time.
    async fn introduce(&self, plan: &Plan<'_>, ticket: TicketId) -> anyhow::Result<()> {
        let id: CustomerId = self.ticket(ticket).await?.requester;
        let find = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
            let found = people_store::find(tx, id).await?;
            found.ok_or(Refusal::NotFound { what: "customer" })
        };
        let customer = self.past.kernel.db.read(find).await?;
        let Some(caller) = self
            .caller(plan.agent)
            .ok()
            .filter(|_| customer.language.is_none())
        else {
            return Ok(());
        };
        let known = people::Edit {
            version: customer.version,
            name: None,
            note: plan.customer.note.clone().map(Some),
            language: Some(Some(plan.script.language.to_owned())),
        };
        people::edit(&self.past.customers, &caller, id, known).await?;
        Ok(())
    }

    async fn take(&self, scene: &Scene<'_>, caller: &Caller, id: TicketId) -> anyhow::Result<()> {
        let story = scene.plan.story;
        let ticket = self.ticket(id).await?;
        let team = story
            .team
            .as_ref()
            .map(|name| self.office.team(name))
            .transpose()?;
        let sorted = Edit {
            version: ticket.version,
            assignee: Some(Some(caller.agent)),
            team: team.map(Some),
            tags: Some(story.tags.clone()),
            priority: story.priority,
            ..Edit::default()
        };
        edit(&self.past.desk, caller, id, sorted).await?;
        read::read(&self.past.desk, caller, id, ticket.last_number).await?;
        Ok(())
    }

    async fn reply(
        &self,
        caller: &Caller,
        id: TicketId,
        act: &Act,
        words: &str,
    ) -> anyhow::Result<()> {
        let desk = &self.past.desk;
        let new = NewReply {
            html: html(words),
            attachment_ids: self.uploads(caller, &act.files).await?,
            seen_number: self.ticket(id).await?.last_number,
            status_after: act.status,
            ..NewReply::default()
        };
        let number = reply(desk, caller, id, new, IdempotencyKey(None)).await?;
        send_now(desk, caller, id, number).await?;
        self.work().await
    }

    async fn note(
        &self,
        caller: &Caller,
        id: TicketId,
        act: &Act,
        words: &str,
    ) -> anyhow::Result<()> {
        let mentioned = act
            .mention
            .as_ref()
            .map(|handle| self.office.agent(handle))
            .transpose()?;
        let new = NewNote {
            html: html(words),
            attachment_ids: self.uploads(caller, &act.files).await?,
            mentions: mentioned.map(|caller| caller.agent).into_iter().collect(),
        };
        note(&self.past.desk, caller, id, new, IdempotencyKey(None)).await?;
        Ok(())
    }

    async fn uploads(
        &self,
        caller: &Caller,
        names: &[String],
    ) -> anyhow::Result<Vec<AttachmentId>> {
        let mut ids = Vec::with_capacity(names.len());
        for name in names {
            let bytes = files::named(name)?.to_vec();
            let once = IdempotencyKey(None);
            ids.push(upload(&self.past.desk, caller, name, bytes, once).await?);
        }
        Ok(ids)
    }

    async fn change(&self, caller: &Caller, id: TicketId, act: &Act) -> anyhow::Result<()> {
        let desk = &self.past.desk;
        let version = self.ticket(id).await?.version;
        if let Some(to) = act.place {
            place::place(desk, caller, id, version, to).await?;
            return Ok(());
        }
        let until = act.snooze_hours.and_then(|hours| {
            let hours = u32::try_from(hours).ok()?;
            Some(self.hand.now().plus(HOUR.saturating_mul(hours)))
        });
        let changed = Edit {
            version,
            status: act.status,
            snoozed_until: until.map(Some),
            ..Edit::default()
        };
        edit(desk, caller, id, changed).await?;
        Ok(())
    }

    /// Marks as read, for everybody, what they have had the time to look at.
    async fn read(&self, scenes: &[Scene<'_>]) -> anyhow::Result<()> {
        let mut reading = JoinSet::new();
        for scene in scenes {
            let Some(id) = scene
                .ticket
                .filter(|_| scene.quiet_since() < self.now.minus(SEEN))
            else {
                continue;
            };
            for caller in self.office.everybody() {
                let (desk, caller) = (self.past.desk.clone(), caller.clone());
                reading.spawn(async move { read::read(&desk, &caller, id, i64::MAX).await });
                if reading.len() >= READING
                    && let Some(done) = reading.join_next().await
                {
                    done??;
                }
            }
        }
        while let Some(done) = reading.join_next().await {
            done??;
        }
        Ok(())
    }
}

/// A plan while it is played.
struct Scene<'a> {
    plan: &'a Plan<'a>,
    rest: std::slice::Iter<'a, (Timestamp, &'a Act)>,
    ticket: Option<TicketId>,
}

impl<'a> Scene<'a> {
    fn new(plan: &'a Plan<'a>) -> Self {
        Self {
            plan,
            rest: plan.acts.iter(),
            ticket: None,
        }
    }

    /// When the next act is due.
    fn due(&self, index: usize) -> Option<Reverse<(Timestamp, usize)>> {
        self.rest
            .as_slice()
            .first()
            .map(|(at, _)| Reverse((*at, index)))
    }

    /// When the last thing happened.
    fn quiet_since(&self) -> Timestamp {
        self.plan
            .acts
            .last()
            .map_or(Timestamp::from_micros(0), |(at, _)| *at)
    }
}

fn mailbox(customer: &Customer) -> Mailbox {
    Mailbox {
        email: customer.email.clone(),
        name: customer.name.clone(),
    }
}

fn file(name: &str) -> anyhow::Result<File> {
    let bytes = files::named(name)?.to_vec();
    Ok(File {
        name: name.to_owned(),
        content_id: None,
        inline: false,
        content_type: None,
        bytes,
    })
}

/// Paragraphs and lines as an agent's editor would write them.
fn html(words: &str) -> String {
    let escaped = words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let paragraphs = escaped
        .split("\n\n")
        .map(|paragraph| paragraph.trim().replace('\n', "<br>"));
    paragraphs
        .map(|paragraph| format!("<p>{paragraph}</p>"))
        .collect()
}
