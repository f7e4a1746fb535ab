//! gapcheck finds the hop where your metrics go missing.
//!
//! # Architecture
//!
//! One idea carries the design: every fact comes through one door. A check never touches a socket; it is a plain async function
//! that is handed an [`ask::Ask`], puts typed questions to it, and judges the typed answers. Behind the door stand the network,
//! a recording, or a test's script: the check cannot tell. The door coalesces equal questions, lets counts travel in batches,
//! keeps every limit, retries what may be retried, and writes the evidence.
//!
//! Data flows one way: suite > plan > run (events as it goes) > diagnose > report. A file imports only lower floors, or a leaf
//! of its own folder; `tests/laws.rs` keeps that and the other laws.
//!
//! | floor | folder | what lives there | what it must not know |
//! | --- | --- | --- | --- |
//! | 9 | [`cli`] | argv, terminal, colour, progress, files to write, exit codes | how anything is asked |
//! | 8 | [`report`] | a finished run to bytes; one file a format | clock, environment, network |
//! | 7 | [`run`] | plan + door to events and a run: order, needs, deadlines, interruption | formats, terminal |
//! | 6 | [`diagnose`] | a gap to its causes, a folder a family and a row a cause; the doctor of hops | formats, YAML |
//! | 5 | [`plan`] | suites x clusters x selection to steps: ids, needs, cycles | network |
//! | 4 | [`suite`] | YAML to suite; templates; every mistake with file:line:column | network |
//! | 3 | [`check`] | one file (or folder) a kind: its form, what it asks, how it judges | YAML library, HTTP library |
//! | 2 | [`ask`] | the door: questions, single flight, batches, limits, record, replay | checks |
//! | 1 | [`backend`] | one client a protocol: typed answers or a typed failure | checks, suites |
//! | 0 | [`leaves`] | verdicts, evidence, matchers, selectors, origins, words, ink, secrets | everything above |
//!
//! Beside the house stands the [`lab`]: a small metrics pipeline in the same process, into which a named fault can be put. It is
//! a pure function from request to response over a model with an injected clock, with loopback servers as a thin shell, and is
//! held against what real servers answered (`tests/recorded/`). It imports leaves only.
//!
//! `backend/loaded_config.rs` is the one file outside `suite/` that reads YAML: Prometheus prints its loaded configuration so.

pub mod ask;
pub mod backend;
pub mod check;
pub mod cli;
pub mod diagnose;
pub mod lab;
pub mod leaves;
pub mod plan;
pub mod report;
pub mod run;
pub mod suite;
