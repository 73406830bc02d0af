//! Proof that the simulator can see: the product with one guard taken out, which must be caught within its seeds.

use windsock_deployment::template;

/// How a broken variant is made.
#[derive(Debug, Clone)]
pub enum Variant {
    #[cfg(feature = "mutants")]
    Code(windsock_decisions::mutants::Mutant),
    /// The platform's template with another text at one place.
    Template {
        name: &'static str,
        from: &'static str,
        to: &'static str,
    },
}

/// The rule that wakes start-training, listening to the work bucket too.
const WIDE_RULE: Variant = Variant::Template {
    name: "OutputsTriggerInputs",
    from: "      Description: An object was created under training/ in the data bucket.
      EventPattern:
        source: [aws.s3]
        detail-type: [Object Created]
        detail:
          bucket: {name: [!If [MakesDataBucket, !Sub \"${NamePrefix}-data-${AWS::AccountId}-${AWS::Region}\", !Ref ExistingDataBucket]]}
          object: {key: [{prefix: training/}]}",
    to: "      Description: Any object was created.
      EventPattern:
        source: [aws.s3]
        detail-type: [Object Created]",
};

impl Variant {
    pub fn all() -> Vec<Self> {
        #[cfg(feature = "mutants")]
        let code = windsock_decisions::mutants::Mutant::ALL.into_iter().map(Self::Code);
        #[cfg(not(feature = "mutants"))]
        let code = std::iter::empty();
        code.chain([WIDE_RULE]).collect()
    }

    pub fn name(&self) -> String {
        match self {
            #[cfg(feature = "mutants")]
            Self::Code(mutant) => format!("{mutant:?}"),
            Self::Template { name, .. } => (*name).to_owned(),
        }
    }

    /// The platform's template for this variant.
    pub fn template(&self) -> anyhow::Result<String> {
        match self {
            #[cfg(feature = "mutants")]
            Self::Code(_) => Ok(template::PLATFORM.to_owned()),
            Self::Template { name, from, to } => {
                anyhow::ensure!(
                    template::PLATFORM.contains(from),
                    "template.yaml has no place for {name} any more"
                );
                Ok(template::PLATFORM.replace(from, to))
            }
        }
    }

    /// From now on this thread runs the variant.
    pub fn begin(&self) {
        #[cfg(feature = "mutants")]
        if let Self::Code(mutant) = self {
            windsock_decisions::mutants::set(Some(*mutant));
        }
    }

    pub fn end(&self) {
        #[cfg(feature = "mutants")]
        windsock_decisions::mutants::set(None);
    }
}

/// Polls a handler as the release that its sandbox runs.
pub async fn as_release<T>(elder: bool, handler: impl Future<Output = T>) -> T {
    #[cfg(feature = "mutants")]
    {
        let mut handler = std::pin::pin!(handler);
        std::future::poll_fn(|context| {
            let before = windsock_decisions::mutants::set_elder(elder);
            let polled = handler.as_mut().poll(context);
            windsock_decisions::mutants::set_elder(before);
            polled
        })
        .await
    }
    #[cfg(not(feature = "mutants"))]
    {
        let _ = elder;
        handler.await
    }
}
