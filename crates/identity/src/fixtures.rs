//! Agents for the tests of the rooms above.
#![expect(
    clippy::expect_used,
    reason = "a test without its fixture has nothing to say"
)]

use kernel::Kernel;
use kernel::db::Tx;
use kernel::journal::Context;
use kernel::refusal::Refusal;

use crate::agents::commands::{NewAgent, create};
use crate::caller::Caller;
use crate::permissions::Role;
use crate::preferences::Language;
use crate::{Identity, IdentitySettings, NoTeams};

/// An active agent called `name`, `NAME@example.test`, who has no password to sign in with.
///
/// # Panics
/// When the store refuses, as for a name that is taken.
pub async fn agent(kernel: &Kernel, name: &str, role: Role) -> Caller {
    let identity = Identity::new(
        kernel.clone(),
        IdentitySettings::default(),
        std::sync::Arc::new(NoTeams),
    );
    let key = kernel.keys.workspace().await.expect("the workspace's key");
    let name = name.to_owned();
    let made = kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Caller, Refusal> {
            let email = format!("{}@example.test", name.to_lowercase().replace(' ', "."));
            let new = NewAgent {
                name: &name,
                email: &email,
                role,
                password_hash: "",
                language: Language::English,
                invitation: None,
            };
            let context = Context::system(identity.kernel.clock.now());
            let agent = create(tx, (&identity, key), &context, &new).await?;
            Ok(Caller::for_agent(agent.id, &agent.name, agent.role))
        });
    made.await.expect("the agent can be made")
}
