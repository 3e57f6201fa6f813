//! Who may use which route: reviewed by hand.

use identity::Permission::{self, *};

/// Who gets past the door.
#[derive(Clone, Copy, Debug)]
pub enum Access {
    /// Everybody.
    Public,
    /// Everybody who is signed in.
    SignedIn,
    /// Those with this permission.
    Needs(Permission),
}

/// One route.
pub struct Row {
    pub method: &'static str,
    pub path: &'static str,
    pub access: Access,
}

const fn row(method: &'static str, path: &'static str, access: Access) -> Row {
    Row {
        method,
        path,
        access,
    }
}

use Access::{Needs, Public, SignedIn};

/// Every route below `/api/v1`.
pub const TABLE: &[Row] = &[
    row("GET", "/setup", Public),
    row("POST", "/setup", Public),
    row("POST", "/session", Public),
    row("DELETE", "/session", SignedIn),
    row("GET", "/me", SignedIn),
    row("PATCH", "/me", SignedIn),
    row("POST", "/me/password", SignedIn),
    row("GET", "/me/sessions", SignedIn),
    row("DELETE", "/me/sessions/{id}", SignedIn),
    row("GET", "/me/tokens", SignedIn),
    row("POST", "/me/tokens", SignedIn),
    row("DELETE", "/me/tokens/{id}", SignedIn),
    row("GET", "/me/notification-settings", SignedIn),
    row("PUT", "/me/notification-settings", SignedIn),
    row("GET", "/agents", SignedIn),
    row("PATCH", "/agents/{id}", Needs(AgentManage)),
    row("GET", "/invitations", Needs(AgentManage)),
    row("POST", "/invitations", Needs(AgentManage)),
    row("DELETE", "/invitations/{id}", Needs(AgentManage)),
    row("GET", "/invitations/by-token/{token}", Public),
    row("POST", "/invitations/by-token/{token}/accept", Public),
    row("GET", "/audit", Needs(AuditRead)),
    row("GET", "/customers", Needs(CustomerRead)),
    row("GET", "/customers/{id}", Needs(CustomerRead)),
    row("PATCH", "/customers/{id}", Needs(CustomerUpdate)),
    row(
        "POST",
        "/customers/{id}/identities/{identity}/resume",
        Needs(CustomerUpdate),
    ),
    row("GET", "/views", Needs(TicketRead)),
    row("GET", "/tickets", Needs(TicketRead)),
    row("POST", "/tickets", Needs(TicketCreate)),
    row("GET", "/tickets/{id}", Needs(TicketRead)),
    row("PATCH", "/tickets/{id}", Needs(TicketUpdate)),
    row("PUT", "/tickets/{id}/place", Needs(TicketTrash)),
    row(
        "PUT",
        "/tickets/{id}/watchers/{agent_id}",
        Needs(TicketUpdate),
    ),
    row(
        "DELETE",
        "/tickets/{id}/watchers/{agent_id}",
        Needs(TicketUpdate),
    ),
    row("PUT", "/tickets/{id}/read", Needs(TicketRead)),
    row("DELETE", "/tickets/{id}/read", Needs(TicketRead)),
    row("GET", "/tickets/{id}/timeline", Needs(TicketRead)),
    row("POST", "/uploads", Needs(TicketNote)),
    row("GET", "/attachments/{id}", Needs(TicketRead)),
    row("POST", "/tickets/{id}/replies", Needs(TicketReply)),
    row(
        "DELETE",
        "/tickets/{id}/replies/{number}",
        Needs(TicketReply),
    ),
    row(
        "POST",
        "/tickets/{id}/replies/{number}/send-now",
        Needs(TicketReply),
    ),
    row("POST", "/deliveries/{id}/retry", Needs(TicketReply)),
    row("POST", "/deliveries/{id}/settle", Needs(TicketReply)),
    row("POST", "/tickets/{id}/notes", Needs(TicketNote)),
    row("POST", "/tickets/{id}/forwards", Needs(TicketForward)),
    row("GET", "/tickets/{id}/drafts/{kind}", Needs(TicketNote)),
    row("PUT", "/tickets/{id}/drafts/{kind}", Needs(TicketNote)),
    row("DELETE", "/tickets/{id}/drafts/{kind}", Needs(TicketNote)),
    row(
        "POST",
        "/tickets/{id}/messages/{number}/redactions",
        Needs(TicketRedact),
    ),
    row("GET", "/teams", Needs(TicketRead)),
    row("POST", "/teams", Needs(TeamManage)),
    row("PATCH", "/teams/{id}", Needs(TeamManage)),
    row("DELETE", "/teams/{id}", Needs(TeamManage)),
    row("GET", "/tags", Needs(TicketRead)),
    row("POST", "/tags", Needs(TagManage)),
    row("PATCH", "/tags/{id}", Needs(TagManage)),
    row("DELETE", "/tags/{id}", Needs(TagManage)),
    row("GET", "/macros", Needs(TicketRead)),
    row("POST", "/macros", Needs(TicketRead)),
    row("PATCH", "/macros/{id}", Needs(TicketRead)),
    row("DELETE", "/macros/{id}", Needs(TicketRead)),
    row("GET", "/brands", Needs(TicketRead)),
    row("GET", "/inboxes", Needs(TicketRead)),
    row("POST", "/inboxes", Needs(InboxManage)),
    row("PATCH", "/inboxes/{id}", Needs(InboxManage)),
    row("DELETE", "/inboxes/{id}", Needs(InboxManage)),
    row("GET", "/inboxes/{id}/acknowledgement", Needs(InboxManage)),
    row("PUT", "/inboxes/{id}/acknowledgement", Needs(InboxManage)),
    row("POST", "/inboxes/check", Needs(InboxManage)),
    row("GET", "/inboxes/{id}/trust", Needs(InboxManage)),
    row("PUT", "/inboxes/{id}/trust", Needs(InboxManage)),
    row("GET", "/inboxes/{id}/sending", Needs(InboxManage)),
    row("PUT", "/inboxes/{id}/sending", Needs(InboxManage)),
    row("GET", "/sending/domains", Needs(InboxManage)),
    row("POST", "/sending/domains/{domain}/keys", Needs(InboxManage)),
    row(
        "POST",
        "/sending/domains/{domain}/check",
        Needs(InboxManage),
    ),
    row(
        "PUT",
        "/sending/domains/{domain}/keys/{id}",
        Needs(InboxManage),
    ),
    row("GET", "/mail/unsubscribe/{token}", Public),
    row("POST", "/mail/unsubscribe/{token}", Public),
    row("GET", "/mail-connections", Needs(InboxManage)),
    row("POST", "/mail-connections", Needs(InboxManage)),
    row("PATCH", "/mail-connections/{id}", Needs(InboxManage)),
    row("DELETE", "/mail-connections/{id}", Needs(InboxManage)),
    row("POST", "/mail-connections/{id}/consent", Needs(InboxManage)),
    row("POST", "/mail-connections/complete", Needs(InboxManage)),
    row("GET", "/inbound/failures", Needs(FailureManage)),
    row("POST", "/inbound/failures/{id}/retry", Needs(FailureManage)),
    row("GET", "/inbound/failures/{id}/raw", Needs(FailureManage)),
    row(
        "GET",
        "/inbound/failures/{id}/preview",
        Needs(FailureManage),
    ),
    row(
        "POST",
        "/inbound/failures/{id}/discard",
        Needs(FailureManage),
    ),
    row("GET", "/postmaster/mailboxes", Needs(InboxManage)),
    row("GET", "/inboxes/{id}/tests", Needs(InboxManage)),
    row("POST", "/inboxes/{id}/tests", Needs(InboxManage)),
    row("GET", "/outbox", Needs(InboxManage)),
    row("GET", "/stuck", Needs(FailureManage)),
    row("POST", "/stuck/jobs/{id}/retry", Needs(FailureManage)),
    row(
        "POST",
        "/stuck/readers/{reader}/retry",
        Needs(FailureManage),
    ),
    row("POST", "/inbound/mail", Needs(TicketCreate)),
    row("POST", "/inbound/postmark/{token}", Public),
    row("POST", "/inbound/mailgun/{token}/mime", Public),
    row("POST", "/inbound/sendgrid/{token}", Public),
    row("GET", "/inboxes/{id}/webhook", Needs(InboxManage)),
    row("PUT", "/inboxes/{id}/webhook", Needs(InboxManage)),
    row("DELETE", "/inboxes/{id}/webhook", Needs(InboxManage)),
    row("GET", "/practice/messages", Needs(TicketRead)),
    row("POST", "/practice/mail", Needs(TicketReply)),
    row("GET", "/notifications", SignedIn),
    row("POST", "/notifications/read", SignedIn),
    row("GET", "/live", SignedIn),
];
