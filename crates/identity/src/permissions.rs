//! Who may do what: one table, denied by default.
//!
//! A role that a row does not name may not; an API token whose scope is below the row's may not,
//! whatever the role of its owner.

use std::collections::BTreeSet;

use kernel::db::{DbError, FromColumn, Row, Value};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use kernel::words;

words! {
    /// What a person who signs in is, from most to least.
    Role {
        /// May do everything, and alone may make or change owners.
        Owner = "owner",
        /// Sets the workspace up and manages people below owner.
        Admin = "admin",
        /// Answers customers and looks after the work of a team.
        Lead = "lead",
        /// Answers customers.
        Agent = "agent",
        /// A colleague who may read and note.
        LightAgent = "light_agent",
    }
}

words! {
    /// How much an API token may do: each scope includes those before it.
    Scope {
        /// Look, change nothing.
        Read = "read",
        /// The daily work on tickets and customers.
        Write = "write",
        /// Setting up, people, audit.
        Admin = "admin",
    }
}

/// The scopes of one API token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(value_type = Vec<Scope>)]
#[serde(transparent)]
pub struct Scopes(pub BTreeSet<Scope>);

impl Scopes {
    /// Whether the widest of these scopes reaches `needed`.
    pub fn reach(&self, needed: Scope) -> bool {
        self.0.last().is_some_and(|widest| *widest >= needed)
    }
}

impl From<&Scopes> for Value {
    fn from(scopes: &Scopes) -> Self {
        let names: Vec<&str> = scopes.0.iter().map(|scope| scope.as_str()).collect();
        names.join(" ").into()
    }
}

impl FromColumn for Scopes {
    fn from_column(row: &Row<'_>, index: usize) -> Result<Self, DbError> {
        let names: String = row.get(index)?;
        let scopes = Scope::ALL.iter().copied();
        let named = |scope: &Scope| names.split(' ').any(|name| name == scope.as_str());
        Ok(Self(scopes.filter(named).collect()))
    }
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident $text:tt $scope:ident [$($role:ident)*])*) => {
        /// Something a person may be allowed to do; screens ask for these, never for roles.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        pub enum Permission {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl Permission {
            /// Every permission, in the table's order.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The name used in the API, such as `ticket.reply`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// The roles that have it.
            pub const fn roles(self) -> &'static [Role] {
                match self { $(Self::$name => &[$(Role::$role),*]),* }
            }

            /// The scope an API token needs for it.
            pub const fn scope(self) -> Scope {
                match self { $(Self::$name => Scope::$scope),* }
            }
        }
    };
}

permissions! {
    /// See tickets, their timelines and files.
    TicketRead       "ticket.read"      Read  [Owner Admin Lead Agent LightAgent]
    /// Write to the customer.
    TicketReply      "ticket.reply"     Write [Owner Admin Lead Agent]
    /// Leave an internal note.
    TicketNote       "ticket.note"      Write [Owner Admin Lead Agent LightAgent]
    /// Change status, assignee, tags and the like.
    TicketUpdate     "ticket.update"    Write [Owner Admin Lead Agent]
    /// Open a ticket.
    TicketCreate     "ticket.create"    Write [Owner Admin Lead Agent]
    /// Send messages on to somebody outside.
    TicketForward    "ticket.forward"   Write [Owner Admin Lead Agent]
    /// Remove part of a message for good.
    TicketRedact     "ticket.redact"    Write [Owner Admin Lead Agent]
    /// Move tickets to spam or trash and back.
    TicketTrash      "ticket.trash"     Write [Owner Admin Lead Agent]
    /// See what a masked field holds; each look is recorded.
    FieldReveal      "field.reveal"     Write [Owner Admin Lead]
    /// See customers.
    CustomerRead     "customer.read"    Read  [Owner Admin Lead Agent LightAgent]
    /// Change what is known of a customer.
    CustomerUpdate   "customer.update"  Write [Owner Admin Lead Agent]
    /// Share views with a team or everybody.
    ViewShare        "view.share"       Write [Owner Admin Lead]
    /// Look after waiting work: take offers back, set colleagues' states, decide on blocks.
    QueueLead        "queue.lead"       Write [Owner Admin Lead]
    /// See the live board of what waits and who works.
    BoardRead        "board.read"       Read  [Owner Admin Lead]
    /// Manage macros shared by everybody.
    MacroManage      "macro.manage"     Admin [Owner Admin Lead]
    /// Manage the list of tags.
    TagManage        "tag.manage"       Admin [Owner Admin Lead]
    /// Set up how the desk works: fields, rules, schedules, promises, routing, surveys.
    DeskManage       "desk.manage"      Admin [Owner Admin]
    /// Manage teams and who is in them.
    TeamManage       "team.manage"      Admin [Owner Admin]
    /// Manage inboxes and their credentials.
    InboxManage      "inbox.manage"     Admin [Owner Admin]
    /// Manage people below owner, and invitations.
    AgentManage      "agent.manage"     Admin [Owner Admin]
    /// See and retry mail that could not be processed, and other work that got stuck.
    FailureManage    "failure.manage"   Admin [Owner Admin]
    /// See the journal of everything that happened.
    AuditRead        "audit.read"       Admin [Owner Admin]
    /// Decide on the workspace itself and on its owners.
    WorkspaceManage  "workspace.manage" Admin [Owner]
}

/// Whether somebody of `role`, by a session (`None`) or a token of `scopes`, has `permission`.
pub fn allowed(role: Role, scopes: Option<&Scopes>, permission: Permission) -> bool {
    permission.roles().contains(&role)
        && scopes.is_none_or(|scopes| scopes.reach(permission.scope()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(role: Role, scopes: Option<&Scopes>) -> Vec<&'static str> {
        let all = Permission::ALL
            .iter()
            .filter(|it| allowed(role, scopes, **it));
        all.map(|it| it.as_str()).collect()
    }

    fn scopes(list: &[Scope]) -> Scopes {
        Scopes(list.iter().copied().collect())
    }

    #[test]
    fn a_light_agent_reads_and_notes_and_nothing_else() {
        assert_eq!(
            names(Role::LightAgent, None),
            ["ticket.read", "ticket.note", "customer.read"]
        );
    }

    #[test]
    fn an_agent_manages_nothing() {
        let may = names(Role::Agent, None);
        assert!(may.contains(&"ticket.reply"));
        assert!(
            may.iter()
                .all(|name| !name.ends_with(".manage") && *name != "audit.read")
        );
    }

    #[test]
    fn a_lead_looks_after_the_work_but_sets_nothing_up() {
        let may = names(Role::Lead, None);
        for name in names(Role::Agent, None) {
            assert!(may.contains(&name));
        }
        assert!(may.contains(&"queue.lead") && may.contains(&"board.read"));
        assert!(!may.contains(&"desk.manage") && !may.contains(&"agent.manage"));
    }

    #[test]
    fn an_owner_may_everything_and_an_admin_all_but_owners_matters() {
        assert_eq!(names(Role::Owner, None).len(), Permission::ALL.len());
        let admin = names(Role::Admin, None);
        assert_eq!(admin.len(), Permission::ALL.len() - 1);
        assert!(!admin.contains(&"workspace.manage"));
    }

    #[test]
    fn a_token_never_exceeds_its_scope_or_its_owner() {
        assert_eq!(
            names(Role::Owner, Some(&scopes(&[Scope::Read]))),
            ["ticket.read", "customer.read", "board.read"]
        );
        let write = names(Role::Owner, Some(&scopes(&[Scope::Write])));
        assert!(write.contains(&"ticket.read") && write.contains(&"ticket.reply"));
        assert!(!write.contains(&"agent.manage"));
        assert_eq!(
            names(Role::LightAgent, Some(&scopes(&[Scope::Admin]))),
            names(Role::LightAgent, None)
        );
        assert!(names(Role::Owner, Some(&scopes(&[]))).is_empty());
    }

    #[test]
    fn the_api_name_is_the_serialised_name() {
        for permission in Permission::ALL {
            let json = serde_json::to_value(permission).unwrap();
            assert_eq!(json, permission.as_str());
        }
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
    }
}
