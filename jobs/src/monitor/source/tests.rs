//! Data sets as folders hold them: formats, packing, nesting, and what is wrong with files.

use std::fs;
use std::io::Write;
use std::sync::Arc as Shared;

use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;

use super::*;
use crate::monitor::{constraints, statistics};

const CSV: Format = Format::Csv(Header::Present);

fn read(format: Format, files: &[(&str, &[u8])]) -> Result<Profile, String> {
    let folder = tempfile::tempdir().unwrap();
    let root = Root::new(folder.path());
    let source = root.at("/opt/ml/processing/input/data");
    for (name, bytes) in files {
        let path = source.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    fs::create_dir_all(&source).unwrap();
    profile(&[source], format, None, &root, &mut Progress::in_log()).map_err(|error| format!("{error:#}"))
}

/// The files that a profile becomes, in one string.
fn written(profile: &Profile) -> String {
    let statistics = serde_json::to_string(&statistics::describe(profile)).unwrap();
    format!(
        "{statistics}\n{}",
        serde_json::to_string(&constraints::suggest(profile)).unwrap()
    )
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn several_nested_and_packed_files_are_one_data_set() {
    let whole = read(CSV, &[("all.csv", b"a,b\n1,x\n2,y\n3,\n")]).unwrap();
    let parts = read(
        CSV,
        &[
            ("2026/11/one.csv", b"a,b\r\n1,x\r\n"),
            ("2026/12/two.csv.gz", &packed(b"\xef\xbb\xbfb,a\ny,2\n")),
            ("2026/12/three.csv", b"\n\"b\",\"a\"\n\n,3"),
            ("_SUCCESS", b""),
            (".two.csv.crc", b"crc"),
        ],
    )
    .unwrap();
    // In the order of the files.
    assert_eq!(
        written(&parts).replace("[1.0,3.0,2.0]", "[1.0,2.0,3.0]"),
        written(&whole)
    );
}

#[test]
fn without_a_header_columns_are_numbered_and_every_row_counts() {
    let profile = read(
        Format::Csv(Header::Absent),
        &[("a.csv", b"1,x\n2,y\n"), ("b.csv", b"3,z\n")],
    )
    .unwrap();
    let names: Vec<_> = profile.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!((profile.rows, names), (3, vec!["_c0", "_c1"]));
    assert_eq!(profile.columns[0].moments.sum(), 6.0);
}

#[test]
fn json_lines_say_what_csv_says() {
    let csv = read(CSV, &[("a.csv", b"a,b,c\n1,x,0.5\n2,,1.0\n3,\"y,z\",-2.0\n")]).unwrap();
    let lines = r#"{"a": 1, "b": "x", "c": 0.5}
{"c": 1.0, "a": 2, "b": null}
{"a": 3, "b": "y,z", "c": -2.0}"#;
    let json = read(Format::JsonLines, &[("a.jsonl", lines.as_bytes())]).unwrap();
    assert_eq!(written(&json), written(&csv));
}

#[test]
fn columns_of_json_lines_come_in_the_order_of_the_files_and_absent_members_are_missing() {
    // Two lanes: each file goes to another one.
    let profile = read(
        Format::JsonLines,
        &[
            ("1.jsonl", b"{\"x\": 1}\n"),
            ("2.jsonl", b"{\"y\": 1}\n{\"x\": 2}"),
            ("3.jsonl", b"{\"z\": 1, \"y\": 5}\n"),
        ],
    )
    .unwrap();
    let columns: Vec<_> = profile
        .columns
        .iter()
        .map(|it| (it.name.as_str(), it.present(), it.missing))
        .collect();
    assert_eq!(columns, [("x", 2, 2), ("y", 2, 2), ("z", 1, 3)]);
}

fn parquet(groups: &[&[(Option<i64>, f64, &str)]]) -> Vec<u8> {
    let message = "message m { optional int64 a; required double c; required binary b (UTF8); }";
    let schema = Shared::new(parse_message_type(message).unwrap());
    let mut writer =
        SerializedFileWriter::new(Vec::new(), schema, Shared::new(WriterProperties::builder().build())).unwrap();
    for rows in groups {
        let mut group = writer.next_row_group().unwrap();
        let present: Vec<i64> = rows.iter().filter_map(|row| row.0).collect();
        let levels: Vec<i16> = rows.iter().map(|row| i16::from(row.0.is_some())).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<Int64Type>()
            .write_batch(&present, Some(&levels), None)
            .unwrap();
        column.close().unwrap();
        let fractions: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<DoubleType>()
            .write_batch(&fractions, None, None)
            .unwrap();
        column.close().unwrap();
        let texts: Vec<ByteArray> = rows.iter().map(|row| row.2.into()).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&texts, None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

#[test]
fn parquet_says_what_csv_says() {
    let csv = read(CSV, &[("a.csv", b"a,c,b\n1,0.5,x\n,1.0,y\n3,-2.0,x\n")]).unwrap();
    let bytes = parquet(&[&[(Some(1), 0.5, "x"), (None, 1.0, "y"), (Some(3), -2.0, "x")]]);
    let read_again = read(Format::Parquet, &[("a.parquet", &bytes)]).unwrap();
    assert_eq!(written(&read_again), written(&csv));
    let bytes = parquet(&[&[(Some(1), 0.5, "x")], &[(None, 1.0, "y"), (Some(3), -2.0, "x")]]);
    let in_groups = read(Format::Parquet, &[("1.parquet", &bytes), ("2.parquet", &bytes)]).unwrap();
    assert_eq!((in_groups.rows, in_groups.columns[0].missing), (6, 2));
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let mut text = b"n,f,s\n".to_vec();
    for at in 0..120_000u64 {
        writeln!(
            text,
            "{},{}.{:03},\"s,{}\"",
            at * 7_919 % 10_007,
            at % 50,
            at * 31 % 1_000,
            at % 2_000
        )
        .unwrap();
    }
    assert!(text.len() > 3 * cut::PIECE_BYTES);
    let once = read(CSV, &[("a.csv", &text)]).unwrap();
    assert_eq!(once.rows, 120_000);
    let once = written(&once);
    for (again, threads) in [(text.clone(), 1), (packed(&text), 3)] {
        let threads = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let again = threads.install(|| written(&read(CSV, &[("a.csv", &again)]).unwrap()));
        assert_eq!(again, once);
    }
}

#[test]
fn quotes_in_the_midst_of_fields_move_no_record() {
    let lines = "x\n".repeat(38);
    let text = format!("1,5\" pipe,\"{lines}\"\n1,2,3\n").repeat(60_000);
    let profile = read(Format::Csv(Header::Absent), &[("a.csv", text.as_bytes())]).unwrap();
    let count = |at: usize, value: &str| profile.columns[at].categories.listed().unwrap().get(value).copied();
    assert_eq!(profile.rows, 120_000);
    assert_eq!((count(1, "5\" pipe"), count(2, &lines)), (Some(60_000), Some(60_000)));
}

#[test]
fn the_first_problem_is_told_whichever_lane_finds_one_first() {
    let mut text = b"a,b\n".to_vec();
    text.extend(b"1,2\n".repeat(300_000));
    let good = text.clone();
    for line in [200_000, 250_000, 299_000] {
        text.splice(4 * line..4 * line + 3, *b"1;2");
    }
    for _ in 0..3 {
        assert_eq!(
            read(CSV, &[("0.csv", &good), ("bad.csv", &text)]).err().unwrap(),
            "/opt/ml/processing/input/data/bad.csv has 1 field on line 200001 where 2 are right"
        );
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said_in_a_sentence() {
    let mut truncated = packed(b"a,b\n1,2\n3,4\n");
    truncated.truncate(truncated.len() - 6);
    let parquet = parquet(&[&[(Some(1), 0.5, "x")]]);
    let json = Format::JsonLines;
    let cases: &[(Format, &[u8], &str)] = &[
        (CSV, b"\xef\xbb\xbf", "is empty"),
        (CSV, b"\n\n", "is empty"),
        (CSV, b"a,b", "has a header and no rows"),
        (CSV, b"a,b\n\n\n", "has a header and no rows"),
        (CSV, b"a,b,a\n1,2,3\n", "has column `a` twice in its header"),
        (CSV, b"a,,c\n1,2,3\n", "has no name for column 2 in its header"),
        (CSV, b"a,b\n1,2\n3\n", "has 1 field on line 3 where 2 are right"),
        (
            CSV,
            b"a,b\n\"1\n\",2\n\n3,4,5\n",
            "has 3 fields on line 5 where 2 are right",
        ),
        (
            CSV,
            b"a,b\n1,2\n3,\"4\n5,6\n",
            "has a quote on line 3 that never closes",
        ),
        (CSV, b"a,b\n1,\xff\xfe\n", "is not UTF-8 on line 2"),
        (CSV, b"a\xe9,b\n1,2\n", "is not UTF-8 on line 1"),
        (CSV, b"\xff\xfea\0,\0b\0\n\0", "is UTF-16: save it as UTF-8"),
        (CSV, b"a,b\n1,\x002\n", "has a NUL byte on line 2: CSV is text in UTF-8"),
        (CSV, &truncated, "is a broken gzip archive (unexpected end of file)"),
        (json, b"{\"a\": 1}\n\n[]\n", "has no JSON object on line 3"),
        (
            json,
            b"{\"a\": 1}\n{\"a\": \"\xff\"}\n",
            "has no JSON object on line 2: invalid unicode code point at character 8",
        ),
        (Format::Parquet, b"a,b\n1,2\n", "is no parquet file that can be read"),
        (
            Format::Parquet,
            &parquet[..parquet.len() - 9],
            "is no parquet file that can be read",
        ),
    ];
    for (format, bytes, sentence) in cases {
        let error = read(*format, &[("file", bytes)]).err().unwrap();
        let told = error.strip_prefix("/opt/ml/processing/input/data/file ");
        assert!(
            told.is_some_and(|told| told.starts_with(sentence)),
            "{bytes:?}: {error}"
        );
    }
}

#[test]
fn files_that_do_not_fit_together_and_empty_folders_are_refused() {
    let error = read(CSV, &[("1.csv", b"a,b\n1,2\n"), ("2.csv", b"a,c\n1,2\n")])
        .err()
        .unwrap();
    assert!(
        error.contains("2.csv has other columns than the files before it ("),
        "{error}"
    );
    let error = read(CSV, &[("_SUCCESS", b"")]).err().unwrap();
    assert_eq!(error, "/opt/ml/processing/input/data holds no data");
    let error = read(Format::JsonLines, &[("a", b"\n\n")]).err().unwrap();
    assert_eq!(error, "/opt/ml/processing/input/data holds no rows");
    let error = read(Format::JsonLines, &[("a", b"{}\n{}\n")]).err().unwrap();
    assert_eq!(error, "/opt/ml/processing/input/data holds no columns");
}
