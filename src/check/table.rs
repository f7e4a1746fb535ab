//! The table of kinds: the enum, reading, schema and dispatch follow from it.

use std::future::Future;
use std::pin::Pin;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};

use crate::ask::Ask;
use crate::backend::World;
use crate::check::dns::Dns;
use crate::check::http::Http;
use crate::check::kind::CheckKind;
use crate::check::metric::Metric;
use crate::check::metrics::Metrics;
use crate::check::promql::Promql;
use crate::check::receive::Receive;
use crate::check::remote_write::RemoteWriteCheck;
use crate::check::replicas;
use crate::check::rules::Rules;
use crate::check::scrape::Scrape;
use crate::check::store::Store;
use crate::check::storeapi::StoreApi;
use crate::check::tcp::Tcp;
use crate::leaves::{Complaint, Judged};

/// A row of the table of kinds.
#[derive(Debug)]
pub struct KindRow {
    /// The kind's one key in YAML.
    pub word: &'static str,
    /// Writes the JSON Schema of its form (without the common keys).
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// A suite that shows it.
    pub example: &'static str,
}

/// Kinds that later versions know: refused as "not in this version".
pub const LATER_KINDS: &[&str] = &["k8s", "dashboard"];

macro_rules! kinds {
    ($($(#[$doc:meta])* $word:literal $kind:ident;)*) => {
        /// A check of one kind.
        #[derive(Clone, Debug)]
        pub enum Check {
            $($(#[$doc])* $kind($kind),)*
        }

        /// All kinds of this version.
        pub const KINDS: &[KindRow] = &[$(KindRow {
            word: $word,
            schema: <$kind as JsonSchema>::json_schema,
            example: include_str!(concat!("../../examples/", $word, ".yaml")),
        }),*];

        impl Check {
            /// The kind's word.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $word,)*
                }
            }

            /// What the check is about.
            pub fn subject(&self) -> String {
                match self {
                    $(Self::$kind(check) => check.subject(),)*
                }
            }

            /// What is wrong with the check in this pipeline.
            pub fn review(&self, world: &World) -> Vec<Complaint> {
                match self {
                    $(Self::$kind(check) => check.review(world),)*
                }
            }

            /// Asks, and judges.
            pub fn judge<'a>(&'a self, ask: &'a Ask) -> Pin<Box<dyn Future<Output = Judged> + Send + 'a>> {
                match self {
                    $(Self::$kind(check) => Box::pin(replicas::judge(check, ask)),)*
                }
            }

            /// Reads the form of the kind with this word (one of `KINDS`), without the common keys.
            ///
            /// # Errors
            /// What is wrong with the form, in the reader's own error type.
            pub fn read<'de, D: Deserializer<'de>>(word: &str, deserializer: D) -> Result<Self, D::Error> {
                match word {
                    $($word => $kind::deserialize(deserializer).map(Self::$kind),)*
                    other => Err(serde::de::Error::custom(format!("no kind `{other}`"))),
                }
            }
        }
    };
}

kinds! {
    /// A metric is there, at one hop or through several.
    "metric" Metric;
    /// Several metrics are there; becomes a `metric` check a name.
    "metrics" Metrics;
    /// An expression has the result it should have.
    "promql" Promql;
    /// The targets of a job are scraped.
    "scrape" Scrape;
    /// A Prometheus delivers to a receiver.
    "remote_write" RemoteWriteCheck;
    /// A rule or a rule group is evaluated, and well.
    "rules" Rules;
    /// A Thanos Receive takes and holds what it should.
    "receive" Receive;
    /// A Thanos Query sees the store of a hop.
    "store" Store;
    /// A store holds series, asked over gRPC.
    "storeapi" StoreApi;
    /// A name resolves.
    "dns" Dns;
    /// A port answers.
    "tcp" Tcp;
    /// A URL answers as it should.
    "http" Http;
}
