//! JSON lines: one object per line, its members the columns, which appear as they come.
//!
//! A nested member is a column of its own, named by its way: `{"a": {"b": [1]}}` has the column `a_b_0`. A member that a
//! line lacks, or that is null, is missing there.

use std::collections::HashMap;
use std::fmt;
use std::io::Write;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::cut::{Piece, refused};
use crate::common::table::Unreadable;
use crate::common::values::quoted;

/// More are no table: every line would bring columns of its own.
const COLUMNS_MAX: usize = 20_000;

/// The fields of one column in a piece; rows without one have none here.
#[derive(Default)]
pub struct ColumnFields {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl ColumnFields {
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    pub fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.text);
        self.ends.push(self.text.len());
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.text[start..*end])
    }
}

#[derive(Default)]
pub struct Rows {
    names: Vec<String>,
    places: HashMap<String, usize>,
    pub columns: Vec<ColumnFields>,
    /// The row that last had a field of this column: a second one in it is an error.
    last_row: Vec<u64>,
    row: u64,
    /// Lines tend to have their members in the same order.
    expected: usize,
}

impl Rows {
    /// Takes a piece apart; how many rows it has.
    pub fn read(&mut self, piece: &Piece) -> Result<u64, Unreadable> {
        self.columns.iter_mut().for_each(ColumnFields::clear);
        let mut path = String::new();
        let mut rows = 0;
        for (at, line) in piece.bytes.split(|byte| *byte == b'\n').enumerate() {
            let Some(first) = line.iter().find(|byte| !byte.is_ascii_whitespace()) else {
                continue;
            };
            let number = piece.first_line + at as u64;
            if *first != b'{' {
                return Err(refused(format!("has no JSON object on line {number}")));
            }
            self.row += 1;
            self.expected = 0;
            path.clear();
            let mut parser = serde_json::Deserializer::from_slice(line);
            let member = Member {
                rows: self,
                path: &mut path,
            };
            let read = member.deserialize(&mut parser).and_then(|()| parser.end());
            read.map_err(|error| refused(format!("has no JSON object on line {number}: {}", reason(&error))))?;
            rows += 1;
        }
        Ok(rows)
    }

    /// The columns that came up so far, by the order of their coming.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    fn add<E: Error>(&mut self, path: &str, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), E> {
        let place = match self.names.get(self.expected) {
            Some(name) if name == path => self.expected,
            _ => self.place(path)?,
        };
        self.expected = place + 1;
        if std::mem::replace(&mut self.last_row[place], self.row) == self.row {
            return Err(E::custom(format!("it has {} twice", quoted(path))));
        }
        self.columns[place].push(write);
        Ok(())
    }

    fn place<E: Error>(&mut self, path: &str) -> Result<usize, E> {
        if let Some(place) = self.places.get(path) {
            return Ok(*place);
        }
        let place = self.names.len();
        if place == COLUMNS_MAX {
            return Err(E::custom(format!("it brings more than {COLUMNS_MAX} columns")));
        }
        self.names.push(path.into());
        self.places.insert(path.into(), place);
        self.columns.push(ColumnFields::default());
        self.last_row.push(0);
        Ok(place)
    }
}

/// Where in the line it is, without the parser's own line number, which is always 1.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(text) => format!("{text} at character {}", error.column()),
        None => text,
    }
}

/// A member's value, or the line itself.
struct Member<'r> {
    rows: &'r mut Rows,
    path: &'r mut String,
}

impl Member<'_> {
    /// Goes one step down, and back.
    fn inside<R>(&mut self, step: impl FnOnce(&mut String), then: impl FnOnce(Member) -> R) -> R {
        let length = self.path.len();
        step(self.path);
        let result = then(Member {
            rows: self.rows,
            path: self.path,
        });
        self.path.truncate(length);
        result
    }
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let length = self.path.len();
        while map.next_key_seed(Key(self.path))?.is_some() {
            let read = self.inside(|_| {}, |member| map.next_value_seed(member));
            self.path.truncate(length);
            read?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let mut nth = 0usize;
        while self
            .inside(
                |path| path.push_str(&format!("_{nth}")),
                |member| items.next_element_seed(member),
            )?
            .is_some()
        {
            nth += 1;
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        let text: &[u8] = if value { b"true" } else { b"false" };
        self.rows.add(self.path, |into| into.extend_from_slice(text))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.rows.add(self.path, |into| print(into, format_args!("{value}")))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.rows.add(self.path, |into| print(into, format_args!("{value}")))
    }

    /// With a point or an exponent, so that a fraction stays one.
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.rows.add(self.path, |into| print(into, format_args!("{value:?}")))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.rows
            .add(self.path, |into| into.extend_from_slice(value.as_bytes()))
    }
}

pub fn print(into: &mut Vec<u8>, text: fmt::Arguments) {
    // Memory takes all that is written.
    let _ = into.write_fmt(text);
}

/// A key goes to the end of the path.
struct Key<'p>(&'p mut String);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        if !self.0.is_empty() {
            self.0.push('_');
        }
        self.0.push_str(key);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let mut rows = Rows::default();
        let piece = Piece {
            bytes: text.as_bytes().to_vec(),
            first_line: 1,
            guessed: false,
        };
        match rows.read(&piece) {
            Ok(count) => {
                let columns = rows.names.iter().zip(&rows.columns).map(|(name, fields)| {
                    let fields: Vec<_> = fields.iter().map(String::from_utf8_lossy).collect();
                    format!("{name}: {}", fields.join(" "))
                });
                Ok(format!("{count} rows; {}", columns.collect::<Vec<_>>().join("; ")))
            }
            Err(Unreadable::Refused(sentence)) => Err(sentence),
            Err(Unreadable::Broken(error)) => panic!("{error:#}"),
        }
    }

    #[test]
    fn members_are_columns_and_types_stay() {
        assert_eq!(
            read("{\"a\": 3, \"b\": 3.0, \"c\": \"x\\\"y\"}\r\n\n{\"c\": true, \"a\": -1, \"b\": null, \"d\": 1e20}")
                .unwrap(),
            "2 rows; a: 3 -1; b: 3.0; c: x\"y true; d: 1e20"
        );
        assert_eq!(
            read("{\"a\": {\"b\": [1, {\"c\": 2}], \"d\": \"é\"}}").unwrap(),
            "1 rows; a_b_0: 1; a_b_1_c: 2; a_d: é"
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, sentence) in [
            ("{\"a\": 1}\n[1]\n", "has no JSON object on line 2"),
            (
                "{\"a\": 1}\n{\"a\": 1",
                "has no JSON object on line 2: EOF while parsing an object at character 7",
            ),
            (
                "{\"a\": 1, \"a\": 2}",
                "has no JSON object on line 1: it has `a` twice at character 15",
            ),
            (
                "{\"a\": NaN}",
                "has no JSON object on line 1: expected value at character 7",
            ),
            (
                "{\"a\": 1} {}",
                "has no JSON object on line 1: trailing characters at character 10",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), sentence);
        }
    }
}
