//! Typed ids: counters from 1, exact as JSON numbers (always below 2^53).

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::{DbError, FromColumn, Row, Value};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            Serialize, Deserialize, ToSchema,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;
            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }

        impl From<$name> for Value {
            fn from(id: $name) -> Self {
                Value::Int(id.0)
            }
        }

        impl FromColumn for $name {
            fn from_column(row: &Row<'_>, index: usize) -> Result<Self, DbError> {
                row.get(index).map(Self)
            }
        }
    )*};
}

ids! {
    /// A person who answers customers.
    AgentId
    /// Agents who share queues.
    TeamId
    /// A piece of work for a customer; also the number shown on screen.
    TicketId
    /// The person served.
    CustomerId
    /// An address by which a customer reaches us.
    IdentityId
    /// A public face: name, addresses, templates, hours.
    BrandId
    /// A configured entrance, such as a mail address.
    InboxId
    /// A file on a message.
    AttachmentId
    /// One recipient's hand-over of a reply.
    DeliveryId
    /// A data key in the vault; 0 is the master key.
    KeyId
    /// A journal record, in order of writing (not of reading: see [`crate::journal`]).
    RecordId
    /// A durable piece of outside work.
    JobId
    /// A label on tickets.
    TagId
    /// A field of its own that a workspace gives its tickets.
    FieldId
    /// A saved list of tickets.
    ViewId
    /// One of the things that can be chosen in a field.
    FieldOptionId
    /// An ordered choice of fields for one kind of ticket.
    FormId
    /// Business hours.
    ScheduleId
    /// A promise of how soon tickets are dealt with.
    PolicyId
    /// A saved reply with actions.
    MacroId
    /// A when/if/then automation.
    RuleId
    /// One time that a rule met a ticket.
    RuleRunId
    /// Another program that is told what happens here.
    WebhookId
    /// One message to such a program.
    WebhookDeliveryId
    /// A signed-in browser.
    SessionId
    /// An API token.
    TokenId
    /// An invitation to join the workspace.
    InvitationId
    /// A notice to one agent.
    NotificationId
    /// Work put before an agent by routing.
    OfferId
    /// Something an agent can take: a language, a product, a certificate.
    SkillId
    /// A mail that could not be processed.
    FailureId
    /// A mailbox's consent at its provider, by which we sign in without a password.
    MailConnectionId
    /// A mail that an inbox sends to itself, to see that it comes back.
    MailTestId
    /// Stored bytes.
    BlobId
    /// How a brand, an inbox or a team asks its customers.
    SurveySettingId
    /// A few questions to one customer about one ticket.
    SurveyId
    /// A step that was taken against abuse.
    AbuseStepId
    /// A customer's appeal against such a step.
    AppealId
    /// What was promised to a customer.
    PromiseId
    /// A time in which an agent is away.
    AbsenceId
    /// A thread with somebody else beside a ticket.
    SideConversationId
    /// A way by which tickets are escalated.
    EscalationPathId
    /// A ticket on its way to somebody who can do more.
    EscalationId
    /// Something to do on a ticket.
    TaskId
    /// A list of tasks that tickets begin with.
    ChecklistId
    /// Minutes spent on a ticket.
    TimeEntryId
    /// Work that is passed on at the end of a shift.
    HandoverId
    /// One change to many tickets.
    BulkId
}

impl BrandId {
    /// The brand that every workspace starts with.
    pub const DEFAULT: Self = Self(1);
}
