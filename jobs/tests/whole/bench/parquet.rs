//! Writes parquet as a data scientist's program would: columns with types, packed, with nulls where nothing is known.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

const ROWS_IN_A_GROUP: usize = 170;

/// The rows of a CSV text, whose columns are of these types: `text`, `whole`, `number` or `time`.
pub fn parquet(csv_text: &str, types: &[(&str, &str)]) -> Vec<u8> {
    let mut reader = csv::Reader::from_reader(csv_text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let field = |name: &str| match types.iter().find(|(column, _)| *column == name) {
        Some((_, "whole")) => format!("optional int64 {name};"),
        Some((_, "number")) => format!("optional double {name};"),
        Some((_, "time")) => format!("optional int64 {name} (TIMESTAMP(MICROS,false));"),
        _ => format!("optional binary {name} (UTF8);"),
    };
    let fields: String = header.iter().map(field).collect();
    let schema = parse_message_type(&format!("message rows {{ {fields} }}")).unwrap();
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties)).unwrap();
    for rows in rows.chunks(ROWS_IN_A_GROUP) {
        let mut group = writer.next_row_group().unwrap();
        for (at, name) in header.iter().enumerate() {
            let column: Vec<&str> = rows.iter().map(|row| &row[at]).collect();
            let mut into = group.next_column().unwrap().unwrap();
            match types.iter().find(|(column, _)| *column == name) {
                Some((_, "whole")) => write::<Int64Type>(&mut into, &column, |text| text.parse().unwrap()),
                Some((_, "number")) => write::<DoubleType>(&mut into, &column, |text| text.parse().unwrap()),
                Some((_, "time")) => write::<Int64Type>(&mut into, &column, microseconds),
                _ => write::<ByteArrayType>(&mut into, &column, |text| text.into()),
            }
            into.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

fn write<T: DataType>(into: &mut SerializedColumnWriter, column: &[&str], value: impl Fn(&str) -> T::T) {
    let levels: Vec<i16> = column.iter().map(|text| i16::from(!text.is_empty())).collect();
    let present = column.iter().filter(|text| !text.is_empty());
    let values: Vec<T::T> = present.map(|text| value(text)).collect();
    into.typed::<T>().write_batch(&values, Some(&levels), None).unwrap();
}

fn microseconds(text: &str) -> i64 {
    let time: jiff::civil::DateTime = text.parse().unwrap();
    let at = time.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    at.as_microsecond()
}
