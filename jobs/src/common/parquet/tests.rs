//! Files as good writers write them, and as bad days leave them.

use parquet::basic::{Compression, ConvertedType};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType,
    Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use super::*;
use crate::common::hash::Random;

type Fill = Box<dyn Fn(&mut SerializedColumnWriter)>;

/// The values of a column; levels tell which rows have one.
fn filled<T: DataType>(values: Vec<T::T>, levels: Option<Vec<i16>>) -> Fill {
    Box::new(move |column| {
        let written = column.typed::<T>().write_batch(&values, levels.as_deref(), None);
        written.unwrap();
    })
}

fn all<T: DataType>(values: Vec<T::T>) -> Fill {
    filled::<T>(values, None)
}

fn texts(values: &[&[u8]]) -> Vec<ByteArray> {
    values.iter().map(|value| ByteArray::from(value.to_vec())).collect()
}

fn file(fields: &str, groups: &[Vec<Fill>], compression: Compression) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(&format!("message rows {{ {fields} }}")).unwrap());
    let properties = WriterProperties::builder().set_compression(compression);
    let properties = properties.set_data_page_row_count_limit(50).set_write_batch_size(50);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build())).unwrap();
    for columns in groups {
        let mut group = writer.next_row_group().unwrap();
        for fill in columns {
            let mut column = group.next_column().unwrap().unwrap();
            fill(&mut column);
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

fn read_within(bytes: &[u8], group_bytes_max: u64) -> Result<Vec<Vec<String>>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.parquet");
    std::fs::write(&path, bytes).unwrap();
    read_file(&path, group_bytes_max).map_err(|problem| match problem {
        Unreadable::Refused(sentence) => sentence,
        Unreadable::Broken(error) => panic!("the machine is not at fault: {error:#}"),
    })
}

/// Columns of texts.
fn read_file(path: &Path, group_bytes_max: u64) -> Result<Vec<Vec<String>>, Unreadable> {
    let file = ParquetFile::open_within(path, group_bytes_max)?;
    let mut columns = vec![Vec::new(); file.header.len()];
    for group in 0..file.groups() {
        for (at, texts) in columns.iter_mut().enumerate() {
            let mut column = file.column(group, at)?;
            loop {
                let rows = column.load(7)?;
                for row in 0..rows {
                    let mut text = Vec::new();
                    column.write(row, &mut text)?;
                    texts.push(String::from_utf8(text).unwrap());
                }
                if rows == 0 {
                    break;
                }
            }
        }
    }
    Ok(columns)
}

fn read(bytes: &[u8]) -> Result<Vec<Vec<String>>, String> {
    read_within(bytes, GROUP_BYTES_MAX)
}

/// What one column of these values is read as, joined by bars.
fn column<T: DataType>(field: &str, values: Vec<T::T>) -> String {
    let bytes = file(
        &format!("required {field};"),
        &[vec![all::<T>(values)]],
        Compression::UNCOMPRESSED,
    );
    match read(&bytes) {
        Ok(columns) => columns[0].join("|"),
        Err(sentence) => sentence,
    }
}

#[test]
fn numbers_and_booleans_are_written_as_a_csv_file_has_them() {
    assert_eq!(column::<BoolType>("boolean a", vec![true, false]), "true|false");
    assert_eq!(column::<Int32Type>("int32 a", vec![-1, 7]), "-1|7");
    assert_eq!(column::<Int32Type>("int32 a (UINT_32)", vec![-1, 7]), "4294967295|7");
    assert_eq!(column::<Int32Type>("int32 a (INTEGER(8,true))", vec![-1, 7]), "-1|7");
    assert_eq!(
        column::<Int64Type>("int64 a", vec![i64::MIN, 7]),
        "-9223372036854775808|7"
    );
    assert_eq!(
        column::<Int64Type>("int64 a (UINT_64)", vec![-1]),
        "18446744073709551615"
    );
    assert_eq!(column::<FloatType>("float a", vec![0.1, 2.0, -0.0]), "0.1|2.0|-0.0");
    assert_eq!(
        column::<DoubleType>(
            "double a",
            vec![0.1 + 0.2, 1.0, 1e300, 5e-324, f64::NAN, f64::NEG_INFINITY]
        ),
        "0.30000000000000004|1.0|1e+300|5e-324|NaN|-inf"
    );
    // What Python's repr says of them.
    assert_eq!(
        column::<DoubleType>(
            "double a",
            vec![1e-4, -1.5e-5, 123456789012345.6, 1e15, 1e16, -0.0, 1.25e22]
        ),
        "0.0001|-1.5e-05|123456789012345.6|1000000000000000.0|1e+16|-0.0|1.25e+22"
    );
    let half = |bits: u16| FixedLenByteArray::from(bits.to_le_bytes().to_vec());
    assert_eq!(
        column::<FixedLenByteArrayType>(
            "fixed_len_byte_array(2) a (FLOAT16)",
            vec![half(0x3c00), half(0xc100), half(0x0001), half(0x7bff), half(0xfc00)]
        ),
        "1.0|-2.5|5.9604645e-08|65504.0|-inf"
    );
    assert_eq!(
        column::<Int32Type>("int32 a (DECIMAL(5,2))", vec![12345, -5, 0]),
        "123.45|-0.05|0.00"
    );
    assert_eq!(column::<Int64Type>("int64 a (DECIMAL(18,0))", vec![-12]), "-12");
    let wide = FixedLenByteArray::from(vec![0xff, 0xff, 0xfe]);
    assert_eq!(
        column::<FixedLenByteArrayType>("fixed_len_byte_array(3) a (DECIMAL(6,1))", vec![wide]),
        "-0.2"
    );
}

#[test]
fn times_are_iso_8601_whoever_wrote_them() {
    let at = 1_359_651_600_000_i64;
    let cases = [
        ("int64 a (TIMESTAMP(MILLIS,false))", at, "2013-01-31 17:00:00"),
        ("int64 a (TIMESTAMP(MILLIS,true))", at, "2013-01-31 17:00:00Z"),
        ("int64 a (TIMESTAMP_MILLIS)", at + 5, "2013-01-31 17:00:00.005Z"),
        (
            "int64 a (TIMESTAMP(MICROS,false))",
            at * 1_000 + 1,
            "2013-01-31 17:00:00.000001",
        ),
        (
            "int64 a (TIMESTAMP(NANOS,false))",
            at * 1_000_000,
            "2013-01-31 17:00:00",
        ),
        ("int64 a (TIMESTAMP(MILLIS,false))", -1, "1969-12-31 23:59:59.999"),
        ("int64 a (TIMESTAMP(MILLIS,false))", i64::MAX, "9223372036854775807"),
        ("int64 a (TIME(MICROS,false))", 61_000_000, "00:01:01"),
        ("int64 a (TIME(MICROS,false))", -1, "-1"),
    ];
    for (field, value, text) in cases {
        assert_eq!(column::<Int64Type>(field, vec![value]), text, "{field}");
    }
    assert_eq!(
        column::<Int32Type>("int32 a (DATE)", vec![15_736, -1, i32::MAX]),
        "2013-01-31|1969-12-31|2147483647"
    );
    let mut julian = Int96::new();
    let ns = 17 * 3_600 * 1_000_000_000_u64;
    julian.set_data(ns as u32, (ns >> 32) as u32, 2_440_588 + 15_736);
    assert_eq!(column::<Int96Type>("int96 a", vec![julian]), "2013-01-31 17:00:00");
}

#[test]
fn texts_are_kept_to_the_letter_and_what_is_no_text_is_refused() {
    for field in ["binary a (UTF8)", "binary a", "binary a (ENUM)", "binary a (JSON)"] {
        let values = texts(&["é, \"x\"\n y ".as_bytes(), b"", b"NaN"]);
        assert_eq!(column::<ByteArrayType>(field, values), "é, \"x\"\n y ||NaN", "{field}");
    }
    let uuid = FixedLenByteArray::from((0..16).collect::<Vec<u8>>());
    assert_eq!(
        column::<FixedLenByteArrayType>("fixed_len_byte_array(16) a (UUID)", vec![uuid]),
        "00010203-0405-0607-0809-0a0b0c0d0e0f"
    );
    assert_eq!(
        column::<ByteArrayType>("binary a", texts(&[b"x", b"\xff\xfe"])),
        "has text that is not UTF-8 in column `a`, row 2"
    );
    assert_eq!(
        column::<ByteArrayType>("binary a (UTF8)", texts(&[b"x\0"])),
        "has a NUL byte in column `a`, row 1"
    );
    assert_eq!(
        column::<ByteArrayType>("binary a (BSON)", texts(&[b"x"])),
        "has column `a` of type BSON, which is no number, text or time"
    );
    let interval = FixedLenByteArray::from(vec![0; 12]);
    assert_eq!(
        column::<FixedLenByteArrayType>("fixed_len_byte_array(12) a (INTERVAL)", vec![interval]),
        format!(
            "has column `a` of type {}, which is no number, text or time",
            ConvertedType::INTERVAL
        )
    );
}

/// Two groups of 300 rows: pages, a dictionary, nulls.
fn sample(compression: Compression) -> Vec<u8> {
    let group = |from: i64| {
        let numbers: Vec<i64> = (from..from + 300).filter(|number| number % 3 != 0).collect();
        let levels = (from..from + 300).map(|number| i16::from(number % 3 != 0)).collect();
        let words = (from..from + 300).map(|number| ByteArray::from(["calm", "gale"][number as usize % 2]));
        let halves = (from..from + 300).map(|number| number as f64 / 2.0);
        vec![
            filled::<Int64Type>(numbers, Some(levels)),
            all::<ByteArrayType>(words.collect()),
            all::<DoubleType>(halves.collect()),
        ]
    };
    let fields = "optional int64 n; required binary w (UTF8); required double h;";
    file(fields, &[group(0), group(300)], compression)
}

#[test]
fn nulls_are_empty_and_groups_and_pages_follow_each_other() {
    let zstd = Compression::ZSTD(Default::default());
    let gzip = Compression::GZIP(Default::default());
    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, zstd, gzip] {
        let columns = read(&sample(compression)).unwrap();
        for row in 0..600 {
            let number = if row % 3 == 0 { String::new() } else { row.to_string() };
            assert_eq!(columns[0][row], number);
            assert_eq!(columns[1][row], ["calm", "gale"][row % 2]);
            assert_eq!(columns[2][row], format!("{:?}", row as f64 / 2.0));
        }
        assert!(columns.iter().all(|column| column.len() == 600));
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_a_sentence() {
    let numbers = || all::<Int32Type>(vec![1]);
    let plain = Compression::UNCOMPRESSED;
    let inside = "has column `a` with values inside values: write one plain column for each of them";
    let cases = [
        (file("required group a { required int32 b; }", &[], plain), inside),
        (
            file(
                "optional group a (LIST) { repeated group list { optional int32 b; } }",
                &[],
                plain,
            ),
            inside,
        ),
        (file("repeated int32 a;", &[], plain), inside),
        (
            file("required int32 a; required int32 a;", &[], plain),
            "has column `a` twice in its header",
        ),
        (file("required int32 a;", &[], plain), "has columns and no rows"),
        (
            file(
                "required int32 a;",
                &[vec![numbers()]],
                Compression::GZIP(Default::default()),
            )[..40]
                .to_vec(),
            "is no parquet file that can be read (",
        ),
        (b"PAR1".to_vec(), "is no parquet file that can be read ("),
        (
            b"PAR1\xff\xff\xff\x7fPAR1".to_vec(),
            "is no parquet file that can be read (",
        ),
        (b"PAR1\0\0\0\0PAR1".to_vec(), "is no parquet file that can be read ("),
    ];
    for (bytes, sentence) in cases {
        let told = read(&bytes).unwrap_err();
        assert!(told.starts_with(sentence), "{told}");
    }
}

#[test]
fn a_row_group_too_large_names_the_limit() {
    let words: Vec<ByteArray> = (0..3_000)
        .map(|n| ByteArray::from(format!("{n:01000}").into_bytes()))
        .collect();
    let bytes = file(
        "required binary a;",
        &[vec![all::<ByteArrayType>(words)]],
        Compression::SNAPPY,
    );
    assert!(read_within(&bytes, 4 << 20).is_ok());
    assert_eq!(
        read_within(&bytes, 1 << 20).unwrap_err(),
        "has a row group of 2 MiB uncompressed, where at most 1 MiB are read at once: write smaller row groups"
    );
}

#[test]
fn a_mangled_file_is_read_or_refused_and_nothing_else() {
    let mut random = Random::new(17);
    let mut refused = 0;
    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY] {
        let good = sample(compression);
        for _ in 0..300 {
            let mut bytes = good.clone();
            if random.below(4) == 0 {
                bytes.truncate(random.below(bytes.len()));
            }
            for _ in 0..random.below(4) {
                // Two of three in the footer, which says where everything is.
                let near = if random.below(3) == 0 {
                    bytes.len()
                } else {
                    bytes.len().min(700)
                };
                if near > 0 {
                    let at = bytes.len() - 1 - random.below(near);
                    bytes[at] = random.draw() as u8;
                }
            }
            refused += usize::from(read(&bytes).is_err());
        }
    }
    assert!((200..600).contains(&refused), "{refused}");
}
