//! What the trials work with: clients, names of our own, and a list of what has to go again.

use std::{
    future::Future,
    hash::{BuildHasher, RandomState},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::OnceCell;

use crate::{Arguments, assumption::Trouble, made::Made, target::Target};

/// What every name begins with, so that what a killed run leaves can be found.
pub const PREFIX: &str = "windsock-contract";
/// AWS's own XGBoost, in the registry that AWS keeps for us-east-1. Nothing is ever run on it here.
const IMAGE_US_EAST_1: &str = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1";
/// Emulators look at no role and no image, but want to be told some.
const ANY_ROLE: &str = "arn:aws:iam::111122223333:role/windsock-contract";

#[derive(Debug)]
pub struct Bench {
    pub s3: aws_sdk_s3::Client,
    pub sqs: aws_sdk_sqs::Client,
    pub sns: aws_sdk_sns::Client,
    pub events: aws_sdk_eventbridge::Client,
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    pub sagemaker: aws_sdk_sagemaker::Client,
    /// Our own client of SageMaker: does it understand what the service says?
    pub ours: windsock_effects_sagemaker::SageMaker,
    config: aws_config::SdkConfig,
    pub region: String,
    /// `windsock-contract-<8 digits>`: the prefix of everything.
    pub prefix: String,
    role: Option<String>,
    image: Option<String>,
    is_aws: bool,
    numbers: AtomicU32,
    made: Mutex<Vec<Made>>,
    pub(crate) bucket: OnceCell<String>,
}

impl Bench {
    pub fn new(target: &Target, arguments: &Arguments) -> Self {
        let config = target.config();
        let region = config.region().map_or("us-east-1", |region| region.as_ref()).to_owned();
        let us_east_1 = (region == "us-east-1" || !target.is_aws()).then(|| IMAGE_US_EAST_1.to_owned());
        let any_role = (!target.is_aws()).then(|| ANY_ROLE.to_owned());
        // Path style: an emulator has no host name per bucket.
        let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(!target.is_aws());
        Self {
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            sqs: aws_sdk_sqs::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
            events: aws_sdk_eventbridge::Client::new(config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            sagemaker: aws_sdk_sagemaker::Client::new(config),
            ours: windsock_effects_sagemaker::SageMaker::new(config),
            config: config.clone(),
            region,
            prefix: format!("{PREFIX}-{:08x}", RandomState::new().hash_one("a run") >> 32),
            role: arguments.role.clone().or(any_role),
            image: arguments.image.clone().or(us_east_1),
            is_aws: target.is_aws(),
            numbers: AtomicU32::new(1),
            made: Mutex::default(),
            bucket: OnceCell::new(),
        }
    }

    /// Our own client of S3.
    pub fn store(&self, bucket: &str) -> windsock_effects_s3::Store {
        windsock_effects_s3::Store::new(&self.config, bucket)
    }

    /// A name that nobody else has.
    pub fn name(&self) -> String {
        format!("{}-{}", self.prefix, self.numbers.fetch_add(1, Ordering::Relaxed))
    }

    /// A legal request token: SageMaker wants 32 characters at least.
    pub fn token(&self) -> String {
        format!("{}-token-of-a-trial", self.name())
    }

    pub fn role(&self) -> Result<&str, Trouble> {
        self.role.as_deref().ok_or(Trouble::Needs("a role: --role ARN"))
    }

    pub fn image(&self) -> Result<&str, Trouble> {
        self.image.as_deref().ok_or(Trouble::Needs("an image: --image URI"))
    }

    /// How long AWS may take for what it calls eventual; an emulator does it at once, or not at all.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(if self.is_aws { 300 } else { 15 })
    }

    /// To be called before the thing is made: an answer may be lost.
    pub fn will_make(&self, made: Made) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(made);
    }

    /// Removes everything, the newest first. Answers what would not go.
    pub async fn remove_everything(&self) -> Vec<String> {
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        let mut left = Vec::new();
        for thing in made.into_iter().rev() {
            if let Err(reason) = thing.remove(self).await {
                left.push(format!("{thing:?}: {reason:?}"));
            }
        }
        left
    }

    /// Looks until there is something to see. Answers it and how long that took; None when patience ends.
    pub async fn see<T, F>(&self, mut look: impl FnMut() -> F) -> Result<Option<(T, Duration)>, Trouble>
    where
        F: Future<Output = Result<Option<T>, Trouble>>,
    {
        let began = Instant::now();
        while began.elapsed() < self.patience() {
            if let Some(seen) = look().await? {
                return Ok(Some((seen, began.elapsed())));
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        Ok(None)
    }
}
