//! notify: wires the environment, the clients and the Lambda runtime.

use notify::{Aws, handle};
use windsock_effects::{Config, init_logging, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    init_logging();
    let config = Config::from_env()?;
    let aws = Aws::new(config.clone()).await;
    run(&config, async |event, now| handle(&aws, event, now).await).await
}
