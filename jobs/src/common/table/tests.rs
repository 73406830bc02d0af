//! Hostile CSV, one row per way in which files go wrong.

use std::io::Write;

use super::*;

fn read(bytes: &[u8]) -> Result<(Vec<String>, Vec<StringRecord>), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.csv");
    std::fs::write(&path, bytes).unwrap();
    read_all(&path, Header::Present).map_err(|problem| match problem {
        Unreadable::Refused(sentence) => sentence,
        Unreadable::Broken(error) => panic!("the machine is not at fault: {error:#}"),
    })
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_is_merely_unusual_is_read() {
    let plain: &[&[u8]] = &[
        b"a,b\n1,x\n2,y\n",
        b"\xef\xbb\xbfa,b\n1,x\n2,y\n",
        b"\xef\xbb\xbf\xef\xbb\xbfa,b\n1,x\n2,y\n",
        b"a,b\r\n1,x\r\n2,y\r\n",
        b"a,b\r1,x\r2,y\r",
        b"a,b\n1,x\n2,y",
        b"a,b\n\n1,x\n\n2,y\n\n",
        b"\"a\",\"b\"\n\"1\",\"x\"\n\"2\",\"y\"\n",
        b"\xef\xbb\xbf\"a\",b\n1,x\n2,y\n",
    ];
    for bytes in plain {
        for bytes in [bytes.to_vec(), packed(bytes)] {
            let (header, rows) = read(&bytes).unwrap();
            assert_eq!(header, ["a", "b"]);
            assert_eq!(rows, [vec!["1", "x"], vec!["2", "y"]]);
        }
    }
}

#[test]
fn quoted_fields_keep_commas_quotes_and_line_breaks() {
    let (_, rows) = read(b"a,b\n\"x,\"\"y\"\"\",\"1\n2\"\n5\" pipe,3\n").unwrap();
    assert_eq!(rows, [vec!["x,\"y\"", "1\n2"], vec!["5\" pipe", "3"]]);
}

#[test]
fn what_is_wrong_is_said_in_a_sentence() {
    let mut truncated = packed(b"a,b\n1,2\n3,4\n");
    truncated.truncate(truncated.len() - 6);
    let cases: &[(&[u8], &str)] = &[
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\n\n", "is empty"),
        (b"a,b", "has a header and no rows"),
        (b"a,b\n", "has a header and no rows"),
        (b"a,b,a\n1,2,3\n", "has column `a` twice in its header"),
        (b"a,,c\n1,2,3\n", "has no name for column 2 in its header"),
        (b"a,b\n1,2\n3\n", "has 1 field on line 3 where 2 are right"),
        (b"a,b\n1,2\n3,4,5\n", "has 3 fields on line 3 where 2 are right"),
        (b"a,b\n1,2\n3,\"4\n5,6\n", "has a quote on line 3 that never closes"),
        (b"a,b\n1,\xff\xfe\n", "is not UTF-8 on line 2"),
        (b"a\xe9,b\n1,2\n", "is not UTF-8 on line 1"),
        (b"\xff\xfea\0,\0b\0\n\0", "is UTF-16: save it as UTF-8"),
        (b"a,b\n1,\x002\n", "has a NUL byte after line 1: CSV is text in UTF-8"),
        (&truncated, "is a broken gzip archive (unexpected end of file)"),
    ];
    for (bytes, sentence) in cases {
        assert_eq!(read(bytes).unwrap_err(), *sentence, "{bytes:?}");
    }
}

#[test]
fn without_a_header_the_columns_are_numbered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.csv");
    std::fs::write(&path, "1,x\n2,y\n").unwrap();
    let (header, rows) = read_all(&path, Header::Absent).unwrap_or_else(|_| panic!("readable"));
    assert_eq!(header, ["_c0", "_c1"]);
    assert_eq!(rows.len(), 2);
}
