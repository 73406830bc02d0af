//! What a model answers: one number a row, or one probability for each class.

use super::task::Task;

/// Columns in the order of the classes; a single column where the task has none.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    pub rows: usize,
    pub columns: Vec<Vec<f64>>,
}

impl Predictions {
    pub fn single(values: Vec<f64>) -> Predictions {
        Predictions {
            rows: values.len(),
            columns: vec![values],
        }
    }

    /// Each class against the rest gives scores that need not sum to 1; a row's shares of their sum do.
    pub fn one_against_rest(mut columns: Vec<Vec<f64>>, rows: usize) -> Predictions {
        let classes = columns.len().max(1) as f64;
        for row in 0..rows {
            let sum: f64 = columns.iter().map(|column| column[row]).sum();
            for column in &mut columns {
                column[row] = if sum > 0.0 { column[row] / sum } else { 1.0 / classes };
            }
        }
        Predictions { rows, columns }
    }

    /// The class with the largest probability; of equals the first.
    pub fn class(&self, row: usize) -> usize {
        let mut best = 0;
        for (class, column) in self.columns.iter().enumerate() {
            if column[row] > self.columns[best][row] {
                best = class;
            }
        }
        best
    }

    /// The same answers in terms of other classes: what a model never heard of has no probability.
    pub fn in_terms_of(self, own: &[String], classes: &[String]) -> Predictions {
        if own == classes {
            return self;
        }
        let column = |class: &String| match own.iter().position(|name| name == class) {
            Some(at) => self.columns[at].clone(),
            None => vec![0.0; self.rows],
        };
        Predictions {
            rows: self.rows,
            columns: classes.iter().map(column).collect(),
        }
    }

    /// How sure the model is of what it says, and whether a label agrees; a regression says its number.
    pub fn confidence(&self, task: Task, row: usize, label: f64) -> (f64, f64) {
        match task {
            Task::Binary | Task::Regression => (self.columns[0][row], label),
            Task::Multiclass => {
                let class = self.class(row);
                (self.columns[class][row], f64::from(class as f64 == label))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_become_shares_and_the_largest_names_the_class() {
        let predictions = Predictions::one_against_rest(vec![vec![0.2, 0.0], vec![0.6, 0.0]], 2);
        assert!((predictions.columns[0][0] - 0.25).abs() < 1e-12 && (predictions.columns[1][0] - 0.75).abs() < 1e-12);
        assert_eq!((predictions.class(0), predictions.class(1)), (1, 0));
        assert_eq!(predictions.columns[0][1], 0.5, "nothing is said, so all are alike");
    }

    #[test]
    fn a_class_that_a_model_never_heard_of_has_no_probability() {
        let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        let predictions = Predictions {
            rows: 1,
            columns: vec![vec![0.4], vec![0.6]],
        };
        let moved = predictions.in_terms_of(&names(&["a", "c"]), &names(&["a", "b", "c"]));
        assert_eq!(moved.columns, [[0.4], [0.0], [0.6]]);
    }
}
