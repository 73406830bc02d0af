//! promote-model: wires the environment, the clients and the Lambda runtime.

use promote_model::{Aws, handle};
use windsock_effects::{Config, init_logging, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    init_logging();
    let config = Config::from_env()?;
    let aws = Aws::new(config.clone()).await;
    // Boxed, so that the types of the SDK's futures do not nest without end.
    run(&config, async |event, now| Box::pin(handle(&aws, event, now)).await).await
}
