//! Reads AWS CloudFormation templates: YAML or JSON, intrinsic functions, parameters, conditions, and as much of the
//! AWS::Serverless-2016-10-31 transform as our templates use.
//!
//! It only reads. Creating what a template describes is for whoever holds the resources (`local/world`), who resolves
//! one resource after another in [`Template::creation_order`] and supplies what `Ref` and `Fn::GetAtt` give.
//! Whatever is not known here is refused by name, with its line: a template that means something else on AWS than here
//! would be worse than none.

mod check;
mod error;
mod function;
mod node;
mod order;
mod parameters;
mod pseudo;
mod resolve;
mod serverless;
mod sub;
mod template;
mod yaml;

pub use error::Error;
pub use function::Function;
pub use indexmap::IndexMap;
pub use node::{Kind, Node};
pub use parameters::{Parameter, ParameterKind};
pub use pseudo::Pseudo;
pub use resolve::{NoValues, Scope, Values};
pub use serverless::ServerlessFunction;
pub use sub::Piece;
pub use template::{DeletionPolicy, Output, Resource, Template};
