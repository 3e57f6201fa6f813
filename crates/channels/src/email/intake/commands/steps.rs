//! What filing does beside putting a mail on its ticket: limits, gathering, pauses that end, and
//! the confirmation that it arrived.

use crate::email::acknowledgements::commands as acknowledgements;
use crate::email::flood::{self, Arriving};
use crate::email::intake::{InboundMail, rules};
use crate::email::parse::ParsedMail;
use crate::inboxes::Inbox;
use customers::MailAddress;
use customers::pauses::commands as pauses;
use desk::Desk;
use desk::messages::Manner;
use desk::messages::commands::receive::{Incoming, PreparedIncoming, Receipt};
use desk::messages::senders::{SenderCheck, Standing};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::journal::Context;
use kernel::refusal::Refusal;

/// What a read mail says of itself, taken before its parts go to the desk.
pub(super) struct Traits {
    /// Its list or newsletter, when it is to lie aside.
    bulk: Option<String>,
    /// Whether a person wrote it for themselves.
    is_personal: bool,
}

impl Traits {
    pub(super) fn of(parsed: &ParsedMail, own: &[String]) -> Traits {
        let writer = rules::requester(parsed, own).address;
        Traits {
            bulk: rules::bulk_of(parsed, own),
            is_personal: rules::may_acknowledge(parsed, &writer, own),
        }
    }
}

/// The steps of one mail, decided as far as they can be before the transaction.
pub(super) struct Steps {
    arriving: Arriving,
    writer: Option<MailAddress>,
    is_personal: bool,
}

impl Steps {
    pub(super) fn of(
        kernel: &Kernel,
        mail: &InboundMail,
        inbox: &Inbox,
        incoming: &Incoming,
        traits: Traits,
    ) -> Steps {
        let at = kernel.clock.now();
        let doubted = |check: &SenderCheck| check.standing == Standing::Doubted;
        let is_doubted = incoming.sender.as_ref().is_some_and(doubted);
        let sender = if is_doubted {
            flood::doubted(kernel, &incoming.from.email)
        } else {
            flood::sender(kernel, &incoming.from.email)
        };
        // What belongs to a ticket goes there, by whatever list it came.
        let bulk = traits.bulk.filter(|_| incoming.into.is_none());
        let aside = bulk.map(|name| flood::gathered(kernel, inbox.id, &name, at));
        Steps {
            arriving: Arriving {
                sender,
                is_doubted,
                inbox: inbox.id,
                into: incoming.into,
                answer: incoming.auto_reply,
                aside,
                quiet: mail.quiet,
            },
            writer: MailAddress::parse(&incoming.from.email),
            is_personal: traits.is_personal && !mail.quiet && !is_doubted,
        }
    }

    /// Puts the mail on its ticket in the manner that limits leave it, with all that follows.
    pub(super) async fn receive(
        &self,
        desk: &Desk,
        tx: &mut Tx<'_>,
        ctx: &Context,
        prepared: &PreparedIncoming,
    ) -> Result<Receipt, Refusal> {
        let course = flood::course(&desk.kernel, tx, &self.arriving, ctx.at).await?;
        let receipt = desk.receive_as(tx, ctx, prepared, course.placing).await?;
        if receipt.created {
            course.opened(tx, receipt.ticket).await?;
        }
        if !self.is_personal {
            return Ok(receipt);
        }
        if let Some(writer) = &self.writer {
            pauses::works(tx, ctx, writer).await?;
        }
        if receipt.created && !receipt.aside && course.placing.manner == Manner::Usual {
            let (inbox, sender) = (self.arriving.inbox, self.arriving.sender);
            acknowledgements::plan(tx, inbox, sender, receipt.ticket, ctx.at).await?;
        }
        Ok(receipt)
    }
}
