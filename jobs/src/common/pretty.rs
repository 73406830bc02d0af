//! JSON for people: indented, and a list of numbers on one line. A sketch has thousands of them, which nobody reads one by one,
//! and a line for each would be most of the file.

use std::io::{Result, Write};

use serde_json::ser::{Formatter, PrettyFormatter};

/// What stands before a list's next item, once it is known what that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Nothing,
    Item { first: bool },
}

pub struct Pretty {
    inner: PrettyFormatter<'static>,
    due: Due,
    /// For each list that is open: whether its last item stands on a line of its own.
    own_lines: Vec<bool>,
}

impl Default for Pretty {
    fn default() -> Pretty {
        Pretty {
            inner: PrettyFormatter::with_indent(b"  "),
            due: Due::Nothing,
            own_lines: Vec::new(),
        }
    }
}

impl Pretty {
    /// A number that is an item stands beside the one before it.
    fn before_number<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        if let Due::Item { first } = std::mem::replace(&mut self.due, Due::Nothing)
            && !first
        {
            writer.write_all(b", ")?;
        }
        Ok(())
    }

    fn before_other<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        if let Due::Item { first } = std::mem::replace(&mut self.due, Due::Nothing) {
            if let Some(own_line) = self.own_lines.last_mut() {
                *own_line = true;
            }
            self.inner.begin_array_value(writer, first)?;
        }
        Ok(())
    }
}

macro_rules! numbers {
    ($($name:ident: $of:ty),*) => {
        $(fn $name<W: ?Sized + Write>(&mut self, writer: &mut W, value: $of) -> Result<()> {
            self.before_number(writer)?;
            self.inner.$name(writer, value)
        })*
    };
}

impl Formatter for Pretty {
    numbers!(write_i64: i64, write_u64: u64, write_u32: u32, write_f64: f64, write_f32: f32, write_number_str: &str);

    fn write_null<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.before_other(writer)?;
        self.inner.write_null(writer)
    }

    fn write_bool<W: ?Sized + Write>(&mut self, writer: &mut W, value: bool) -> Result<()> {
        self.before_other(writer)?;
        self.inner.write_bool(writer, value)
    }

    fn begin_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.before_other(writer)?;
        self.inner.begin_string(writer)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.before_other(writer)?;
        self.own_lines.push(false);
        self.inner.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        if self.own_lines.pop() == Some(true) {
            return self.inner.end_array(writer);
        }
        // As if it had been empty: nothing is put on a line of its own.
        let mut bracket = Vec::new();
        self.inner.end_array(&mut bracket)?;
        writer.write_all(b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, _: &mut W, first: bool) -> Result<()> {
        self.due = Due::Item { first };
        Ok(())
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.inner.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.before_other(writer)?;
        self.inner.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.inner.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        self.inner.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.inner.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.inner.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::{Value, json};

    use super::*;

    fn written(value: &Value) -> String {
        let mut bytes = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Pretty::default());
        value.serialize(&mut serializer).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn numbers_share_a_line_and_nothing_else_does() {
        let value = json!({
            "data": [[1.5, -2.0, 3], [], [7]], "none": [], "names": ["a", null, true], "mixed": [1, "b", 2],
            "of": [{ "x": [1, 2] }, { "x": 3 }],
        });
        expect_test::expect![[r#"
            {
              "data": [
                [1.5, -2.0, 3],
                [],
                [7]
              ],
              "none": [],
              "names": [
                "a",
                null,
                true
              ],
              "mixed": [1,
                "b", 2
              ],
              "of": [
                {
                  "x": [1, 2]
                },
                {
                  "x": 3
                }
              ]
            }"#]]
        .assert_eq(&written(&value));
        assert_eq!(serde_json::from_str::<Value>(&written(&value)).unwrap(), value);
    }
}
