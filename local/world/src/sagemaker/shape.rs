//! The vocabulary of the tables that say what a call's members must be.

use super::pattern::Pattern;

/// What a value must be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Text {
        min: usize,
        max: usize,
        pattern: Pattern,
    },
    OneOf(&'static [&'static str]),
    Whole {
        min: i64,
        max: i64,
    },
    Number,
    Flag,
    Time,
    List {
        min: usize,
        max: usize,
        of: &'static Shape,
    },
    Map {
        min: usize,
        max: usize,
        key: &'static Shape,
        value: &'static Shape,
    },
    Structure(&'static [Member]),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) shape: Shape,
}

pub(super) const fn must(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        required: true,
        shape,
    }
}

pub(super) const fn may(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        required: false,
        shape,
    }
}

pub(super) const fn text(min: usize, max: usize, pattern: Pattern) -> Shape {
    Shape::Text { min, max, pattern }
}

pub(super) const fn list(min: usize, max: usize, of: &'static Shape) -> Shape {
    Shape::List { min, max, of }
}

pub(super) const fn map(min: usize, max: usize, key: &'static Shape, value: &'static Shape) -> Shape {
    Shape::Map { min, max, key, value }
}

impl Shape {
    /// What a value of this shape is called.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text { .. } | Self::OneOf(_) => "a string",
            Self::Whole { .. } | Self::Number => "a number",
            Self::Flag => "true or false",
            Self::Time => "a timestamp",
            Self::List { .. } => "a list",
            Self::Map { .. } => "a map",
            Self::Structure(_) => "a structure",
        }
    }
}
