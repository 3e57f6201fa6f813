//! A customer's message comes in: on its ticket, on a follow-up, or on a new ticket.
//!
//! It has two halves. [`Desk::prepare_incoming`] does what may take time, before the transaction:
//! keys, sanitising, files. [`Desk::receive`] runs inside the caller's transaction, so that the
//! mail it came from is done with in the same commit.

use customers::people::commands as people;
use customers::{Arrival, MailAddress, Person};
use kernel::blobs::PreparedBlob;
use kernel::db::Tx;
use kernel::ids::{BrandId, InboxId, KeyId, TeamId, TicketId};
use kernel::journal::{self, Actor, Context, Origin};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::{Utterance, next_number, spoken, write};
use crate::Desk;
use crate::abuse::commands::gate::Gate;
use crate::attachments::{self, File, PreparedFile};
use crate::html::{self, Clean};
use crate::merges;
use crate::messages::senders::{self, SenderCheck, Standing};
use crate::messages::{
    Addressed, Mailbox, Manner, MessageKind, MessageReceived, Placing, Remark, gathered,
    message_ids,
};
use crate::routing;
use crate::side_conversations;
use crate::tickets::commands::create::{NewTicket, begin};
use crate::tickets::commands::{change, open_survivor, subject};
use crate::tickets::rules::{self, CC_MAX};
use crate::tickets::{self, Channel, Direction, LinkKind, Place, Status, Ticket, TicketGathering};

/// A customer's message as it reached us.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The entrance it came in by.
    pub inbox: InboxId,
    /// The entrance's brand.
    pub brand: BrandId,
    /// The team whose queue a new ticket joins.
    pub team: Option<TeamId>,
    /// The ticket it belongs to: the caller made sure that the sender does.
    pub into: Option<TicketId>,
    /// The ticket that a new one is linked to.
    pub link: Option<TicketId>,
    /// Who wrote.
    pub from: Mailbox,
    /// Whom it was to, our own addresses left out.
    pub to: Vec<Mailbox>,
    /// Who else got it, our own addresses left out.
    pub cc: Vec<Mailbox>,
    /// What it is about.
    pub subject: String,
    /// The plain text; empty when there is only HTML.
    pub text: String,
    /// The HTML as it came.
    pub html: Option<String>,
    /// The files.
    pub files: Vec<File>,
    /// The Message-ID, without angle brackets.
    pub message_id: Option<String>,
    /// The Message-IDs it refers to, without angle brackets.
    pub references: Vec<String>,
    /// When its sender says it was sent; imports keep it.
    pub sent_at: Option<Timestamp>,
    /// Whether a machine answered.
    pub auto_reply: bool,
    /// What is known of who sent it; `None` when nobody looked.
    pub sender: Option<SenderCheck>,
    /// What its reader should know beside the text.
    pub remarks: Vec<Remark>,
}

/// The same, made ready for the transaction.
#[derive(Clone, Debug)]
pub struct PreparedIncoming {
    /// The author's data key: what else of this mail is kept belongs under it.
    pub key: KeyId,
    incoming: Incoming,
    from: Arrival,
    others: Vec<Arrival>,
    body: Clean,
    files: Vec<PreparedFile>,
    language: Option<&'static str>,
}

impl PreparedIncoming {
    /// Adds a file whose bytes are stored under [`Self::key`] already; `file` holds their
    /// beginning.
    pub fn add_stored(&mut self, file: File, blob: PreparedBlob) {
        let file = attachments::commands::prepared(self.key, file, blob);
        self.files.push(file);
    }

    /// The mail, with what it says as plain text.
    fn letter(&self) -> (&Incoming, &str) {
        (&self.incoming, &self.body.text)
    }

    fn is_doubted(&self) -> bool {
        let sender = self.incoming.sender.as_ref();
        sender.is_some_and(|check| check.standing == Standing::Doubted)
    }
}

/// What became of a customer's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The ticket it is on.
    pub ticket: TicketId,
    /// Its number there.
    pub number: i64,
    /// Whether the ticket began with it.
    pub created: bool,
    /// Whether it was laid aside, where nobody is told of it.
    pub aside: bool,
}

/// The circumstances of what a customer said, or of an import of it.
fn by_customer(ctx: Context, from: &Person) -> Context {
    Context {
        actor: Actor::Customer(from.id),
        origin: if ctx.quiet {
            Origin::Import
        } else {
            Origin::Customer
        },
        ..ctx
    }
}

/// What other nouns keep of a message that came in.
async fn tell_rooms(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &Ticket,
    prepared: &PreparedIncoming,
    (number, created): (i64, bool),
) -> Result<(), Refusal> {
    if created {
        routing::store::set_language(tx, ticket.id, prepared.language).await?;
    }
    let came = (number, prepared.incoming.auto_reply);
    side_conversations::answered(tx, ctx, ticket, came).await
}

impl Desk {
    /// Makes a customer's message ready for the transaction.
    pub async fn prepare_incoming(
        &self,
        mut incoming: Incoming,
    ) -> Result<PreparedIncoming, Refusal> {
        let kernel = &self.kernel;
        let address = MailAddress::parse(&incoming.from.email).ok_or_else(|| {
            Refusal::invalid(
                "from",
                "is not a mail address",
                "send it from a real address",
            )
        })?;
        let from = people::prepare(kernel, address, Some(&incoming.from.name)).await?;
        let mut others = Vec::new();
        for mailbox in incoming.to.iter().chain(&incoming.cc).take(CC_MAX) {
            // A broken address among the receivers is no reason to lose the message.
            let Some(address) = MailAddress::parse(&mailbox.email) else {
                continue;
            };
            if address.fold() != from.address.fold() {
                others.push(people::prepare(kernel, address, Some(&mailbox.name)).await?);
            }
        }
        let body = body(&incoming);
        let mut files = Vec::new();
        for file in std::mem::take(&mut incoming.files) {
            files.push(attachments::commands::prepare(kernel, from.key, file).await?);
        }
        Ok(PreparedIncoming {
            key: from.key,
            incoming,
            from,
            others,
            language: language::detect::language(&body.text),
            body,
            files,
        })
    }

    /// Puts a customer's message on its ticket, as part of the caller's transaction.
    pub async fn receive(
        &self,
        tx: &mut Tx<'_>,
        ctx: &Context,
        prepared: &PreparedIncoming,
    ) -> Result<Receipt, Refusal> {
        let placing = Placing {
            into: prepared.incoming.into,
            manner: Manner::Usual,
        };
        self.receive_as(tx, ctx, prepared, placing).await
    }

    /// The same, on the ticket and in the manner that the caller decided on in its transaction.
    pub async fn receive_as(
        &self,
        tx: &mut Tx<'_>,
        ctx: &Context,
        prepared: &PreparedIncoming,
        placing: Placing,
    ) -> Result<Receipt, Refusal> {
        let incoming = &prepared.incoming;
        let ctx = Context {
            brand: incoming.brand,
            ..ctx.clone()
        };
        let from = people::find_or_create(&self.kernel, tx, &ctx, &prepared.from).await?;
        let gate = Gate::of(tx, &ctx, from.id, prepared.letter()).await?;
        let placing = gate.placing(placing);
        let aside = placing.manner == Manner::Aside;
        // Someone else met the same newcomer first; what was made ready has this key.
        if from.key != prepared.key {
            customers::people::store::own_key(tx, from.id, prepared.key).await?;
        }
        let ctx = by_customer(ctx, &from);
        let mut others = Vec::new();
        let joins = !aside && !prepared.is_doubted();
        for arrival in prepared.others.iter().filter(|_| joins) {
            others.push(people::find_or_create(&self.kernel, tx, &ctx, arrival).await?);
        }
        let at = incoming.sent_at.filter(|_| ctx.quiet).unwrap_or(ctx.at);
        // Nobody is told of what is kept aside, but it is no import: its times are ours.
        let ctx = Context {
            quiet: ctx.quiet || placing.manner != Manner::Usual,
            ..ctx
        };
        let (mut ticket, created) = self
            .ticket_for(tx, &ctx, (incoming, placing), &from, at)
            .await?;
        let ctx = Context {
            brand: ticket.brand,
            ..ctx
        };
        // Whoever speaks in another's name brings nobody into the conversation.
        if joins {
            let others = side_conversations::keep_apart(tx, &ticket, others).await?;
            join(tx, &ctx, &mut ticket, &from, others).await?;
        }
        let number = self.put(tx, &ctx, &mut ticket, prepared, &from, at).await?;
        tell_rooms(tx, &ctx, &ticket, prepared, (number, created)).await?;
        if placing.manner == Manner::Gathered {
            gather(tx, &ctx, &ticket, number).await?;
        }
        let letter = prepared.letter();
        gate.apply(
            &self.kernel,
            tx,
            &ctx,
            &mut ticket,
            (number, created),
            letter,
        )
        .await?;
        tickets::store::save(tx, &ticket).await?;
        Ok(Receipt {
            ticket: ticket.id,
            number,
            created,
            aside,
        })
    }

    /// The ticket the message goes on, locked and moved as a customer's message moves it.
    async fn ticket_for(
        &self,
        tx: &mut Tx<'_>,
        ctx: &Context,
        (incoming, placing): (&Incoming, Placing),
        from: &Person,
        at: Timestamp,
    ) -> Result<(Ticket, bool), Refusal> {
        let aside = placing.manner == Manner::Aside;
        let mut link = incoming.link;
        if let Some(id) = placing.into {
            match open_survivor(tx, ctx, id).await {
                Ok((mut ticket, ctx)) => {
                    let automatic = incoming.auto_reply || aside;
                    match rules::arrive(ticket.status, ticket.place, automatic) {
                        rules::Arrival::Joins {
                            status,
                            place,
                            wakes,
                        } => {
                            arrive(tx, &ctx, &mut ticket, status, place, wakes).await?;
                            return Ok((ticket, false));
                        }
                        rules::Arrival::FollowsUp => link = Some(ticket.id),
                    }
                }
                // It was purged: the message begins anew.
                Err(Refusal::NotFound { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        let new = NewTicket {
            subject: rules::clean_subject(&incoming.subject),
            requester: from.clone(),
            channel: Channel::Email,
            inbox: Some(incoming.inbox),
            brand: incoming.brand,
            team: incoming.team,
            link: link.map(|id| (id, LinkKind::Followup)),
            at,
        };
        let mut ticket = begin(tx, ctx, new).await?;
        if aside {
            change::place(tx, ctx, &mut ticket, Place::Bulk).await?;
        }
        Ok((ticket, true))
    }

    async fn put(
        &self,
        tx: &mut Tx<'_>,
        ctx: &Context,
        ticket: &mut Ticket,
        prepared: &PreparedIncoming,
        from: &Person,
        at: Timestamp,
    ) -> Result<i64, Refusal> {
        let incoming = &prepared.incoming;
        let number = next_number(ticket);
        let auto_reply = incoming.auto_reply;
        let received = MessageReceived {
            number,
            customer: from.id,
            auto_reply,
        };
        let record = journal::append(tx, ctx, subject(ticket), &received).await?;
        let files =
            attachments::commands::add(&self.kernel, tx, ticket, number, &prepared.files, at)
                .await?;
        ticket.has_attachments |= !prepared.files.is_empty();
        let addressed = Addressed {
            to: incoming.to.clone(),
            cc: incoming.cc.clone(),
            remarks: incoming.remarks.clone(),
        };
        let said = Utterance {
            kind: MessageKind::In,
            author: Actor::Customer(from.id),
            key: prepared.key,
            body: &prepared.body,
            addressed: Some(&addressed),
            auto_reply,
            at,
            plan: None,
        };
        let html = html::link_inline(&prepared.body.html, &files);
        write(&self.kernel, tx, (ticket, number, record), &html, &said).await?;
        let said = (prepared.key, prepared.body.snippet.as_str());
        spoken(&self.kernel, tx, ticket, Direction::In, said, at).await?;
        ticket.last_agent = None;
        if let Some(id) = &incoming.message_id {
            message_ids::add(tx, id, (ticket.id, number), false).await?;
        }
        if let Some(check) = &incoming.sender {
            let message = (ticket.id, number);
            senders::commands::note(&self.kernel, tx, message, prepared.key, check).await?;
        }
        Ok(number)
    }
}

/// Counts what is gathered on a ticket, and tells of it once.
async fn gather(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &Ticket,
    number: i64,
) -> Result<(), Refusal> {
    if gathered::store::count(tx, ticket.id, ctx.at).await? == 1 {
        let ctx = Context {
            actor: Actor::System,
            origin: Origin::System,
            ..ctx.clone()
        };
        journal::append(tx, &ctx, subject(ticket), &TicketGathering { number }).await?;
    }
    Ok(())
}

fn body(incoming: &Incoming) -> Clean {
    let Some(source) = &incoming.html else {
        return html::receive_text(&incoming.text);
    };
    let clean = html::receive_html(source);
    if incoming.text.trim().is_empty() {
        return clean;
    }
    // The sender's own plain text reads better than one made from the HTML.
    let Clean { text, snippet, .. } = html::from_text(&incoming.text);
    Clean {
        text,
        snippet,
        ..clean
    }
}

async fn arrive(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    status: Status,
    place: Place,
    wakes: bool,
) -> Result<(), Refusal> {
    if wakes {
        change::snooze(tx, ctx, ticket, None).await?;
    }
    change::place(tx, ctx, ticket, place).await?;
    change::status(tx, ctx, ticket, status).await
}

/// Puts those who got the message too in copy; nobody who was is taken out.
async fn join(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    from: &Person,
    others: Vec<Person>,
) -> Result<(), Refusal> {
    let sender = Some(from.clone()).filter(|from| from.id != ticket.requester);
    // Who has a part in it only by a merged ticket stays apart until an agent adds them; and
    // whomever they name stays with them.
    if let Some(sender) = &sender
        && merges::store::is_survivor(tx, ticket.id).await?
        && !tickets::store::is_in_copy(tx, ticket.id, sender.id).await?
    {
        return Ok(());
    }
    if others.is_empty() && sender.is_none() {
        return Ok(());
    }
    let mut cc = tickets::store::cc(tx, ticket.id).await?;
    for person in others.into_iter().chain(sender) {
        if person.id != ticket.requester && cc.iter().all(|known| known.id != person.id) {
            cc.push(person);
        }
    }
    cc.truncate(CC_MAX);
    change::cc(tx, ctx, ticket, &cc).await
}
