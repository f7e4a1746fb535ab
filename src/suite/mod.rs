//! Floor 4: YAML to suite: templates, includes, clusters, and every mistake with file:line:column. No network.

mod check_form;
mod checks_section;
mod cluster;
mod common_keys;
mod hop_form;
mod identity;
mod include;
mod load;
mod loaded_suite;
mod misread;
mod naming;
mod node;
mod reader;
mod root;
mod schema;
mod secret_table;
mod snippet;
mod sources;
mod suite_file;
mod template;
mod variables;
mod waiver;
mod yaml;
mod yaml_fault;

pub use load::{LoadOptions, Loaded, Surrounding, load};
pub use loaded_suite::{Entry, Row, Suite};
pub(crate) use naming::slug;
pub use schema::schema;
pub use secret_table::Secrets;
pub use snippet::render;
pub use sources::Sources;
pub use waiver::KnownGap;
