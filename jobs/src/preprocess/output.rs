//! What Preprocess writes: three files of rows without headers, label first, and the monitor's baseline data.

use anyhow::Result;
use windsock_decisions::project::Data;
use windsock_decisions::state::Schema;

use super::rows::Row;
use super::split::Side;
use crate::common::csv_out::CsvFile;
use crate::common::paths::Root;
use crate::learn::context;
use crate::learn::record::Rows;

pub struct Outputs {
    train: CsvFile,
    validation: CsvFile,
    holdout: CsvFile,
    /// Features only, with a header, of the rows that a model learns from.
    features: CsvFile,
    /// What is known of the holdout's rows beside, for Evaluate.
    context: Option<CsvFile>,
}

impl Outputs {
    pub fn create(root: &Root, schema: &Schema, data: &Data) -> Result<Outputs> {
        let rows = |name: &str| CsvFile::create(&root.processing_output(name).join("data.csv"));
        let mut features = CsvFile::create(&root.processing_output("features").join("features.csv"))?;
        features.write(schema.features.iter().map(|column| column.name.as_str()))?;
        Ok(Outputs {
            train: rows("train")?,
            validation: rows("validation")?,
            holdout: rows("holdout")?,
            features,
            context: context::create(&root.processing_output("report"), data)?,
        })
    }

    pub fn write(&mut self, row: &Row) -> Result<()> {
        let file = match row.side {
            Side::Train => &mut self.train,
            Side::Validation => &mut self.validation,
            Side::Holdout => &mut self.holdout,
        };
        file.write(std::iter::once(row.label).chain(row.features.iter().copied()))?;
        if row.side != Side::Holdout {
            self.features.write(row.features.iter().copied())?;
        } else if let Some(context) = &mut self.context {
            context::write(context, row.block, &row.segments)?;
        }
        Ok(())
    }

    pub fn rows(&self) -> Rows {
        Rows {
            train: self.train.rows(),
            validation: self.validation.rows(),
            holdout: self.holdout.rows(),
        }
    }

    pub fn finish(self) -> Result<()> {
        let files = [self.train, self.validation, self.holdout, self.features];
        files.into_iter().chain(self.context).try_for_each(CsvFile::finish)
    }
}
