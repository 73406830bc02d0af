//! hyperparameters.json: SageMaker passes every value as a string. Unknown names are refused, so that a typing error
//! never trains something else than was asked for.

use std::collections::BTreeMap;
use std::str::FromStr;

use anyhow::{Result, bail};

#[derive(Debug, Clone, PartialEq)]
pub struct Hyperparameters {
    pub objective_metric: String,
    pub rounds: usize,
    pub learning_rate: f32,
    pub max_depth: usize,
    pub max_leaves: usize,
    /// Smallest sum of second derivatives in a leaf.
    pub min_leaf_weight: f32,
    pub min_split_gain: f32,
    pub l1: f32,
    pub l2: f32,
    pub bins: u16,
    /// Share of the columns that each tree may use.
    pub columns_per_tree: f64,
    /// Rounds without progress on the validation rows after which training stops; 0 never stops early.
    pub early_stopping_rounds: usize,
    pub seed: u64,
}

impl Default for Hyperparameters {
    fn default() -> Hyperparameters {
        Hyperparameters {
            objective_metric: "auc".into(),
            rounds: 100,
            learning_rate: 0.1,
            max_depth: 8,
            max_leaves: 31,
            min_leaf_weight: 1.0,
            min_split_gain: 0.0,
            l1: 0.0,
            l2: 1.0,
            bins: 256,
            columns_per_tree: 1.0,
            early_stopping_rounds: 20,
            seed: 0,
        }
    }
}

const NAMES: &str = "rounds, learning_rate, max_depth, max_leaves, min_leaf_weight, min_split_gain, l1, l2, bins, \
                     columns_per_tree, early_stopping_rounds, seed, objective_metric";

impl Hyperparameters {
    pub fn parse(given: &BTreeMap<String, String>) -> Result<Hyperparameters> {
        let mut to = Hyperparameters::default();
        for (name, text) in given {
            let text = text.trim();
            match name.as_str() {
                "objective_metric" => to.objective_metric = text.into(),
                "rounds" => to.rounds = within(name, text, 1, 100_000)?,
                "learning_rate" => to.learning_rate = within(name, text, 1e-6, 1.0)?,
                "max_depth" => to.max_depth = within(name, text, 1, 64)?,
                "max_leaves" => to.max_leaves = within(name, text, 2, 65_536)?,
                "min_leaf_weight" => to.min_leaf_weight = within(name, text, 0.0, 1e9)?,
                "min_split_gain" => to.min_split_gain = within(name, text, 0.0, 1e9)?,
                "l1" => to.l1 = within(name, text, 0.0, 1e9)?,
                "l2" => to.l2 = within(name, text, 0.0, 1e9)?,
                "bins" => to.bins = within(name, text, 2, 4_096)?,
                "columns_per_tree" => to.columns_per_tree = within(name, text, 1e-3, 1.0)?,
                "early_stopping_rounds" => to.early_stopping_rounds = within(name, text, 0, 100_000)?,
                "seed" => to.seed = within(name, text, 0, u64::MAX)?,
                // What SageMaker and its toolkits add for themselves.
                _ if name.starts_with("sagemaker_") || name.starts_with("_tuning") => {}
                _ => bail!("There is no hyperparameter `{name}`: known are {NAMES}"),
            }
        }
        Ok(to)
    }
}

fn within<T: FromStr + PartialOrd + std::fmt::Display>(name: &str, text: &str, low: T, high: T) -> Result<T> {
    match text.parse::<T>() {
        Ok(value) if value >= low && value <= high => Ok(value),
        _ => bail!("The hyperparameter {name} is `{text}`: a number from {low} to {high} is right"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, value: &str) -> Result<Hyperparameters, String> {
        Hyperparameters::parse(&BTreeMap::from([(name.into(), value.into())])).map_err(|error| error.to_string())
    }

    #[test]
    fn strings_become_numbers_and_the_rest_keeps_its_default() {
        let parsed = parse("rounds", "250").unwrap();
        assert_eq!(
            parsed,
            Hyperparameters {
                rounds: 250,
                ..Hyperparameters::default()
            }
        );
        assert!(parse("sagemaker_region", "eu-west-1").is_ok());
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(
            parse("max_dept", "8")
                .unwrap_err()
                .starts_with("There is no hyperparameter `max_dept`: known are")
        );
        for (name, value) in [
            ("rounds", "0"),
            ("rounds", "1.5"),
            ("learning_rate", "nan"),
            ("learning_rate", "2"),
        ] {
            let error = parse(name, value).unwrap_err();
            assert!(
                error.starts_with(&format!("The hyperparameter {name} is `{value}`")),
                "{error}"
            );
        }
    }
}
