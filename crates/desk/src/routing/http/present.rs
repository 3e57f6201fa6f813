//! What agents are shown of routing.

use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::ids::{OfferId, TeamId, TicketId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::commands::{care as commands, deal};
use super::super::rules::Hand;
use super::super::rules::{care, choice::fits_in};
use super::super::{Why, store};
use crate::states::{self, AgentState};
use crate::tickets::{Channel, Priority};
use crate::{Desk, tickets};

/// A ticket that lies before you.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyOffer {
    /// The offer's id.
    pub id: OfferId,
    /// Which ticket.
    pub ticket_id: TicketId,
    /// What it is about.
    pub subject: String,
    /// Whose it is.
    pub requester_name: String,
    /// How it came to be.
    pub channel: Channel,
    /// How urgent.
    pub priority: Priority,
    /// Whose queue it comes from.
    pub team_id: TeamId,
    /// Why you.
    pub why: Why,
    /// Since when it lies before you.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What lies before you.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferList {
    /// At most one.
    pub items: Vec<MyOffer>,
}

/// So many tickets of a team and channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct InHand {
    /// Whose; null: no team's.
    pub team_id: Option<TeamId>,
    /// How they came to be.
    pub channel: Channel,
    /// How many.
    pub tickets: i64,
    /// Units each takes.
    pub units: i64,
}

/// Your own load: nobody else is shown it.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyLoad {
    /// What you are doing.
    pub state: AgentState,
    /// What you have in hand, in units.
    pub units: i64,
    /// What you can carry.
    pub units_max: i64,
    /// The share of it that routing fills, in percent.
    pub ceiling: i64,
    /// The smallest share you may choose.
    pub ceiling_min: i64,
    /// The largest.
    pub ceiling_max: i64,
    /// What the units come from. What waits for the customer takes none.
    pub in_hand: Vec<InHand>,
    /// Whether routing would give you an ordinary ticket now.
    pub takes_more: bool,
    /// Until when you recover after an abusive contact; null: you don't.
    pub recovery_until: Option<Timestamp>,
    /// Demanding contacts met today.
    pub exposure: i64,
    /// Load of late, in thousandths; it halves every thirty minutes.
    pub strain: i64,
    /// Counts the changes of limit and share; an update names the version it saw.
    pub version: i64,
}

pub(super) async fn offers(desk: &Desk, caller: &Caller) -> Result<OfferList, Refusal> {
    caller.require(Permission::TicketRead)?;
    let me = caller.agent;
    let read = async move |tx: &mut Tx<'_>| -> Result<OfferList, Refusal> {
        let mut items = Vec::new();
        if let Some(offer) = store::offer_of(tx, me).await?
            && let Some(ticket) = tickets::store::find(tx, offer.ticket).await?
        {
            let name = customers::people::store::name(tx, ticket.requester).await?;
            items.push(MyOffer {
                id: offer.id,
                ticket_id: ticket.id,
                subject: ticket.subject,
                requester_name: name.unwrap_or_default(),
                channel: ticket.channel,
                priority: ticket.priority,
                team_id: offer.team,
                why: offer.why,
                created_at: offer.created_at,
                expires_at: offer.expires_at,
            });
        }
        Ok(OfferList { items })
    };
    desk.kernel.db.read(read).await
}

pub(super) async fn my_load(desk: &Desk, caller: &Caller) -> Result<MyLoad, Refusal> {
    caller.require(Permission::TicketRead)?;
    let (me, now) = (caller.agent, desk.kernel.clock.now());
    let read = async move |tx: &mut Tx<'_>| -> Result<MyLoad, Refusal> {
        let load = store::load(tx, me).await?;
        let state = states::store::find(tx, me).await?;
        let state = state.map_or(AgentState::Offline, |row| row.state);
        let bounds = commands::bounds(&commands::teams_of(tx, me).await?);
        let mut in_hand = Vec::new();
        for (team_id, channel, tickets) in store::in_hand(tx, me).await? {
            in_hand.push(InHand {
                team_id,
                channel,
                tickets,
                units: store::units(tx, team_id, channel).await?,
            });
        }
        let offered = store::offer_of(tx, me).await?.map(|offer| offer.units);
        let hand = Hand {
            units: deal::units_in_hand(tx, me).await?,
            offered,
            ..Hand::of(me, &load)
        };
        let recovers = load.recovery_until > now;
        let is_today = load.exposure_day == care::day(now);
        Ok(MyLoad {
            state,
            units: hand.units,
            units_max: load.units_max,
            ceiling: load.ceiling,
            ceiling_min: bounds.0,
            ceiling_max: bounds.1,
            in_hand,
            takes_more: state == AgentState::Available && !recovers && fits_in(&hand, 1),
            recovery_until: recovers.then_some(load.recovery_until),
            exposure: if is_today { load.exposure } else { 0 },
            strain: care::decayed(load.strain, load.strain_at, now),
            version: load.version,
        })
    };
    desk.kernel.db.read(read).await
}
