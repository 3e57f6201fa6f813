//! The rooms, opened and given their ports.

use std::sync::Arc;

use channels::Channels;
use customers::Customers;
use desk::Desk;
use identity::{Identity, IdentitySettings};
use kernel::clock::Clock;
use kernel::http::outgoing::Outgoing;
use kernel::jobs::Worker;
use kernel::journal::RecordType;
use kernel::migrate::Room;
use kernel::random::Random;
use kernel::start::Opening;
use kernel::{Kernel, Settings, readers};

use crate::config::Config;

/// Every room's migrations, lower rooms first.
pub static MIGRATIONS: &[Room] = &[
    kernel::MIGRATIONS,
    identity::MIGRATIONS,
    customers::MIGRATIONS,
    desk::MIGRATIONS,
    channels::MIGRATIONS,
];

/// Every kind of journal record.
pub fn records() -> impl Iterator<Item = &'static RecordType> {
    let rooms = [customers::RECORDS, desk::RECORDS, channels::RECORDS];
    let upper = rooms.into_iter().flatten().copied();
    std::iter::once(identity::RECORDS).chain(upper).flatten()
}

/// The open rooms; cloned freely.
#[derive(Clone)]
pub struct App {
    /// What they stand on.
    pub kernel: Kernel,
    /// Agents, sign-in, permissions.
    pub identity: Identity,
    /// Customers.
    pub customers: Customers,
    /// Tickets.
    pub desk: Desk,
    /// Mail.
    pub channels: Channels,
}

impl App {
    /// Opens the store and the rooms on it.
    pub async fn open(config: &Config, demo: bool) -> anyhow::Result<Self> {
        let opening = Opening {
            folder: config.data_dir.clone(),
            database_url: config.database_url.clone(),
            blob_url: config.blob_url.clone(),
            master_key: config.master_key.clone(),
            settings: Settings {
                base_url: config.base_url.clone(),
                demo,
            },
        };
        let kernel = Kernel::open(opening, MIGRATIONS, Clock::system(), Random::system()).await?;
        Self::on(kernel, config)
    }

    /// The rooms on an open kernel.
    pub fn on(kernel: Kernel, config: &Config) -> anyhow::Result<Self> {
        let identity_settings = IdentitySettings {
            trusted_proxies: config.trusted_proxies.clone(),
        };
        let teams = Arc::new(desk::teams::Membership);
        let identity = Identity::new(kernel.clone(), identity_settings, teams);
        let customers = Customers::new(
            kernel.clone(),
            Arc::new(desk::tickets::reactions::TicketsOfCustomer),
        );
        let outgoing = Outgoing::new(config.outgoing.clone(), None)?;
        let inboxes = Arc::new(channels::inboxes::Directory);
        let desk = Desk::new(kernel.clone(), inboxes, outgoing);
        let mail = channels::Settings {
            mail_ca_file: config.mail_ca_file.clone(),
            dns_servers: config.dns_servers.clone(),
            practice: kernel.settings.demo,
            reach: config.outgoing.clone(),
        };
        let channels = Channels::new(desk.clone(), &mail)?;
        Ok(Self {
            kernel,
            identity,
            customers,
            desk,
            channels,
        })
    }

    /// Starts everything that runs beside the requests; it ends with the process. `holder` names
    /// this node in leases.
    pub fn start(&self, database_url: Option<String>, holder: &str) {
        let mut handlers = self.desk.handlers();
        handlers.extend(self.channels.handlers());
        tokio::spawn(self.kernel.clone().run(database_url, holder.to_owned()));
        tokio::spawn(Worker::new(self.kernel.clone(), handlers).run());
        let mut following = self.desk.readers();
        following.extend(self.channels.readers());
        for reader in following {
            tokio::spawn(readers::run(self.kernel.clone(), reader, holder.to_owned()));
        }
        let desk = self.desk.clone();
        tokio::spawn(async move { desk.run().await });
        tokio::spawn(self.channels.clone().run(holder.to_owned()));
    }
}
