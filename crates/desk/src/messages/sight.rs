//! Which messages of a ticket a customer may see: those they took part in, and no others.
//!
//! This is the one place that decides it. What quotes a conversation to a customer, or will show it
//! to them, asks here. A ticket may hold messages of several customers who know nothing of each
//! other, since tickets are merged; being in copy later shows nobody what was said before.

use customers::MailAddress;
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::CustomerId;
use kernel::journal::Actor;
use kernel::refusal::Refusal;

use super::{Addressed, Message, MessageKind, MessageState, commands};

/// A customer who looks at messages, or somebody by an address that no customer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The customer.
    pub customer: Option<CustomerId>,
    /// Every address that is theirs, in lower case.
    pub addresses: Vec<String>,
}

impl Viewer {
    /// Whoever reads mail at `address`.
    pub async fn at(tx: &mut Tx<'_>, address: &str) -> Result<Self, DbError> {
        let mut addresses = vec![address.trim().to_lowercase()];
        let person = match MailAddress::parse(address) {
            Some(address) => customers::people::store::by_address(tx, &address).await?,
            None => None,
        };
        if let Some(person) = &person {
            for identity in customers::people::store::identities(tx, person.id).await? {
                addresses.push(identity.value.to_lowercase());
            }
        }
        Ok(Self {
            customer: person.map(|person| person.id),
            addresses,
        })
    }

    fn is_among(&self, named: &Addressed) -> bool {
        let mut mailboxes = named.to.iter().chain(&named.cc);
        mailboxes.any(|mailbox| {
            let address = mailbox.email.trim().to_lowercase();
            self.addresses.contains(&address)
        })
    }
}

/// Whether `viewer` took part in a message: wrote it, or is named among its receivers.
///
/// Notes are ours alone; what was sent on went to somebody else; a reply that has not left, or
/// was taken back, was shown to nobody.
pub fn may_see(
    viewer: &Viewer,
    (kind, author, state): (MessageKind, Actor, Option<MessageState>),
    named: &Addressed,
) -> bool {
    match kind {
        MessageKind::Note | MessageKind::Forward => false,
        MessageKind::In => {
            let wrote = matches!(author, Actor::Customer(id) if Some(id) == viewer.customer);
            wrote || viewer.is_among(named)
        }
        MessageKind::Out => {
            let left = matches!(state, None | Some(MessageState::Released));
            left && viewer.is_among(named)
        }
    }
}

/// The same for a stored message.
pub async fn may_see_stored(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    message: &Message,
) -> Result<bool, Refusal> {
    let named = commands::addressed(kernel, tx, message).await?;
    let said = (message.kind, message.author, message.state);
    Ok(may_see(viewer, said, &named.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use kernel::ids::AgentId;

    use super::*;
    use crate::messages::Mailbox;

    #[test]
    fn a_customer_sees_what_they_took_part_in() {
        let ana = Viewer {
            customer: Some(CustomerId(1)),
            addresses: vec!["ana@x.test".into(), "ana@home.test".into()],
        };
        let to = |email: &str| Addressed {
            to: vec![Mailbox {
                email: email.into(),
                name: String::new(),
            }],
            ..Addressed::default()
        };
        let (own, other) = (
            Actor::Customer(CustomerId(1)),
            Actor::Customer(CustomerId(2)),
        );
        let agent = Actor::Agent(AgentId(1));
        use MessageKind::{Forward, In, Note, Out};
        use MessageState::{Cancelled, Released, Scheduled};
        for (kind, author, state, named, sees) in [
            (In, own, None, to("x@y.test"), true),
            (In, other, None, to("x@y.test"), false),
            (In, other, None, to("ANA@home.test"), true),
            (Out, agent, Some(Released), to("ana@x.test"), true),
            (Out, agent, Some(Released), to("ben@x.test"), false),
            (Out, agent, Some(Scheduled), to("ana@x.test"), false),
            (Out, agent, Some(Cancelled), to("ana@x.test"), false),
            (Note, agent, None, to("ana@x.test"), false),
            (Forward, agent, Some(Released), to("ana@x.test"), false),
        ] {
            let seen = may_see(&ana, (kind, author, state), &named);
            assert_eq!(seen, sees, "{kind:?} {author:?} {state:?}");
        }
        let stranger = Viewer {
            customer: None,
            addresses: vec!["s@x.test".into()],
        };
        assert!(!may_see(&stranger, (In, own, None), &Addressed::default()));
    }
}
